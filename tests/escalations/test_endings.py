"""Closing: what an ending needs, the second signature, and who hears of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from notifications.escalations.tiers import Tier
from server.people.terms import Role
from tests.escalations.telling import act, flagged, hush, ok, row, told
from tests.fakes.fcm_rules import Fault
from tests.world import Person, World

SAFE = {"disposition": "safe_with_plan", "next_contact_on": "2026-01-14"}


@pytest.fixture
def sam(world: World) -> Person:
    """A second supervisor."""
    return world.staff("Sam", Role.SUPERVISOR, world.programme_id)


def test_a_case_closes_only_with_what_its_ending_needs(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "acknowledge")
    wrong = act(world, world.mara, case_id, "close", 422, disposition="safe_with_plan")
    assert {error["path"] for error in wrong["errors"]} == {"disposition", "next_contact_on"}
    wrong = act(world, world.mara, case_id, "close", 422, disposition="wrong_tap")
    assert {error["path"] for error in wrong["errors"]} == {"disposition", "reason"}
    act(world, world.mara, case_id, "close", 422, disposition="went_away")
    act(world, world.mara, case_id, "contacts", channel="phone", reached=True)
    closed = act(world, world.mara, case_id, "close", **SAFE, reason="Slept, sister is with her")
    assert (closed["state"], closed["reason"], closed["acts"]) == ("closed", "Slept, sister is with her", [])
    assert act(world, world.mara, case_id, "close", **SAFE)["version"] == closed["version"]
    act(world, world.ben, case_id, "close", 409, **SAFE)
    act(world, world.ben, case_id, "acknowledge", 409)
    act(world, world.ben, case_id, "contacts", 409, channel="phone", reached=True)
    assert ok(world.mara.api.get("/cases"))["cases"] == []
    assert len(ok(world.mara.api.get("/cases?state=closed"))["cases"]) == 1
    hush(world)


def test_an_emergency_waits_for_a_second_signature_and_reminds(world: World, sam: Person) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    act(world, world.mara, case_id, "contacts", channel="phone", reached=True)
    hush(world)
    waiting = act(world, world.mara, case_id, "close", **SAFE)
    assert (waiting["state"], waiting["awaiting_cosign"]) == ("acknowledged", True)
    world.tick()
    world.sol.phone.take("case_cosign")
    sam.phone.take("case_cosign")
    act(world, world.mara, case_id, "cosign", 403, agree=True)
    act(world, world.mara, case_id, "close", **SAFE)  # said again
    act(world, world.ben, case_id, "close", 409, **SAFE)
    world.pass_time(hours=24, step_seconds=12 * 3600)
    world.sol.phone.take("case_cosign")
    sam.phone.take("case_cosign")
    closed = act(world, sam, case_id, "cosign", agree=True)
    assert (closed["state"], closed["cosigned_by"]["name"]) == ("closed", "Sam")
    act(world, sam, case_id, "cosign", agree=True)
    world.tick()
    world.mara.phone.take("all_clear")
    world.noor.phone.take("case_closed")
    assert told(world, case_id)[-1] == "closed"
    hush(world)


def test_what_a_phone_without_a_network_was_to_be_asked_is_asked_no_more_once_it_is_closed(
    world: World, sam: Person
) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    act(world, world.mara, case_id, "contacts", channel="phone", reached=True)
    hush(world)
    world.fcm.fail(Fault.UNAVAILABLE_503)
    act(world, world.mara, case_id, "close", **SAFE)
    world.tick()
    act(world, sam, case_id, "cosign", agree=True)
    world.fcm.heal()
    world.pass_time(minutes=10)
    world.sol.phone.nothing()
    world.mara.phone.take("all_clear")
    hush(world)


def test_a_refused_signature_gives_the_case_back_and_calls(world: World) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    act(world, world.mara, case_id, "close", disposition="false_positive", reason="she always says so")
    hush(world)
    back = act(world, world.sol, case_id, "cosign", agree=False, note="Call her first, please")
    assert (back["state"], back["disposition"], back["reason"]) == ("open", None, None)
    assert back["timeline"][-2]["note"] == "Call her first, please"
    world.tick()
    world.mara.phone.take("case_call")
    act(world, world.sol, case_id, "cosign", 409, agree=True)


def test_a_supervisor_who_does_not_own_it_closes_an_emergency_alone(world: World) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    act(world, world.mara, case_id, "contacts", channel="phone", reached=True)
    assert act(world, world.sol, case_id, "close", **SAFE)["state"] == "closed"
    hush(world)


def test_an_answer_that_meets_the_closing_ends_up_in_an_open_case(world: World) -> None:
    for _ in range(5):
        case_id = flagged(world, Tier.URGENT)
        act(world, world.mara, case_id, "contacts", channel="phone", reached=True)
        with ThreadPoolExecutor(2) as pool:
            closing = pool.submit(act, world, world.mara, case_id, "close", **SAFE)
            joined = pool.submit(flagged, world, Tier.URGENT).result()
            state = closing.exception()
        # Closed first: a new case. Joined first: it is news, so the closing lacks a contact and is refused.
        assert row(world, joined).state == "open"
        assert (joined != case_id) == (state is None)
        act(world, world.mara, joined, "contacts", channel="phone", reached=True)
        act(world, world.mara, joined, "close", **SAFE)
    hush(world)


def test_a_case_the_client_never_saw_closes_without_a_word_to_them(world: World) -> None:
    raised = ok(world.ida.api.post(f"/clients/{world.noor.id}/cases", {"tier": "same_day"}), 201)
    hush(world)
    act(world, world.ida, raised["id"], "close", disposition="false_positive", reason="her sister was wrong")
    world.tick()
    world.mara.phone.take("all_clear")
    assert ok(world.noor.api.get("/me/case"))["case"] is None
