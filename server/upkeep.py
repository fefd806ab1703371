"""Upkeep an operator asks for: a lost administrator account, a new key-encryption key, a look at the audit chain."""

from uuid import UUID

from sqlalchemy import select, update

from crisisplans import queries
from server.core import audit
from server.core.audit import AuditSeal
from server.core.db import Database, Tx
from server.core.errors import Conflict, NotFound
from server.people import invitations, programmes, second_factor, sign_in
from server.people.models import Client, Installation, Programme

BATCH = 200


def recover(tx: Tx, email: str, programme: str | None = None) -> str:
    """A staff member lost password and second factor, and no administrator can help: a code to begin anew.

    `programme` (its name) is needed where the address has an account in more than one.
    """
    named = [(programmes.facts(tx, row.programme_id).name, row) for row in sign_in.accounts(tx, email)]
    found = [(name, row) for name, row in named if programme in (None, name)]
    if not found:
        raise NotFound("Nobody here has this e-mail address.")
    if len(found) > 1:
        raise Conflict(f"Say which programme (--programme): {', '.join(name for name, _ in found)}.")
    ((_, row),) = found
    second_factor.reset(tx, row)
    audit.record(tx, "staff.recover", programme_id=row.programme_id, row_id=row.id)
    return invitations.create(tx, staff_id=row.id)[1]


def rewrap(db: Database) -> int:
    """Wrap every subject's key by the active key-encryption key, in batches; stopped half way, it can be run again.

    Returns how many keys were wrapped anew. What the keys sealed stays as it is.
    """
    total = 0
    for table in (Installation, Programme, Client):
        after: UUID | None = None
        while True:
            after, changed, more = db.write_now(lambda tx, table=table, after=after: _batch(tx, table, after))
            total += changed
            if not more:
                break
    return total


def _batch(
    tx: Tx, table: type[Installation | Programme | Client], after: UUID | None
) -> tuple[UUID | None, int, bool]:
    query = select(table.id, table.wrapped_key).order_by(table.id).limit(BATCH).with_for_update()
    if after is not None:
        query = query.where(table.id > after)
    rows = tx.session.execute(query).all()
    changed = 0
    for row in rows:
        wrapped = tx.vault.rewrap(row.id, row.wrapped_key)
        if wrapped != row.wrapped_key:
            changed += 1
            tx.session.execute(update(table).where(table.id == row.id).values(wrapped_key=wrapped))
    if changed:
        audit.record(tx, "keys.rewrap", data={"table": table.__tablename__, "keys": changed})
    return (rows[-1].id if rows else after), changed, len(rows) == BATCH


def lines_to_check(tx: Tx) -> list[tuple[str, str]]:
    """Crisis lines whose check is overdue, as (programme, key): a wrong number does harm."""
    found: list[tuple[str, str]] = []
    for programme in tx.session.scalars(select(Programme).order_by(Programme.id)):
        found += [(programme.name, line.key) for line in queries.stale_lines(tx, programme.id)]
    return found


def audit_head(tx: Tx) -> tuple[int, str] | None:
    """The newest link of the audit chain: its number and digest, to be kept somewhere else."""
    link = tx.session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).first()
    return (link.number, link.digest.hex()) if link else None


def holds_head(tx: Tx, number: int, digest: str) -> bool:
    """Whether a head that was kept somewhere else is still a link of this chain: nothing was cut off or made anew."""
    link = tx.session.get(AuditSeal, number)
    return link is not None and link.digest.hex() == digest.lower()
