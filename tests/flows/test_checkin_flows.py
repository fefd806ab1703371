"""Check-ins told as incidents: Noor is asked, answers, and somebody hears of it when it matters."""

from typing import Any

from tests.checkins.told import CALM, open_one
from tests.world import Person, World


def test_noor_is_asked_answers_calmly_and_nobody_is_called(world: World) -> None:
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    keys = [item["key"] for item in checkin["items"]]
    assert keys[:2] == ["mood", "sleep"]
    assert {"thoughts", "safe_now"} <= set(keys)

    reply = answer(world.noor, checkin["id"], world, CALM)

    assert reply["tier"] is None
    assert reply["case_id"] is None
    assert reply["late"] is False
    assert reply["next_steps"] == []
    assert "Thank you for checking in." in reply["coverage"]
    assert world.mara.api.get("/cases?state=open").json()["cases"] == []
    mine = world.noor.api.get("/me/checkins").json()
    assert mine["open"] == []
    assert mine["recent"][0]["state"] == "answered"


def test_not_safe_right_now_calls_mara_before_the_phone_hears_received(world: World) -> None:
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")

    reply = answer(world.noor, checkin["id"], world, {**CALM, "safe_now": "not_safe"})

    assert reply["tier"] == "emergency"
    assert reply["next_steps"], "the national lines at least"
    assert "Thank you for telling us." in reply["coverage"]
    world.tick()
    world.mara.phone.take("case_call")
    (case,) = world.mara.api.get("/cases?state=open").json()["cases"]
    assert case["id"] == reply["case_id"]
    assert case["tier"] == "emergency"


def answer(who: Person, checkin_id: str, world: World, answers: dict[str, Any], status: int = 200) -> Any:
    body = {"answered_at": world.clock.at.isoformat(), "answers": answers}
    response = who.api.put(f"/me/checkins/{checkin_id}/answer", body)
    assert response.status_code == status, response.text
    return response.json()
