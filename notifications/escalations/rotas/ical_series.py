"""A weekly rule of an iCalendar file as shifts that repeat: one series for each weekday and 24 hours."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import count, islice
from typing import cast
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from notifications.escalations.rotas.duty import instant
from notifications.escalations.rotas.ical_lines import YEARS, Event, Line, Unfit, Wall, date_time, moment
from notifications.escalations.rotas.problems import MAX_WEEKS
from notifications.escalations.rotas.rota import Layer
from server.core.zones import zone

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_RULE_PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "WKST"})
_MAX_COUNT, _MAX_LEFT_OUT = 5000, 400


class Series(Struct, frozen=True, kw_only=True):
    """One shift of at most 24 hours on one weekday, every `interval` weeks from `first` to `last` (included).

    `left_out`: dates on which it does not take place. All in wall time of `zone`.
    """

    event: Event
    layer: Layer
    person: UUID
    zone: str
    first: date
    start: time
    end: time
    interval: int
    last: date | None
    left_out: frozenset[date] = frozenset()

    def takes_place(self, day: date) -> bool:
        """True where the rule names this date, left out or not."""
        days = (day - self.first).days
        return days >= 0 and days % (7 * self.interval) == 0 and (self.last is None or day <= self.last)


class _Rule(Struct, frozen=True, kw_only=True):
    """Every `interval` weeks on `weekdays` (1 is Monday), from `first` to `last`, in wall time of `zone`."""

    zone: str
    first: datetime
    interval: int
    weekdays: tuple[int, ...]
    last: date | None = None

    def first_on(self, weekday: int) -> date:
        """The first date on one of the weekdays."""
        ahead = weekday - self.first.isoweekday()
        return self.first.date() + ahead * _DAY + (self.interval * _WEEK if ahead < 0 else 0 * _DAY)

    def dates(self) -> Iterator[date]:
        """All dates in order, without end."""
        starts = sorted(map(self.first_on, self.weekdays))
        return (day + round_ * self.interval * _WEEK for round_ in count() for day in starts)


def series(
    event: Event,
    layer: Layer,
    person: UUID,
    times: tuple[Wall, Wall],
    default_zone: str | None,
    moved: Sequence[datetime] = (),
) -> Iterator[Series]:
    """The shifts of a weekly event, those longer than a day cut into pieces of 24 hours; raises Unfit.

    `moved`: the instants of its dates that were moved or called off (RECURRENCE-ID).
    """
    (start, where), (end, end_zone) = times
    if end_zone != where:
        end = instant(end_zone, end.date(), end.time()).astimezone(zone(where)).replace(tzinfo=None)
    rule = _rule(cast("Line", event.first("RRULE")), start, where)
    if not timedelta(0) < end - start <= _WEEK:
        raise Unfit("must end after it begins, and within a week")
    left_out = _left_out(event, rule, default_zone) | {_date_moved(at, rule) for at in moved}
    for weekday in rule.weekdays:
        first = rule.first_on(weekday)
        if rule.last is not None and first > rule.last:
            continue
        begins = start
        for later in (days * _DAY for days in range(-(-(end - start) // _DAY))):
            yield Series(
                event=event,
                layer=layer,
                person=person,
                zone=where,
                first=first + later,
                start=start.time(),
                end=min(begins + _DAY, end).time(),
                interval=rule.interval,
                last=None if rule.last is None else rule.last + later,
                left_out=frozenset(day + later for day in left_out),
            )
            begins += _DAY


def _rule(line: Line, start: datetime, where: str) -> _Rule:
    parts = _parts(line)
    if parts.get("FREQ") != ["WEEKLY"] or not parts.keys() <= _RULE_PARTS:
        raise Unfit("repeats in a way a rota cannot: only FREQ=WEEKLY with INTERVAL, BYDAY and UNTIL", line)
    interval = cast("int", parts.get("INTERVAL", [1])[0])
    if not 1 <= interval <= MAX_WEEKS:
        raise Unfit(f"repeats every {interval} weeks; 1 to {MAX_WEEKS} can be taken", line)
    names = [str(day) for day in parts.get("BYDAY", [_WEEKDAYS[start.weekday()]])]
    if not {*names} <= {*_WEEKDAYS}:
        raise Unfit("names a weekday of a month; only weekdays of the week can be taken", line)
    if _WEEKDAYS[start.weekday()] not in names:
        raise Unfit("begins on a weekday that its BYDAY does not name", line)
    from_monday = parts.get("WKST", ["MO"]) == ["MO"]
    if not from_monday and interval > 1 and "SU" in names and len({*names}) > 1:
        raise Unfit("counts its weeks from another day than Monday; give Sunday an event of its own", line)
    weekdays = tuple(sorted({_WEEKDAYS.index(name) + 1 for name in names}))
    rule = _Rule(zone=where, first=start, interval=interval, weekdays=weekdays)
    return replace(rule, last=_last(line, parts, rule))


def _parts(line: Line) -> dict[str, list[object]]:
    from icalendar.prop import vRecur

    pieces = line.value.split(";")
    names = [piece.partition("=")[0].upper() for piece in pieces]
    if len({*names}) < len(names) or any(piece.count("=") != 1 for piece in pieces):
        raise Unfit("has an RRULE that cannot be read", line)
    try:
        read = cast("dict[str, list[object]]", vRecur.from_ical(line.value))
    except (ValueError, TypeError, OverflowError):
        raise Unfit("has an RRULE that cannot be read", line) from None
    return {name.upper(): list(given) for name, given in read.items()}


def _last(line: Line, parts: dict[str, list[object]], rule: _Rule) -> date | None:
    """The date of the last shift; None where the rule has no end."""
    if "COUNT" in parts and "UNTIL" in parts:
        raise Unfit("has COUNT and UNTIL; one of them can be taken", line)
    if "COUNT" in parts:
        times = cast("int", parts["COUNT"][0])
        if not 1 <= times <= _MAX_COUNT:
            raise Unfit(f"has a COUNT that is not from 1 to {_MAX_COUNT}", line)
        return next(islice(rule.dates(), times - 1, None))
    if "UNTIL" not in parts:
        return None
    until = parts["UNTIL"][0]
    if not isinstance(until, date):
        raise Unfit("has an UNTIL that is no date", line)
    if until.year > YEARS[-1]:
        return None
    last = until.date() if isinstance(until, datetime) else until
    if isinstance(until, datetime) and until.year in YEARS:
        ends_at = until if until.tzinfo else instant(rule.zone, until.date(), until.time())
        last = ends_at.astimezone(zone(rule.zone)).date()
        if instant(rule.zone, last, rule.first.time()) > ends_at:
            last -= _DAY
    if last < rule.first.date():
        raise Unfit("ends by its UNTIL before it begins", line)
    return last


def _left_out(event: Event, rule: _Rule, default_zone: str | None) -> frozenset[date]:
    """The dates an EXDATE takes out."""
    for name in ("RDATE", "EXRULE"):
        if line := event.first(name):
            raise Unfit(f"has {name}, which a rota cannot express; make it single events", line)
    found: set[date] = set()
    for line in event.properties.get("EXDATE", ()):
        if "COUNT" in cast("Line", event.first("RRULE")).value.upper():
            raise Unfit("has COUNT and EXDATE together; give it an UNTIL", line)
        for value in line.value.split(","):
            found.add(_date_left_out(Line(line.number, line.params, value), rule, default_zone))
    if len(found) > _MAX_LEFT_OUT:
        raise Unfit(f"leaves out more than {_MAX_LEFT_OUT} dates")
    return frozenset(found)


def _date_moved(at: datetime, rule: _Rule) -> date:
    day = at.astimezone(zone(rule.zone)).date()
    for candidate in (day, day - _DAY):
        weeks = (candidate - rule.first_on(candidate.isoweekday())).days // 7
        named = candidate.isoweekday() in rule.weekdays and weeks >= 0 and weeks % rule.interval == 0
        if named and instant(rule.zone, candidate, rule.first.time()) == at:
            return candidate
    raise Unfit("has a date moved by RECURRENCE-ID that is none of its dates")


def _date_left_out(line: Line, rule: _Rule, default_zone: str | None) -> date:
    if len(line.value) == len("20261231") and line.value.isdigit():
        return date_time(line, f"{line.value}T000000").date()
    wall, where = moment(line, default_zone)
    day = wall.date()
    if where != rule.zone:
        day = instant(where, day, wall.time()).astimezone(zone(rule.zone)).date()
    if instant(where, wall.date(), wall.time()) != instant(rule.zone, day, rule.first.time()):
        raise Unfit("leaves out a time at which it does not begin", line)
    return day
