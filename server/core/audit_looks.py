"""When a look at a client's data is a row of the audit trail.

Rule: every look of staff is on record, and a look goes on for a quarter of an hour. Whoever sees the same row of the
same client in the same way again, in the same session, within `ONE_LOOK` of a recorded look is still at that look, and
nothing is written; after that, and in any other session, it is a new one. So a queue that stands open all day tells
every quarter of an hour that it was seen, and not each time that it fetched itself anew. Acts, and each sight of what
a broken glass shows, are always written.

docs/decisions/0018-one-look.md says why.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert, select

from server.core.audit import BY_STAFF, NUMBERED_BY_THE_DATABASE, AuditRow, values
from server.core.db import Tx

ONE_LOOK = timedelta(minutes=15)

Look = tuple[UUID, UUID | None]
"""Whose data, and which row of it; None where the look is at the client's record as a whole."""

_Seen = tuple[str, UUID, UUID | None]

Line = dict[str, object]
"""One look as a row of the trail."""

LATER = "looks to be kept"
"""Under this a transaction that only reads collects its new looks; who runs it stores them before anybody sees them."""


def record(tx: Tx, what: str, looks: Sequence[Look]) -> None:
    """Write down that the actor looked, in the way `what` names, at each of these: in one statement, what is new."""
    record_ways(tx, {what: looks})


def record_ways(tx: Tx, ways: Mapping[str, Sequence[Look]]) -> None:
    """The same for looks in several ways on one page."""
    seen = {(what, *look): None for what, looks in ways.items() for look in looks}
    if not seen:
        return
    known = _on_record(tx, list(seen))
    lines = [
        values(tx, what, client_id=client_id, row_id=row_id)
        for what, client_id, row_id in seen
        if (what, client_id, row_id) not in known
    ]
    later: list[Line] | None = tx.seen.get(LATER)
    if later is not None:
        later += lines
    else:
        keep(tx, lines)


def keep(tx: Tx, lines: Sequence[Line]) -> None:
    """Store looks that a transaction which only reads has found to be new."""
    if lines:
        tx.connection.execute(insert(NUMBERED_BY_THE_DATABASE), list(lines))


def _on_record(tx: Tx, seen: Sequence[_Seen]) -> set[tuple[str, UUID | None, UUID | None]]:
    """The looks that still go on; a row that claims to be from later than now is none of them."""
    query = select(AuditRow.what, AuditRow.client_id, AuditRow.row_id).where(
        BY_STAFF,
        AuditRow.actor_id == tx.actor.id,
        AuditRow.session_id == tx.actor.session_id,
        AuditRow.what.in_({what for what, _, _ in seen}),
        AuditRow.at.between(tx.now - ONE_LOOK, tx.now),
    )
    if len(seen) == 1:
        query = query.where(AuditRow.client_id == seen[0][1])
    return {(row[0], row[1], row[2]) for row in tx.connection.execute(query).all()}
