"""Who is on duty at an instant, in which order, and until when: arithmetic on a calendar, nothing else.

Instants are aware UTC; wall times become instants in the rota's zone. A wall time that does not exist moves
forward by the gap, one that comes twice takes the first. One shift's end and the next one's start are the
same wall time and so the same instant: a clock change makes no hole. Where it makes two shifts overlap, the
one that started later counts.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from notifications.escalations.hours import HORIZON
from notifications.escalations.rotas.rota import (
    Absence,
    Calendar,
    HolidayShift,
    Layer,
    OnCall,
    Override,
    Rota,
    Shift,
    Stretch,
    Why,
    stand_in,
)
from server.core.zones import zone

BOTH = (Layer.PRIMARY, Layer.BACKUP)

_DAY = timedelta(days=1)
_CHUNK = timedelta(days=14)
_LONGEST = timedelta(days=3)
"""A shift is at most 24 hours by the clock on the wall; a zone that skips a date makes two days of it."""


class _Turn(NamedTuple):
    """A shift on a date: sorts by when it starts, and where a clock change makes that one, by its wall time."""

    start_at: datetime
    wall: datetime
    end_at: datetime
    person: UUID
    why: Why


def on_duty(calendar: Calendar, layer: Layer, at: datetime) -> OnCall:
    """Who is on a layer at `at`, and why. Looks at the days around it, whatever the length of the cycle."""
    turn = _running(_turns(calendar, layer, at, at), at)
    return _after_changes(layer, turn, calendar.overrides, calendar.absences, at)


def in_order(calendar: Calendar, at: datetime) -> tuple[OnCall, ...]:
    """Who is called, first to last. A layer nobody is on is left out, and nobody is named twice."""
    found: dict[UUID, OnCall] = {}
    for layer in BOTH:
        on = on_duty(calendar, layer, at)
        if on.person is not None:
            found.setdefault(on.person, on)
    return tuple(found.values())


def stretches(calendar: Calendar, layer: Layer, from_at: datetime, to_at: datetime) -> tuple[Stretch, ...]:
    """Everything between two instants in order, without gap or overlap, the holes with their reason included.

    Shifts stay apart even where one person has two in a row, so that a preview shows them as entered.
    """
    if from_at >= to_at:
        return ()
    turns = _turns(calendar, layer, from_at, to_at)
    overrides = [one for one in calendar.overrides if one.layer is layer and _meets(one, from_at, to_at)]
    absences = [one for one in calendar.absences if _meets(one, from_at, to_at)]
    edges = {edge for turn in turns for edge in (turn.start_at, turn.end_at)}
    edges.update(edge for one in (*overrides, *absences) for edge in (one.from_at, one.to_at))
    inside = sorted(edge for edge in edges if from_at < edge < to_at)
    found: list[Stretch] = []
    for start, end in pairwise((from_at, *inside, to_at)):
        on = _after_changes(layer, _running(turns, start), overrides, absences, start)
        begins = found.pop().from_at if found and found[-1].on == on else start
        found.append(Stretch(from_at=begins, to_at=end, on=on))
    return tuple(found)


def coverage_ends(
    calendar: Calendar, at: datetime, until: datetime, layers: Sequence[Layer] = BOTH
) -> datetime:
    """When the coverage under way at `at` ends, looked for up to `until`: somebody is on one of the layers.

    `at` itself where nobody is on, `until` where there is no hole before it.
    """
    reached = at
    ahead = [one for layer in layers for one in stretches(calendar, layer, at, until) if one.on.person]
    for stretch in sorted(ahead, key=lambda one: one.from_at):
        if stretch.from_at > reached:
            break
        reached = max(reached, stretch.to_at)
    return reached


def next_on(
    calendar: Calendar, at: datetime, layers: Sequence[Layer] = BOTH, person: UUID | None = None
) -> tuple[datetime, OnCall] | None:
    """The first moment from `at` on, `at` included, when somebody is on one of the layers, and who.

    With a `person`: when that person is. None where nobody is within the horizon of two years.
    """
    for start in (at + count * _CHUNK for count in range(-(-HORIZON // _CHUNK))):
        ahead = [one for layer in layers for one in stretches(calendar, layer, start, start + _CHUNK)]
        good = [one for one in ahead if one.on.person is not None and person in (None, one.on.person)]
        if good:
            first = min(good, key=lambda one: one.from_at)
            return first.from_at, first.on
    return None


def instant(zone_name: str, day: date, wall: time) -> datetime:
    """The instant a wall time on a date comes in a zone."""
    return datetime.combine(day, wall.replace(fold=0), tzinfo=zone(zone_name)).astimezone(UTC)


def bounds(zone_name: str, day: date, shift: Shift | HolidayShift) -> tuple[datetime, datetime]:
    """The instants at which a shift that starts on a date begins and ends.

    On the night the clocks go forward the end may come out before the start: such a shift does not take place.
    """
    last_day = day + _DAY if shift.end <= shift.start else day
    return instant(zone_name, day, shift.start), instant(zone_name, last_day, shift.end)


def _after_changes(
    layer: Layer,
    turn: _Turn | None,
    overrides: Sequence[Override],
    absences: Sequence[Absence],
    at: datetime,
) -> OnCall:
    """The three steps for one instant: the shift, then what overrides make of it, then who is away."""
    on = OnCall(layer=layer, person=None, why=Why.NO_SHIFT)
    if turn is not None:
        on = OnCall(layer=layer, person=turn.person, why=turn.why, duty_from=turn.start_at)
    planned, seen = on, {on.person}
    for one in overrides:
        applies = one.layer is layer and one.from_at <= at < one.to_at
        if not applies or (one.person_out is not None and one.person_out not in seen):
            continue
        seen.add(one.person_in)
        if one.person_in is not None and one.person_in == planned.person:
            on = planned
            continue
        on = OnCall(
            layer=layer,
            person=one.person_in,
            why=Why.OVERRIDE if one.person_in else Why.ANNOUNCED,
            instead_of=planned.person,
            duty_from=planned.duty_from if one.person_out else one.from_at,
        )
    if on.person is None:
        return on
    called = stand_in(absences, on.person, at)
    if called == on.person:
        return on
    why = Why.ABSENCE if called else Why.AWAY
    return OnCall(layer=layer, person=called, why=why, instead_of=on.person, duty_from=on.duty_from)


def _turns(calendar: Calendar, layer: Layer, from_at: datetime, to_at: datetime) -> list[_Turn]:
    """Every shift that may be under way between two instants, in order of start."""
    found: list[_Turn] = []
    in_order_of_start = sorted(calendar.rotas, key=lambda rota: rota.starts_on)
    for rota, following in zip(in_order_of_start, [*in_order_of_start[1:], None], strict=False):
        here = zone(rota.zone)
        first = max(from_at.astimezone(here).date() - 2 * _DAY, rota.starts_on)
        last = to_at.astimezone(here).date() + _DAY
        if following is not None:
            last = min(last, following.starts_on - _DAY)
        if first <= last:
            found += _turns_of(rota, layer, first, last)
    return sorted(found)


def _turns_of(rota: Rota, layer: Layer, first: date, last: date) -> Iterator[_Turn]:
    usual: defaultdict[tuple[int, int], list[Shift]] = defaultdict(list)
    for shift in rota.shifts(layer):
        usual[shift.week, shift.weekday].append(shift)
    holidays = frozenset(rota.holidays)
    for day in (first + days * _DAY for days in range((last - first).days + 1)):
        week = (day - rota.starts_on).days // 7 % rota.weeks + 1
        if day in holidays:
            yield from _on_day(rota, day, rota.holiday_shifts(layer), Why.HOLIDAY)
        else:
            yield from _on_day(rota, day, usual.get((week, day.isoweekday()), ()), Why.SHIFT)


def _on_day(rota: Rota, day: date, shifts: Iterable[Shift | HolidayShift], why: Why) -> Iterator[_Turn]:
    for shift in shifts:
        start_at, end_at = bounds(rota.zone, day, shift)
        if start_at < end_at:
            yield _Turn(start_at, datetime.combine(day, shift.start), end_at, shift.person, why)


def _running(turns: Sequence[_Turn], at: datetime) -> _Turn | None:
    """The shift under way: of several, the one that started last."""
    for index in range(bisect_right(turns, at, key=lambda turn: turn.start_at) - 1, -1, -1):
        if turns[index].end_at > at:
            return turns[index]
        if turns[index].start_at < at - _LONGEST:
            break
    return None


def _meets(one: Override | Absence, from_at: datetime, to_at: datetime) -> bool:
    return one.from_at < to_at and from_at < one.to_at
