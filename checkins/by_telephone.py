"""A check-in told on the telephone: what staff ask on the client's behalf, and what to tell the client afterwards.

Answers go the same way as a phone's (`answering.py`): judged by the same rules, under an id chosen before they are
sent, so that the same form sent twice is one answer.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from checkins import answering, asking, queries, staff_queries, versions
from checkins.definition import Item
from checkins.models import Occurrence, OccurrenceState
from checkins.schemas import CheckInOut, OpenCheckIn, Received
from notifications.escalations.models import Case
from server.core.db import Tx
from server.core.errors import Conflict, NotFound
from server.core.tables import new_id
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action


class Sheet(Struct, frozen=True, kw_only=True):
    """The questions of one check-in. `due_at` and `closes_at` are empty for one that nobody planned."""

    checkin_id: UUID
    questionnaire_id: UUID
    items: tuple[Item, ...]
    due_at: datetime | None
    closes_at: datetime | None


class Outcome(Struct, frozen=True, kw_only=True):
    """What was stored and what came of it; `opened` tells a new case from one that was joined."""

    checkin: CheckInOut
    reply: Received
    opened: bool


def waiting(tx: Tx, client_id: UUID) -> list[OpenCheckIn]:
    """The client's check-ins that wait for an answer, the oldest first. The look at the questions is recorded."""
    client = access.client(tx, Action.ENTER_ANSWERS, client_id)
    access.looked(tx, "questionnaire.view", client)
    return queries.open_now(tx, client)


def sheet(tx: Tx, client_id: UUID, checkin_id: UUID | None, questionnaire_id: UUID | None = None) -> Sheet:
    """What the check-in of this id asks; a new id, or none, is a check-in that nobody planned.

    NotFound for somebody else's check-in, or a questionnaire this client is not asked.
    """
    client = access.client(tx, Action.ENTER_ANSWERS, client_id)
    row = tx.session.execute(select(Occurrence.client_id, *queries.ROW).where(Occurrence.id == checkin_id))
    found = row.one_or_none()
    if found is None:
        return _unplanned(tx, client, checkin_id or new_id(), questionnaire_id)
    if found.client_id != client.id:
        raise NotFound
    if found.state is OccurrenceState.SCHEDULED:
        raise Conflict("This check-in is not open yet.")
    version_id, items = queries.asked(tx, client, found)
    planned = found.schedule_id is not None
    return Sheet(
        checkin_id=found.id,
        questionnaire_id=version_id,
        items=items,
        due_at=found.due_at if planned else None,
        closes_at=found.closes_at if planned else None,
    )


def _unplanned(tx: Tx, client: ClientFacts, checkin_id: UUID, questionnaire_id: UUID | None) -> Sheet:
    version_id = questionnaire_id or versions.current(tx, client)
    definition = versions.definition(tx, client, version_id)
    return Sheet(
        checkin_id=checkin_id,
        questionnaire_id=version_id,
        items=asking.items_of(definition, asking.NO_ROTATION),
        due_at=None,
        closes_at=None,
    )


def outcome(tx: Tx, client_id: UUID, checkin_id: UUID) -> Outcome:
    """A stored answer with the reply to it, as of now, for whoever has the client on the line."""
    client = access.client(tx, Action.ENTER_ANSWERS, client_id)
    reply = answering.told_again(tx, client, checkin_id)
    case = tx.session.get(Case, reply.case_id) if reply.case_id else None
    return Outcome(
        checkin=staff_queries.some_checkins(tx, client_id, [checkin_id])[0],
        reply=reply,
        opened=case is not None and case.opened_at >= reply.received_at,
    )
