"""A value of Noor's, or the key of them all, is damaged. Whoever works on her case sees all that still opens."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from checkins.models import AnswerRow, FlagRow, ScheduleRow
from crisisplans.models import PlanRevision
from notifications.escalations.models import CaseCause
from server.core.db import Tx
from server.migrations.append_only import APPEND_ONLY
from server.people.models import Client, Staff
from tests.checkins.told import NOT_SAFE, opened, publish, send
from tests.console.desk import desk
from tests.console.test_case import send as fill
from tests.flows.test_a_damaged_key import SIGN, body, damage, put_key, silence
from tests.world import World

RECORD = {
    "name": "Noor",
    "zone": "America/New_York",
    "language": "en",
    "risk_level": "high",
    "phone": "+15035550142",
    "address": "1 Quiet Lane",
    "collateral_contacts": [{"name": "June", "relation": "sister", "consented": True}],
}
SEALED = (Client.name, Client.phone, Client.address, Client.collateral_contacts)


def told(world: World) -> str:
    """Noor has a full record, and says that she is not safe; her case."""
    path = f"/clients/{world.noor.id}"
    tag = world.mara.api.get(path).headers["ETag"]
    saved = world.mara.api.put(path, RECORD, headers={"If-Match": tag})
    assert saved.status_code == 200, saved.text
    publish(world, (SIGN, "I stop answering calls", "early"))
    reply = send(world.noor, opened(world), body(world, NOT_SAFE))
    silence(world)
    return reply.json()["case_id"]


def break_cell(world: World, column: Any) -> None:
    """One bit of every stored value of this column is another one."""
    table = column.class_

    def work(tx: Tx) -> None:
        name = table.__tablename__
        if name in APPEND_ONLY:
            drop, rest = f"drop trigger {name}_no_update", f"alter table {name} disable trigger user"
            tx.session.execute(text(drop if tx.sqlite else rest))
        for row_id, sealed in tx.session.execute(select(table.id, column).where(column.is_not(None))).all():
            broken = sealed[:-1] + bytes([sealed[-1] ^ 1])
            tx.session.execute(update(table).where(table.id == row_id).values({column.key: broken}))

    world.db.write_now(work)


def test_maras_page_of_the_case_opens_and_the_case_is_taken(world: World) -> None:
    case = told(world)
    damage(world)
    mara = desk(world, "Mara")
    for path in (f"/cases/{case}", f"/clients/{world.noor.id}", f"/clients/{world.noor.id}/checkins"):
        assert mara.get(path).status == 200, path
    assert "number not readable" in mara.get(f"/cases/{case}").text
    assert fill(mara, f"/cases/{case}", "take").status == 303
    assert world.mara.api.get(f"/cases/{case}").json()["state"] == "acknowledged"
    record = world.mara.api.get(f"/clients/{world.noor.id}").json()
    assert record["unreadable"] == ["phone", "address", "collateral_contacts"]
    assert (record["phone"], record["collateral_contacts"]) == (None, [])
    silence(world)


@pytest.mark.parametrize(
    ("column", "field"),
    [
        (Client.phone, "phone"),
        (Client.address, "address"),
        (Client.collateral_contacts, "collateral_contacts"),
    ],
    ids=["phone", "address", "contacts"],
)
def test_one_damaged_cell_of_her_record_hides_no_other(world: World, column: Any, field: str) -> None:
    case = told(world)
    break_cell(world, column)
    record = world.mara.api.get(f"/clients/{world.noor.id}").json()
    assert record["unreadable"] == [field]
    assert [record[name] for name in ("phone", "address") if name != field] == [
        RECORD[name] for name in ("phone", "address") if name != field
    ]
    assert desk(world, "Mara").get(f"/cases/{case}").status == 200
    assert "readable" in desk(world, "Mara").get(f"/clients/{world.noor.id}").text


@pytest.mark.parametrize("broken", ["cells", "key"])
def test_what_does_not_open_stays_until_something_is_written_in_its_place(world: World, broken: str) -> None:
    told(world)
    kept = damage(world) if broken == "key" else None
    if kept is None:
        for column in SEALED:
            break_cell(world, column)
    before = cells(world)
    mara, edit = desk(world, "Mara"), f"/clients/{world.noor.id}/edit"
    form = mara.get(edit)
    assert "not readable: phone, address, people who may know where they are." in form.text
    typed = form.main.one("form", action=edit).fields
    assert typed["name"] == f"Client {str(world.noor.id)[-6:]}"
    assert mara.post(edit, typed | {"address": "2 New Street"}).status == 303
    record = world.mara.api.get(f"/clients/{world.noor.id}").json()
    assert (record["address"], record["unreadable"]) == ("2 New Street", ["phone", "collateral_contacts"])
    assert [now == then for now, then in zip(cells(world), before, strict=True)] == [True, True, False, True]
    if kept:
        put_key(world, kept)
        record = world.mara.api.get(f"/clients/{world.noor.id}").json()
        assert (record["name"], record["phone"]) == ("Noor", RECORD["phone"])
        assert record["address"] == "2 New Street"


def cells(world: World) -> list[bytes]:
    """What is stored of Noor's record."""
    query = select(*SEALED).where(Client.id == world.noor.id)
    return list(world.db.read_now(lambda tx: tx.session.execute(query).one()))


def test_names_of_colleagues_that_do_not_open_hide_nothing(world: World) -> None:
    case = told(world)
    for column in (Staff.name, Staff.email):
        break_cell(world, column)
    for path in (f"/cases/{case}", f"/clients/{world.noor.id}", f"/clients/{world.noor.id}/edit", "/today"):
        assert desk(world, "Mara").get(path).status == 200, path
    for path in ("/admin", "/admin/care-teams", f"/admin/staff/{world.mara.id}"):
        assert desk(world, "Adi").get(path).status == 200, path
    assert "not readable" in desk(world, "Adi").get(f"/admin/staff/{world.mara.id}").text
    team = world.mara.api.get(f"/clients/{world.noor.id}").json()["care_team"]
    assert {one["staff"]["name"] for one in team} == {"A colleague"}
    listed = world.adi.api.get("/staff").json()["staff"]
    assert {(one["name"], one["email"]) for one in listed} == {("A colleague", None)}
    assert world.noor.api.get("/me").json()["case_manager"] is None


def test_the_telephone_page_says_that_the_number_does_not_open(world: World) -> None:
    told(world)
    break_cell(world, Client.phone)
    page = desk(world, "Mara").get(f"/clients/{world.noor.id}/telephone").text
    assert "The phone number is not readable." in page
    assert "No phone number is known" not in page


def test_a_damaged_flag_still_says_how_urgent_it_was(world: World) -> None:
    told(world)
    break_cell(world, FlagRow.raised)
    answer = world.mara.api.get(f"/clients/{world.noor.id}/checkins").json()["checkins"][0]["answer"]
    assert answer["items"]
    assert answer["flags"][0]["tier"] == answer["tier"]
    assert answer["flags"][0]["why"] == "(This can no longer be read.)"
    break_cell(world, AnswerRow.body)
    assert desk(world, "Mara").get(f"/clients/{world.noor.id}/checkins").status == 200


def test_words_beside_a_plan_a_pause_and_a_call_for_help_hide_nothing(world: World) -> None:
    told(world)
    client = f"/clients/{world.noor.id}"
    assert world.noor.api.put(f"/me/help/{uuid4()}", {"note": "Please call"}).status_code == 200
    silence(world)
    schedule = world.mara.api.get(f"{client}/schedules").json()["schedules"][0]
    until = {"until": "2026-02-13T15:30:00Z", "reason": "in hospital"}
    paused = world.mara.api.post(f"{client}/schedules/{schedule['id']}/pause", until)
    assert paused.status_code == 200, paused.text
    for column in (PlanRevision.reason, ScheduleRow.pause_reason, CaseCause.note):
        break_cell(world, column)
    unreadable = "(This can no longer be read.)"
    assert world.mara.api.get(f"{client}/schedules").json()["schedules"][0]["pause_reason"] == unreadable
    revisions = world.mara.api.get(f"{client}/plan/revisions").json()["revisions"]
    assert [one["reason"] for one in revisions] == [unreadable]
    copy = world.noor.api.get("/me/export")
    assert copy.status_code == 200, copy.text
    assert unreadable in copy.json()["cases"][0]["asked"]
    world.noor.phone.take_all()
