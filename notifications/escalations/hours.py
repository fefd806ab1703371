"""A week of duty as a programme enters it: wall-clock spans in one zone, less the holidays.

A wall time that does not exist moves forward by the gap; one that comes twice takes the first.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from msgspec import Struct

from server.core.errors import FieldProblem
from server.core.zones import UnknownZone, zone

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HORIZON = timedelta(days=731)
"""How far ahead duty is looked for. A team with no duty in two years counts as a team with none at all."""

_DAY = timedelta(days=1)
_MAX_SPANS_A_DAY = 6
_MAX_HOLIDAYS = 400


class Span(Struct, frozen=True, forbid_unknown_fields=True):
    """Duty from `start` until just before `end`; an end at or before the start is on the next day."""

    start: time
    end: time


class CoverageHours(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The week of duty in `zone`. A span that starts on a holiday is dropped; one that runs into it stays."""

    zone: str
    monday: tuple[Span, ...] = ()
    tuesday: tuple[Span, ...] = ()
    wednesday: tuple[Span, ...] = ()
    thursday: tuple[Span, ...] = ()
    friday: tuple[Span, ...] = ()
    saturday: tuple[Span, ...] = ()
    sunday: tuple[Span, ...] = ()
    holidays: tuple[date, ...] = ()

    def spans(self, weekday: int) -> tuple[Span, ...]:
        """The spans that start on a weekday, Monday being 0."""
        week = (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )
        return week[weekday]


_WEEK = 7 * 24 * 60
_DAY_OF_WORK = 12 * 60
_24H = (Span(time(0), time(0)),)
ALWAYS = CoverageHours(
    zone="UTC",
    monday=_24H,
    tuesday=_24H,
    wednesday=_24H,
    thursday=_24H,
    friday=_24H,
    saturday=_24H,
    sunday=_24H,
)


def has_no_hole(hours: CoverageHours) -> bool:
    """True only when every minute of the week is covered, holidays too: "day and night" may be said."""
    return not hours.holidays and _longest_stretch(hours) >= _WEEK


def works_in_shifts(hours: CoverageHours) -> bool:
    """True where duty lasts longer than anybody's day of work, holidays aside: nobody is there all that time."""
    return _longest_stretch(hours) > _DAY_OF_WORK


@lru_cache(maxsize=64)
def _longest_stretch(hours: CoverageHours) -> int:
    """The longest duty of a usual week without a hole, in minutes; a week at least where there is none at all."""
    week: list[tuple[int, int]] = []
    for weekday in range(7):
        for span in hours.spans(weekday):
            start = weekday * 1440 + _minute(span.start)
            week.append((start, start + ((_minute(span.end) - _minute(span.start)) % 1440 or 1440)))
    longest, began, reached = 0, 0, -1
    for start, end in sorted([*week, *((start + _WEEK, end + _WEEK) for start, end in week)]):
        if start > reached:
            began = start
        reached = max(reached, end)
        longest = max(longest, reached - began)
    return longest


def problems(hours: CoverageHours) -> list[FieldProblem]:
    """Everything wrong with the hours as somebody typed them; empty when they can be used."""
    found: list[FieldProblem] = []
    try:
        zone(hours.zone)
    except UnknownZone as unknown:
        found.append(FieldProblem("zone", str(unknown)))
    for weekday, name in enumerate(WEEKDAYS):
        spans = hours.spans(weekday)
        if len(spans) > _MAX_SPANS_A_DAY:
            found.append(FieldProblem(name, f"may have at most {_MAX_SPANS_A_DAY} spans"))
        for wall in (wall for span in spans for wall in (span.start, span.end)):
            if wall.tzinfo is not None or wall.second or wall.microsecond:
                found.append(FieldProblem(name, "takes local times in whole minutes"))
                break
        ordered = sorted((_minute(span.start), _minute(span.end)) for span in spans)
        ends = [end if end > start else 1440 + end for start, end in ordered]
        if any(end > start for end, (start, _) in zip(ends, ordered[1:], strict=False)):
            found.append(FieldProblem(name, "has spans that overlap"))
    if len(hours.holidays) > _MAX_HOLIDAYS:
        found.append(FieldProblem("holidays", f"may have at most {_MAX_HOLIDAYS} days"))
    return found


def stretches(hours: CoverageHours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Duty that ends after `at`, in order of start, day by day up to the horizon."""
    day = at.astimezone(zone(hours.zone)).date() - _DAY
    for days in range(HORIZON.days + 2):
        yield from (stretch for stretch in on_day(hours, day + days * _DAY) if stretch[1] > at)


@lru_cache(maxsize=1024)
def on_day(hours: CoverageHours, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The duty that starts on a date, in order, as instants; a holiday has none."""
    if day in hours.holidays:
        return ()
    found: list[tuple[datetime, datetime]] = []
    for span in hours.spans(day.weekday()):
        last_day = day + _DAY if span.end <= span.start else day
        found.append((instant(hours, day, span.start), instant(hours, last_day, span.end)))
    return tuple(sorted((start, end) for start, end in found if start < end))


def instant(hours: CoverageHours, day: date, wall: time) -> datetime:
    """The instant a wall time on a date comes in the zone of the hours."""
    return datetime.combine(day, wall.replace(fold=0), tzinfo=zone(hours.zone)).astimezone(UTC)


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute
