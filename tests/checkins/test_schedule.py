"""The schedule rule against `whenever`, an independent implementation, in every zone of the wheel."""

import random
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice

import msgspec
import pytest
import whenever
from hypothesis import given, settings
from hypothesis import strategies as st

from checkins.schedule import (
    Frequency,
    Recurrence,
    SchedulePattern,
    Slot,
    instant,
    next_slot,
    problems,
    rotation,
    slots,
)
from server.core.zones import ZONES, UnknownZone, zone

whenever.reset_tzpath(())  # the oracle reads the wheel too
whenever.clear_tzcache()

_NAMES = sorted(ZONES)
_FROM = datetime(2024, 12, 31, tzinfo=UTC)
Case = tuple[SchedulePattern, str, datetime]
_thorough = settings(max_examples=200, deadline=None)


def pattern(
    recurrence: object, window: int = 60, starts_on: str = "2026-01-01", **rest: object
) -> SchedulePattern:
    fields = {"recurrence": recurrence, "window_minutes": window, "starts_on": starts_on, **rest}
    return msgspec.json.decode(msgspec.json.encode(fields), type=SchedulePattern)


def daily(*times: str, window: int = 15, **rest: object) -> SchedulePattern:
    return pattern({"frequency": "daily", "times": times}, window, **rest)


def at_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """The instants in 2025 to 2027 at which the clock of `name` is put forward or back, to the minute."""

    def offset(minute: int) -> timedelta | None:
        return (_FROM + timedelta(minutes=minute)).astimezone(zone(name)).utcoffset()

    days = [day for day in range(0, 1096 * 1440, 1440) if offset(day) != offset(day + 1440)]
    found = [
        bisect_left(range(d, d + 1440), True, key=lambda m, d=d: offset(m) != offset(d)) + d for d in days
    ]
    return tuple(_FROM + timedelta(minutes=minute) for minute in found)


def by_whenever(on: date, at: str, name: str) -> datetime:
    wall = whenever.PlainDateTime(f"{on}T{at}")
    return wall.assume_tz(name, disambiguation="compatible").to_instant().to_stdlib()


def asked_on(it: Recurrence, starts_on: date, day: date) -> bool:
    monday, this_monday = (d - timedelta(days=d.weekday()) for d in (starts_on, day))
    match it.frequency:
        case Frequency.DAILY:
            return True
        case Frequency.WEEKDAYS:
            return day.isoweekday() in it.weekdays
        case Frequency.EVERY_N_WEEKS:
            weeks = (this_monday - monday).days // 7
            return day.isoweekday() in it.weekdays and weeks % it.interval_weeks == 0
        case Frequency.MONTHLY:
            return day.day == min(it.day_of_month or 0, monthrange(day.year, day.month)[1])


def by_hand(given: SchedulePattern, name: str, days: int = 800) -> Iterator[tuple[str, datetime]]:
    """Key and instant of every slot, found by looking at each date in turn."""
    for day in (given.starts_on + timedelta(days=n) for n in range(days)):
        if asked_on(given.recurrence, given.starts_on, day) and day <= (given.ends_on or date.max):
            for at in sorted(given.recurrence.times):
                yield f"{day}T{at}", by_whenever(day, at, name)


@st.composite
def patterns(draw: st.DrawFn) -> SchedulePattern:
    quarter_hours = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
    fields: dict[str, object] = {
        "frequency": (frequency := draw(st.sampled_from(Frequency))),
        "times": draw(st.lists(quarter_hours, min_size=1, max_size=12, unique=True)),
    }
    if frequency in (Frequency.WEEKDAYS, Frequency.EVERY_N_WEEKS):
        fields["weekdays"] = draw(st.lists(st.integers(1, 7), min_size=1, unique=True))
    if frequency == Frequency.EVERY_N_WEEKS:
        fields["interval_weeks"] = draw(st.integers(1, 52))
    if frequency == Frequency.MONTHLY:
        fields["day_of_month"] = draw(st.integers(1, 31))
    starts_on = draw(st.dates(date(2025, 1, 1), date(2027, 12, 31)))
    ends_on = draw(st.none() | st.dates(starts_on, starts_on + timedelta(days=700)))
    return pattern(
        fields, 15, str(starts_on), ends_on=ends_on, reminders=draw(st.sampled_from([[], [10], [9, 5]]))
    )


@st.composite
def near_a_change(draw: st.DrawFn) -> Case:
    """A pattern asking several times around a change night of a zone that has one, and a moment near it."""
    name = draw(st.sampled_from([name for name in _NAMES if changes(name)]))
    change = draw(st.sampled_from(changes(name)))
    local = change.astimezone(zone(name)).replace(tzinfo=None)
    around = draw(st.lists(st.integers(-12, 12), min_size=1, max_size=12, unique=True))
    times = [f"{local + timedelta(minutes=15 * step):%H:%M}" for step in around]
    starts_on = local.date() - timedelta(days=draw(st.integers(0, 3)))
    return (
        daily(*times, starts_on=str(starts_on)),
        name,
        change + timedelta(minutes=draw(st.integers(-2000, 2000))),
    )


@st.composite
def anywhere(draw: st.DrawFn) -> Case:
    """Any pattern in any zone, and a moment from some days before its start to ten months after."""
    given = draw(patterns())
    start = datetime.combine(given.starts_on, datetime.min.time(), UTC)
    return given, draw(st.sampled_from(_NAMES)), start + timedelta(hours=draw(st.integers(-400, 300 * 24)))


def test_every_quarter_hour_of_both_change_nights_agrees_with_whenever_in_every_zone() -> None:
    assert whenever.get_tzpath() == ()
    nights = {(name, change) for name in _NAMES for change in changes(name)}
    assert len({name for name, _ in nights}) > 200
    for name, change in nights:
        midday = change.astimezone(zone(name)).replace(tzinfo=None) - timedelta(hours=13)
        for wall in (midday + timedelta(minutes=15 * step) for step in range(104)):
            at = f"{wall:%H:%M}"
            assert instant(wall.date(), at, name) == by_whenever(wall.date(), at, name), (name, wall)


def test_any_minute_of_any_year_agrees_with_whenever_in_every_zone() -> None:
    pick = random.Random(21)
    for name in _NAMES:
        for _ in range(40):
            wall = datetime(2020, 1, 1) + timedelta(minutes=pick.randrange(80 * 365 * 1440))  # noqa: DTZ001
            at = f"{wall:%H:%M}"
            assert instant(wall.date(), at, name) == by_whenever(wall.date(), at, name), (name, wall)


@pytest.mark.parametrize(
    ("incident", "name", "wall", "expected"),
    [
        ("spring night", "America/Chicago", "2026-03-08T02:30", "2026-03-08T08:30"),
        ("the hour it moved to", "America/Chicago", "2026-03-08T03:30", "2026-03-08T08:30"),
        ("autumn night, first time", "America/Chicago", "2026-11-01T01:30", "2026-11-01T06:30"),
        ("half-hour jump", "Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45"),
        ("half-hour repeat", "Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("jump at midnight", "Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00"),
        ("date skipped whole", "Pacific/Apia", "2011-12-30T09:00", "2011-12-30T19:00"),
        ("the date after it", "Pacific/Apia", "2011-12-31T09:00", "2011-12-30T19:00"),
        ("date skipped whole", "Pacific/Kwajalein", "1993-08-21T09:00", "1993-08-21T21:00"),
        ("45 minutes off", "Asia/Kathmandu", "2026-06-01T09:00", "2026-06-01T03:15"),
    ],
)
def test_an_odd_night_has_one_known_instant(incident: str, name: str, wall: str, expected: str) -> None:
    on, at = date.fromisoformat(wall[:10]), wall[11:]
    assert instant(on, at, name) == at_utc(expected) == by_whenever(on, at, name), incident


def test_a_skipped_date_is_still_asked_once_beside_the_next_one() -> None:
    noor = daily("09:00", starts_on="2011-12-29")
    found = slots(noor, "Pacific/Apia", after=None, not_before=at_utc("2011-12-29T00:00"), limit=4)
    assert [slot.key[8:10] for slot in found] == ["29", "30", "31", "01"]
    assert [slot.due_at.day for slot in found] == [29, 30, 30, 31]


@_thorough
@given(near_a_change() | anywhere())
def test_exactly_one_slot_per_scheduled_local_date_and_time(case: Case) -> None:
    noor, name, saved_at = case
    expected = list(islice(((key, due_at) for key, due_at in by_hand(noor, name) if due_at >= saved_at), 30))
    found = slots(noor, name, after=None, not_before=saved_at, limit=30)
    assert [(slot.key, slot.due_at) for slot in found[: len(expected)]] == expected
    assert len(found) == len(expected) or noor.ends_on is None
    for slot in found:
        assert (slot.closes_at - slot.due_at, slot.zone) == (timedelta(minutes=15), name)
        assert slot.remind_at == tuple(slot.due_at + timedelta(minutes=m) for m in sorted(noor.reminders))


@_thorough
@given(near_a_change() | anywhere(), st.integers(1, 30), st.data())
def test_asking_one_by_one_or_stopping_anywhere_gives_the_same_slots(
    case: Case, cut: int, data: st.DataObject
) -> None:
    noor, name, saved_at = case
    whole = slots(noor, name, after=None, not_before=saved_at, limit=30)
    chain: list[Slot] = []
    while (
        slot := next_slot(noor, name, after=chain[-1].key if chain else None, not_before=saved_at)
    ) and len(chain) < 30:
        chain.append(slot)
    assert tuple(chain) == whole
    if whole:
        before, rest = whole[:cut], whole[cut:]
        assert slots(noor, name, after=before[-1].key, not_before=saved_at, limit=len(rest)) == rest
        edited_at = saved_at + timedelta(minutes=data.draw(st.integers(0, 20_000)))
        left = tuple(slot for slot in rest if slot.due_at >= edited_at)
        assert slots(noor, name, after=before[-1].key, not_before=edited_at, limit=len(left)) == left


@_thorough
@given(near_a_change() | anywhere(), st.lists(st.sampled_from(_NAMES), max_size=3), st.data())
def test_noor_travels_and_no_local_slot_comes_twice_or_into_the_past(
    case: Case, route: list[str], data: st.DataObject
) -> None:
    noor, home, now = case
    asked: list[str] = []
    for name in (home, *route):
        until, last = now + timedelta(minutes=data.draw(st.integers(0, 6000))), asked[-1] if asked else ""
        leg = slots(noor, name, after=last or None, not_before=now, limit=60)
        assert all(slot.due_at >= now for slot in leg)
        due_here = [
            key for key, due_at in by_hand(noor, name, days=340) if key > last and now <= due_at < until
        ]
        assert [slot.key for slot in leg if slot.due_at < until] == due_here
        asked, now = asked + due_here, until
    assert asked == sorted(set(asked))


@pytest.mark.parametrize(
    ("incident", "first", "then", "landed_at", "next_key"),
    [
        ("an hour west", "America/New_York", "America/Chicago", "2026-05-04T13:30", "2026-05-05T09:00"),
        ("east past 9", "America/Denver", "America/New_York", "2026-05-04T14:00", "2026-05-05T09:00"),
        ("a date gone", "Pacific/Honolulu", "Asia/Tokyo", "2026-05-05T01:00", "2026-05-06T09:00"),
        ("a date twice", "Asia/Tokyo", "Pacific/Honolulu", "2026-05-04T06:00", "2026-05-05T09:00"),
    ],
)
def test_noor_is_asked_at_nine_wherever_she_lands(
    incident: str, first: str, then: str, landed_at: str, next_key: str
) -> None:
    nine, landing = daily("09:00", starts_on="2026-05-04"), at_utc(landed_at)
    home = slots(nine, first, after=None, not_before=at_utc("2026-05-03T12:00"), limit=5)
    asked = [slot.key for slot in home if slot.due_at < landing]
    found = next_slot(nine, then, after=asked[-1] if asked else None, not_before=landing)
    assert found is not None
    assert (found.key, found.due_at) == (next_key, by_whenever(found.on, "09:00", then)), incident


def test_ten_to_midnight_stays_open_over_midnight_and_over_the_autumn_hour() -> None:
    late = daily("23:50", window=240, reminders=[120, 30])
    (slot,) = slots(late, "America/Chicago", after="2026-10-30T23:50", not_before=_FROM, limit=1)
    assert (slot.key, slot.due_at) == ("2026-10-31T23:50", at_utc("2026-11-01T04:50"))
    assert slot.remind_at == (at_utc("2026-11-01T05:20"), at_utc("2026-11-01T06:50"))
    assert slot.closes_at == at_utc("2026-11-01T08:50")


def test_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    rent_day = pattern(
        {"frequency": "monthly", "times": ["09:00"], "day_of_month": 31}, starts_on="2027-12-01"
    )
    found = slots(rent_day, "America/Chicago", after=None, not_before=_FROM, limit=6)
    assert [slot.key[5:10] for slot in found] == ["12-31", "01-31", "02-29", "03-31", "04-30", "05-31"]


def test_nothing_is_lost_when_the_worker_was_down_since_the_schedule_was_saved() -> None:
    noor = daily("02:30", "03:00", "03:30", starts_on="2026-03-08")
    found = slots(noor, "America/Chicago", after=None, not_before=_FROM, limit=3)
    assert [f"{slot.at} {slot.due_at:%H:%M}" for slot in found] == [
        "02:30 08:30",
        "03:00 08:00",
        "03:30 08:30",
    ]


def test_an_ended_schedule_and_the_end_of_time_are_quiet() -> None:
    noor = daily("09:00", "21:00", ends_on="2026-01-02")
    assert next_slot(noor, "UTC", after="2026-01-02T21:00", not_before=_FROM) is None
    assert next_slot(noor, "UTC", after=None, not_before=at_utc("2026-01-02T21:01")) is None
    for moment in (datetime.max.replace(tzinfo=UTC), at_utc("2100-12-31T21:01")):
        assert next_slot(daily("21:00"), "Etc/UTC", after=None, not_before=moment) is None
    first = next_slot(noor, "Asia/Tokyo", after=None, not_before=datetime.min.replace(tzinfo=UTC))
    assert first is not None
    assert first.key == "2026-01-01T09:00"


def test_a_clock_without_zone_an_unknown_zone_and_a_rule_that_never_asks_are_refused() -> None:
    with pytest.raises(ValueError, match="not_before carries no zone"):
        next_slot(daily("09:00"), "UTC", after=None, not_before=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(UnknownZone):
        next_slot(daily("09:00"), "localtime", after=None, not_before=_FROM)
    with pytest.raises(ValueError, match=r"recurrence\.weekdays: Choose 1 to 7 of these\."):
        next_slot(pattern({"frequency": "weekdays", "times": ["09:00"]}), "UTC", after=None, not_before=_FROM)
    with pytest.raises(ValueError, match="HH:MM"):
        instant(date(2026, 1, 1), "9", "UTC")


@_thorough
@given(patterns())
def test_rotating_questions_each_have_their_turn(given: SchedulePattern) -> None:
    found = slots(given, "UTC", after=None, not_before=_FROM - timedelta(days=9), limit=30)
    turns = [rotation(given, slot.on, slot.at) for slot in found]
    assert turns == list(range(turns[0], turns[0] + len(turns))) if turns else not found


_NINE, _WEEKLY = {"frequency": "daily", "times": ["09:00"]}, {"frequency": "weekdays", "times": ["09:00"]}
_N_WEEKS, _MONTHLY = (
    {"frequency": "every_n_weeks", "times": ["09:00"]},
    {"frequency": "monthly", "times": ["09:00"]},
)


@pytest.mark.parametrize(
    ("path", "word", "change"),
    [
        ("recurrence.times", "1 to 12", {"recurrence": _NINE | {"times": []}}),
        ("recurrence.times", "1 to 12", {"recurrence": _NINE | {"times": [f"{h:02}:00" for h in range(13)]}}),
        ("recurrence.times[1]", "twice", {"recurrence": _NINE | {"times": ["21:00", "21:00", "09:00"]}}),
        *[
            ("recurrence.times[1]", "HH:MM", {"recurrence": _NINE | {"times": ["21:00", bad]}})
            for bad in ("9:00", "24:00", "09:60", "09:00:00", "09:00\n", "", "\0", "٠٩:٠٠", "0٩:00", "T0900")
        ],
        ("recurrence.weekdays", "1 to 7", {"recurrence": _WEEKLY}),
        ("recurrence.weekdays", "1 to 7", {"recurrence": _N_WEEKS | {"interval_weeks": 2}}),
        ("recurrence.weekdays[1]", "Monday", {"recurrence": _WEEKLY | {"weekdays": [3, 0]}}),
        ("recurrence.weekdays[0]", "Monday", {"recurrence": _WEEKLY | {"weekdays": [8, 1]}}),
        ("recurrence.weekdays[2]", "twice", {"recurrence": _WEEKLY | {"weekdays": [5, 1, 5]}}),
        ("recurrence.weekdays", "another kind", {"recurrence": _NINE | {"weekdays": [1]}}),
        (
            "recurrence.interval_weeks",
            "another kind",
            {"recurrence": _WEEKLY | {"weekdays": [1], "interval_weeks": 2}},
        ),
        (
            "recurrence.interval_weeks",
            "1 to 52",
            {"recurrence": _N_WEEKS | {"weekdays": [1], "interval_weeks": 0}},
        ),
        (
            "recurrence.interval_weeks",
            "1 to 52",
            {"recurrence": _N_WEEKS | {"weekdays": [1], "interval_weeks": 53}},
        ),
        ("recurrence.day_of_month", "1 to 31", {"recurrence": _MONTHLY}),
        ("recurrence.day_of_month", "1 to 31", {"recurrence": _MONTHLY | {"day_of_month": 32}}),
        ("recurrence.day_of_month", "another kind", {"recurrence": _NINE | {"day_of_month": 1}}),
        ("window_minutes", "15 minutes to 7 days", {"window": 14}),
        ("window_minutes", "15 minutes to 7 days", {"window": 10081}),
        ("window_minutes", "15 minutes to 7 days", {"window": 2**62}),
        ("window_minutes", "shortest", {"window": 1441}),
        (
            "window_minutes",
            "shortest",
            {"recurrence": _NINE | {"times": ["00:10", "12:00", "23:30"]}, "window": 41},
        ),
        ("window_minutes", "shortest", {"recurrence": _WEEKLY | {"weekdays": [7, 1]}, "window": 1441}),
        ("reminders", "0 to 3", {"reminders": [1, 2, 3, 4]}),
        ("reminders[0]", "before its window closes", {"reminders": [60, 5]}),
        ("reminders[1]", "after the check-in opens", {"reminders": [5, 0]}),
        ("reminders[1]", "twice", {"reminders": [5, 5]}),
        ("starts_on", "2020 to 2100", {"starts_on": "2019-12-31"}),
        ("ends_on", "2020 to 2100", {"ends_on": "2101-01-01"}),
        ("ends_on", "before it starts", {"ends_on": "2025-12-31"}),
    ],
)
def test_bad_input_gets_one_clear_sentence_at_its_field(
    path: str, word: str, change: dict[str, object]
) -> None:
    (problem,) = problems(pattern(**{"recurrence": _NINE, **change}))  # pyright: ignore - keys checked by decoding
    assert problem.path == path
    assert word in problem.message
    assert problem.message.endswith(".")


@pytest.mark.parametrize(
    ("recurrence", "window"),
    [
        (_NINE | {"times": ["00:10", "12:00", "23:30"]}, 40),
        (_WEEKLY | {"weekdays": [1, 3]}, 2 * 1440),
        (_N_WEEKS | {"weekdays": [1], "interval_weeks": 1}, 7 * 1440),
        (_MONTHLY | {"day_of_month": 31}, 7 * 1440),
    ],
)
def test_a_window_as_long_as_the_shortest_interval_is_fine(recurrence: object, window: int) -> None:
    assert problems(pattern(recurrence, window)) == ()


@_thorough
@given(patterns())
def test_a_sound_pattern_has_no_problem_and_survives_storage_in_order(given: SchedulePattern) -> None:
    assert problems(given) == ()
    assert list(given.recurrence.times) == sorted(given.recurrence.times)
    assert msgspec.json.decode(msgspec.json.encode(given), type=SchedulePattern) == given


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="rrule"):
        pattern(_NINE | {"rrule": "FREQ=SECONDLY"})
