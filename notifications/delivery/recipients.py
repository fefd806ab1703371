"""Who is told, and the ways they can be reached."""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from notifications.delivery import devices
from notifications.delivery.models import PUSH, ChannelName
from server.core.db import Tx
from server.people.access import ClientFacts
from server.people.models import Programme, Staff
from server.people.terms import Language


class Recipient(Struct, frozen=True, kw_only=True):
    """One person and the ways they can be reached: these devices, and e-mail for staff who work here.

    `outside`: the programme's emergency contact, who is not staff and is reached by e-mail.
    """

    programme_id: UUID
    client_id: UUID | None = None
    staff_id: UUID | None = None
    language: Language
    devices: tuple[tuple[ChannelName, UUID], ...] = ()
    email: bool = False
    outside: bool = False


Way = tuple[ChannelName, UUID]
"""A channel, and the device's id or (for e-mail) the person's, or the programme's for its outside contact."""


def to_client(tx: Tx, client: ClientFacts) -> Recipient:
    """A client as recipient: every phone of theirs that can be notified now."""
    return Recipient(
        programme_id=client.programme_id,
        client_id=client.id,
        language=client.language,
        devices=devices.of_person(tx, client_id=client.id),
    )


def to_staff(tx: Tx, staff_id: UUID) -> Recipient:
    """A staff member as recipient: their phones and their e-mail; somebody who has left has neither."""
    query = select(Staff.programme_id, Staff.left_at).where(Staff.id == staff_id)
    row = tx.session.execute(query).one()
    here = row.left_at is None
    return Recipient(
        programme_id=row.programme_id,
        staff_id=staff_id,
        language=Language.EN,
        devices=devices.of_person(tx, staff_id=staff_id) if here else (),
        email=here,
    )


def to_emergency_contact(tx: Tx, programme_id: UUID) -> Recipient:
    """The programme's emergency contact; no way leads to one that was never entered."""
    query = select(Programme.emergency_contact.is_not(None)).where(Programme.id == programme_id)
    return Recipient(programme_id=programme_id, language=Language.EN, outside=bool(tx.session.scalar(query)))


def all_ways(recipient: Recipient) -> list[Way]:
    """Every way to reach the person, the preferred channel first."""
    ways = list(recipient.devices)
    if recipient.email and recipient.staff_id:
        ways.append((ChannelName.EMAIL, recipient.staff_id))
    if recipient.outside:
        ways.append((ChannelName.EMAIL, recipient.programme_id))
    return ways


def first_choice(recipient: Recipient, *, other_channel: bool = False) -> list[Way]:
    """Push to every phone and browser, or e-mail where there is none; with `other_channel` e-mail before push."""
    ways = all_ways(recipient)
    pushes = [way for way in ways if way[0] in PUSH]
    others = [way for way in ways if way[0] not in PUSH]
    return (others or pushes) if other_channel else (pushes or others)


def again(
    tx: Tx, *, programme_id: UUID, client_id: UUID | None, staff_id: UUID | None, language: Language
) -> Recipient:
    """The recipient of an earlier message, with the ways that work now."""
    if staff_id is not None:
        return to_staff(tx, staff_id)
    if client_id is None:
        return to_emergency_contact(tx, programme_id)
    phones = devices.of_person(tx, client_id=client_id)
    return Recipient(programme_id=programme_id, client_id=client_id, language=language, devices=phones)
