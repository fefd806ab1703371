"""Noor's page at the desks of her team: what stands there, what may be done from it, and who may not see it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from checkins.trends import Point, Series
from server.console.clients import chart
from server.console.qr import picture
from server.core.audit import AuditRow
from server.core.zones import zone
from server.people.models import Client
from tests.checkins import told
from tests.checkins.told import CALM, NOT_SAFE, answer
from tests.console.desk import desk
from tests.console.test_caseload import UNSCHEDULED, XSS
from tests.world import World

PAGES = ("", "/edit", "/record", "/checkins", "/schedules/new")


@pytest.mark.parametrize("name", ["Otto", "Adi"])
def test_noor_does_not_exist_for_those_who_may_not_see_her(world: World, name: str) -> None:
    somebody = desk(world, name)
    for page in PAGES:
        answered = somebody.get(f"/clients/{world.noor.id}{page}")
        assert answered.status == (404 if name == "Otto" else 403), page
        assert "Noor" not in answered.response.text
    for act in ("/team", "/invitations", "/sessions/end", "/edit"):
        assert somebody.post(f"/clients/{world.noor.id}{act}").status in (403, 404), act
    assert desk(world, None).get(f"/clients/{world.noor.id}").status == 303
    assert desk(world, "Mara").get(f"/clients/{world.other_programme_id}").status == 404


def test_the_overview_tells_what_is_so_and_every_look_is_kept(world: World) -> None:
    told.publish(world)
    told.add_schedule(world, told.daily(world, "10:00", "18:00", reminders=[30]))
    answer(world.noor, UNSCHEDULED.format(1), world, CALM)
    page = desk(world, "Mara").get(f"/clients/{world.noor.id}")
    for words in (
        "1, published by Ida",
        "not yet: no phone has confirmed it",
        "Every day at 10:00 and 18:00",
        "Open for 2 h, reminded after 30 min",
        "Last answer 09:00",
        "Signed in 09:00",
        "Reminders go to the app on a phone.",
        "none: a welfare check would have nowhere to go",
    ):
        assert words in page.text, words
    assert page.page.one("title").text == "Client · Handrail"
    looks = select(AuditRow.what).where(
        AuditRow.client_id == world.noor.id, AuditRow.actor_id == world.mara.id
    )
    seen = world.db.read_now(lambda tx: set(tx.session.scalars(looks)))
    assert {"client.view", "plan.history.view", "schedules.view", "checkins.view"} <= seen


def test_two_edits_at_once_lose_nothing(world: World) -> None:
    mara, ben = desk(world, "Mara"), desk(world, "Ben")
    where = f"/clients/{world.noor.id}/edit"
    version = mara.get(where).main.one("input", name="version").attributes["value"]
    typed = {"name": "Noor", "zone": "America/Chicago", "language": "en", "risk_level": "low"}
    assert ben.post(where, {**typed, "version": version, "address": "Ben's words"}).status == 303
    clash = mara.post(where, {**typed, "version": version, "address": "Mara's words"})
    assert clash.status == 412
    assert clash.main.one("textarea", id="address").text == "Mara's words"
    assert "Ben's words" in clash.main.one("section", role="alert").text
    now = clash.main.one("input", name="version").attributes["value"]
    assert mara.post(where, {**typed, "version": now, "address": "Mara's words"}).status == 303
    assert "Mara's words" in mara.get(f"/clients/{world.noor.id}").text
    assert mara.post(where, {**typed, "name": "", "version": str(int(now) + 1)}).status == 422


def test_an_old_address_says_nothing_that_is_not_so(world: World) -> None:
    mara, where = desk(world, "Mara"), f"/clients/{world.noor.id}"
    words = (
        "added",
        "saved",
        "team",
        "ended",
        "schedule",
        "paused",
        "resumed",
        "removed",
        "discharged",
        "readmitted",
    )
    for word in (*words, "contact", "promised", "anything"):
        assert not mara.get(f"{where}?done={word}").main.all("p", class_="said"), word
    typed = {"name": "Noor", "zone": "America/Chicago", "language": "en", "risk_level": "low", "version": "1"}
    assert mara.post(f"{where}/edit", typed).status == 303
    said = mara.get(f"{where}?done=saved").main.one("p", class_="said").text
    assert said == "Saved. No address yet: a welfare check could not be sent."
    assert not desk(world, "Ben").get(f"{where}?done=saved").main.all("p", class_="said")
    mara.post(f"{where}/sessions/end")
    assert mara.get(f"{where}?done=ended").main.all("p", class_="said")
    code = mara.post(f"{where}/invitations").main.one("p", class_="code").text
    world.anybody().post("/pair", {"code": code})
    assert not mara.get(f"{where}?done=ended").main.all("p", class_="said")
    world.clock.advance(minutes=6)
    assert not desk(world, "Mara").get(f"{where}?done=saved").main.all("p", class_="said")


def test_the_code_for_noors_phone_is_shown_once_and_works(world: World) -> None:
    mara, where = desk(world, "Mara"), f"/clients/{world.noor.id}"
    ended = mara.post(f"{where}/sessions/end")
    assert ended.to == f"{where}?done=ended"
    assert world.noor.api.get("/me").status_code == 401
    assert "No phone is signed in." in mara.get(where).text
    shown = mara.post(f"{where}/invitations")
    assert shown.status == 200
    code = shown.main.one("p", class_="code").text
    assert len(code.replace(" ", "")) == 10
    link = f"https://handrail.example/app#pair={code.replace(' ', '')}"
    assert shown.main.one("img", class_="qr").attributes["src"] == picture(link)
    assert code not in mara.get(where).response.text
    assert "A code was given and is not used yet." in mara.get(where).text
    assert world.anybody().post("/pair", {"code": code}).status_code in (200, 201)
    assert "A code was given" not in mara.get(where).text


def test_who_looked_at_noor_is_told_to_her_team(world: World) -> None:
    ida = desk(world, "Ida")
    ida.get(f"/clients/{world.noor.id}")
    page = desk(world, "Mara").get(f"/clients/{world.noor.id}/record")
    assert "Ida clinician" in page.text
    assert "Looked at your record" in page.text
    assert "The client has not agreed to share this." in page.text
    again = desk(world, "Sol").get(f"/clients/{world.noor.id}/record")
    assert "Looked at who saw your data" in again.text


def test_noors_answers_stand_in_her_words_with_what_was_flagged(world: World) -> None:
    answer(world.noor, UNSCHEDULED.format(1), world, {**NOT_SAFE, "anything_else": XSS})
    world.tick()
    page = desk(world, "Mara").get(f"/clients/{world.noor.id}/checkins")
    assert "Emergency" in page.text
    flagged = page.main.all("div", class_="flagged")
    assert "No, I am not safe" in flagged[0].text
    assert page.main.all("q")[0].text == " ".join(XSS.split())
    assert not page.main.all("img")
    drawn = page.main.all("svg", class_="chart")
    assert len(drawn) == 2
    table = page.main.all("figure")[0].one("table")
    assert [cell.text for cell in table.all("td")] == ["6"]
    assert page.main.all("figure")[1].one("h3").text.endswith("(hours)")
    for person in world.people.values():
        person.phone.take_all()


def test_earlier_check_ins_are_on_further_pages(world: World) -> None:
    for number in range(31):
        answer(
            world.noor, UNSCHEDULED.format(number + 10), world, {**CALM, "anything_else": f"note {number}"}
        )
        world.clock.advance(minutes=1)
    mara = desk(world, "Mara")
    first = mara.get(f"/clients/{world.noor.id}/checkins")
    assert "note 30" in first.text
    assert "note 0" not in first.text
    further = mara.get(first.main.one("a", rel="next").attributes["href"])
    assert further.main.all("q")[0].text == "note 0"
    assert mara.get(f"/clients/{world.noor.id}/checkins?days=90&cursor=nonsense").status in (400, 422)
    world.tick()
    for person in world.people.values():
        person.phone.take_all()


def test_a_line_has_gaps_where_nothing_is_known(world: World) -> None:
    begin = world.clock.at
    day = timedelta(days=1)
    values: list[float | None] = [3, 4, None, 5, None, 6, 7]
    points = [Point(begin + n * day, value, n == 2) for n, value in enumerate(values)]
    series = Series(key="mood", question="Mood", scale=True, low="", high="", least=0, most=10, points=points)
    line = chart.line(series, begin, begin + 7 * day, zone("America/Chicago"))
    assert [len(stroke.split()) for stroke in line.strokes] == [2, 2]
    assert len(line.dots) == 5
    assert len(line.missed) == 1
    assert line.summary == "5 answers from 3 to 7, 1 missed."
    assert [mark.words for mark in line.heights] == ["0", "2", "4", "6", "8", "10"]
    assert line.dots[0].y > line.dots[-1].y
    assert line.dots[0].x < line.dots[-1].x


def test_a_name_full_of_markup_is_words_on_every_page(world: World) -> None:
    def rename(tx: Any) -> None:
        row = tx.session.get_one(Client, world.noor.id)
        key = tx.vault.subject(row.id, row.wrapped_key)
        row.name = key.seal_text("clients.name", row.id, XSS)

    world.db.write_now(rename)
    mara = desk(world, "Mara")
    for page in PAGES:
        shown = mara.get(f"/clients/{world.noor.id}{page}")
        assert shown.main.one("h1").text == " ".join(XSS.split()), page
        assert not shown.main.all("img")
        assert not shown.main.all("script")
        assert "alert" not in shown.page.one("title").text
