"""Taking messages out of the queue for a while, and putting them into words for their channel.

A claim leases messages to one worker: state leased, fence one higher, `send_after` the end of the lease. A
worker that dies loses its lease by time, and another one claims the message anew.
"""

import logging
from collections.abc import Collection
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError

from notifications.delivery import devices, retry, serving
from notifications.delivery.channels.base import Envelope
from notifications.delivery.enveloping import envelope
from notifications.delivery.models import (
    IS_OWED,
    ChannelName,
    Device,
    Message,
    MessageState,
)
from notifications.delivery.outcomes import Misconfigured, Outcome
from notifications.delivery.retry import Priority
from notifications.delivery.settling import Held, expire, settle
from notifications.delivery.way_order import as_called
from server.core.db import Tx
from server.core.tables import Id, UTCDateTime
from server.people.models import Client, Programme, Staff
from server.people.sessions import CLIENT_IDLE

log = logging.getLogger("handrail.delivery")


class Order(Struct, frozen=True, kw_only=True):
    """What one lane claims: these channels, urgent ones or the rest, at most `room` messages.

    `instead`: channels this node lacks, claimed as well while no other node serves them. `missing`: nobody can
    carry what is claimed. `labelled`: say who it is for instead of where it goes, for the channel that prints.
    `sink`: where the synthetic case goes on this lane's channel.
    """

    channels: Collection[ChannelName]
    instead: Collection[ChannelName] = ()
    urgent: bool
    room: int
    missing: bool = False
    labelled: bool = False
    sink: str = ""


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
        Message.call_number,
        Message.priority,
        Message.expires_at,
        Message.attempts,
        Message.fence,
        Device.id.label("phone_id"),
        Device.token,
        Device.token_index,
        Staff.email,
        Staff.email_proved_at,
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
    channels = [*order.channels, *(set(order.instead) - serving.served(tx) if order.instead else ())]
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
        found = _enveloped(tx, row, order)
        if row.expires_at <= tx.now:
            expire(tx, held)
        elif isinstance(found, Envelope):
            jobs.append(Job(held, found))
        else:
            settle(tx, held, found, started_at=tx.now, jitter=1.0)
    return Claim(jobs, len(ids))


def _enveloped(tx: Tx, row: Any, order: Order) -> Envelope | Outcome:
    """One message in words. One that cannot be put into words ends by itself, and every other one goes out.

    What the database cannot do goes on to the caller: that may pass, and it takes the whole claim back.
    """
    try:
        return envelope(tx, row, missing=order.missing, labelled=order.labelled, sink=order.sink)
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.error("message %s cannot be put into words: %s", row.id, type(error).__name__)
        return Misconfigured(type(error).__name__)


def _held(row: Any) -> Held:
    return Held(
        message_id=row.id,
        fence=row.fence,
        attempts=row.attempts,
        priority=as_called(row.priority, row.kind),
        expires_at=row.expires_at,
        token_index=row.token_index,
    )
