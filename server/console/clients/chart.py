"""Drawing a series of answers as a line: where everything stands, in units of the picture. Pure.

A missed check-in, or one without a number, leaves a gap: the line never runs over what is not known.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from msgspec import Struct

from checkins.trends import Point, Series

WIDTH, HEIGHT = 640, 190
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 12, 30
_STEPS = (1, 2, 5, 10, 20, 50, 100)
_DAY_STEPS = (1, 2, 7, 14, 28)


class Mark(Struct, frozen=True):
    """A word at a place."""

    at: float
    words: str


class Dot(Struct, frozen=True):
    """One answer in the picture, with its words for whoever points at it."""

    x: float
    y: float
    words: str


class Line(Struct, frozen=True, kw_only=True):
    """Everything the picture shows, and the same numbers for the table (newest first)."""

    series: Series
    unit: str
    heights: list[Mark]
    days: list[Mark]
    strokes: list[str]
    dots: list[Dot]
    missed: list[float]
    summary: str


def line(series: Series, begin: datetime, end: datetime, here: tzinfo) -> Line:
    """The picture of one series between two instants, its days counted in a zone."""
    least, most = series.least, max(series.most, series.least + 1)
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(at: datetime) -> float:
        return round(LEFT + across * max(0.0, min(1.0, (at - begin) / (end - begin))), 1)

    def y(value: float) -> float:
        return round(TOP + up * (1 - (value - least) / (most - least)), 1)

    unit = "" if series.scale else ("hours" if series.key == "sleep" else "")
    dots = [
        Dot(x(point.at), y(point.value), f"{_day(point.at, here)}: {number(point.value)} {unit}".strip())
        for point in series.points
        if point.value is not None
    ]
    return Line(
        series=series,
        unit=unit,
        heights=[Mark(y(value), number(value)) for value in _heights(least, most)],
        days=[Mark(x(at), _day(at, here)) for at in _days(begin, end, here)],
        strokes=[" ".join(f"{x(at)},{y(value)}" for at, value in run) for run in _runs(series.points)],
        dots=dots,
        missed=[x(point.at) for point in series.points if point.missed],
        summary=_summary(series, unit),
    )


def number(value: float) -> str:
    """Without a needless ".0"."""
    return f"{value:g}"


def _day(at: datetime, here: tzinfo) -> str:
    local = at.astimezone(here)
    return f"{local:%b} {local.day}"


def _heights(least: float, most: float) -> list[float]:
    step = next(step for step in _STEPS if (most - least) / step <= 6 or step == _STEPS[-1])
    found = [least]
    while found[-1] + step <= most:
        found.append(found[-1] + step)
    return found


def _days(begin: datetime, end: datetime, here: tzinfo) -> list[datetime]:
    """Midnights where the client is, few enough to be read."""
    length = (end - begin).days
    step = next((step for step in _DAY_STEPS if length / step <= 8), _DAY_STEPS[-1])
    first = begin.astimezone(here).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return [at for n in range(0, length, step) if (at := first + timedelta(days=n)) < end]


def _runs(points: Sequence[Point]) -> list[list[tuple[datetime, float]]]:
    """Stretches of answers without a gap; one alone is a dot and no stroke."""
    runs: list[list[tuple[datetime, float]]] = [[]]
    for point in points:
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append((point.at, point.value))
    return [run for run in runs if len(run) > 1]


def _summary(series: Series, unit: str) -> str:
    values = [point.value for point in series.points if point.value is not None]
    missed = sum(point.missed for point in series.points)
    if not values:
        return "No numbers in this time."
    if len(values) == 1:
        words = f"One answer: {number(values[0])} {unit}".strip()
    else:
        words = f"{len(values)} answers from {number(min(values))} to {number(max(values))} {unit}".strip()
    return f"{words}, {missed} missed." if missed else f"{words}."
