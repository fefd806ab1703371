"""Which colleagues could not be told, found before it matters.

Rule: a way works when some node carries its channel now, and the last message over it was not refused for good.
Somebody who has no such way hears nothing; somebody who has only e-mail hears it when they next look.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from msgspec import Struct
from sqlalchemy import or_, select

from notifications.delivery import devices, leasing
from notifications.delivery.models import ChannelName, Device, Message, MessageState
from notifications.delivery.retry import DeadReason
from server.core.db import Tx
from server.people import care_spells
from server.people.models import CareSpell, Staff
from server.people.terms import Role

LOOKS_BACK = timedelta(days=7)
"""How long a refusal for good is held against a way."""

_FOR_GOOD = (DeadReason.GONE_ADDRESS.value, DeadReason.MISCONFIGURED.value)


class HardToReach(Struct, frozen=True):
    """A colleague without a channel that works (`silent`), or with e-mail alone, which wakes nobody."""

    staff_id: UUID
    silent: bool


def without_channel(
    tx: Tx, among: Collection[UUID] | None = None, programme_id: UUID | None = None
) -> list[HardToReach]:
    """Colleagues of a programme (the acting person's) who are hard to reach, the silent ones first.

    `among`: who is asked about, such as those on duty; otherwise everybody who may be called now, which is every
    supervisor and whoever is on a care team.
    """
    people = _callable_now(tx, among, programme_id or tx.actor.programme_id)
    ways = working_ways(tx, people)
    found = [
        HardToReach(person, silent=not ways[person])
        for person in people
        if not ways[person] - {ChannelName.EMAIL}
    ]
    return sorted(found, key=lambda each: (not each.silent, each.staff_id))


def _callable_now(tx: Tx, among: Collection[UUID] | None, programme_id: UUID | None) -> list[UUID]:
    here = (Staff.programme_id == programme_id, Staff.left_at.is_(None))
    query = select(Staff.id).where(*here).order_by(Staff.id)
    if among is not None:
        return list(tx.session.scalars(query.where(Staff.id.in_(among))))
    on_team = select(CareSpell.staff_id).where(care_spells.running(tx.now))
    return list(tx.session.scalars(query.where(or_(Staff.role == Role.SUPERVISOR, Staff.id.in_(on_team)))))


def working_ways(tx: Tx, people: Collection[UUID]) -> dict[UUID, set[ChannelName]]:
    """The channels that work for each of them. What a node prints in a channel's place counts as that channel."""
    carried = leasing.served(tx)
    if ChannelName.CONSOLE in carried:
        carried = set(ChannelName)
    mail = {ChannelName.EMAIL} & carried
    found = {person: set(mail) for person in people}
    query = select(Device.staff_id, Device.channel).where(
        Device.staff_id.in_(people), devices.usable_at(tx.now), Device.channel.in_(carried)
    )
    for person, channel in tx.session.execute(query):
        if person is not None:
            found[person].add(channel)
    for person, channel in refused(tx, people):
        found[person].discard(channel)
    return found


def refused(tx: Tx, people: Collection[UUID]) -> list[tuple[UUID, ChannelName]]:
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
    return [key for key, state in latest.items() if state is MessageState.DEAD]
