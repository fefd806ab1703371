"""Which of two providers carries a message."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater
from notifications.delivery.retry import Priority
from notifications.delivery.switching import ASIDE, Health, goes_on, in_order, noted, together

SENT, LOST = Sent("1"), Ambiguous("timeout")
GONE, LATER, WRONG = GoneAddress("x"), TryLater("quota", timedelta(minutes=5)), Misconfigured("http_400")

outcomes = st.sampled_from([SENT, LOST, GONE, LATER, WRONG])


@pytest.mark.parametrize("priority", list(Priority))
def test_what_was_certainly_not_taken_goes_to_the_next_one(priority: Priority) -> None:
    assert goes_on(LATER, priority)
    assert goes_on(WRONG, priority)
    assert not goes_on(SENT, priority)
    assert not goes_on(GONE, priority)


def test_a_lost_answer_goes_on_only_where_somebody_is_waiting() -> None:
    assert [goes_on(LOST, priority) for priority in Priority] == [True, True, False, False]


@pytest.mark.parametrize(
    ("tried", "whole"),
    [
        ([LATER, SENT], SENT),
        ([LOST, LATER], LOST),
        ([LOST, GONE], LOST),
        ([WRONG, LATER], LATER),
        ([LATER, WRONG], LATER),
        ([WRONG, GONE], GONE),
        ([WRONG], WRONG),
    ],
)
def test_what_an_attempt_over_both_came_to(tried: list[Outcome], whole: Outcome) -> None:
    assert together(tried) == whole


def test_after_three_failures_in_a_row_it_is_asked_last_for_five_minutes() -> None:
    first = Health()
    for at in (0.0, 10.0, 20.0):
        assert in_order([first, Health()], at) == [0, 1]
        first = noted(first, LATER, at)
    assert in_order([first, Health()], 20.0) == [1, 0]
    assert in_order([first, Health()], 20.0 + ASIDE - 0.1) == [1, 0]
    assert in_order([first, Health()], 20.0 + ASIDE) == [0, 1]
    # One more failure sets it aside again at once; one success forgets all of them.
    assert in_order([noted(first, WRONG, 330.0), Health()], 331.0) == [1, 0]
    assert noted(first, SENT, 330.0) == Health()


def test_a_bad_address_says_nothing_of_the_provider() -> None:
    assert noted(Health(2, 5.0), GONE, 6.0) == Health(2, 5.0)


@given(st.lists(st.tuples(outcomes, outcomes), max_size=30))
@settings(max_examples=150, deadline=None)
def test_each_is_asked_exactly_once_whatever_happened_before(history: list[tuple[Outcome, Outcome]]) -> None:
    healths = [Health(), Health()]
    for at, pair in enumerate(history):
        healths = [noted(health, outcome, float(at)) for health, outcome in zip(healths, pair, strict=True)]
        assert sorted(in_order(healths, float(at))) == [0, 1]
