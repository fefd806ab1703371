"""Filling an empty database with Riverside Outreach and the last three weeks of its twelve clients."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select, update

from checkins import planning, schedules
from checkins.models import Occurrence
from checkins.schedule import Frequency, Recurrence
from checkins.schemas import ScheduleIn
from notifications.delivery.calls import OWED
from notifications.delivery.models import Message, MessageState
from server.core.actor import Actor
from server.core.db import Database, Tx
from server.core.zones import zone
from server.demo import duty, handout, people
from server.demo.caring import Care
from server.demo.handout import Handout
from server.demo.history import Teller
from server.demo.people import Staffer
from server.demo.voices import Later, Voice, everybody
from server.demo.walking import Living, MovableClock, Walk
from server.people.terms import CareRole

DAYS = timedelta(days=21)
SEED = 1848
"""The same three weeks each time, moved to now; only passwords, secrets and codes are new."""
FIRST = 3
"""How many clients have a check-in open at the end."""
OPEN_FOR = timedelta(hours=3)
"""For so long at least it stays open."""
_EXTRA_MINUTES = 8 * 60


class _Team(Struct, frozen=True):
    """Who acts for one client."""

    manager: Actor
    clinician: Actor
    supervisor: Actor


def fill(db: Database, now: datetime, address: str, *, seed: int = SEED) -> Handout:
    """Load everything as of `now`. The database keeps its own clock afterwards."""
    own_clock = db.clock
    try:
        return _fill(db, now, address, seed)
    finally:
        db.clock = own_clock


def _fill(db: Database, now: datetime, address: str, seed: int) -> Handout:
    start = _before_dawn(now - DAYS)
    clock = MovableClock(start - timedelta(days=60))
    db.clock = clock
    programme_id = db.write_now(people.create_programme)
    staff = db.write_now(lambda tx: people.create_staff(tx, programme_id))
    clients: list[Living] = []
    for place, voice in enumerate(everybody()):
        clock.at = people.created_at(voice, place, start)
        clients.append(_settle_in(db, staff, voice, Teller(voice, seed), _today(now, voice)))
    clock.at = start
    teams = {client.id: _team(staff, client.voice) for client in clients}
    for client in clients:
        _begin(db, client, teams[client.id], start)
    care = Care({id_: (team.manager, team.supervisor) for id_, team in teams.items()}, seed)
    walk = Walk(db, clock, clients, care, now, leave_open=FIRST)
    for client in clients:
        if client.voice.later is not None:
            _plan_revision(walk, db, client, client.voice.later, teams[client.id], start, now)
    _plan_extra(walk, db, clients[:FIRST], teams, now)
    walk.go()
    db.write_now(lambda tx: duty.enter(tx, staff))
    return db.write_now(lambda tx: _hand_out(tx, address, staff, clients, programme_id))


def _before_dawn(at: datetime) -> datetime:
    """Before the first check-in of that day, wherever a client is."""
    dawn = at.astimezone(zone(people.ZONE)).replace(hour=3, minute=0, second=0, microsecond=0)
    return dawn.astimezone(at.tzinfo)


def _today(at: datetime, voice: Voice) -> date:
    return at.astimezone(zone(voice.profile.zone)).date()


def _team(staff: Mapping[str, Staffer], voice: Voice) -> _Team:
    roles = (CareRole.CASE_MANAGER, CareRole.CLINICIAN, CareRole.SUPERVISOR)
    return _Team(*(staff[voice.team[role]].actor for role in roles))


def _settle_in(
    db: Database, staff: Mapping[str, Staffer], voice: Voice, teller: Teller, today: date
) -> Living:
    """A client arrives, and the first plan is written with them."""
    clinician = staff[voice.team[CareRole.CLINICIAN]].actor

    def arrive(tx: Tx) -> Living:
        client_id = people.create_client(tx, voice, staff)
        tx.seen.clear()
        people.publish_first(tx, voice, client_id, clinician, today)
        return Living(client_id, voice, people.client_actor(client_id, clinician), teller)

    return db.write_now(arrive)


def _begin(db: Database, client: Living, team: _Team, start: datetime) -> None:
    starts_on = _today(start, client.voice)
    db.write_now(
        lambda tx: people.begin_asking(tx, client.id, team.manager, client.voice.schedules, starts_on)
    )


def _plan_revision(
    walk: Walk, db: Database, client: Living, later: Later, team: _Team, start: datetime, now: datetime
) -> None:
    def revise(tx: Tx) -> None:
        people.publish_later(tx, client.voice, later, client.id, team.clinician, _today(now, client.voice))

    walk.at(start + timedelta(days=later.day, hours=11), lambda: db.write_now(revise))


def _plan_extra(
    walk: Walk, db: Database, clients: list[Living], teams: Mapping[UUID, _Team], now: datetime
) -> None:
    """Shortly before the end: an extra check-in for those of the first clients who have none open for long."""
    due_at = now.replace(second=0, microsecond=0) - timedelta(minutes=1)

    def offer(tx: Tx) -> None:
        lasting = select(Occurrence.client_id).where(planning.IS_OPEN, Occurrence.closes_at >= now + OPEN_FOR)
        served = set(tx.session.scalars(lasting))
        for client in clients:
            if client.id not in served:
                tx.actor = teams[client.id].manager
                schedules.create(tx, client.id, _once(due_at, client.voice))

    walk.at(due_at - timedelta(seconds=30), lambda: db.write_now(offer))


def _once(due_at: datetime, voice: Voice) -> ScheduleIn:
    here = due_at.astimezone(zone(voice.profile.zone))
    return ScheduleIn(
        recurrence=Recurrence(frequency=Frequency.DAILY, times=(f"{here:%H:%M}",)),
        window_minutes=_EXTRA_MINUTES,
        starts_on=here.date(),
        ends_on=here.date(),
    )


def _hand_out(
    tx: Tx, address: str, staff: Mapping[str, Staffer], clients: list[Living], programme_id: UUID
) -> Handout:
    """Nothing old is ever sent: what the walk owes anybody counts as sent then. Then everybody's codes are made."""
    owed = update(Message).where(Message.state.in_(OWED))
    tx.session.execute(
        owed.values(state=MessageState.SENT, sent_at=Message.created_at, noticed_at=tx.now, device_id=None)
    )
    return Handout(
        base_url=address,
        staff=[person.card for person in staff.values()],
        clients=[
            handout.invited(tx, client.id, client.voice.profile.name, programme_id) for client in clients
        ],
    )
