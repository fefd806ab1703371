"""Plans due: until when a first plan is due, and the ideas of clients that wait for an answer."""

from typing import Any

from server.people.terms import RiskLevel
from tests.console.desk import desk
from tests.crisisplans.plans import publish
from tests.world import World


def test_a_first_plan_has_its_hour_and_noors_idea_waits_where_ida_looks(world: World) -> None:
    high = world.add_client("Pat", risk_level=RiskLevel.HIGH)
    publish(world)
    ida = desk(world, "Ida")
    row = ida.get("/plans").page.one("section", aria_labelledby="at-risk").one("tbody").text
    # Nine in the morning in Chicago, and the same hour tomorrow.
    assert "Wed 09:00" in row
    assert "overdue" not in row
    idea = {"section": "coping", "entry": {"text": "play with my cat Fig"}}
    path = "/me/plan/proposals/0192c0de-0000-7000-8000-0000000000a1"
    assert world.noor.api.put(path, idea).status_code == 200
    world.clock.advance(days=1)
    ida = desk(world, "Ida")
    page = ida.get("/plans").page
    assert "overdue" in page.one("section", aria_labelledby="at-risk").one("tbody").text
    ideas = page.one("section", aria_labelledby="ideas").one("tbody")
    assert "1 idea, 1 day ago" in ideas.text
    assert "cat Fig" not in page.text
    ideas.one("a", href=f"/clients/{world.noor.id}/plan/edit#proposals")
    mara = desk(world, "Mara").get("/plans").page.one("section", aria_labelledby="ideas")
    mara.one("a", href=f"/clients/{world.noor.id}/plan")
    assert f"/clients/{high.id}" not in desk(world, "Otto").get("/plans").response.text


def edited(world: World, client: str, **changes: Any) -> None:
    """Mara saves the client's record with these changes."""
    record = world.mara.api.get(f"/clients/{client}")
    held = {key: record.json()[key] for key in ("name", "zone", "language", "risk_level")}
    saved = world.mara.api.put(
        f"/clients/{client}", {**held, **changes}, headers={"If-Match": record.headers["etag"]}
    )
    assert saved.status_code == 200, saved.text


def due(world: World) -> str:
    """What Ida reads of the only client at risk without a plan."""
    return desk(world, "Ida").get("/plans").page.one("section", aria_labelledby="at-risk").one("tbody").text


def test_a_new_address_gives_nobody_more_time_for_the_plan_and_a_new_risk_begins_it(world: World) -> None:
    publish(world)
    new = {"name": "Pat", "zone": "America/Chicago", "language": "en", "risk_level": "low"}
    pat = world.mara.api.post("/clients", new).json()["id"]
    given = world.mara.api.put(
        f"/clients/{pat}/care-team", {"role": "clinician", "staff_id": str(world.ida.id)}
    )
    assert given.status_code == 200, given.text
    world.clock.advance(days=2)
    edited(world, pat, risk_level="moderate")
    assert "Fri 09:00" in due(world), "a day from when the risk was found, not from when Pat came"
    world.clock.advance(hours=3)
    edited(world, pat, address="12 Elm Street")
    edited(world, pat, risk_level="high")
    assert "Fri 09:00" in due(world), "neither an address nor a risk that rises moves it"
    edited(world, pat, risk_level="low")
    edited(world, pat, risk_level="moderate")
    assert "Fri 12:00" in due(world), "a risk that had ended begins anew"
