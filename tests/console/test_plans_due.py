"""Plans due: until when a first plan is due, and the ideas of clients that wait for an answer."""

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
