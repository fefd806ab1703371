"""An iCalendar file as rotas and overrides, taken whole or not at all.

Weekly events become shifts of a rota, and where series begin and end in the course of time one rota follows
another. A date that all shifts of that day leave out becomes a holiday; one that only some leave out becomes
an override that says nobody is on. A single event becomes an override for whoever is on. Only what is on or
after `from_on` is taken: nobody can be on duty in the past.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import lcm
from uuid import UUID

from msgspec import Struct

from notifications.escalations.rotas.duty import bounds
from notifications.escalations.rotas.ical_cycle import is_over, life, monday_of, mondays
from notifications.escalations.rotas.ical_events import Readers, Single, folded, meaning, moves
from notifications.escalations.rotas.ical_lines import Event, Unfit, events
from notifications.escalations.rotas.ical_series import Series
from notifications.escalations.rotas.problems import MAX_WEEKS, problems
from notifications.escalations.rotas.rota import Calendar, Layer, Override, Rota, Shift
from server.core.errors import FieldProblem, Invalid

_DAY = timedelta(days=1)
_MAX_ROTAS, _MAX_LEFT_OUT, _MAX_TOLD = 60, 400, 100
_its_shift = re.compile(r"(primary|backup)\.(\d+)")


class Imported(Struct, frozen=True, kw_only=True):
    """What a file holds: rotas that follow each other, overrides in the order they count; and how many events
    are over and were left behind."""

    rotas: tuple[Rota, ...]
    overrides: tuple[Override, ...]
    past: int

    @property
    def calendar(self) -> Calendar:
        """The file as a calendar of its own, for a preview."""
        return Calendar(rotas=self.rotas, overrides=self.overrides)


def read(
    data: bytes,
    people: Mapping[str, UUID],
    from_on: date,
    zone: str | None = None,
    layer: Layer | None = None,
) -> Imported:
    """Reads a file. `people`: who may be on duty, by name, e-mail address, or both.

    `zone` is for times that name none, `layer` for events that name none; without them such events are
    refused. Raises Invalid with every problem found, up to a hundred; each path is "line 12" or "file".
    """
    found, wrong = events(data)
    moved, unfit = _moved(found, zone)
    wrong += unfit
    readers = Readers(
        people={folded(name): person for name, person in people.items()}, zone=zone, layer=layer, moved=moved
    )
    taken: list[Series | Single] = []
    for event in found:
        meant, unfit = meaning(event, readers)
        taken += meant
        wrong += unfit
    before = from_on - _DAY  # the shift that began the day before is still under way
    first = monday_of(before)
    assembled = _Assembly(first, {*people.values()}, exact=False).take(taken)
    if (
        assembled.wrong
        and not (exactly := _Assembly(first, {*people.values()}, exact=True).take(taken)).wrong
    ):
        assembled = exactly
    if wrong := list(dict.fromkeys((*wrong, *assembled.wrong))):
        more = len(wrong) - _MAX_TOLD
        rest = [FieldProblem("file", f"has {more} more problems")] if more > 0 else []
        raise Invalid(errors=[*wrong[:_MAX_TOLD], *rest])
    return assembled.imported


def _moved(found: Sequence[Event], zone: str | None) -> tuple[dict[str, list[datetime]], list[FieldProblem]]:
    """By UID of a series, the instants of its dates that other events move; and what is wrong with UIDs."""
    moved: dict[str, list[datetime]] = {}
    wrong: list[FieldProblem] = []
    by_uid: dict[str, Event] = {}
    pieces: list[Event] = []
    for event in found:
        try:
            piece = moves(event, zone)
        except Unfit as unfit:
            wrong.append(FieldProblem(f"line {event.number}", f"{event.label} {unfit}"))
            continue
        if piece is not None:
            moved.setdefault(piece[0], []).append(piece[1])
            pieces.append(event)
        elif event.uid and event.uid in by_uid:
            same = by_uid[event.uid].number
            wrong.append(
                FieldProblem(
                    f"line {event.number}", f"{event.label} has the same UID as the event on line {same}"
                )
            )
        else:
            by_uid[event.uid] = event
    lost = [one for one in pieces if one.uid not in by_uid or by_uid[one.uid].first("RRULE") is None]
    what = "is one date of a series that is not in the file"
    wrong += [FieldProblem(f"line {event.number}", f"{event.label} {what}") for event in lost]
    return moved, wrong


class _Assembly:
    """Puts the events of one file together into `imported`; what does not fit goes to `wrong`."""

    def __init__(self, first: date, people: set[UUID], *, exact: bool) -> None:
        self.first, self.people, self.exact = first, people, exact
        self.wrong: list[FieldProblem] = []
        self.left_out: list[Override] = []
        self.imported = Imported(rotas=(), overrides=(), past=0)

    def take(self, taken: Sequence[Series | Single]) -> "_Assembly":
        """Makes the rotas and overrides; a stand-in for a date that was left out comes after the leaving out."""
        from_at = datetime.combine(self.first, time(0), UTC)
        singles = [one for one in taken if isinstance(one, Single) and one.to_at > from_at]
        running = [one for one in taken if isinstance(one, Series) and not is_over(one, self.first)]
        self._no_overlaps(singles)
        rotas = tuple(self._rotas(running))
        stand_ins = [
            Override(layer=one.layer, from_at=one.from_at, to_at=one.to_at, person_in=one.person)
            for one in sorted(singles, key=lambda one: one.from_at)
        ]
        past = {one.event.number for one in taken} - {one.event.number for one in (*singles, *running)}
        self.imported = Imported(rotas=rotas, overrides=(*self.left_out, *stand_ins), past=len(past))
        return self

    def _rotas(self, running: Sequence[Series]) -> Iterator[Rota]:
        """One rota for each time in which the same series run."""
        starts = mondays(running, self.first, exact=self.exact)
        if len(starts) > _MAX_ROTAS:
            self._tell("file", f"has series that begin and end in more than {_MAX_ROTAS} different weeks")
            return
        lives = [(one, *life(one, starts, self.first, exact=self.exact)) for one in running]
        where = running[0].zone if running else "UTC"
        for starts_on, ends_on in pairwise([*starts, date.max]):
            active = [
                one
                for one, begins, ends in lives
                if begins <= starts_on and (ends is None or ends > starts_on)
            ]
            where = active[0].zone if active else where
            if strange := next((one.event for one in active if one.zone != where), None):
                self._unfit(strange, f"is in another time zone than the series before it ({where})")
                continue
            weeks = lcm(*(one.interval for one in active))
            there_are = (ends_on - starts_on).days // 7
            if self.exact and there_are <= weeks:
                weeks = there_are + 1  # the week after is empty: nothing comes round again
            if weeks > MAX_WEEKS:
                self._tell(
                    "file", f"has series that together repeat only every {weeks} weeks, over {MAX_WEEKS}"
                )
                continue
            yield self._rota(active, where, weeks, starts_on, ends_on)

    def _rota(self, active: Sequence[Series], where: str, weeks: int, starts_on: date, ends_on: date) -> Rota:
        shifts: dict[Layer, list[Shift]] = {layer: [] for layer in Layer}
        sources: dict[str, Event] = {}
        for one in active:
            offset = (monday_of(one.first) - starts_on).days // 7 % one.interval
            for week in range(offset, min(weeks, (ends_on - starts_on).days // 7), one.interval):
                its = shifts[one.layer]
                sources[f"{one.layer}.{len(its)}"] = one.event
                its.append(
                    Shift(
                        week=week + 1,
                        weekday=one.first.isoweekday(),
                        start=one.start,
                        end=one.end,
                        person=one.person,
                    )
                )
        rota = Rota(
            zone=where,
            weeks=weeks,
            starts_on=starts_on,
            primary=tuple(shifts[Layer.PRIMARY]),
            backup=tuple(shifts[Layer.BACKUP]),
            holidays=tuple(self._holidays(active, starts_on, ends_on)),
        )
        for problem in problems(rota, self.people):
            at = _its_shift.match(problem.path)
            message = _its_shift.sub(lambda its: f"line {sources[its[0]].number}", problem.message)
            if at is None:
                self._tell("file", f"{problem.path} {message}")
            else:
                self._unfit(sources[at[0]], message)
        return rota

    def _holidays(self, active: Sequence[Series], starts_on: date, ends_on: date) -> Iterator[date]:
        """The dates that all shifts leave out; the others become overrides."""
        days = {day for one in active for day in one.left_out if starts_on <= day < ends_on}
        if len(days) > _MAX_LEFT_OUT:
            self._tell("file", f"leaves out more than {_MAX_LEFT_OUT} dates")
            return
        for day in sorted(days):
            today = [one for one in active if one.takes_place(day)]
            if today and all(day in one.left_out for one in today):
                yield day
                continue
            for one in today:
                if day in one.left_out:
                    self._leave_out(one, day)

    def _leave_out(self, one: Series, day: date) -> None:
        shift = Shift(weekday=day.isoweekday(), start=one.start, end=one.end, person=one.person)
        from_at, to_at = bounds(one.zone, day, shift)
        if from_at < to_at:
            self.left_out.append(
                Override(layer=one.layer, from_at=from_at, to_at=to_at, person_in=None, person_out=one.person)
            )

    def _no_overlaps(self, singles: Sequence[Single]) -> None:
        before: dict[Layer, Single] = {}
        for one in sorted(singles, key=lambda one: one.from_at):
            other = before.get(one.layer)
            if other is not None and one.from_at < other.to_at:
                self._unfit(one.event, f"overlaps {other.event.label} on line {other.event.number}")
            if other is None or one.to_at > other.to_at:
                before[one.layer] = one

    def _unfit(self, event: Event, what: str) -> None:
        self._tell(f"line {event.number}", f"{event.label} {what}")

    def _tell(self, path: str, what: str) -> None:
        self.wrong.append(FieldProblem(path, what))
