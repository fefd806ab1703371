"""What somebody has done in the last few minutes, by the audit trail: whether a page may still say "Saved."

Rule: what has been done is said to whoever did it, for `LATELY`, and to nobody who opens the same address later.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from server.core.audit import BY_STAFF, AuditRow
from server.core.db import Tx

LATELY = timedelta(minutes=5)


def lately(tx: Tx, whats: Iterable[str]) -> set[UUID]:
    """The clients to whom the acting staff member has done one of these of late."""
    query = select(AuditRow.client_id).where(
        BY_STAFF,
        AuditRow.actor_id == tx.actor.id,
        AuditRow.what.in_(list(whats)),
        AuditRow.at.between(tx.now - LATELY, tx.now),
    )
    return {client_id for client_id in tx.session.scalars(query.distinct()) if client_id is not None}
