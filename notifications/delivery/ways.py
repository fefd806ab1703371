"""Each way by which a colleague could be told, why it works or does not, and what became of its last message.

Rule: a way works when some node carries its channel now, the colleague has an address for it, and its last message was
not refused for good. What a node prints in a channel's place counts as that channel. A number or an e-mail address
counts only once its owner has proved it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, or_, select

from notifications.delivery import calls, devices, serving
from notifications.delivery.models import NUMBERS, ChannelName, Device, Message, MessageState
from notifications.delivery.retry import DeadReason
from notifications.delivery.staff_models import PendingNumber, Receipt
from server.core.db import Tx
from server.people.models import Staff

CHANNELS = (ChannelName.FCM, ChannelName.WEBPUSH, ChannelName.EMAIL, ChannelName.SMS, ChannelName.VOICE)

LOOKS_BACK = timedelta(days=7)
"""How long a refusal for good is held against a way."""

_FOR_GOOD = (DeadReason.GONE_ADDRESS.value, DeadReason.MISCONFIGURED.value)


class Standing(StrEnum):
    """Whether a way works, and if not, what is missing first."""

    WORKS = "works"
    NOT_CARRIED = "not_carried"
    NOT_PROVED = "not_proved"
    NO_ADDRESS = "no_address"
    REFUSED = "refused"


class Way(Struct, frozen=True, kw_only=True):
    """One channel of one colleague; `addresses`: how many phones, browsers or numbers it leads to."""

    channel: ChannelName
    standing: Standing
    addresses: int


class Delivery(Struct, frozen=True, kw_only=True):
    """The last message over a way: what became of it, why it did not go, and what the provider said of it later."""

    kind: str
    at: datetime
    state: MessageState
    sent_at: datetime | None
    outcome: str | None
    receipt: str | None
    receipt_at: datetime | None


def ways_of(tx: Tx, people: Collection[UUID]) -> dict[UUID, list[Way]]:
    """Every channel of each of these colleagues, in a fixed order."""
    carried = serving.served(tx)
    if ChannelName.CONSOLE in carried:
        carried = set(ChannelName)
    counts = _addresses(tx, people)
    refused = _refused(tx, people)
    waiting = _waiting(tx, people)
    return {
        person: [
            Way(
                channel=channel,
                addresses=counts.get((person, channel), 0),
                standing=_standing(
                    carried=channel in carried,
                    addresses=counts.get((person, channel), 0),
                    waiting=(person, channel) in waiting,
                    refused=(person, channel) in refused,
                ),
            )
            for channel in CHANNELS
        ]
        for person in people
    }


def last_delivery(tx: Tx, staff_id: UUID, channel: ChannelName) -> Delivery | None:
    """The newest message to a colleague over a channel, but for those nobody needed any more; None where none was."""
    query = (
        select(Message)
        .where(
            Message.staff_id == staff_id,
            Message.channel == channel,
            or_(Message.outcome.is_(None), Message.outcome != calls.WITHDRAWN),
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
    )
    row = tx.session.scalars(query).one_or_none()
    if row is None:
        return None
    said = select(Receipt).where(Receipt.message_id == row.id).order_by(Receipt.at.desc(), Receipt.id.desc())
    receipt = tx.session.scalars(said.limit(1)).one_or_none()
    return Delivery(
        kind=row.kind,
        at=row.created_at,
        state=row.state,
        sent_at=row.sent_at,
        outcome=row.outcome,
        receipt=receipt.status if receipt else None,
        receipt_at=receipt.at if receipt else None,
    )


def _standing(*, carried: bool, addresses: int, waiting: bool, refused: bool) -> Standing:
    if not carried:
        return Standing.NOT_CARRIED
    if not addresses:
        return Standing.NOT_PROVED if waiting else Standing.NO_ADDRESS
    return Standing.REFUSED if refused else Standing.WORKS


def _addresses(tx: Tx, people: Collection[UUID]) -> dict[tuple[UUID | None, ChannelName], int]:
    """How many addresses each has by channel, those that are proved; of e-mail everybody has at most one."""
    query = (
        select(Device.staff_id, Device.channel, func.count())
        .where(Device.staff_id.in_(people), devices.usable_at(tx.now))
        .group_by(Device.staff_id, Device.channel)
    )
    found: dict[tuple[UUID | None, ChannelName], int] = {
        (person, channel): count for person, channel, count in tx.session.execute(query)
    }
    proved = select(Staff.id).where(Staff.id.in_(people), Staff.email_proved_at.is_not(None))
    return found | {(person, ChannelName.EMAIL): 1 for person in tx.session.scalars(proved)}


def _refused(tx: Tx, people: Collection[UUID]) -> set[tuple[UUID, ChannelName]]:
    """Whose latest settled message over a channel was refused for good lately."""
    query = (
        select(Message.staff_id, Message.channel, Message.state, Message.outcome)
        .where(
            Message.staff_id.in_(people),
            Message.created_at > tx.now - LOOKS_BACK,
            or_(Message.state == MessageState.SENT, Message.outcome.in_(_FOR_GOOD)),
        )
        .order_by(Message.created_at, Message.id)
    )
    latest = {
        (person, channel): state
        for person, channel, state, _ in tx.session.execute(query)
        if person is not None
    }
    return {key for key, state in latest.items() if state is MessageState.DEAD}


def _waiting(tx: Tx, people: Collection[UUID]) -> set[tuple[UUID, ChannelName]]:
    """Whose number waits for its code, and what for. An e-mail address waits until it is proved."""
    query = select(PendingNumber.staff_id, PendingNumber.by_sms, PendingNumber.by_voice).where(
        PendingNumber.staff_id.in_(people), PendingNumber.expires_at > tx.now
    )
    numbers = {
        (person, channel)
        for person, *wanted in tx.session.execute(query)
        for channel, is_wanted in zip(NUMBERS, wanted, strict=True)
        if is_wanted
    }
    return numbers | {(person, ChannelName.EMAIL) for person in people}
