"""How a drill ends: by the first answer of anybody it called, or by itself when its time is over.

No contact, no disposition and no second signature are wanted. That nobody answered is told to all supervisors: it is
what the drill was held to find out.
"""

from uuid import UUID

from sqlalchemy import select, update

from notifications.delivery import calls as delivered
from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.retry import Priority
from notifications.escalations import events, ladder
from notifications.escalations.calls import safely, tell_staff
from notifications.escalations.drills.models import Drill, DrillOutcome
from notifications.escalations.holders import administrators
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseEvent, EventKind
from notifications.escalations.rows import settle, standing_of
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Forbidden, NotFound
from server.people import queries

OVER = "This drill is over."


def answer(tx: Tx, case_id: UUID) -> Case:
    """The acting person says "I have it": the drill is over, and how long they took stands in its timeline.

    Only whoever was called answers (NotFound for others); repeating it changes nothing. Conflict when a colleague
    was quicker, or its time is over.
    """
    if tx.actor.id is None or tx.actor.programme_id is None:
        raise Forbidden
    query = select(Case).where(Case.id == case_id, Case.client_id.is_(None)).with_for_update()
    case = tx.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if case is None or case.programme_id != tx.actor.programme_id or tx.actor.id not in called(tx, case.id):
        raise NotFound
    if case.state is CaseState.CLOSED:
        if case.owner_id == tx.actor.id:
            return case
        raise Conflict("A colleague answered this drill already." if case.owner_id else OVER)
    if is_over(tx, case):
        raise Conflict(OVER)
    case.owner_id, case.acknowledged_at = tx.actor.id, tx.now
    events.record(tx, case, EventKind.ACKNOWLEDGED, data={"practice": True})
    audit.record(tx, "drill.answer", row_id=case.id)
    _end(tx, case, DrillOutcome.ANSWERED)
    others = [person for person in delivered.told(tx, case.id) if person != case.owner_id]
    tell_staff(tx, case, Kind.DRILL_OVER, others, "over")
    return case


def is_over(tx: Tx, case: Case) -> bool:
    """Whether the time of a practice case has passed; never true of a real one, which no clock ends."""
    return case.practice and tx.now >= case.acknowledge_by


def unanswered(tx: Tx, case: Case) -> None:
    """The time is over and nobody answered: say so, to all supervisors first of all."""
    supervisors = queries.supervisors(tx, case.programme_id) or administrators(tx, case.programme_id)
    _end(tx, case, DrillOutcome.UNANSWERED)
    others = [person for person in delivered.told(tx, case.id) if person not in supervisors]
    tell_staff(tx, case, Kind.DRILL_UNANSWERED, supervisors, "unanswered")
    tell_staff(tx, case, Kind.DRILL_OVER, others, "over")


def _end(tx: Tx, case: Case, outcome: DrillOutcome) -> None:
    settle(case, ladder.close(standing_of(case)))
    case.closed_at = tx.now
    data = {"practice": True, "outcome": outcome}
    events.record(tx, case, EventKind.CLOSED, data=data, by_service=True)
    drill = tx.session.get_one(Drill, case.id)
    drill.ended_at, drill.outcome = tx.now, outcome
    tx.session.flush()
    delivered.forget_case(tx, case.id)


def break_off(tx: Tx, case_id: UUID, programme_id: UUID) -> int:
    """End a practice case that cannot be worked on, reading as little of it as can be. Supervisors hear of it."""
    ended = update(Case).where(Case.id == case_id, Case.client_id.is_(None), Case.state != CaseState.CLOSED)
    ended = ended.values(
        state=CaseState.CLOSED, next_call_at=None, closed_at=tx.now, version=Case.version + 1
    ).returning(Case.id)
    if tx.session.scalar(ended.execution_options(synchronize_session=False)) is None:
        return 0
    of_it = update(Drill).where(Drill.case_id == case_id, Drill.ended_at.is_(None))
    of_it = of_it.values(ended_at=tx.now, outcome=DrillOutcome.BROKEN)
    tx.session.execute(of_it.execution_options(synchronize_session=False))
    data = {"practice": True, "outcome": DrillOutcome.BROKEN}
    events.insert_line(tx, case_id, programme_id, EventKind.CLOSED, data, by_service=True)
    delivered.forget_case(tx, case_id)
    for person in queries.supervisors(tx, programme_id) or administrators(tx, programme_id):
        safely(tx, case_id, lambda person=person: _tell_broken(tx, case_id, person))
    return 1


def _tell_broken(tx: Tx, case_id: UUID, person: UUID) -> int:
    return outbox.tell(
        tx,
        outbox.to_staff(tx, person),
        Kind.DRILL_UNANSWERED,
        dedupe=f"case:{case_id}:unanswered",
        priority=Priority.NORMAL,
        case_id=case_id,
    )


def called(tx: Tx, case_id: UUID) -> set[UUID]:
    """Everybody a drill has called so far."""
    query = select(CaseEvent.data).where(CaseEvent.case_id == case_id, CaseEvent.kind == EventKind.CALLED)
    return {person for data in tx.session.scalars(query) for person in events.people_in(data)}
