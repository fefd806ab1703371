"""The pages of the working day: what it holds, what a turn of duty hands over, and duty that is offered."""

from datetime import date
from uuid import UUID

import msgspec
import pytest

from notifications.escalations.oncall.models import OverrideRow
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.people.terms import Role
from tests.console.desk import desk
from tests.console.test_rota import stored
from tests.escalations.oncall import chicago, enter, first_team, nights_and_days
from tests.escalations.telling import act, flagged, hush, ok
from tests.world import World

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)


@pytest.fixture
def duty(world: World) -> World:
    """Mara is on by day and Ben by night; it is Wednesday, ten in the morning."""
    world.clock.set(chicago(WEDNESDAY, 10))
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    return world


def closed_with_a_promise(world: World, on: date) -> None:
    """On Tuesday; then it is Wednesday, ten in the morning."""
    world.clock.set(chicago(TUESDAY, 15))
    case = flagged(world, Tier.ROUTINE)
    act(world, world.mara, case, "acknowledge")
    act(world, world.mara, case, "contacts", channel="phone", reached=True)
    world.clock.advance(minutes=1)
    act(world, world.mara, case, "close", disposition="safe_with_plan", next_contact_on=on.isoformat())
    world.clock.set(chicago(WEDNESDAY, 10))
    hush(world)


def section(page: object, name: str) -> str:
    return page.main.one("section", aria_labelledby=name).text  # type: ignore[attr-defined]  a page


def test_today_shows_maras_case_her_promise_and_what_a_colleague_has(duty: World) -> None:
    assert "No open case waits for you." in desk(duty, "Mara").get("/today").text
    closed_with_a_promise(duty, WEDNESDAY)
    case = flagged(duty, Tier.SAME_DAY)
    hush(duty)
    page = desk(duty, "Mara").get("/today")
    assert "Noor Same day" in section(page, "waiting")
    assert "left to take Nobody has it yet" in section(page, "waiting")
    assert section(page, "contacts") == "Contacts due Noor : promised for today"
    assert "You are on call now, until 20:00 (first rung)." in page.text
    assert "Noor" not in page.page.one("title").text
    act(duty, duty.ben, case, "acknowledge")
    page = desk(duty, "Mara").get("/today")
    assert "No open case waits for you." in section(page, "waiting")
    assert "Ben has it" in section(page, "others")
    assert "You have it" in section(desk(duty, "Ben").get("/today"), "waiting")
    assert "Noor" not in section(desk(duty, "Ben").get("/today"), "contacts"), "Mara's, while she is here"
    hush(duty)


def test_ben_reads_the_handover_at_eight_and_it_is_on_record(duty: World) -> None:
    closed_with_a_promise(duty, WEDNESDAY)
    case = flagged(duty, Tier.URGENT)
    hush(duty)
    act(duty, duty.mara, case, "acknowledge")
    act(duty, duty.mara, case, "contacts", channel="phone", reached=False)
    duty.clock.set(chicago(WEDNESDAY, 10, 40))
    mara, ben = desk(duty, "Mara"), desk(duty, "Ben")
    assert mara.post("/handover/note", {"note": " "}).status == 422
    left = mara.post("/handover/note", {"note": "Call her\nsister first"})
    assert (left.status, left.to) == (303, "/handover?done=left")
    assert "Your note is left." in mara.get(left.to or "").text
    assert "A note was left for you." not in ben.get("/today").text
    duty.clock.set(chicago(WEDNESDAY, 20))
    hush(duty)
    ben = desk(duty, "Ben")
    for path in ("/today", "/queue"):
        assert "A note was left for you. Read the handover" in ben.get(path).text, path
    page = ben.get("/handover")
    assert "Call her sister first" in section(page, "notes")
    assert "Mara, 10:40 ." in section(page, "notes")
    assert "Mara by phone, no answer" in section(page, "open")
    since = section(page, "since")
    assert since.startswith("Since 08:00 , when Mara came on")
    assert "Contacts still owed Noor : promised for today" in since
    assert "no contact in time; calling began again" in since
    assert "Cases opened 10:00 Noor Urgent Cases closed None." in since
    seen = ben.post("/handover/seen", {})
    assert seen.to == "/handover?done=seen"
    assert "It is on record that you have read this." in ben.get(seen.to or "").text
    assert "A note was left" not in ben.get("/queue").text
    assert "Read by Ben 20:00 ." in section(desk(duty, "Mara").get("/handover"), "notes")
    assert mara.post("/handover/seen", {}).status in (401, 409, 303)
    hush(duty)


def test_who_does_not_see_a_client_reads_how_many_cases_there_are_and_no_name(duty: World) -> None:
    cleo = duty.staff("Cleo", Role.CASE_MANAGER, duty.programme_id)
    path = f"/teams/{first_team(duty)}/rotas"
    listed = ok(duty.sol.api.get(path))["rotas"][0]
    nights = msgspec.to_builtins(nights_and_days(duty, duty.mara, cleo, None))
    ok(duty.sol.api.put(f"{path}/{listed['id']}", nights, headers={"If-Match": '"1"'}))
    flagged(duty, Tier.ROUTINE)
    hush(duty)
    page = desk(duty, "Cleo").get("/handover")
    assert "1 more open case belongs to a client of this team whom you do not see." in section(page, "open")
    assert "Noor" not in page.text
    assert "You take no turns of duty in this team." in desk(duty, "Ida").get("/handover").text


def test_a_duty_is_offered_on_the_page_and_accepted_with_open_eyes(duty: World) -> None:
    mara, ben = desk(duty, "Mara"), desk(duty, "Ben")
    page = mara.get("/rota/offers")
    choices = [each.attributes["value"] for each in page.main.one("select", id="duty").all("option")]
    thursday = next(each for each in choices if "20260305T1400" in each)
    missing = mara.post("/rota/offers", {"duty": thursday, "to": ""})
    assert (missing.status, "choose whom you offer it to" in missing.text) == (422, True)
    tired = mara.post("/rota/offers", {"duty": thursday, "to": str(duty.ben.id)})
    assert tired.status == 303, "no rest is agreed in this rota"
    assert "Nothing changes until it is accepted." in mara.get(tired.to or "").text
    duty.tick()
    duty.ben.phone.take("duty_offered")
    assert "A colleague offers you duty." in ben.get("/today").text
    waiting = ben.get("/rota/offers")
    assert "Mara offers you Thu Mar 5, 08:00 to 20:00 (first rung)." in waiting.text
    (accept,) = [form for form in waiting.main.all("form") if form.attributes["action"].endswith("/accept")]
    assert mara.post(accept.attributes["action"], {}).status == 403
    assert ben.post(accept.attributes["action"], {}).to == "/rota/offers?done=accepted"
    (row,) = stored(duty, OverrideRow)
    assert (row.person_in, row.person_out, row.from_at) == (duty.ben.id, duty.mara.id, chicago(THURSDAY, 8))
    assert "accepted" in mara.get("/rota/offers").text
    duty.tick()
    duty.mara.phone.take("duty_answered")


def test_sol_names_a_team_and_gives_noor_to_it(duty: World) -> None:
    sol = desk(duty, "Sol")
    assert sol.post("/rota/teams", {"name": "North side"}).to == "/rota/teams?done=added"
    again = sol.post("/rota/teams", {"name": "North side"})
    assert (again.status, "another team has this name" in again.text) == (422, True)
    teams = {each["name"]: each for each in ok(duty.sol.api.get("/teams"))["teams"]}
    north = teams["North side"]
    path = f"/rota/teams/{north['id']}"
    renamed = sol.post(f"{path}/name", {"name": "North bank", "version": str(north["version"])})
    assert renamed.to == "/rota/teams?done=renamed"
    late = sol.post(f"{path}/name", {"name": "Elsewhere", "version": str(north["version"])})
    assert late.status == 412
    assert "Noor, now with On call" in sol.get(f"{path}/clients").text
    assert sol.post(f"{path}/clients", {}).status == 422
    assert sol.post(f"{path}/clients", {"clients": str(duty.noor.id)}).to == f"{path}/clients?done=given"
    assert "Noor" in section(sol.get(f"{path}/clients"), "own")
    first = f"/rota/teams/{teams['On call']['id']}/clients"
    assert desk(duty, "Mara").post(first, {"clients": str(duty.noor.id)}).status == 303

    def team(tx: Tx) -> UUID | None:
        from server.people.models import Client

        return tx.session.get_one(Client, duty.noor.id).team_id

    assert duty.db.read_now(team) is None, "the first team is the one of clients without a team"


def test_who_may_open_which_page(duty: World) -> None:
    team = first_team(duty)
    pages = {
        "/today": ("Mara", "Ben", "Ida", "Sol"),
        "/handover": ("Mara", "Ben", "Ida", "Sol"),
        "/rota/offers": ("Mara", "Ben", "Ida", "Sol", "Adi"),
        "/rota/teams": ("Mara", "Ben", "Ida", "Sol", "Adi"),
        f"/rota/teams/{team}/clients": ("Mara", "Ben", "Sol"),
        "/supervision/reach": ("Sol",),
        f"/admin/staff/{duty.mara.id}": ("Adi",),
    }
    for path, may in pages.items():
        for name in ("Mara", "Ben", "Ida", "Sol", "Adi"):
            assert desk(duty, name).get(path).status == (200 if name in may else 403), (name, path)
        assert (desk(duty, None).get(path).to or "").startswith("/sign-in"), path
    otto = desk(duty, "Otto")
    for path in ("/handover", "/rota/offers"):
        assert otto.get(f"{path}?team={team}").status == 404, path
    assert otto.get(f"/rota/teams/{team}/clients").status == 404
    for path in (f"/rota/teams/{team}/name", f"/rota/teams/{team}/clients"):
        assert otto.post(path, {"name": "x", "version": "1", "clients": str(duty.noor.id)}).status == 404, (
            path
        )
    assert desk(duty, "Mara").post("/rota/teams", {"name": "x"}).status == 403
