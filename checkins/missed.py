"""What silence leads to. One miss is normal: about 70 % of check-ins in such programmes are answered.

So a run of misses climbs step by step, by the client's risk level: a reminder on another channel, a task for
the case manager (call the client first), a same-day case, an urgent one. Never an emergency by itself:
whether silence calls for a welfare check is a supervisor's decision, after three documented attempts.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from notifications.escalations.tiers import Tier
from server.core.errors import FieldProblem
from server.people.terms import RiskLevel


class MissedAction(StrEnum):
    """What a miss leads to, mildest first. All but `none` also remind the client (see `reminds`)."""

    NONE = "none"
    REMIND_OTHER_CHANNEL = "remind_other_channel"
    TASK = "task"
    SAME_DAY = "same_day"
    URGENT = "urgent"


_LADDER = tuple(MissedAction)
_TIERS = {
    MissedAction.TASK: Tier.ROUTINE,
    MissedAction.SAME_DAY: Tier.SAME_DAY,
    MissedAction.URGENT: Tier.URGENT,
}


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """From `after` misses in a row on, do this, until a later step says more."""

    after: int
    do: MissedAction


class MissedPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A programme's steps for each risk level, in rising order. The last one holds for every further miss."""

    low: tuple[Step, ...]
    moderate: tuple[Step, ...]
    high: tuple[Step, ...]

    def steps(self, risk: RiskLevel) -> tuple[Step, ...]:
        """The steps for one risk level."""
        return {RiskLevel.LOW: self.low, RiskLevel.MODERATE: self.moderate, RiskLevel.HIGH: self.high}[risk]


DEFAULT_POLICY = MissedPolicy(
    low=(
        Step(2, MissedAction.REMIND_OTHER_CHANNEL),
        Step(3, MissedAction.TASK),
        Step(7, MissedAction.SAME_DAY),
    ),
    moderate=(
        Step(1, MissedAction.REMIND_OTHER_CHANNEL),
        Step(2, MissedAction.TASK),
        Step(4, MissedAction.SAME_DAY),
    ),
    high=(
        Step(1, MissedAction.TASK),
        Step(2, MissedAction.SAME_DAY),
        Step(3, MissedAction.URGENT),
    ),
)


def decide(
    policy: MissedPolicy, risk: RiskLevel, misses_in_row: int, last_answer_flagged: bool
) -> MissedAction:
    """What the latest miss leads to: the last step reached, and one step more after a flagged answer.

    Silence after a flagged answer outranks silence after a calm one. `misses_in_row` counts this miss and no
    excused check-in; below 1 there is nothing to do. The strongest step repeats on every further miss.
    """
    if misses_in_row < 1:
        return MissedAction.NONE
    reached = [step.do for step in policy.steps(risk) if step.after <= misses_in_row]
    action = max(reached, key=_LADDER.index, default=MissedAction.NONE)
    if not last_answer_flagged:
        return action
    return _LADDER[min(_LADDER.index(action) + 1, len(_LADDER) - 1)]


def tier_for(action: MissedAction) -> Tier | None:
    """The tier of the case an action opens or joins; None when no person on the staff is asked to act."""
    return _TIERS.get(action)


def reminds(action: MissedAction) -> bool:
    """True when the client is reminded on another channel: staff never hear of a miss before them."""
    return action != MissedAction.NONE


def problems(policy: MissedPolicy) -> tuple[FieldProblem, ...]:
    """Everything that must be put right before the policy may be used; empty when it may."""
    return tuple(found for risk in RiskLevel for found in _problems_of_steps(risk, policy.steps(risk)))


def _problems_of_steps(risk: RiskLevel, steps: tuple[Step, ...]) -> Iterator[FieldProblem]:
    if not steps or tier_for(steps[-1].do) is None:
        yield FieldProblem(f"{risk}", "must end with a task or more: endless silence has to reach a person")
    for number, step in enumerate(steps):
        path = f"{risk}.{number}"
        earlier = steps[:number]
        if step.after < 1 or any(step.after <= before.after for before in earlier):
            yield FieldProblem(f"{path}.after", "must be 1 or more and rise from step to step")
        if any(_LADDER.index(step.do) < _LADDER.index(before.do) for before in earlier):
            yield FieldProblem(f"{path}.do", "must not be milder than the step before")
