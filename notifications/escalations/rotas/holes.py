"""What a supervisor is told about days ahead: holes, too little rest, one person on both rungs. Findings only.

None of these stops a rota from being used. A hole means that a rung is passed at once when a case climbs.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from notifications.escalations.rotas.duty import BOTH, stretches
from notifications.escalations.rotas.rota import Calendar, Layer, Stretch
from server.core.zones import zone

_LOOK_BACK = timedelta(days=4)
"""Longer than the longest shift and the longest rest together, so that the duty before is seen whole."""


class ShortRest(Struct, frozen=True, kw_only=True):
    """A person goes off duty at `off_at` and on again at `on_at`, on any layer, with less rest than agreed."""

    person: UUID
    off_at: datetime
    on_at: datetime
    before: Layer
    after: Layer

    @property
    def rest(self) -> timedelta:
        """How long there is between the two; zero where they touch."""
        return self.on_at - self.off_at


class BothRungs(Struct, frozen=True, kw_only=True):
    """One person holds both layers, so whoever does not answer the first call is called again as the second."""

    person: UUID
    from_at: datetime
    to_at: datetime


def preview(calendar: Calendar, from_at: datetime, to_at: datetime) -> tuple[Stretch, ...]:
    """Both layers between two instants, in order of time, the first rung before the second."""
    found = [one for layer in BOTH for one in stretches(calendar, layer, from_at, to_at)]
    return tuple(sorted(found, key=lambda one: (one.from_at, BOTH.index(one.on.layer))))


def holes(calendar: Calendar, from_at: datetime, to_at: datetime) -> tuple[Stretch, ...]:
    """Every stretch in which nobody is on a layer, in order of time. `on.why` and `on.instead_of` say why.

    Holes that touch are one, unless their reasons differ.
    """
    found: list[Stretch] = []
    for layer in BOTH:
        of_layer: list[Stretch] = []
        for one in stretches(calendar, layer, from_at, to_at):
            if one.on.person is not None:
                continue
            hole = replace(one, on=replace(one.on, duty_from=None))
            if of_layer and of_layer[-1].to_at == hole.from_at and of_layer[-1].on == hole.on:
                hole = replace(hole, from_at=of_layer.pop().from_at)
            of_layer.append(hole)
        found += of_layer
    return tuple(sorted(found, key=lambda one: (one.from_at, BOTH.index(one.on.layer))))


def hole_sentence(hole: Stretch, zone_name: str) -> str:
    """A hole in wall times: "Sat Nov 28, 02:00–06:00: nobody on the second rung".

    A time the clock shows twice that night carries its zone: "01:00 CDT".
    """
    return f"{_span(hole.from_at, hole.to_at, zone_name)}: nobody on {hole.on.layer.words}"


def both_sentence(both: BothRungs, name: str, zone_name: str) -> str:
    """One person on both rungs, in wall times: "Sat Nov 28, 02:00–06:00: Ida on both rungs"."""
    return f"{_span(both.from_at, both.to_at, zone_name)}: {name} on both rungs"


def rest_sentence(rest: ShortRest, name: str, zone_name: str) -> str:
    """A rest that is too short, in wall times: "Ben has 4 h between Mon Mar 2, 08:00 and …, 12:00"."""
    here = zone(zone_name)
    off, on = rest.off_at.astimezone(here), rest.on_at.astimezone(here)
    minutes = int(rest.rest.total_seconds() // 60)
    if not minutes:
        return f"{name} has one duty right after another at {_clock(off)} on {_day(off)}"
    length = f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{name} has {length} between {_day(off)}, {_clock(off)} and {_day(on)}, {_clock(on)}"


def short_rests(calendar: Calendar, from_at: datetime, to_at: datetime) -> tuple[ShortRest, ...]:
    """Duties that begin between two instants with too little rest before them, in order.

    Counted as the calendar stands in the end: who stands in is on duty, who is away rests. Parts of one
    shift are one duty, and so is duty on both layers at once; two shifts that touch are two, without rest.
    The rest agreed is that of the rota in force when the second duty begins; 0 hours asks for none.
    """
    duties: defaultdict[UUID, list[Stretch]] = defaultdict(list)
    for one in preview(calendar, from_at - _LOOK_BACK, to_at):
        if one.on.person is not None:
            duties[one.on.person].append(one)
    found: list[ShortRest] = []
    for person, theirs in duties.items():
        reached = theirs[0]
        for one in theirs[1:]:
            apart = one.from_at >= reached.to_at and one.on.duty_from != reached.on.duty_from
            short = apart and one.from_at - reached.to_at < _rest(calendar, one.from_at)
            if short and one.from_at >= from_at:
                found.append(
                    ShortRest(
                        person=person,
                        off_at=reached.to_at,
                        on_at=one.from_at,
                        before=reached.on.layer,
                        after=one.on.layer,
                    )
                )
            reached = max(reached, one, key=lambda duty: duty.to_at)
    return tuple(sorted(found, key=lambda rest: (rest.on_at, rest.person)))


def both_rungs(calendar: Calendar, from_at: datetime, to_at: datetime) -> tuple[BothRungs, ...]:
    """Every stretch in which one and the same person holds both layers, in order. Those that touch are one."""
    second: defaultdict[UUID | None, list[Stretch]] = defaultdict(list)
    for other in stretches(calendar, Layer.BACKUP, from_at, to_at):
        second[other.on.person].append(other)
    found: list[BothRungs] = []
    for one in stretches(calendar, Layer.PRIMARY, from_at, to_at):
        for other in second[one.on.person] if one.on.person else ():
            start, end = max(one.from_at, other.from_at), min(one.to_at, other.to_at)
            if not one.on.person or start >= end:
                continue
            if found and (found[-1].person, found[-1].to_at) == (one.on.person, start):
                start = found.pop().from_at
            found.append(BothRungs(person=one.on.person, from_at=start, to_at=end))
    return tuple(found)


def _rest(calendar: Calendar, at: datetime) -> timedelta:
    in_force = [rota for rota in calendar.rotas if rota.starts_on <= at.astimezone(zone(rota.zone)).date()]
    latest = max(in_force, key=lambda rota: rota.starts_on, default=None)
    return timedelta(hours=latest.min_rest_hours) if latest else timedelta(0)


def _span(from_at: datetime, to_at: datetime, zone_name: str) -> str:
    here = zone(zone_name)
    start, end = from_at.astimezone(here), to_at.astimezone(here)
    until_midnight = (end.hour, end.minute) == (0, 0) and (end.date() - start.date()).days == 1
    if start.date() == end.date() or until_midnight:
        return f"{_day(start)}, {_clock(start)}–{'24:00' if until_midnight else _clock(end)}"
    return f"{_day(start)}, {_clock(start)} to {_day(end)}, {_clock(end)}"


def _day(local: datetime) -> str:
    return f"{local:%a %b} {local.day}"


def _clock(local: datetime) -> str:
    is_shown_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M} {local:%Z}" if is_shown_twice else f"{local:%H:%M}"
