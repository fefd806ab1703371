"""Noor looks back: her answers in her language, and everything of her own in one file, nothing of anybody else's."""

import json
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from checkins import own_copy, own_history
from server.core.audit import AuditRow
from server.people.terms import Language
from tests.checkins.told import CALM, NOT_SAFE, answer, open_one
from tests.crisisplans.plans import MARKERS, publish
from tests.world import Person, World


def history(who: Person, rest: str = "") -> Any:
    found = who.api.get(f"/me/history{rest}")
    assert found.status_code == 200, found.text
    return found.json()


def anytime(world: World, who: Person, answers: dict[str, Any]) -> str:
    """An unscheduled check-in, now."""
    asked = who.api.get("/me/checkins").json()["anytime"]["questionnaire_id"]
    checkin_id = str(uuid4())
    answer(who, checkin_id, world, answers, questionnaire_id=asked)
    return checkin_id


def silence(world: World) -> None:
    """The calls of a flagged answer are another test's business."""
    world.tick()
    for person in world.people.values():
        person.phone.take_all()


def test_noor_reads_what_she_said_in_words(world: World) -> None:
    assert history(world.noor) == {"entries": [], "cursor": None}
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    answer(
        world.noor, checkin["id"], world, {**CALM, "safe_now": {"declined": True}, "anything_else": "I slept"}
    )
    (entry,) = history(world.noor)["entries"]
    assert (entry["id"], entry["mood"], entry["entered_by_staff"]) == (checkin["id"], 6, False)
    said = {item["key"]: item["answer"] for item in entry["items"]}
    assert said["mood"] == "6 of 10"
    assert said["thoughts"] == "no"
    assert said["safe_now"] == "I chose not to say"
    assert said["anything_else"] == "I slept"
    asked = {item["key"]: item["text"] for item in entry["items"]}
    assert asked["mood"] == "How is your mood today?"
    silence(world)


def test_in_spanish(world: World) -> None:
    lucia = world.add_client("Lucia", language=Language.ES)
    anytime(world, lucia, {**CALM, "sleep": {"declined": True}})
    (entry,) = history(lucia)["entries"]
    said = {item["key"]: (item["text"], item["answer"]) for item in entry["items"]}
    assert said["mood"] == ("¿Cómo está tu ánimo hoy?", "6 de 10")
    assert said["sleep"][1] == "Preferí no decir"
    silence(world)


def test_what_mara_entered_for_her_says_so(world: World) -> None:
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    body = {"answered_at": world.clock.at.isoformat(), "answers": CALM}
    path = f"/clients/{world.noor.id}/checkins/{checkin['id']}/answer"
    assert world.mara.api.put(path, body).status_code == 200
    assert history(world.noor)["entries"][0]["entered_by_staff"] is True


def test_a_long_history_is_read_by_page(world: World) -> None:
    sent = []
    for _ in range(own_history.PAGE + 3):
        world.clock.advance(minutes=2)
        sent.append(anytime(world, world.noor, CALM))
    first = history(world.noor)
    second = history(world.noor, f"?cursor={first['cursor']}")
    assert len(first["entries"]) == own_history.PAGE
    assert second["cursor"] is None
    assert [one["id"] for one in first["entries"] + second["entries"]] == sent[::-1]
    lena = world.add_client("Lena")
    assert history(lena, f"?cursor={first['cursor']}")["entries"] == [], (
        "somebody else's is no place to begin"
    )


def test_everything_of_noors_own_is_in_her_file(world: World) -> None:
    noor = world.noor.api
    publish(world)
    noor.put("/me/consents/plan_use", {"version": 1, "agreed": True, "language": "en"})
    use = {"at": world.clock.at.isoformat(), "section": "coping", "helped": True}
    assert noor.put(f"/me/plan/uses/{uuid4()}", use).status_code == 204
    noor.put(f"/me/plan/copies/{uuid4()}", {"at": world.clock.at.isoformat(), "channel": "share"})
    noor.put(f"/me/plan/proposals/{uuid4()}", {"section": "reasons", "entry": {"text": "the garden"}})
    anytime(world, world.noor, {**NOT_SAFE, "anything_else": "MARKER-said"})
    noor.put(f"/me/help/{uuid4()}", {"note": "MARKER-asked"})
    world.mara.api.get(f"/clients/{world.noor.id}")

    answer = noor.get("/me/export")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data-2026-01-13.json"'
    file = answer.json()
    assert (file["profile"]["name"], file["profile"]["case_manager"]) == ("Noor", "Mara")
    assert file["plans"][0]["document"]["reasons"][0]["text"] == MARKERS["reason"]
    assert (file["plans"][0]["number"], file["plans"][0]["published_by"]) == (1, "Ida")
    assert file["consents"][0]["key"] == "plan_use"
    assert file["steps_used"][0]["section"] == "coping"
    assert file["copies"][0]["channel"] == "share"
    assert file["proposals"][0]["entry"]["text"] == "the garden"
    assert "MARKER-said" in {item["answer"] for item in file["checkins"][0]["items"]}
    assert file["cases"][0]["asked"] == ["MARKER-asked"]
    assert "Looked at your record" in {view["what"] for view in file["looks"]}
    query = select(AuditRow.actor_id).where(AuditRow.what == "own.copy")
    assert world.db.read_now(lambda tx: list(tx.session.scalars(query))) == [world.noor.id]
    silence(world)


def test_nothing_of_the_staffs_own_is_in_it(world: World) -> None:
    publish(world)
    raised = {"tier": "emergency", "note": "MARKER-of-staff"}
    case_id = world.mara.api.post(f"/clients/{world.noor.id}/cases", raised).json()["id"]
    text = world.noor.api.get("/me/export").text
    assert json.loads(text)["cases"] == [], "nobody has taken it yet"
    world.mara.api.post(f"/cases/{case_id}/acknowledge")
    text = world.noor.api.get("/me/export").text
    assert json.loads(text)["cases"][0]["seen_by"] == "Mara"
    for never in (
        "MARKER-of-staff",
        MARKERS["notes"],
        "firearm",
        "emergency",
        "clinician_only",
        str(world.mara.id),
    ):
        assert never not in text
    silence(world)


def test_a_file_about_substances_carries_the_notice(world: World) -> None:
    assert world.noor.api.get("/me/export").json()["notice"] is None
    anytime(world, world.noor, CALM)
    assert world.noor.api.get("/me/export").json()["notice"] is None
    definition = {
        "items": [
            {
                "key": "drank",
                "kind": "yes_no",
                "text": {"en": "Did you drink today?", "es": "¿Bebiste hoy?"},
                "part2": True,
            },
            {
                "key": "safe_now",
                "kind": "yes_no",
                "text": {"en": "Are you safe right now?", "es": "¿Estás a salvo ahora?"},
                "risk": True,
            },
        ],
        "rules": [
            {"rule": "chosen", "key": "unsafe", "tier": "urgent", "item": "safe_now", "options": ["no"]},
            {"rule": "unanswered", "key": "unsafe.blank", "tier": "urgent", "items": ["safe_now"]},
        ],
    }
    new = {
        "client_id": str(world.noor.id),
        "key": "default",
        "definition": definition,
        "accepts_losses": True,
    }
    made = world.ida.api.post("/questionnaires", new)
    assert made.status_code == 201, made.text
    anytime(world, world.noor, {"drank": True, "safe_now": True})
    assert world.noor.api.get("/me/export").json()["notice"] == own_copy.PART2_NOTICE


def test_nobody_else_takes_noors_file(world: World) -> None:
    for staff in (world.mara, world.sol, world.adi, world.otto):
        for path in ("/me/export", "/me/history"):
            assert staff.api.get(path).status_code == 403
