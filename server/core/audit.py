"""The audit trail: who did or saw what, about whom, when. Rows are only ever added (a trigger refuses the rest).

A background job seals finished stretches of rows into a hash chain, so that a row changed or taken out later by
somebody with the database in hand shows (HIPAA 164.312(b) and (c)). Rows hold ids and short words, no clinical text.
"""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import JSON, Index, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.core.db import Tx
from server.core.prepared import Prepared
from server.core.tables import Base, Key, new_id

SETTLED = timedelta(minutes=2)
"""A row this old is visible to everybody: no transaction may run longer than the 30 s statement limits."""

ZERO = b"\0" * 32


class AuditRow(Base):
    """One act or one look. `what` is a short word like "plan.publish"; `data` holds ids and counts only."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "client_id", "id"), Index(None, "programme_id", "id"))

    id: Mapped[Key]
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[UUID | None]
    programme_id: Mapped[UUID | None]
    client_id: Mapped[UUID | None]
    what: Mapped[str] = mapped_column(String(64))
    row_id: Mapped[UUID | None]
    data: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))


class AuditSeal(Base):
    """One link of the chain: the digest of every audit row after the previous link up to `last_id`."""

    __tablename__ = "audit_seals"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_id: Mapped[UUID]
    rows: Mapped[int]
    digest: Mapped[bytes]
    sealed_at: Mapped[datetime]


INSERT = Prepared(insert(AuditRow))


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
        "id": new_id(),
        "at": tx.now,
        "actor_kind": tx.actor.kind.value,
        "actor_id": tx.actor.id,
        "programme_id": programme_id or tx.actor.programme_id,
        "client_id": client_id,
        "what": what,
        "row_id": row_id,
        "data": data,
    }


def _digest(previous: bytes, rows: list[AuditRow]) -> bytes:
    chain = hashlib.sha256(previous)
    for row in rows:
        parts = (
            row.id.hex,
            row.at.isoformat(),
            row.actor_kind,
            row.actor_id,
            row.programme_id,
            row.client_id,
            row.what,
            row.row_id,
            sorted((row.data or {}).items()),
        )
        chain.update("\x1f".join(map(str, parts)).encode())
        chain.update(b"\x1e")
    return chain.digest()


def _last_seal(session: Session) -> AuditSeal | None:
    return session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).first()


def _rows_after(session: Session, last: UUID | None, most: int) -> list[AuditRow]:
    query = select(AuditRow).order_by(AuditRow.id).limit(most)
    if last is not None:
        query = query.where(AuditRow.id > last)
    return list(session.scalars(query))


def seal(tx: Tx, most: int = 5000) -> int:
    """Add one link over the settled rows that no link holds yet; returns how many rows it holds."""
    previous = _last_seal(tx.session)
    rows = _rows_after(tx.session, previous.last_id if previous else None, most)
    rows = [row for row in rows if row.at < tx.now - SETTLED]
    if not rows:
        return 0
    digest = _digest(previous.digest if previous else ZERO, rows)
    number = previous.number + 1 if previous else 1
    link = AuditSeal(number=number, last_id=rows[-1].id, rows=len(rows), digest=digest, sealed_at=tx.now)
    tx.session.add(link)
    return len(rows)


def first_broken_seal(tx: Tx) -> int | None:
    """The number of the first link whose rows are no longer what was sealed, or None when all hold."""
    digest, last = ZERO, None
    for link in tx.session.scalars(select(AuditSeal).order_by(AuditSeal.number)):
        query = select(AuditRow).where(AuditRow.id <= link.last_id).order_by(AuditRow.id)
        if last is not None:
            query = query.where(AuditRow.id > last)
        digest = _digest(digest, list(tx.session.scalars(query)))
        if digest != link.digest:
            return link.number
        last = link.last_id
    return None
