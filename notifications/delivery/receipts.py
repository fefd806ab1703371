"""What providers report later of the messages they took. Kept beside the attempts; it stops and starts nothing."""

from uuid import UUID

from sqlalchemy import exists, select

from notifications.delivery import unheard
from notifications.delivery.models import Attempt, Message, MessageState
from notifications.delivery.providers.base import LONGEST_ID, Reported
from notifications.delivery.staff_models import Receipt
from server.core.db import Tx
from server.core.tables import new_id


def record(tx: Tx, message_id: UUID, provider: str, reported: Reported) -> bool:
    """Keep one status of one message, once. False for what belongs to no message that this provider can have taken.

    It may come before our own record of the attempt, which is then not there to compare with. Where the provider took
    the message and its answer was lost, nobody told us the id that it reports by: the attempt names the provider.
    """
    if reported.status is None:
        return True
    if not reported.provider_id or len(reported.provider_id) > LONGEST_ID:
        return False
    if not _may_have_taken(tx, message_id, provider, reported.provider_id):
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


def _may_have_taken(tx: Tx, message_id: UUID, provider: str, provider_id: str) -> bool:
    tried = select(Attempt.provider_id, Attempt.code).where(Attempt.message_id == message_id)
    attempts = tx.session.execute(tried).all()
    known = {known for known, _ in attempts} - {None}
    lost = any(provider in unheard.names_in(code) for _, code in attempts)
    return provider_id in known or lost or (not known and _on_its_way(tx, message_id))


def _on_its_way(tx: Tx, message_id: UUID) -> bool:
    leased = exists().where(Message.id == message_id, Message.state == MessageState.LEASED)
    return bool(tx.session.scalar(select(leased)))
