"""Who is told, and the ways they can be reached."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from notifications.delivery import devices, serving
from notifications.delivery.everyday import staff_wishes_of
from notifications.delivery.models import NUMBERS, PUSH, ChannelName
from notifications.delivery.staff_models import StaffWishesRow
from notifications.delivery.way_order import USUAL, Sort, StaffWishes
from server.core.db import Tx
from server.people import programmes
from server.people.access import ClientFacts
from server.people.models import Programme, Staff
from server.people.terms import Language


class Recipient(Struct, frozen=True, kw_only=True):
    """One person and the ways they can be reached: devices and numbers, and e-mail for staff who work here.

    `email_unproved`: the address is written to, but may be a stranger's, and counts as no way. `outside`: the ways to
    the programme's emergency contact, who is not staff. `wishes` are a staff member's own, for
    what is neither urgent nor a call.
    """

    programme_id: UUID
    client_id: UUID | None = None
    staff_id: UUID | None = None
    language: Language
    devices: tuple[tuple[ChannelName, UUID], ...] = ()
    email: bool = False
    email_unproved: bool = False
    outside: tuple[ChannelName, ...] = ()
    wishes: StaffWishes | None = None


_SORTS = {
    **dict.fromkeys(PUSH, Sort.PUSH),
    ChannelName.EMAIL: Sort.EMAIL,
    ChannelName.SMS: Sort.SMS,
}

Way = tuple[ChannelName, UUID]
"""A channel, and the device's id or (for e-mail) the person's, or the programme's for its contact outside."""


def to_client(tx: Tx, client: ClientFacts) -> Recipient:
    """A client as recipient: every phone of theirs that can be notified now."""
    return Recipient(
        programme_id=client.programme_id,
        client_id=client.id,
        language=client.language,
        devices=devices.of_person(tx, client_id=client.id),
    )


def to_staff(tx: Tx, staff_id: UUID) -> Recipient:
    """A staff member as recipient: phones, numbers and e-mail; somebody who has left has none of them."""
    wishes = (StaffWishesRow.first_ways, StaffWishesRow.quiet_from, StaffWishesRow.quiet_to)
    query = (
        select(Staff.programme_id, Staff.left_at, Staff.email_proved_at, Programme.zone, *wishes)
        .join(Programme, Programme.id == Staff.programme_id)
        .outerjoin(StaffWishesRow, StaffWishesRow.staff_id == Staff.id)
        .where(Staff.id == staff_id)
    )
    row = tx.session.execute(query).one()
    here = row.left_at is None
    return Recipient(
        programme_id=row.programme_id,
        staff_id=staff_id,
        language=Language.EN,
        devices=devices.of_person(tx, staff_id=staff_id) if here else (),
        email=here,
        email_unproved=row.email_proved_at is None,
        wishes=staff_wishes_of(row.zone, row.first_ways, row.quiet_from, row.quiet_to),
    )


def to_emergency_contact(tx: Tx, programme_id: UUID) -> Recipient:
    """The programme's emergency contact: by mail, and by text and telephone where a number is entered and carried.

    No way leads to one that was never entered.
    """
    contact = programmes.emergency_contact(tx, programme_id)
    numbers = _numbers_carried(tx) if contact is not None and contact.phone else ()
    mail = (ChannelName.EMAIL,) if contact is not None else ()
    return Recipient(programme_id=programme_id, language=Language.EN, outside=(*numbers, *mail))


def _numbers_carried(tx: Tx) -> tuple[ChannelName, ...]:
    carried = serving.served(tx)
    return tuple(each for each in NUMBERS if each in carried or ChannelName.CONSOLE in carried)


def all_ways(recipient: Recipient, *, ring: bool = True) -> list[Way]:
    """Every way to reach the person, the preferred channel first; with `ring` the telephone rings as well."""
    ways = [way for way in recipient.devices if ring or way[0] is not ChannelName.VOICE]
    if recipient.email and recipient.staff_id:
        ways.append((ChannelName.EMAIL, recipient.staff_id))
    outside = [each for each in recipient.outside if ring or each is not ChannelName.VOICE]
    return [*ways, *((each, recipient.programme_id) for each in outside)]


def that_count(recipient: Recipient, ways: Sequence[Way]) -> int:
    """How many of these lead to the person for certain."""
    return sum(channel is not ChannelName.EMAIL or not recipient.email_unproved for channel, _ in ways)


def first_choice(recipient: Recipient, *, other_channel: bool = False) -> list[Way]:
    """Every address of the first kind in the person's order that there is; with `other_channel` of the second.

    An e-mail address that nobody proved comes last, whatever the order says.
    """
    order = recipient.wishes.order if recipient.wishes else USUAL
    if recipient.email_unproved:
        order = sorted(order, key=lambda sort: sort is Sort.EMAIL)
    ways = all_ways(recipient, ring=False)
    kinds = [found for sort in order if (found := [way for way in ways if _SORTS[way[0]] is sort])]
    return kinds[1 if other_channel and len(kinds) > 1 else 0] if kinds else []


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
