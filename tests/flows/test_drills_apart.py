"""Practice stays apart: who may hold and answer a drill, what it never touches, and what happens when it breaks."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import update

from notifications.escalations.drills import starting
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case
from notifications.escalations.oncall import acts
from notifications.escalations.tiers import Tier
from server import drilling
from server.core.db import Tx
from server.core.errors import Conflict, NotFound
from server.people import actions
from server.people.teams import Team
from server.people.terms import Role
from tests.console.desk import desk
from tests.escalations.oncall import as_person, first_team
from tests.escalations.telling import hush, ok, row
from tests.fakes.fcm import TOKEN_PATH
from tests.fakes.fcm_rules import Fault
from tests.flows.drills import House, held, last, opened
from tests.flows.test_acknowledge_by_link import press
from tests.processes import Installation, wait_for
from tests.world import World


@pytest.fixture
def house(world: World) -> Iterator[House]:
    with opened(world) as made:
        yield made


def test_a_second_drill_of_the_team_is_refused_and_another_team_may_hold_one(
    world: World, house: House
) -> None:
    held(world)
    again = world.adi.api.post("/drills", {})
    assert again.status_code == 409
    assert again.json()["detail"] == starting.RUNNING
    page = desk(world, "Sol").post("/rota/drills")
    assert (page.status, starting.RUNNING in page.text) == (409, True)
    other = as_person(world, world.sol, lambda tx: acts.add_team(tx, "Second site").id)
    assert [one["person"]["name"] for one in held(world, team_id=str(other))["people"]] == ["Sol"]
    world.clock.advance(minutes=10)
    world.tick()
    assert desk(world, "Sol").post("/rota/drills").status == 303
    hush(world)
    world.clock.advance(minutes=10)
    hush(world)


def test_outsiders_clients_and_who_was_not_called_find_no_drill(world: World, house: House) -> None:
    drill = held(world)
    for person in (world.mara, world.ida, world.noor):
        for method, path in (("POST", "/drills"), ("GET", "/drills")):
            body = {"json": {}} if method == "POST" else {}
            assert person.api.call(method, path, **body).status_code == 403, (person.name, path)
    here = f"/drills/{drill['id']}/answer"
    assert world.noor.api.post(here).status_code == 403
    for person in (world.otto, world.ida, world.sol):
        assert person.api.post(here).status_code == 404, person.name
        assert ok(person.api.get("/me/drills")) == {"drills": []}
    assert ok(world.otto.api.get("/drills")) == {"drills": [], "people": []}
    assert world.otto.api.post("/drills", {"team_id": str(first_team(world))}).status_code == 404
    assert desk(world, "Mara").get("/rota/drills").status == 403
    assert desk(world, "Otto").post(f"/rota/drills/{drill['id']}/answer").status == 404
    (mine,) = ok(world.mara.api.get("/me/drills"))["drills"]
    assert (mine["id"], mine["practice"], mine["answered_at"]) == (drill["id"], True, None)
    assert desk(world, "Mara").post(f"/rota/drills/{drill['id']}/answer").to == "/rota?done=drill"
    assert ok(world.mara.api.post(here))["answered_at"] == "2026-01-13T15:00:00Z"
    hush(world)
    late = world.ben.api.post(here)
    assert late.status_code == 404, "Ben was never called"
    ok(world.noor.api.get("/me/access-log"))


def test_a_team_without_a_calendar_practises_with_its_supervisors_and_the_page_says_so(world: World) -> None:
    page = desk(world, "Sol").get("/rota/drills")
    assert "all supervisors are called at once" in page.text
    drill = held(world)
    assert ([one["person"]["name"] for one in drill["people"]], drill["empty_rungs"]) == (["Sol"], 2)
    hush(world)
    assert desk(world, "Sol").post(f"/rota/drills/{drill['id']}/answer").to == "/rota/drills?done=drill"
    assert "answered after 0 s" in desk(world, "Sol").get("/rota/drills/table").page.text
    hush(world)


def test_an_operator_holds_one_from_the_command_line_and_reads_who_answered(
    world: World, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Conflict, match="Say which programme"):
        world.db.write_now(lambda tx: drilling.start(tx, None, None))
    with pytest.raises(NotFound, match="no team of this name"):
        world.db.write_now(lambda tx: drilling.start(tx, "Riverside", "Nowhere"))
    drilling.tell_started(*world.db.write_now(lambda tx: drilling.start(tx, "Riverside", "On call")))
    hush(world)
    world.clock.advance(seconds=75)
    ok(world.mara.api.post(f"/drills/{last(world)['id']}/answer"))
    drilling.tell_last(*world.db.read_now(lambda tx: drilling.last(tx, "Riverside")))
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "Practice: a drill of On call is running until 2026-01-13 09:10.",
        "  called now: Mara",
        "See what came of it: handrail drill --last",
        "2026-01-13 09:00  On call: answered",
        "  Mara: called 2026-01-13 09:00, answered after 75 s",
    ]
    assert last(world)["started_by"] is None


def test_a_drill_whose_case_is_broken_is_broken_off_and_nobody_is_called_for_help(world: World) -> None:
    drill = UUID(held(world)["id"])
    hush(world)
    no_rungs = {"rungs": [], "acknowledge_minutes": 10, "contact_minutes": 60, "clock": "wall"}
    policy = dict.fromkeys(Tier, no_rungs)
    spoilt = update(Case).where(Case.id == drill).values(policy=policy)
    world.db.write_now(lambda tx: tx.session.execute(spoilt))
    world.pass_time(minutes=11, step_seconds=60)
    assert last(world)["outcome"] == "broken"
    assert row(world, drill).state is CaseState.CLOSED
    assert world.sol.phone.take_all() == ["drill_unanswered"]
    world.pass_time(minutes=30, step_seconds=300)


def test_somebody_who_left_since_answers_nothing(world: World, house: House) -> None:
    held(world)
    world.tick()
    path = house.link(world.mara)
    world.db.write_now(lambda tx: actions.staff_leaves(tx, world.mara.id))
    assert press(world, path).status_code == 410
    assert last(world)["outcome"] is None
    world.mara.phone.take_all()
    world.clock.advance(minutes=10)
    hush(world)


def test_the_worker_is_killed_with_a_practice_call_in_hand_and_the_next_one_carries_it(
    home: Installation,
) -> None:
    sol = home.staff("Sol", Role.SUPERVISOR)
    home.serve()
    home.with_phone(sol)
    home.fcm.fail(Fault.TOKEN_HANG)
    worker = home.start("work")

    def begin(tx: Tx) -> UUID:
        team = Team(programme_id=home.programme_id, name="On call")
        tx.session.add(team)
        tx.session.flush()
        return starting.start(tx, team).case_id

    drill = home.db.write_now(begin)
    wait_for("the worker to hold the message", lambda: home.fcm.asked(TOKEN_PATH))
    home.kill(worker)
    home.fcm.heal()
    assert home.fcm.inbox(sol.phone) == []
    home.start("work")
    first = wait_for("the practice call", lambda: home.fcm.inbox(sol.phone), seconds=90)[0]
    assert (first.message["data"]["kind"], first.message["data"]["case_id"]) == ("drill_call", str(drill))
