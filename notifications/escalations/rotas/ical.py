"""A calendar of duty as iCalendar files (RFC 5545) that calendar programs read. No client is ever in one.

Two files for two uses. `duty_file` is for reading along: who is on from when until when, all changes already
worked in, in UTC. `pattern_file` is for taking a rota elsewhere or back in: the shifts as weekly series in
wall time, and everything that is not plain pattern as single events, which is what ical_in.py reads.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec import Struct

from notifications.escalations.rotas.duty import BOTH, instant, stretches
from notifications.escalations.rotas.rota import Calendar, Layer, Rota, Shift, Stretch, Why
from server.core.zones import zone

if TYPE_CHECKING:
    import icalendar

NOBODY = "Nobody"
"""The name of a single event that says nobody is on: a hole announced ahead."""

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_PRODUCT = "-//Handrail//Rota//EN"
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PLAIN = (Why.SHIFT, Why.NO_SHIFT)
_Times = tuple[time, time, UUID]


class Writing(Struct, frozen=True, kw_only=True):
    """What a file needs beside the calendar: a name for each person, what marks this team's events (an id
    that stays the same), when it was made."""

    names: Mapping[UUID, str]
    team: str
    made_at: datetime

    def name(self, person: UUID | None) -> str:
        """A person's name; "Somebody" where none was given."""
        return NOBODY if person is None else self.names.get(person, "Somebody")


def duty_file(calendar: Calendar, writing: Writing, from_at: datetime, to_at: datetime) -> bytes:
    """Who is on duty between two instants: one event a stretch, none where nobody is on."""
    file = _file()
    for layer in BOTH:
        for one in stretches(calendar, layer, from_at, to_at):
            if one.on.person is not None:
                file.add_component(_single(one, writing))
    return file.to_ical()


def pattern_file(calendar: Calendar, writing: Writing, from_at: datetime) -> bytes:
    """The rotas from `from_at` on as weekly series, the holidays left out of them, and the rest as single events.

    The single events are what holidays, overrides and absences make of the pattern: read back in, the file
    gives the same duty at every instant from `from_at`. Names must then be distinct. A calendar program
    shows a single event beside the series it replaces; and where the clock changes during a shift, some show
    its end an hour off (RFC 5545 repeats the length of an event, not its end). `duty_file` has neither.
    """
    file = _file()
    rotas = sorted(calendar.rotas, key=lambda rota: rota.starts_on)
    for rota, following in zip(rotas, [*rotas[1:], None], strict=False):
        ends_on = following.starts_on if following else None
        if ends_on is not None and ends_on < from_at.date() - _DAY:
            continue
        for layer in BOTH:
            for event in _series(rota, layer, ends_on, writing):
                file.add_component(event)
    last_at = _last_change(calendar)
    for layer in BOTH:
        for one in stretches(calendar, layer, from_at, last_at):
            if one.on.why not in _PLAIN:
                file.add_component(_single(one, writing))
    if rotas:
        file.add_missing_timezones(first_date=rotas[0].starts_on, last_date=last_at.date() + 10 * 365 * _DAY)
    return file.to_ical()


def _file() -> "icalendar.Calendar":
    import icalendar

    file = icalendar.Calendar()
    _put(file, "PRODID", _PRODUCT)
    _put(file, "VERSION", "2.0")
    _put(file, "METHOD", "PUBLISH")
    return file


def _single(one: Stretch, writing: Writing) -> "icalendar.Event":
    event = _event(writing, one.on.layer, one.on.person, f"{one.from_at:%Y%m%dT%H%M%SZ}")
    _put(event, "DTSTART", one.from_at)
    _put(event, "DTEND", one.to_at)
    if one.on.instead_of is not None:
        _put(event, "DESCRIPTION", f"In place of {writing.name(one.on.instead_of)}")
    return event


def _series(rota: Rota, layer: Layer, ends_on: date | None, writing: Writing) -> "Iterator[icalendar.Event]":
    """Equal shifts on several weekdays of one week of the cycle are one series."""
    weekdays: defaultdict[tuple[int, _Times], list[int]] = defaultdict(list)
    for shift in rota.shifts(layer):
        weekdays[shift.week, (shift.start, shift.end, shift.person)].append(shift.weekday)
    for (week, times), its_days in weekdays.items():
        start, end, person = times
        days = sorted(its_days)
        shift = Shift(week=week, weekday=days[0], start=start, end=end, person=person)
        first = rota.starts_on + (week - 1) * _WEEK + (days[0] - 1) * _DAY
        last = None if ends_on is None else _last_before(ends_on, rota, week, days)
        if last is not None and last < first:
            continue
        mark = f"{rota.starts_on:%Y%m%d}-{week}-{''.join(map(str, days))}-{start:%H%M}"
        event = _event(writing, layer, person, mark)
        here = zone(rota.zone)
        _put(event, "DTSTART", datetime.combine(first, start, here))
        _put(event, "DTEND", datetime.combine(first + (_DAY if end <= start else 0 * _DAY), end, here))
        _put(
            event, "RRULE", _rule(rota, days, None if last is None else instant(rota.zone, last, shift.start))
        )
        left_out = [datetime.combine(day, start, here) for day in _holidays(rota, week, days, ends_on)]
        if left_out:
            _put(event, "EXDATE", left_out)
        yield event


def _rule(rota: Rota, days: list[int], until: datetime | None) -> dict[str, object]:
    rule: dict[str, object] = {
        "FREQ": "WEEKLY",
        "INTERVAL": rota.weeks,
        "BYDAY": [_WEEKDAYS[day - 1] for day in days],
        "WKST": "MO",
    }
    return rule if until is None else {**rule, "UNTIL": until}


def _holidays(rota: Rota, week: int, days: list[int], ends_on: date | None) -> list[date]:
    return [
        day
        for day in sorted(set(rota.holidays))
        if day.isoweekday() in days and day >= rota.starts_on and (ends_on is None or day < ends_on)
        if (day - rota.starts_on).days // 7 % rota.weeks == week - 1
    ]


def _last_before(ends_on: date, rota: Rota, week: int, days: list[int]) -> date:
    """The last date before `ends_on` on which the series takes place; before its first one where there is none."""
    weeks_before = ((ends_on - rota.starts_on).days // 7 - week) // rota.weeks * rota.weeks + week - 1
    return rota.starts_on + weeks_before * _WEEK + (days[-1] - 1) * _DAY


def _last_change(calendar: Calendar) -> datetime:
    ends = [one.to_at for one in (*calendar.overrides, *calendar.absences)]
    ends += [
        instant(rota.zone, day + 3 * _DAY, time(0))
        for rota in calendar.rotas
        for day in (*rota.holidays, rota.starts_on)
    ]
    return max(ends, default=datetime.min.replace(tzinfo=zone("UTC")))


def _event(writing: Writing, layer: Layer, person: UUID | None, mark: str) -> "icalendar.Event":
    import icalendar

    event = icalendar.Event()
    _put(event, "UID", f"{writing.team}-{layer}-{mark}@handrail")
    _put(event, "DTSTAMP", writing.made_at)
    _put(event, "SUMMARY", f"{writing.name(person)} ({layer})")
    _put(event, "CATEGORIES", [str(layer)])
    return event


def _put(component: "icalendar.Component", name: str, value: object) -> None:
    component.add(name, value)  # pyright: ignore[reportUnknownMemberType]  # the library leaves it open
