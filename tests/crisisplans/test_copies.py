"""Copies that staff give: who may, what stands in the log, what Noor reads of it, and what is never on the sheet."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from server.core.audit import AuditRow
from server.people.terms import Language, Role
from tests.crisisplans.plans import MARKERS, of, paths, plan, publish
from tests.crisisplans.test_printing import read
from tests.world import Person, World

LEILA = "MARKER-recipient Leila, sister"


def give(world: World, by: Person, client: Person | None = None, **changes: Any) -> httpx.Response:
    body = {"number": 1, "channel": "print", **changes}
    return by.api.post(of(client or world.noor, "copies"), body)


def log(world: World) -> list[dict[str, Any]]:
    return world.mara.api.get(of(world.noor, "copies")).json()["copies"]


def test_ida_gives_a_copy_to_noor_and_one_to_leila_and_noor_can_see_both(world: World) -> None:
    publish(world)
    first = give(world, world.ida)
    assert first.status_code == 201
    world.clock.advance(minutes=90)
    at = (world.clock.at - timedelta(minutes=30)).isoformat()
    second = give(world, world.mara, channel="fax", recipient=LEILA, purpose="Noor asked for it", at=at)
    assert second.json() == {
        "id": second.json()["id"],
        "number": 1,
        "channel": "fax",
        "at": "2026-01-13T16:00:00Z",
        "given_by": "Mara",
        "recipient": LEILA,
        "purpose": "Noor asked for it",
    }
    assert log(world) == [second.json(), first.json()]
    assert (first.json()["given_by"], first.json()["recipient"]) == ("Ida", None)
    assert world.noor.api.get("/me/plan/copies").json()["copies"] == [], "those are the ones Noor made"
    looks = {view["what"]: view["who"] for view in world.noor.api.get("/me/access-log").json()["views"]}
    assert looks["Gave you a copy of your plan"] == "Ida"
    assert looks["Gave a copy of your plan to someone"] == "Mara"
    own = world.noor.api.get("/me/export").json()["copies"]
    assert {copy["recipient"] for copy in own} == {LEILA, None}
    rows = world.db.read_now(
        lambda tx: tx.session.scalars(select(AuditRow).where(AuditRow.what.endswith(".given"))).all()
    )
    assert {(str(row.row_id), (row.data or {})["channel"]) for row in rows} == {
        (first.json()["id"], "print"),
        (second.json()["id"], "fax"),
    }


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"number": 2}, "number", "There is no revision of this number. The latest is 1."),
        ({"number": 0}, "number", None),
        ({"channel": "share"}, "channel", None),
        ({"recipient": " "}, "recipient", None),
        ({"recipient": "Leila\nBcc: all"}, "recipient", None),
        ({"purpose": "x" * 501}, "purpose", None),
        ({"at": "2026-01-13T15:00:01Z"}, "at", "This time is still to come."),
        ({"at": "2026-01-13T14:59:00Z"}, "at", "This revision was published later than that."),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at", None),
        ({"given_by": str(uuid4())}, "given_by", None),
    ],
)
def test_a_copy_that_cannot_have_been_given_is_refused_at_its_field(
    world: World, changes: dict[str, Any], path: str, message: str | None
) -> None:
    publish(world)
    answer = give(world, world.ida, **changes)
    assert (answer.status_code, paths(answer)) == (422, [path])
    if message:
        assert answer.json()["errors"][0]["message"] == message
    assert log(world) == []


def test_without_a_plan_there_is_nothing_to_give(world: World) -> None:
    answer = give(world, world.ida)
    assert answer.status_code == 422
    assert "No plan is published yet" in answer.json()["errors"][0]["message"]
    assert world.ida.api.get(of(world.noor, "revisions/1/plan.pdf")).status_code == 404


def test_only_the_care_of_noor_gives_copies(world: World) -> None:
    publish(world)
    stranger = world.staff("Cass", Role.CLINICIAN, world.programme_id)
    for by, status in ((world.otto, 404), (stranger, 404), (world.adi, 403), (world.noor, 403)):
        assert give(world, by).status_code == status
        assert by.api.get(of(world.noor, "revisions/1/plan.pdf")).status_code == status
    assert log(world) == []
    for by in (world.mara, world.ida, world.sol):
        assert give(world, by).status_code == 201


def test_the_sheet_staff_give_is_noors_own_and_fetching_it_is_a_look(world: World) -> None:
    publish(world, plan(alias="Plan B"))
    changed = plan(alias="Plan C")
    changed["document"]["none_identified"] = {}
    publish(world, changed)
    answer = world.ida.api.get(of(world.noor, "revisions/1/plan.pdf?paper=a4"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == 'inline; filename="plan.pdf"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert str(world.noor.id) not in str(answer.headers)
    words, _ = read(answer.content)
    for part in ("Plan B", "Version 1 of January 13, 2026", MARKERS["sign"], MARKERS["helper"]):
        assert part in words
    for never in (MARKERS["notes"], MARKERS["why"], "firearm", "Noor", "Plan C"):
        assert never not in words
    assert "Made a PDF of your plan" in world.noor.api.get("/me/access-log").text
    assert log(world) == [], "a sheet that was looked at is not yet given"
    for number in (3, 0, 2**40):
        assert world.ida.api.get(of(world.noor, f"revisions/{number}/plan.pdf")).status_code == 404
    assert world.ida.api.get(of(world.noor, "revisions/1/plan.pdf?paper=napkin")).status_code == 400


def test_lucia_gets_hers_in_spanish(world: World) -> None:
    lucia = world.add_client("Lucia", language=Language.ES)
    publish(world, client=lucia)
    words, _ = read(world.ida.api.get(of(lucia, "revisions/1/plan.pdf")).content)
    assert "Mis señales de alerta" in " ".join(words.split())
    give(world, world.ida, lucia)
    give(world, world.ida, lucia, recipient=LEILA)
    told = [view["what"] for view in lucia.api.get("/me/access-log").json()["views"]]
    assert "Te dio una copia de tu plan" in told
    assert "Dio a alguien una copia de tu plan" in told
