"""Noor reads who looked at what: by name, in her language, once a day, and nothing that is not hers to know."""

import ast
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from server.core import audit
from server.core.actor import Actor, ActorKind
from server.core.db import Tx
from server.people import access_log
from server.people.looks import LOOKS, SENTENCES
from server.people.terms import Language, Role
from tests.world import World

ROOT = Path(__file__).parents[2]


def test_every_look_there_is_has_a_sentence_of_its_own() -> None:
    told: set[str] = set()
    for package in ("server", "crisisplans", "checkins", "notifications"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                called = getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""
                if isinstance(node, ast.Call) and called in ("looked", "record") and len(node.args) > 1:
                    what = node.args[1]
                    assert called == "record" or isinstance(what, ast.Constant), path
                    if isinstance(what, ast.Constant) and (
                        called == "looked" or str(what.value).endswith(LOOKS)
                    ):
                        told.add(str(what.value))
                if (
                    isinstance(node, ast.Call)
                    and called == "record_ways"
                    and isinstance(node.args[1], ast.Dict)
                ):
                    told |= {key.value for key in node.args[1].keys if isinstance(key, ast.Constant)}
                if isinstance(node, ast.Constant) and str(node.value).endswith(".given"):
                    told |= {str(node.value)} - set(LOOKS)
    assert told == set(SENTENCES)
    assert all(what.endswith(LOOKS) for what in told)


def test_noor_sees_that_mara_looked(world: World) -> None:
    assert world.noor.api.get("/me/access-log").json() == {"views": [], "cursor": None}
    world.mara.api.get(f"/clients/{world.noor.id}")
    world.clock.advance(minutes=1)
    world.ida.api.get(f"/clients/{world.noor.id}/checkins")
    views = world.noor.api.get("/me/access-log").json()["views"]
    assert views == [
        {
            "at": "2026-01-13T15:01:00Z",
            "who": "Ida",
            "role": "clinician",
            "what": "Looked at your check-ins",
        },
        {
            "at": "2026-01-13T15:00:00Z",
            "who": "Mara",
            "role": "case manager",
            "what": "Looked at your record",
        },
    ]
    assert str(world.mara.id) not in world.noor.api.get("/me/access-log").text


def test_in_spanish(world: World) -> None:
    lucia = world.add_client("Lucia", language=Language.ES)
    world.mara.api.get(f"/clients/{lucia.id}")
    (view,) = lucia.api.get("/me/access-log").json()["views"]
    assert (view["what"], view["role"]) == ("Miró tus datos", "manejo de casos")


def test_the_same_look_is_told_once_a_day_where_noor_is(world: World) -> None:
    path = f"/clients/{world.noor.id}"
    for _ in range(3):
        world.mara.api.get(path)
        world.clock.advance(minutes=16)
    world.clock.advance(days=1)
    world.mara.api.get(path)
    times = [view["at"] for view in world.noor.api.get("/me/access-log").json()["views"]]
    assert times == ["2026-01-14T15:48:00Z", "2026-01-13T15:32:00Z"]


def test_a_follow_up_noor_does_not_know_of_tells_nothing(world: World) -> None:
    raised = world.mara.api.post(f"/clients/{world.noor.id}/cases", {"tier": "same_day"}).json()
    world.mara.api.get(f"/cases/{raised['id']}")
    told = world.noor.api.get("/me/access-log").text.lower()
    assert not any(word in told for word in ("case_", "case.", "same_day", "tier", raised["id"]))
    world.tick()
    for person in world.people.values():
        person.phone.take_all()


def test_others_see_nothing_of_it(world: World) -> None:
    world.mara.api.get(f"/clients/{world.noor.id}")
    lena = world.add_client("Lena")
    assert lena.api.get("/me/access-log").json()["views"] == []
    for staff in (world.mara, world.otto, world.adi):
        assert staff.api.get("/me/access-log").status_code == 403


def test_a_long_log_is_read_by_page_and_nothing_is_left_out(world: World) -> None:
    days = 130

    def looks(tx: Tx) -> None:
        tx.actor = Actor(
            kind=ActorKind.STAFF,
            id=world.mara.id,
            programme_id=world.programme_id,
            role=Role.CASE_MANAGER.value,
        )
        begin = tx.now - timedelta(days=days)
        for day in range(days):
            tx.now = begin + timedelta(days=day)
            for _ in range(9):  # a queue that is open all day
                audit.record(tx, "client.list", client_id=world.noor.id)

    world.db.write_now(looks)
    found: list[str] = []
    page = world.noor.api.get("/me/access-log").json()
    while True:
        assert len(page["views"]) <= access_log.PAGE
        found += [view["at"][:10] for view in page["views"]]
        if page["cursor"] is None:
            break
        page = world.noor.api.get(f"/me/access-log?cursor={page['cursor']}").json()
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == days
    assert len(found) <= days + days // access_log.PAGE, "no more than a day twice at the end of a page"


def test_a_cursor_that_is_none_is_refused(world: World) -> None:
    for cursor in ("x", "-1", str(uuid4()), "9" * 40):
        answer = world.noor.api.get(f"/me/access-log?cursor={cursor}")
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "cursor")
