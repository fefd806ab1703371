"""The audit trail: who did or saw what, about whom, when. Rows are only ever added (a trigger refuses the rest).

A background job seals the rows into a hash chain, so that a row changed, added or taken out later by somebody with
the database in hand shows (HIPAA 164.312(b) and (c)). Links are made with a key from the keys file, or they could
make the chain anew. Rows hold ids and short words, no clinical text.

An act is always a row of its own; when a look is one, says server/core/audit_looks.py.

The order is the number the database gives each row: no clock has a say in it. On PostgreSQL a number is given
before its row is committed, so a lower number may come to light after a higher one, or never (its transaction was
undone). A link therefore names the numbers it did not find, and a later link takes in those that came, for
`WAITED`; a row that turns up after that was put there by hand. Links cover each other's lists as well as the rows.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Identity,
    Index,
    Integer,
    Row,
    String,
    column,
    func,
    insert,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Tx
from server.core.prepared import Prepared
from server.core.tables import Base

WAITED = timedelta(minutes=10)
"""How long a number may come late. Statements and idle transactions end after 30 s (server/core/engines.py)."""

ZERO = b"\0" * 32
LOWEST = -(2**62)
"""Before any number: the database begins with 1, a hand might not."""


BY_STAFF = text("actor_kind = 'staff'")
"""Written out, so that the databases see that their partial index fits. Clients' own rows need no place in it."""


class AuditRow(Base):
    """One act or one look. `what` is a short word like "plan.publish"; `data` holds ids and counts only.

    `session_id` is the sign-in by which the actor came: a stolen one leaves rows of its own.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "client_id", "number"),
        Index(None, "programme_id", "number"),
        Index(None, "actor_id", "what", "at", sqlite_where=BY_STAFF, postgresql_where=BY_STAFF),
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(always=False), primary_key=True
    )
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[UUID | None]
    programme_id: Mapped[UUID | None]
    client_id: Mapped[UUID | None]
    what: Mapped[str] = mapped_column(String(64))
    row_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    data: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))


class AuditSeal(Base):
    """One link of the chain, over the rows after the previous link up to `last_row`.

    `missing` are the numbers up to there, as [first, last], that no link holds and that may still come; `late` are
    the rows this link holds that earlier ones missed.
    """

    __tablename__ = "audit_seals"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_row: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int]
    missing: Mapped[list[list[int]]] = mapped_column(JSON)
    late: Mapped[list[int]] = mapped_column(JSON)
    digest: Mapped[bytes]
    sealed_at: Mapped[datetime]


NUMBERED_BY_THE_DATABASE = table(
    AuditRow.__tablename__,
    *(column(each.name, each.type) for each in AuditRow.__table__.columns if each.name != "number"),
)
INSERT = Prepared(insert(NUMBERED_BY_THE_DATABASE))


def record(
    tx: Tx,
    what: str,
    *,
    client_id: UUID | None = None,
    row_id: UUID | None = None,
    programme_id: UUID | None = None,
    data: dict[str, object] | None = None,
) -> None:
    """Write down that the transaction's actor did `what`; it is stored with the act or not at all."""
    line = values(tx, what, client_id=client_id, row_id=row_id, programme_id=programme_id, data=data)
    INSERT.run(tx, line)


def values(
    tx: Tx,
    what: str,
    *,
    client_id: UUID | None = None,
    row_id: UUID | None = None,
    programme_id: UUID | None = None,
    data: dict[str, object] | None = None,
) -> dict[str, object]:
    """The same line as values of INSERT, where it goes to the database together with other rows."""
    return {
        "at": tx.now,
        "actor_kind": tx.actor.kind.value,
        "actor_id": tx.actor.id,
        "programme_id": programme_id or tx.actor.programme_id,
        "client_id": client_id,
        "what": what,
        "row_id": row_id,
        "session_id": tx.actor.session_id,
        "data": data,
    }


SEALED_AT_ONCE = 250
"""Rows of one link. Ten milliseconds: on an embedded database everybody who writes waits for it."""


_ALONE = select(func.pg_try_advisory_xact_lock(int.from_bytes(b"audit", "big")))


def seal(tx: Tx, most: int = SEALED_AT_ONCE) -> int:
    """Add one link over the rows that no link holds yet; returns how many rows it holds.

    None is added while another node adds one: there is one chain.
    """
    if not tx.sqlite and not tx.connection.scalar(_ALONE):
        return 0
    before = tx.session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).first()
    last = before.last_row if before else 0
    late = _rows(tx, before.missing if before else [])
    fresh = list(tx.connection.execute(_BY_NUMBER.where(AuditRow.number > last).limit(most)))
    if not fresh and not late:
        return 0
    link = AuditSeal(
        number=before.number + 1 if before else 1,
        last_row=fresh[-1].number if fresh else last,
        rows=len(late) + len(fresh),
        missing=[
            *_gaps(_still_awaited(tx, before) if before else [], late),
            *_gaps([[last + 1, fresh[-1].number]] if fresh else [], fresh),
        ],
        late=[row.number for row in late],
        sealed_at=tx.now,
    )
    link.digest = _digest(tx, before.digest if before else ZERO, link, late + fresh)
    tx.session.add(link)
    return link.rows


def first_broken_seal(tx: Tx, after: int | None = None) -> int | None:
    """The number of the first link whose rows are no longer what was sealed, or None when all hold.

    With `after`, a link that was found to hold before, only what follows it is read.
    """
    query = select(AuditSeal).order_by(AuditSeal.number)
    links = list(tx.session.scalars(query if after is None else query.where(AuditSeal.number >= after)))
    held_later = {number for link in links for number in link.late}
    awaited = links[-1].missing if links else []
    digest, last = ZERO, LOWEST
    if after is not None:
        if not links or links[0].number != after:
            return after
        known = links.pop(0)
        digest, last = known.digest, known.last_row
    for link in links:
        here = _rows(tx, [[last + 1, link.last_row]])
        late = _rows(tx, [[number, number] for number in link.late])
        rows = [row for row in here if not _within(row.number, link.missing)]
        digest = _digest(tx, digest, link, late + rows)
        strange = any(
            row.number not in held_later and not _within(row.number, awaited)
            for row in here
            if _within(row.number, link.missing)
        )
        if digest != link.digest or strange:
            return link.number
        last = link.last_row
    return None


_COLUMNS: tuple[Any, ...] = tuple(AuditRow.__table__.columns)
_BY_NUMBER = select(*_COLUMNS).order_by(AuditRow.number)
"""As plain rows: a minute's worth of them, as mapped objects, would take longer than all the rest."""

Ranges = list[list[int]]
Line = Row[*tuple[Any, ...]]


def _rows(tx: Tx, ranges: Ranges) -> list[Line]:
    if not ranges:
        return []
    within = or_(*(AuditRow.number.between(first, last) for first, last in ranges))
    return list(tx.connection.execute(_BY_NUMBER.where(within)))


def _within(number: int, ranges: Ranges) -> bool:
    return any(first <= number <= last for first, last in ranges)


def _still_awaited(tx: Tx, before: AuditSeal) -> Ranges:
    """What the newest link misses, without what has been waited for long enough."""
    old = select(AuditSeal.last_row).where(AuditSeal.sealed_at < tx.now - WAITED)
    given_up = tx.session.scalar(old.order_by(AuditSeal.number.desc()).limit(1)) or 0
    return [[first, last] for first, last in before.missing if first > given_up]


def _gaps(ranges: Ranges, found: Iterable[Line]) -> Ranges:
    """What is left of the ranges without the rows that were found."""
    left: Ranges = []
    numbers = [row.number for row in found]
    for first, last in ranges:
        here = first
        for number in (number for number in numbers if first <= number <= last):
            if here < number:
                left.append([here, number - 1])
            here = number + 1
        if here <= last:
            left.append([here, last])
    return left


def _said(row: Line) -> list[tuple[str, object]]:
    data: dict[str, object] = row.data or {}
    return sorted(data.items())


def _digest(tx: Tx, previous: bytes, link: AuditSeal, rows: list[Line]) -> bytes:
    chain = hashlib.sha256(previous)
    chain.update(f"{link.number} {link.last_row} {link.rows} {link.missing} {link.late}".encode())
    for row in rows:
        parts = (
            row.number,
            row.at.isoformat(),
            row.actor_kind,
            row.actor_id,
            row.programme_id,
            row.client_id,
            row.what,
            row.row_id,
            row.session_id,
            _said(row),
        )
        chain.update("\x1f".join(map(str, parts)).encode())
        chain.update(b"\x1e")
    return tx.vault.blind("audit_seals.digest", chain.digest())
