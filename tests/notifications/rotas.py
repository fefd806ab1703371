"""What the rota's tests share: the cast on duty in Chicago, any calendar at all, and a slow second opinion."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from notifications.escalations.rotas.rota import Absence, Calendar, HolidayShift, Layer, Override, Rota, Shift

CHICAGO = "America/Chicago"
MARA, BEN, SOL, IDA, OTTO = (UUID(int=number) for number in range(1, 6))
NAMES = {MARA: "Mara", BEN: "Ben", SOL: "Sol", IDA: "Ida"}
TEAM = frozenset(NAMES)
EVERYBODY = sorted(TEAM)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = date(2026, 3, 2)


def chicago(month: int, day: int, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(CHICAGO), fold=fold).astimezone(UTC)


def clock(words: str) -> time:
    return time.fromisoformat(words)


def shift(weekday: int, start: str, end: str, person: UUID, week: int = 1) -> Shift:
    return Shift(week=week, weekday=weekday, start=clock(start), end=clock(end), person=person)


def holiday_shift(start: str, end: str, person: UUID) -> HolidayShift:
    return HolidayShift(start=clock(start), end=clock(end), person=person)


DAYS_AND_NIGHTS = Rota(
    zone=CHICAGO,
    starts_on=MONDAY,
    primary=(
        *(shift(day, "08:00", "20:00", MARA) for day in range(1, 8)),
        *(shift(day, "20:00", "08:00", BEN) for day in range(1, 8)),
    ),
    backup=tuple(shift(day, "08:00", "02:00", SOL) for day in range(1, 8)),
)
"""Mara by day and Ben by night; behind them Sol until two in the morning, and nobody from then until eight."""

# Clocks change in each of these: forward and back, at midnight, by half an hour, and never.
ZONES = (
    CHICAGO,
    "Europe/Madrid",
    "Australia/Lord_Howe",
    "America/Havana",
    "America/St_Johns",
    "Asia/Kathmandu",
)
CHANGES = {
    CHICAGO: (date(2026, 3, 8), date(2026, 11, 1)),
    "Europe/Madrid": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/St_Johns": (date(2026, 3, 8), date(2026, 11, 1)),
    "Asia/Kathmandu": (date(2026, 3, 8), date(2026, 11, 1)),
}


def any_shifts(dice: Random, weeks: int) -> tuple[Shift, ...]:
    """Shifts of one layer without overlap: the cycle cut at some marks, somebody or at times nobody between."""
    cycle = weeks * 7 * 1440
    marks = sorted(dice.sample(range(0, cycle, 15), dice.choice((0, 4, 14, 28)) * weeks))
    found: list[Shift] = []
    for mark, following in zip(marks, [*marks[1:], *(one + cycle for one in marks[:1])], strict=False):
        end = min(following, mark + 1440) % cycle
        begins, ends = (time(minute % 1440 // 60, minute % 60) for minute in (mark, end))
        if dice.random() < 0.85:
            week, weekday = mark // 10080 + 1, mark // 1440 % 7 + 1
            found.append(
                Shift(week=week, weekday=weekday, start=begins, end=ends, person=dice.choice(EVERYBODY))
            )
    return tuple(found)


def any_rota(dice: Random, zone: str, starts_on: date, change: date) -> Rota:
    weeks = dice.randint(1, 3)
    walls = [
        holiday_shift(
            dice.choice(("00:00", "02:30", "08:00")), dice.choice(("00:00", "01:30", "08:00")), person
        )
        for person in dice.sample(EVERYBODY, 2)
    ]
    return Rota(
        zone=zone,
        weeks=weeks,
        starts_on=starts_on,
        primary=any_shifts(dice, weeks),
        backup=any_shifts(dice, weeks),
        holidays=tuple(change + dice.randint(-2, 2) * DAY for _ in range(dice.choice((0, 0, 1, 2)))),
        holiday_primary=tuple(walls[: dice.randint(0, 1)]),
        holiday_backup=tuple(walls[1 : dice.randint(1, 2)]),
    )


@st.composite
def calendars(draw: st.DrawFn, max_rotas: int = 2) -> tuple[Calendar, datetime]:
    """Any calendar in one zone, and midnight (UTC) of a day on which its clocks change."""
    zone = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(CHANGES[zone]))
    dice = Random(draw(st.integers(0, 2**32)))
    around = datetime.combine(change, time(0), UTC)
    monday = change - change.weekday() * DAY
    starts = sorted({-dice.randint(1, 3), *dice.sample((-1, 0, 1), dice.randint(0, max_rotas - 1))})
    rotas = tuple(any_rota(dice, zone, monday + weeks * 7 * DAY, change) for weeks in starts)

    def span() -> tuple[datetime, datetime]:
        start, end = sorted(dice.sample(range(-2 * 96, 3 * 96), 2))
        return around + start * 15 * MINUTE, around + end * 15 * MINUTE

    overrides: list[Override] = []
    absences: list[Absence] = []
    for _ in range(dice.randint(0, 4)):
        from_at, to_at = span()
        inside, outside = dice.choice((None, *EVERYBODY)), dice.choice((None, *EVERYBODY, *EVERYBODY))
        layer = dice.choice(list(Layer))
        overrides.append(
            Override(layer=layer, from_at=from_at, to_at=to_at, person_in=inside, person_out=outside)
        )
    for _ in range(dice.randint(0, 3)):
        from_at, to_at = span()
        backup = dice.choice((None, *EVERYBODY, *EVERYBODY))
        absences.append(Absence(person=dice.choice(EVERYBODY), from_at=from_at, to_at=to_at, backup=backup))
    return Calendar(rotas=rotas, overrides=tuple(overrides), absences=tuple(absences)), around


@cache
def walls(zone: str, day: date) -> dict[datetime, datetime]:
    """Each minute the clock of a zone shows around a day, with the first instant it does, minute by minute."""
    found: dict[datetime, datetime] = {}
    here = ZoneInfo(zone)
    at = datetime.combine(day, time(0), UTC) - 8 * DAY
    before = None
    for _ in range(16 * 1440):
        wall = at.astimezone(here).replace(tzinfo=None)
        if before is not None:
            gap = wall - before - MINUTE
            for missing in range(max(gap // MINUTE, 0)):
                skipped = before + (missing + 1) * MINUTE
                found[skipped] = at + missing * MINUTE
        found.setdefault(wall, at)
        before = wall
        at += MINUTE
    return found


def slowly(calendar: Calendar, layer: Layer, at: datetime, around: datetime) -> UUID | None:
    """Who is on, looked up without a shortcut: every shift on every day, then each change in turn."""
    best: tuple[datetime, datetime, UUID] | None = None
    for days in range(-5, 6):
        day = around.date() + days * DAY
        in_force = [rota for rota in calendar.rotas if rota.starts_on <= day]
        if not in_force:
            continue
        rota = max(in_force, key=lambda one: one.starts_on)
        table = walls(rota.zone, around.date())
        week = ((day - rota.starts_on).days // 7) % rota.weeks + 1
        usual = [one for one in rota.shifts(layer) if (one.week, one.weekday) == (week, day.weekday() + 1)]
        for one in rota.holiday_shifts(layer) if day in rota.holidays else usual:
            begins = datetime.combine(day, one.start)
            ends = datetime.combine(day, one.end)
            ends += DAY if ends <= begins else 0 * DAY
            if table[begins] <= at < table[ends]:
                best = max(filter(None, (best, (table[begins], begins, one.person))))
    history: list[UUID | None] = [best[2] if best else None]
    for change in calendar.overrides:
        applies = change.layer == layer and not (at < change.from_at or at >= change.to_at)
        if applies and (change.person_out is None or change.person_out in history):
            history.append(change.person_in)
    return called(calendar, history[-1], at, hops=10)


def called(calendar: Calendar, person: UUID | None, at: datetime, hops: int) -> UUID | None:
    """Whom absences lead to: a chain of ten among four people goes round in a circle."""
    away = [one for one in calendar.absences if one.person == person and one.from_at <= at < one.to_at]
    if not away or person is None:
        return person
    return called(calendar, away[-1].backup, at, hops - 1) if hops else None
