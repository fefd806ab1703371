"""When a look at a client's data is a row of the audit trail.

Rule: every look of staff is on record, and a look goes on for a quarter of an hour. Whoever sees the same row of the
same client in the same way again within `ONE_LOOK` of a recorded look is still at that look, and nothing is written;
after that it is a new one. So a queue that stands open all day tells every quarter of an hour that it was seen, and
not each time that it fetched itself anew. Acts, and each sight of what a broken glass shows, are always written.

docs/decisions/0018-one-look.md says why.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert, select

from server.core.audit import BY_STAFF, NUMBERED_BY_THE_DATABASE, AuditRow, values
from server.core.db import Tx

ONE_LOOK = timedelta(minutes=15)

Look = tuple[UUID, UUID | None]
"""Whose data, and which row of it; None where the look is at the client's record as a whole."""


def record(tx: Tx, what: str, looks: Sequence[Look]) -> None:
    """Write down that the actor looked, in the way `what` names, at each of these: in one statement, what is new."""
    if not looks:
        return
    known = _on_record(tx, what, looks)
    lines = [
        values(tx, what, client_id=client_id, row_id=row_id)
        for client_id, row_id in dict.fromkeys(looks)
        if (client_id, row_id) not in known
    ]
    if lines:
        tx.connection.execute(insert(NUMBERED_BY_THE_DATABASE), lines)


def _on_record(tx: Tx, what: str, looks: Sequence[Look]) -> set[tuple[UUID | None, UUID | None]]:
    """The looks that still go on; a row that claims to be from later than now is none of them."""
    query = select(AuditRow.client_id, AuditRow.row_id).where(
        BY_STAFF,
        AuditRow.actor_id == tx.actor.id,
        AuditRow.what == what,
        AuditRow.at.between(tx.now - ONE_LOOK, tx.now),
    )
    if len(looks) == 1:
        query = query.where(AuditRow.client_id == looks[0][0])
    return {(row[0], row[1]) for row in tx.connection.execute(query).all()}
