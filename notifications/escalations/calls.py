"""Making the calls that are due. Each call, each rung passed and each person out of reach is on record."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.models import Message, MessageState
from notifications.delivery.recipients import Recipient
from notifications.delivery.retry import Priority
from notifications.delivery.way_order import CALLS_OF_A_LADDER
from notifications.escalations import events
from notifications.escalations.agreed import agreed_by
from notifications.escalations.climbing import Call, climb
from notifications.escalations.closing import ATTEMPTS_ON_SILENCE
from notifications.escalations.holders import EMERGENCY_CONTACT, administrators, holders
from notifications.escalations.ladder import Due, due, undelivered
from notifications.escalations.models import Case, EventKind
from notifications.escalations.oncall.opening import open_to
from notifications.escalations.policy import TierPolicy
from notifications.escalations.rows import rules_of, settle, standing_of
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.people import queries
from server.people.access import ClientFacts

log = logging.getLogger("handrail.escalations")

CALL_LASTS = timedelta(hours=24)
"""A call is withdrawn when somebody answers. Until then it outlives an outage: nobody is left out by waiting."""

_PRIORITY = {Tier.EMERGENCY: Priority.EMERGENCY, Tier.URGENT: Priority.URGENT}


def priority_of(case: Case) -> Priority:
    """How a case's messages queue: emergency and urgent overtake everything else, and practice overtakes nothing."""
    return Priority.NORMAL if case.practice else _PRIORITY.get(case.tier, Priority.NORMAL)


def call_code(ladder: int, number: int) -> int:
    """The number a call's messages carry: a call of an old ladder is never taken for a new one."""
    return ladder * CALLS_OF_A_LADDER + number


def of_call_code(code: int) -> tuple[int, int]:
    """(ladder, call number) of a message's number."""
    return divmod(code, CALLS_OF_A_LADDER)


def call_at_once(tx: Tx, case: Case) -> None:
    """Make the calls that are due within this very request. Whatever fails here stays due for the worker.

    The answer, or the cry for help, is stored in any case.
    """
    try:
        with tx.savepoint():
            make_due_calls(tx, case)
    except OperationalError:
        raise  # a deadlock, which runs the whole work again, or the database itself: nothing would be stored
    except Exception as error:
        log.error("case %s: calls are left to the worker: %s", case.id, type(error).__name__)


def make_due_calls(tx: Tx, case: Case) -> set[str]:
    """Every call due by now; returns who was called.

    A call that can reach nobody counts as undelivered: the next rung follows at once.
    """
    called: set[str] = set()
    policy = rules_of(case)
    window = agreed_by(tx, case.programme_id).window
    standing = standing_of(case)
    while due(standing, tx.now) is Due.CALL and standing.next_call_at is not None:
        people = holders(tx, case, policy)
        made = climb(policy, standing.calls_made, standing.next_call_at, people, tx.now, window)
        standing = replace(standing, calls_made=made.calls_made, next_call_at=made.next_call_at)
        if made.passed:
            data = {"ladder": case.ladder, "rungs": list(made.passed)}
            events.record(tx, case, EventKind.PASSED, data=data, by_service=True)
        ways = 1
        for call in made.calls:
            ways = _call(tx, case, policy, call)
            called.update(call.people)
        if not ways:
            standing = undelivered(standing, policy, standing.calls_made - 1, tx.now)
    settle(case, standing)
    return called


def _call(tx: Tx, case: Case, policy: TierPolicy, call: Call) -> int:
    """Call everybody on one rung; returns by how many addresses they can be told together."""
    data = {"ladder": case.ladder, "call": call.number, "rung": call.rung, "people": list(call.people)}
    events.record(tx, case, EventKind.CALLED, data=data, by_service=True)
    open_to(tx, case, [UUID(person) for person in call.people if person != EMERGENCY_CONTACT])
    ways = {person: _tell(tx, case, policy, call, person) for person in call.people}
    nobody = [person for person, count in ways.items() if not count]
    if nobody:
        data = {**data, "people": nobody}
        events.record(tx, case, EventKind.UNREACHABLE_RECIPIENT, data=data, by_service=True)
    return sum(ways.values())


def _tell(tx: Tx, case: Case, policy: TierPolicy, call: Call, person: str) -> int:
    kind = Kind.CASE_UNREACHABLE if case.unreached >= ATTEMPTS_ON_SILENCE else Kind.CASE_CALL
    return safely(
        tx,
        case.id,
        lambda: outbox.tell(
            tx,
            _recipient(tx, case, person),
            Kind.DRILL_CALL if case.practice else kind,
            dedupe=f"case:{case.id}:{case.ladder}:{call.number}",
            priority=priority_of(case),
            expires_at=case.acknowledge_by if case.practice else tx.now + CALL_LASTS,
            by=ahead(case.acknowledge_by, tx.now),
            case_id=case.id,
            call_number=call_code(case.ladder, call.number),
            all_channels=policy.all_channels,
        ),
    )


def _recipient(tx: Tx, case: Case, person: str) -> Recipient:
    if person == EMERGENCY_CONTACT:
        return outbox.to_emergency_contact(tx, case.programme_id)
    return outbox.to_staff(tx, UUID(person))


def safely(tx: Tx, case_id: UUID, tell: Callable[[], int]) -> int:
    """Tell somebody; 0 when that failed, so that one broken address stops neither the case nor anybody else.

    A phone that is forgotten at this very moment is looked past: the person's other ways are used.
    """
    try:
        try:
            with tx.savepoint():
                return tell()
        except IntegrityError:
            with tx.savepoint():
                return tell()
    except OperationalError:
        raise  # a deadlock, which runs the whole work again, or the database itself: nothing would be stored
    except Exception as error:
        log.error("case %s: somebody could not be told: %s", case_id, type(error).__name__)
        return 0


def tell_staff(
    tx: Tx, case: Case, kind: Kind, people: Iterable[UUID], dedupe: str, by: datetime | None = None
) -> None:
    """Tell some staff something about a case that is not a call: nobody has to answer it.

    A second signature is different: where the people asked for it cannot be told, or nothing of the last
    time arrived, the administrators and the emergency contact hear that somebody is out of reach.
    """
    unheard = kind is Kind.CASE_COSIGN and _nothing_arrived(tx, case, kind)
    ways = _tell_each(tx, case, kind, people, dedupe, by)
    if kind is Kind.CASE_COSIGN and (unheard or not ways):
        others = administrators(tx, case.programme_id)
        _tell_each(tx, case, Kind.CASE_UNDELIVERED, others, f"unheard:{dedupe}")
        tell_emergency_contact(tx, case, Kind.CASE_UNDELIVERED, f"unheard:{dedupe}")


def _nothing_arrived(tx: Tx, case: Case, kind: Kind) -> bool:
    """True when this was told before, and every message of the last time died."""
    query = select(Message.created_at, Message.state).where(Message.case_id == case.id, Message.kind == kind)
    rows = tx.session.execute(query.order_by(Message.created_at.desc())).all()
    last = [state for at, state in rows if at == rows[0].created_at]
    return bool(last) and all(state is MessageState.DEAD for state in last)


def _tell_each(
    tx: Tx, case: Case, kind: Kind, people: Iterable[UUID], dedupe: str, by: datetime | None = None
) -> int:
    return sum(
        safely(
            tx,
            case.id,
            lambda staff_id=staff_id: outbox.tell(
                tx,
                outbox.to_staff(tx, staff_id),
                kind,
                dedupe=f"case:{case.id}:{dedupe}",
                priority=priority_of(case),
                by=ahead(by, tx.now),
                case_id=case.id,
            ),
        )
        for staff_id in dict.fromkeys(people)
    )


def tell_emergency_contact(tx: Tx, case: Case, kind: Kind, dedupe: str) -> None:
    """Tell the programme's outside contact something that is not a call."""
    safely(
        tx,
        case.id,
        lambda: outbox.tell(
            tx,
            outbox.to_emergency_contact(tx, case.programme_id),
            kind,
            dedupe=f"case:{case.id}:{dedupe}",
            priority=priority_of(case),
            case_id=case.id,
        ),
    )


def tell_client(tx: Tx, case: Case, client: ClientFacts, kind: Kind, dedupe: str) -> None:
    """A neutral word to the client's phone; what it is about shows in the app."""
    safely(
        tx,
        case.id,
        lambda: outbox.tell(
            tx,
            outbox.to_client(tx, client),
            kind,
            dedupe=f"case:{case.id}:{dedupe}",
            priority=priority_of(case),
        ),
    )


def responsible_supervisors(tx: Tx, case: Case, but: Iterable[UUID | None] = ()) -> list[UUID]:
    """The supervisors of the programme, without some people.

    Where that leaves nobody: all of them, and the administrators, who can appoint somebody.
    """
    everybody = queries.supervisors(tx, case.programme_id)
    left_out = set(but)
    left = [person for person in everybody if person not in left_out]
    return left or [*everybody, *administrators(tx, case.programme_id)]


def ahead(at: datetime | None, now: datetime) -> datetime | None:
    """An instant as long as it is still to come: a limit that has passed is told to nobody."""
    return at if at is not None and at > now else None
