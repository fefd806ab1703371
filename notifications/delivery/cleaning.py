"""Housekeeping of what is kept for deliveries, a bounded piece at a time."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from notifications.delivery import devices, links, trial
from notifications.delivery.models import Attempt, Message, MessageState
from notifications.delivery.staff_models import Receipt
from server.core.db import Tx

KEPT = timedelta(days=400)
"""How long a settled message is kept that belongs to no case. Messages of a case stay with the case."""
_CLEANED_AT_ONCE = 2000


def clean(tx: Tx) -> int:
    """Remove a bounded number of long settled messages of no case, and devices and links that no longer count."""
    devices.clean(tx)
    trial.clean(tx)
    links.clean(tx)
    before = tx.now - KEPT
    query = select(Message.id).where(
        Message.id < _first_id_of(before),
        Message.case_id.is_(None),
        Message.state.in_((MessageState.SENT, MessageState.DEAD)),
        Message.created_at < before,
    )
    old = list(tx.session.scalars(query.order_by(Message.id).limit(_CLEANED_AT_ONCE)))
    tx.session.execute(delete(Attempt).where(Attempt.message_id.in_(old)))
    tx.session.execute(delete(Receipt).where(Receipt.message_id.in_(old)))
    tx.session.execute(delete(Message).where(Message.id.in_(old)))
    return len(old)


def _first_id_of(at: datetime) -> UUID:
    """The lowest UUIDv7 of that moment: ids are in time order, so the primary key finds what is old."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62)
