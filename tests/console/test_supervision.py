"""Sol's overview: what nobody has in hand, how fast people were, who carries how much, and the audit trail."""

import ast
import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.escalations.tiers import Tier
from server.console.oversight.audit_words import WORDS
from server.console.oversight.supervision import pace
from server.core import audit
from server.core.db import Tx
from server.people.looks import SENTENCES
from server.people.models import Client
from server.people.terms import RiskLevel, Role
from tests.checkins.told import CALM, answer
from tests.console.desk import desk
from tests.escalations.telling import act, flagged
from tests.world import Person, World


def help_asked(world: World, client: Person, note: str = "It is bad tonight") -> None:
    path = f"/me/help/{client.id}"
    assert client.api.put(path, {"note": note}).status_code == 200
    world.tick()


def hush(world: World) -> None:
    world.tick()
    for person in world.people.values():
        person.phone.take_all()


def test_sol_sees_what_nobody_has_taken_and_how_fast_the_rest_went(world: World) -> None:
    pat = world.add_client("Pat", risk_level=RiskLevel.HIGH)
    help_asked(world, world.noor)
    world.clock.advance(minutes=4)
    case = world.mara.api.get("/cases").json()["cases"][0]["id"]
    assert desk(world, "Mara").post(f"/queue/{case}/take").status == 303
    world.clock.advance(minutes=6)
    tried = {"channel": "phone", "reached": True, "note": "She is at her sister's"}
    logged = world.mara.api.post(f"/cases/{case}/contacts", tried)
    assert logged.status_code in (200, 201), logged.text
    help_asked(world, pat, "I cannot sleep")
    world.clock.advance(minutes=31)
    page = desk(world, "Sol").get("/supervision")
    pressing, paces, loads = page.main.all("tbody")[:3]
    rows = pressing.all("tr")
    assert [row.one("th").text for row in rows] == ["Pat"]
    assert "nobody yet" in rows[0].text
    assert "1 min over" in rows[0].text
    urgent = next(row for row in paces.all("tr") if row.one("th").text == "Urgent")
    assert [cell.text for cell in urgent.all("td")] == ["2", "4 min (4 min)", "1", "10 min (10 min)", "1"]
    emergency = next(row for row in paces.all("tr") if row.one("th").text == "Emergency")
    assert [cell.text for cell in emergency.all("td")] == ["0", "none yet", "0", "none yet", "0"]
    assert [cell.text for cell in loads.one("tr").all("td")] == ["2", "1", "1"]
    assert "1 client at risk without a plan" in page.text
    seen = pat.api.get("/me/access-log").json()["views"]
    assert ("Sol", "Saw your name in a list") in [(view["who"], view["what"]) for view in seen]
    world.clock.advance(days=31)
    later = desk(world, "Sol").get("/supervision").main.all("tbody")[1]
    assert "none yet" in later.text
    assert "4 min" not in later.text
    hush(world)


def test_the_promised_call_days_later_is_not_the_time_it_took_to_reach_noor(world: World) -> None:
    case = flagged(world, Tier.ROUTINE)
    act(world, world.mara, case, "acknowledge")
    act(world, world.mara, case, "contacts", channel="phone", reached=False)
    day = (world.clock.at + timedelta(days=3)).date().isoformat()
    act(world, world.mara, case, "close", disposition="mobile_crisis", next_contact_on=day)
    hush(world)
    world.clock.advance(days=3)
    kept = desk(world, "Mara").post(f"/clients/{world.noor.id}/contact", {"what": "phone_reached"})
    assert kept.status == 303, kept.text
    rows = desk(world, "Sol").get("/supervision").main.all("tr")
    routine = next(row for row in rows if row.all("th")[0].text == "Routine")
    assert [cell.text for cell in routine.all("td")][2:] == ["1", "none yet", "0"], routine.text
    hush(world)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60))
def test_a_pace_is_a_time_somebody_waited_and_nine_in_ten_waited_no_longer(seconds: list[int]) -> None:
    lengths = [timedelta(seconds=each) for each in seconds]
    found = pace(lengths)
    assert found.n == len(lengths)
    assert found.median in lengths
    assert found.ninetieth in lengths
    assert found.median is not None
    assert found.ninetieth is not None
    assert found.median <= found.ninetieth
    assert sum(each <= found.ninetieth for each in lengths) * 10 >= 9 * len(lengths)
    assert sum(each < found.ninetieth for each in lengths) * 10 < 9 * len(lengths)
    assert sum(each <= found.median for each in lengths) * 2 >= len(lengths)


def test_the_audit_search_finds_who_looked_and_is_written_down_itself(world: World) -> None:
    for _ in range(3):
        assert world.ida.api.get(f"/clients/{world.noor.id}").status_code == 200
        world.clock.advance(minutes=16)
    assert world.mara.api.get(f"/clients/{world.noor.id}").status_code == 200
    sol = desk(world, "Sol")
    path = f"/supervision/audit?client={world.noor.id}&staff={world.ida.id}&kind=client.&from=&to="
    page = sol.get(path)
    rows = page.main.one("tbody").all("tr")
    assert [(row.all("td")[2].text, row.one("th").text) for row in rows] == [
        ("Ida", "Looked at the client's record")
    ] * 3
    assert {row.all("td")[3].one("a").text for row in rows} == {"Lines about Noor"}
    assert "Noor" in page.text
    assert "Searched the audit trail" not in sol.get("/supervision/audit?kind=audit.").text
    again = sol.get("/supervision/audit?kind=audit.&own=true")
    first = again.main.one("tbody").all("tr")[0]
    assert first.all("td")[2].text == "Sol"
    assert first.one("th").text == "Searched the audit trail"
    assert "search: kind" in first.text
    option = again.main.one("select", id="client").one("option", value=str(world.noor.id))
    assert option.text == "Noor"
    told = world.noor.api.get("/me/access-log").json()
    assert any("who saw your record" in view["what"] for view in told["views"]), told


def test_the_audit_search_pages_by_days_and_names_a_field_that_does_not_fit(world: World) -> None:
    programme_id = world.db.read_now(lambda tx: tx.session.get_one(Client, world.noor.id)).programme_id

    def look(tx: Tx) -> None:
        for _ in range(52):
            audit.record(tx, "client.view", client_id=world.noor.id, programme_id=programme_id)

    world.db.write_now(look)
    sol, day = desk(world, "Sol"), world.clock.at.date()
    page = sol.get(
        f"/supervision/audit?kind=client.view&from={day - timedelta(days=1)}&to={day + timedelta(days=1)}"
    )
    first = [int(row.all("td")[0].text) for row in page.main.one("tbody").all("tr")]
    older = next(link for link in page.main.all("a") if link.text == "Older lines").attributes["href"]
    rest = sol.get(older)
    second = [int(row.all("td")[0].text) for row in rest.main.one("tbody").all("tr")]
    assert (len(first), len(second)) == (50, 2)
    assert first + second == sorted({*first, *second}, reverse=True)
    assert "No line fits." in sol.get(f"/supervision/audit?to={day - timedelta(days=2)}").text
    wrong = sol.get("/supervision/audit?client=Noor")
    assert wrong.status == 422
    assert wrong.main.one("small", id="client-error").text == "Choose one of those that are offered."
    assert wrong.main.one("div", class_="wrong").one("a", href="#client").text == "Client"


def test_every_line_of_the_trail_has_words() -> None:
    root, kept = Path(__file__).parents[2], set[str]()
    for package in ("server", "checkins", "crisisplans", "notifications"):
        for path in (root / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or len(node.args) < 2:
                    continue
                called, what = getattr(node.func, "attr", ""), ast.unparse(node.args[1])
                if called in ("looked", "record", "values") and re.fullmatch(r"'[a-z_.]+'", what):
                    kept.add(what.strip("'"))
    assert {"case.acknowledge", "checkin.answer"} <= kept
    assert kept - set(WORDS) == set()
    assert set(SENTENCES) - set(WORDS) == set()


def test_a_closing_that_waits_for_a_signature_is_on_top(world: World) -> None:
    world.people["noah"] = world.staff("Noah", Role.SUPERVISOR, world.programme_id)
    answer(world.noor, uuid4(), world, {**CALM, "safe_now": "not_safe"})
    case = world.sol.api.get("/cases").json()["cases"][0]["id"]
    assert world.sol.api.post(f"/cases/{case}/acknowledge").status_code == 200
    assert (
        world.sol.api.post(f"/cases/{case}/contacts", {"channel": "phone", "reached": True}).status_code
        == 201
    )
    assert "co-signature" not in desk(world, "Sol").get("/supervision").text
    tomorrow = str(world.clock.at.date() + timedelta(days=1))
    body = {"disposition": "safe_with_plan", "reason": "At her sister's", "next_contact_on": tomorrow}
    closed = world.sol.api.post(f"/cases/{case}/close", body)
    assert closed.status_code == 200, closed.text
    for name, said in (("Sol", "another supervisor signs"), ("Noah", "can sign")):
        page = desk(world, name).get("/supervision").main
        (row,) = page.one("section", aria_labelledby="closings").one("tbody").all("tr")
        assert "Safe, with the plan" in row.text
        assert said in row.text
        row.one("a", href=f"/cases/{case}")
        assert page.all("section")[0].attributes["aria-labelledby"] == "closings"
    assert not desk(world, "Otto").get("/supervision").page.all("section", aria_labelledby="closings")
    hush(world)


def test_who_may_open_supervision(world: World) -> None:
    for path in ("/supervision", "/supervision/audit"):
        assert desk(world, "Sol").get(path).status == 200
        for name in ("Mara", "Ida", "Adi"):
            assert desk(world, name).get(path).status == 403
        assert desk(world, None).get(path).to == f"/sign-in?next={path}"
    help_asked(world, world.noor)
    otto = desk(world, "Otto")
    assert "Noor" not in otto.get("/supervision").text
    assert otto.get(f"/supervision/audit?client={world.noor.id}").status == 404
    assert "Mara" not in otto.get("/supervision/audit").text
    hush(world)
