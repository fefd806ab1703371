"""Adding up: what is missing is said, never guessed."""

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkins.scoring import add_up, median

NUMBERS = st.floats(min_value=-1e6, max_value=1e6)


def test_a_full_score_is_complete() -> None:
    score = add_up([3, 0, 2])
    assert (score.total, score.answered, score.of, score.complete) == (5, 3, 3, True)


def test_a_declined_item_makes_the_score_incomplete_and_is_not_prorated() -> None:
    score = add_up([3, None, 3])
    assert (score.total, score.complete) == (6, False)
    assert (score.answered, score.of) == (2, 3)


def test_the_median_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        median([])


@settings(max_examples=150, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_the_median_agrees_with_the_standard_library(values: list[float]) -> None:
    assert median(values) == pytest.approx(statistics.median(values))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.none() | st.integers(0, 4), max_size=20))
def test_answering_one_more_item_never_lowers_the_sum(values: list[int | None]) -> None:
    before = add_up(values)
    after = add_up([*values[:-1], 4]) if values and values[-1] is None else add_up([*values, 0])
    assert after.total >= before.total
    assert after.answered == before.answered + 1
