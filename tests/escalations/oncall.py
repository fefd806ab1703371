"""What the tests of the calendar of duty share: a rota of the cast, and the verbs as somebody of the cast."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select

from notifications.escalations.oncall import acts
from notifications.escalations.policy import DEFAULT_POLICY, Policy, Rung, RungTarget
from notifications.escalations.rotas.rota import HolidayShift, Rota, Shift
from server.core.actor import Actor, ActorKind
from server.core.db import Tx
from server.people.models import Programme, Staff
from tests.world import Person, World

T = TypeVar("T")

CHICAGO = "America/Chicago"
CHRISTMAS = date(2026, 12, 25)


def chicago(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant by the clock in Chicago."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(CHICAGO)).astimezone(UTC)


def as_person(world: World, person: Person, work: Callable[[Tx], T]) -> T:
    """Run work as somebody who is signed in."""

    def run(tx: Tx) -> T:
        row = tx.session.get_one(Staff, person.id)
        tx.actor = Actor(
            kind=ActorKind.STAFF, id=person.id, programme_id=row.programme_id, role=row.role.value
        )
        return work(tx)

    return world.db.write_now(run)


def first_team(world: World) -> UUID:
    """The team of every client without one."""
    return as_person(world, world.sol, lambda tx: acts.teams(tx)[0].id)


def monday(world: World) -> date:
    """This week's, in Chicago."""
    today = world.clock.at.astimezone(ZoneInfo(CHICAGO)).date()
    return today - timedelta(days=today.weekday())


def nights_and_days(world: World, day: Person, night: Person, behind: Person | None) -> Rota:
    """One person by day, one by night, and on request one behind them round the clock; the night's on holidays."""
    week = range(1, 8)
    around = time(8)
    return Rota(
        zone=CHICAGO,
        starts_on=monday(world),
        primary=(
            *(Shift(weekday=each, start=time(8), end=time(20), person=day.id) for each in week),
            *(Shift(weekday=each, start=time(20), end=time(8), person=night.id) for each in week),
        ),
        backup=tuple(
            Shift(weekday=each, start=around, end=around, person=behind.id) for each in week if behind
        ),
        holidays=(CHRISTMAS,),
        holiday_primary=(HolidayShift(start=time(0), end=time(0), person=night.id),),
        holiday_backup=(HolidayShift(start=time(0), end=time(0), person=behind.id),) if behind else (),
        min_rest_hours=0,
    )


def enter(world: World, rota: Rota) -> UUID:
    """Store a rota as Sol; gives its id."""
    team = first_team(world)
    return as_person(world, world.sol, lambda tx: acts.store_rota(tx, team, rota).id)


def on_call_first(world: World) -> None:
    """The programme calls who is on call when nobody is in the office, and everybody in the end."""
    ladder = DEFAULT_POLICY.emergency.rungs
    primary, backup = (RungTarget.ON_CALL_PRIMARY,), (RungTarget.ON_CALL_BACKUP,)
    rungs = (
        Rung(ladder[0].target, 3, primary),
        Rung(ladder[1].target, 3, backup),
        Rung((RungTarget.ALL_SUPERVISORS,), 5),
    )
    emergency = msgspec.structs.replace(DEFAULT_POLICY.emergency, rungs=rungs)
    agree(world, msgspec.structs.replace(DEFAULT_POLICY, emergency=emergency))


def agree(world: World, policy: Policy) -> None:
    """The programme has agreed on this policy."""

    def write(tx: Tx) -> None:
        row = tx.session.scalars(select(Programme).where(Programme.id == world.programme_id)).one()
        row.settings = {**row.settings, "escalation": msgspec.to_builtins(policy)}

    world.db.write_now(write)
