"""Which of several providers carries a message. Rule: who is well comes first, and the next one steps in at once.

A provider that refused, is broken or could not be reached did not take the message: the next one gets it in the same
attempt. Where the answer was lost, nobody knows. An everyday message then waits for its next try, since a double costs
trust. An urgent one goes on to the next provider: somebody is waiting, and hearing of it twice harms nobody. Whoever
failed three times in a row is asked last for five minutes. The synthetic case goes over each of them, whatever the
others say, so that whoever steps in was tried lately. Instants are seconds on one steady clock.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater
from notifications.delivery.retry import Priority

RUN = 3
"""Failures in a row after which a provider is asked last."""

ASIDE = 300.0
"""Seconds for which it is asked last, from its latest failure."""


class Health(Struct, frozen=True):
    """How a provider did lately: failures in a row, and when the latest was."""

    failures: int = 0
    failed_at: float = 0.0


def in_order(healths: Sequence[Health], now: float) -> list[int]:
    """The indexes of the providers in the order in which they are asked: as configured, those set aside last."""
    return sorted(range(len(healths)), key=lambda index: set_aside(healths[index], now))


def set_aside(health: Health, now: float) -> bool:
    """Whether this provider is asked last at this moment."""
    return health.failures >= RUN and now < health.failed_at + ASIDE


def noted(health: Health, outcome: Outcome, now: float) -> Health:
    """The provider's health after this. A gone address says something of the address, nothing of the provider."""
    if isinstance(outcome, Sent):
        return Health()
    return health if isinstance(outcome, GoneAddress) else Health(health.failures + 1, now)


def goes_on(outcome: Outcome, priority: int, *, by_each: bool = False) -> bool:
    """Whether the next provider gets the message in the same attempt."""
    if by_each:
        return True
    match outcome:
        case Misconfigured() | TryLater():
            return True
        case Ambiguous():
            return priority <= Priority.URGENT
        case Sent() | GoneAddress():
            return False


_WEIGHT = (Sent, Ambiguous, GoneAddress, TryLater, Misconfigured)


def together(outcomes: Sequence[Outcome], *, by_each: bool = False) -> Outcome:
    """What one attempt over several providers came to: what one of them took is sent.

    Otherwise it may have been taken where one answer was lost; and trying again helps where one asks for it. What
    each had to take is no better than with the one that did worst. Whose answer was lost is kept beside it.
    """
    worst_or_best = max if by_each else min
    one = worst_or_best(outcomes, key=lambda outcome: _WEIGHT.index(type(outcome)))
    if not isinstance(one, Sent | Ambiguous):
        return one
    lost = (name for each in outcomes if isinstance(each, Ambiguous) for name in each.unheard)
    return replace(one, unheard=tuple(lost))
