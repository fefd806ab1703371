"""A client is discharged from the programme, or taken back in, with everything that follows for them.

Rule: nobody leaves with an open case. From the discharge on nothing is asked and nothing is sent; the phone keeps
the plan and the numbers, and answers and calls for help are refused there in plain words. Nothing comes back by
itself: after a return each schedule rests until somebody lets it ask again, and the phone needs a new code.
"""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select, update

from checkins import planning
from checkins.models import Occurrence, OccurrenceState, ScheduleRow, ScheduleState
from notifications.delivery import devices
from notifications.delivery.calls import forget_client
from notifications.escalations.rows import Unreadable, lock_open
from server.core.db import Tx
from server.core.errors import Conflict
from server.people import access, discharges
from server.people.roles import Action
from server.people.schemas import DischargeIn

_O, _S = Occurrence, ScheduleRow
_WAITING = (OccurrenceState.SCHEDULED, OccurrenceState.OPEN)


class Effects(Struct, frozen=True, kw_only=True):
    """What a discharge would end now: so many schedules, and so many check-ins that are open for an answer."""

    schedules: int
    open_checkins: int


def discharge(tx: Tx, client_id: UUID, given: DischargeIn) -> None:
    """End the client's time in the programme. Conflict names the case that is still open."""
    facts, row = discharges.hold(tx, client_id)
    open_case = _open_case(tx, facts.id)
    if open_case is not None:
        raise Conflict("This client has an open case. Close it first.", extra={"case_id": str(open_case)})
    discharges.leave(tx, facts, row, given)
    _stop_asking(tx, facts.id)
    forget_client(tx, facts.id)
    devices.forget_client(tx, facts.id)


def readmit(tx: Tx, client_id: UUID) -> None:
    """Take a discharged client back in. Care team and schedules are as they were left, and every schedule rests."""
    facts, row = discharges.hold(tx, client_id)
    discharges.come_back(tx, facts, row)
    # What fell into the time outside the programme was never asked for, and leaves no rows behind it.
    theirs = update(_S).where(_S.client_id == facts.id, _S.state == ScheduleState.PAUSED)
    tx.session.execute(theirs.values(asks_from_at=tx.now, version=_S.version + 1))


def effects(tx: Tx, client_id: UUID) -> Effects:
    """What a discharge would end, for whoever is about to decide on it."""
    facts = access.client(tx, Action.DISCHARGE_CLIENT, client_id)
    held = select(func.count()).where(_S.client_id == facts.id, _S.state != ScheduleState.ENDED)
    waits = select(func.count()).where(_O.client_id == facts.id, _O.state == OccurrenceState.OPEN)
    return Effects(
        schedules=tx.session.scalar(held) or 0,
        open_checkins=tx.session.scalar(waits) or 0,
    )


def _open_case(tx: Tx, client_id: UUID) -> UUID | None:
    """The open case, also one that cannot be read: somebody is being called for it."""
    try:
        case = lock_open(tx, client_id)
    except Unreadable as broken:
        return broken.case_id
    return case.id if case is not None else None


def _stop_asking(tx: Tx, client_id: UUID) -> None:
    """Every schedule rests without an end, and what waits is excused: nobody has missed it."""
    theirs = select(_S).where(_S.client_id == client_id, _S.state != ScheduleState.ENDED)
    for row in tx.session.scalars(theirs.order_by(_S.id).with_for_update()):
        if row.state is ScheduleState.ACTIVE:
            planning.withdraw(tx, row.id, overdue=OccurrenceState.EXCUSED)
            row.asks_from_at = tx.now
        row.state, row.paused_until = ScheduleState.PAUSED, None
    tx.session.flush()
    waiting = update(_O).where(_O.client_id == client_id, _O.state.in_(_WAITING))
    tx.session.execute(waiting.values(state=OccurrenceState.EXCUSED, remind_at=None))
