"""The four tiers of urgency. Machines raise a tier and merge causes; only people lower one or close a case."""

from collections.abc import Iterable
from enum import StrEnum


class Tier(StrEnum):
    """How fast a human must act, most urgent first (UK and Victorian phone-triage scales, Nock 2021)."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    SAME_DAY = "same_day"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """0 for the most urgent tier, so that sorting by rank puts emergencies first."""
        return _RANK[self]

    @property
    def words(self) -> str:
        """The tier in running text: "same day"."""
        return self.value.replace("_", " ")

    def outranks(self, other: "Tier | None") -> bool:
        """True when this tier is strictly more urgent than `other`; any tier outranks none."""
        return other is None or self.rank < other.rank


_RANK = {tier: rank for rank, tier in enumerate(Tier)}


def most_urgent(tiers: Iterable[Tier]) -> Tier | None:
    """The most urgent of `tiers`, or None when there is none."""
    return min(tiers, key=lambda tier: tier.rank, default=None)
