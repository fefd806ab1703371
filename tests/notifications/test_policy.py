"""Policies: the default is sound, and an unsafe one is refused by name."""

import msgspec
import pytest

from notifications.escalations import coverage
from notifications.escalations.policy import DEFAULT_POLICY, Policy, Rung, RungTarget, TierPolicy, problems
from notifications.escalations.tiers import Tier
from tests.notifications.office import EMERGENCY


def test_the_default_policy_is_sound_and_survives_the_copy_into_a_row() -> None:
    assert problems(DEFAULT_POLICY) == []
    assert msgspec.convert(msgspec.to_builtins(DEFAULT_POLICY), Policy) == DEFAULT_POLICY
    for tier in (Tier.EMERGENCY, Tier.URGENT):
        rules = DEFAULT_POLICY.of(tier)
        before_last = sum(rung.wait_minutes for rung in rules.rungs[:-1])
        assert before_last < rules.acknowledge_minutes, "everybody is called before the first limit"


def rule(**changes: object) -> TierPolicy:
    return msgspec.structs.replace(EMERGENCY, **changes)


_CM, _SUP = (RungTarget.CASE_MANAGER,), (RungTarget.ALL_SUPERVISORS,)


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        (rule(rungs=()), "emergency.rungs"),
        (rule(rungs=(Rung(_CM, 3),)), "emergency.rungs"),
        (rule(rungs=(Rung((RungTarget.EMERGENCY_CONTACT,), 3),)), "emergency.rungs"),
        (rule(rungs=(Rung(_SUP, 3),) * 13), "emergency.rungs"),
        (rule(rungs=(Rung(_CM, 0), Rung(_SUP, 5))), "emergency.rungs.0.wait_minutes"),
        (rule(rungs=(Rung(_CM, 3), Rung(_SUP, 1441))), "emergency.rungs.1.wait_minutes"),
        (rule(rungs=(Rung((), 3), Rung(_SUP, 5))), "emergency.rungs.0.target"),
        (rule(rungs=(Rung(_CM * 2, 3), Rung(_SUP, 5))), "emergency.rungs.0.target"),
        (rule(rungs=(Rung(_CM, 10), Rung(_SUP, 5))), "emergency.rungs.0.wait_minutes"),
        (rule(acknowledge_minutes=0), "emergency.acknowledge_minutes"),
        (rule(contact_minutes=9), "emergency.contact_minutes"),
        (rule(contact_minutes=721), "emergency.contact_minutes"),
        (rule(close_minutes=0), "emergency.close_minutes"),
        (rule(clock=coverage.Clock.COVERAGE), "emergency.clock"),
        (rule(all_channels=False), "emergency.all_channels"),
        (rule(cosign=False), "emergency.cosign"),
    ],
)
def test_an_unsafe_policy_is_named_by_its_path(broken: TierPolicy, path: str) -> None:
    found = problems(msgspec.structs.replace(DEFAULT_POLICY, emergency=broken))
    assert path in {problem.path for problem in found}
    assert all(problem.message for problem in found)
