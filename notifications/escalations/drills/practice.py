"""Whom a rung calls in a drill. Rule: there is no client, so whoever is on duty stands in for a client's own people.

The ladder is the programme's own for emergencies, with its own waits. The case manager's place is taken by whoever is
on call first, the backup's by whoever is on call behind them, the supervisor's by all supervisors. The contact outside
is never called: they are not staff, and nobody outside hears of practice.
"""

from collections.abc import Iterable

from notifications.escalations.policy import RungTarget
from notifications.escalations.tiers import Tier

TIER = Tier.EMERGENCY
"""The ladder that is practised: the fastest one, on every channel at once, at any hour."""

_INSTEAD = {
    RungTarget.CASE_MANAGER: RungTarget.ON_CALL_PRIMARY,
    RungTarget.BACKUP: RungTarget.ON_CALL_BACKUP,
    RungTarget.SUPERVISOR: RungTarget.ALL_SUPERVISORS,
}


def in_practice(targets: Iterable[RungTarget]) -> tuple[RungTarget, ...]:
    """Whom a rung that names these calls in a drill, each once."""
    named = (_INSTEAD.get(each, each) for each in targets if each is not RungTarget.EMERGENCY_CONTACT)
    return tuple(dict.fromkeys(named))
