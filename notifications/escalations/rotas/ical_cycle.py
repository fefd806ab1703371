"""From which Monday until which a weekly series of an iCalendar file is part of a rota.

A series every four weeks may belong to a rota up to three weeks before its first date and after its last one,
so that the shifts of one cycle become one rota, although they begin in different weeks. Where that makes
shifts meet that never do, the file is read once more with `exact` weeks, and becomes more rotas.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from notifications.escalations.rotas.ical_series import Series

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def mondays(running: Sequence[Series], first: date, *, exact: bool) -> list[date]:
    """The fewest Mondays from which new rotas must start."""
    windows = [_begins(one, first, exact=exact) for one in running]
    windows += [ends for one in running if (ends := _ends(one, exact=exact)) is not None]
    found: list[date] = []
    for earliest, latest in sorted(windows, key=lambda window: window[1]):
        if not found or found[-1] < earliest:
            found.append(latest)
    return found


def life(one: Series, starts: Sequence[date], first: date, *, exact: bool) -> tuple[date, date | None]:
    """The Mondays, of those given, from which and until which a series is part of the rota."""
    earliest, latest = _begins(one, first, exact=exact)
    begins = max(monday for monday in starts if earliest <= monday <= latest)
    ends = _ends(one, exact=exact)
    return begins, None if ends is None else min(day for day in starts if ends[0] <= day <= ends[1])


def _begins(one: Series, first: date, *, exact: bool) -> tuple[date, date]:
    monday = monday_of(one.first)
    if monday <= first:
        return first, first
    return monday if exact else max(first, monday - (one.interval - 1) * _WEEK), monday


def _ends(one: Series, *, exact: bool) -> tuple[date, date] | None:
    """The first and the last Monday at which a series may leave the rota; None where it has no end."""
    last = _last_date(one)
    if last is None:
        return None
    after = monday_of(last) + _WEEK
    return after, after if exact else after + (one.interval - 1) * _WEEK


def _last_date(one: Series) -> date | None:
    cycle = one.interval * _WEEK
    return None if one.last is None else one.first + (one.last - one.first) // cycle * cycle


def is_over(one: Series, first: date) -> bool:
    """True for a series whose last date is before `first`."""
    last = _last_date(one)
    return last is not None and last < first


def monday_of(day: date) -> date:
    """The Monday of a date's week."""
    return day - day.weekday() * _DAY
