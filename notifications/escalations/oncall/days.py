"""The message at the beginning of each case manager's day (the rule: `day_start`). It holds two numbers and no name.

Each of them is told once a day, whichever node gets there first: the row that says so is written with the message.
What counts: open cases they have, or that nobody has and whose client is theirs; and promised contacts that are due
with clients of theirs. A client is theirs who has them as case manager, or has somebody who is away and whose work
they do meanwhile; they are on that client's care team in either case.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, exists, func, select

from notifications.delivery import daywords, outbox
from notifications.delivery.everyday import staff_wishes_of
from notifications.delivery.messages import Kind
from notifications.delivery.retry import Priority
from notifications.delivery.staff_models import StaffWishesRow
from notifications.escalations import promised
from notifications.escalations.agreed import agreed_by
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.oncall.models import DayTold
from notifications.escalations.promised import Promise
from notifications.escalations.rotas import day_start
from notifications.escalations.rotas.day_start import Quiet
from notifications.escalations.rotas.duty import BOTH, instant, stretches
from notifications.escalations.rotas.rota import Calendar, stand_in
from notifications.escalations.rows import IS_OPEN
from server.core.db import Database, Tx
from server.core.zones import zone
from server.people import care_spells, programmes
from server.people.models import CareSpell, Client, Programme, Staff
from server.people.teams import Team
from server.people.terms import CareRole, Role

log = logging.getLogger("handrail.escalations")

_DAY = timedelta(days=1)


class Begun(Struct, frozen=True):
    """Somebody whose message may go now: until when it is of use, and whose clients are theirs today."""

    staff_id: UUID
    until_at: datetime
    covers: frozenset[UUID]


def tell_days(db: Database) -> int:
    """Tell everybody whose day has begun and who was not told; returns how many. Safe to run twice, and anywhere."""
    done = 0
    for programme_id, today in db.read_now(_by_day):
        try:
            due = db.read_now(lambda tx, on=today, of=programme_id: _due(tx, of, on))
        except Exception as error:  # no other programme waits for this one
            log.error("programme %s: whose day begins is not known: %s", programme_id, type(error).__name__)
            continue
        for each in due:
            try:
                done += db.write_now(lambda tx, on=today, who=each: _tell(tx, who, on))
            except Exception as error:  # the next beat tries again, and no colleague waits for it
                what = type(error).__name__
                log.error("staff %s: the day's message could not be written: %s", each.staff_id, what)
    return done


def begins_at(tx: Tx, programme_id: UUID, day: date, people: Iterable[UUID]) -> dict[UUID, datetime]:
    """When the day of each of these begins; who is away by then, or has no day then, is left out."""
    programme = programmes.facts(tx, programme_id)
    hours = agreed_by(tx, programme_id).hours
    own = _own_duties(tx, programme_id, programme.zone, day)
    away = calendar_of(tx, programme_id, None).absences
    found: dict[UUID, datetime] = {}
    for person in people:
        at = day_start.begins(day, programme.zone, hours, own.get(person, ()))
        if at is not None and stand_in(away, person, at) == person:
            found[person] = at
    return found


def _own_duties(tx: Tx, programme_id: UUID, zone_name: str, day: date) -> dict[UUID, list[datetime]]:
    """When duties begin on a day or the one before, by whose they are, in every team of the programme."""
    start, end = instant(zone_name, day, time(0)), instant(zone_name, day + _DAY, time(0))
    found: dict[UUID, list[datetime]] = {}
    teams = select(Team.id).where(Team.programme_id == programme_id)
    for team_id in list(tx.connection.execute(teams).scalars()):
        calendar = calendar_of(tx, programme_id, team_id)
        for layer in BOTH:
            # From the day before, so that a duty under way at midnight is not taken to begin then.
            for one in stretches(calendar, layer, start - _DAY, end):
                if one.on.person is not None:
                    found.setdefault(one.on.person, []).append(one.from_at)
    return found


def _by_day(tx: Tx) -> list[tuple[UUID, date]]:
    """Programmes where it is day now, and what day it is there."""
    query = select(Programme.id, Programme.zone)
    return [
        (programme_id, tx.now.astimezone(zone(name)).date())
        for programme_id, name in tx.connection.execute(query)
        if day_start.is_by_day(name, tx.now)
    ]


def _due(tx: Tx, programme_id: UUID, today: date) -> list[Begun]:
    """Case managers who were not told today and may be now."""
    told = exists().where(DayTold.staff_id == Staff.id, DayTold.told_on == today)
    wishes = (StaffWishesRow.first_ways, StaffWishesRow.quiet_from, StaffWishesRow.quiet_to)
    query = (
        select(Staff.id, *wishes)
        .outerjoin(StaffWishesRow, StaffWishesRow.staff_id == Staff.id)
        .where(Staff.programme_id == programme_id, Staff.role == Role.CASE_MANAGER, Staff.left_at.is_(None))
        .where(~told)
        .order_by(Staff.id)
    )
    zone_name = programmes.facts(tx, programme_id).zone
    quiet = {row[0]: _quiet(zone_name, *row[1:]) for row in tx.session.execute(query)}
    if not quiet:
        return []
    calendar = calendar_of(tx, programme_id, None)
    found: list[Begun] = []
    for person, at in begins_at(tx, programme_id, today, quiet).items():
        open_for = day_start.window(today, zone_name, at)
        if open_for is not None and day_start.may_go(open_for, tx.now, quiet[person]):
            found.append(Begun(person, open_for.until_at, covers(calendar, person, tx.now)))
    return found


def _quiet(zone_name: str, first_ways: str | None, quiet_from: str | None, quiet_to: str | None) -> Quiet:
    """The quiet hours in these values; none where they cannot be read, so that nobody else waits for it."""
    try:
        wishes = staff_wishes_of(zone_name, first_ways, quiet_from, quiet_to)
    except ValueError:
        return Quiet(zone_name)
    return Quiet(zone_name, wishes.quiet_from, wishes.quiet_to) if wishes else Quiet(zone_name)


def covers(calendar: Calendar, person: UUID, at: datetime) -> frozenset[UUID]:
    """Whose work this person does at `at`: their own, and that of colleagues who are away and named them."""
    away = {one.person for one in calendar.absences if one.from_at <= at < one.to_at}
    return frozenset({person} | {one for one in away if stand_in(calendar.absences, one, at) == person})


def theirs(tx: Tx, person: UUID, whose: Iterable[UUID]) -> ColumnElement[bool]:
    """The condition on `clients`: one of these is their case manager, and this person is on their care team."""
    now = care_spells.running(tx.now)
    managed = exists().where(
        CareSpell.client_id == Client.id,
        CareSpell.role == CareRole.CASE_MANAGER,
        CareSpell.staff_id.in_(whose),
        now,
    )
    on_the_team = exists().where(CareSpell.client_id == Client.id, CareSpell.staff_id == person, now)
    return managed & on_the_team


def waits_for(person: UUID, mine: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on open cases: this person has it, or nobody has and the client is theirs."""
    has_it = (Case.owner_id == person) & (Case.state == CaseState.ACKNOWLEDGED)
    return IS_OPEN & (has_it | ((Case.state == CaseState.OPEN) & mine))


def contacts_due(tx: Tx, programme_id: UUID, mine: ColumnElement[bool]) -> dict[UUID, Promise]:
    """Promised contacts of these clients whose day is today or over."""
    owed = promised.owed_to(tx, programme_id, mine)
    return {client_id: promise for client_id, promise in owed.items() if promise.due}


def _tell(tx: Tx, who: Begun, today: date) -> int:
    """Note the day, and tell what it holds; 0 where another node noted it at this moment."""
    recipient = outbox.to_staff(tx, who.staff_id)
    mine = theirs(tx, who.staff_id, who.covers)
    query = select(func.count()).select_from(Case).join(Client, Client.id == Case.client_id)
    here = Client.programme_id == recipient.programme_id
    cases = tx.session.scalar(query.where(here, waits_for(who.staff_id, mine))) or 0
    contacts = len(contacts_due(tx, recipient.programme_id, mine))
    row = {"staff_id": who.staff_id, "told_on": today, "told_at": tx.now}
    kept = tx.upsert(DayTold).values(**row, cases=cases, contacts=contacts).on_conflict_do_nothing()
    if tx.session.execute(kept.returning(DayTold.told_on)).one_or_none() is None:
        return 0
    if cases or contacts:
        outbox.tell(
            tx,
            recipient,
            Kind.DAY_START,
            dedupe=f"day:{who.staff_id}:{today}",
            priority=Priority.NORMAL,
            expires_at=who.until_at,
            data=daywords.numbers(cases, contacts),
        )
    return 1
