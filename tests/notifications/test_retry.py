"""Retry: only a provider's word counts as sent, nothing is given up early, nobody waits on a dead channel."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater
from notifications.delivery.retry import (
    LEASE,
    PACES,
    Dead,
    DeadReason,
    MarkSent,
    Priority,
    TryAgain,
    after,
    expiry,
    wait,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=9)
PROPERTY = settings(max_examples=200, deadline=None)

asked = st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=2))
passing = st.builds(TryLater, st.just("http_503"), asked) | st.builds(Ambiguous, st.just("timeout"))
final = st.builds(GoneAddress, st.just("unregistered")) | st.builds(Misconfigured, st.just("http_403"))
priorities = st.sampled_from(Priority)
jitters = st.floats(0, 1)
tries = st.integers(1, 5000)


def what(outcome: Outcome, made: int = 1, priority: Priority = Priority.NORMAL, expires_at: datetime = LATER):
    return after(outcome, made, expires_at=expires_at, priority=priority, now=NOW, jitter=1.0)


@PROPERTY
@given(
    outcome=passing | final, made=tries, priority=priorities, jitter=jitters, left=st.integers(-500, 500_000)
)
def test_only_a_providers_word_counts_as_sent(outcome, made, priority, jitter, left) -> None:
    expires_at = NOW + timedelta(seconds=left)
    result = after(outcome, made, expires_at=expires_at, priority=priority, now=NOW, jitter=jitter)
    assert not isinstance(result, MarkSent)
    if isinstance(result, TryAgain):
        assert NOW < result.at < expires_at
    assert after(
        Sent("p1"), made, expires_at=expires_at, priority=priority, now=NOW, jitter=jitter
    ) == MarkSent("p1")


@PROPERTY
@given(outcomes=st.lists(passing, min_size=1, max_size=60), jitter=jitters, life=st.integers(1, 3600))
def test_an_emergency_is_tried_at_least_every_minute_until_it_expires(outcomes, jitter, life) -> None:
    now, expires_at = NOW, NOW + timedelta(seconds=life)
    for made, outcome in enumerate(outcomes, start=1):
        result = after(
            outcome, made, expires_at=expires_at, priority=Priority.EMERGENCY, now=now, jitter=jitter
        )
        if isinstance(result, Dead):
            assert result.why is DeadReason.EXPIRED
            assert expires_at - now <= timedelta(seconds=60)
            return
        assert isinstance(result, TryAgain)
        assert timedelta(0) < result.at - now <= timedelta(seconds=60)
        now = result.at


@PROPERTY
@given(made=tries, priority=priorities, jitter=jitters)
def test_the_wait_never_shrinks_from_try_to_try_and_stays_within_its_pace(made, priority, jitter) -> None:
    pace = PACES[priority]
    assert wait(made, priority, jitter) <= wait(made + 1, priority, jitter) <= pace.longest
    assert (
        pace.first / 2
        <= wait(made, priority, 0.0)
        <= wait(made, priority, jitter)
        <= wait(made, priority, 1.0)
    )
    if priority is not Priority.LOW:
        assert wait(made, priority, jitter) <= wait(made, Priority(priority + 1), jitter)


@PROPERTY
@given(made=tries, priority=priorities, asked=st.timedeltas(timedelta(0), timedelta(days=2)), jitter=jitters)
def test_a_retry_after_is_honoured_as_far_as_its_bound(made, priority, asked, jitter) -> None:
    outcome = TryLater("quota", asked)
    result = after(outcome, made, expires_at=LATER, priority=priority, now=NOW, jitter=jitter)
    assert isinstance(result, TryAgain)
    bound = {Priority.EMERGENCY: 60, Priority.URGENT: 300, Priority.NORMAL: 3600, Priority.LOW: 3600}[
        priority
    ]
    assert result.at - NOW == max(min(asked, timedelta(seconds=bound)), wait(made, priority, jitter))


def test_the_waits_of_an_emergency_double_up_to_a_minute() -> None:
    waits = [wait(made, Priority.EMERGENCY, 1.0).total_seconds() for made in range(1, 7)]
    assert waits == [5, 10, 20, 40, 60, 60]
    assert wait(1, Priority.EMERGENCY, 0.0).total_seconds() == 2.5


def test_a_gone_address_is_dead_and_removed_a_wrong_setting_is_dead_and_kept() -> None:
    gone, wrong = what(GoneAddress("unregistered")), what(Misconfigured("sender_refused"))
    assert gone == Dead(DeadReason.GONE_ADDRESS, "unregistered")
    assert wrong == Dead(DeadReason.MISCONFIGURED, "sender_refused")
    assert gone.address_gone
    assert not wrong.address_gone


def test_a_lost_answer_goes_again() -> None:
    assert what(Ambiguous("timeout"), 1, Priority.EMERGENCY) == TryAgain(NOW + timedelta(seconds=5))


def test_a_message_past_its_time_is_dead_and_keeps_its_last_reason() -> None:
    expired = what(TryLater("http_503"), expires_at=NOW - timedelta(seconds=1))
    assert expired == Dead(DeadReason.EXPIRED, "http_503")
    assert what(Ambiguous("timeout"), expires_at=NOW + timedelta(seconds=30)) == Dead(
        DeadReason.EXPIRED, "timeout"
    )
    assert what(Ambiguous("timeout"), expires_at=NOW + timedelta(seconds=31)) == TryAgain(
        NOW + timedelta(seconds=30)
    )


def test_a_message_without_an_end_lives_as_long_as_its_priority() -> None:
    lives = [expiry(NOW, priority) - NOW for priority in Priority]
    assert lives == [timedelta(hours=1), timedelta(hours=2), timedelta(days=1), timedelta(days=3)]
    assert timedelta(seconds=20) < LEASE < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("unregistered", True),
        ("smtp_550_5_1_1", True),
        ("ConnectionResetError", True),
        ("noor@example.org", False),
        ("refused_15551234567", False),
        ("mailbox full", False),
        ("", False),
        ("a" * 61, False),
        ("line\n", False),
    ],
)
def test_a_code_never_carries_an_address(word: str, kept: bool) -> None:
    for kind in (GoneAddress, TryLater, Misconfigured, Ambiguous):
        assert kind(word).code == (word if kept else "unspecified")


def test_outcomes_are_told_apart_by_their_tag() -> None:
    for outcome in (
        Sent("p1"),
        GoneAddress("a"),
        TryLater("b", timedelta(seconds=3)),
        Misconfigured("c"),
        Ambiguous("d"),
    ):
        assert msgspec.json.decode(msgspec.json.encode(outcome), type=Outcome) == outcome
