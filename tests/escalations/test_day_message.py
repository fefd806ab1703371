"""The message at the start of a case manager's day: two numbers, once, by the first way, never at night."""

from datetime import date, time, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from notifications.delivery.models import Message
from notifications.delivery.staff_models import StaffWishesRow
from notifications.escalations.oncall import acts, days
from notifications.escalations.oncall.models import DayTold
from notifications.escalations.rotas.rota import Absence, Shift
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.people.terms import Role
from tests.escalations.oncall import as_person, chicago, enter, nights_and_days
from tests.escalations.telling import act, flagged, hush, ok
from tests.world import World

WEDNESDAY, THURSDAY, SATURDAY = date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 7)
FORWARD, BACK = date(2026, 3, 8), date(2026, 11, 1)


def morning(world: World) -> int:
    """What the worker does, and every send of it."""
    told = days.tell_days(world.db)
    world.tick()
    return told


def told(world: World) -> list[tuple[UUID, date, int, int]]:
    query = select(DayTold.staff_id, DayTold.told_on, DayTold.cases, DayTold.contacts).order_by(
        DayTold.told_at
    )
    return world.db.read_now(
        lambda tx: [(who, on, cases, owed) for who, on, cases, owed in tx.session.execute(query)]
    )


def messages(world: World) -> int:
    query = select(func.count()).select_from(Message).where(Message.kind == "day_start")
    return world.db.read_now(lambda tx: tx.session.scalar(query) or 0)


def a_case_that_mara_has(world: World) -> UUID:
    case_id = flagged(world, Tier.ROUTINE)
    act(world, world.mara, case_id, "acknowledge")
    hush(world)
    return case_id


def test_mara_hears_two_numbers_and_no_name_when_her_day_begins(world: World) -> None:
    world.clock.set(chicago(date(2026, 3, 3), 15))
    case_id = a_case_that_mara_has(world)
    act(world, world.mara, case_id, "contacts", channel="phone", reached=True)
    promise = WEDNESDAY.isoformat()
    act(world, world.mara, case_id, "close", disposition="safe_with_plan", next_contact_on=promise)
    world.clock.advance(minutes=1)
    a_case_that_mara_has(world)
    world.clock.set(chicago(WEDNESDAY, 8, 59))
    assert morning(world) == 0
    world.clock.set(chicago(WEDNESDAY, 9))
    assert morning(world) == 2, "Ben's day is noted as well"
    notice = world.mara.phone.take("day_start").message["notification"]
    assert notice["body"] == "You have 1 open case and 1 contact due today. Open Riverside."
    assert "Noor" not in str(notice)
    world.ben.phone.nothing()
    assert sorted(told(world), key=lambda row: row[2]) == [
        (world.ben.id, WEDNESDAY, 0, 0),
        (world.mara.id, WEDNESDAY, 1, 1),
    ]
    world.clock.advance(minutes=1)
    assert morning(world) == 0
    world.nothing_unexpected()


def test_a_worker_that_was_down_tells_late_but_once_and_after_one_not_at_all(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 6))
    a_case_that_mara_has(world)
    world.clock.set(chicago(WEDNESDAY, 12, 59))
    assert morning(world) == 2
    world.mara.phone.take("day_start")
    assert morning(world) == 0
    world.clock.set(chicago(THURSDAY, 13))
    hush(world)
    assert morning(world) == 0, "four hours after the day began it is of no use"
    assert messages(world) == 1


def test_a_weekend_without_duty_is_left_in_peace_and_a_duty_on_it_is_a_day(world: World) -> None:
    world.clock.set(chicago(SATURDAY, 6))
    a_case_that_mara_has(world)
    world.clock.set(chicago(SATURDAY, 10))
    hush(world)
    assert morning(world) == 0
    rota = nights_and_days(world, world.mara, world.ben, None)
    enter(world, rota)
    assert morning(world) == 1, "Mara is on from eight; Ben comes on at night"
    world.mara.phone.take("day_start")


def test_a_duty_that_begins_at_six_is_told_at_seven(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 5))
    a_case_that_mara_has(world)
    early = msgspec.structs.replace(
        nights_and_days(world, world.mara, world.ben, None),
        primary=(Shift(weekday=3, start=time(6), end=time(14), person=world.mara.id),),
    )
    enter(world, early)
    world.clock.set(chicago(WEDNESDAY, 6, 30))
    hush(world)
    assert morning(world) == 0
    world.clock.set(chicago(WEDNESDAY, 7))
    assert morning(world) == 1
    world.mara.phone.take("day_start")


def test_quiet_hours_are_kept_even_where_the_message_is_lost_by_them(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 6))
    a_case_that_mara_has(world)
    ok(world.mara.api.put("/staff/me/notices", {"order": [], "quiet_from": "22:00", "quiet_to": "10:30"}))
    world.clock.set(chicago(WEDNESDAY, 10, 29))
    hush(world)
    assert morning(world) == 1, "Ben's"
    world.mara.phone.nothing()
    world.clock.set(chicago(WEDNESDAY, 10, 30))
    assert morning(world) == 1
    world.mara.phone.take("day_start")
    ok(world.mara.api.put("/staff/me/notices", {"order": [], "quiet_from": "08:00", "quiet_to": "16:00"}))
    for hour in range(24):
        world.clock.set(chicago(THURSDAY, hour))
        hush(world)
        days.tell_days(world.db)
    assert [row for row in told(world) if row[:2] == (world.mara.id, THURSDAY)] == []


def test_each_day_of_a_clock_change_has_one_message_at_eight_by_the_wall(world: World) -> None:
    for sunday in (FORWARD, BACK):
        world.clock.set(chicago(sunday, 0))
        if sunday == FORWARD:
            a_case_that_mara_has(world)
        enter(world, nights_and_days(world, world.mara, world.ben, None))
        for minutes in range(0, 25 * 60, 20):
            world.clock.set(chicago(sunday, 0) + timedelta(minutes=minutes))
            days.tell_days(world.db)
        query = select(DayTold.told_at).where(DayTold.staff_id == world.mara.id, DayTold.told_on == sunday)
        assert world.db.read_now(lambda tx, of=query: list(tx.session.scalars(of))) == [chicago(sunday, 8)]
    hush(world)


def test_who_stands_in_hears_of_the_clients_of_whoever_is_away(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 6))
    flagged(world, Tier.ROUTINE)  # Noor's, and Mara is her case manager
    hush(world)
    away = Absence(
        person=world.mara.id,
        from_at=chicago(WEDNESDAY, 0),
        to_at=chicago(THURSDAY, 0),
        backup=world.ben.id,
    )
    as_person(world, world.mara, lambda tx: acts.add_absence(tx, away))
    world.clock.set(chicago(WEDNESDAY, 9))
    hush(world)
    assert morning(world) == 1, "Mara has no day"
    assert "1 open case." in world.ben.phone.take("day_start").message["notification"]["body"]
    world.mara.phone.nothing()


def test_nobody_of_another_role_or_who_left_is_told(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 9))
    world.staff("Cleo", Role.CASE_MANAGER, world.programme_id)
    cleo = world.people["cleo"]
    ok(world.adi.api.delete(f"/staff/{cleo.id}"), 204)
    assert morning(world) == 2
    assert {row[0] for row in told(world)} == {world.mara.id, world.ben.id}
    world.nothing_unexpected()


def test_wishes_that_cannot_be_read_keep_nobody_waiting(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 9))
    a_case_that_mara_has(world)

    def damage(tx: Tx) -> None:
        row = StaffWishesRow(staff_id=world.mara.id, first_ways="pigeon", changed_at=tx.now)
        row.quiet_from, row.quiet_to = "noon", "later"
        tx.session.add(row)

    world.db.write_now(damage)
    assert morning(world) == 1, "Ben's, while Mara's wait for somebody to look"
