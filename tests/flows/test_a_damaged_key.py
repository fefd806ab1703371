"""The stored key of one client is damaged. What she says from then on is heard, kept, and can be worked on."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from checkins import versions
from checkins.models import AnswerRow
from server.core.db import Tx
from server.people import access
from server.people.models import Client
from tests.checkins.told import CALM, NOT_SAFE, opened, publish, send
from tests.world import World

SIGN = str(uuid4())


def damage(world: World) -> bytes:
    """The key as it was, for the repair."""
    row = select(Client.wrapped_key).where(Client.id == world.noor.id)
    kept = world.db.read_now(lambda tx: tx.session.scalar(row))
    assert kept is not None
    put_key(world, kept[:-1] + bytes([kept[-1] ^ 1]))
    versions._remembered._known.clear()
    return kept


def put_key(world: World, wrapped: bytes) -> None:
    where = update(Client).where(Client.id == world.noor.id)
    world.db.write_now(lambda tx: tx.session.execute(where.values(wrapped_key=wrapped)))


def silence(world: World) -> None:
    """Whoever was called was called; what the phones show is not what these tests are about."""
    world.tick()
    for person in world.people.values():
        person.phone.take_all()


def body(world: World, answers: dict[str, Any]) -> dict[str, Any]:
    return {"answered_at": world.clock.at.isoformat(), "answers": answers}


def stored(world: World) -> list[dict[str, Any]]:
    def read(tx: Tx) -> list[dict[str, Any]]:
        client = access.known_client(tx, world.noor.id)
        key = access.key(tx, client)
        rows = tx.session.scalars(select(AnswerRow).where(AnswerRow.client_id == client.id))
        return [key.open_json("answers.body", row.id, row.body, dict[str, Any]) for row in rows]

    return world.db.read_now(read)


@pytest.mark.parametrize(
    "scheduled", [True, False], ids=["a check-in that was asked", "one of her own accord"]
)
@pytest.mark.parametrize("planned", [True, False], ids=["with a plan", "without a plan"])
def test_a_risk_calls_somebody_who_can_take_the_case_and_close_it(
    world: World, scheduled: bool, planned: bool
) -> None:
    if planned:
        publish(world, (SIGN, "I stop answering calls", "early"))
    checkin = opened(world) if scheduled else str(uuid4())
    kept = damage(world)
    reply = send(world.noor, checkin, body(world, NOT_SAFE))
    assert reply.status_code == 200, reply.text
    assert reply.json()["tier"] in ("urgent", "emergency")
    assert reply.json()["next_steps"], "the national lines remain"
    silence(world)
    (line,) = world.mara.api.get("/cases?state=open").json()["cases"]
    assert line["id"] == reply.json()["case_id"]
    assert world.mara.api.post(f"/cases/{line['id']}/acknowledge").status_code == 200
    contact = {"channel": "phone", "at": world.clock.at.isoformat(), "reached": True, "note": "We spoke."}
    recorded = world.mara.api.post(f"/cases/{line['id']}/contacts", contact)
    assert recorded.status_code == 201, recorded.text
    assert recorded.json()["contacts"][0]["note"] == "We spoke."
    assert recorded.json()["causes_in_full"][0]["note"]
    assert stored(world)[0]["safe_now"] == "not_safe"
    reason = "Her sister stays the night."
    ending = {"disposition": "safe_with_plan", "reason": reason, "next_contact_on": "2026-12-24"}
    ended = world.mara.api.post(f"/cases/{line['id']}/close", ending)
    assert ended.status_code == 200, ended.text
    assert ended.json()["reason"] == reason
    put_key(world, kept)
    assert stored(world)[0]["safe_now"] == "not_safe", "it opens after the repair as well"
    after = world.mara.api.get(f"/cases/{line['id']}").json()
    assert (after["reason"], after["client"]["name"]) == (reason, "Noor")
    silence(world)


def test_her_damaged_record_hides_nobody_elses_case(world: World) -> None:
    lior = world.add_client("Lior")
    for person in (world.noor, lior):
        assert person.api.put(f"/me/help/{uuid4()}", {"note": "Please call"}).status_code == 200
    silence(world)
    damage(world)
    cases = world.mara.api.get("/cases?state=open").json()["cases"]
    assert sorted(case["client"]["name"] == "Lior" for case in cases) == [False, True]
    hers = next(case for case in cases if case["client"]["name"] != "Lior")
    assert hers["client"]["name"].startswith("Client ")
    whole = world.mara.api.post(f"/cases/{hers['id']}/acknowledge")
    assert whole.status_code == 200, whole.text
    assert whole.json()["causes_in_full"][0]["note"] == "(This note can no longer be read.)"


def test_an_answer_sent_again_after_the_damage_names_the_same_case(world: World) -> None:
    checkin = opened(world)
    first = send(world.noor, checkin, body(world, NOT_SAFE)).json()
    damage(world)
    again = send(world.noor, checkin, body(world, NOT_SAFE))
    assert again.status_code == 200, again.text
    same = ("case_id", "tier", "received_at", "late")
    assert [again.json()[name] for name in same] == [first[name] for name in same]
    silence(world)


def test_after_the_repair_she_is_asked_about_her_own_signs_again(world: World) -> None:
    publish(world, (SIGN, "I stop answering calls", "early"))
    kept = damage(world)
    assert send(world.noor, str(uuid4()), body(world, CALM)).status_code == 200
    silence(world)
    put_key(world, kept)
    asked = world.noor.api.get("/me/checkins").json()["anytime"]["items"]
    assert any("I stop answering calls" in item["text"] for item in asked)


def test_a_key_deleted_on_purpose_is_replaced_by_nothing(world: World) -> None:
    from server.core.vault import SealBroken

    put_key(world, b"")
    with pytest.raises(SealBroken):
        world.db.read_now(lambda tx: access.key(tx, access.known_client(tx, world.noor.id)))
