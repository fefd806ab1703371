"""An iCalendar file (RFC 5545) as the events in it, each with its lines and their numbers, and the times in them.

Time zone definitions and alarms are passed over: zones are known by name, and duty rings no bell. Whatever
cannot be read is named with its line, all at once. The library that reads values is loaded with the first file.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from msgspec import Struct

from server.core.errors import FieldProblem
from server.core.zones import ZONES

MAX_BYTES = 1024 * 1024
MAX_EVENTS = 5000

_is_line = re.compile(r"([A-Za-z0-9-]+)[;:]").match
_is_break = re.compile(r"\r?\n")
_PASSED_OVER = ("VTIMEZONE", "VALARM")
_KEPT = frozenset(
    {
        *("UID", "SUMMARY", "CATEGORIES", "ATTENDEE", "STATUS", "DTSTART", "DTEND", "DURATION"),
        *("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"),
    }
)
_SEVERAL = frozenset({"ATTENDEE", "CATEGORIES", "EXDATE", "RDATE"})
YEARS = range(2000, 2101)
_LONGEST = timedelta(days=366)
_MAX_DEPTH = 8
_MAX_LABEL = 60


class Line(Struct, frozen=True):
    """One property of an event, unfolded: its number in the file, parameters by upper-case name, value."""

    number: int
    params: dict[str, str]
    value: str


class Event(Struct, frozen=True):
    """One VEVENT: the number of its first line, and its properties by upper-case name."""

    number: int
    properties: dict[str, list[Line]]

    def first(self, name: str) -> Line | None:
        """A property that stands once."""
        return next(iter(self.properties.get(name, ())), None)

    def value(self, name: str) -> str:
        """The text of a property that stands once; empty where it is missing."""
        line = self.first(name)
        return line.value if line else ""

    @property
    def uid(self) -> str:
        """What marks the event; several share it where some are dates of the series that were moved."""
        return self.value("UID")

    @property
    def label(self) -> str:
        """The event as a person finds it again: its summary or id, and when it starts."""
        name = self.first("SUMMARY") or self.first("UID")
        start = self.first("DTSTART")
        words = "without a name" if name is None else f"“{name.value[:_MAX_LABEL]}”"
        return f"Event {words}" + (f" of {start.value[:_MAX_LABEL]}" if start else "")


class Unfit(Exception):
    """Why an event cannot be taken, and the line that says so."""

    def __init__(self, what: str, line: Line | None = None) -> None:
        super().__init__(what)
        self.line = line


Wall = tuple[datetime, str]
"""A time on the clock on the wall, and the name of its zone."""


class _Text(NamedTuple):
    number: int
    text: str


def events(data: bytes) -> tuple[list[Event], list[FieldProblem]]:
    """The events of a file in order, and everything that stops it from being read."""
    if len(data) > MAX_BYTES:
        return [], [FieldProblem("file", f"is larger than {MAX_BYTES // 1024} KiB")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        return [], [FieldProblem(f"line {number}", "is not text in UTF-8")]
    reader = _Reader()
    for line in _unfolded(text):
        reader.take(line)
    return reader.finish()


def _unfolded(text: str) -> Iterator[_Text]:
    """Lines as RFC 5545 means them: one that begins with a space or tab goes on from the one before."""
    number, parts = 0, list[str]()
    for count, line in enumerate(_is_break.split(text), start=1):
        if line[:1] in (" ", "\t") and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield _Text(number, "".join(parts))
        number, parts = count, [line] if line.strip() else []
    if parts:
        yield _Text(number, "".join(parts))


class _Reader:
    """Walks through the lines of one file and keeps where it is."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.problems: list[FieldProblem] = []
        self.inside: list[str] = []
        self.seen = False

    def take(self, line: _Text) -> None:
        """One unfolded line."""
        match = _is_line(line.text)
        if match is None:
            self._wrong(line, "is not a line of an iCalendar file")
            return
        name = match[1].upper()
        if name in ("BEGIN", "END"):
            self._turn(line, name, line.text[match.end() :].strip().upper())
        elif not self.inside:
            self._wrong(line, "stands outside of a calendar")
        elif self.inside == ["VCALENDAR", "VEVENT"] and name in _KEPT:
            self._keep(line, name)
        elif self.inside == ["VCALENDAR"] and name == "METHOD" and line.text[7:].strip().upper() == "CANCEL":
            self._wrong(line, "calls events off; only a file that says who is on duty can be taken")

    def finish(self) -> tuple[list[Event], list[FieldProblem]]:
        """What was found, once the last line was taken."""
        if self.inside:
            self.problems.append(
                FieldProblem("file", f"ends inside {self.inside[-1][:_MAX_LABEL]}: is it cut off?")
            )
        elif not self.seen and not self.problems:
            self.problems.append(FieldProblem("file", "is no iCalendar file: BEGIN:VCALENDAR is missing"))
        if len(self.events) > MAX_EVENTS:
            return [], [FieldProblem("file", f"has more than {MAX_EVENTS} events")]
        return self.events, self.problems

    def _turn(self, line: _Text, turn: str, what: str) -> None:
        if turn == "END":
            if not self.inside or self.inside[-1] != what:
                self._wrong(line, "ends what did not begin")
            else:
                self.inside.pop()
            return
        if len(self.inside) >= _MAX_DEPTH:
            self._wrong(line, "is nested too deeply")
            return
        passed_over = any(name in _PASSED_OVER for name in (*self.inside, what))
        if (what == "VCALENDAR") == bool(self.inside):
            self._wrong(line, "stands in the wrong place: events are inside one calendar")
        elif what == "VEVENT" and not passed_over:
            self.events.append(Event(line.number, {}))
        elif what != "VCALENDAR" and not passed_over:
            self._wrong(line, "begins something that is no event; only VEVENT is read")
        self.seen = True
        self.inside.append(what)

    def _keep(self, line: _Text, name: str) -> None:
        from icalendar.parser import Contentline

        try:
            _, params, value = Contentline(line.text).parts()
        except ValueError:
            self._wrong(line, f"has a {name} that cannot be read")
            return
        kept = self.events[-1].properties.setdefault(name, [])
        if kept and name not in _SEVERAL:
            self._wrong(line, f"has a second {name} in one event")
        plain = {key.upper(): str(given) for key, given in cast("dict[str, object]", params).items()}
        kept.append(Line(line.number, plain, str(value).strip()))

    def _wrong(self, line: _Text, what: str) -> None:
        self.problems.append(FieldProblem(f"line {line.number}", what))


def moment(line: Line, default: str | None) -> Wall:
    """The time a line names, and its zone: its own, or else the `default`."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    if line.params.get("VALUE", "").upper() == "DATE" or "T" not in line.value:
        raise Unfit("is for whole days; a shift needs times of day", line)
    at = date_time(line)
    if at.second:
        raise Unfit("needs whole minutes", line)
    if at.tzinfo is not None:
        return at.replace(tzinfo=None), "UTC"
    name = line.params.get("TZID", default)
    if name is None:
        raise Unfit("has a time without a zone", line)
    name = WINDOWS_TO_OLSON.get(name, name)
    if name not in ZONES:
        raise Unfit("has a TZID that is no known time zone; use a name such as America/Chicago", line)
    return at, name


def date_time(line: Line, value: str | None = None) -> datetime:
    """The date and time in a line or in one of its values, aware only where it is in UTC."""
    from icalendar.prop import vDatetime

    try:
        at = cast("datetime", vDatetime.from_ical(value or line.value))  # pyright: ignore[reportUnknownMemberType]
    except (ValueError, TypeError, OverflowError):
        raise Unfit("has a date and time that cannot be read", line) from None
    if at.year not in YEARS:
        raise Unfit(f"has a date that is not in a year from {YEARS[0]} to {YEARS[-1]}", line)
    return at


def duration(line: Line) -> timedelta:
    """The length a line names, in whole minutes."""
    from icalendar.prop import vDuration

    try:
        length = vDuration.from_ical(line.value)  # pyright: ignore[reportUnknownMemberType]  # takes anything
    except (ValueError, TypeError, OverflowError):
        length = timedelta(0)
    if not timedelta(0) < length <= _LONGEST or length % timedelta(minutes=1):
        raise Unfit("has a DURATION that cannot be used", line)
    return length
