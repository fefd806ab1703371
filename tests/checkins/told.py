"""What the tests of check-ins tell their incidents with."""

from typing import Any

import httpx
from sqlalchemy import func, select

from checkins.models import Occurrence
from server.core.tables import Base
from tests.world import Person, World

CALM: dict[str, Any] = {
    "mood": 6,
    "sleep": 7.5,
    "thoughts": False,
    "safe_now": "safe",
    "anything_else": "All good",
}

NOT_SAFE = {**CALM, "safe_now": "not_safe"}


def daily(world: World, *times: str, **more: Any) -> dict[str, Any]:
    """The body of a schedule that asks every day from today on."""
    return {
        "recurrence": {"frequency": "daily", "times": list(times) or ["10:00"]},
        "window_minutes": 120,
        "starts_on": world.clock.at.date().isoformat(),
        **more,
    }


def add_schedule(world: World, body: dict[str, Any], client: Person | None = None) -> dict[str, Any]:
    """Mara adds a schedule for Noor."""
    whose = client or world.noor
    response = world.mara.api.post(f"/clients/{whose.id}/schedules", body)
    assert response.status_code == 201, response.text
    return response.json()


def open_one(world: World) -> dict[str, Any]:
    """Noor's daily check-in of 10:00 (the world begins at 9:00) is open."""
    add_schedule(world, daily(world))
    world.clock.advance(hours=1)
    world.tick()
    (checkin,) = world.noor.api.get("/me/checkins").json()["open"]
    return checkin


def answer(who: Person, checkin_id: object, world: World, answers: dict[str, Any], **more: Any) -> Any:
    """The phone sends answers given now; the reply of a 200."""
    response = send(who, checkin_id, {"answered_at": world.clock.at.isoformat(), "answers": answers, **more})
    assert response.status_code == 200, response.text
    return response.json()


def send(who: Person, checkin_id: object, body: Any) -> httpx.Response:
    """The phone sends this body."""
    return who.api.put(f"/me/checkins/{checkin_id}/answer", body)


def publish(world: World, *signs: tuple[str, str, str]) -> int:
    """Ida publishes a plan of Noor's with these warning signs (id, text, stage); its number."""
    path = f"/clients/{world.noor.id}/plan"
    tag = world.ida.api.get(f"{path}/draft").headers["ETag"]
    document: dict[str, Any] = {"warning_signs": [{"id": a, "text": b, "stage": c} for a, b, c in signs]}
    if not signs:
        document["none_identified"] = {"warning_signs": "not yet"}
    saved = world.ida.api.put(f"{path}/draft", {"document": document}, headers={"If-Match": tag})
    assert saved.status_code == 200, saved.text
    body = {
        "draft_version": int(saved.headers["ETag"].strip('"')),
        "reason": "we went through it",
        "client_took_part": True,
        "caregiver_involved": False,
    }
    published = world.ida.api.post(f"{path}/revisions", body)
    assert published.status_code == 201, published.text
    world.tick()
    world.noor.phone.take("plan_updated")
    return published.json()["number"]


def count(world: World, table: type[Base], *where: Any) -> int:
    """How many rows there are."""
    query = select(func.count()).select_from(table).where(*where)
    return world.db.read_now(lambda tx: tx.session.execute(query).scalar_one())


def states(world: World) -> list[str]:
    """The states of Noor's check-ins, by the time they were due."""
    query = select(Occurrence.state).where(Occurrence.client_id == world.noor.id)
    return world.db.read_now(
        lambda tx: [str(s) for s in tx.session.scalars(query.order_by(Occurrence.due_at))]
    )


def opened(world: World) -> str:
    """Noor's check-in is open and her phone knows."""
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    return checkin["id"]
