"""Whom a case calls by now, and when it calls next: arithmetic on one ladder, nothing else.

Level-triggered: ticking every second, or once after a two-year outage, leaves the same numbers and has called
the same people.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from notifications.escalations.coverage import Clock
from notifications.escalations.policy import TierPolicy

Window = Callable[[datetime], tuple[datetime, datetime]]
"""When calls may go out: `partial(coverage.call_window, hours)`. Wall-clock tiers ignore it."""


class Call(Struct, frozen=True):
    """A call to make now: its number on this ladder, the rung's index, people not yet called this tick."""

    number: int
    rung: int
    people: tuple[str, ...]


class Climb(Struct, frozen=True):
    """What one tick does: calls to make, indexes of rungs nobody holds, the new numbers for the row."""

    calls: tuple[Call, ...]
    passed: tuple[int, ...]
    calls_made: int
    next_call_at: datetime


def at_any_hour(at: datetime) -> tuple[datetime, datetime]:
    """The window of a team that may always be called."""
    return at, datetime.max.replace(tzinfo=UTC)


def climb(
    policy: TierPolicy,
    calls_made: int,
    next_call_at: datetime,
    holders: Mapping[int, tuple[str, ...]],
    now: datetime,
    window: Window = at_any_hour,
) -> Climb:
    """Every call that came due by `now`. `holders` gives the people on each rung by its index.

    A rung nobody holds is passed at once. The last rung repeats for ever, held or not. In one tick each
    person is called once, for the first rung that names them. `calls_made` counts rungs passed as well; the
    new `next_call_at` is after `now` and is counted from when each call was due, not from when the tick
    came.
    """
    window = call_hours(policy, window)
    last = len(policy.rungs) - 1
    calls: list[Call] = []
    passed: list[int] = []
    told: set[str] = set()
    at = window(next_call_at)[0]
    while at <= now:
        rung = min(calls_made, last)
        people = tuple(dict.fromkeys(person for person in holders.get(rung, ()) if person not in told))
        if people:
            calls.append(Call(calls_made, rung, people))
            told.update(people)
        elif not holders.get(rung):
            passed.append(rung)
        wait = timedelta(minutes=policy.rungs[rung].wait_minutes)
        if rung == last:
            times, at = repeats(at, wait, now, window)
            calls_made += times
        else:
            calls_made += 1
            at = window(at + wait)[0] if holders.get(rung) else at
    return Climb(tuple(calls), tuple(passed), calls_made, at)


def call_hours(policy: TierPolicy, window: Window) -> Window:
    """The window a tier heeds: a wall-clock tier calls at any hour, whatever it is given."""
    return at_any_hour if policy.clock is Clock.WALL else window


def repeats(at: datetime, wait: timedelta, now: datetime, window: Window) -> tuple[int, datetime]:
    """How often a call every `wait` from `at` fell due by `now`, and when it is next due."""
    count = 0
    while at <= now:  # one step a window, so a long outage costs no long loop
        _, end = window(at)
        steps = min((now - at) // wait + 1, -((at - end) // wait))
        count += steps
        at = window(at + steps * wait)[0]
    return count, at
