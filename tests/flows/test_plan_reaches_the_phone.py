"""A plan is written, published, told, fetched, confirmed; and a push that never arrives does not keep it back."""

from tests.crisisplans.plans import MARKERS, attested, of, plan, save
from tests.world import World


def test_ida_publishes_and_noor_has_the_plan_in_her_hand(world: World) -> None:
    assert world.noor.api.get("/me/plan").json()["number"] == 0
    saved = save(world.ida, world.noor, plan(), 0)
    world.tick()
    world.noor.phone.nothing()  # a draft is nobody's business yet

    answer = world.ida.api.post(of(world.noor, "revisions"), attested(saved.json()["version"]))
    assert answer.status_code == 201, answer.text
    world.tick()
    push = world.noor.phone.take("plan_updated").message
    assert "MARKER" not in str(push)
    assert "Noor" not in str(push)

    held = world.noor.api.get("/me/plan")
    assert held.json()["number"] == 1
    assert held.json()["document"]["coping"][0]["text"] == MARKERS["coping"]
    world.clock.advance(minutes=1)
    assert world.noor.api.put("/me/plan/receipts/1").status_code == 204
    seen = world.ida.api.get(of(world.noor, "revisions")).json()["revisions"][0]
    assert seen["on_phone_since"] == "2026-01-13T15:01:00Z"
    again = world.noor.api.get("/me/plan", headers={"If-None-Match": held.headers["etag"]})
    assert again.status_code == 304


def test_a_phone_without_push_finds_the_new_plan_when_it_asks(world: World) -> None:
    theo = world.add_client("Theo", device=False)
    version = save(world.ida, theo, plan(), 0).json()["version"]
    assert world.ida.api.post(of(theo, "revisions"), attested(version)).status_code == 201
    world.tick()
    theo.phone.nothing()
    assert theo.api.get("/me").json()["plan_revision"] == 1
    assert theo.api.get("/me/plan").json()["number"] == 1
    assert world.noor.api.get("/me/plan").json()["number"] == 0


def test_a_publish_that_is_refused_tells_nobody_and_leaves_the_old_plan(world: World) -> None:
    version = save(world.ida, world.noor, plan(warning_signs=[]), 0).json()["version"]
    assert world.ida.api.post(of(world.noor, "revisions"), attested(version)).status_code == 422
    world.tick()
    world.noor.phone.nothing()
    assert world.noor.api.get("/me/plan").json()["number"] == 0


def test_two_quick_revisions_are_told_each_once_and_the_phone_holds_the_last(world: World) -> None:
    for number, alias in enumerate(("One", "Two")):
        version = world.ida.api.get(of(world.noor, "draft")).json()["version"]
        saved = save(world.ida, world.noor, plan(alias=alias), version).json()["version"]
        answer = world.ida.api.post(of(world.noor, "revisions"), attested(saved))
        assert answer.json()["number"] == number + 1
    world.tick()
    world.noor.phone.take("plan_updated")
    world.noor.phone.take("plan_updated")
    world.pass_time(minutes=20, step_seconds=120)
    world.noor.phone.nothing()
    assert world.noor.api.get("/me/plan").json()["document"]["alias"] == "Two"
