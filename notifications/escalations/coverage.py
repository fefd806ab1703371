"""When the team is on duty, and what a client may therefore be promised.

Coverage is a week of wall-clock spans in one zone, less the holidays. Three clocks are built on it: the
wall clock always runs; the coverage clock runs while the team is on duty; the coverage-day clock counts
days of duty. A promise names a person and a time only when duty lasts from now until then, without a hole.
"Day and night" may be said only when `has_no_hole` is true. (Nock et al. 2021: tell people how often
answers are read.) Where the team has a rota as well, the team is on duty only while somebody is on call by it:
`Held` says when. Clocks and limits know the hours alone.
"""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice

from msgspec import Struct

from notifications.escalations.hours import HORIZON, CoverageHours, has_no_hole, instant, on_day, stretches
from notifications.escalations.rotas.held import Held
from server.core.zones import zone

_DAY = timedelta(days=1)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Clock(StrEnum):
    """Which time counts towards a limit."""

    WALL = "wall"
    COVERAGE = "coverage"
    COVERAGE_DAY = "coverage_day"


class OnDuty(Struct, frozen=True, tag=True):
    """A person will look by then; the name is None when it is not yet known who."""

    name: str | None
    by: datetime


class Later(Struct, frozen=True, tag=True):
    """Nobody can be promised before the team is back at `starts_at`."""

    starts_at: datetime


class Nobody(Struct, frozen=True, tag=True):
    """Nothing can be promised at all."""


Promise = OnDuty | Later | Nobody


def window(hours: CoverageHours, at: datetime) -> tuple[datetime, datetime] | None:
    """The stretch of duty under way, cut to begin at `at`, or else the next one; None when there is none.

    Two stretches that touch may come as two answers: ask again at the end of the first.
    """
    if has_no_hole(hours):
        return at, _END_OF_TIME
    for start, end in stretches(hours, at):
        return max(start, at), end
    return None


def call_window(hours: CoverageHours, at: datetime) -> tuple[datetime, datetime]:
    """The stretch in which calls may go out, for the ladder. With no duty at all calls go out at any hour."""
    return window(hours, at) or (at, _END_OF_TIME)


def is_covered(hours: CoverageHours, at: datetime, held: Held | None = None) -> bool:
    """True while the team is on duty; the last moment of a span is no longer covered."""
    return next_covered(hours, at, held) == at


def next_covered(hours: CoverageHours, at: datetime, held: Held | None = None) -> datetime | None:
    """The first moment of duty from `at` on, `at` included; None when there is none within the horizon."""
    reached: datetime | None = at
    while reached is not None and reached - at <= HORIZON:
        found = window(hours, reached)
        if found is None or held is None:
            return found[0] if found else None
        reached = held.begins(found[0])
        if reached is not None and reached < found[1]:
            return reached
    return None


def ends_at(hours: CoverageHours, at: datetime, held: Held | None = None) -> datetime | None:
    """When the duty under way at `at` ends; None when nobody is on duty, or no end is in sight."""
    if not is_covered(hours, at, held):
        return None
    ends = (_hours_end(hours, at), held.ends(at) if held else None)
    return min((end for end in ends if end is not None), default=None)


def _hours_end(hours: CoverageHours, at: datetime) -> datetime | None:
    reached = at
    while reached - at <= HORIZON:
        found = window(hours, reached)
        if found is None or found[0] > reached:
            return reached
        if found[1] == _END_OF_TIME:
            return None
        reached = found[1]
    return None


def add(hours: CoverageHours, start: datetime, duration: timedelta) -> datetime:
    """The moment `duration` of duty has passed since `start`.

    A limit always exists: where duty is too little to use it up within the horizon, the wall clock counts.
    """
    reached, left = start, duration
    while found := window(hours, reached):
        begins, ends = found
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
        reached = ends
        if reached - start > HORIZON:
            break
    return start + duration


def add_days(hours: CoverageHours, start: datetime, days: int) -> datetime:
    """The same wall time `days` days of duty later: Friday at four becomes Monday at four, one day later.

    A start outside duty counts from the next duty. Where that day has no duty at that time, it is the end of
    the duty before it on that day, or else the start of the next. With no duty at all a day is 24 hours.
    """
    first = next_covered(hours, start)
    here = zone(hours.zone)
    day = None if first is None else _duty_day(hours, first.astimezone(here).date(), days)
    if first is None or day is None:
        return start + days * _DAY
    same_time = instant(hours, day, first.astimezone(here).time())
    if is_covered(hours, same_time):
        return same_time
    ended = [end for _, end in on_day(hours, day) if end <= same_time]
    return max(ended) if ended else next_covered(hours, same_time) or same_time


def limit(hours: CoverageHours, clock: Clock, start: datetime, duration: timedelta) -> datetime:
    """The moment `duration` has passed on a clock; the coverage-day clock takes each 24 hours for one day."""
    match clock:
        case Clock.WALL:
            return start + duration
        case Clock.COVERAGE:
            return add(hours, start, duration)
        case Clock.COVERAGE_DAY:
            return add_days(hours, start, -(-duration // _DAY))


def promise(
    hours: CoverageHours, now: datetime, by: datetime, name: str | None, held: Held | None = None
) -> Promise:
    """What may be promised: a person by `by` only if duty lasts until then, else when the team is back.

    A time that has already passed promises nothing.
    """
    if by <= now:
        return Nobody()
    covered = is_covered(hours, now, held)
    ends = ends_at(hours, now, held)
    if covered and (ends is None or by <= ends):
        return OnDuty(name, by)
    back_at = next_covered(hours, ends or now, held)
    return Nobody() if back_at is None else Later(back_at)


def _duty_day(hours: CoverageHours, after: date, count: int) -> date | None:
    """The `count`-th date after `after` on which duty starts."""
    days = (after + ahead * _DAY for ahead in range(1, HORIZON.days))
    return next(islice((day for day in days if on_day(hours, day)), count - 1, None), None)
