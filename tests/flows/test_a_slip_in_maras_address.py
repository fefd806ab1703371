"""A slip of the pen in Mara's e-mail address: a stranger gets her mail, and nobody is lost by it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from notifications.delivery import reachable
from notifications.delivery.models import ChannelName
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import EventKind
from notifications.escalations.oncall import unreachable
from notifications.escalations.tiers import Tier
from server.core.actor import Actor, ActorKind
from server.core.db import Tx
from server.people.terms import Role
from tests.delivery.mail import SLIP, Relay, ask, give, relay, typed
from tests.delivery.numbers import give_number
from tests.escalations.oncall import enter, nights_and_days
from tests.escalations.telling import called, flagged, hush, lines, ok, row
from tests.fakes.fcm_rules import Fault
from tests.world import Person, World

UNPROVED = "Sign in to take it: this address has not been verified, so no link is sent to it."
RIGHT = "mara@riverside.example"


@pytest.fixture
def post(world: World) -> Iterator[Relay]:
    with relay(world) as made:
        yield made


def loses_her_phone(person: Person) -> None:
    ok(person.api.delete(f"/me/devices/{person.device_id}"), 204)


def test_the_stranger_gets_no_link_and_ben_is_called_at_once(world: World, post: Relay) -> None:
    typed(world, world.mara, SLIP)
    loses_her_phone(world.mara)
    case_id = flagged(world, Tier.URGENT)
    world.tick()
    (body,) = post.bodies(SLIP)
    assert body.startswith("Someone needs an answer by ")
    assert body.endswith(UNPROVED)
    assert "http" not in body
    assert "/a/" not in body
    assert "Noor" not in body
    assert called(world, case_id)[:2] == [["Mara"], ["Ben"]], (
        "her address may be anybody's: nobody waits for it"
    )
    passed = lines(world, case_id, EventKind.UNREACHABLE_RECIPIENT)
    assert [event.data["people"] for event in passed] == [[str(world.mara.id)]]
    assert row(world, case_id).state is CaseState.OPEN
    world.ben.phone.take("case_call")
    hush(world)


def test_once_mara_has_proved_her_address_the_link_is_there_and_takes_the_case(
    world: World, post: Relay
) -> None:
    typed(world, world.mara, RIGHT)
    loses_her_phone(world.mara)
    ask(world.mara)
    give(world.mara, post.code(RIGHT))
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    assert called(world, case_id) == [["Mara"]]
    found = re.search(r"Take it: https://handrail\.example(/a/[\w-]{22})$", post.bodies(RIGHT)[-1])
    assert found, post.bodies(RIGHT)
    pressed = world.client.post(found[1], headers={"Sec-Fetch-Site": "same-origin", "Origin": "null"})
    assert pressed.status_code == 200
    case = row(world, case_id)
    assert (case.state, case.owner_id) == (CaseState.ACKNOWLEDGED, world.mara.id)
    hush(world)


def test_a_call_that_was_owed_before_the_proof_carries_the_link_when_it_goes_after_it(
    world: World, post: Relay
) -> None:
    typed(world, world.mara, RIGHT)
    ask(world.mara)
    code = post.code(RIGHT)
    flagged(world, Tier.EMERGENCY)
    give(world.mara, code)
    world.tick()
    assert "Take it: https://handrail.example/a/" in post.bodies(RIGHT)[-1]
    hush(world)


def test_her_phone_is_gone_and_the_mail_to_the_stranger_does_not_hold_the_case_up(
    world: World, post: Relay
) -> None:
    typed(world, world.mara, SLIP)
    world.fcm.fail(Fault.UNREGISTERED, token=world.mara.phone.token)
    case_id = flagged(world, Tier.URGENT)
    world.tick()
    assert len(post.bodies(SLIP)) == 1
    assert called(world, case_id)[:2] == [["Mara"], ["Ben"]], "dead everywhere that is known to be hers"
    hush(world)


def test_with_only_her_telephone_beside_it_the_telephone_rings_at_the_first_call(
    world: World, post: Relay
) -> None:
    typed(world, world.mara, SLIP)
    loses_her_phone(world.mara)
    give_number(world.db, world.mara.id, ChannelName.VOICE)
    case_id = flagged(world, Tier.URGENT)
    assert called(world, case_id) == [["Mara"]]
    assert lines(world, case_id, EventKind.UNREACHABLE_RECIPIENT) == []
    hush(world)


def test_on_duty_with_nothing_but_an_unproved_address_she_is_found_silent_until_she_proves_it(
    world: World, post: Relay
) -> None:
    typed(world, world.mara, RIGHT)
    loses_her_phone(world.mara)
    enter(world, nights_and_days(world, world.mara, world.ben, None))

    def silent() -> list[str]:
        def look(tx: Tx) -> list[str]:
            found = unreachable.silent_on_duty(tx, world.programme_id, timedelta(days=7))
            return [person.name for person in world.people.values() if person.id in found]

        return world.db.read_now(look)

    assert silent() == ["Mara"]
    ask(world.mara)
    give(world.mara, post.code(RIGHT))
    assert silent() == []
    hush(world)

    def alone(tx: Tx) -> list[bool]:
        tx.actor = Actor(
            kind=ActorKind.STAFF, id=world.sol.id, programme_id=world.programme_id, role=Role.SUPERVISOR
        )
        return [each.silent for each in reachable.without_channel(tx, [world.mara.id])]

    assert world.db.read_now(alone) == [False], "e-mail alone, which wakes nobody"


def test_what_is_everyday_goes_to_her_phone_even_where_she_wanted_e_mail_first(
    world: World, post: Relay
) -> None:
    ok(world.mara.api.put("/staff/me/notices", {"order": ["email", "push"]}))
    typed(world, world.mara, SLIP)
    flagged(world, Tier.SAME_DAY)
    world.tick()
    world.mara.phone.take("case_call")
    assert post.bodies(SLIP) == []
    hush(world)
