"""Policies: the default is sound, and an unsafe one is refused by name."""

import msgspec
import pytest

from notifications.escalations import coverage
from notifications.escalations.policy import (
    DEFAULT_POLICY,
    Policy,
    Rung,
    RungTarget,
    TierPolicy,
    ends_at_contact,
    problems,
)
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


COVERAGE, _CONTACT = coverage.Clock.COVERAGE, (RungTarget.EMERGENCY_CONTACT,)
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
        (rule(rungs=(Rung(_CM, 3, _CM * 2), Rung(_SUP, 5))), "emergency.rungs.0.after_hours"),
        (rule(rungs=(Rung(_CM, 3, _SUP), Rung(_SUP, 5)), clock=COVERAGE), "emergency.rungs.0.after_hours"),
        (rule(rungs=(Rung(_SUP, 3), Rung(_SUP, 5, _CM))), "emergency.rungs.1.after_hours"),
        (rule(rungs=(Rung(_SUP, 3, _CM), Rung(_CONTACT, 5))), "emergency.rungs"),
    ],
)
def test_an_unsafe_policy_is_named_by_its_path(broken: TierPolicy, path: str) -> None:
    found = problems(msgspec.structs.replace(DEFAULT_POLICY, emergency=broken))
    assert path in {problem.path for problem in found}
    assert all(problem.message for problem in found)


def test_after_hours_somebody_is_named_once_and_a_supervisor_is_called_at_whatever_hour() -> None:
    def told(broken: TierPolicy) -> set[str]:
        found = problems(msgspec.structs.replace(DEFAULT_POLICY, emergency=broken))
        return {problem.message for problem in found}

    assert "must name nobody twice" in told(rule(rungs=(Rung(_CM, 3, _CM * 2), Rung(_SUP, 5))))
    assert "must call a supervisor at whatever hour on one rung at least" in told(
        rule(rungs=(Rung(_SUP, 3, _CM), Rung(_CONTACT, 5)))
    )
    assert told(rule(rungs=(Rung(_CM, 3, _SUP), Rung(_SUP, 5)))) == set()


def test_a_last_rung_that_calls_the_emergency_contact_alone_is_found() -> None:
    alone = rule(rungs=(Rung(_SUP, 3), Rung(_CONTACT, 5)))
    by_night = rule(rungs=(Rung(_SUP, 3), Rung(_SUP, 5, _CONTACT)))
    policy = msgspec.structs.replace(DEFAULT_POLICY, emergency=alone, urgent=by_night)
    assert ends_at_contact(policy) == ["emergency.rungs.1.target", "urgent.rungs.1.after_hours"]
    assert ends_at_contact(DEFAULT_POLICY) == []
