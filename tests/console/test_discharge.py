"""Theo leaves the programme at Mara's desk, and comes back: what the pages say before, between and after."""

from datetime import datetime

import pytest

from checkins.models import Occurrence
from notifications.escalations.tiers import Tier
from tests.checkins import told
from tests.console.desk import desk
from tests.crisisplans.plans import plan, publish, save
from tests.escalations.telling import flagged
from tests.escalations.telling import hush as calm
from tests.world import Person, World

LEAVES = {"reason": "moved_away", "note": "To his sister.", "understood": "true"}


@pytest.fixture
def theo(world: World) -> Person:
    person = world.add_client("Theo")
    told.add_schedule(world, told.daily(world), person)
    return person


def test_mara_reads_what_will_happen_and_discharges_theo(world: World, theo: Person) -> None:
    mara, page = desk(world, "Mara"), f"/clients/{theo.id}"
    assert mara.get(page).main.all("a", href=f"{page}/discharge")
    asked = mara.get(f"{page}/discharge")
    for words in ("1 schedule stops asking.", "1 phone cannot answer", "There is no published plan."):
        assert words in asked.text, words
    unread = mara.post(f"{page}/discharge", {**LEAVES, "understood": ""})
    assert (unread.status, "Read what will happen" in unread.text) == (422, True)
    assert unread.main.one("textarea", id="note").text == "To his sister."
    unsaid = mara.post(f"{page}/discharge", {"reason": "other", "understood": "true"})
    assert unsaid.main.one("small", id="note-error").text.startswith("write what led to it")
    left = mara.post(f"{page}/discharge", LEAVES)
    assert left.to == f"{page}?done=discharged"
    shown = mara.get(left.to)
    for words in ("by Mara: Moved away.", "To his sister.", "No phone is signed in.", "At rest"):
        assert words in shown.text, words
    for gone in ("/telephone", "/schedules/new", "/discharge"):
        assert not shown.main.all("a", href=page + gone), gone
    assert mara.get(f"{page}/telephone").status == 409
    assert mara.get(f"{page}/record").status == mara.get(f"{page}/plan").status == 200
    assert told.count(world, Occurrence, Occurrence.client_id == theo.id) == 0


def test_the_caseload_lists_him_apart(world: World, theo: Person) -> None:
    mara = desk(world, "Mara")
    assert "Theo" in mara.get("/caseload").text
    mara.post(f"/clients/{theo.id}/discharge", LEAVES)
    everybody = mara.get("/caseload")
    assert "Theo" not in everybody.text
    (way,) = [each for each in everybody.main.all("a") if each.text == "Discharged 1"]
    listed = mara.get(way.attributes["href"])
    (row,) = listed.main.one("table").all("tr")[1:]
    assert row.text.startswith("Theo")
    assert row.text.endswith("Moved away Mara")
    assert mara.post("/caseload", {"show": "discharged", "name": "noor"}).main.all("table") == []
    otto = desk(world, "Otto").get("/caseload?show=discharged")
    assert ("Theo" in otto.text, "No client of yours" in otto.text) == (False, True)


def test_he_comes_back_and_everything_waits_to_be_looked_at(world: World, theo: Person) -> None:
    mara, page = desk(world, "Mara"), f"/clients/{theo.id}"
    mara.post(f"{page}/discharge", LEAVES)
    asked = mara.get(f"{page}/readmit")
    for words in ("Case manager Mara", "Every day at 10:00", "Make a new code for their phone."):
        assert words in asked.text, words
    world.clock.advance(days=1)
    mara = desk(world, "Mara")
    back = mara.post(f"{page}/readmit")
    assert back.to == f"{page}?done=readmitted"
    shown = mara.get(back.to)
    for words in ("Away from the programme from", "No phone is signed in.", "At rest since the discharge"):
        assert words in shown.text, words
    assert mara.post(f"{page}/readmit").status == 409
    schedule = next(
        each.attributes["href"] for each in shown.main.all("a") if "/schedules/0" in each.attributes["href"]
    )
    assert "This schedule rests since the client was discharged." in mara.get(schedule).text
    assert mara.post(f"{schedule}/resume").status == 303
    assert "At rest" not in mara.get(page).text
    assert mara.post(f"{page}/invitations").main.one("p", class_="code").text


def test_an_open_case_keeps_noor_in_the_programme(world: World) -> None:
    case = flagged(world, Tier.URGENT)
    mara, page = desk(world, "Mara"), f"/clients/{world.noor.id}"
    asked = mara.get(f"{page}/discharge")
    assert asked.main.all("a", href=f"/cases/{case}")
    assert not asked.main.all("form")
    refused = mara.post(f"{page}/discharge", LEAVES)
    assert (refused.status, "Close it first" in refused.text) == (409, True)
    calm(world)


def test_his_plan_is_read_and_not_written_any_more_and_the_record_says_why_he_left(
    world: World, theo: Person
) -> None:
    publish(world, client=theo)
    mara, ida, page = desk(world, "Mara"), desk(world, "Ida"), f"/clients/{theo.id}"
    assert ida.get(f"{page}/plan").main.all("a", href=f"{page}/plan/edit")
    mara.post(f"{page}/discharge", LEAVES)
    shown = ida.get(f"{page}/plan")
    assert (shown.status, shown.main.all("a", href=f"{page}/plan/edit")) == (200, [])
    refused = ida.get(f"{page}/plan/edit")
    assert (refused.status, "Take them back in first" in refused.text) == (409, True)
    assert save(world.ida, theo, plan(), 1).status_code == 409
    assert world.ida.api.post(f"/clients/{theo.id}/plan/reviews", {"number": 1}).status_code == 409
    record = mara.get(f"{page}/record").main.one("section", aria_labelledby="departure").text
    assert record.startswith("Discharge Moved away: 09:00 , by Mara. To his sister.")
    theo.phone.take_all()


def test_his_own_copy_tells_of_the_time_outside(world: World, theo: Person) -> None:
    mara, page = desk(world, "Mara"), f"/clients/{theo.id}"
    mara.post(f"{page}/discharge", LEAVES)
    gone_at = world.clock.at
    world.clock.advance(minutes=5)
    mara.post(f"{page}/readmit")
    code = mara.post(f"{page}/invitations").main.one("p", class_="code").text
    token = world.anybody().post("/pair", {"code": code}).json()["token"]
    own = world.anybody().get("/me/export", headers={"Authorization": f"Bearer {token}"})
    (told_him,) = own.json()["discharges"]
    assert told_him["reason"] == "moved_away"
    assert datetime.fromisoformat(told_him["at"]) == gone_at
    assert datetime.fromisoformat(told_him["back_at"]) == world.clock.at
    assert "To his sister." not in own.text


@pytest.mark.parametrize(("name", "status"), [("Otto", 404), ("Adi", 403), ("Ida", 403)])
def test_who_may_not(world: World, theo: Person, name: str, status: int) -> None:
    somebody = desk(world, name)
    for deed in ("discharge", "readmit"):
        assert somebody.get(f"/clients/{theo.id}/{deed}").status == status
        assert somebody.post(f"/clients/{theo.id}/{deed}", LEAVES).status == status
    if name == "Ida":
        assert not somebody.get(f"/clients/{theo.id}").main.all("a", href=f"/clients/{theo.id}/discharge")
