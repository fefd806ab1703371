"""What a change of duty would make worse: holes, too little rest, one person on both rungs. Only what is new is told.

A change of duty is made of overrides. A hole it makes refuses an offer; too little rest, and one person on both rungs,
are said to both, and go only when each of them has said that they know.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from notifications.escalations.rotas.duty import BOTH, stretches
from notifications.escalations.rotas.holes import BothRungs, ShortRest, both_rungs, short_rests
from notifications.escalations.rotas.rota import Calendar, Layer, Override, Stretch

_AROUND = timedelta(days=3)
"""The longest rest that can be agreed is 48 hours; duty beyond that is not touched by a change."""


class Worse(Struct, frozen=True):
    """What a change makes: stretches in which nobody is on any more, rests that are too short now, and stretches
    in which one person holds both rungs now, so that nobody is behind them."""

    holes: tuple[Stretch, ...]
    short_rests: tuple[ShortRest, ...]
    both_rungs: tuple[BothRungs, ...]


def with_changes(calendar: Calendar, changes: Sequence[Override]) -> Calendar:
    """The calendar as it would be: what is changed last counts."""
    return replace(calendar, overrides=(*calendar.overrides, *changes))


def made_worse(calendar: Calendar, changes: Sequence[Override]) -> Worse:
    """What these changes make worse, in order of time. No change makes nothing worse."""
    if not changes:
        return Worse((), (), ())
    from_at = min(one.from_at for one in changes) - _AROUND
    to_at = max(one.to_at for one in changes) + _AROUND
    after = with_changes(calendar, changes)
    before = {(one.person, one.off_at, one.on_at) for one in short_rests(calendar, from_at, to_at)}
    rests = [
        one for one in short_rests(after, from_at, to_at) if (one.person, one.off_at, one.on_at) not in before
    ]
    both = _new_both_rungs(calendar, after, changes)
    return Worse(tuple(_new_holes(calendar, after, changes)), tuple(rests), tuple(both))


def is_theirs(calendar: Calendar, layer: Layer, from_at: datetime, to_at: datetime, person: UUID) -> bool:
    """Whether this person has the whole of this time on this rung."""
    ahead = stretches(calendar, layer, from_at, to_at)
    return bool(ahead) and all(one.on.person == person for one in ahead)


def _new_holes(before: Calendar, after: Calendar, changes: Sequence[Override]) -> list[Stretch]:
    """Stretches within the changes in which somebody was on, and nobody is any more."""
    found: dict[tuple[datetime, Layer], Stretch] = {}
    for change in changes:
        for one in stretches(after, change.layer, change.from_at, change.to_at):
            was_on = stretches(before, change.layer, one.from_at, one.to_at)
            if one.on.person is None and any(each.on.person for each in was_on):
                found[one.from_at, change.layer] = one
    return sorted(found.values(), key=lambda one: (one.from_at, BOTH.index(one.on.layer)))


def _new_both_rungs(before: Calendar, after: Calendar, changes: Sequence[Override]) -> list[BothRungs]:
    """Stretches within the changes in which somebody holds both rungs, and did not all the while."""
    found: dict[tuple[datetime, UUID], BothRungs] = {}
    for change in changes:
        was_so = both_rungs(before, change.from_at, change.to_at)
        for one in both_rungs(after, change.from_at, change.to_at):
            if not any(_within(one, each) for each in was_so):
                found[one.from_at, one.person] = one
    return sorted(found.values(), key=lambda one: (one.from_at, one.person))


def _within(one: BothRungs, other: BothRungs) -> bool:
    return one.person == other.person and other.from_at <= one.from_at and one.to_at <= other.to_at
