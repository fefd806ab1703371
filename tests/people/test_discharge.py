"""Theo leaves the programme: what ends, what stays with him, and what it takes to come back."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from checkins.models import Occurrence, OccurrenceState, ScheduleRow
from notifications.delivery.models import Device, Message, MessageState
from server.core.audit import AuditRow
from server.people.departed import Discharge
from tests.checkins import told
from tests.checkins.told import CALM, NOT_SAFE
from tests.world import Person, World

WENT_WELL = {"reason": "finished", "note": "Theo has what he needs."}


@pytest.fixture
def theo(world: World) -> Person:
    """A client who is asked every day at ten, and whose phone takes pushes."""
    person = world.add_client("Theo")
    told.add_schedule(world, told.daily(world), person)
    return person


def discharge(world: World, theo: Person, **body: Any) -> httpx.Response:
    return world.mara.api.post(f"/clients/{theo.id}/discharge", body or WENT_WELL)


def readmit(world: World, theo: Person) -> httpx.Response:
    return world.mara.api.call("POST", f"/clients/{theo.id}/readmit")


def code_for(world: World, theo: Person) -> httpx.Response:
    return world.mara.api.call("POST", f"/clients/{theo.id}/invitations")


def occurrences(world: World, theo: Person) -> list[OccurrenceState]:
    query = select(Occurrence.state).where(Occurrence.client_id == theo.id).order_by(Occurrence.due_at)
    return world.db.read_now(lambda tx: list(tx.session.scalars(query)))


def test_nothing_is_asked_and_nothing_is_sent_any_more(world: World, theo: Person) -> None:
    world.clock.advance(hours=1)
    world.jobs.run("open_due")
    gone = discharge(world, theo)
    assert gone.status_code == 200, gone.text
    assert gone.json()["discharged_at"] == world.clock.at.isoformat().replace("+00:00", "Z")
    world.pass_time(days=2, step_seconds=6 * 3600)
    theo.phone.nothing()
    assert occurrences(world, theo) == [OccurrenceState.EXCUSED]
    owed = told.count(world, Message, Message.client_id == theo.id, Message.state == MessageState.QUEUED)
    assert owed == told.count(world, Device, Device.client_id == theo.id) == 0
    (waits,) = world.mara.api.get(f"/clients/{theo.id}/schedules").json()["schedules"]
    assert (waits["state"], waits["paused_until"], waits["next_due_at"]) == ("paused", None, None)
    assert str(theo.id) not in world.mara.api.get("/clients").text
    world.nothing_unexpected()


def test_his_phone_is_told_so_and_is_not_told_to_forget(world: World, theo: Person) -> None:
    old = {"Authorization": f"Bearer {theo.token}"}
    assert world.anybody().get("/me", headers=old).status_code == 200
    discharge(world, theo)
    world.clock.advance(days=200)
    for language, title in (("en", "Your time with the programme has ended"), ("es", "Tu tiempo con")):
        refused = world.anybody().get("/me", headers={**old, "Accept-Language": language})
        assert (refused.status_code, refused.json()["type"]) == (403, "about:discharged")
        assert refused.json()["title"].startswith(title)
    body = {"answered_at": world.clock.at.isoformat(), "answers": NOT_SAFE}
    assert world.anybody().put(f"/me/checkins/{theo.id}/answer", body, headers=old).status_code == 403
    assert readmit(world, theo).status_code == 200
    again = world.anybody().get("/me", headers=old)
    assert (again.status_code, again.json()["type"]) == (403, "about:discharged")


def test_a_lost_phone_still_forgets_after_the_discharge(world: World, theo: Person) -> None:
    discharge(world, theo)
    assert world.mara.api.delete(f"/clients/{theo.id}/sessions").status_code == 204
    refused = world.anybody().get("/me", headers={"Authorization": f"Bearer {theo.token}"})
    assert refused.status_code == 401


def test_nobody_leaves_with_an_open_case(world: World) -> None:
    reply = told.answer(world.noor, told.opened(world), world, NOT_SAFE)
    refused = discharge(world, world.noor)
    assert refused.status_code == 409
    assert refused.json()["case_id"] == reply["case_id"]
    assert world.mara.api.get(f"/clients/{world.noor.id}").json()["discharged_at"] is None
    assert world.noor.api.get("/me").status_code == 200
    world.tick()
    for person in world.people.values():
        person.phone.take_all()


def test_he_comes_back_with_a_new_code_and_nothing_starts_by_itself(world: World, theo: Person) -> None:
    waiting = code_for(world, theo).json()["code"]
    discharge(world, theo)
    assert world.anybody().post("/pair", {"code": waiting}).status_code == 422
    refused = code_for(world, theo)
    assert (refused.status_code, "discharged" in refused.json()["detail"]) == (409, True)
    assert discharge(world, theo).status_code == 409
    world.pass_time(days=3, step_seconds=24 * 3600)
    back = readmit(world, theo)
    assert back.status_code == 200, back.text
    assert [holder["role"] for holder in back.json()["care_team"]] == [
        "case_manager",
        "backup",
        "supervisor",
        "clinician",
    ]
    assert readmit(world, theo).status_code == 409
    world.pass_time(days=1, step_seconds=12 * 3600)
    assert occurrences(world, theo) == []
    paired = world.anybody().post("/pair", {"code": code_for(world, theo).json()["code"]})
    assert paired.status_code == 200
    new = {"Authorization": f"Bearer {paired.json()['token']}"}
    assert world.anybody().get("/me/plan", headers=new).status_code == 200
    schedule = world.db.read_now(
        lambda tx: tx.session.scalars(select(ScheduleRow.id).where(ScheduleRow.client_id == theo.id)).one()
    )
    resumed = world.mara.api.call("POST", f"/clients/{theo.id}/schedules/{schedule}/resume")
    assert resumed.json()["next_due_at"] is not None
    states = occurrences(world, theo)
    assert (states.count(OccurrenceState.SCHEDULED), OccurrenceState.MISSED in states) == (1, False)
    assert len(states) <= 3


def test_while_he_is_away_he_is_not_asked_but_a_case_can_be_raised(world: World, theo: Person) -> None:
    discharge(world, theo)
    body = {"answered_at": world.clock.at.isoformat(), "answers": CALM}
    for refused in (
        world.mara.api.post(f"/clients/{theo.id}/schedules", told.daily(world)),
        world.mara.api.put(f"/clients/{theo.id}/checkins/{theo.id}/answer", body),
    ):
        assert refused.status_code == 409
        assert "Take them back in first" in refused.json()["detail"]
    raised = world.mara.api.post(f"/clients/{theo.id}/cases", {"tier": "urgent", "note": "He rang."})
    assert raised.status_code in (200, 201), raised.text
    world.tick()
    assert world.mara.phone.take_all()
    for person in world.people.values():
        person.phone.take_all()


def test_who_may_and_what_has_to_be_said(world: World, theo: Person) -> None:
    path = f"/clients/{theo.id}"
    for person, status in ((world.otto, 404), (world.adi, 403), (world.ida, 403), (theo, 403)):
        assert person.api.post(f"{path}/discharge", WENT_WELL).status_code == status
        assert person.api.call("POST", f"{path}/readmit").status_code == status
    for reason in ("lost_touch", "other"):
        refused = discharge(world, theo, reason=reason, note=" ")
        assert refused.json()["errors"][0]["path"] == "note"
    assert discharge(world, theo, reason="bored").status_code == 422
    assert world.sol.api.post(f"{path}/discharge", WENT_WELL).status_code == 200
    assert readmit(world, theo).status_code == 200
    whats = select(AuditRow.what, AuditRow.actor_id).where(
        AuditRow.client_id == theo.id, AuditRow.what.in_(("client.discharge", "client.readmit"))
    )
    rows = world.db.read_now(lambda tx: [tuple(row) for row in tx.session.execute(whats)])
    assert rows == [("client.discharge", world.sol.id), ("client.readmit", world.mara.id)]
    kept = world.db.read_now(lambda tx: tx.session.scalars(select(Discharge)).one())
    assert (kept.discharged_by, kept.readmitted_by) == (world.sol.id, world.mara.id)
    assert b"Theo has" not in kept.reason
    assert b"finished" not in kept.reason
