"""Who is on duty: nights, holidays, swaps, people who are away, and the nights on which the clocks change."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from time import thread_time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from notifications.escalations.rotas.duty import coverage_ends, in_order, next_on, on_duty, stretches
from notifications.escalations.rotas.rota import (
    Absence,
    Calendar,
    Layer,
    OnCall,
    Override,
    Rota,
    Why,
    stand_in,
)
from tests.notifications.rotas import (
    BEN,
    CHICAGO,
    DAY,
    DAYS_AND_NIGHTS,
    HOUR,
    IDA,
    MARA,
    MINUTE,
    MONDAY,
    SOL,
    TEAM,
    calendars,
    chicago,
    holiday_shift,
    shift,
    slowly,
)

PROPERTY = settings(max_examples=60, deadline=None)
PLAIN = Calendar(rotas=(DAYS_AND_NIGHTS,))


def who(calendar: Calendar, at: datetime, layer: Layer = Layer.PRIMARY):
    return on_duty(calendar, layer, at).person


def override(from_at, to_at, person_in, person_out=None, layer=Layer.PRIMARY) -> Override:
    return Override(layer=layer, from_at=from_at, to_at=to_at, person_in=person_in, person_out=person_out)


def away(person, from_at, to_at, backup=None) -> Absence:
    return Absence(person=person, from_at=from_at, to_at=to_at, backup=backup)


def test_mara_hands_over_to_ben_at_eight_in_the_evening_to_the_second() -> None:
    assert who(PLAIN, chicago(3, 4, 19, 59)) == MARA
    assert who(PLAIN, chicago(3, 4, 20)) == BEN
    assert who(PLAIN, chicago(3, 5, 7, 59)) == BEN
    assert who(PLAIN, chicago(3, 5, 8)) == MARA


def test_nobody_is_on_before_the_first_rota_starts() -> None:
    assert on_duty(PLAIN, Layer.PRIMARY, chicago(3, 1, 23)).why is Why.NO_SHIFT
    assert who(PLAIN, chicago(3, 2, 8)) == MARA


def test_the_first_rung_comes_before_the_second_and_nobody_is_called_twice() -> None:
    assert [on.person for on in in_order(PLAIN, chicago(3, 4, 12))] == [MARA, SOL]
    assert [on.person for on in in_order(PLAIN, chicago(3, 5, 3))] == [BEN]
    sol_for_ben = Calendar(
        rotas=(DAYS_AND_NIGHTS,), overrides=(override(chicago(3, 4, 20), chicago(3, 5, 8), SOL, BEN),)
    )
    assert [(on.person, on.layer) for on in in_order(sol_for_ben, chicago(3, 4, 22))] == [
        (SOL, Layer.PRIMARY)
    ]


def test_weeks_of_a_cycle_alternate() -> None:
    fortnight = Rota(
        zone=CHICAGO,
        weeks=2,
        starts_on=MONDAY,
        primary=(shift(1, "09:00", "17:00", MARA, week=1), shift(1, "09:00", "17:00", BEN, week=2)),
    )
    mondays = [who(Calendar(rotas=(fortnight,)), chicago(3, 2, 12) + week * 7 * DAY) for week in range(4)]
    assert mondays == [MARA, BEN, MARA, BEN]


def test_next_months_rota_takes_over_on_its_monday_and_last_nights_shift_is_finished() -> None:
    april = Rota(zone=CHICAGO, starts_on=date(2026, 4, 6), primary=(shift(1, "08:00", "08:00", IDA),))
    both = Calendar(rotas=(april, DAYS_AND_NIGHTS))
    assert who(both, chicago(4, 6, 7, 59)) == BEN
    assert who(both, chicago(4, 6, 8)) == IDA
    assert who(both, chicago(4, 7, 8)) is None


def test_a_holiday_has_its_own_shifts_and_the_night_before_is_finished() -> None:
    rota = replace(
        DAYS_AND_NIGHTS, holidays=(date(2026, 3, 4),), holiday_primary=(holiday_shift("08:00", "08:00", IDA),)
    )
    calendar = Calendar(rotas=(rota,))
    assert who(calendar, chicago(3, 4, 7)) == BEN
    assert on_duty(calendar, Layer.PRIMARY, chicago(3, 4, 12)) == OnCall(
        layer=Layer.PRIMARY, person=IDA, why=Why.HOLIDAY, duty_from=chicago(3, 4, 8)
    )
    assert who(calendar, chicago(3, 5, 7)) == IDA
    assert who(calendar, chicago(3, 5, 8)) == MARA
    assert who(calendar, chicago(3, 4, 12), Layer.BACKUP) is None


def test_where_a_holiday_meets_the_shift_before_who_came_last_counts() -> None:
    rota = replace(
        DAYS_AND_NIGHTS, holidays=(date(2026, 3, 4),), holiday_primary=(holiday_shift("00:00", "00:00", IDA),)
    )
    calendar = Calendar(rotas=(rota,))
    assert who(calendar, chicago(3, 3, 23, 59)) == BEN
    assert who(calendar, chicago(3, 4, 0)) == IDA
    assert who(calendar, chicago(3, 5, 0)) is None


def test_a_swap_is_two_overrides_and_touches_nobody_else() -> None:
    day, night = (chicago(3, 4, 8), chicago(3, 4, 20)), (chicago(3, 4, 20), chicago(3, 5, 8))
    swap = Calendar(
        rotas=(DAYS_AND_NIGHTS,), overrides=(override(*day, BEN, MARA), override(*night, MARA, BEN))
    )
    assert who(swap, chicago(3, 4, 12)) == BEN
    assert who(swap, chicago(3, 4, 22)) == MARA
    assert who(swap, chicago(3, 5, 12)) == MARA
    assert on_duty(swap, Layer.PRIMARY, chicago(3, 4, 12)) == OnCall(
        layer=Layer.PRIMARY, person=BEN, why=Why.OVERRIDE, instead_of=MARA, duty_from=chicago(3, 4, 8)
    )


def test_standing_in_for_one_person_leaves_the_others_shifts_alone() -> None:
    week = Calendar(
        rotas=(DAYS_AND_NIGHTS,), overrides=(override(chicago(3, 2, 0), chicago(3, 9, 0), IDA, MARA),)
    )
    assert who(week, chicago(3, 4, 12)) == IDA
    assert who(week, chicago(3, 4, 22)) == BEN


def test_the_override_made_later_wins_whoever_it_names() -> None:
    span = (chicago(3, 4, 8), chicago(3, 4, 20))
    for later in (override(*span, SOL, MARA), override(*span, SOL, BEN), override(*span, SOL)):
        both = Calendar(rotas=(DAYS_AND_NIGHTS,), overrides=(override(*span, BEN, MARA), later))
        assert who(both, chicago(3, 4, 12)) == SOL
    back = Calendar(
        rotas=(DAYS_AND_NIGHTS,), overrides=(override(*span, BEN, MARA), override(*span, MARA, BEN))
    )
    assert on_duty(back, Layer.PRIMARY, chicago(3, 4, 12)).why is Why.SHIFT


def test_a_hole_is_filled_by_an_override_for_whoever_is_on_and_by_no_other() -> None:
    night = (chicago(3, 4, 2), chicago(3, 4, 8))
    for person_out, expected in ((None, IDA), (SOL, None)):
        change = override(*night, IDA, person_out, Layer.BACKUP)
        filled = Calendar(rotas=(DAYS_AND_NIGHTS,), overrides=(change,))
        assert who(filled, chicago(3, 4, 3), Layer.BACKUP) == expected


def test_an_announced_hole_says_so() -> None:
    training = Calendar(
        rotas=(DAYS_AND_NIGHTS,), overrides=(override(chicago(3, 4, 12), chicago(3, 4, 13), None),)
    )
    assert on_duty(training, Layer.PRIMARY, chicago(3, 4, 12, 30)).why is Why.ANNOUNCED
    assert who(training, chicago(3, 4, 13)) == MARA


def test_who_is_away_is_stood_in_for_along_the_chain() -> None:
    days = (chicago(3, 2, 0), chicago(3, 9, 0))
    calendar = Calendar(rotas=(DAYS_AND_NIGHTS,), absences=(away(MARA, *days, BEN), away(BEN, *days, IDA)))
    assert on_duty(calendar, Layer.PRIMARY, chicago(3, 4, 12)) == OnCall(
        layer=Layer.PRIMARY, person=IDA, why=Why.ABSENCE, instead_of=MARA, duty_from=chicago(3, 4, 8)
    )
    assert stand_in(calendar.absences, MARA, chicago(3, 4, 12)) == IDA
    assert stand_in(calendar.absences, MARA, chicago(3, 9, 0)) == MARA
    assert stand_in(calendar.absences, SOL, chicago(3, 4, 12)) == SOL


def test_two_who_name_each_other_and_one_who_names_nobody_leave_a_hole() -> None:
    days = (chicago(3, 2, 0), chicago(3, 9, 0))
    circle = (away(MARA, *days, BEN), away(BEN, *days, MARA))
    assert stand_in(circle, MARA, chicago(3, 4, 12)) is None
    on = on_duty(Calendar(rotas=(DAYS_AND_NIGHTS,), absences=circle), Layer.PRIMARY, chicago(3, 4, 12))
    assert (on.person, on.why, on.instead_of) == (None, Why.AWAY, MARA)
    assert stand_in((away(MARA, *days, BEN), away(MARA, *days)), MARA, chicago(3, 4, 12)) is None


def test_the_night_shift_is_an_hour_shorter_and_an_hour_longer_when_clocks_change() -> None:
    spring = stretches(PLAIN, Layer.PRIMARY, chicago(3, 7, 20), chicago(3, 8, 8))
    autumn = stretches(PLAIN, Layer.PRIMARY, chicago(10, 31, 20), chicago(11, 1, 8))
    assert [(one.on.person, one.to_at - one.from_at) for one in spring] == [(BEN, 11 * HOUR)]
    assert [(one.on.person, one.to_at - one.from_at) for one in autumn] == [(BEN, 13 * HOUR)]


def test_handing_over_in_the_hour_that_does_not_exist_leaves_nobody_out_and_nothing_open() -> None:
    rota = Rota(
        zone=CHICAGO,
        starts_on=MONDAY,
        primary=(
            shift(6, "20:00", "02:30", MARA),
            shift(7, "02:30", "03:00", BEN),
            shift(7, "03:00", "08:00", SOL),
        ),
    )
    night = stretches(Calendar(rotas=(rota,)), Layer.PRIMARY, chicago(3, 7, 20), chicago(3, 8, 8))
    assert [(one.on.person, one.from_at) for one in night] == [
        (MARA, chicago(3, 7, 20)),
        (SOL, chicago(3, 8, 3)),
    ]


def test_handing_over_in_the_hour_that_comes_twice_happens_the_first_time() -> None:
    rota = Rota(
        zone=CHICAGO,
        starts_on=MONDAY,
        primary=(shift(6, "20:00", "01:30", MARA), shift(7, "01:30", "08:00", BEN)),
    )
    calendar = Calendar(rotas=(rota,))
    assert who(calendar, chicago(11, 1, 1, 29)) == MARA
    assert who(calendar, chicago(11, 1, 1, 30)) == BEN
    assert who(calendar, chicago(11, 1, 1, 29, fold=1)) == BEN


def test_coverage_lasts_over_a_change_of_hands_and_ends_with_the_last_of_both_layers() -> None:
    office = Rota(
        zone=CHICAGO,
        starts_on=MONDAY,
        primary=(shift(3, "08:00", "12:00", MARA), shift(3, "12:00", "16:00", BEN)),
        backup=(shift(3, "15:00", "18:00", SOL),),
    )
    calendar, noon, until = Calendar(rotas=(office,)), chicago(3, 4, 10), chicago(3, 6, 0)
    assert coverage_ends(calendar, noon, until) == chicago(3, 4, 18)
    assert coverage_ends(calendar, noon, until, (Layer.PRIMARY,)) == chicago(3, 4, 16)
    assert coverage_ends(calendar, noon, chicago(3, 4, 11)) == chicago(3, 4, 11)
    assert coverage_ends(calendar, chicago(3, 4, 7), until) == chicago(3, 4, 7)


def test_the_next_turn_of_anybody_and_of_one_person_is_found() -> None:
    assert next_on(PLAIN, chicago(3, 1, 12)) == (
        chicago(3, 2, 8),
        on_duty(PLAIN, Layer.PRIMARY, chicago(3, 2, 8)),
    )
    found = next_on(PLAIN, chicago(3, 4, 12), person=BEN)
    assert found is not None
    assert found[0] == chicago(3, 4, 20)
    assert next_on(PLAIN, chicago(3, 4, 12), person=IDA) is None
    assert next_on(Calendar(), chicago(3, 4, 12)) is None


def test_a_rota_is_stored_as_json_and_refuses_a_field_it_does_not_know() -> None:
    stored = msgspec.json.encode(DAYS_AND_NIGHTS)
    assert msgspec.json.decode(stored, type=Rota) == DAYS_AND_NIGHTS
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(stored.replace(b'"weeks"', b'"fortnights"'), type=Rota)


@settings(max_examples=40, deadline=None)
@given(world=calendars(), layer=st.sampled_from(Layer))
def test_at_every_instant_of_a_changing_night_the_slow_way_finds_the_same_person(world, layer) -> None:
    calendar, around = world
    start, end = around - 12 * HOUR, around + 30 * HOUR
    for one in stretches(calendar, layer, start, end):
        at = one.from_at
        assert on_duty(calendar, layer, at) == one.on
        while at < one.to_at:
            assert slowly(calendar, layer, at, around) == one.on.person
            at += 5 * MINUTE


@PROPERTY
@given(
    world=calendars(), layer=st.sampled_from(Layer), minutes=st.lists(st.integers(-4320, 4320), max_size=30)
)
def test_stretches_lie_side_by_side_and_agree_with_the_instant(world, layer, minutes) -> None:
    calendar, around = world
    start, end = around - 3 * DAY, around + 3 * DAY
    found = stretches(calendar, layer, start, end)
    assert [one.from_at for one in found] == [start, *(one.to_at for one in found[:-1])]
    assert found[-1].to_at == end
    assert all(one.from_at < one.to_at for one in found)
    assert all(one.on != other.on for one, other in pairwise(found))
    assert all(one.on.why.is_hole == (one.on.person is None) for one in found)
    for at in (around + minute * MINUTE for minute in minutes):
        holding = [one.on for one in found if one.from_at <= at < one.to_at]
        assert holding == ([on_duty(calendar, layer, at)] if at < end else [])


@PROPERTY
@given(world=calendars(), minute=st.integers(-2880, 2880))
def test_who_is_away_is_never_called(world, minute) -> None:
    calendar, around = world
    at = around + minute * MINUTE
    gone = {one.person for one in calendar.absences if one.from_at <= at < one.to_at}
    assert not gone & {on.person for on in in_order(calendar, at)}
    assert not gone & {stand_in(calendar.absences, person, at) for person in TEAM}


@PROPERTY
@given(world=calendars(), minute=st.integers(-2880, 2880))
def test_coverage_ends_at_the_first_moment_without_anybody(world, minute) -> None:
    calendar, around = world
    at = around + minute * MINUTE
    until = at + timedelta(hours=40)
    end = coverage_ends(calendar, at, until)
    step = at
    while step < end:
        assert in_order(calendar, step)
        step += 15 * MINUTE
    assert end == until or not in_order(calendar, end)
    ahead = next_on(calendar, at)
    if end > at:
        assert ahead is not None
        assert ahead[0] == at
    elif ahead is not None:
        assert ahead[0] > at
        assert in_order(calendar, ahead[0])


def test_a_busy_year_costs_an_instant_little_and_sixty_days_some_milliseconds() -> None:
    six_a_day = tuple(
        shift(day, f"{hour:02}:00", f"{(hour + 4) % 24:02}:00", (MARA, BEN, SOL)[hour % 3], week)
        for week in range(1, 13)
        for day in range(1, 8)
        for hour in range(0, 24, 4)
    )
    rota = Rota(zone=CHICAGO, weeks=12, starts_on=MONDAY, primary=six_a_day)
    changes = tuple(override(chicago(3, 4, 1) + n * DAY, chicago(3, 4, 3) + n * DAY, IDA) for n in range(300))
    calendar, at = Calendar(rotas=(rota,), overrides=changes), chicago(11, 30, 12)
    on_duty(calendar, Layer.PRIMARY, at)
    instants, sixty_days = [], []
    for _ in range(5):
        started = thread_time()
        on_duty(calendar, Layer.PRIMARY, at)
        instants.append(thread_time() - started)
        started = thread_time()
        stretches(calendar, Layer.PRIMARY, at, at + 60 * DAY)
        sixty_days.append(thread_time() - started)
    assert min(instants) < 0.005
    assert min(sixty_days) < 0.1
