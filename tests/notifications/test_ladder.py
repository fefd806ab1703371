"""The ladder: whom a case calls, when it stops waiting, and that only a person ends it."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from time import perf_counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.escalations import coverage
from notifications.escalations.climbing import Climb, Window, at_any_hour, climb
from notifications.escalations.closing import Closing, Disposition, may_close, may_cosign, needs_cosign
from notifications.escalations.hours import ALWAYS, CoverageHours, Span
from notifications.escalations.ladder import (
    CaseState,
    Due,
    Standing,
    acknowledge,
    await_cosign,
    close,
    contact_recorded,
    due,
    join,
    lapse,
    open_case,
    owner_gone,
    reminded,
    undelivered,
)
from notifications.escalations.policy import DEFAULT_POLICY, Policy, Rung, RungTarget, TierPolicy, problems
from notifications.escalations.tiers import Tier
from server.people.terms import Role

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday, nine in the morning in Chicago
EMERGENCY = DEFAULT_POLICY.emergency
HOLDERS = {0: ("mara",), 1: ("ben",), 2: ("sol",), 3: ("sol", "sam", "desk")}
_DUTY = (Span(time(9), time(17)),)
OFFICE = CoverageHours(
    zone="America/Chicago", monday=_DUTY, tuesday=_DUTY, wednesday=_DUTY, thursday=_DUTY, friday=_DUTY
)
add = partial(coverage.limit, OFFICE)
office_window = partial(coverage.call_window, OFFICE)
PROPERTY = settings(max_examples=150, deadline=None)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


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
    began = perf_counter()
    wall = climb(EMERGENCY, 0, NOW, HOLDERS, after)
    office = climb(DEFAULT_POLICY.same_day, 0, NOW, HOLDERS, after, office_window)
    assert perf_counter() - began < 2
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


@pytest.mark.parametrize(
    ("tier", "acknowledge_by", "contact_by"),
    [
        (Tier.EMERGENCY, NOW + minutes(10), NOW + minutes(60)),
        (Tier.URGENT, NOW + minutes(30), NOW + minutes(120)),
        (Tier.SAME_DAY, NOW + minutes(240), NOW + minutes(480)),
        (Tier.ROUTINE, NOW + timedelta(days=1), NOW + timedelta(days=3)),
    ],
)
def test_limits_of_a_new_case(tier: Tier, acknowledge_by: datetime, contact_by: datetime) -> None:
    case = open_case(DEFAULT_POLICY, tier, NOW, add, office_window)
    assert (case.acknowledge_by, case.contact_by) == (acknowledge_by, contact_by)
    assert due(case, NOW) is Due.CALL


def test_acknowledged_but_no_contact_resumes_at_the_supervisor() -> None:
    case = open_case(DEFAULT_POLICY, Tier.EMERGENCY, NOW, add)
    taken = acknowledge(case, EMERGENCY, NOW + minutes(4), add)
    assert (taken.state, taken.next_call_at) == (CaseState.ACKNOWLEDGED, NOW + minutes(60))
    assert due(taken, NOW + minutes(59)) is Due.NOTHING
    assert due(taken, NOW + minutes(60)) is Due.LAPSE
    again = lapse(taken, EMERGENCY)
    assert (again.state, again.calls_made, again.ladder) == (CaseState.OPEN, 2, 2)
    assert again.next_call_at is not None
    result = climb(EMERGENCY, again.calls_made, again.next_call_at, HOLDERS, NOW + minutes(60))
    assert result.calls[0].people == ("sol",)


def test_who_takes_a_case_late_still_gets_time_and_it_still_lapses() -> None:
    case = open_case(DEFAULT_POLICY, Tier.EMERGENCY, NOW, add)
    late = NOW + minutes(90)
    taken = acknowledge(case, EMERGENCY, late, add)
    assert taken.next_call_at == taken.contact_by == late + minutes(10)
    assert due(taken, late + minutes(10)) is Due.LAPSE


def test_a_second_acknowledgement_moves_no_clock() -> None:
    taken = acknowledge(open_case(DEFAULT_POLICY, Tier.URGENT, NOW, add), DEFAULT_POLICY.urgent, NOW, add)
    assert acknowledge(taken, DEFAULT_POLICY.urgent, NOW + minutes(100), add) == taken


def test_a_more_urgent_cause_starts_the_ladder_again() -> None:
    case = open_case(DEFAULT_POLICY, Tier.ROUTINE, NOW, add)
    taken = acknowledge(case, DEFAULT_POLICY.routine, NOW, add)
    raised = join(taken, DEFAULT_POLICY, Tier.EMERGENCY, NOW + minutes(30), add)
    assert (raised.state, raised.tier, raised.calls_made, raised.ladder) == (
        CaseState.OPEN,
        Tier.EMERGENCY,
        0,
        2,
    )
    assert raised.next_call_at == NOW + minutes(30)
    assert raised.opened_at == NOW


@pytest.mark.parametrize("tier", [Tier.URGENT, Tier.SAME_DAY, Tier.ROUTINE])
def test_an_equal_or_lower_cause_joins_and_changes_nothing_while_somebody_is_on_the_way(tier: Tier) -> None:
    case = open_case(DEFAULT_POLICY, Tier.URGENT, NOW, add)
    assert join(case, DEFAULT_POLICY, tier, NOW + minutes(5), add) == case
    taken = acknowledge(case, DEFAULT_POLICY.urgent, NOW, add)
    assert join(taken, DEFAULT_POLICY, tier, NOW + minutes(5), add) == taken


def test_the_help_button_after_the_client_was_reached_calls_again() -> None:
    reached = contact_recorded(emergency_taken(), EMERGENCY, NOW, reached=True, attempts=0)
    again = join(reached, DEFAULT_POLICY, Tier.URGENT, NOW + minutes(300), add)
    assert (again.state, again.tier, again.next_call_at) == (
        CaseState.OPEN,
        Tier.EMERGENCY,
        NOW + minutes(300),
    )
    assert again.acknowledge_by == NOW + minutes(310)
    assert again.contacted_at is None


def test_a_routine_cause_after_contact_only_brings_the_reminder_forward() -> None:
    reached = contact_recorded(emergency_taken(), EMERGENCY, NOW, reached=True, attempts=0)
    joined = join(reached, DEFAULT_POLICY, Tier.SAME_DAY, NOW + minutes(60), add)
    assert joined == msgspec.structs.replace(reached, next_call_at=NOW + minutes(300))


def emergency_taken() -> Standing:
    return acknowledge(open_case(DEFAULT_POLICY, Tier.EMERGENCY, NOW, add), EMERGENCY, NOW, add)


def test_reaching_the_client_starts_the_time_to_close_and_its_reminders() -> None:
    reached = contact_recorded(emergency_taken(), EMERGENCY, NOW + minutes(20), reached=True, attempts=0)
    remind_at = NOW + minutes(20) + timedelta(days=1)
    assert reached.next_call_at == remind_at
    assert due(reached, remind_at) is Due.REMIND_TO_CLOSE
    late = reminded(reached, EMERGENCY, remind_at + timedelta(days=2, hours=5))
    assert late.next_call_at == remind_at + timedelta(days=3)


def test_whoever_reaches_the_client_of_an_open_case_stops_the_calling() -> None:
    case = open_case(DEFAULT_POLICY, Tier.EMERGENCY, NOW, add)
    assert contact_recorded(case, EMERGENCY, NOW, reached=True, attempts=0).state is CaseState.ACKNOWLEDGED


def test_the_third_attempt_on_silence_calls_supervisors_at_once() -> None:
    taken = emergency_taken()
    for attempts in (1, 2, 4, 5):
        assert contact_recorded(taken, EMERGENCY, NOW, reached=False, attempts=attempts) == taken
    third = contact_recorded(taken, EMERGENCY, NOW + minutes(7), reached=False, attempts=3)
    assert (third.state, third.calls_made, third.next_call_at) == (CaseState.OPEN, 2, NOW + minutes(7))


def test_silence_never_takes_a_case_down_the_ladder() -> None:
    case = open_case(DEFAULT_POLICY, Tier.EMERGENCY, NOW, add)
    high = msgspec.structs.replace(case, calls_made=9, next_call_at=NOW + minutes(4))
    third = contact_recorded(high, EMERGENCY, NOW, reached=False, attempts=3)
    assert (third.calls_made, third.next_call_at) == (9, NOW)


def test_an_owner_who_is_gone_leaves_nobody_waiting() -> None:
    back = owner_gone(emergency_taken(), NOW + minutes(15))
    assert (back.state, back.calls_made, back.next_call_at) == (CaseState.OPEN, 0, NOW + minutes(15))


def test_a_call_no_channel_could_carry_climbs_at_once_but_the_last_rung_does_not_spin() -> None:
    case = open_case(DEFAULT_POLICY, Tier.EMERGENCY, NOW, add)
    called = msgspec.structs.replace(case, calls_made=1, next_call_at=NOW + minutes(3))
    assert undelivered(called, EMERGENCY, 0, NOW).next_call_at == NOW
    beyond = msgspec.structs.replace(case, calls_made=2, next_call_at=NOW + minutes(3))
    assert undelivered(beyond, EMERGENCY, 0, NOW) == beyond
    last = msgspec.structs.replace(case, calls_made=4, next_call_at=NOW + minutes(5))
    assert undelivered(last, EMERGENCY, 3, NOW) == last
    assert undelivered(emergency_taken(), EMERGENCY, -1, NOW) == emergency_taken()


def test_a_hasty_closing_of_an_unreached_emergency_is_back_within_minutes() -> None:
    waiting = await_cosign(emergency_taken(), EMERGENCY, NOW)
    assert waiting.next_call_at == NOW + minutes(10)
    assert due(waiting, NOW + minutes(10)) is Due.REMIND_TO_COSIGN
    assert reminded(waiting, EMERGENCY, NOW + minutes(25)).next_call_at == NOW + minutes(30)
    reached = contact_recorded(emergency_taken(), EMERGENCY, NOW, reached=True, attempts=0)
    assert await_cosign(reached, EMERGENCY, NOW).next_call_at == NOW + timedelta(days=1)


def test_only_a_closed_case_has_no_next_call() -> None:
    closed = close(emergency_taken())
    assert (closed.state, closed.next_call_at) == (CaseState.CLOSED, None)
    assert due(closed, NOW + timedelta(days=999)) is Due.NOTHING
    assert reminded(closed, EMERGENCY, NOW) == closed


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["tick", "acknowledge", "silent", "reached", "cause", "gone", "cosign"]),
        st.integers(0, 400),
        st.sampled_from(Tier),
        st.integers(1, 6),
    ),
    max_size=25,
)


def tick(case: Standing, now: datetime, window: Window) -> Standing:
    """What the worker does for one case; rung 1 is held by nobody."""
    rules = DEFAULT_POLICY.of(case.tier)
    what = due(case, now)
    if what in (Due.REMIND_TO_CLOSE, Due.REMIND_TO_COSIGN):
        return reminded(case, rules, now)
    case = lapse(case, rules) if what is Due.LAPSE else case
    if due(case, now) is Due.CALL:
        assert case.next_call_at is not None
        result = climb(rules, case.calls_made, case.next_call_at, {**HOLDERS, 1: ()}, now, window)
        case = msgspec.structs.replace(case, calls_made=result.calls_made, next_call_at=result.next_call_at)
    return case


@PROPERTY
@given(first=st.sampled_from(Tier), steps=STEPS, hours=st.sampled_from([ALWAYS, OFFICE]))
def test_whatever_happens_an_open_case_has_a_next_call_and_no_limit_or_tier_slips(
    first, steps, hours
) -> None:
    limits, window = partial(coverage.limit, hours), partial(coverage.call_window, hours)
    now = NOW
    case = tick(open_case(DEFAULT_POLICY, first, now, limits, window), now, window)
    for step, after, tier, attempts in steps:
        now += minutes(after)
        before, rules = case, DEFAULT_POLICY.of(case.tier)
        match step:
            case "acknowledge":
                case = acknowledge(case, rules, now, limits)
            case "silent" | "reached":
                case = contact_recorded(case, rules, now, reached=step == "reached", attempts=attempts)
            case "cause":
                case = join(case, DEFAULT_POLICY, tier, now, limits, window)
                if before.contacted_at is None and not before.awaiting_cosign:
                    assert case.acknowledge_by <= before.acknowledge_by
                    assert case.contact_by <= before.contact_by
            case "gone":
                case = owner_gone(case, now)
            case "cosign":
                case = await_cosign(case, rules, now)
            case _:
                pass
        assert not before.tier.outranks(case.tier)
        assert case.ladder > before.ladder or case.calls_made == before.calls_made
        case = tick(case, now, window)
        assert case.state is not CaseState.CLOSED
        assert case.next_call_at is not None
        assert case.next_call_at > now


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


def closing(disposition: Disposition, **changes: object) -> Closing:
    usual = Closing(
        disposition=disposition, role=Role.CASE_MANAGER, is_owner=True, reached=True, attempts=0,
        today=date(2026, 3, 2), next_contact_on=date(2026, 3, 4), reason="Heard it from Noor.",
    )  # fmt: skip
    return msgspec.structs.replace(usual, **changes)


@pytest.mark.parametrize("disposition", [d for d in Disposition if d is not Disposition.UNABLE_TO_REACH])
def test_a_complete_closing_is_accepted(disposition: Disposition) -> None:
    assert may_close(closing(disposition)) == []


@pytest.mark.parametrize(
    ("attempt", "path"),
    [
        (closing(Disposition.SAFE_WITH_PLAN, reached=False), "disposition"),
        (closing(Disposition.WRONG_TAP, reached=False), "disposition"),
        (closing(Disposition.WRONG_TAP, reason="  "), "reason"),
        (closing(Disposition.KNOWN_BASELINE, reason=None), "reason"),
        (closing(Disposition.FALSE_POSITIVE, reason="x" * 2001), "reason"),
        (closing(Disposition.EMERGENCY_SERVICES, next_contact_on=None), "next_contact_on"),
        (closing(Disposition.SAFE_WITH_PLAN, next_contact_on=date(2026, 3, 1)), "next_contact_on"),
        (closing(Disposition.SAFE_WITH_PLAN, next_contact_on=date(2062, 3, 1)), "next_contact_on"),
        (closing(Disposition.SAFE_WITH_PLAN, role=Role.ADMINISTRATOR), "disposition"),
        (closing(Disposition.UNABLE_TO_REACH, reached=False, attempts=3), "disposition"),
        (
            closing(Disposition.UNABLE_TO_REACH, reached=False, attempts=2, role=Role.SUPERVISOR),
            "disposition",
        ),
        (closing(Disposition.UNABLE_TO_REACH, reached=True, attempts=3, role=Role.SUPERVISOR), "disposition"),
    ],
)
def test_what_stands_in_the_way_of_closing_is_named(attempt: Closing, path: str) -> None:
    assert [problem.path for problem in may_close(attempt)] == [path]


def test_a_supervisor_may_give_up_reaching_after_three_attempts() -> None:
    given_up = closing(Disposition.UNABLE_TO_REACH, reached=False, attempts=3, role=Role.SUPERVISOR)
    assert may_close(given_up) == []


def test_the_top_tier_takes_two_people() -> None:
    by_owner = closing(Disposition.SAFE_WITH_PLAN)
    by_supervisor = closing(Disposition.SAFE_WITH_PLAN, role=Role.SUPERVISOR, is_owner=False)
    by_owning_supervisor = closing(Disposition.SAFE_WITH_PLAN, role=Role.SUPERVISOR)
    assert needs_cosign(EMERGENCY, by_owner)
    assert needs_cosign(EMERGENCY, by_owning_supervisor)
    assert not needs_cosign(EMERGENCY, by_supervisor)
    assert not needs_cosign(DEFAULT_POLICY.urgent, by_owner)
    assert may_cosign(Role.SUPERVISOR, is_owner=False, is_closer=False)
    assert not may_cosign(Role.SUPERVISOR, is_owner=True, is_closer=False)
    assert not may_cosign(Role.SUPERVISOR, is_owner=False, is_closer=True)
    assert not may_cosign(Role.CLINICIAN, is_owner=False, is_closer=False)
