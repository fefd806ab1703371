"""Quiet hours on the nights the clocks change, across midnight, and wherever Noor is."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from notifications.delivery.messages import Kind
from notifications.delivery.quiet import EVERYDAY, Wishes, after_quiet, send_at
from server.core.zones import zone

CHICAGO = "America/Chicago"
NIGHT = (time(22), time(7))
walls = st.times(timezones=st.none()).map(lambda wall: wall.replace(second=0, microsecond=0))
zones = st.sampled_from(
    [
        *(CHICAGO, "America/New_York", "America/Phoenix", "Pacific/Honolulu", "UTC"),
        *("Australia/Lord_Howe", "Africa/Casablanca", "Europe/Dublin", "America/St_Johns"),
    ]
)
instants = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def local(text: str, where: str = CHICAGO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone(where)).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-01-13T21:59", "2026-01-13T21:59"),
        ("2026-01-13T22:00", "2026-01-14T07:00"),
        ("2026-01-14T00:30", "2026-01-14T07:00"),
        ("2026-01-14T06:59", "2026-01-14T07:00"),
        ("2026-01-14T07:00", "2026-01-14T07:00"),
        ("2026-03-07T23:00", "2026-03-08T07:00"),  # an hour shorter
        ("2026-10-31T23:00", "2026-11-01T07:00"),  # an hour longer
    ],
)
def test_a_night_across_midnight(at: str, ends: str) -> None:
    assert after_quiet(local(at), CHICAGO, *NIGHT) == local(ends)


def test_an_end_the_clock_jumps_over_moves_forward_by_the_jump() -> None:
    held = after_quiet(local("2026-03-08T01:00"), CHICAGO, time(22), time(2, 30))
    assert held == local("2026-03-08T03:30")


def test_an_end_that_comes_twice_is_the_first() -> None:
    held = after_quiet(local("2026-11-01T00:30"), CHICAGO, time(22), time(1, 30))
    assert held == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    second = datetime(2026, 11, 1, 7, 15, tzinfo=UTC)  # 1:15 for the second time
    assert after_quiet(second, CHICAGO, time(22), time(1, 30)) == second


@settings(max_examples=200, deadline=None)
@given(instants, zones, walls, walls)
def test_what_is_held_goes_at_the_end_and_never_in_quiet_hours(
    at: datetime, where: str, quiet_from: time, quiet_to: time
) -> None:
    assume(quiet_from != quiet_to)
    held = after_quiet(at, where, quiet_from, quiet_to)
    assert at <= held <= at + timedelta(hours=26)
    if held == at:
        return
    wall = held.astimezone(zone(where))
    nights = (wall.date() - timedelta(days=1), wall.date())
    changes = len({datetime.combine(day, time(12), zone(where)).utcoffset() for day in nights}) > 1
    if not changes:
        assert wall.time() == quiet_to
        assert after_quiet(held, where, quiet_from, quiet_to) == held
    assert (
        held - timedelta(minutes=1) < at
        or after_quiet(held - timedelta(minutes=1), where, quiet_from, quiet_to) == held
    )


@settings(max_examples=200, deadline=None)
@given(instants, zones, walls, walls)
def test_whoever_is_outside_quiet_hours_by_the_clock_on_the_wall_waits_for_nothing(
    at: datetime, where: str, quiet_from: time, quiet_to: time
) -> None:
    assume(quiet_from != quiet_to)
    here = zone(where)
    days = (at - timedelta(days=1), at, at + timedelta(days=1))
    assume(len({day.astimezone(here).utcoffset() for day in days}) == 1)
    wall = at.astimezone(here).time()
    inside = quiet_from <= wall < quiet_to if quiet_from < quiet_to else wall >= quiet_from or wall < quiet_to
    assert (after_quiet(at, where, quiet_from, quiet_to) > at) is inside


def test_only_what_is_everyday_can_be_turned_off() -> None:
    assert {Kind.CHECKIN_OPEN, Kind.CHECKIN_REMINDER, Kind.PLAN_UPDATED} == EVERYDAY


def test_what_is_of_no_use_after_the_quiet_hours_is_not_sent() -> None:
    wishes = Wishes(CHICAGO, True, *NIGHT)
    at, seven = local("2026-01-13T23:00"), local("2026-01-14T07:00")
    assert send_at(wishes, at, seven) is None
    assert send_at(wishes, at, seven + timedelta(minutes=1)) == seven
    assert send_at(Wishes(CHICAGO, False), at, seven) is None
    assert send_at(Wishes(CHICAGO), at, seven) == at
