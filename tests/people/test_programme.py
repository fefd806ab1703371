"""A programme's settings: what is unsafe is refused with its place, and who may change them."""

from typing import Any

from tests.world import World


def settings_of(world: World) -> tuple[dict[str, Any], str]:
    answer = world.adi.api.get("/programme")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    body.pop("version")
    return body, answer.headers["etag"]


def test_an_administrator_sets_hours_and_the_emergency_contact(world: World) -> None:
    body, etag = settings_of(world)
    body["coverage"]["saturday"] = [{"start": "10:00:00", "end": "14:00:00"}]
    body["emergency_contact"] = {
        "name": "Duty desk",
        "email": "duty@riverside.example",
        "phone": "202-555-0123",
    }
    saved = world.adi.api.put("/programme", body, headers={"If-Match": etag})
    assert saved.status_code == 200, saved.text
    body["emergency_contact"]["phone"] = "+12025550123"
    assert settings_of(world)[0] == body
    assert world.adi.api.put("/programme", body, headers={"If-Match": etag}).status_code == 412


def test_a_ladder_that_could_end_is_refused_with_its_place(world: World) -> None:
    body, etag = settings_of(world)
    body["escalation"]["urgent"]["rungs"] = body["escalation"]["urgent"]["rungs"][:1]
    answer = world.adi.api.put("/programme", body, headers={"If-Match": etag})
    assert answer.status_code == 422
    paths = [error["path"] for error in answer.json()["errors"]]
    assert "escalation.urgent.rungs" in paths
    assert settings_of(world)[1] == etag


def test_a_ladder_that_ends_at_the_contact_alone_needs_one_and_keeps_it(world: World) -> None:
    body, etag = settings_of(world)
    body["escalation"]["urgent"]["rungs"][-1]["target"] = ["emergency_contact"]
    answer = world.adi.api.put("/programme", body, headers={"If-Match": etag})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["path"] == "escalation.urgent.rungs.3.target"
    assert "emergency_contact is empty" in error["message"]
    desk = {"name": "Duty desk", "email": "duty@riverside.example", "phone": ""}
    saved = world.adi.api.put("/programme", {**body, "emergency_contact": desk}, headers={"If-Match": etag})
    assert saved.status_code == 200, saved.text
    etag = saved.headers["etag"]
    assert world.adi.api.put("/programme", body, headers={"If-Match": etag}).status_code == 422


def test_wrong_hours_zone_and_contact_are_named(world: World) -> None:
    body, etag = settings_of(world)
    for change, path in (
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"coverage": {**body["coverage"], "zone": "localtime"}}, "coverage.zone"),
        ({"emergency_contact": {"name": "Desk", "email": "no address"}}, "emergency_contact.email"),
        (
            {"emergency_contact": {"name": "Desk", "email": "a@b.example", "phone": "x"}},
            "emergency_contact.phone",
        ),
        (
            {"emergency_contact": {"name": "Desk", "email": "a@b.example", "phone": "+1 123 456 7890"}},
            "emergency_contact.phone",
        ),
    ):
        answer = world.adi.api.put("/programme", {**body, **change}, headers={"If-Match": etag})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["path"] == path


def test_nobody_else_may(world: World) -> None:
    for person in (world.mara, world.sol, world.ida, world.noor):
        assert person.api.get("/programme").status_code == 403
