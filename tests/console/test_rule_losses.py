"""Sol takes a rule away: what nobody would be called for any more is named before it is stored, and when tried."""

from typing import Any

from tests.console.desk import Shown, desk
from tests.console.test_questionnaires import Form, checks_in, quiet, reached
from tests.world import World

NOT_SAFE = "Nobody would be called for “No, I am not safe” to “Are you safe right now?” any more"


def without_rules_about(form: Form, item: str) -> Shown:
    """Press "Remove" at every rule about this question."""
    while True:
        chosen = [
            each.attributes["id"].split(".")[1]
            for each in form.shown.main.all("select")
            if each.attributes["id"].endswith(".item")
            and any(
                option.has(value=item) and "selected" in option.attributes for option in each.all("option")
            )
        ]
        if not chosen:
            return form.shown
        form.press(f"rule.drop.{chosen[0]}")


def test_a_rule_for_not_safe_is_not_taken_away_unawares(world: World) -> None:
    sol = desk(world, "Sol")
    form = Form(sol, "built-in")
    without_rules_about(form, "safe_now")
    refused = form.press("store", key="ours")
    assert refused.status == 409
    warned = refused.main.one("section", aria_labelledby="lost")
    assert NOT_SAFE in warned.text
    assert "(until now: emergency)" in warned.text
    assert world.sol.api.get("/questionnaires").json()["questionnaires"] == []
    mark = warned.one("input", id="accepted").attributes["value"]
    # One more rule goes: what was ticked was about less.
    without_rules_about(form, "thoughts")
    again = form.press("store", accepted=mark)
    assert again.status == 409
    assert "ending your life" in again.main.one("section", aria_labelledby="lost").text
    mark = again.main.one("input", id="accepted").attributes["value"]
    assert form.press("store", accepted=mark).status == 303


def test_an_api_that_drops_the_rule_has_to_say_that_it_is_meant(world: World) -> None:
    found = world.sol.api.get("/questionnaires").json()
    assert found["questionnaires"] == []
    form = Form(desk(world, "Sol"), "built-in")
    stored = form.press("store", key="ours").to or ""
    version = world.sol.api.get(f"/questionnaires/{stored.split('/')[-1].split('?')[0]}").json()
    rules = [rule for rule in version["definition"]["rules"] if rule["key"] != "safe_now.no"]
    fewer: dict[str, Any] = {**version["definition"], "rules": rules}
    body: dict[str, Any] = {"key": "ours", "definition": fewer}
    refused = world.sol.api.post("/questionnaires", body)
    assert refused.status_code == 422
    assert {each["path"] for each in refused.json()["errors"]} == {"accepts_losses"}
    assert NOT_SAFE in refused.text
    assert world.sol.api.post("/questionnaires", {**body, "accepts_losses": True}).status_code == 201


def test_trying_the_rules_says_what_would_be_lost(world: World) -> None:
    checks_in(world, world.noor)
    checks_in(world, world.noor, safe_now="not_safe")
    checks_in(world, world.noor, thoughts=True)
    quiet(world)
    world.clock.advance(minutes=5)
    reached(world)
    form = Form(desk(world, "Sol"), "built-in")
    assert "No longer flagged: 0 answers." in form.press("try").text
    without_rules_about(form, "safe_now")
    tried = form.press("try").text
    assert "No longer flagged: 1 answer (1 of which led to contact)." in tried
    assert (
        "No longer flagged"
        not in desk(world, "Sol").post("/questionnaires/built-in/try", {"rule": "thoughts.yes"}).text
    )
    quiet(world)
