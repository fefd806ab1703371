"""What a calendar holds without a hole, for promises: when anybody at all is on call, on whichever rung."""

from bisect import bisect_right
from datetime import datetime, time, timedelta

from msgspec import Struct

from notifications.escalations.rotas.duty import BOTH, instant, stretches
from notifications.escalations.rotas.rota import Calendar

LOOKED_AHEAD = timedelta(days=60)
"""How far ahead a calendar without a hole counts as one that has none."""


class Held(Struct, frozen=True):
    """Spans in which somebody is on call, in order and apart from each other, as far as `until` was looked."""

    spans: tuple[tuple[datetime, datetime], ...]
    until: datetime

    def ends(self, at: datetime) -> datetime | None:
        """When the span under way at `at` ends; `at` itself where nobody is on; None where no end is in sight."""
        found = self._after(at)
        if found is None or found[0] > at:
            return at
        return found[1] if found[1] < self.until else None

    def begins(self, at: datetime) -> datetime | None:
        """The first moment from `at` on, `at` included, when somebody is on; None where nobody was found."""
        found = self._after(at)
        return None if found is None else max(found[0], at)

    def _after(self, at: datetime) -> tuple[datetime, datetime] | None:
        """The span under way at `at`, else the next one."""
        index = bisect_right(self.spans, at, key=lambda span: span[1])
        return self.spans[index] if index < len(self.spans) else None


def held(calendar: Calendar, from_at: datetime) -> Held | None:
    """What the calendar holds from an instant on, `LOOKED_AHEAD`; None for a team without a rota, which says nothing.

    Until the first rota begins there is none to hold anything against.
    """
    if not calendar.rotas:
        return None
    until = from_at + LOOKED_AHEAD
    first = min(calendar.rotas, key=lambda rota: rota.starts_on)
    found = [(from_at, min(until, instant(first.zone, first.starts_on, time(0))))]
    found += [
        (one.from_at, one.to_at)
        for layer in BOTH
        for one in stretches(calendar, layer, from_at, until)
        if one.on.person is not None
    ]
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(span for span in found if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return Held(tuple(merged), until)
