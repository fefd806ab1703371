"""Questionnaires: Noor is asked about her own warning signs, in her words of today, and nobody else's."""

from typing import Any
from uuid import uuid4

import msgspec

from checkins.default_questionnaire import build
from checkins.models import QuestionnaireRow
from tests.checkins.told import CALM, add_schedule, answer, count, daily, open_one, publish
from tests.world import World

RACING, SISTER, GOODBYE = str(uuid4()), str(uuid4()), str(uuid4())
SIGNS = (
    (RACING, "My thoughts race at night", "early"),
    (SISTER, "I stop answering my sister", "breaking_down"),
    (GOODBYE, "I say goodbye in my head", "crisis"),
)


def asked(world: World) -> dict[str, str]:
    """Key to text of what Noor is asked at any time."""
    return {
        item["key"]: item["text"] for item in world.noor.api.get("/me/checkins").json()["anytime"]["items"]
    }


def choose(world: World, *choices: tuple[str, int]) -> Any:
    signs = [{"sign_id": sign, "threshold": limit} for sign, limit in choices]
    return world.ida.api.post("/questionnaires", {"client_id": str(world.noor.id), "signs": signs})


def test_without_a_plan_noor_is_asked_the_default_questions(world: World) -> None:
    assert set(asked(world)) == set(CALM)


def test_with_a_plan_noor_is_asked_about_her_own_signs_crisis_first(world: World) -> None:
    publish(world, *SIGNS)
    signs = [key for key in asked(world) if key.startswith("sign.")]
    assert signs == [f"sign.{GOODBYE}", f"sign.{SISTER}", f"sign.{RACING}"]
    assert "I say goodbye in my head" in asked(world)[f"sign.{GOODBYE}"]


def test_of_many_signs_the_seven_most_alarming_are_asked(world: World) -> None:
    early = [(str(uuid4()), f"Sign {n}", "early") for n in range(9)]
    publish(world, *early, SIGNS[2])
    signs = [key for key in asked(world) if key.startswith("sign.")]
    assert len(signs) == 7
    assert signs[0] == f"sign.{GOODBYE}"


def test_a_new_plan_reaches_the_next_check_in_and_leaves_the_open_one_alone(world: World) -> None:
    publish(world, *SIGNS)
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    publish(world, (RACING, "I pace the flat at night", "breaking_down"))
    (still,) = world.noor.api.get("/me/checkins").json()["open"]
    assert still == checkin
    reply = answer(
        world.noor,
        checkin["id"],
        world,
        {**CALM, f"sign.{GOODBYE}": 0, f"sign.{SISTER}": 0, f"sign.{RACING}": 0},
    )
    assert (reply["tier"], reply["plan_revision"]) == (None, 2)
    world.pass_time(hours=24, step_seconds=4 * 3600)
    world.noor.phone.take("checkin_open")
    (fresh,) = world.noor.api.get("/me/checkins").json()["open"]
    texts = {item["key"]: item["text"] for item in fresh["items"] if item["key"].startswith("sign.")}
    assert set(texts) == {f"sign.{RACING}"}
    assert "I pace the flat at night" in texts[f"sign.{RACING}"]


def test_ida_chooses_signs_and_thresholds_and_a_new_plan_keeps_them(world: World) -> None:
    publish(world, *SIGNS)
    chosen = choose(world, (RACING, 1), (SISTER, 4))
    assert chosen.status_code == 201, chosen.text
    assert chosen.json()["number"] == 1
    publish(world, (RACING, "I pace the flat at night", "crisis"), SIGNS[2])
    assert [key for key in asked(world) if key.startswith("sign.")] == [f"sign.{RACING}"]
    reply = answer(world.noor, uuid4(), world, {**CALM, f"sign.{RACING}": 1})
    assert reply["tier"] == "emergency", "her threshold of 1, at the stage of the new plan"
    world.tick()
    world.mara.phone.take("case_call")
    versions = world.ida.api.get(f"/questionnaires?client_id={world.noor.id}").json()["questionnaires"]
    assert [(one["number"], one["plan_revision"], one["created_by"]) for one in versions] == [
        (2, 2, str(world.ida.id)),
        (1, 1, str(world.ida.id)),
    ]


def test_when_every_chosen_sign_has_left_the_plan_its_own_signs_are_asked(world: World) -> None:
    publish(world, *SIGNS)
    choose(world, (RACING, 2))
    publish(world, SIGNS[1], SIGNS[2])
    assert [key for key in asked(world) if key.startswith("sign.")] == [f"sign.{GOODBYE}", f"sign.{SISTER}"]


def test_a_choice_that_cannot_be_asked_is_refused_with_its_field(world: World) -> None:
    publish(world, *SIGNS)
    refused = choose(world, (RACING, 2), (str(uuid4()), 2))
    assert [error["path"] for error in refused.json()["errors"]] == ["signs[1].sign_id"]
    assert choose(world, (RACING, 2), (RACING, 3)).status_code == 422
    assert choose(world, (RACING, 9)).status_code == 422
    assert choose(world).status_code == 422
    both = {"client_id": str(world.noor.id), "signs": [{"sign_id": RACING}], "definition": {"items": []}}
    assert world.ida.api.post("/questionnaires", both).status_code == 422
    assert count(world, QuestionnaireRow) == 0


def test_an_unsound_definition_is_refused_with_every_path(world: World) -> None:
    definition = msgspec.to_builtins(build([]))
    definition["items"][2]["options"] = [{"value": "x", "label": {"en": "x", "es": "x"}}]
    definition["rules"][0]["item"] = "no-such-question"
    body = {"client_id": str(world.noor.id), "key": "evening", "definition": definition}
    refused = world.ida.api.post("/questionnaires", body)
    found = {error["path"] for error in refused.json()["errors"]}
    assert {"definition.items[2].options", "definition.rules[0].item"} <= found
    assert count(world, QuestionnaireRow) == 0


def test_the_programmes_own_questionnaire_is_asked_by_name(world: World) -> None:
    definition = msgspec.to_builtins(build([]))
    definition["items"] = [item for item in definition["items"] if item["key"] != "sleep"]
    definition["rules"] = [rule for rule in definition["rules"] if rule.get("item") != "sleep"]
    body = {"key": "evening", "definition": definition}
    assert world.ida.api.post("/questionnaires", body).status_code == 403, "Ida cares for her own clients"
    assert world.sol.api.post("/questionnaires", {**body, "key": "default"}).status_code == 422
    made = world.sol.api.post("/questionnaires", body)
    assert made.status_code == 201, made.text
    add_schedule(world, daily(world, questionnaire_key="evening"))
    world.pass_time(hours=1, step_seconds=1800)
    world.noor.phone.take("checkin_open")
    (checkin,) = world.noor.api.get("/me/checkins").json()["open"]
    assert checkin["questionnaire_id"] == made.json()["id"]
    assert "sleep" not in {item["key"] for item in checkin["items"]}
    assert (
        answer(world.noor, checkin["id"], world, {**CALM, "sleep": None, "safe_now": "safe"})["tier"] is None
    )
    listed = world.mara.api.get("/questionnaires").json()["questionnaires"]
    assert [one["key"] for one in listed] == ["evening"]


def test_versions_are_seen_by_those_who_care_for_the_client_alone(world: World) -> None:
    publish(world, *SIGNS)
    version = choose(world, (RACING, 2)).json()["id"]
    assert world.mara.api.get(f"/questionnaires/{version}").json()["definition"]["items"]
    assert world.otto.api.get(f"/questionnaires/{version}").status_code == 404
    assert world.otto.api.get(f"/questionnaires?client_id={world.noor.id}").status_code == 404
    assert world.otto.api.get("/questionnaires").json()["questionnaires"] == []
    assert world.noor.api.get(f"/questionnaires/{version}").status_code == 403
    assert (
        world.otto.api.post(
            "/questionnaires", {"client_id": str(world.noor.id), "signs": [{"sign_id": RACING}]}
        ).status_code
        == 404
    )


def test_a_client_asks_in_spanish_and_reads_spanish(world: World) -> None:
    from server.people.terms import Language

    luz = world.add_client("Luz", language=Language.ES)
    mine = luz.api.get("/me/checkins").json()
    assert mine["anytime"]["items"][0]["text"] == "¿Cómo está tu ánimo hoy?"
    assert "¿" not in mine["coverage"]
    assert mine["coverage"].startswith("Alguien mira tus respuestas hoy hasta las 5:00 pm.")
