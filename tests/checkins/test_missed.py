"""Silence: one miss is normal, a run of them reaches a person, and sooner after a flagged answer."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkins.missed import (
    DEFAULT_POLICY,
    MissedAction,
    MissedPolicy,
    Step,
    decide,
    problems,
    reminds,
    tier_for,
)
from notifications.escalations.tiers import Tier
from server.people.terms import RiskLevel

LADDER = list(MissedAction)


@pytest.mark.parametrize("risk", [RiskLevel.LOW, RiskLevel.MODERATE])
def test_noor_misses_one_check_in_at_low_or_moderate_risk_and_nobody_is_paged(risk: RiskLevel) -> None:
    assert tier_for(decide(DEFAULT_POLICY, risk, 1, last_answer_flagged=False)) is None


def test_noor_at_high_risk_misses_one_and_mara_gets_a_task_while_noor_is_reminded() -> None:
    action = decide(DEFAULT_POLICY, RiskLevel.HIGH, 1, last_answer_flagged=False)
    assert action == MissedAction.TASK
    assert tier_for(action) == Tier.ROUTINE
    assert reminds(action)


def test_noor_at_high_risk_falls_silent_after_a_flag_and_it_is_same_day_at_once() -> None:
    action = decide(DEFAULT_POLICY, RiskLevel.HIGH, 1, last_answer_flagged=True)
    assert tier_for(action) == Tier.SAME_DAY


@pytest.mark.parametrize(
    ("risk", "misses", "expected"),
    [
        (RiskLevel.LOW, 1, MissedAction.NONE),
        (RiskLevel.LOW, 2, MissedAction.REMIND_OTHER_CHANNEL),
        (RiskLevel.LOW, 3, MissedAction.TASK),
        (RiskLevel.LOW, 6, MissedAction.TASK),
        (RiskLevel.LOW, 7, MissedAction.SAME_DAY),
        (RiskLevel.MODERATE, 1, MissedAction.REMIND_OTHER_CHANNEL),
        (RiskLevel.MODERATE, 2, MissedAction.TASK),
        (RiskLevel.MODERATE, 4, MissedAction.SAME_DAY),
        (RiskLevel.HIGH, 2, MissedAction.SAME_DAY),
        (RiskLevel.HIGH, 3, MissedAction.URGENT),
        (RiskLevel.HIGH, 40, MissedAction.URGENT),
    ],
)
def test_the_default_steps(risk: RiskLevel, misses: int, expected: MissedAction) -> None:
    assert decide(DEFAULT_POLICY, risk, misses, last_answer_flagged=False) == expected


def test_no_miss_means_nothing_to_do_even_after_a_flag() -> None:
    assert decide(DEFAULT_POLICY, RiskLevel.HIGH, 0, last_answer_flagged=True) == MissedAction.NONE


def test_the_default_policy_is_sound_and_survives_storage() -> None:
    assert problems(DEFAULT_POLICY) == ()
    assert msgspec.json.decode(msgspec.json.encode(DEFAULT_POLICY), type=MissedPolicy) == DEFAULT_POLICY


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ((), "low"),
        ((Step(1, MissedAction.REMIND_OTHER_CHANNEL),), "low"),
        ((Step(0, MissedAction.TASK),), "low.0.after"),
        ((Step(3, MissedAction.TASK), Step(3, MissedAction.URGENT)), "low.1.after"),
        ((Step(1, MissedAction.URGENT), Step(2, MissedAction.TASK)), "low.1.do"),
    ],
)
def test_a_policy_that_would_leave_silence_unheard_is_refused(steps: tuple[Step, ...], path: str) -> None:
    policy = MissedPolicy(low=steps, moderate=DEFAULT_POLICY.moderate, high=DEFAULT_POLICY.high)
    assert [problem.path for problem in problems(policy)] == [path]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(RiskLevel), st.integers(1, 200), st.integers(0, 50), st.booleans())
def test_longer_silence_and_an_earlier_flag_never_lead_to_less(
    risk: RiskLevel, misses: int, more: int, flagged: bool
) -> None:
    now = LADDER.index(decide(DEFAULT_POLICY, risk, misses, flagged))
    assert LADDER.index(decide(DEFAULT_POLICY, risk, misses + more, flagged)) >= now
    calm = LADDER.index(decide(DEFAULT_POLICY, risk, misses, last_answer_flagged=False))
    after_flag = LADDER.index(decide(DEFAULT_POLICY, risk, misses, last_answer_flagged=True))
    assert after_flag == min(calm + 1, len(LADDER) - 1)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 100), st.booleans())
def test_higher_risk_never_waits_longer(misses: int, flagged: bool) -> None:
    found = [LADDER.index(decide(DEFAULT_POLICY, risk, misses, flagged)) for risk in RiskLevel]
    assert found == sorted(found)
