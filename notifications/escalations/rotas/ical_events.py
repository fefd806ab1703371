"""What one event of an iCalendar file means for a rota: who, on which layer, once or every so many weeks.

Taken are single events and weekly rules that map to a cycle of weeks. Everything else is refused with a
reason: a rule that is nearly understood puts nobody on duty on the night it was meant for.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar, cast
from uuid import UUID

from msgspec import Struct

from notifications.escalations.rotas.duty import instant
from notifications.escalations.rotas.ical import NOBODY
from notifications.escalations.rotas.ical_lines import Event, Line, Unfit, Wall, duration, moment
from notifications.escalations.rotas.ical_series import Series, series
from notifications.escalations.rotas.problems import LONGEST_CHANGE
from notifications.escalations.rotas.rota import Layer
from server.core.errors import FieldProblem

T = TypeVar("T")

_MAX_NAME = 200
_suffix = re.compile(r"(.*?) ?[(:–-] ?(primary|backup) ?\)?", re.IGNORECASE).fullmatch


class Single(Struct, frozen=True, kw_only=True):
    """One event that happens once; nobody is on where `person` is None."""

    event: Event
    layer: Layer
    person: UUID | None
    from_at: datetime
    to_at: datetime


class Readers(Struct, frozen=True, kw_only=True):
    """What the reader of a file knows: people by name or e-mail address (as `folded` gives them), the zone of
    times that name none, the layer of events that name none. `moved`: by UID of a series, the instants of its
    dates that other events of the file move or call off.
    """

    people: Mapping[str, UUID]
    zone: str | None
    layer: Layer | None
    moved: Mapping[str, Sequence[datetime]]


def folded(name: str) -> str:
    """A name or address as it is compared: without regard to case and to how many spaces there are."""
    return " ".join(name.split()).casefold()


def meaning(event: Event, known: Readers) -> tuple[list[Series | Single], list[FieldProblem]]:
    """What an event means, or everything that is wrong with it. One that was called off means nothing."""
    found: list[FieldProblem] = []

    def tried(step: Callable[[], T]) -> T | None:
        try:
            return step()
        except Unfit as unfit:
            line = unfit.line.number if unfit.line else event.number
            found.append(FieldProblem(f"line {line}", f"{event.label} {unfit}"))
            return None

    if is_called_off(event):
        return [], []
    layer = tried(lambda: _layer(event, known))
    people = tried(lambda: _who(event, known))
    times = tried(lambda: _times(event, known))
    if layer is None or people is None or times is None:
        return [], found
    taken = tried(lambda: list(_taken(event, layer, people[0], times, known)))
    return taken or [], found


def moves(event: Event, default_zone: str | None) -> tuple[str, datetime] | None:
    """The UID of the series one date of which an event replaces, and the instant that date began; else None.

    Raises Unfit.
    """
    line = event.first("RECURRENCE-ID")
    if line is None:
        return None
    if "RANGE" in line.params:
        raise Unfit("moves all dates that follow; end that series and begin a new one", line)
    if event.first("RRULE"):
        raise Unfit("is one date of a series and a series at once", line)
    wall, where = moment(line, default_zone)
    return event.uid, instant(where, wall.date(), wall.time())


def is_called_off(event: Event) -> bool:
    """True for an event that does not take place."""
    return event.value("STATUS").upper() == "CANCELLED"


def _taken(
    event: Event, layer: Layer, person: UUID | None, times: tuple[Wall, Wall], known: Readers
) -> Iterator[Series | Single]:
    if event.first("RRULE"):
        if person is None:
            raise Unfit("says again and again that nobody is on; leave such times empty")
        yield from series(event, layer, person, times, known.zone, known.moved.get(event.uid, ()))
        return
    for name in ("RDATE", "EXDATE", "EXRULE"):
        if line := event.first(name):
            raise Unfit(f"has {name}, which is taken only as EXDATE of a weekly rule", line)
    start, end = (instant(where, wall.date(), wall.time()) for wall, where in times)
    if not timedelta(0) < end - start <= LONGEST_CHANGE:
        raise Unfit(f"must end after it begins, and within {LONGEST_CHANGE.days} days")
    yield Single(event=event, layer=layer, person=person, from_at=start, to_at=end)


def _who(event: Event, known: Readers) -> tuple[UUID | None]:
    name = _name(event)
    asked = [name] + [
        folded(line.value).removeprefix("mailto:") for line in event.properties.get("ATTENDEE", ())
    ]
    found = {known.people[one] for one in (folded(event.value("SUMMARY")), *asked) if one in known.people}
    if len(found) > 1:
        raise Unfit("names several people; a shift has one")
    if not found and name != folded(NOBODY):
        raise Unfit("names nobody known here, neither as SUMMARY nor as ATTENDEE", event.first("SUMMARY"))
    return (found.pop() if found else None,)


def _name(event: Event) -> str:
    summary = folded(event.value("SUMMARY"))[:_MAX_NAME]
    match = _suffix(summary)
    return match[1] if match else summary


def _layer(event: Event, known: Readers) -> Layer:
    lines = event.properties.get("CATEGORIES", ())
    names = {folded(name) for line in lines for name in line.value.split(",")}
    match = _suffix(folded(event.value("SUMMARY"))[:_MAX_NAME])
    if match:
        names.add(match[2])
    found = [layer for layer in Layer if layer.value in names]
    if len(found) > 1:
        raise Unfit("names both layers; make it two events")
    layer = found[0] if found else known.layer
    if layer is None:
        raise Unfit("names no layer: add CATEGORIES:primary or CATEGORIES:backup")
    return layer


def _times(event: Event, known: Readers) -> tuple[Wall, Wall]:
    """Start and end, each a wall time and its zone."""
    starts, ends, lasts = event.first("DTSTART"), event.first("DTEND"), event.first("DURATION")
    if starts is None:
        raise Unfit("has no DTSTART")
    start, where = moment(starts, known.zone)
    if (ends is None) == (lasts is None):
        raise Unfit("needs either DTEND or DURATION")
    if ends is not None:
        return (start, where), moment(ends, known.zone)
    length = duration(cast("Line", lasts))
    end = instant(where, start.date(), start.time()) + length
    if event.first("RRULE") is not None:
        return (start, where), (start + length, where)
    return (start, where), (end.replace(tzinfo=None), "UTC")
