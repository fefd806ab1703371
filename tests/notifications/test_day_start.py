"""When a case manager's day begins and its message may go: once, by day, in every zone and on every clock change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.delivery.daywords import holds, numbers
from notifications.escalations.agreed import office_hours
from notifications.escalations.hours import ALWAYS, CoverageHours
from notifications.escalations.rotas.day_start import (
    EARLIEST,
    LATEST,
    OF_USE,
    Quiet,
    begins,
    is_by_day,
    may_go,
    window,
)
from server.people.terms import Language
from tests.notifications.rotas import CHANGES, CHICAGO, ZONES, chicago

MONDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 7)
FORWARD, BACK = CHANGES[CHICAGO]
OFFICE = office_hours(CHICAGO)
NEVER = CoverageHours(zone=CHICAGO)

instants = st.integers(0, 366 * 24 * 4).map(
    lambda quarter: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
)
walls = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))


def test_the_day_begins_with_the_hours_or_with_ones_own_duty_where_that_is_earlier() -> None:
    assert begins(MONDAY, CHICAGO, OFFICE, ()) == chicago(3, 2, 9)
    assert begins(MONDAY, CHICAGO, OFFICE, [chicago(3, 2, 8)]) == chicago(3, 2, 8)
    assert begins(MONDAY, CHICAGO, OFFICE, [chicago(3, 2, 17)]) == chicago(3, 2, 9), "on call after hours"
    assert begins(SATURDAY, CHICAGO, OFFICE, ()) is None
    assert begins(SATURDAY, CHICAGO, OFFICE, [chicago(3, 7, 10)]) == chicago(3, 7, 10)
    assert begins(SATURDAY, CHICAGO, OFFICE, [chicago(3, 7, 20), chicago(3, 6, 10)]) is None, (
        "a night, another day"
    )


def test_round_the_clock_begins_no_day_before_seven() -> None:
    begun = begins(MONDAY, CHICAGO, ALWAYS, ())
    assert begun is not None
    open_for = window(MONDAY, CHICAGO, begun)
    assert open_for is not None
    assert (open_for.from_at, open_for.until_at) == (chicago(3, 2, 7), chicago(3, 2, 11))


def test_a_late_day_is_cut_at_eight_and_a_night_has_none() -> None:
    late = window(MONDAY, CHICAGO, chicago(3, 2, 17))
    assert late is not None
    assert late.until_at == chicago(3, 2, 20)
    assert window(MONDAY, CHICAGO, chicago(3, 2, 20)) is None


def test_on_the_days_the_clocks_change_it_is_nine_by_the_clock_on_the_wall() -> None:
    everyday = CoverageHours(zone=CHICAGO, sunday=OFFICE.monday)
    assert begins(FORWARD, CHICAGO, everyday, ()) == datetime(2026, 3, 8, 14, tzinfo=UTC)
    assert begins(BACK, CHICAGO, everyday, ()) == datetime(2026, 11, 1, 15, tzinfo=UTC)


def test_quiet_hours_hold_it_back_and_drop_it_where_they_last_too_long() -> None:
    open_for = window(MONDAY, CHICAGO, chicago(3, 2, 9))
    assert open_for is not None
    late_riser = Quiet(CHICAGO, time(22), time(10))
    assert not may_go(open_for, chicago(3, 2, 9, 59), late_riser)
    assert may_go(open_for, chicago(3, 2, 10), late_riser)
    night_worker = Quiet(CHICAGO, time(8), time(16))
    assert not any(may_go(open_for, chicago(3, 2, hour), night_worker) for hour in range(24))


@settings(max_examples=200, deadline=None)
@given(zone=st.sampled_from(ZONES), now=instants, own=st.lists(instants, max_size=4), start=walls, end=walls)
def test_it_never_goes_at_night_nor_in_quiet_hours_nor_long_after_the_day_began(
    zone: str, now: datetime, own: list[datetime], start: time, end: time
) -> None:
    local = now.astimezone(ZoneInfo(zone))
    begun = begins(local.date(), zone, office_hours(zone), own)
    open_for = window(local.date(), zone, begun) if begun else None
    if begun is None or open_for is None or not may_go(open_for, now, Quiet(zone, start, end)):
        return
    assert EARLIEST <= local.time() < LATEST
    assert is_by_day(zone, now)
    assert begun <= now < max(begun, open_for.from_at) + OF_USE
    inside = start <= local.time() < end if start < end else (local.time() >= start or local.time() < end)
    assert not inside or local.date() in CHANGES[zone], "the clock may stand in it twice on a change"


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    own=st.lists(instants, max_size=6),
)
def test_each_day_has_one_window_which_lies_in_that_day(zone: str, day: date, own: list[datetime]) -> None:
    begun = begins(day, zone, office_hours(zone), own)
    open_for = window(day, zone, begun) if begun else None
    if open_for is None:
        return
    first = open_for.from_at.astimezone(ZoneInfo(zone))
    last = (open_for.until_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    assert first.date() == last.date() == day
    assert timedelta(0) < open_for.until_at - open_for.from_at <= OF_USE


def test_the_two_numbers_in_words() -> None:
    english, spanish = Language.EN, Language.ES
    assert holds(numbers(3, 2), english) == "3 open cases and 2 contacts due today"
    assert holds(numbers(1, 0), english) == "1 open case"
    assert holds(numbers(0, 1), spanish) == "1 contacto para hoy"
    assert holds(numbers(2, 2), spanish) == "2 casos abiertos y 2 contactos para hoy"
    assert holds({}, english) == ""
