"""When a case manager is told what the day holds. Rule: once, when their working day begins, and by daylight only.

A working day begins with the programme's hours of that day, or with the person's own duty by the rota where that is
earlier, or where the programme has no hours that day (a weekend, a holiday). Whoever is away then has no working day.

The message may go from that moment on, but not before seven in the morning. It is of use for four hours, and not
after eight in the evening: a service that was down sends it late by that much, and after that not at all. It waits
for the end of the person's own quiet hours, and is left out where they last longer than it is of use.

Wall times are those of the programme's zone. One that the clock jumps over moves forward by the jump, and one that
comes twice is the first: a day of 23 or 25 hours is one day, and has one message.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from notifications.delivery.quiet import after_quiet
from notifications.escalations.hours import CoverageHours, on_day
from notifications.escalations.rotas.duty import instant
from server.core.zones import zone as zone_called

EARLIEST = time(7)
"""Nobody is told before."""

LATEST = time(20)
"""Nobody is told from then on."""

OF_USE = timedelta(hours=4)
"""How long after the beginning of the day the message still helps."""

DUTY_BY_DAY = (time(5), time(18))
"""A duty of one's own that begins in these hours begins a working day; any other belongs to a night."""


class Window(Struct, frozen=True):
    """From `from_at` until just before `until_at` the message of a day may go."""

    from_at: datetime
    until_at: datetime


class Quiet(Struct, frozen=True):
    """A person's quiet hours as wall times in `zone`; both or neither."""

    zone: str
    quiet_from: time | None = None
    quiet_to: time | None = None


def begins(day: date, zone: str, hours: CoverageHours, own: Iterable[datetime]) -> datetime | None:
    """When a working day begins; None where there is none.

    `own`: the instants at which duties of the person's own begin, of whichever days.
    """
    here = zone_called(zone)
    first, last = DUTY_BY_DAY
    found = [start for start, _ in on_day(hours, day)][:1]
    for start in own:
        local = start.astimezone(here)
        if local.date() == day and first <= local.time() < last:
            found.append(start)
    return min(found, default=None)


def window(day: date, zone: str, begins_at: datetime) -> Window | None:
    """When the message of a day that begins then may go; None where it never is of use."""
    start = max(begins_at, instant(zone, day, EARLIEST))
    end = min(start + OF_USE, instant(zone, day, LATEST))
    return Window(start, end) if start < end else None


def may_go(open_for: Window, now: datetime, quiet: Quiet) -> bool:
    """Whether the message goes at this moment: within its window, and outside the person's quiet hours."""
    if not open_for.from_at <= now < open_for.until_at:
        return False
    if quiet.quiet_from is None or quiet.quiet_to is None:
        return True
    return after_quiet(now, quiet.zone, quiet.quiet_from, quiet.quiet_to) == now


def is_by_day(zone: str, now: datetime) -> bool:
    """Whether any message of a day's beginning could go now: a quick look before anything is asked."""
    local = now.astimezone(zone_called(zone)).time()
    return EARLIEST <= local < LATEST
