"""Nobody is promised more than the calendar holds, and supervisors hear of a gap days ahead. Told as incidents."""

from datetime import date, time, timedelta

import msgspec
import pytest
from sqlalchemy import update

from crisisplans.queries import main_line
from notifications.delivery.messages import Moment
from notifications.escalations import coverage
from notifications.escalations.coverage import Later, Nobody, OnDuty
from notifications.escalations.hours import ALWAYS
from notifications.escalations.oncall import acts, findings
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.oncall.models import RotaRow
from notifications.escalations.rotas.duty import in_order
from notifications.escalations.rotas.held import held
from notifications.escalations.rotas.rota import Absence, Calendar, Layer, Override, Shift, Why
from notifications.escalations.telling import coverage_for
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.people import access
from server.people.teams import calendar_changed
from server.people.terms import Role
from tests.escalations.oncall import CHICAGO, as_person, chicago, enter, nights_and_days
from tests.escalations.telling import flagged, hush, ok
from tests.notifications.rotas import BEN, DAYS_AND_NIGHTS, MARA, MONDAY
from tests.notifications.rotas import chicago as at
from tests.world import Person, World


def test_a_promise_ends_where_the_calendar_has_a_hole_and_goes_on_behind_it() -> None:
    hole = Override(layer=Layer.PRIMARY, from_at=at(3, 4, 3), to_at=at(3, 4, 6), person_in=None)
    found = held(Calendar(rotas=(DAYS_AND_NIGHTS,), overrides=(hole,)), at(3, 4, 0))
    assert coverage.promise(ALWAYS, at(3, 4, 1), at(3, 4, 3), None, found) == OnDuty(None, at(3, 4, 3))
    assert coverage.promise(ALWAYS, at(3, 4, 1), at(3, 4, 4), None, found) == Later(at(3, 4, 6))
    assert coverage.promise(ALWAYS, at(3, 4, 4), at(3, 4, 5), None, found) == Later(at(3, 4, 6))
    assert coverage.ends_at(ALWAYS, at(3, 4, 1), found) == at(3, 4, 3)
    assert coverage.ends_at(ALWAYS, at(3, 4, 4), found) is None
    assert not coverage.is_covered(ALWAYS, at(3, 4, 4), found)


def test_day_and_night_only_where_neither_hours_nor_calendar_have_a_hole() -> None:
    whole = held(Calendar(rotas=(DAYS_AND_NIGHTS,)), at(3, 4, 0))
    assert coverage.ends_at(ALWAYS, at(3, 4, 1), whole) is None
    late = Override(layer=Layer.PRIMARY, from_at=at(4, 30, 3), to_at=at(4, 30, 4), person_in=None)
    almost = held(Calendar(rotas=(DAYS_AND_NIGHTS,), overrides=(late,)), at(3, 4, 0))
    assert coverage.ends_at(ALWAYS, at(3, 4, 1), almost) == at(4, 30, 3)


def test_a_team_without_a_rota_promises_what_its_hours_hold_and_so_until_the_first_one_begins() -> None:
    assert held(Calendar(), at(3, 4, 0)) is None
    nobody = msgspec.structs.replace(DAYS_AND_NIGHTS, primary=(), backup=(), starts_on=date(2026, 3, 16))
    found = held(Calendar(rotas=(nobody,)), at(3, 4, 0))
    assert coverage.promise(ALWAYS, at(3, 4, 1), at(3, 4, 3), None, found) == OnDuty(None, at(3, 4, 3))
    assert coverage.promise(ALWAYS, at(3, 15, 23), at(3, 16, 1), None, found) == Nobody()


@pytest.mark.parametrize("minute", range(0, 48 * 60, 97))
def test_what_is_held_is_what_the_calendar_says_at_every_moment(minute: int) -> None:
    shifts = tuple(Shift(weekday=day, start=time(8), end=time(17), person=MARA) for day in range(1, 6))
    nights = tuple(Shift(weekday=day, start=time(22), end=time(2), person=BEN) for day in (2, 5))
    rota = msgspec.structs.replace(DAYS_AND_NIGHTS, primary=shifts, backup=nights, starts_on=MONDAY)
    calendar = Calendar(rotas=(rota,))
    moment = at(3, 4, 0) + timedelta(minutes=minute)
    found = held(calendar, at(3, 4, 0))
    assert found is not None
    assert (found.begins(moment) == moment) == bool(in_order(calendar, moment))


def test_noor_is_told_of_the_hole_not_of_the_hours(world: World) -> None:
    line = main_line()
    moment = Moment.AFTER_FLAGGED_ANSWER

    def told(minutes: int) -> str:
        def say(tx: Tx) -> str:
            client = access.known_client(tx, world.noor.id)
            return coverage_for(tx, client, moment, tx.now + timedelta(minutes=minutes), line)

        return world.db.read_now(say)

    world.clock.set(chicago(date(2026, 3, 4), 10))
    as_before = told(60)
    assert "11:00 am" in as_before
    rota = nights_and_days(world, world.mara, world.ben, None)
    short = tuple(
        msgspec.structs.replace(one, end=time(10, 30)) for one in rota.primary if one.start == time(8)
    )
    enter(world, msgspec.structs.replace(rota, primary=short))
    assert told(20) != told(60)
    assert "11:00 am" not in told(60)
    assert told(60) == told(240), "back tomorrow at nine, when hours and calendar begin"


def test_supervisors_hear_of_a_gap_once_a_day_and_nobody_hears_of_none(world: World) -> None:
    world.clock.set(chicago(date(2026, 3, 4), 7))
    rota = nights_and_days(world, world.mara, world.ben, world.ida)
    enter(world, rota)
    assert findings.look_ahead(world.db) == 0, "not before eight"
    world.clock.set(chicago(date(2026, 3, 4), 8))
    assert findings.look_ahead(world.db) == 1
    assert as_person(world, world.sol, findings.holes_ahead) == []
    world.tick()
    world.sol.phone.nothing()
    no_sunday = tuple(one for one in rota.primary if one.weekday != 7)
    following = msgspec.structs.replace(rota, primary=no_sunday, starts_on=date(2026, 3, 9))
    enter(world, following)
    world.clock.set(chicago(date(2026, 3, 9), 9))
    assert findings.look_ahead(world.db) == 1
    assert findings.look_ahead(world.db) == 0
    world.tick()
    notice = world.sol.phone.take("rota_gap").message["notification"]
    assert "the on-call calendar" in notice["body"]
    world.adi.phone.take("rota_gap")
    world.mara.phone.nothing()
    found = as_person(world, world.sol, lambda tx: findings.holes_ahead(tx, days=7))
    assert [one.on.why for one in found[0].holes] == [Why.NO_SHIFT]
    assert found[0].zone == CHICAGO


def test_a_hole_made_in_the_afternoon_is_told_at_once_and_not_twice(world: World) -> None:
    world.clock.set(chicago(date(2026, 3, 4), 7))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    world.clock.set(chicago(date(2026, 3, 4), 15))
    assert findings.look_ahead(world.db) == 1

    def away(person: Person, day: int, hour: int, hours: int, backup: Person | None = None) -> None:
        start = chicago(date(2026, 3, day), hour)
        gone = Absence(
            person=person.id,
            from_at=start,
            to_at=start + timedelta(hours=hours),
            backup=backup.id if backup else None,
        )
        as_person(world, person, lambda tx: acts.add_absence(tx, gone))
        world.tick()

    away(world.ben, 6, 20, 12)
    away(world.mara, 4, 16, 2, world.ida)
    world.nothing_unexpected()
    away(world.ben, 4, 18, 14)
    world.sol.phone.take("rota_gap")
    world.adi.phone.take("rota_gap")
    world.mara.phone.nothing()
    away(world.ben, 4, 21, 2)
    assert findings.look_ahead(world.db) == 0
    world.nothing_unexpected()


def test_ben_leaves_in_the_afternoon_and_his_night_is_told_at_once_and_not_twice(world: World) -> None:
    world.clock.set(chicago(date(2026, 3, 4), 7))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    world.clock.set(chicago(date(2026, 3, 4), 15))
    assert findings.look_ahead(world.db) == 1
    cleo = world.staff("Cleo", Role.CASE_MANAGER, world.programme_id)
    ok(world.adi.api.delete(f"/staff/{cleo.id}"), 204)
    world.nothing_unexpected()
    ok(world.adi.api.delete(f"/staff/{world.ben.id}"), 204)
    world.tick()
    notice = world.sol.phone.take("rota_gap").message["notification"]
    assert "Ben" not in str(notice)
    world.adi.phone.take("rota_gap")
    ok(world.adi.api.delete(f"/staff/{world.ben.id}"), 204)
    assert findings.look_ahead(world.db) == 0
    world.nothing_unexpected()


def test_the_first_rota_of_a_team_is_entered_after_the_look_and_leaves_tonight_open(world: World) -> None:
    world.clock.set(chicago(date(2026, 3, 4), 9))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    assert findings.look_ahead(world.db) == 1
    world.clock.set(chicago(date(2026, 3, 4), 15))
    crisis = as_person(world, world.sol, lambda tx: acts.add_team(tx, "Crisis").id)
    nobody_by_night = nights_and_days(world, world.mara, world.ben, None)
    by_day = tuple(one for one in nobody_by_night.primary if one.person == world.mara.id)
    rota = msgspec.structs.replace(nobody_by_night, primary=by_day)
    later = msgspec.structs.replace(rota, starts_on=date(2026, 3, 9))
    stored = as_person(world, world.sol, lambda tx: acts.store_rota(tx, crisis, later).id)
    world.nothing_unexpected()
    as_person(world, world.sol, lambda tx: acts.store_rota(tx, crisis, rota, stored, 1))
    world.tick()
    world.sol.phone.take("rota_gap")
    world.adi.phone.take("rota_gap")
    behind = tuple(
        Shift(weekday=day, start=time(8), end=time(20), person=world.ida.id) for day in range(1, 8)
    )
    with_ida = msgspec.structs.replace(rota, backup=behind)
    as_person(world, world.sol, lambda tx: acts.store_rota(tx, crisis, with_ida, stored, 2))
    assert findings.look_ahead(world.db) == 0
    world.nothing_unexpected()


def test_the_very_first_rota_is_told_by_the_look_that_follows_within_the_minute_and_once(
    world: World,
) -> None:
    world.clock.set(chicago(date(2026, 3, 4), 15))
    assert findings.look_ahead(world.db) == 0, "there is nothing to look at"
    rota = nights_and_days(world, world.mara, world.ben, None)
    by_day = tuple(one for one in rota.primary if one.person == world.mara.id)
    enter(world, msgspec.structs.replace(rota, primary=by_day))
    assert findings.look_ahead(world.db) == 1
    world.tick()
    world.sol.phone.take("rota_gap")
    world.adi.phone.take("rota_gap")
    world.nothing_unexpected()


def test_a_damaged_calendar_takes_no_promise_and_no_answer_back(world: World) -> None:
    rota_id = enter(world, nights_and_days(world, world.mara, world.ben, None))

    def damage(tx: Tx) -> None:
        tx.session.execute(update(RotaRow).where(RotaRow.id == rota_id).values(body={"zone": 7}))
        calendar_changed(tx, world.programme_id)

    world.db.write_now(damage)
    flagged(world, Tier.URGENT)
    assert ok(world.noor.api.get("/me/case"))["case"]["sentence"]
    calendar = world.db.read_now(lambda tx: calendar_of(tx, world.programme_id, None))
    assert calendar.rotas[0].primary == ()
    hush(world)
