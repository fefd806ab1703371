"""A person's wishes for what is not urgent, as the outbox asks for them (the rules: `quiet`, `way_order`)."""

from collections.abc import Collection
from datetime import datetime, time
from typing import Any, cast
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from notifications.delivery import devices, quiet
from notifications.delivery.models import ChannelName, Device
from notifications.delivery.quiet import EVERYDAY, Wishes
from notifications.delivery.way_order import USUAL, Sort, StaffWishes, whole
from server.core.db import Tx
from server.core.zones import ZONES
from server.people.models import Client, PreferenceRow

_WISHES = (
    Client.zone,
    PreferenceRow.reminders,
    PreferenceRow.quiet_from,
    PreferenceRow.quiet_to,
)


class Reached(Struct):
    """One client's phones, and how they want everyday notices there (None: they said nothing)."""

    phones: list[tuple[ChannelName, UUID]]
    wishes: Wishes | None


def reached(tx: Tx, client_ids: Collection[UUID]) -> dict[UUID, Reached]:
    """Every phone of these clients that can be notified now, in one statement."""
    query = (
        select(Device.client_id, Device.channel, Device.id, *_WISHES)
        .join(Client, Client.id == Device.client_id)
        .outerjoin(PreferenceRow, PreferenceRow.client_id == Device.client_id)
        .where(Device.client_id.in_(client_ids), devices.usable_at(tx.now))
    )
    found: dict[UUID, Reached] = {}
    for row in tx.session.execute(query):
        client_id, channel, device_id, *wishes = cast("tuple[Any, ...]", row)
        if client_id not in found:
            found[client_id] = Reached([], wishes_of(*wishes))
        found[client_id].phones.append((channel, device_id))
    return found


def wishes_of(
    zone: str, reminders: bool | None, quiet_from: str | None, quiet_to: str | None
) -> Wishes | None:
    """The wishes in these values; None while the client said nothing."""
    if reminders is None:
        return None
    # A zone that has left the tables tells no hour any more: the notice goes at once rather than never.
    if quiet_from is None or quiet_to is None or zone not in ZONES:
        return Wishes(zone, reminders)
    return Wishes(zone, reminders, time.fromisoformat(quiet_from), time.fromisoformat(quiet_to))


def staff_wishes_of(
    zone: str, first_ways: str | None, quiet_from: str | None, quiet_to: str | None
) -> StaffWishes | None:
    """A staff member's wishes in these values; None while they said nothing."""
    if first_ways is None:
        return None
    known = {sort.value for sort in USUAL}
    order = whole([Sort(word) for word in first_ways.split(",") if word in known])
    if quiet_from is None or quiet_to is None or zone not in ZONES:
        return StaffWishes(zone=zone, order=order)
    begin, end = time.fromisoformat(quiet_from), time.fromisoformat(quiet_to)
    return StaffWishes(zone=zone, order=order, quiet_from=begin, quiet_to=end)


def when(wishes: Wishes | None, kind: str, at: datetime, expires_at: datetime) -> datetime | None:
    """When a notice to this client may go; None: not at all. What is not everyday goes as it was meant to."""
    if wishes is None or kind not in EVERYDAY:
        return at
    return quiet.send_at(wishes, at, expires_at)


def when_to(tx: Tx, client_id: UUID | None, kind: str, at: datetime, expires_at: datetime) -> datetime | None:
    """The same for one client; the database is asked only about what is everyday."""
    if client_id is None or kind not in EVERYDAY:
        return at
    query = (
        select(*_WISHES)
        .join_from(Client, PreferenceRow, PreferenceRow.client_id == Client.id)
        .where(Client.id == client_id)
    )
    row: Any = tx.session.execute(query).one_or_none()
    return when(wishes_of(*row) if row is not None else None, kind, at, expires_at)
