"""Noor's care team at Mara's desk: one form, all of it or nothing, and whom no call would reach."""

from sqlalchemy import update

from server.core.db import Tx
from server.people.models import Staff
from tests.console.desk import Shown, desk
from tests.world import World


def team_form(page: Shown) -> dict[str, str]:
    """The care team's form as the browser would send it back untouched."""
    form = next(form for form in page.main.all("form") if form.attributes["action"].endswith("/team"))
    fields = {field.attributes["name"]: field.attributes["value"] for field in form.all("input")}
    for select_ in form.all("select"):
        (chosen, *_) = [each for each in select_.all("option") if "selected" in each.attributes] or [None]
        fields[select_.attributes["name"]] = chosen.attributes["value"] if chosen else ""
    return fields


def holders(world: World) -> dict[str, str]:
    """Who is on Noor's care team, by role."""
    team = world.sol.api.get(f"/clients/{world.noor.id}").json()["care_team"]
    return {each["role"]: each["staff"]["name"] for each in team}


def test_the_whole_care_team_is_chosen_at_once_and_a_refused_form_loses_nothing(world: World) -> None:
    mara, where = desk(world, "Mara"), f"/clients/{world.noor.id}"
    before = holders(world)
    form = team_form(mara.get(where))
    cleared = {**form, "backup": "", "clinician": str(world.sol.id)}
    wrong = mara.post(f"{where}/team", {**cleared, "supervisor": str(world.ben.id)})
    assert (wrong.status, holders(world)) == (422, before)
    again = team_form(wrong)
    assert (again["backup"], again["clinician"]) == ("", str(world.sol.id))
    saved = mara.post(f"{where}/team", cleared)
    assert saved.to == f"{where}?done=team"
    assert "The care team is saved." in mara.get(saved.to).text
    assert holders(world) == {"case_manager": "Mara", "supervisor": "Sol", "clinician": "Sol"}
    late = mara.post(f"{where}/team", {**form, "clinician": str(world.ida.id)})
    assert late.status == 303
    stale = desk(world, "Sol").post(f"{where}/team", {**form, "backup": str(world.sol.id)})
    assert (stale.status, "it is nobody now" in stale.text) == (422, True)
    assert desk(world, "Sol").post(f"{where}/team", team_form(stale)).status == 303
    assert holders(world)["backup"] == "Sol"
    assert mara.post(f"{where}/team", {"backup": str(world.ben.id)}).status == 422
    foreign = {**team_form(mara.get(where)), "backup": str(world.otto.id)}
    assert mara.post(f"{where}/team", foreign).status == 404


def test_who_has_not_signed_in_yet_is_marked_where_they_are_chosen_and_where_they_are(world: World) -> None:
    def active(tx: Tx) -> None:
        others = update(Staff).where(Staff.id != world.ben.id)
        tx.session.execute(others.values(password_hash="set"))

    world.db.write_now(active)
    page = desk(world, "Mara").get(f"/clients/{world.noor.id}")
    choices = page.main.one("select", id="case_manager").all("option")
    assert [each.text for each in choices] == ["nobody", "Ben (not yet active)", "Ida", "Mara", "Sol"]
    assert page.text.count("has not signed in yet: no call reaches them.") == 1
    assert "Ben has not signed in yet" in desk(world, "Ida").get(f"/clients/{world.noor.id}").text


def test_mara_hands_noor_to_ben_and_the_page_is_no_longer_hers(world: World) -> None:
    mara, where = desk(world, "Mara"), f"/clients/{world.noor.id}"
    form = team_form(mara.get(where))
    given = mara.post(f"{where}/team", {**form, "case_manager": str(world.ben.id)})
    assert given.to == "/caseload?done=team"
    assert "not on your caseload any more" in mara.get(given.to).text
    assert "not on your caseload any more" not in desk(world, "Ben").get(given.to).text
    assert mara.get(where).status == 404
    assert "Sol" in desk(world, "Ida").get(where).text
    assert not desk(world, "Ida").get(where).main.all("select")
