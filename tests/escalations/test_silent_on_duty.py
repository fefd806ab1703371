"""Somebody on duty falls silent between two looks of the day: supervisors hear of it in time, and once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest
from sqlalchemy import select, text

from notifications.delivery import serving
from notifications.delivery.models import ChannelName, Message
from notifications.escalations.oncall import findings, silences
from notifications.escalations.oncall.models import Silence
from tests.escalations.oncall import chicago, enter, nights_and_days
from tests.escalations.telling import ok
from tests.world import Person, World

WEDNESDAY, THURSDAY, FRIDAY = date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 6)


@pytest.fixture
def duty(world: World) -> World:
    """Mara by day and Ben by night; on Wednesday at eight everybody could be reached."""
    at(world, chicago(WEDNESDAY, 8))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    assert findings.look_ahead(world.db) == 1
    assert silences.look_at_duty(world.db) == 1
    world.nothing_unexpected()
    return world


def at(world: World, moment: datetime) -> None:
    """It is this moment, and pushes are carried."""
    world.clock.set(moment)
    world.db.write_now(lambda tx: serving.note_served(tx, [ChannelName.FCM]))


def dies(world: World, person: Person) -> None:
    ok(person.api.delete(f"/me/devices/{person.device_id}"), 204)


def works_again(person: Person) -> None:
    answer = person.api.put(
        f"/me/devices/{person.device_id}", {"channel": "fcm", "token": person.phone.token}
    )
    assert answer.status_code in (200, 201, 204), answer.text


def told(world: World) -> int:
    """How many notices of somebody silent there ever were."""
    query = select(Message.obligation).where(Message.kind == "duty_unreachable")
    return len(set(world.db.read_now(lambda tx: tx.session.scalars(query).all())))


def test_bens_phone_dies_in_the_afternoon_and_sol_hears_of_it_before_his_night_and_once(duty: World) -> None:
    at(duty, chicago(WEDNESDAY, 15))
    dies(duty, duty.ben)
    assert silences.look_at_duty(duty.db) == 1
    duty.tick()
    notice = duty.sol.phone.take("duty_unreachable").message
    assert "Ben" not in str(notice)
    duty.adi.phone.nothing()
    at(duty, chicago(WEDNESDAY, 15, 4))
    assert silences.look_at_duty(duty.db) == 0, "looked at a few minutes ago"
    for hour in (16, 20, 23):
        at(duty, chicago(WEDNESDAY, hour))
        assert silences.look_at_duty(duty.db) == 1
        duty.nothing_unexpected()


def test_another_task_of_housekeeping_that_fails_does_not_keep_it_from_sol(duty: World) -> None:
    def rename(old: str, new: str) -> None:
        duty.db.write_now(lambda tx: tx.session.execute(text(f"alter table {old} rename to {new}")))

    at(duty, chicago(WEDNESDAY, 15))
    dies(duty, duty.ben)
    rename("throttles", "gone")
    duty.jobs.run("housekeeping")
    rename("gone", "throttles")
    duty.tick()
    duty.sol.phone.take("duty_unreachable")


def test_he_registers_another_and_that_one_dies_at_night_too_and_sols_quiet_hours_do_not_hold_it(
    duty: World,
) -> None:
    ok(duty.sol.api.put("/staff/me/notices", {"order": [], "quiet_from": "22:00", "quiet_to": "07:00"}))
    at(duty, chicago(WEDNESDAY, 15))
    dies(duty, duty.ben)
    duty.jobs.run("housekeeping")
    duty.tick()
    duty.sol.phone.take("duty_unreachable")
    at(duty, chicago(WEDNESDAY, 16))
    works_again(duty.ben)
    duty.jobs.run("housekeeping")
    at(duty, chicago(WEDNESDAY, 23))
    duty.jobs.run("housekeeping")
    duty.nothing_unexpected()
    dies(duty, duty.ben)
    at(duty, chicago(WEDNESDAY, 23, 5))
    duty.jobs.run("housekeeping")
    duty.tick()
    duty.sol.phone.take("duty_unreachable")
    at(duty, chicago(THURSDAY, 1))
    duty.jobs.run("housekeeping")
    duty.nothing_unexpected()


def test_nobody_is_woken_for_a_duty_of_the_day_after_and_the_look_of_the_morning_tells_it(
    duty: World,
) -> None:
    at(duty, chicago(THURSDAY, 2))
    dies(duty, duty.mara)
    assert silences.look_at_duty(duty.db) == 1
    duty.nothing_unexpected()
    at(duty, chicago(THURSDAY, 4, 1))
    assert silences.look_at_duty(duty.db) == 1
    duty.tick()
    duty.sol.phone.take("duty_unreachable")
    dies(duty, duty.ben)
    at(duty, chicago(THURSDAY, 8))
    assert findings.look_ahead(duty.db) == 1
    duty.tick()
    duty.sol.phone.take("duty_unreachable")
    assert silences.look_at_duty(duty.db) == 1
    duty.nothing_unexpected()
    at(duty, chicago(FRIDAY, 8))
    assert findings.look_ahead(duty.db) == 1
    duty.tick()
    duty.sol.phone.take("duty_unreachable")
    duty.nothing_unexpected()


def test_what_was_told_at_night_is_not_told_again_at_eight(duty: World) -> None:
    at(duty, chicago(THURSDAY, 3))
    dies(duty, duty.ben)
    assert silences.look_at_duty(duty.db) == 1
    duty.tick()
    duty.sol.phone.take("duty_unreachable")
    at(duty, chicago(THURSDAY, 8))
    assert findings.look_ahead(duty.db) == 1
    duty.nothing_unexpected()


def test_two_nodes_look_at_one_moment_and_one_of_them_tells(duty: World) -> None:
    for day, moment in enumerate((chicago(WEDNESDAY, 15), chicago(THURSDAY, 8), chicago(THURSDAY, 21)), 1):
        at(duty, moment)
        if day % 2:
            dies(duty, duty.ben)
        jobs = (findings.look_ahead, silences.look_at_duty) * 4
        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda job: job(duty.db), jobs))
        assert sum(done[1::2]) == 1
        assert told(duty) == day
        duty.tick()
        duty.sol.phone.take("duty_unreachable")
        if day == 2:
            works_again(duty.ben)
            at(duty, chicago(THURSDAY, 12))
            assert silences.look_at_duty(duty.db) == 1


def test_while_nothing_is_carried_nobody_is_told_and_no_spell_ends(duty: World) -> None:
    at(duty, chicago(WEDNESDAY, 15))
    dies(duty, duty.ben)
    assert silences.look_at_duty(duty.db) == 1
    duty.tick()
    duty.sol.phone.take("duty_unreachable")
    dies(duty, duty.mara)
    duty.clock.set(chicago(WEDNESDAY, 16))
    assert silences.look_at_duty(duty.db) == 1
    assert told(duty) == 1
    works_again(duty.mara)
    at(duty, chicago(WEDNESDAY, 17))
    assert silences.look_at_duty(duty.db) == 1
    assert told(duty) == 1


def test_the_clock_is_set_back_and_nobody_waits_until_it_has_caught_up(duty: World) -> None:
    at(duty, chicago(THURSDAY, 15))
    assert silences.look_at_duty(duty.db) == 1
    at(duty, chicago(WEDNESDAY, 15))
    dies(duty, duty.ben)
    assert silences.look_at_duty(duty.db) == 1
    duty.tick()
    duty.sol.phone.take("duty_unreachable")


def test_whoever_leaves_is_not_kept_in_mind(duty: World) -> None:
    at(duty, chicago(WEDNESDAY, 15))
    dies(duty, duty.ben)
    assert silences.look_at_duty(duty.db) == 1
    ok(duty.adi.api.delete(f"/staff/{duty.ben.id}"), 204)
    at(duty, chicago(WEDNESDAY, 16))
    assert silences.look_at_duty(duty.db) == 1
    assert duty.db.read_now(lambda tx: tx.session.scalars(select(Silence.staff_id)).all()) == []
    duty.tick()
    assert sorted(duty.sol.phone.take_all()) == ["duty_unreachable", "rota_gap"]
    duty.adi.phone.take("rota_gap")
