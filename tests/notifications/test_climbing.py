"""Climbing: whom a case calls, in which order, and that the beat of our ticking changes nothing."""

from datetime import UTC, datetime, timedelta
from time import thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.escalations import coverage
from notifications.escalations.climbing import Climb, Window, at_any_hour, climb
from notifications.escalations.ladder import open_case
from notifications.escalations.policy import DEFAULT_POLICY, Rung, RungTarget, TierPolicy
from notifications.escalations.tiers import Tier
from tests.notifications.office import EMERGENCY, HOLDERS, NOW, OFFICE, PROPERTY, add, minutes, office_window


def run(
    policy: TierPolicy,
    start: datetime,
    ticks: list[datetime],
    holders: dict[int, tuple[str, ...]],
    window: Window,
):
    """Tick at each moment in turn; gives the last numbers and everybody called."""
    made, at = 0, start
    people: set[str] = set()
    for tick in ticks:
        result = climb(policy, made, at, holders, tick, window)
        made, at = result.calls_made, result.next_call_at
        people |= {person for call in result.calls for person in call.people}
        assert at > tick
    return made, at, people


@st.composite
def ladders(draw: st.DrawFn, clock: coverage.Clock | None = None) -> TierPolicy:
    waits = draw(st.lists(st.integers(1, 300), min_size=1, max_size=5))
    return TierPolicy(
        rungs=tuple(Rung((RungTarget.ALL_SUPERVISORS,), wait) for wait in waits),
        acknowledge_minutes=10,
        contact_minutes=60,
        clock=clock or draw(st.sampled_from(coverage.Clock)),
    )


people_on_rungs = st.dictionaries(
    st.integers(0, 4),
    st.lists(st.sampled_from(["mara", "ben", "sol", "sam"]), max_size=3).map(tuple),
    max_size=5,
)


@PROPERTY
@given(
    policy=ladders(),
    holders=people_on_rungs,
    cuts=st.lists(st.integers(0, 5 * 24 * 3600), max_size=12),
    length=st.integers(0, 5 * 24 * 3600),
    window=st.sampled_from([at_any_hour, office_window]),
)
def test_how_often_we_tick_does_not_matter(policy, holders, cuts, length, window) -> None:
    end = NOW + timedelta(seconds=length)
    between = [NOW + timedelta(seconds=cut) for cut in sorted(cuts) if cut < length]
    once = run(policy, NOW, [end], holders, window)
    assert run(policy, NOW, [*between, end], holders, window) == once


@settings(max_examples=25, deadline=None)
@given(policy=ladders(), holders=people_on_rungs, window=st.sampled_from([at_any_hour, office_window]))
def test_one_tick_after_an_outage_equals_a_tick_every_minute(policy, holders, window) -> None:
    ticks = [NOW + minutes(count) for count in range(26 * 60)]
    assert run(policy, NOW, ticks, holders, window) == run(policy, NOW, ticks[-1:], holders, window)


@PROPERTY
@given(policy=ladders(coverage.Clock.COVERAGE), made=st.integers(0, 9), ago=st.integers(-3000, 9000))
def test_calls_of_a_coverage_tier_fall_inside_coverage(policy, made, ago) -> None:
    result = climb(policy, made, NOW - minutes(ago), {0: ("mara",), 3: ("sol",)}, NOW, office_window)
    assert result.next_call_at > NOW
    assert coverage.is_covered(OFFICE, result.next_call_at)


@PROPERTY
@given(policy=ladders(), holders=people_on_rungs, made=st.integers(0, 50), late=st.integers(0, 10_000))
def test_in_one_tick_each_person_is_called_once_and_each_rung_is_named_once(
    policy, holders, made, late
) -> None:
    result = climb(policy, made, NOW - minutes(late), holders, NOW)
    people = [person for call in result.calls for person in call.people]
    rungs = [call.rung for call in result.calls]
    assert len(people) == len(set(people))
    assert sorted({*rungs, *result.passed}) == sorted([*rungs, *result.passed])
    assert all(call.people and made <= call.number < result.calls_made for call in result.calls)
    assert all(not holders.get(rung) for rung in result.passed)


def test_an_emergency_nobody_answers_is_called_minute_by_minute_as_agreed() -> None:
    called: list[tuple[int, tuple[str, ...]]] = []
    made, at = 0, NOW
    for minute in range(21):
        result = climb(EMERGENCY, made, at, HOLDERS, NOW + minutes(minute))
        called += [(minute, call.people) for call in result.calls]
        made, at = result.calls_made, result.next_call_at
    everybody = ("sol", "sam", "desk")
    assert called == [
        (0, ("mara",)), (3, ("ben",)), (6, ("sol",)), (9, everybody), (14, everybody), (19, everybody),
    ]  # fmt: skip


def test_after_a_two_hour_outage_everybody_due_is_called_once_each() -> None:
    result = climb(EMERGENCY, 0, NOW, HOLDERS, NOW + minutes(120))
    assert [call.people for call in result.calls] == [("mara",), ("ben",), ("sol",), ("sam", "desk")]
    assert [call.number for call in result.calls] == [0, 1, 2, 3]
    assert (result.calls_made, result.next_call_at) == (26, NOW + minutes(124))


def test_a_rung_nobody_holds_is_passed_in_the_same_tick() -> None:
    result = climb(EMERGENCY, 0, NOW, {**HOLDERS, 0: (), 1: ()}, NOW)
    assert result == Climb((climb(EMERGENCY, 2, NOW, HOLDERS, NOW).calls[0],), (0, 1), 3, NOW + minutes(3))


def test_a_case_nobody_at_all_holds_keeps_its_next_call() -> None:
    first = climb(EMERGENCY, 0, NOW, {}, NOW)
    assert first == Climb((), (0, 1, 2, 3), 4, NOW + minutes(5))
    assert climb(EMERGENCY, 4, first.next_call_at, {}, NOW + minutes(60)).passed == (3,)


def test_two_years_of_outage_cost_no_long_loop() -> None:
    after = NOW + timedelta(days=730)
    began = thread_time()
    wall = climb(EMERGENCY, 0, NOW, HOLDERS, after)
    office = climb(DEFAULT_POLICY.same_day, 0, NOW, HOLDERS, after, office_window)
    assert thread_time() - began < 2
    assert wall.next_call_at > after
    assert after < office.next_call_at == office_window(office.next_call_at)[0]
    assert office.calls_made == pytest.approx(8 * 5 * 730 / 7, abs=10)


def test_an_emergency_rings_at_night_and_a_same_day_case_waits_for_the_morning() -> None:
    night = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    morning = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    assert open_case(DEFAULT_POLICY, Tier.EMERGENCY, night, add, office_window).next_call_at == night
    assert open_case(DEFAULT_POLICY, Tier.SAME_DAY, night, add, office_window).next_call_at == morning
    assert climb(EMERGENCY, 0, night, HOLDERS, night, office_window).calls
    assert climb(DEFAULT_POLICY.same_day, 0, night, HOLDERS, night, office_window) == Climb(
        (), (), 0, morning
    )
