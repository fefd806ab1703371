"""Turns of duty, and whom a handover note is from and for.

Rule: a turn is all the time one person holds a rung without a break, however many shifts it is made of. Whoever is on
duty, or went off no longer than twelve hours ago, may leave a note for who comes next. It is for whoever is on duty
then, on either rung; who comes on within the next two hours may read it already.
"""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from notifications.escalations.rotas.duty import BOTH, stretches
from notifications.escalations.rotas.rota import Calendar, Layer

AFTERWARDS = timedelta(hours=12)
"""How long after their turn somebody may still add to what they hand over."""

BEFOREHAND = timedelta(hours=2)
"""How long before their turn somebody may say that they have read it."""

LOOKED_BACK = timedelta(days=4)
LOOKED_AHEAD = timedelta(days=14)


class Turn(Struct, frozen=True, kw_only=True):
    """One person on one rung from `from_at` until just before `to_at`; cut to the days that were looked at."""

    layer: Layer
    person: UUID
    from_at: datetime
    to_at: datetime


def turns(calendar: Calendar, layer: Layer, from_at: datetime, to_at: datetime) -> tuple[Turn, ...]:
    """The turns on a rung between two instants, in order of time. Where nobody is on, there is none."""
    found: list[Turn] = []
    for one in stretches(calendar, layer, from_at, to_at):
        if one.on.person is None:
            continue
        before = found[-1] if found else None
        if before is not None and before.person == one.on.person and before.to_at == one.from_at:
            found[-1] = replace(before, to_at=one.to_at)
        else:
            found.append(Turn(layer=layer, person=one.on.person, from_at=one.from_at, to_at=one.to_at))
    return tuple(found)


def around(calendar: Calendar, now: datetime) -> tuple[Turn, ...]:
    """Both rungs' turns of the last days and the days ahead, in order of when they begin, the first rung first."""
    ahead = [one for layer in BOTH for one in turns(calendar, layer, now - LOOKED_BACK, now + LOOKED_AHEAD)]
    return tuple(sorted(ahead, key=lambda one: (one.from_at, BOTH.index(one.layer))))


def under_way(found: tuple[Turn, ...], now: datetime) -> tuple[Turn, ...]:
    """The turns under way, the first rung's first."""
    on = [one for one in found if one.from_at <= now < one.to_at]
    return tuple(sorted(on, key=lambda one: BOTH.index(one.layer)))


def last_over(found: tuple[Turn, ...], now: datetime) -> Turn | None:
    """The turn on the first rung that ended last; the second rung's where the first has none."""
    over = [one for one in found if one.to_at <= now]
    first = [one for one in over if one.layer is Layer.PRIMARY]
    return max(first or over, key=lambda one: one.to_at, default=None)


def next_up(found: tuple[Turn, ...], now: datetime) -> Turn | None:
    """The turn that begins next, by somebody who is not on the same rung now."""
    return min((one for one in found if one.from_at > now), key=lambda one: one.from_at, default=None)


def hands_over(found: tuple[Turn, ...], person: UUID, now: datetime) -> Turn | None:
    """The turn for which this person may leave a note now; of several the one that ends first."""
    own = [one for one in found if one.person == person and one.from_at <= now < one.to_at + AFTERWARDS]
    return min(own, key=lambda one: (one.to_at <= now, one.to_at), default=None)


def comes_on(found: tuple[Turn, ...], person: UUID, now: datetime) -> Turn | None:
    """The turn for which this person may say that they have read what was handed over: under way, or about to be."""
    own = [one for one in found if one.person == person and one.from_at - BEFOREHAND <= now < one.to_at]
    return min(own, key=lambda one: one.from_at, default=None)
