"""The ladder: when a case stops waiting, what starts it again, and that only a person ends it."""

from datetime import datetime, timedelta
from functools import partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.escalations import coverage
from notifications.escalations.climbing import Window, at_any_hour, climb
from notifications.escalations.hours import ALWAYS
from notifications.escalations.ladder import (
    CaseState,
    Due,
    Standing,
    acknowledge,
    await_cosign,
    brought_back,
    close,
    contact_recorded,
    contact_withdrawn,
    due,
    join,
    lapse,
    open_case,
    owner_gone,
    reminded,
    undelivered,
    waits_too_long,
)
from notifications.escalations.policy import DEFAULT_POLICY
from notifications.escalations.tiers import Tier
from tests.notifications.office import EMERGENCY, HOLDERS, NOW, OFFICE, PROPERTY, add, minutes, office_window


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


def test_the_owner_who_asks_for_more_help_is_not_called_and_has_new_time() -> None:
    taken = acknowledge(open_case(DEFAULT_POLICY, Tier.URGENT, NOW, add), DEFAULT_POLICY.urgent, NOW, add)
    later = NOW + minutes(40)
    raised = join(taken, DEFAULT_POLICY, Tier.EMERGENCY, later, add, by_owner=True)
    assert (raised.state, raised.calls_made) == (CaseState.OPEN, EMERGENCY.supervisor_rung)
    assert raised.next_call_at == later
    assert raised.acknowledge_by == later + minutes(10)
    assert raised.contact_by == later + minutes(60)


def test_a_contact_logged_by_mistake_leaves_the_case_as_it_was() -> None:
    taken = emergency_taken()
    reached = contact_recorded(taken, EMERGENCY, NOW + minutes(5), reached=True, attempts=0)
    assert contact_withdrawn(reached) == taken
    assert due(contact_withdrawn(reached), taken.contact_by) is Due.LAPSE
    waiting = await_cosign(reached, EMERGENCY, NOW + minutes(6))
    assert contact_withdrawn(waiting) == waiting


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


def test_silence_after_a_contact_makes_that_contact_old() -> None:
    reached = contact_recorded(emergency_taken(), EMERGENCY, NOW, reached=True, attempts=0)
    silent = contact_recorded(reached, EMERGENCY, NOW + minutes(300), reached=False, attempts=3)
    taken = acknowledge(silent, EMERGENCY, NOW + minutes(301), add)
    assert (silent.state, silent.contacted_at) == (CaseState.OPEN, None)
    assert taken.next_call_at == NOW + minutes(311)
    assert due(taken, NOW + minutes(311)) is Due.LAPSE


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


def test_a_hasty_closing_of_an_unreached_emergency_goes_on_calling() -> None:
    waiting = await_cosign(emergency_taken(), EMERGENCY, NOW)
    assert (waiting.state, waiting.awaiting_cosign) == (CaseState.OPEN, True)
    assert (waiting.calls_made, waiting.ladder) == (EMERGENCY.supervisor_rung, 2)
    assert due(waiting, NOW) is Due.CALL
    high = msgspec.structs.replace(open_case(DEFAULT_POLICY, Tier.EMERGENCY, NOW, add), calls_made=9)
    assert await_cosign(high, EMERGENCY, NOW).calls_made == 9
    taken = acknowledge(waiting, EMERGENCY, NOW, add)
    assert (taken.state, taken.awaiting_cosign) == (CaseState.ACKNOWLEDGED, False)
    heard = contact_recorded(waiting, EMERGENCY, NOW, reached=True, attempts=0)
    assert (heard.state, heard.awaiting_cosign) == (CaseState.ACKNOWLEDGED, True)


def test_a_closing_after_a_contact_reminds_until_it_is_signed() -> None:
    reached = contact_recorded(emergency_taken(), EMERGENCY, NOW, reached=True, attempts=0)
    waiting = await_cosign(reached, EMERGENCY, NOW)
    assert waiting.next_call_at == NOW + timedelta(days=1)
    assert due(waiting, NOW + timedelta(days=1)) is Due.REMIND_TO_COSIGN
    late = reminded(waiting, EMERGENCY, NOW + timedelta(days=1, hours=3))
    assert late.next_call_at == NOW + timedelta(days=2)


def test_a_call_that_a_wrong_clock_put_off_is_due_once_the_clock_is_right() -> None:
    called = tick(open_case(DEFAULT_POLICY, Tier.EMERGENCY, NOW, add), NOW, at_any_hour)
    ahead = tick(called, NOW + timedelta(hours=1), at_any_hour)
    assert ahead.next_call_at == NOW + minutes(61)
    right = NOW + minutes(1)
    assert waits_too_long(ahead, EMERGENCY, right)
    assert brought_back(ahead, EMERGENCY, right).next_call_at == right


def test_who_took_a_case_by_a_wrong_clock_keeps_it_and_has_no_longer_than_anybody() -> None:
    by_the_wrong_one = NOW + timedelta(days=1)
    opened = open_case(DEFAULT_POLICY, Tier.EMERGENCY, by_the_wrong_one, add)
    taken = brought_back(acknowledge(opened, EMERGENCY, by_the_wrong_one, add), EMERGENCY, NOW)
    assert taken.state is CaseState.ACKNOWLEDGED
    assert taken.next_call_at == taken.contact_by == NOW + minutes(60)


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
                    assert case.contact_by <= before.contact_by
                    # Once somebody took it that limit was kept; calling begins again with a new one.
                    taken = before.state is CaseState.ACKNOWLEDGED
                    assert taken or case.acknowledge_by <= before.acknowledge_by
            case "gone":
                case = owner_gone(case, now)
            case "cosign":
                case = await_cosign(case, rules, now)
            case _:
                pass
        assert not before.tier.outranks(case.tier)
        assert case.ladder > before.ladder or case.calls_made == before.calls_made
        case = tick(case, now, window)
        assert case.state is CaseState.OPEN or case.contacted_at or not case.awaiting_cosign
        assert case.state is not CaseState.CLOSED
        assert case.next_call_at is not None
        assert case.next_call_at > now
        rules = DEFAULT_POLICY.of(case.tier)
        assert not waits_too_long(case, rules, now)
        # The clock was ahead all the while, and is set right: by however much, nobody waits longer than ever.
        right = now - minutes(after + 1) * 7
        settled = brought_back(case, rules, right) if waits_too_long(case, rules, right) else case
        assert not waits_too_long(settled, rules, right)
        assert settled.tier is case.tier
        assert (settled.state, settled.ladder, settled.calls_made) == (
            case.state,
            case.ladder,
            case.calls_made,
        )
