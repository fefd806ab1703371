"""Phones and browsers that can be notified: registering one, forgetting one, and which of them still count.

Staff members' numbers stand in the same table and are added and removed by `numbers`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import BindParameter, ColumnElement, delete, exists, or_, select, update

from notifications.delivery.models import NUMBERS, PUSH, ChannelName, Device
from notifications.delivery.schemas import DeviceIn, DeviceOut, FcmDeviceIn, PushChannel
from notifications.delivery.subscriptions import check_subscription
from server.core import audit
from server.core.actor import ActorKind
from server.core.db import Tx
from server.core.errors import NotFound
from server.core.vault import SubjectKey
from server.people import access, programmes
from server.people.models import SessionRow, Staff
from server.people.roles import Action
from server.people.sessions import CLIENT_IDLE

MOST = 10
"""Devices one person may have; a new one beyond that takes the place of the one seen longest ago."""

UNSEEN = timedelta(days=270)
"""A device not seen for this long is forgotten: FCM itself expires such tokens (Firebase, "Best practices for
FCM registration token management", 2024)."""

REVOKED_LATELY = timedelta(days=30)
"""How far back `clean` looks for sessions that were revoked; it does so every minute."""

SEALED_AS = "devices.token"


Instant = datetime | BindParameter[datetime]


def usable_at(now: datetime) -> ColumnElement[bool]:
    """The condition on `devices` that holds for those that may be notified now (see `usable`)."""
    return usable(now, now - CLIENT_IDLE)


def usable(now: Instant, idle_since: Instant) -> ColumnElement[bool]:
    """The same for statements made once: `idle_since` is `now` less `CLIENT_IDLE`.

    A revoked session (signed out, phone lost) ends its device at once. A client's device also ends with its
    session, since nothing could be answered there. A staff session ends by itself within hours: its phone is
    called all the same, or nobody on call would be woken at night; what it shows is neutral.
    """
    revoked = exists().where(SessionRow.id == Device.session_id, SessionRow.revoked_at.is_not(None))
    alive = exists().where(
        SessionRow.id == Device.session_id,
        SessionRow.expires_at > now,
        SessionRow.last_used_at > idle_since,
    )
    return ~revoked & or_(Device.staff_id.is_not(None), alive)


def of_person(
    tx: Tx, *, client_id: UUID | None = None, staff_id: UUID | None = None
) -> tuple[tuple[ChannelName, UUID], ...]:
    """Channel and id of one person's usable devices, the one seen last first."""
    query = select(Device.channel, Device.id).where(_whose(client_id, staff_id), usable_at(tx.now))
    found = tx.session.execute(query.order_by(Device.seen_at.desc(), Device.id))
    return tuple((channel, device_id) for channel, device_id in found)


def register(tx: Tx, device_id: UUID, given: DeviceIn, *, push_hosts: Sequence[str] = ()) -> DeviceOut:
    """Register the acting person's device, or note its new token. NotFound when the id is somebody else's.

    A browser's subscription must be with one of `push_hosts` (see `subscriptions`), or Invalid names the field.

    A token seen under another id moves here: with the messages still owed to it when it is the same person's
    phone, without them when the phone has changed hands.
    """
    client_id, staff_id, key = _acting(tx)
    channel, token, unique = _address(given, push_hosts)
    index = tx.vault.blind(SEALED_AS, unique)
    known = tx.session.get(Device, device_id)
    if known is not None and (known.client_id, known.staff_id) != (client_id, staff_id):
        raise NotFound
    if known is not None and known.channel in NUMBERS:
        raise NotFound
    if known is None or known.token_index != index:
        known = _take_over(tx, device_id, index, known, _whose(client_id, staff_id))
        audit.record(tx, "device.register", client_id=client_id, row_id=device_id)
    if known is None:
        _make_room(tx, _whose(client_id, staff_id))
        known = Device(id=device_id, client_id=client_id, staff_id=staff_id, created_at=tx.now)
        tx.session.add(known)
    known.channel = ChannelName(channel)
    known.token, known.token_index = key.seal_text(SEALED_AS, device_id, token), index
    known.session_id, known.seen_at = tx.actor.session_id, tx.now
    tx.session.flush()
    return DeviceOut(id=device_id, channel=channel, registered_at=known.created_at)


def forget(tx: Tx, device_id: UUID) -> None:
    """Remove the acting person's device. Repeating it, or naming somebody else's, changes nothing."""
    client_id, staff_id, _ = _acting(tx)
    theirs = (_whose(client_id, staff_id), Device.channel.in_(PUSH))
    mine = delete(Device).where(Device.id == device_id, *theirs).returning(Device.id)
    if tx.session.execute(mine).one_or_none() is not None:
        audit.record(tx, "device.forget", client_id=client_id, row_id=device_id)


def forget_client(tx: Tx, client_id: UUID) -> None:
    """The client is discharged: no phone of theirs is notified any more."""
    tx.session.execute(delete(Device).where(Device.client_id == client_id))


def clean(tx: Tx) -> None:
    """Forget devices of revoked sessions, those nobody has seen for a long time, and numbers of who has left.

    Each by its own index, for there are as many devices as clients. A device of a session that was revoked while no
    worker ran for a month is never notified again (`usable`), and is forgotten as unseen.
    """
    revoked = select(SessionRow.id).where(SessionRow.revoked_at > tx.now - REVOKED_LATELY)
    left = select(Staff.id).where(Staff.left_at.is_not(None))
    for gone in (
        Device.session_id.in_(revoked),
        Device.channel.in_(PUSH) & (Device.seen_at < tx.now - UNSEEN),
        Device.channel.in_(NUMBERS) & Device.staff_id.in_(left),
    ):
        tx.session.execute(delete(Device).where(gone))


def _address(given: DeviceIn, push_hosts: Sequence[str]) -> tuple[PushChannel, str, str]:
    """(channel, what is sealed, what tells it from every other device)."""
    if isinstance(given, FcmDeviceIn):
        return "fcm", given.token, given.token
    check_subscription(given.subscription, push_hosts)
    whole = msgspec.json.encode(given.subscription).decode()
    # The blank keeps the two kinds apart: no token has one.
    return "webpush", whole, f"webpush {given.subscription.endpoint}"


def _acting(tx: Tx) -> tuple[UUID | None, UUID | None, SubjectKey]:
    """(client id, staff id, the key their tokens are sealed with) of the acting person."""
    if tx.actor.kind is ActorKind.CLIENT:
        facts = access.oneself(tx, Action.OWN_DEVICES)
        return facts.id, None, access.key(tx, facts)
    return None, tx.actor.id, programmes.key(tx, programmes.of_actor(tx))


def _whose(client_id: UUID | None, staff_id: UUID | None) -> ColumnElement[bool]:
    return Device.client_id == client_id if client_id else Device.staff_id == staff_id


def _take_over(
    tx: Tx, device_id: UUID, index: bytes, known: Device | None, mine: ColumnElement[bool]
) -> Device | None:
    """Free the token from the id it had before; the row, when it is this person's and becomes this device."""
    before = select(Device.id, mine.label("mine")).where(Device.token_index == index)
    found = tx.session.execute(before).one_or_none()
    if found is None:
        return known
    if known is not None or not found.mine:
        tx.session.execute(delete(Device).where(Device.id == found.id))
        return known
    rename = update(Device).where(Device.id == found.id).values(id=device_id)
    tx.session.execute(rename.execution_options(synchronize_session=False))
    return tx.session.get_one(Device, device_id)


def _make_room(tx: Tx, mine: ColumnElement[bool]) -> None:
    kept = (
        select(Device.id)
        .where(mine, Device.channel.in_(PUSH))
        .order_by(Device.seen_at.desc(), Device.id.desc())
    )
    surplus = list(tx.session.scalars(kept.offset(MOST - 1)))
    if surplus:
        tx.session.execute(delete(Device).where(Device.id.in_(surplus)))
