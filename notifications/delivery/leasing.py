"""Taking messages out of the queue for a while, and putting them into words for their channel.

A claim leases messages to one worker: state leased, fence one higher, `send_after` the end of the lease. A
worker that dies loses its lease by time, and another one claims the message anew.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select, update

from notifications.delivery import devices, retry
from notifications.delivery.channels.base import Envelope
from notifications.delivery.messages import Kind, render
from notifications.delivery.models import ChannelName, Device, Message, MessageState
from notifications.delivery.outcomes import GoneAddress, Misconfigured, Outcome
from notifications.delivery.retry import Priority
from notifications.delivery.settling import Held, expire, settle
from notifications.delivery.timewords import by_time
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people.models import Client, Programme, Staff


class Order(Struct, frozen=True, kw_only=True):
    """What one lane claims: these channels, urgent ones or the rest, at most `room` messages.

    `missing`: nobody can carry these channels. `labelled`: address them by the person's id, in plain sight.
    """

    channels: Collection[ChannelName]
    urgent: bool
    room: int
    missing: bool = False
    labelled: bool = False


class Job(Struct, frozen=True):
    """A message to hand to its channel now."""

    held: Held
    envelope: Envelope


class Claim(Struct, frozen=True):
    """`jobs` to carry out; `taken` also counts messages that turned out dead at the claim."""

    jobs: list[Job]
    taken: int


_COLUMNS: tuple[Any, ...] = (
    Message.id,
    Message.programme_id,
    Message.client_id,
    Message.staff_id,
    Message.channel,
    Message.device_id,
    Message.kind,
    Message.language,
    Message.data,
    Message.case_id,
    Message.priority,
    Message.expires_at,
    Message.attempts,
    Message.fence,
    Device.id.label("phone_id"),
    Device.token,
    Device.token_index,
    Staff.email,
    Staff.left_at,
    Client.zone.label("client_zone"),
    Client.wrapped_key.label("client_key"),
    Client.discharged_at,
    Programme.name,
    Programme.zone,
    Programme.wrapped_key,
)


def claim(tx: Tx, order: Order) -> Claim:
    """Lease what is due for a lane, most pressing first; a lapsed lease counts as due."""
    rows = _due(tx, order)
    if not rows:
        return Claim([], 0)
    lease = {
        "state": MessageState.LEASED,
        "fence": Message.fence + 1,
        "attempts": Message.attempts + 1,
        "send_after": tx.now + retry.LEASE,
    }
    taken = update(Message).where(Message.id.in_([row.id for row in rows])).values(lease)
    tx.session.execute(taken.execution_options(synchronize_session=False))
    jobs: list[Job] = []
    for row in rows:
        held = _held(row)
        found = _envelope(tx, row, order)
        if row.expires_at <= tx.now:
            expire(tx, held)
        elif isinstance(found, Envelope):
            jobs.append(Job(held, found))
        else:
            settle(tx, held, found, started_at=tx.now, jitter=1.0)
    return Claim(jobs, len(rows))


def _due(tx: Tx, order: Order) -> Sequence[Any]:
    pressing = Message.priority <= Priority.URGENT
    query = (
        select(*_COLUMNS)
        .select_from(Message)
        .outerjoin(Device, (Device.id == Message.device_id) & devices.usable(tx))
        .outerjoin(Staff, Staff.id == Message.staff_id)
        .outerjoin(Client, Client.id == Message.client_id)
        .join(Programme, Programme.id == Message.programme_id)
        .where(
            Message.state.in_((MessageState.QUEUED, MessageState.LEASED)),
            Message.channel.in_(order.channels),
            pressing if order.urgent else Message.priority > Priority.URGENT,
            Message.send_after <= tx.now,
        )
        .order_by(Message.priority, Message.send_after)
        .limit(order.room)
        .with_for_update(of=Message, skip_locked=True)
    )
    return tx.session.execute(query).all()


def _held(row: Any) -> Held:
    return Held(
        message_id=row.id,
        fence=row.fence + 1,
        attempts=row.attempts + 1,
        priority=row.priority,
        expires_at=row.expires_at,
        device_id=row.phone_id,
        token_index=row.token_index,
    )


def _envelope(tx: Tx, row: Any, order: Order) -> Envelope | Outcome:
    """The message ready to go, or why it cannot go this way."""
    if row.left_at is not None or row.discharged_at is not None:
        return GoneAddress("recipient_left")
    if row.channel == ChannelName.FCM and row.phone_id is None:
        return GoneAddress("device_removed")
    if order.missing:
        return Misconfigured("no_such_channel")
    try:
        return _written(tx, row, _address(tx, row, labelled=order.labelled))
    except (SealBroken, ValueError) as error:
        return Misconfigured(type(error).__name__)


def _address(tx: Tx, row: Any, *, labelled: bool) -> str:
    """The address in the open; nothing but the envelope ever holds it."""
    if labelled:
        return f"staff {row.staff_id}" if row.staff_id else f"client {row.client_id}"
    if row.channel == ChannelName.EMAIL:
        key = tx.vault.subject(row.programme_id, row.wrapped_key)
        return key.open_text("staff.email", row.staff_id, row.email)
    owner = (row.client_id, row.client_key) if row.client_id else (row.programme_id, row.wrapped_key)
    return tx.vault.subject(*owner).open_text(devices.SEALED_AS, row.phone_id, row.token)


def _written(tx: Tx, row: Any, address: str) -> Envelope:
    data: dict[str, str] = dict(row.data)
    by = datetime.fromisoformat(data.pop("by")) if "by" in data else None
    zone = row.client_zone or row.zone
    phrase = by_time(by, tx.now, zone, row.language) if by is not None and by > tx.now else None
    text = render(Kind(row.kind), row.language, row.name, phrase)
    ids = {"kind": row.kind, "message": str(row.id)}
    if row.staff_id and row.case_id:
        ids["case_id"] = str(row.case_id)
    return Envelope(
        message_id=str(row.id),
        address=address,
        subject=text.subject,
        body=text.body,
        language=row.language,
        priority=row.priority,
        ttl_seconds=max(0, int((row.expires_at - tx.now).total_seconds())),
        data={**data, **ids},
    )
