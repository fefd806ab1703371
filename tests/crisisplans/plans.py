"""Noor's plan as the editor sends it, and the steps most tests begin with."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from server.core.actor import Actor, ActorKind
from server.core.db import Tx
from server.people.models import SessionRow
from server.people.terms import Role
from tests.world import Person, World

SIGN, WALK, SISTER, CAFE, DOCTOR, LOCK, CAT = (f"0192c0de-0000-7000-8000-00000000000{n}" for n in range(1, 8))

MARKERS = {
    "sign": "MARKER-sign I stop answering my sister",
    "coping": "MARKER-coping walk to the river and back",
    "helper": "MARKER-helper Leila",
    "reason": "MARKER-reason my cat Fig",
    "notes": "MARKER-notes keys are with the neighbour",
    "why": "MARKER-why new sister's number",
}


def document(**changes: Any) -> dict[str, Any]:
    """The client's part of the plan."""
    return {
        "alias": "Plan B",
        "warning_signs": [{"id": SIGN, "text": MARKERS["sign"], "stage": "crisis"}],
        "coping": [{"id": WALK, "text": MARKERS["coping"], "likelihood": 4}],
        "distractions": [{"id": CAFE, "text": "The cafe on Elm Street", "kind": "place"}],
        "helpers": [
            {"id": SISTER, "name": MARKERS["helper"], "phone": "(503) 555-0142", "relation": "sister"}
        ],
        "professionals": [{"id": DOCTOR, "name": "Riverside clinic", "phone": "503-555-0100"}],
        "safer_surroundings": [{"id": LOCK, "action": "Tablets are with Leila"}],
        "reasons": [{"id": CAT, "text": MARKERS["reason"]}],
        **changes,
    }


def plan(*, notes: str = MARKERS["notes"], **changes: Any) -> dict[str, Any]:
    """The whole draft."""
    own = {"firearm_access": "yes", "counselling": "completed", "notes": notes}
    return {"document": document(**changes), "clinician_only": own}


def of(client: Person, rest: str) -> str:
    return f"/clients/{client.id}/plan/{rest}"


def save(by: Person, client: Person, body: dict[str, Any], version: int) -> httpx.Response:
    return by.api.put(of(client, "draft"), body, headers={"If-Match": f'"{version}"'})


def attested(version: int, **changes: Any) -> dict[str, Any]:
    """What publishing asks for."""
    return {
        "draft_version": version,
        "reason": MARKERS["why"],
        "client_took_part": True,
        "caregiver_involved": False,
        **changes,
    }


def publish(
    world: World,
    body: dict[str, Any] | None = None,
    *,
    client: Person | None = None,
    by: Person | None = None,
) -> dict[str, Any]:
    """Ida saves and publishes; the client's phone is told."""
    client, by = client or world.noor, by or world.ida
    version = by.api.get(of(client, "draft")).json()["version"]
    saved = save(by, client, body or plan(), version)
    assert saved.status_code == 200, saved.text
    answer = by.api.post(of(client, "revisions"), attested(saved.json()["version"]))
    assert answer.status_code == 201, answer.text
    world.tick()
    client.phone.take("plan_updated")
    return answer.json()


def acting(
    world: World,
    person: Person,
    role: Role,
    work: Callable[[Tx], Any],
    *,
    programme_id: UUID | None = None,
) -> Callable[[Tx], Any]:
    """Work below the web, as this staff member (of Riverside, unless told otherwise), in the session they have."""
    programme = programme_id or world.programme_id

    def run(tx: Tx) -> Any:
        session_id = tx.session.scalar(select(SessionRow.id).where(SessionRow.staff_id == person.id))
        tx.actor = Actor(
            kind=ActorKind.STAFF, id=person.id, programme_id=programme, role=role, session_id=session_id
        )
        return work(tx)

    return run


def paths(answer: httpx.Response) -> list[str]:
    """The paths of a refusal's errors."""
    return [error["path"] for error in answer.json()["errors"]]
