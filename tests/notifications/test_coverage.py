"""Coverage: what counts as duty, how limits are counted, and what a client may be promised."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.escalations.coverage import (
    Clock,
    Later,
    Nobody,
    OnDuty,
    add,
    add_days,
    call_window,
    ends_at,
    is_covered,
    limit,
    next_covered,
    promise,
    window,
)
from notifications.escalations.hours import (
    ALWAYS,
    WEEKDAYS,
    CoverageHours,
    Span,
    has_no_hole,
    problems,
    works_in_shifts,
)

CHICAGO = "America/Chicago"
PROPERTY = settings(max_examples=100, deadline=None)


def hours(
    week: dict[str, list[tuple[int, int]]], zone: str = CHICAGO, holidays: tuple[date, ...] = ()
) -> CoverageHours:
    days = {
        day: tuple(
            Span(time(start // 60, start % 60), time(end // 60 % 24, end % 60)) for start, end in spans
        )
        for day, spans in week.items()
    }
    return CoverageHours(zone=zone, holidays=holidays, **days)


def chicago(month: int, day: int, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(CHICAGO), fold=fold).astimezone(UTC)


OFFICE = hours({day: [(540, 1020)] for day in WEEKDAYS[:5]})
EVERY_NIGHT = hours({day: [(22 * 60, 6 * 60)] for day in WEEKDAYS})
NEVER = CoverageHours(zone=CHICAGO)
HOUR = timedelta(hours=1)


def brute(week: CoverageHours, at: datetime) -> bool:
    """Duty by looking at the wall clock alone. Right wherever no span begins or ends in a changing hour."""
    local = at.astimezone(ZoneInfo(week.zone))
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        minute = local.hour * 60 + local.minute + 1440 * back
        for span in () if day in week.holidays else week.spans(day.weekday()):
            start = span.start.hour * 60 + span.start.minute
            end = span.end.hour * 60 + span.end.minute
            if start <= minute < (end if end > start else end + 1440):
                return True
    return False


# In these zones clocks change between midnight and four; midnight itself and four onwards never do.
_WALL = st.sampled_from([0, *range(240, 1440, 5)])
_SPANS = st.lists(st.tuples(_WALL, _WALL), max_size=2)
_AROUND_CHANGES = [
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 4, 5),
]


@st.composite
def weeks(draw: st.DrawFn) -> CoverageHours:
    week = {day: draw(_SPANS) for day in WEEKDAYS}
    zone = draw(st.sampled_from([CHICAGO, "Europe/Madrid", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]))
    near = st.sampled_from(_AROUND_CHANGES).flatmap(
        lambda day: st.integers(-3, 8).map(lambda ahead: day + timedelta(days=ahead))
    )
    return hours(week, zone, tuple(draw(st.lists(near, max_size=3))))


moments = st.builds(
    lambda day, minute: datetime.combine(day, time(0), tzinfo=UTC) + timedelta(minutes=minute),
    st.sampled_from(_AROUND_CHANGES),
    st.integers(-3000, 3000),
)


@PROPERTY
@given(week=weeks(), at=moments)
def test_duty_and_its_next_beginning_agree_with_the_wall_clock(week: CoverageHours, at: datetime) -> None:
    assert is_covered(week, at) == brute(week, at)
    ahead = next(
        (at + timedelta(minutes=m) for m in range(3 * 1440) if brute(week, at + timedelta(minutes=m))), None
    )
    found = next_covered(week, at)
    if ahead is not None:
        assert found == ahead
    else:
        assert found is None or found > at + timedelta(days=3) - timedelta(minutes=1)


@PROPERTY
@given(week=weeks(), at=moments, length=st.integers(1, 900))
def test_a_limit_counts_covered_minutes_and_no_others(week: CoverageHours, at: datetime, length: int) -> None:
    end = add(week, at, timedelta(minutes=length))
    counted = 0
    for minute in range(15 * 1440):
        if counted == length:
            assert end == at + timedelta(minutes=minute)
            return
        counted += brute(week, at + timedelta(minutes=minute))
    assert end >= at + timedelta(minutes=length)


@PROPERTY
@given(week=weeks(), at=moments)
def test_duty_lasts_until_it_ends(week: CoverageHours, at: datetime) -> None:
    end = ends_at(week, at)
    if end is None:
        assert (
            not brute(week, at)
            or has_no_hole(week)
            or all(brute(week, at + d * HOUR) for d in range(24 * 20))
        )
    else:
        assert not brute(week, end)
        step = max((end - at) // 500, timedelta(minutes=1))
        assert all(brute(week, at + count * step) for count in range(501) if at + count * step < end)


@PROPERTY
@given(week=weeks(), now=moments, ahead=st.integers(-60, 3000), clock=st.sampled_from(Clock))
def test_a_person_is_promised_only_where_every_minute_is_covered(week, now, ahead, clock) -> None:
    by = now + timedelta(minutes=ahead)
    match promise(week, now, by, "Mara"):
        case OnDuty(name, until):
            assert (name, until) == ("Mara", by)
            assert all(brute(week, now + timedelta(minutes=minute)) for minute in range(ahead))
        case Later(starts_at):
            assert starts_at > now
            assert brute(week, starts_at)
            assert not brute(week, starts_at - timedelta(minutes=1))
            assert not all(brute(week, now + timedelta(minutes=minute)) for minute in range(ahead))
        case Nobody():
            assert by <= now or next_covered(week, now + timedelta(days=15)) is None
    assert limit(week, clock, now, timedelta(minutes=500)) > now


def test_friday_at_four_plus_four_hours_is_monday_at_noon() -> None:
    assert add(OFFICE, chicago(3, 6, 16), 4 * HOUR) == chicago(3, 9, 12)
    assert add(OFFICE, chicago(3, 6, 16), HOUR) == chicago(3, 6, 17)


def test_a_holiday_is_no_duty_but_a_night_that_runs_into_it_is_finished() -> None:
    closed = msgspec.structs.replace(OFFICE, holidays=(date(2026, 3, 9),))
    assert next_covered(closed, chicago(3, 6, 18)) == chicago(3, 10, 9)
    night = msgspec.structs.replace(EVERY_NIGHT, holidays=(date(2026, 3, 10),))
    assert ends_at(night, chicago(3, 10, 2)) == chicago(3, 10, 6)
    assert not is_covered(night, chicago(3, 10, 23))
    assert not is_covered(night, chicago(3, 11, 5))


@pytest.mark.parametrize(("month", "day", "real"), [(3, 7, 7), (10, 31, 9)])
def test_the_night_the_clocks_change_has_seven_or_nine_hours(month: int, day: int, real: int) -> None:
    start = chicago(month, day, 22)
    end = ends_at(EVERY_NIGHT, start)
    assert end is not None
    assert end - start == real * HOUR
    assert add(EVERY_NIGHT, start, (real + 1) * HOUR) == end + 17 * HOUR


def test_a_span_edge_that_does_not_exist_moves_forward_and_one_that_comes_twice_takes_the_first() -> None:
    spring = hours({"sunday": [(150, 300)]})
    assert next_covered(spring, chicago(3, 8, 0)) == chicago(3, 8, 3, 30)
    autumn = hours({"sunday": [(0, 90)]})
    assert ends_at(autumn, chicago(11, 1, 0)) == chicago(11, 1, 1, 30, fold=0)
    assert not is_covered(autumn, chicago(11, 1, 1, 0, fold=1))


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (chicago(3, 6, 16), 1, chicago(3, 9, 16)),
        (chicago(3, 7, 10), 1, chicago(3, 10, 9)),
        (chicago(3, 2, 8), 3, chicago(3, 5, 9)),
        (chicago(3, 6, 16, 30), 2, chicago(3, 10, 16, 30)),
    ],
)
def test_the_next_coverage_day_is_the_same_time_on_it(start: datetime, days: int, expected: datetime) -> None:
    assert add_days(OFFICE, start, days) == expected
    assert limit(OFFICE, Clock.COVERAGE_DAY, start, timedelta(days=days)) == expected


def test_a_shorter_next_day_ends_the_limit_with_its_duty() -> None:
    short_friday = msgspec.structs.replace(OFFICE, friday=(Span(time(8), time(9)), Span(time(10), time(12))))
    assert add_days(short_friday, chicago(3, 5, 16), 1) == chicago(3, 6, 12)
    late_friday = msgspec.structs.replace(OFFICE, friday=(Span(time(13), time(17)),))
    assert add_days(late_friday, chicago(3, 5, 10), 1) == chicago(3, 6, 13)


def test_with_no_duty_at_all_limits_run_on_the_wall_clock_and_calls_go_out_at_any_hour() -> None:
    now = chicago(3, 2, 9)
    assert next_covered(NEVER, now) is None
    assert window(NEVER, now) is None
    assert [limit(NEVER, clock, now, 48 * HOUR) for clock in Clock] == [now + 48 * HOUR] * 3
    assert call_window(NEVER, now)[0] == now
    assert promise(NEVER, now, now + HOUR, "Mara") == Nobody()


def test_one_covered_minute_a_week_cannot_put_a_limit_off_for_years() -> None:
    sliver = hours({"monday": [(540, 541)]})
    now = chicago(3, 2, 9)
    assert add(sliver, now, timedelta(days=30)) == now + timedelta(days=30)


def test_day_and_night_is_said_only_without_a_hole() -> None:
    assert has_no_hole(ALWAYS)
    shifts = hours({day: [(480, 1200), (1200, 480)] for day in WEEKDAYS})
    assert has_no_hole(shifts)
    assert ends_at(shifts, chicago(3, 7, 23)) is None
    assert promise(shifts, chicago(3, 7, 19), chicago(3, 8, 12), None) == OnDuty(None, chicago(3, 8, 12))
    assert not has_no_hole(hours({day: [(480, 1200), (1200, 479)] for day in WEEKDAYS}))
    assert not has_no_hole(msgspec.structs.replace(shifts, holidays=(date(2026, 12, 25),)))
    assert not has_no_hole(OFFICE)
    assert not has_no_hole(NEVER)


def test_nobody_is_at_work_longer_than_a_day_of_work() -> None:
    christmas = (date(2026, 12, 25),)
    assert works_in_shifts(ALWAYS)
    assert works_in_shifts(msgspec.structs.replace(ALWAYS, holidays=christmas))
    assert works_in_shifts(hours({"sunday": [(1200, 480)], "monday": [(480, 1020)]})), (
        "over Sunday's midnight"
    )
    assert not works_in_shifts(hours({"monday": [(480, 720), (780, 1260)]})), "with an hour between"
    assert not works_in_shifts(OFFICE)
    assert not works_in_shifts(NEVER)


def test_the_last_minutes_of_the_day_promise_the_next_morning_not_a_person() -> None:
    now = chicago(3, 6, 16, 50)
    assert promise(OFFICE, now, chicago(3, 6, 17), "Mara") == OnDuty("Mara", chicago(3, 6, 17))
    assert promise(OFFICE, now, chicago(3, 6, 17, 1), "Mara") == Later(chicago(3, 9, 9))
    assert promise(OFFICE, chicago(3, 7, 3), chicago(3, 7, 3, 10), "Mara") == Later(chicago(3, 9, 9))
    assert promise(OFFICE, now, now, "Mara") == Nobody()


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        (msgspec.structs.replace(OFFICE, zone="Mars/Olympus"), "zone"),
        (msgspec.structs.replace(OFFICE, zone="localtime"), "zone"),
        (hours({"monday": [(540, 700), (690, 800)]}), "monday"),
        (hours({"friday": [(m, m + 1) for m in range(0, 70, 10)]}), "friday"),
        (CoverageHours(zone="UTC", sunday=(Span(time(9, 0, 1), time(17)),)), "sunday"),
        (CoverageHours(zone="UTC", sunday=(Span(time(9), time(17, tzinfo=UTC)),)), "sunday"),
        (
            CoverageHours(zone="UTC", holidays=tuple(date.fromordinal(740000 + n) for n in range(401))),
            "holidays",
        ),
    ],
)
def test_wrong_hours_are_named(broken: CoverageHours, path: str) -> None:
    assert [problem.path for problem in problems(broken)] == [path]


def test_sound_hours_have_no_problems_and_survive_the_copy_into_a_row() -> None:
    for sound in (OFFICE, EVERY_NIGHT, ALWAYS, NEVER):
        assert problems(sound) == []
        assert msgspec.json.decode(msgspec.json.encode(sound), type=CoverageHours) == sound
