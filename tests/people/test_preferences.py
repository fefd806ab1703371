"""How Noor wants everyday notices. A reminder can wait until morning; somebody who needs an answer cannot."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from server.core.audit import AuditRow
from server.people.terms import Language
from tests.checkins.told import add_schedule, daily
from tests.crisisplans.plans import attested, of, plan, save
from tests.world import World

AS_THEY_BEGIN = {"language": "en", "reminders": True, "quiet_from": None, "quiet_to": None, "lock": None}


def wish(world: World, **changes: Any) -> Any:
    return world.noor.api.put("/me/preferences", {**AS_THEY_BEGIN, **changes})


def test_nothing_is_quiet_until_noor_says_so(world: World) -> None:
    assert world.noor.api.get("/me/preferences").json() == AS_THEY_BEGIN


def test_noor_keeps_what_she_wants_and_what_changed_is_recorded(world: World) -> None:
    wanted = {"reminders": False, "quiet_from": "22:00", "quiet_to": "07:00", "lock": "pin"}
    answer = wish(world, **wanted)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {**AS_THEY_BEGIN, **wanted} == world.noor.api.get("/me/preferences").json()
    wish(world, **wanted)
    query = select(AuditRow.actor_id, AuditRow.data).where(AuditRow.what == "preferences.edit")
    rows = world.db.read_now(lambda tx: [tuple(row) for row in tx.session.execute(query)])
    assert rows == [(world.noor.id, {"changed": ["reminders", "quiet_from", "quiet_to", "lock"]})]


def test_noor_reads_spanish_from_now_on_and_mara_does_not_undo_it_unseen(world: World) -> None:
    path = f"/clients/{world.noor.id}"
    before = world.mara.api.get(path)
    assert wish(world, language="es").status_code == 200
    assert world.noor.api.get("/me").json()["language"] == "es"
    assert world.noor.api.get("/me/consents").json()["items"][2]["title"] == "Quién ve lo que compartes"
    edit = {"name": "Noor", "zone": "America/Chicago", "language": "en", "risk_level": "low"}
    assert world.mara.api.put(path, edit, headers={"If-Match": before.headers["etag"]}).status_code == 412
    assert world.mara.api.get(path).json()["language"] == "es"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"quiet_from": "22:00"}, "quiet_to"),
        ({"quiet_to": "07:00"}, "quiet_from"),
        ({"quiet_from": "07:00", "quiet_to": "07:00"}, "quiet_to"),
        ({"quiet_from": "24:00", "quiet_to": "07:00"}, "quiet_from"),
        ({"quiet_from": "9:00", "quiet_to": "07:00"}, "quiet_from"),
        ({"language": "fr"}, "language"),
        ({"lock": "none"}, "lock"),
        ({"reminders": None}, "reminders"),
        ({"sound": True}, "sound"),
    ],
)
def test_each_wrong_field_is_named(world: World, changes: dict[str, Any], path: str) -> None:
    answer = wish(world, **changes)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)
    assert world.noor.api.get("/me/preferences").json() == AS_THEY_BEGIN


def test_without_reminders_a_check_in_opens_in_silence(world: World) -> None:
    wish(world, reminders=False)
    lena = world.add_client("Lena", language=Language.ES)
    for client in (world.noor, lena):
        add_schedule(world, daily(world, reminders=[30]), client)
    world.pass_time(hours=2, step_seconds=600)
    assert lena.phone.take_all() == ["checkin_open", "checkin_reminder"]
    world.noor.phone.nothing()
    assert len(world.noor.api.get("/me/checkins").json()["open"]) == 1


def test_in_quiet_hours_a_notice_waits_for_their_end(world: World) -> None:
    wish(world, quiet_from="09:30", quiet_to="11:00")
    add_schedule(world, daily(world))  # opens at 10:00 for two hours
    world.pass_time(minutes=119, step_seconds=600)
    world.noor.phone.nothing()
    world.pass_time(minutes=1)
    world.noor.phone.take("checkin_open")


def test_a_notice_that_would_come_too_late_is_not_sent(world: World) -> None:
    wish(world, quiet_from="09:30", quiet_to="12:00")
    add_schedule(world, daily(world))
    world.pass_time(hours=5, step_seconds=1800)
    assert "checkin_open" not in world.noor.phone.take_all()


def test_a_new_plan_waits_for_the_morning(world: World) -> None:
    wish(world, quiet_from="08:00", quiet_to="10:00")
    saved = save(world.ida, world.noor, plan(), 0).json()["version"]
    assert world.ida.api.post(of(world.noor, "revisions"), attested(saved)).status_code == 201
    world.tick()
    world.noor.phone.nothing()
    world.pass_time(hours=1, step_seconds=1200)
    world.noor.phone.take("plan_updated")


def test_somebody_who_needs_an_answer_is_called_whatever_noor_wishes(world: World) -> None:
    wish(world, reminders=False, quiet_from="00:00", quiet_to="23:59")
    assert world.noor.api.put(f"/me/help/{uuid4()}", {"note": "please"}).status_code == 200
    world.tick()
    assert "case_call" in world.mara.phone.take_all()
    for person in (world.ben, world.sol, world.ida):
        person.phone.take_all()


def test_noors_phone_says_who_her_case_manager_is(world: World) -> None:
    assert world.noor.api.get("/me").json()["case_manager"] == "Mara"
    world.clock.advance(minutes=1)
    body = {"role": "case_manager", "staff_id": None}
    assert world.sol.api.put(f"/clients/{world.noor.id}/care-team", body).status_code == 200
    assert world.noor.api.get("/me").json()["case_manager"] is None


def test_signing_out_asks_the_browser_to_forget(world: World) -> None:
    answer = world.noor.api.post("/sign-out")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'


def test_a_phone_gone_wild_is_held_back_and_still_heard(world: World) -> None:
    wishes = world.noor.api.get("/me/preferences").json()
    statuses = {world.noor.api.put("/me/preferences", wishes).status_code for _ in range(301)}
    assert statuses == {200, 429}
    assert world.noor.api.put(f"/me/help/{uuid4()}", {}).status_code in (200, 201)
    world.tick()
    world.mara.phone.take("case_call")
