"""Short words for the incidents told in these tests."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from notifications.escalations.cases import raise_case
from notifications.escalations.models import Case, CaseEvent, CauseKind, EventKind
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.core.tables import new_id
from server.people import access
from tests.world import Person, World


def flagged(world: World, tier: Tier, source_id: UUID | None = None, client: Person | None = None) -> UUID:
    """An answer was flagged; gives the id of the case it went to."""

    def raise_it(tx: Tx) -> UUID:
        facts = access.known_client(tx, (client or world.noor).id)
        cause = source_id or new_id()
        kind = CauseKind.FLAGGED_ANSWER
        return raise_case(tx, facts, kind=kind, tier=tier, source_id=cause, note="I cannot do this").id

    return world.db.write_now(raise_it)


def row(world: World, case_id: UUID) -> Case:
    """The case as stored."""
    return world.db.read_now(lambda tx: tx.session.get_one(Case, case_id))


def told(world: World, case_id: UUID) -> list[str]:
    """The timeline, by kind."""
    return [event.kind for event in lines(world, case_id)]


def lines(world: World, case_id: UUID, kind: EventKind | None = None) -> list[CaseEvent]:
    """The timeline, or its lines of one kind."""
    query = select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.number)
    found = world.db.read_now(lambda tx: list(tx.session.scalars(query)))
    return [event for event in found if kind is None or event.kind == kind]


def called(world: World, case_id: UUID) -> list[list[str]]:
    """The names of those called, call by call."""
    names = {str(person.id): person.name for person in world.people.values()}
    calls = lines(world, case_id, EventKind.CALLED)
    return [[names.get(person, person) for person in event.data["people"]] for event in calls]


def ok(answer: Any, status: int = 200) -> Any:
    """The body of an answer that has to have this status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    return answer.json() if answer.content else None


def act(world: World, person: Person, case_id: UUID, verb: str, status: int = 200, **body: Any) -> Any:
    """One person does something with a case."""
    created = 201 if verb == "contacts" and status == 200 else status
    return ok(person.api.post(f"/cases/{case_id}/{verb}", body), created)


def hush(world: World) -> None:
    """Whatever arrived on the phones by now is not what the test is about."""
    world.tick()
    for person in world.people.values():
        person.phone.take_all()
