"""What is wrong with a rota, an override or an absence as somebody typed it. Empty lists may be used.

Each problem names its field: "primary.3.weekday" is the weekday of the fourth shift of the first rung. A
hole is no problem: a team may mean it. It is a finding, and holes.py tells it.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from notifications.escalations.hours import WEEKDAYS
from notifications.escalations.rotas.rota import Absence, HolidayShift, Layer, Override, Rota, Shift
from server.core.errors import FieldProblem
from server.core.zones import UnknownZone, zone

MAX_WEEKS = 12
LONGEST_CHANGE = timedelta(days=366)
"""The longest override or absence. Who is away for more than a year is no longer on the rota."""

_MAX_SHIFTS = MAX_WEEKS * 7 * 6
_MAX_HOLIDAY_SHIFTS = 6
_MAX_HOLIDAYS = 400
_MAX_REST_HOURS = 48
_DAY_MINUTES = 24 * 60
_YEARS = range(2020, 2101)
_UNKNOWN = "is nobody who can be on duty in this team"

_Placed = tuple[int, int, str, str]
"""A shift on the clock of its cycle: first and last minute, its path, and how it reads."""


def problems(rota: Rota, people: Collection[UUID]) -> list[FieldProblem]:
    """Everything wrong with a rota, each with the path of its field. `people`: who may be on duty here."""
    found = [FieldProblem(path, text) for path, text in _on_frame(rota)]
    for layer in Layer:
        found += _on_shifts(f"{layer}", rota.shifts(layer), people, rota.weeks)
        found += _on_holiday_shifts(f"holiday_{layer}", rota.holiday_shifts(layer), people)
    return found


def override_problems(override: Override, people: Collection[UUID]) -> list[FieldProblem]:
    """Everything wrong with an override."""
    found = _on_bounds(override.from_at, override.to_at)
    for name, person in (("person_in", override.person_in), ("person_out", override.person_out)):
        if person is not None and person not in people:
            found.append(FieldProblem(name, _UNKNOWN))
    if override.person_in is not None and override.person_in == override.person_out:
        found.append(FieldProblem("person_in", "must be another person than the one they stand in for"))
    return found


def absence_problems(absence: Absence, people: Collection[UUID]) -> list[FieldProblem]:
    """Everything wrong with an absence. That the backup is away as well is no problem: theirs is asked."""
    found = _on_bounds(absence.from_at, absence.to_at)
    for name, person in (("person", absence.person), ("backup", absence.backup)):
        if person is not None and person not in people:
            found.append(FieldProblem(name, _UNKNOWN))
    if absence.person == absence.backup:
        found.append(FieldProblem("backup", "must be another person than the one who is away"))
    return found


def _on_frame(rota: Rota) -> Iterator[tuple[str, str]]:
    try:
        zone(rota.zone)
    except UnknownZone as unknown:
        yield "zone", str(unknown)
    if not 1 <= rota.weeks <= MAX_WEEKS:
        yield "weeks", f"must be from 1 to {MAX_WEEKS}"
    if rota.starts_on.year not in _YEARS or rota.starts_on.isoweekday() != 1:
        yield "starts_on", f"must be a Monday from {_YEARS[0]} to {_YEARS[-1]}"
    if len(rota.holidays) > _MAX_HOLIDAYS:
        yield "holidays", f"may have at most {_MAX_HOLIDAYS} days"
    elif wrong := [index for index, day in enumerate(rota.holidays) if day.year not in _YEARS]:
        yield f"holidays.{wrong[0]}", f"must be from {_YEARS[0]} to {_YEARS[-1]}"
    if not 0 <= rota.min_rest_hours <= _MAX_REST_HOURS:
        yield "min_rest_hours", f"must be from 0 to {_MAX_REST_HOURS}"


def _on_shifts(
    path: str, shifts: Sequence[Shift], people: Collection[UUID], weeks: int
) -> Iterator[FieldProblem]:
    if len(shifts) > _MAX_SHIFTS:
        yield FieldProblem(path, f"may have at most {_MAX_SHIFTS} shifts")
        return
    placed: list[_Placed] = []
    for index, shift in enumerate(shifts):
        wrong = list(_on_person_and_times(f"{path}.{index}", shift, people))
        if not 1 <= shift.week <= weeks:
            wrong.append(
                FieldProblem(f"{path}.{index}.week", f"must be from 1 to {weeks}, the weeks there are")
            )
        if not 1 <= shift.weekday <= 7:
            wrong.append(FieldProblem(f"{path}.{index}.weekday", "must be from 1 (Monday) to 7 (Sunday)"))
        yield from wrong
        if not wrong:
            day = (shift.week - 1) * 7 + shift.weekday - 1
            words = f"week {shift.week}, {WEEKDAYS[shift.weekday - 1].title()} {_times(shift)}"
            placed.append(_place(day, f"{path}.{index}", shift, words))
    yield from _overlaps(placed, cycle=weeks * 7 * _DAY_MINUTES)


def _on_holiday_shifts(
    path: str, shifts: Sequence[HolidayShift], people: Collection[UUID]
) -> Iterator[FieldProblem]:
    if len(shifts) > _MAX_HOLIDAY_SHIFTS:
        yield FieldProblem(path, f"may have at most {_MAX_HOLIDAY_SHIFTS} shifts")
        return
    placed: list[_Placed] = []
    for index, shift in enumerate(shifts):
        wrong = list(_on_person_and_times(f"{path}.{index}", shift, people))
        yield from wrong
        if not wrong:
            placed.append(_place(0, f"{path}.{index}", shift, _times(shift)))
    yield from _overlaps(placed, cycle=None)


def _on_person_and_times(
    path: str, shift: Shift | HolidayShift, people: Collection[UUID]
) -> Iterator[FieldProblem]:
    if shift.person not in people:
        yield FieldProblem(f"{path}.person", _UNKNOWN)
    for name, wall in (("start", shift.start), ("end", shift.end)):
        if wall.tzinfo is not None or wall.second or wall.microsecond:
            yield FieldProblem(f"{path}.{name}", "takes a local time in whole minutes")


def _overlaps(placed: Sequence[_Placed], cycle: int | None) -> Iterator[FieldProblem]:
    """Each shift that starts before an earlier one ends; in a cycle the last week runs into the first."""
    again = [] if cycle is None else [(start + cycle, end + cycle, *rest) for start, end, *rest in placed]
    reached, by_path, by_words = 0, "", ""
    told: set[str] = set()
    for start, end, path, words in sorted([*placed, *again]):
        if start < reached and path not in told:
            told.add(path)
            yield FieldProblem(path, f"{words} overlaps {by_path}: {by_words}")
        if end > reached:
            reached, by_path, by_words = end, path, words


def _place(day: int, path: str, shift: Shift | HolidayShift, words: str) -> _Placed:
    start, end = day * _DAY_MINUTES + _minute(shift.start), day * _DAY_MINUTES + _minute(shift.end)
    return start, end if end > start else end + _DAY_MINUTES, path, words


def _on_bounds(from_at: datetime, to_at: datetime) -> list[FieldProblem]:
    found: list[FieldProblem] = []
    for name, at in (("from_at", from_at), ("to_at", to_at)):
        if at.tzinfo is None or at.second or at.microsecond or at.year not in _YEARS:
            found.append(FieldProblem(name, "must be an instant in whole minutes, with its offset from UTC"))
    if not found and not timedelta(0) < to_at - from_at <= LONGEST_CHANGE:
        found.append(
            FieldProblem("to_at", f"must be after the beginning, by {LONGEST_CHANGE.days} days at most")
        )
    return found


def _times(shift: Shift | HolidayShift) -> str:
    return f"{shift.start:%H:%M}–{shift.end:%H:%M}"


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute
