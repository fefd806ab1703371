"""Taking messages out of the queue for a while, and putting them into words for their channel.

A claim leases messages to one worker: state leased, fence one higher, `send_after` the end of the lease. A
worker that dies loses its lease by time, and another one claims the message anew.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, select, update

from notifications.delivery import devices, retry
from notifications.delivery.channels.base import Envelope
from notifications.delivery.labels import label
from notifications.delivery.messages import Kind, render
from notifications.delivery.models import (
    IS_OWED,
    PUSH,
    ChannelName,
    Device,
    Message,
    MessageState,
    ServedChannel,
)
from notifications.delivery.outcomes import GoneAddress, Misconfigured, Outcome
from notifications.delivery.retry import Priority
from notifications.delivery.settling import Held, expire, settle
from notifications.delivery.timewords import by_time
from server.core.db import Tx
from server.core.tables import Id, UTCDateTime
from server.core.vault import SealBroken
from server.people import programmes
from server.people.models import Client, Programme, Staff
from server.people.sessions import CLIENT_IDLE

NOTICE = "notice"
"""The kind a client's push carries, whatever it is about; the app asks the service what there is to see."""


SERVED = timedelta(minutes=2)
"""A node that has not said for this long that it carries a channel is taken to be gone."""


class Order(Struct, frozen=True, kw_only=True):
    """What one lane claims: these channels, urgent ones or the rest, at most `room` messages.

    `instead`: channels this node lacks, claimed as well while no other node serves them. `missing`: nobody can
    carry what is claimed. `labelled`: say who it is for instead of where it goes, for the channel that prints.
    """

    channels: Collection[ChannelName]
    instead: Collection[ChannelName] = ()
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


_NOW = bindparam("now", type_=UTCDateTime())
_IDLE_SINCE = bindparam("idle_since", type_=UTCDateTime())
_IDS = bindparam("ids", expanding=True, type_=Id())

_DUE = (
    select(Message.id)
    .where(
        IS_OWED,
        Message.channel.in_(bindparam("channels", expanding=True)),
        Message.priority.between(bindparam("first"), bindparam("last")),
        Message.send_after <= _NOW,
    )
    .order_by(Message.priority, Message.send_after)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(Message)
    .where(Message.id.in_(_IDS))
    .values(
        state=MessageState.LEASED,
        fence=Message.fence + 1,
        attempts=Message.attempts + 1,
        send_after=bindparam("until", type_=UTCDateTime()),
    )
)
_ITS_DEVICE = (Device.id == Message.device_id) & (Device.channel == Message.channel)
_DETAILS = (
    select(
        Message.id,
        Message.programme_id,
        Message.client_id,
        Message.staff_id,
        Message.channel,
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
        Staff.role.label("staff_role"),
        Staff.left_at,
        Client.zone.label("client_zone"),
        Client.wrapped_key.label("client_key"),
        Client.discharged_at,
        Programme.name,
        Programme.zone,
        Programme.wrapped_key,
        Programme.emergency_contact,
    )
    .select_from(Message)
    .outerjoin(Device, _ITS_DEVICE & devices.usable(_NOW, _IDLE_SINCE))
    .outerjoin(Staff, Staff.id == Message.staff_id)
    .outerjoin(Client, Client.id == Message.client_id)
    .join(Programme, Programme.id == Message.programme_id)
    .where(Message.id.in_(_IDS))
    .order_by(Message.priority, Message.created_at, Message.id)
)


def claim(tx: Tx, order: Order) -> Claim:
    """Lease what is due for a lane, most pressing first; a lapsed lease counts as due."""
    connection = tx.connection
    first, last = (Priority.EMERGENCY, Priority.URGENT) if order.urgent else (Priority.NORMAL, Priority.LOW)
    channels = [*order.channels, *(set(order.instead) - _served(tx) if order.instead else ())]
    if not channels:
        return Claim([], 0)
    due = {"channels": channels, "first": int(first), "last": int(last), "room": order.room}
    ids = list(connection.execute(_DUE, {**due, "now": tx.now}).scalars())
    if not ids:
        return Claim([], 0)
    connection.execute(_LEASE, {"ids": ids, "until": tx.now + retry.LEASE})
    jobs: list[Job] = []
    instants = {"now": tx.now, "idle_since": tx.now - CLIENT_IDLE}
    for row in connection.execute(_DETAILS, {"ids": ids, **instants}).all():
        held = _held(row)
        found = _envelope(tx, row, order)
        if row.expires_at <= tx.now:
            expire(tx, held)
        elif isinstance(found, Envelope):
            jobs.append(Job(held, found))
        else:
            settle(tx, held, found, started_at=tx.now, jitter=1.0)
    return Claim(jobs, len(ids))


def note_served(tx: Tx, channels: Collection[ChannelName]) -> None:
    """Say that a node carries these channels."""
    row = {"served_at": tx.now}
    for channel in sorted(channels):
        noted = tx.upsert(ServedChannel).values(channel=channel, **row)
        tx.session.execute(noted.on_conflict_do_update(index_elements=[ServedChannel.channel], set_=row))


def _served(tx: Tx) -> set[ChannelName]:
    """The channels that some node has carried lately."""
    lately = select(ServedChannel.channel).where(ServedChannel.served_at > tx.now - SERVED)
    return set(tx.connection.execute(lately).scalars())


def _held(row: Any) -> Held:
    return Held(
        message_id=row.id,
        fence=row.fence,
        attempts=row.attempts,
        priority=row.priority,
        expires_at=row.expires_at,
        token_index=row.token_index,
    )


def _envelope(tx: Tx, row: Any, order: Order) -> Envelope | Outcome:
    """The message ready to go, or why it cannot go this way."""
    if row.left_at is not None or row.discharged_at is not None:
        return GoneAddress("recipient_left")
    if row.channel in PUSH and row.phone_id is None:
        return GoneAddress("device_removed")
    if row.staff_id is None and row.client_id is None and row.emergency_contact is None:
        return GoneAddress("contact_removed")
    if order.missing:
        return Misconfigured("no_such_channel")
    try:
        return _written(tx, row, _address(tx, row, labelled=order.labelled))
    except (SealBroken, ValueError) as error:
        return Misconfigured(type(error).__name__)


def _address(tx: Tx, row: Any, *, labelled: bool) -> str:
    """The address in the open; nothing but the envelope ever holds it."""
    if labelled:
        return label(tx, row)
    if row.channel == ChannelName.EMAIL:
        key = tx.vault.subject(row.programme_id, row.wrapped_key)
        if row.staff_id is None:
            return programmes.open_emergency_contact(key, row.programme_id, row.emergency_contact).email
        return key.open_text("staff.email", row.staff_id, row.email)
    owner = (row.client_id, row.client_key) if row.client_id else (row.programme_id, row.wrapped_key)
    return tx.vault.subject(*owner).open_text(devices.SEALED_AS, row.phone_id, row.token)


def _written(tx: Tx, row: Any, address: str) -> Envelope:
    data: dict[str, str] = dict(row.data)
    by = datetime.fromisoformat(data.pop("by")) if "by" in data else None
    zone = row.client_zone or row.zone
    phrase = by_time(by, tx.now, zone, row.language) if by is not None and by > tx.now else None
    text = render(Kind(row.kind), row.language, row.name, phrase)
    return Envelope(
        message_id=str(row.id),
        address=address,
        subject=text.subject,
        body=text.body,
        language=row.language,
        priority=row.priority,
        ttl_seconds=max(0, int((row.expires_at - tx.now).total_seconds())),
        data=_data(row, data),
    )


def _data(row: Any, data: dict[str, str]) -> dict[str, str]:
    """What the app reads. A client's says only that there is something: the push service is a stranger's."""
    if row.client_id is not None:
        return {"kind": NOTICE, "message": str(row.id)}
    ids = {"kind": row.kind, "message": str(row.id)}
    if row.case_id is not None:
        ids["case_id"] = str(row.case_id)
    return {**data, **ids}
