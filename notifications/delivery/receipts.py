"""What providers report later of the messages they took. Kept beside the attempts; it stops and starts nothing."""

from uuid import UUID

from sqlalchemy import exists, select

from notifications.delivery.models import Attempt, Message, MessageState
from notifications.delivery.providers.base import Reported
from notifications.delivery.staff_models import Receipt
from server.core.db import Tx
from server.core.tables import new_id


def record(tx: Tx, message_id: UUID, provider: str, reported: Reported) -> bool:
    """Keep one status of one message, once. False for what belongs to no message that this provider took.

    It may come before our own record of the attempt, which is then not there to compare with.
    """
    if reported.status is None:
        return True
    tried = select(Attempt.provider_id).where(Attempt.message_id == message_id)
    known = set(tx.session.scalars(tried)) - {None}
    if not reported.provider_id or len(reported.provider_id) > 200:
        return False
    if known and reported.provider_id not in known:
        return False
    if not known and not _on_its_way(tx, message_id):
        return False
    row = {
        "id": new_id(),
        "message_id": message_id,
        "provider": provider,
        "provider_id": reported.provider_id,
        "status": reported.status.value,
        "at": tx.now,
    }
    once = tx.upsert(Receipt).values(**row).on_conflict_do_nothing()
    tx.session.execute(once)
    return True


def _on_its_way(tx: Tx, message_id: UUID) -> bool:
    leased = exists().where(Message.id == message_id, Message.state == MessageState.LEASED)
    return bool(tx.session.scalar(select(leased)))
