"""When a client is asked: a closed set of recurrences and the instants they fall on. Clock changes, in words:

1. Wall time is kept; the client's zone says what instant it is: one slot per scheduled local date and time.
2. A time the clock jumps over moves forward by the jump: 02:30 on the spring night is asked at 03:30. A slot
   at 03:30 stands as well, at the same instant: two slots, two keys. A date a zone skips whole (Pacific/Apia,
   2011-12-30) is a jump of 24 hours: its slots are asked on the next date, beside that date's own.
3. A time the clock shows twice is asked the first time.
4. Slots go out in order of wall time, their key. Asked at 09:00 in New York, at 08:30 in Chicago: not again.
5. A slot due before `not_before`, the moment the schedule was saved or the zone changed, is left out. By the
   time of the tick, slots due in an outage would vanish, and 03:00 of a spring night, which follows 02:30.
6. Windows and reminders are elapsed time from the due instant, across midnight and clock changes alike.
"""

import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice, pairwise
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import force_setattr

from server.core.errors import FieldProblem
from server.core.zones import zone as zone_named

_T = TypeVar("_T", int, str)
_WEEK = range(1, 8)
_DAY, _MINUTE, _DAY_MINUTES = timedelta(days=1), timedelta(minutes=1), 24 * 60
_FIRST_DAY, _LAST_DAY = date(2020, 1, 1), date(2100, 12, 31)  # an open-ended schedule runs to the last
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2102, 1, 1, tzinfo=UTC)
_is_time = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]").fullmatch


class Frequency(StrEnum):
    """The days a schedule asks on; each may ask several times a day."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    EVERY_N_WEEKS = "every_n_weeks"
    MONTHLY = "monthly"


def _in_order(values: tuple[_T, ...], is_good: Callable[[_T], object]) -> tuple[_T, ...]:
    """Sorted when all are good and distinct; else as given, so that a problem names the place as typed."""
    sound = all(map(is_good, values)) and len(set(values)) == len(values)
    return tuple(sorted(values)) if sound else values


class Recurrence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Local days and times: `times` are "HH:MM", `weekdays` ISO 1 (Monday) to 7; both are kept sorted.
    Weeks run from Monday, counted from that of `starts_on`; a month too short takes its last day."""

    frequency: Frequency
    times: tuple[str, ...]
    weekdays: tuple[int, ...] = ()
    interval_weeks: int = 1
    day_of_month: int | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "times", _in_order(self.times, _is_time))
        force_setattr(self, "weekdays", _in_order(self.weekdays, _WEEK.__contains__))


class SchedulePattern(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One schedule; its zone is the client's and travels. Both dates are local and included. A check-in stays
    open for `window_minutes`; `reminders` are minutes after it fell due, kept sorted."""

    recurrence: Recurrence
    window_minutes: int
    reminders: tuple[int, ...] = ()
    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        inside = range(1, self.window_minutes)
        force_setattr(self, "reminders", _in_order(self.reminders, inside.__contains__))


class Slot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scheduled local date and time, and the UTC instants it is asked, reminded of and closed at."""

    on: date
    at: str
    zone: str
    due_at: datetime
    closes_at: datetime
    remind_at: tuple[datetime, ...]

    @property
    def key(self) -> str:
        """The local wall time, e.g. "2026-11-21T09:00": unique in a schedule, the order slots go out in."""
        return f"{self.on.isoformat()}T{self.at}"


def problems(pattern: SchedulePattern) -> tuple[FieldProblem, ...]:
    """Everything wrong with `pattern`, each with the path of its field; empty when it may be used."""
    found = list(_rule_problems(pattern.recurrence, pattern.window_minutes, pattern.reminders))
    for path, day in (("starts_on", pattern.starts_on), ("ends_on", pattern.ends_on)):
        if day is not None and not _FIRST_DAY <= day <= _LAST_DAY:
            found.append(FieldProblem(path, f"Choose a date from {_FIRST_DAY.year} to {_LAST_DAY.year}."))
    if pattern.ends_on is not None and pattern.ends_on < pattern.starts_on:
        found.append(FieldProblem("ends_on", "The schedule ends before it starts."))
    return tuple(found)


def _rule_problems(recurrence: Recurrence, window: int, reminders: tuple[int, ...]) -> Iterator[FieldProblem]:
    yield from (in_recurrence := tuple(_recurrence_problems(recurrence)))
    if not 15 <= window <= 7 * _DAY_MINUTES:
        yield FieldProblem("window_minutes", "The window lasts 15 minutes to 7 days.")
    elif not in_recurrence and window > _shortest_interval(recurrence):
        yield FieldProblem(
            "window_minutes", "The window is longer than the shortest time between two check-ins."
        )
    rule = "A reminder comes after the check-in opens and before its window closes."
    yield from _list_problems("reminders", reminders, range(4), range(1, window).__contains__, rule)


def _recurrence_problems(it: Recurrence) -> Iterator[FieldProblem]:
    weekly = it.frequency in (Frequency.WEEKDAYS, Frequency.EVERY_N_WEEKS)
    for name, given, belongs in (
        ("weekdays", it.weekdays != (), weekly),
        ("interval_weeks", it.interval_weeks != 1, it.frequency == Frequency.EVERY_N_WEEKS),
        ("day_of_month", it.day_of_month is not None, it.frequency == Frequency.MONTHLY),
    ):
        if given and not belongs:
            yield FieldProblem(
                f"recurrence.{name}", "This belongs to another kind of schedule; leave it out."
            )
    rule = "Write a time of day as HH:MM, from 00:00 to 23:59."
    yield from _list_problems("recurrence.times", it.times, range(1, 13), _is_time, rule)
    if weekly:
        rule = "A weekday is a number from 1 (Monday) to 7 (Sunday)."
        yield from _list_problems("recurrence.weekdays", it.weekdays, _WEEK, _WEEK.__contains__, rule)
    if it.frequency == Frequency.EVERY_N_WEEKS and not 1 <= it.interval_weeks <= 52:
        yield FieldProblem("recurrence.interval_weeks", "Choose an interval of 1 to 52 weeks.")
    if it.frequency == Frequency.MONTHLY and (it.day_of_month is None or not 1 <= it.day_of_month <= 31):
        yield FieldProblem("recurrence.day_of_month", "Choose a day of the month from 1 to 31.")


def _list_problems(
    path: str, values: tuple[_T, ...], sizes: range, is_good: Callable[[_T], object], rule: str
) -> Iterator[FieldProblem]:
    if len(values) not in sizes:
        yield FieldProblem(path, f"Choose {sizes[0]} to {sizes[-1]} of these.")
        return
    for index, value in enumerate(values):
        if not is_good(value):
            yield FieldProblem(f"{path}[{index}]", rule)
        elif value in values[:index]:
            yield FieldProblem(f"{path}[{index}]", "This is in the list twice.")


def _shortest_interval(it: Recurrence) -> int:
    """The fewest wall-clock minutes from one check-in to the next, into the next scheduled day included."""
    weekdays = it.weekdays or tuple(_WEEK)
    days_apart = min(b - a for a, b in pairwise((*weekdays, weekdays[0] + 7 * it.interval_weeks)))
    if it.frequency == Frequency.MONTHLY:
        days_apart = 28  # the 1st of February to the 1st of March
    minutes = [int(at[:2]) * 60 + int(at[3:]) for at in it.times]
    return min(b - a for a, b in pairwise((*minutes, minutes[0] + days_apart * _DAY_MINUTES)))


def instant(on: date, at: str, zone: str) -> datetime:
    """The UTC instant of wall time `at` ("HH:MM") by rules 2 to 4 above; raises UnknownZone or ValueError."""
    if not _is_time(at):
        raise ValueError("a wall time is written HH:MM")
    # fold=0 (PEP 495) is the first of a repeated time, and for a missing one the offset from before the jump.
    return datetime.combine(on, time.fromisoformat(at), zone_named(zone)).astimezone(UTC)


@lru_cache(maxsize=4096)
def _spans(recurrence: Recurrence, window: int, reminders: tuple[int, ...]) -> tuple[timedelta, ...]:
    """Window and reminders as durations, window first; raises ValueError for what `problems` would refuse."""
    for problem in _rule_problems(recurrence, window, reminders):
        raise ValueError(f"{problem.path}: {problem.message}")
    return tuple(timedelta(minutes=minutes) for minutes in (window, *reminders))


@lru_cache(maxsize=4096)
def _key_before(not_before: datetime, zone: str) -> str:
    """A key that every slot due from `not_before` on comes after, a jump of up to one day allowed for."""
    if not_before.tzinfo is None:
        raise ValueError("not_before carries no zone")
    now, there = min(max(not_before, _EARLIEST), _LATEST), zone_named(zone)
    wall, yesterday = (moment.astimezone(there).replace(tzinfo=None) for moment in (now, now - _DAY))
    return (min(wall, yesterday + _DAY) - _MINUTE).isoformat(timespec="minutes")


def _in_month(day: date, day_of_month: int) -> date:
    return day.replace(day=min(day_of_month, monthrange(day.year, day.month)[1]))


def _day_from(it: Recurrence, starts_on: date, day: date) -> date:
    """The first scheduled date on or after `day`."""
    if it.day_of_month is not None:
        here = _in_month(day, it.day_of_month)
        return here if here >= day else _in_month(day.replace(day=1) + 31 * _DAY, it.day_of_month)
    weekdays = it.weekdays or _WEEK
    weeks, today = divmod((day - starts_on).days + starts_on.weekday(), 7)
    to_wait, later = -weeks % it.interval_weeks, bisect_left(weekdays, today + 1)
    if to_wait == 0 and later < len(weekdays):
        return day + timedelta(days=weekdays[later] - 1 - today)
    return day + timedelta(weeks=to_wait or it.interval_weeks, days=weekdays[0] - 1 - today)


def _walk(pattern: SchedulePattern, zone: str, after: str | None, not_before: datetime) -> Iterator[Slot]:
    it, last_day = pattern.recurrence, min(pattern.ends_on or _LAST_DAY, _LAST_DAY)
    window, *reminders = _spans(it, pattern.window_minutes, pattern.reminders)
    mark = max(after or "", _key_before(not_before, zone))
    mark_on, mark_at = date.fromisoformat(mark[:10]), mark[11:]
    day = max(pattern.starts_on, mark_on)
    while day <= last_day and (day := _day_from(it, pattern.starts_on, day)) <= last_day:
        for at in it.times:
            if (day > mark_on or at > mark_at) and (due_at := instant(day, at, zone)) >= not_before:
                closes_at, remind_at = due_at + window, tuple([due_at + later for later in reminders])
                yield Slot(on=day, at=at, zone=zone, due_at=due_at, closes_at=closes_at, remind_at=remind_at)
        day += _DAY


def next_slot(pattern: SchedulePattern, zone: str, *, after: str | None, not_before: datetime) -> Slot | None:
    """The first slot by key after `after`, the key last handed out, and due from `not_before` on; None once
    the schedule is over. Raises UnknownZone, or ValueError for a rule that `problems` refuses."""
    return next(_walk(pattern, zone, after, not_before), None)


def slots(
    pattern: SchedulePattern, zone: str, *, after: str | None, not_before: datetime, limit: int
) -> tuple[Slot, ...]:
    """The next slots, at most `limit`: what repeated `next_slot` gives with the same `not_before`."""
    return tuple(islice(_walk(pattern, zone, after, not_before), limit))


def rotation(pattern: SchedulePattern, slot_on: date, at: str) -> int:
    """How many slots the calendar holds before this one, from the week or month of `starts_on` on: modulo the
    number of rotating items each has its turn. (By date alone, 7 items asked on Mondays would not change.)"""
    it, starts_on = pattern.recurrence, pattern.starts_on
    weeks, today = divmod((slot_on - starts_on).days + starts_on.weekday(), 7)
    weekdays = it.weekdays or _WEEK
    days = weeks // it.interval_weeks * len(weekdays) + bisect_left(weekdays, today + 1)
    if it.day_of_month is not None:
        days = (slot_on.year - starts_on.year) * 12 + slot_on.month - starts_on.month
    return days * len(it.times) + bisect_left(it.times, at)
