"""What stays of stand-ins when another rota begins: on any calendar and clock change, duty before it is as it was."""

from datetime import datetime, time

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from notifications.escalations.rotas.duty import BOTH, instant, on_duty
from notifications.escalations.rotas.rota import Calendar, Layer, Override
from notifications.escalations.rotas.taking_over import begins_at, left_of
from tests.notifications.rotas import (
    BEN,
    DAY,
    DAYS_AND_NIGHTS,
    HOUR,
    IDA,
    MINUTE,
    MONDAY,
    SOL,
    calendars,
    chicago,
    shift,
)

NOW = chicago(3, 4, 12)
NEXT = replace(DAYS_AND_NIGHTS, starts_on=MONDAY + 7 * DAY)
BEGINS = begins_at((DAYS_AND_NIGHTS, NEXT), NEXT, NOW)


def ida(from_day: int, from_hour: int, to_day: int, to_hour: int) -> Override:
    from_at, to_at = chicago(3, from_day, from_hour), chicago(3, to_day, to_hour)
    return Override(layer=Layer.PRIMARY, from_at=from_at, to_at=to_at, person_in=IDA, person_out=BEN)


def test_ida_stands_in_for_the_night_that_ends_on_the_monday_and_has_all_of_it() -> None:
    night = ida(8, 20, 9, 8)
    assert left_of(night, BEGINS) == night
    assert left_of(replace(night, to_at=chicago(3, 11, 8)), BEGINS) == night, (
        "a longer one ends with the night"
    )
    assert left_of(ida(9, 8, 9, 20), BEGINS) is None
    assert left_of(ida(9, 2, 9, 8), BEGINS) == ida(9, 2, 9, 8), "the second half of Ben's last night"


def test_each_rung_begins_when_the_shift_over_midnight_is_finished_and_else_with_the_day() -> None:
    assert BEGINS[Layer.PRIMARY] == chicago(3, 9, 8)
    assert BEGINS[Layer.BACKUP] == chicago(3, 9, 2)
    short = replace(DAYS_AND_NIGHTS, backup=(shift(7, "08:00", "00:00", SOL),))
    assert begins_at((short, NEXT), NEXT, NOW)[Layer.BACKUP] == chicago(3, 9, 0)
    early = replace(NEXT, primary=(shift(1, "06:00", "08:00", SOL),))
    assert begins_at((DAYS_AND_NIGHTS, early), early, NOW)[Layer.PRIMARY] == chicago(3, 9, 6)


def test_a_rota_of_a_monday_that_is_over_counts_from_now_on() -> None:
    begins = begins_at((DAYS_AND_NIGHTS,), DAYS_AND_NIGHTS, NOW)
    assert begins == dict.fromkeys(Layer, NOW)
    assert left_of(ida(4, 8, 4, 20), begins) == ida(4, 8, 4, 12)
    assert left_of(ida(3, 8, 3, 20), begins) == ida(3, 8, 3, 20), "what was, was"


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(-1, 1), st.integers(-96, 96))
def test_duty_before_the_rota_begins_is_as_it_was_and_of_the_stand_ins_nothing_is_left_after(
    some: tuple[Calendar, datetime], weeks: int, quarters: int
) -> None:
    before, around = some
    first = replace(before.rotas[-1], starts_on=before.rotas[-1].starts_on + weeks * 7 * DAY)
    old = tuple(one for one in before.rotas if one.starts_on < first.starts_on)
    begins = begins_at((*old, first), first, around + quarters * 15 * MINUTE)
    with_all = replace(before, rotas=(*old, first))
    with_none = replace(with_all, overrides=())
    left = tuple(one for each in before.overrides if (one := left_of(each, begins)))
    after = replace(with_all, overrides=left)
    for layer in BOTH:
        for at in (around + count * 2 * HOUR for count in range(-36, 48)):
            on = on_duty(after, layer, at)
            assert on == on_duty(with_all if at < begins[layer] else with_none, layer, at)
            if at < instant(first.zone, first.starts_on, time(0)):
                assert on == on_duty(replace(before, rotas=old), layer, at)
