"""What the worker does for cases: calls what is due, and takes back what lost its owner or was not delivered.

One case is one transaction, claimed under its lock, so any number of workers may do this at once. A case
that fails stops no other case, and all supervisors are called for it in the plainest way there is. Where only the
database failed, the case stays due and the next beat does it properly. Calls that died and cases whose time has come
have half of a batch each, and what the one leaves of it the other has; the most urgent goes first, then what has waited
longest.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, case, exists, select
from sqlalchemy.exc import DBAPIError, OperationalError

from notifications.delivery import calls as delivered
from notifications.delivery.calls import DeadCall
from notifications.delivery.messages import Kind
from notifications.escalations import events, ladder
from notifications.escalations.calls import make_due_calls, of_call_code, responsible_supervisors, tell_staff
from notifications.escalations.drills import ending
from notifications.escalations.holders import owner_gone
from notifications.escalations.ladder import CaseState, Due
from notifications.escalations.models import Case, CaseEvent, EventKind
from notifications.escalations.rescue import rescue
from notifications.escalations.rows import IS_OPEN, claim, rules_of, settle, standing_of
from notifications.escalations.tiers import Tier
from server.core.db import Database, Tx
from server.core.tables import Id, UTCDateTime
from server.people.models import Staff

log = logging.getLogger("handrail.escalations")

PASSES = timedelta(minutes=1)
"""Trouble of the database that keeps a case waiting for longer is not waited for: supervisors are called."""

MOST_AHEAD = 200
"""So many cases that wait are looked at in one round, those that wait longest first."""

# Made once: this is asked twice a second.
_NOW = bindparam("now", type_=UTCDateTime())
_PRACTICE = (Case.client_id.is_(None), len(Tier))
_RANK = case(_PRACTICE, *((Case.tier == tier, tier.rank) for tier in Tier), else_=0)
_TO_TEND = (
    select(Case.id)
    .where(IS_OPEN, Case.id.not_in(bindparam("but", expanding=True, type_=Id())))
    .order_by(_RANK, Case.next_call_at)
    .limit(bindparam("most"))
)
# All that is due is read and sorted for each batch: with 10,000 due a tenth of a second, where the batch takes one.
_LATE = _TO_TEND.where(Case.next_call_at <= _NOW)
_LOST = _TO_TEND.join(Staff, Staff.id == Case.owner_id).where(owner_gone(_NOW))

_CALL_EVENTS = (EventKind.CALLED, EventKind.UNREACHABLE_RECIPIENT, EventKind.UNDELIVERED)


def climb_due(db: Database, limit: int = 50) -> int:
    """Do what is due for up to `limit` cases; returns how many were worked on."""
    dead = iter(_undelivered(db, limit))
    done = _climb(db, dead, limit // 2)
    done += _tend_due(db, limit - done)
    return done + _climb(db, dead, limit - done)


def _climb(db: Database, dead: Iterator[DeadCall], most: int) -> int:
    """Go on through the calls that died, until so many were climbed for."""
    done = 0
    while done < most and (call := next(dead, None)) is not None:
        done += _safely(db, call.case_id, lambda tx, call=call: _climb_undelivered(tx, call))
    return done


def _tend_due(db: Database, most: int) -> int:
    done = 0
    tried: set[UUID] = set()
    while done < most:
        found = db.read_now(lambda tx: _due(tx, most, tried))
        if not found:
            break
        for case_id in found:
            tried.add(case_id)
            done += _safely(db, case_id, lambda tx, case_id=case_id: _tend(tx, case_id))
    return done


def _due(tx: Tx, limit: int, but: set[UUID]) -> list[UUID]:
    """Cases past their next call, then cases whose owner is gone; of both the most urgent first."""
    given = {"now": tx.now, "most": limit}
    found = list(tx.connection.execute(_LATE, {**given, "but": list(but)}).scalars())
    lost = tx.connection.execute(_LOST, {**given, "but": [*but, *found]})
    return [*found, *lost.scalars()]


def _safely(db: Database, case_id: UUID, work: Callable[[Tx], int]) -> int:
    try:
        return db.write_now(work)
    except OperationalError as error:
        log.error("case %s could not be worked on: %s", case_id, type(error).__name__)
        if not _waits_long(db, case_id):
            return 0
    except Exception as error:
        log.error("case %s could not be worked on: %s", case_id, type(error).__name__)
    try:
        return db.write_now(lambda tx: rescue(tx, case_id))
    except Exception as error:  # it stays due; /health/escalations shows it within a minute
        log.error("case %s could not even be rescued: %s", case_id, type(error).__name__)
        return 0


def _waits_long(db: Database, case_id: UUID) -> bool:
    """Whether the case has been due for longer than trouble of the database may last."""
    waits = exists().where(Case.id == case_id, IS_OPEN, Case.next_call_at < db.clock.now() - PASSES)
    try:
        return bool(db.read_now(lambda tx: tx.session.scalar(select(waits))))
    except OperationalError:
        return False


def _tend(tx: Tx, case_id: UUID) -> int:
    case = claim(tx, case_id)
    if case is None:
        return 0
    if ending.is_over(tx, case):
        ending.unanswered(tx, case)
        return 1
    lost = _take_back(tx, case)
    match ladder.due(standing_of(case), tx.now):
        case Due.NOTHING:
            return int(lost)
        case Due.CALL:
            make_due_calls(tx, case)
        case Due.LAPSE:
            _lapse(tx, case)
        case Due.REMIND_TO_CLOSE:
            people = [*([case.owner_id] if case.owner_id else []), *responsible_supervisors(tx, case)]
            _remind(tx, case, Kind.CASE_CLOSE_REMINDER, people)
        case Due.REMIND_TO_COSIGN:
            people = responsible_supervisors(tx, case, but=(case.owner_id, case.closed_by))
            _remind(tx, case, Kind.CASE_COSIGN, people)
    return 1


def _take_back(tx: Tx, case: Case) -> bool:
    """The owner left, or may not see the client any more: nobody has the case, and calling starts again."""
    query = (
        select(Staff.id).join(Case, Case.owner_id == Staff.id).where(Case.id == case.id, owner_gone(tx.now))
    )
    gone = tx.session.scalar(query)
    if gone is None:
        return False
    settle(case, ladder.owner_gone(standing_of(case), tx.now))
    case.owner_id = None
    events.record(tx, case, EventKind.OWNER_GONE, data={"owner": str(gone)})
    return True


def _lapse(tx: Tx, case: Case) -> None:
    owner = case.owner_id
    settle(case, ladder.lapse(standing_of(case), rules_of(case)))
    events.record(tx, case, EventKind.LAPSED, data={"owner": str(owner) if owner else None})
    called = make_due_calls(tx, case)
    if owner is not None and str(owner) not in called:
        tell_staff(tx, case, Kind.CASE_LAPSED, [owner], f"lapsed:{case.ladder}")


def _remind(tx: Tx, case: Case, kind: Kind, people: list[UUID]) -> None:
    due_at = case.next_call_at
    settle(case, ladder.reminded(standing_of(case), rules_of(case), tx.now))
    data = {"about": kind, "people": [str(person) for person in dict.fromkeys(people)]}
    events.record(tx, case, EventKind.REMINDED, data=data)
    tell_staff(tx, case, kind, people, f"remind:{due_at:%Y%m%dT%H%M%S}")


def waiting_too_long(tx: Tx) -> set[tuple[UUID, datetime]]:
    """Emergency and urgent cases whose next call lies further ahead than their ladder ever waits, and that instant."""
    query = (
        select(Case.id)
        .where(IS_OPEN, Case.tier.in_((Tier.EMERGENCY, Tier.URGENT)), Case.next_call_at > tx.now)
        .order_by(Case.next_call_at.desc())
        .limit(MOST_AHEAD)
    )
    found: set[tuple[UUID, datetime]] = set()
    for case_id in tx.session.scalars(query).all():
        try:
            case = tx.session.get(Case, case_id)
            if (
                case
                and case.next_call_at
                and ladder.waits_too_long(standing_of(case), rules_of(case), tx.now)
            ):
                found.add((case_id, case.next_call_at))
        except DBAPIError:
            raise
        except Exception as error:  # one that cannot be read hides no other; it is rescued once it is due
            log.error("case %s cannot be read: %s", case_id, type(error).__name__)
    return found


def bring_back(db: Database, case_ids: Iterable[UUID]) -> int:
    """Make such cases due; returns how many. What was brought back meanwhile stays as it is."""
    return sum(_safely(db, each, lambda tx, each=each: _bring_back(tx, each)) for each in case_ids)


def _bring_back(tx: Tx, case_id: UUID) -> int:
    case = claim(tx, case_id)
    if case is None or not ladder.waits_too_long(standing_of(case), rules_of(case), tx.now):
        return 0
    log.error("case %s waited further ahead than it ever should: a clock was ahead; it is due", case_id)
    settle(case, ladder.brought_back(standing_of(case), rules_of(case), tx.now))
    return 1


def _undelivered(db: Database, limit: int) -> list[DeadCall]:
    try:
        return db.read_now(lambda tx: delivered.undelivered_calls(tx, limit))
    except Exception as error:  # calls that are due by time go out all the same
        log.error("calls that died could not be looked for: %s", type(error).__name__)
        return []


def _climb_undelivered(tx: Tx, call: DeadCall) -> int:
    """A call died for somebody on every channel. If it reached nobody at all, the next rung is called now."""
    case = claim(tx, call.case_id)
    if case is None:
        closed = tx.session.scalar(select(Case.state).where(Case.id == call.case_id)) is CaseState.CLOSED
        return int(closed and delivered.mark_noticed(tx, call))
    if not delivered.mark_noticed(tx, call):
        return 0
    began, number = of_call_code(call.call_number)
    people = [str(staff_id) for staff_id in call.staff_ids]
    events.record(tx, case, EventKind.UNDELIVERED, data={"ladder": began, "call": number, "people": people})
    if began == case.ladder and not _still_reached(tx, case, number):
        settle(case, ladder.undelivered(standing_of(case), rules_of(case), number, tx.now))
        make_due_calls(tx, case)
    return 1


def _still_reached(tx: Tx, case: Case, number: int) -> set[str]:
    """Who of a call of this ladder may still be reached by it."""
    query = select(CaseEvent.kind, CaseEvent.data).where(
        CaseEvent.case_id == case.id, CaseEvent.kind.in_(_CALL_EVENTS)
    )
    called: set[str] = set()
    lost: set[str] = set()
    for kind, data in tx.session.execute(query.order_by(CaseEvent.number.desc()).limit(200)):
        if (data["ladder"], data["call"]) == (case.ladder, number):
            (called if kind == EventKind.CALLED else lost).update(data["people"])
    return called - lost
