"""The form of a rota. A line is one person's duty at the same time on several days of a week, holidays among them.

Lines are typed as people say it: "Mara, first rung, Monday to Friday, 08:00 to 20:00". The rule knows a shift for
each day; what it finds wrong with one is told at the line that holds it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from notifications.escalations.oncall import acts
from notifications.escalations.oncall import queries as calendar_queries
from notifications.escalations.oncall.schemas import RotaOut
from notifications.escalations.rotas.rota import HolidayShift, Layer, Rota, Shift
from server.console.page import Tried
from server.console.rota import rota
from server.core.db import Tx
from server.core.errors import EditedMeanwhile, FieldProblem, Invalid, NotFound
from server.core.zones import zone
from server.people import programmes

HOLIDAY = "holiday"
DAYS = (
    *(("1", "Mon"), ("2", "Tue"), ("3", "Wed"), ("4", "Thu"), ("5", "Fri"), ("6", "Sat"), ("7", "Sun")),
    (HOLIDAY, "Holiday"),
)
SPARE, MOST_LINES = 2, 120
_FIELDS = ("layer", "person", "week", "start", "end")


class Line(Struct, kw_only=True):
    """One line of the table, as text."""

    layer: str = Layer.PRIMARY.value
    person: str = ""
    week: str = "1"
    days: list[str] = []
    start: str = ""
    end: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was entered, so that the line is left out."""
        return not (self.person or self.days or self.start or self.end)


def shown(tx: Tx, team_id: UUID | None, rota_id: UUID | None, tried: Tried) -> dict[str, Any]:
    """The editor: a rota as stored, or as typed; a new one begins next Monday as a copy of the latest."""
    team, _ = rota.team_of(tx, team_id)
    stored = next((one for one in calendar_queries.rotas(tx, team.id) if one.id == rota_id), None)
    if rota_id is not None and stored is None:
        raise NotFound
    start = stored.rota if stored and stored.rota else _usual(tx, team.id, stored)
    typed = bool(tried.sent)
    lines = typed_lines(tried) if typed else lines_of(start)
    clash = isinstance(tried.problem, EditedMeanwhile)
    return {
        "team": team,
        "stored": stored,
        "start": start,
        "holidays": "\n".join(str(day) for day in start.holidays),
        "lines": [*lines, *(Line() for _ in range(SPARE))] if not typed else lines,
        "version": stored.version if stored and (clash or not typed) else tried.value("version"),
        "clash": clash,
        "people": rota.people(tx),
        "rungs": rota.RUNGS,
        "day_names": DAYS,
        "most_lines": MOST_LINES,
    }


def _usual(tx: Tx, team_id: UUID, broken: RotaOut | None) -> Rota:
    here = programmes.of_actor(tx).zone
    today = tx.now.astimezone(zone(here)).date()
    following = today + timedelta(days=7 - today.weekday())
    before = [one for one in calendar_queries.rotas(tx, team_id) if one.rota]
    if before and before[-1].rota:
        latest = before[-1].rota
        start = broken.starts_on if broken else max(following, latest.starts_on + timedelta(days=7))
        return msgspec.structs.replace(latest, starts_on=start)
    start = broken.starts_on if broken else today - timedelta(days=today.weekday())
    return Rota(zone=here, starts_on=start)


def lines_of(given: Rota) -> list[Line]:
    """The shifts of a rota, those that differ in nothing but the day in one line."""
    days: defaultdict[tuple[str, str, str, str, str], list[str]] = defaultdict(list)
    for layer in Layer:
        for shift in given.shifts(layer):
            start, end = f"{shift.start:%H:%M}", f"{shift.end:%H:%M}"
            key = (layer.value, str(shift.person), str(shift.week), start, end)
            days[key].append(str(shift.weekday))
        for shift in given.holiday_shifts(layer):
            start, end = f"{shift.start:%H:%M}", f"{shift.end:%H:%M}"
            days[layer.value, str(shift.person), "1", start, end].append(HOLIDAY)
    return [
        Line(layer=layer, person=person, week=week, days=on, start=start, end=end)
        for (layer, person, week, start, end), on in days.items()
    ]


def typed_lines(tried: Tried) -> list[Line]:
    """The lines of a form as they were sent."""
    count = min(len(tried.values("line")), MOST_LINES)
    return [
        Line(
            **{name: tried.value(f"{name}.{index}") for name in _FIELDS},
            days=list(tried.values(f"days.{index}")),
        )
        for index in range(count)
    ]


def with_rows(tried: Tried) -> None:
    """Add empty lines, or take one away, as the button says; everything else stays as typed."""
    lines = typed_lines(tried)
    drop = tried.value("drop")
    if drop in map(str, range(len(lines))):
        lines.pop(int(drop))
    else:
        lines += [Line() for _ in range(3)]
    for name in [name for name in tried.sent if name.partition(".")[0] in (*_FIELDS, "days")]:
        del tried.sent[name]
    lines = lines[:MOST_LINES]
    tried.sent["line"] = [""] * len(lines)
    for index, line in enumerate(lines):
        tried.sent.update({f"{name}.{index}": [getattr(line, name)] for name in _FIELDS})
        tried.sent[f"days.{index}"] = line.days


def save(tx: Tx, team_id: UUID, rota_id: UUID | None, tried: Tried) -> UUID:
    """Store what the form holds, and give its id. Invalid names the line and field of each problem."""
    given, places = read(tried)
    version = tried.version() if rota_id else None
    try:
        return acts.store_rota(tx, team_id, given, rota_id, version).id
    except Invalid as wrong:
        raise Invalid(errors=_at_lines(wrong.errors, places)) from None


def read(tried: Tried) -> tuple[Rota, dict[str, int]]:
    """The rota as typed, and which line each of its shifts stands in, by the shift's path."""
    wrong: list[FieldProblem] = []
    shifts: dict[str, list[Shift | HolidayShift]] = defaultdict(list)
    places: dict[str, int] = {}
    for index, line in enumerate(typed_lines(tried)):
        if line.empty:
            continue
        found = _shifts(line, index, wrong)
        for day, shift in found:
            name = f"holiday_{line.layer}" if day == HOLIDAY else line.layer
            places[f"{name}.{len(shifts[name])}"] = index
            shifts[name].append(shift)
    plain: dict[str, Any] = {
        "zone": tried.value("zone").strip(),
        "weeks": _number(tried, "weeks", wrong),
        "starts_on": _day(tried.value("starts_on"), "starts_on", wrong),
        "min_rest_hours": _number(tried, "min_rest_hours", wrong),
        "holidays": tuple(_days(tried.value("holidays"), wrong)),
    }
    if wrong:
        raise Invalid(errors=wrong)
    return Rota(**plain, **{name: tuple(each) for name, each in shifts.items()}), places  # pyright: ignore[reportArgumentType]


def _shifts(line: Line, index: int, wrong: list[FieldProblem]) -> list[tuple[str, Shift | HolidayShift]]:
    known = {value for value, _ in DAYS}
    times = [_time(line.start, f"start.{index}", wrong), _time(line.end, f"end.{index}", wrong)]
    before = len(wrong)
    if line.layer not in [layer.value for layer in Layer]:
        wrong.append(FieldProblem(f"layer.{index}", "choose a rung"))
    if not line.days or not known.issuperset(line.days):
        wrong.append(FieldProblem(f"days.{index}", "choose the days"))
    if not line.week.isdecimal() or len(line.week) > 3:
        wrong.append(FieldProblem(f"week.{index}", "takes a number"))
    try:
        person = UUID(line.person)
    except ValueError:
        wrong.append(FieldProblem(f"person.{index}", "choose who"))
        return []
    start, end = times
    if start is None or end is None or len(wrong) > before:
        return []
    return [
        (day, HolidayShift(start=start, end=end, person=person))
        if day == HOLIDAY
        else (day, Shift(week=int(line.week), weekday=int(day), start=start, end=end, person=person))
        for day in dict.fromkeys(line.days)
    ]


def _time(text: str, path: str, wrong: list[FieldProblem]) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        wrong.append(FieldProblem(path, "takes a time, like 08:00"))
        return None


def _number(tried: Tried, name: str, wrong: list[FieldProblem]) -> int:
    text = tried.value(name).strip()
    if text.isdecimal() and len(text) < 4:
        return int(text)
    wrong.append(FieldProblem(name, "takes a number"))
    return 0


def _day(text: str, path: str, wrong: list[FieldProblem]) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        wrong.append(FieldProblem(path, "takes dates, like 2026-12-25"))
        return date.min


def _days(text: str, wrong: list[FieldProblem]) -> Iterable[date]:
    lines = [line for line in text.splitlines() if line.strip()]
    return [_day(line, "holidays", wrong) for line in lines]


def _at_lines(problems: Iterable[FieldProblem], places: dict[str, int]) -> list[FieldProblem]:
    """A problem with a shift at the field of its line: "primary.3.weekday" may be the days of the second line."""
    found: list[FieldProblem] = []
    for problem in problems:
        parts = problem.path.split(".")
        line = places.get(".".join(parts[:2]))
        if line is None:
            found.append(FieldProblem(parts[0], problem.message))
            continue
        field = {"weekday": "days"}.get(parts[2], parts[2]) if len(parts) > 2 else "start"
        message = problem.message
        for path, index in sorted(places.items(), key=lambda pair: -len(pair[0])):
            message = message.replace(f" {path}:", f" line {index + 1}:")
        found.append(FieldProblem(f"{field}.{line}", message))
    return list(dict.fromkeys(found))
