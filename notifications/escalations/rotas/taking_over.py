"""What stays of the stand-ins there are when other rotas take the place of the old ones.

Rule: whatever is before the first of them stays. A shift that began before is finished, by whoever stands in for it; a
stand-in that reaches further ends there, and one that begins later is gone. What is over by now stays in any case.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from msgspec.structs import replace

from notifications.escalations.rotas.duty import BOTH, instant, stretches
from notifications.escalations.rotas.rota import Calendar, Layer, Override, Rota

_LONGER_THAN_ANY_SHIFT = timedelta(days=3)


def begins_at(rotas: Sequence[Rota], first: Rota, now: datetime) -> dict[Layer, datetime]:
    """When `first`, one of these rotas, begins to count on each rung; `now` where that is over."""
    calendar, first_at = Calendar(rotas=tuple(rotas)), instant(first.zone, first.starts_on, time(0))
    return {layer: max(now, _finished_at(calendar, layer, first_at)) for layer in BOTH}


def left_of(override: Override, begins: Mapping[Layer, datetime]) -> Override | None:
    """The part of an override before the new rota begins on its rung; None where there is no such part."""
    at = begins[override.layer]
    return replace(override, to_at=min(override.to_at, at)) if override.from_at < at else None


def _finished_at(calendar: Calendar, layer: Layer, at: datetime) -> datetime:
    """When the shift is over that is under way at `at` and began before; `at` where there is none."""
    running = stretches(calendar, layer, at, at + _LONGER_THAN_ANY_SHIFT)[0]
    began_at = running.on.duty_from
    return running.to_at if began_at is not None and began_at < at else at
