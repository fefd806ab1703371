"""What supervisors are told about a rota: holes, too little rest, and what cannot be a rota at all."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from notifications.escalations.rotas.duty import on_duty
from notifications.escalations.rotas.holes import both_rungs, hole_sentence, holes, preview, short_rests
from notifications.escalations.rotas.problems import absence_problems, override_problems, problems
from notifications.escalations.rotas.rota import Absence, Calendar, Layer, Override, Rota, Why
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
    OTTO,
    SOL,
    TEAM,
    calendars,
    chicago,
    holiday_shift,
    shift,
)

PROPERTY = settings(max_examples=60, deadline=None)
PLAIN = Calendar(rotas=(DAYS_AND_NIGHTS,))
FIRST_RUNG = replace(DAYS_AND_NIGHTS, backup=())


def said(calendar: Calendar, from_at: datetime, to_at: datetime) -> list[str]:
    return [hole_sentence(hole, CHICAGO) for hole in holes(calendar, from_at, to_at)]


def test_the_hours_behind_sol_are_named_in_wall_time() -> None:
    assert said(PLAIN, chicago(3, 6, 8), chicago(3, 8, 8)) == [
        "Sat Mar 7, 02:00–08:00: nobody on the second rung",
        "Sun Mar 8, 03:00–08:00: nobody on the second rung",
    ]


def test_a_hole_on_the_night_an_hour_comes_twice_says_which_hour() -> None:
    rota = Rota(
        zone=CHICAGO,
        starts_on=MONDAY,
        primary=(shift(6, "08:00", "01:00", MARA), shift(7, "02:00", "02:00", BEN)),
    )
    assert said(Calendar(rotas=(rota,)), chicago(10, 31, 12), chicago(11, 1, 12)) == [
        "Sat Oct 31, 12:00 to Sun Nov 1, 12:00: nobody on the second rung",
        "Sun Nov 1, 01:00 CDT–02:00: nobody on the first rung",
    ]


def test_holes_over_midnight_and_until_midnight_read_well() -> None:
    away = Absence(person=MARA, from_at=chicago(3, 3, 8), to_at=chicago(3, 4, 9), backup=None)
    alone = Rota(
        zone=CHICAGO,
        starts_on=MONDAY,
        primary=tuple(shift(day, "00:00", "00:00", MARA) for day in range(1, 8)),
        backup=tuple(shift(day, "00:00", "00:00", BEN) for day in range(1, 8)),
    )
    calendar = Calendar(rotas=(alone,), absences=(away,))
    assert said(calendar, chicago(3, 2, 0), chicago(3, 9, 0)) == [
        "Tue Mar 3, 08:00 to Wed Mar 4, 09:00: nobody on the first rung"
    ]
    assert said(calendar, chicago(3, 2, 0), chicago(3, 4, 0)) == [
        "Tue Mar 3, 08:00–24:00: nobody on the first rung"
    ]


def test_holes_of_different_reasons_stay_apart() -> None:
    office = Rota(
        zone=CHICAGO,
        starts_on=MONDAY,
        primary=tuple(shift(day, "08:00", "18:00", MARA) for day in range(1, 8)),
        backup=tuple(shift(day, "00:00", "00:00", BEN) for day in range(1, 8)),
    )
    calendar = Calendar(
        rotas=(office,),
        overrides=(
            Override(layer=Layer.PRIMARY, from_at=chicago(3, 4, 16), to_at=chicago(3, 4, 18), person_in=None),
        ),
        absences=(Absence(person=MARA, from_at=chicago(3, 4, 12), to_at=chicago(3, 4, 16), backup=None),),
    )
    found = holes(calendar, chicago(3, 4, 8), chicago(3, 5, 8))
    assert [(hole.on.why, hole.on.instead_of, hole.from_at) for hole in found] == [
        (Why.AWAY, MARA, chicago(3, 4, 12)),
        (Why.ANNOUNCED, MARA, chicago(3, 4, 16)),
        (Why.NO_SHIFT, None, chicago(3, 4, 18)),
    ]


def test_a_day_after_a_night_is_too_little_rest_and_a_day_after_a_day_is_enough() -> None:
    day_after_night = Calendar(
        rotas=(FIRST_RUNG,),
        overrides=(
            Override(
                layer=Layer.PRIMARY,
                from_at=chicago(3, 4, 8),
                to_at=chicago(3, 4, 20),
                person_in=BEN,
                person_out=MARA,
            ),
        ),
    )
    assert short_rests(Calendar(rotas=(FIRST_RUNG,)), chicago(3, 3, 8), chicago(3, 6, 8)) == ()
    found = short_rests(day_after_night, chicago(3, 3, 8), chicago(3, 6, 8))
    assert [(one.person, one.off_at, one.rest) for one in found] == [
        (BEN, chicago(3, 4, 8), timedelta(0)),
        (BEN, chicago(3, 4, 20), timedelta(0)),
    ]
    careless = replace(day_after_night, rotas=(replace(FIRST_RUNG, min_rest_hours=0),))
    assert short_rests(careless, chicago(3, 3, 8), chicago(3, 6, 8)) == ()


def test_six_hours_between_two_duties_on_the_second_rung_are_too_little_rest() -> None:
    found = short_rests(PLAIN, chicago(3, 4, 0), chicago(3, 5, 0))
    assert [(one.person, one.rest, one.before, one.after) for one in found] == [
        (SOL, 6 * HOUR, Layer.BACKUP, Layer.BACKUP)
    ]


def test_a_duty_begun_before_the_preview_counts_for_the_rest_after_it() -> None:
    rota = Rota(
        zone=CHICAGO,
        starts_on=MONDAY,
        primary=(shift(2, "08:00", "20:00", MARA), shift(3, "06:59", "12:00", MARA)),
    )
    found = short_rests(Calendar(rotas=(rota,)), chicago(3, 4, 0), chicago(3, 5, 0))
    assert [(one.off_at, one.on_at, one.rest) for one in found] == [
        (chicago(3, 3, 20), chicago(3, 4, 6, 59), 11 * HOUR - MINUTE)
    ]


def test_an_hour_off_in_the_middle_of_a_shift_is_no_short_rest() -> None:
    errand = Override(
        layer=Layer.PRIMARY,
        from_at=chicago(3, 4, 12),
        to_at=chicago(3, 4, 13),
        person_in=IDA,
        person_out=MARA,
    )
    calendar = Calendar(rotas=(FIRST_RUNG,), overrides=(errand,))
    assert short_rests(calendar, chicago(3, 4, 0), chicago(3, 5, 0)) == ()


def test_one_person_on_both_rungs_is_a_finding() -> None:
    away = Absence(person=MARA, from_at=chicago(3, 4, 0), to_at=chicago(3, 5, 0), backup=SOL)
    calendar = Calendar(rotas=(DAYS_AND_NIGHTS,), absences=(away,))
    found = both_rungs(calendar, chicago(3, 3, 0), chicago(3, 6, 0))
    assert [(one.person, one.from_at, one.to_at) for one in found] == [
        (SOL, chicago(3, 4, 8), chicago(3, 4, 20))
    ]


def test_the_preview_has_both_rungs_in_order_of_time() -> None:
    found = preview(PLAIN, chicago(3, 4, 8), chicago(3, 5, 8))
    assert [(one.on.layer, one.on.person) for one in found] == [
        (Layer.PRIMARY, MARA),
        (Layer.BACKUP, SOL),
        (Layer.PRIMARY, BEN),
        (Layer.BACKUP, None),
    ]


@PROPERTY
@given(world=calendars(), minutes=st.lists(st.integers(-4320, 4319), min_size=20, max_size=40))
def test_holes_are_exactly_the_times_at_which_nobody_is_on(world, minutes) -> None:
    calendar, around = world
    found = holes(calendar, around - 3 * DAY, around + 3 * DAY)
    assert all(hole_sentence(hole, calendar.rotas[0].zone) for hole in found)
    for layer in Layer:
        its = [hole for hole in found if hole.on.layer is layer]
        assert all(one.to_at <= other.from_at for one, other in pairwise(its))
        edges = [edge for hole in its for edge in (hole.from_at, hole.to_at - MINUTE)]
        for at in (*edges, *(around + minute * MINUTE for minute in minutes)):
            in_a_hole = any(hole.from_at <= at < hole.to_at for hole in its)
            assert in_a_hole == (on_duty(calendar, layer, at).person is None)


@PROPERTY
@given(world=calendars())
def test_one_person_on_both_rungs_is_found_exactly_where_it_is_so(world) -> None:
    calendar, around = world
    found = both_rungs(calendar, around - DAY, around + DAY)
    for quarter in range(-96, 96):
        at = around + quarter * 15 * MINUTE
        first, second = (on_duty(calendar, layer, at).person for layer in Layer)
        expected = [first] if first is not None and first == second else []
        assert [one.person for one in found if one.from_at <= at < one.to_at] == expected


def test_a_good_rota_has_no_problems_and_gaps_are_none() -> None:
    assert problems(DAYS_AND_NIGHTS, TEAM) == []
    assert problems(Rota(zone=CHICAGO, starts_on=MONDAY), TEAM) == []


WRONG = {
    "zone": replace(DAYS_AND_NIGHTS, zone="Chicago"),
    "weeks": Rota(zone=CHICAGO, starts_on=MONDAY, weeks=13),
    "starts_on": replace(DAYS_AND_NIGHTS, starts_on=date(2026, 3, 3)),
    "min_rest_hours": replace(DAYS_AND_NIGHTS, min_rest_hours=49),
    "holidays.1": replace(DAYS_AND_NIGHTS, holidays=(date(2026, 12, 25), date(1926, 12, 25))),
    "holidays": replace(DAYS_AND_NIGHTS, holidays=(date(2026, 12, 25),) * 401),
    "primary": replace(DAYS_AND_NIGHTS, primary=DAYS_AND_NIGHTS.primary * 37),
    "holiday_backup": replace(DAYS_AND_NIGHTS, holiday_backup=(holiday_shift("08:00", "09:00", MARA),) * 7),
    "backup.0.person": replace(DAYS_AND_NIGHTS, backup=(shift(1, "08:00", "09:00", OTTO),)),
    "backup.0.week": replace(DAYS_AND_NIGHTS, backup=(shift(1, "08:00", "09:00", MARA, week=2),)),
    "backup.0.weekday": replace(DAYS_AND_NIGHTS, backup=(shift(0, "08:00", "09:00", MARA),)),
    "backup.0.start": replace(DAYS_AND_NIGHTS, backup=(shift(1, "08:00:30", "09:00", MARA),)),
    "backup.0.end": replace(DAYS_AND_NIGHTS, backup=(shift(1, "08:00", "09:00Z", MARA),)),
    "holiday_primary.0.end": replace(
        DAYS_AND_NIGHTS, holiday_primary=(holiday_shift("08:00", "09:00:00.5", MARA),)
    ),
    "holiday_primary.1": replace(
        DAYS_AND_NIGHTS,
        holiday_primary=(holiday_shift("08:00", "10:00", MARA), holiday_shift("09:00", "09:30", BEN)),
    ),
}


@pytest.mark.parametrize("path", WRONG)
def test_each_fault_is_named_by_its_field_and_nothing_else_is(path: str) -> None:
    assert [problem.path for problem in problems(WRONG[path], TEAM)] == [path]


def test_an_overlap_names_both_shifts() -> None:
    rota = replace(
        DAYS_AND_NIGHTS, primary=(shift(1, "22:00", "06:00", MARA), shift(2, "05:00", "09:00", BEN))
    )
    (found,) = problems(rota, TEAM)
    assert found.path == "primary.1"
    assert found.message == "week 1, Tuesday 05:00–09:00 overlaps primary.0: week 1, Monday 22:00–06:00"


def test_the_last_night_of_the_cycle_overlaps_its_first_morning() -> None:
    rota = Rota(
        zone=CHICAGO,
        weeks=2,
        starts_on=MONDAY,
        primary=(shift(1, "05:00", "09:00", BEN), shift(7, "22:00", "06:00", MARA, week=2)),
    )
    assert [problem.path for problem in problems(rota, TEAM)] == ["primary.0"]
    assert problems(replace(rota, weeks=3), TEAM) == []


def test_one_long_shift_over_two_short_ones_overlaps_both() -> None:
    rota = replace(
        DAYS_AND_NIGHTS,
        primary=tuple(
            shift(1, *span, MARA) for span in (("08:00", "18:00"), ("09:00", "10:00"), ("12:00", "13:00"))
        ),
    )
    assert [problem.path for problem in problems(rota, TEAM)] == ["primary.1", "primary.2"]


def test_an_override_and_an_absence_say_what_is_wrong_with_them() -> None:
    start, end = chicago(3, 4, 8), chicago(3, 4, 9)
    good = Override(layer=Layer.PRIMARY, from_at=start, to_at=end, person_in=MARA, person_out=None)
    away = Absence(person=MARA, from_at=start, to_at=end, backup=BEN)
    assert override_problems(good, TEAM) == []
    assert absence_problems(away, TEAM) == []
    for fault, path in (
        ({"to_at": start}, "to_at"),
        ({"to_at": start + 367 * DAY}, "to_at"),
        ({"from_at": start + timedelta(seconds=1)}, "from_at"),
        ({"from_at": datetime(2026, 3, 4, 8)}, "from_at"),  # noqa: DTZ001
    ):
        assert [problem.path for problem in override_problems(replace(good, **fault), TEAM)] == [path]
        assert [problem.path for problem in absence_problems(replace(away, **fault), TEAM)] == [path]
    assert [one.path for one in override_problems(replace(good, person_out=MARA), TEAM)] == ["person_in"]
    assert [one.path for one in override_problems(replace(good, person_out=OTTO), TEAM)] == ["person_out"]
    assert [one.path for one in absence_problems(replace(away, backup=MARA), TEAM)] == ["backup"]
    assert [one.path for one in absence_problems(replace(away, person=OTTO), TEAM)] == ["person"]


@PROPERTY
@given(world=calendars(max_rotas=1))
def test_shifts_laid_side_by_side_are_never_said_to_overlap(world) -> None:
    assert problems(world[0].rotas[0], TEAM) == []


@PROPERTY
@given(world=calendars(max_rotas=1), spare=st.integers(0, 400), minutes=st.integers(1, 1440))
def test_a_shift_laid_over_another_is_always_said_to_overlap(world, spare, minutes) -> None:
    rota = world[0].rotas[0]
    if not rota.primary:
        return
    other = rota.primary[spare % len(rota.primary)]
    end = (datetime.combine(MONDAY, other.start, UTC) + minutes * MINUTE).time()
    doubled = replace(rota, primary=(*rota.primary, replace(other, end=end, person=UUID(int=1))))
    found = problems(doubled, TEAM)
    assert found
    assert all("overlaps" in problem.message for problem in found)
