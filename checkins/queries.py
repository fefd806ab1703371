"""What people see of check-ins: the client's own, and what staff read of them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from checkins import asking, resting, versions
from checkins.definition import Item
from checkins.models import AnswerRow, Occurrence, OccurrenceState
from checkins.questions import wire
from checkins.reading import answers_of
from checkins.schemas import (
    AnytimeCheckIn,
    MyCheckIn,
    MyCheckIns,
    NextCheckIn,
    OpenCheckIn,
    RecentCheckIn,
)
from crisisplans import queries as plans
from notifications.delivery.messages import Moment
from notifications.escalations.telling import coverage_for
from server.core.db import Tx
from server.core.errors import NotFound
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action

RECENT = 14
_MOST_OPEN = 50

_O, _A = Occurrence, AnswerRow
ROW = (
    _O.id,
    _O.schedule_id,
    _O.questionnaire_id,
    _O.rotation,
    _O.zone,
    _O.due_at,
    _O.closes_at,
    _O.state,
)
_WAITING = (OccurrenceState.SCHEDULED, OccurrenceState.OPEN)
_NOT_OVER, _OVER = _O.state.in_(_WAITING), _O.state.not_in(_WAITING)


def my_checkins(tx: Tx) -> MyCheckIns:
    """What waits for an answer, when the next one opens, what was lately, and what may be asked at any time."""
    client = access.oneself(tx, Action.READ_OWN)
    rows = _not_over(tx, client)
    if any(row.state is OccurrenceState.SCHEDULED and row.zone != client.zone for row in rows):
        resting.follow_client(tx, client.id)
        rows = _not_over(tx, client)
    due = [row.due_at for row in rows if row.state is OccurrenceState.SCHEDULED]
    return MyCheckIns(
        open=[_open(tx, client, row) for row in rows if row.state is OccurrenceState.OPEN],
        next=NextCheckIn(due_at=min(due)) if due else None,
        recent=_recent(tx, client),
        anytime=anytime(tx, client),
        coverage=coverage_for(tx, client, Moment.BEFORE_CHECKIN, None, plans.main_line()),
    )


def open_now(tx: Tx, client: ClientFacts) -> list[OpenCheckIn]:
    """The client's check-ins that wait for an answer, the oldest first."""
    rows = _not_over(tx, client)
    return [_open(tx, client, row) for row in rows if row.state is OccurrenceState.OPEN]


def anytime(tx: Tx, client: ClientFacts) -> AnytimeCheckIn:
    """What a check-in that nobody planned asks this client now."""
    current = versions.current(tx, client)
    items = asking.items_of(versions.definition(tx, client, current), asking.NO_ROTATION)
    return AnytimeCheckIn(questionnaire_id=current, items=wire(items, client.language))


def _not_over(tx: Tx, client: ClientFacts) -> list[Any]:
    query = select(*ROW).where(_O.client_id == client.id, _NOT_OVER).order_by(_O.due_at)
    return list(tx.session.execute(query.limit(_MOST_OPEN)).all())


def _open(tx: Tx, client: ClientFacts, row: Any) -> OpenCheckIn:
    version_id, items = asked(tx, client, row)
    return OpenCheckIn(
        id=row.id,
        due_at=row.due_at,
        closes_at=row.closes_at,
        questionnaire_id=version_id,
        items=wire(items, client.language),
    )


def asked(tx: Tx, client: ClientFacts, row: Any) -> tuple[UUID, tuple[Item, ...]]:
    """The version and the questions of a check-in. What is shown once stays as it is: the version is settled."""
    version_id = asking.version_of(tx, client, row.questionnaire_id, row.schedule_id)
    if row.questionnaire_id is None:
        settled = update(_O).where(_O.id == row.id, _O.questionnaire_id.is_(None))
        tx.session.execute(settled.values(questionnaire_id=version_id))
    return version_id, asking.items_of(versions.definition(tx, client, version_id), row.rotation)


def _recent(tx: Tx, client: ClientFacts) -> list[RecentCheckIn]:
    """The last check-ins that are over. One that was never offered is no miss of the client's."""
    query = (
        select(_O.id, _O.due_at, _O.state, _A.answered_at)
        .outerjoin(_A, _A.occurrence_id == _O.id)
        .where(_O.client_id == client.id, _OVER, _O.opened_at.is_not(None))
        .order_by(_O.due_at.desc())
        .limit(RECENT)
    )
    return [RecentCheckIn(*row) for row in tx.session.execute(query)]


def my_checkin(tx: Tx, checkin_id: UUID) -> MyCheckIn:
    """One check-in of one's own. NotFound for somebody else's, and for one that has not opened yet."""
    client = access.oneself(tx, Action.READ_OWN)
    query = (
        select(*ROW, _A.id.label("answer_id"), _A.body, _A.answered_at, _A.received_at)
        .outerjoin(_A, _A.occurrence_id == _O.id)
        .where(_O.id == checkin_id, _O.client_id == client.id, _O.state != OccurrenceState.SCHEDULED)
    )
    row = tx.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    version_id, items = asked(tx, client, row)
    return MyCheckIn(
        id=row.id,
        due_at=row.due_at,
        closes_at=row.closes_at,
        state=row.state,
        questionnaire_id=version_id,
        items=wire(items, client.language),
        answered_at=row.answered_at,
        received_at=row.received_at,
        answers=dict(answers_of(tx, client, row.answer_id, row.body)) if row.answer_id else None,
    )
