"""The plainest way to call for help, for a case that cannot be worked on as agreed: fail towards the human.

It reads as little as it can of the case, so that whatever is broken in it does not break this too.
"""

from uuid import UUID

from sqlalchemy import select, update

from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.retry import Priority
from notifications.escalations import events
from notifications.escalations.calls import call_code, safely
from notifications.escalations.drills import ending
from notifications.escalations.holders import administrators
from notifications.escalations.ladder import RESCUED_FOR
from notifications.escalations.models import Case, CaseEvent, EventKind
from notifications.escalations.rows import IS_OPEN
from server.core.db import Tx
from server.people import queries


def rescue(tx: Tx, case_id: UUID) -> int:
    """Call all supervisors (administrators where there is none) and try the case again after `RESCUED_FOR`.

    A drill is broken off instead: nobody is called for help where nobody needs it. Returns 1 when help was called,
    0 when somebody is at work on the case or help was called lately.
    """
    facts = select(Case.programme_id, Case.client_id, Case.ladder, Case.calls_made)
    facts = facts.where(Case.id == case_id, IS_OPEN)
    row = tx.session.execute(facts.with_for_update(skip_locked=True)).one_or_none()
    if row is None or _rescued_lately(tx, case_id):
        return 0
    if row.client_id is None:
        return ending.break_off(tx, case_id, row.programme_id)
    again = (
        update(Case)
        .where(Case.id == case_id)
        .values(next_call_at=tx.now + RESCUED_FOR, version=Case.version + 1)
    )
    tx.session.execute(again.execution_options(synchronize_session=False))
    people = queries.supervisors(tx, row.programme_id) or administrators(tx, row.programme_id)
    code = call_code(row.ladder, row.calls_made)
    told = [str(person) for person in people if _tell(tx, case_id, code, person)]
    events.insert_line(tx, case_id, row.programme_id, EventKind.RESCUED, {"people": told})
    return 1


def _rescued_lately(tx: Tx, case_id: UUID) -> bool:
    query = select(CaseEvent.number).where(
        CaseEvent.case_id == case_id, CaseEvent.kind == EventKind.RESCUED, CaseEvent.at > tx.now - RESCUED_FOR
    )
    return tx.session.scalar(query.limit(1)) is not None


def _tell(tx: Tx, case_id: UUID, code: int, person: UUID) -> int:
    return safely(
        tx,
        case_id,
        lambda: outbox.tell(
            tx,
            outbox.to_staff(tx, person),
            Kind.CASE_CALL,
            dedupe=f"case:{case_id}:rescue:{tx.now:%Y%m%dT%H%M%S}",
            priority=Priority.EMERGENCY,
            case_id=case_id,
            call_number=code,
            all_channels=True,
        ),
    )
