"""Which colleagues could not be told, found before it matters.

Rule: somebody of whose ways (ways.py) none works hears nothing; somebody who has only e-mail hears it when they next
look.
"""

from collections.abc import Collection
from uuid import UUID

from msgspec import Struct
from sqlalchemy import or_, select

from notifications.delivery import ways
from notifications.delivery.models import ChannelName
from notifications.delivery.ways import Standing
from server.core.db import Tx
from server.people import care_spells
from server.people.models import CareSpell, Staff
from server.people.terms import Role


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
    working = {
        person: {way.channel for way in found if way.standing is Standing.WORKS}
        for person, found in ways.ways_of(tx, people).items()
    }
    found = [
        HardToReach(person, silent=not channels)
        for person, channels in working.items()
        if channels <= {ChannelName.EMAIL}
    ]
    return sorted(found, key=lambda each: (not each.silent, each.staff_id))


def _callable_now(tx: Tx, among: Collection[UUID] | None, programme_id: UUID | None) -> list[UUID]:
    here = (Staff.programme_id == programme_id, Staff.left_at.is_(None))
    query = select(Staff.id).where(*here).order_by(Staff.id)
    if among is not None:
        return list(tx.session.scalars(query.where(Staff.id.in_(among))))
    on_team = select(CareSpell.staff_id).where(care_spells.running(tx.now))
    return list(tx.session.scalars(query.where(or_(Staff.role == Role.SUPERVISOR, Staff.id.in_(on_team)))))
