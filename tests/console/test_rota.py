"""The pages of who is on call: everybody looks, supervisors edit, a wrong line says so, nothing typed is lost."""

import base64
from datetime import date
from typing import Any

from sqlalchemy import select

from notifications.escalations.oncall import findings
from notifications.escalations.oncall.models import AbsenceRow, OverrideRow, RotaRow
from tests.console.desk import Desk, Shown, desk
from tests.escalations.oncall import chicago, enter, first_team, nights_and_days
from tests.world import Person, World

MONDAY = date(2026, 3, 2)


def stored(world: World, table: type[Any]) -> list[Any]:
    return world.db.read_now(lambda tx: list(tx.session.scalars(select(table).order_by(table.id))))


def line(person: Person, days: list[str], start: str, end: str, layer: str = "primary") -> dict[str, object]:
    return {"layer": layer, "person": str(person.id), "week": "1", "days": days, "start": start, "end": end}


def form(*lines: dict[str, object], **more: str) -> dict[str, object]:
    """The editor's form."""
    fields: dict[str, object] = {
        "starts_on": "2026-03-02",
        "weeks": "1",
        "min_rest_hours": "11",
        "zone": "America/Chicago",
        "holidays": "2026-12-25",
        "line": [""] * len(lines),
        **more,
    }
    for index, each in enumerate(lines):
        fields |= {f"{name}.{index}": value for name, value in each.items()}
    return fields


def send(of: Desk, path: str, fields: dict[str, str], file: str | None = None) -> Shown:
    """A form sent in parts."""
    parts: dict[str, Any] = {name: (None, value) for name, value in fields.items()}
    if file is not None:
        parts["file"] = ("calendar.ics", file.encode())
    origin = {"Origin": str(of._client.base_url).rstrip("/")}  # pyright: ignore[reportPrivateUsage]  as post() does
    return of._call("POST", path, headers=origin, files=parts)  # pyright: ignore[reportPrivateUsage]  as post() does


def typed(shown: Shown, name: str) -> str:
    """What a field of the page holds."""
    return shown.main.one("input", id=name).attributes["value"]


def test_sol_enters_a_rota_line_by_line_and_everybody_sees_the_days_ahead(world: World) -> None:
    world.clock.set(chicago(date(2026, 3, 4), 9))
    sol = desk(world, "Sol")
    week, every = ["1", "2", "3", "4", "5"], ["1", "2", "3", "4", "5", "6", "7"]
    wrong = sol.post("/rota/edit", form(line(world.mara, [], "08:00", "20:00")))
    assert wrong.status == 422
    assert "choose the days" in wrong.text
    assert typed(wrong, "start.0") == "08:00"
    overlap = (line(world.mara, week, "08:00", "20:00"), line(world.ben, ["3"], "19:00", "21:00"))
    wrong = sol.post("/rota/edit", form(*overlap))
    assert "overlaps line 1" in wrong.text, wrong.text
    assert wrong.main.one("input", id="start.1").attributes["aria-invalid"] == "true"
    assert not stored(world, RotaRow)
    more = sol.post("/rota/edit/lines", {**form(*overlap), "drop": ""})
    assert (more.status, len(more.main.all("button", name="drop"))) == (200, 6)
    fewer = sol.post("/rota/edit/lines", {**form(*overlap), "drop": "0"})
    assert typed(fewer, "start.0") == "19:00"
    assert sum("start." in each.attributes.get("id", "") for each in fewer.main.all("input")) == 1
    good = (
        line(world.mara, week, "08:00", "20:00"),
        line(world.ben, every, "20:00", "08:00"),
        line(world.ida, ["holiday"], "00:00", "00:00"),
    )
    saved = sol.post("/rota/edit", form(*good))
    assert saved.status == 303
    left = sol.get(saved.to or "").main.one("section", aria_labelledby="left").text
    assert "This leaves nobody on call Sat Mar 7, 08:00–20:00: nobody on the first rung" in left
    page = desk(world, "Mara").get("/rota")
    assert "Mara until" in page.text
    assert "Sat Mar 7, 08:00–20:00: nobody on the first rung" in page.text
    assert "New rota" not in page.text
    assert [place.text for place in page.page.all("a", href="/rota")] == ["On call"]


def test_two_edit_the_same_rota_and_the_second_is_told(world: World) -> None:
    world.clock.set(chicago(MONDAY, 9))
    rota_id = str(enter(world, nights_and_days(world, world.mara, world.ben, None)))
    assert findings.look_ahead(world.db) == 1
    sol, adi = desk(world, "Sol"), desk(world, "Adi")
    opened = sol.get(f"/rota/edit?rota={rota_id}")
    assert (
        opened.main.one("form", action="/rota/edit").one("input", name="version").attributes["value"] == "1"
    )
    assert "Mara" in opened.text
    sent = form(line(world.mara, ["1"], "08:00", "20:00"), rota=rota_id, version="1")
    assert sol.post("/rota/edit", sent).status == 303
    late = adi.post("/rota/edit", form(line(world.ben, ["2"], "09:00", "21:00"), rota=rota_id, version="1"))
    assert late.status == 412
    assert "Somebody else saved this rota meanwhile" in late.text
    assert typed(late, "start.0") == "09:00"
    again = late.main.one("form", action="/rota/edit").one("input", name="version").attributes["value"]
    assert again == "2"
    for path in ("/rota/edit", "/rota/edit/withdraw"):
        made_up = form(line(world.ben, ["2"], "09:00", "21:00"), rota=rota_id, version="9" * 5000)
        assert adi.post(path, made_up).status in range(400, 500), path
    assert adi.post("/rota/edit/lines", {**made_up, "drop": "9" * 5000}).status == 200
    back = adi.post("/rota/edit/withdraw", {"rota": rota_id, "version": "2"})
    assert back.to == "/rota?done=withdrawn"
    assert "None yet" in sol.get("/rota").text
    world.tick()
    for person in (world.sol, world.adi):
        person.phone.take("rota_gap")  # Sol's text of the rota left tonight to nobody


def test_a_stand_in_a_swap_and_out_of_office_are_entered_and_taken_back(world: World) -> None:
    world.clock.set(chicago(MONDAY, 9))
    enter(world, nights_and_days(world, world.mara, world.ben, world.ida))
    sol, mara = desk(world, "Sol"), desk(world, "Mara")
    missing = sol.post("/rota/override", {"layer": "primary", "from_at": "2026-03-03T08:00"})
    assert missing.status == 422
    assert "choose who stands in" in missing.text
    given = {"layer": "primary", "from_at": "2026-03-03T08:00", "to_at": "2026-03-03T12:00"}
    assert sol.post("/rota/override", {**given, "person_in": str(world.ida.id)}).to == "/rota?done=override"
    row = stored(world, OverrideRow)[0]
    assert (row.from_at, row.to_at) == (chicago(date(2026, 3, 3), 8), chicago(date(2026, 3, 3), 12))
    page = sol.get("/rota")
    assert "Ida in place of Mara" in page.text
    duties = [each.attributes["value"] for each in page.main.one("select", id="one").all("option")]
    maras = next(each for each in duties if "20260304T1400" in each and str(world.mara.id) in each)
    bens = next(each for each in duties if "20260306T0200" in each and str(world.ben.id) in each)
    assert sol.post("/rota/swap", {"one": maras, "other": maras}).status == 422
    assert sol.post("/rota/swap", {"one": maras, "other": bens}).to == "/rota?done=swapped"
    assert "Ben in place of Mara" in sol.get("/rota").text
    away = {"away_from": "2026-03-09T00:00", "away_to": "2026-03-11T00:00", "backup": str(world.ben.id)}
    assert mara.post("/rota/absence", {**away, "person": str(world.ben.id)}).status == 403
    entered = mara.get(mara.post("/rota/absence", away).to or "")
    assert "Out of office is entered" in entered.text
    assert not entered.main.all("section", aria_labelledby="left"), "Ben is called instead"
    assert "Mara Mar 9, 00:00 to Mar 11, 00:00 : Ben is called instead" in mara.get("/rota").text
    absence = stored(world, AbsenceRow)[0]
    assert desk(world, "Ida").post(f"/rota/absence/{absence.id}/withdraw").status == 403
    assert mara.post(f"/rota/absence/{absence.id}/withdraw").to == "/rota?done=here"
    assert sol.post(f"/rota/override/{row.id}/withdraw").to == "/rota?done=back"


def test_mara_is_away_next_month_with_nobody_in_her_place_and_reads_which_days_are_open(world: World) -> None:
    world.clock.set(chicago(MONDAY, 9))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    mara = desk(world, "Mara")
    away = {"away_from": "2026-04-03T12:00", "away_to": "2026-04-05T00:00"}
    entered = mara.post("/rota/absence", away)
    left = mara.get(entered.to or "").main.one("section", aria_labelledby="left").text
    said = (
        "Fri Apr 3, 12:00–20:00: nobody on the first rung",
        "Sat Apr 4, 08:00–20:00: nobody on the first rung",
    )
    assert left == f"This leaves nobody on call {said[0]} {said[1]}"
    mara.post(f"/rota/absence/{stored(world, AbsenceRow)[0].id}/withdraw")
    assert not mara.get(entered.to or "").main.all("section", aria_labelledby="left")
    assert desk(world, "Otto").get(entered.to or "").status == 200


def test_a_calendar_file_is_tried_named_line_by_line_and_applied(world: World) -> None:
    world.clock.set(chicago(MONDAY, 9))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    sol = desk(world, "Sol")
    file = sol.get("/rota/calendar.ics?pattern=true").response
    assert file.headers["content-disposition"] == 'attachment; filename="on-call.ics"'
    bad = file.text.replace("Mara (primary)", "Mallory (primary)")
    refused = send(sol, "/rota/import", {"team": "", "zone": "", "layer": ""}, file=bad)
    assert "1 thing to mend in the file. Nothing was changed." in refused.text
    assert "Line " in refused.main.one("table").text
    tried = send(sol, "/rota/import", {"team": "", "zone": "", "layer": ""}, file=file.text)
    assert "What this file would do. Nothing has changed yet." in tried.text
    apply = tried.main.one("form", action="/rota/import/apply")
    carried = {each.attributes["name"]: each.attributes["value"] for each in apply.all("input")}
    assert base64.b64decode(carried["carried"]) == file.content
    assert len(stored(world, RotaRow)) == 1
    done = send(sol, "/rota/import/apply", carried)
    assert (done.to or "").endswith("done=imported")
    again = send(sol, "/rota/import/apply", carried)
    assert again.status == 409
    assert "another one than at the dry run" in again.text


def test_the_page_of_a_file_says_from_when_it_counts_and_which_stand_ins_stay(world: World) -> None:
    world.clock.set(chicago(date(2026, 3, 4), 9))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    sol = desk(world, "Sol")
    pattern = sol.get("/rota/calendar.ics?pattern=true").response.text
    later = pattern.replace(":202603", ":202604")
    assert later != pattern

    def said(file: str) -> str:
        tried = send(sol, "/rota/import", {"team": "", "zone": "", "layer": ""}, file=file)
        return tried.main.one("section", aria_labelledby="changes").text

    now = "From now on it takes the place of the rotas and stand-ins there are. Out of office stays."
    assert now in said(pattern)
    assert (
        "From Mar 30 on it takes the place of the rotas and stand-ins there are. Stand-ins before that stay; one that "
        "reaches further ends there. A shift that begins before is finished first, by whoever stands in for it. Out of "
        "office stays."
    ) in said(later), said(later)


def test_the_queue_says_who_is_on_call_and_the_strip_until_when(world: World) -> None:
    world.clock.set(chicago(date(2026, 3, 4), 10))
    assert "On call:" not in desk(world, "Mara").get("/queue").text
    enter(world, nights_and_days(world, world.mara, world.ben, world.ida))
    page = desk(world, "Mara").get("/queue")
    assert "On call: Mara until 20:00 , then: Ida until Thu 08:00 ." in page.text, page.text
    assert "On duty until 17:00" in page.page.one("section", class_="strip").text


def test_who_may_open_which_page(world: World) -> None:
    team = first_team(world)
    for name in ("Mara", "Ida", "Sol", "Adi"):
        assert desk(world, name).get("/rota").status == 200
        may_edit = name in ("Sol", "Adi")
        for path in ("/rota/edit", "/rota/import"):
            assert desk(world, name).get(path).status == (200 if may_edit else 403), (name, path)
    otto = desk(world, "Otto")
    for path in ("/rota", "/rota/edit", "/rota/import", "/rota/calendar.ics"):
        assert otto.get(f"{path}?team={team}").status == 404, path
    assert otto.post("/rota/override", {"team": str(team)}).status == 404
    assert desk(world, None).get("/rota").to == "/sign-in?next=/rota"
