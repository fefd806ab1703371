"""What staff do with a case: take it, hand it over, and record how they tried to reach the client."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from notifications.delivery import calls as delivered
from notifications.delivery.messages import Kind
from notifications.escalations import events, ladder
from notifications.escalations.agreed import agreed_by
from notifications.escalations.calls import call_at_once, tell_client, tell_staff
from notifications.escalations.closing import ATTEMPTS_ON_SILENCE
from notifications.escalations.holders import may_own
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseCause, ContactAttempt, ContactChannel, EventKind
from notifications.escalations.rows import lock, rules_of, settle, standing_of
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.tables import new_id
from server.people import access, queries
from server.people.access import ClientFacts
from server.people.models import Staff
from server.people.roles import Action
from server.people.terms import Role
from server.people.unreadable import UNREADABLE, text_or

CONTACT_NOTE = "contact_attempts.note"


def acknowledge(tx: Tx, case_id: UUID, *, take_over: bool = False) -> Case:
    """The acting person takes the case and owns it; calling stops until contact is due. Repeatable.

    Conflict, naming the owner, when somebody else has it already; `take_over` makes it a hand-over. After
    three tries without an answer only a supervisor's answer stops the calling.
    """
    case, client = lock(tx, Action.ACT_ON_CASE, case_id)
    still_open(case)
    me = access.acting(tx)
    if case.state is CaseState.ACKNOWLEDGED and case.owner_id is not None:
        if case.owner_id == me:
            return case
        if not take_over:
            raise Conflict("Somebody has taken this case already.", extra={"owner": _owner(tx, case)})
        _change_owner(tx, case, client, me)
        return case
    if case.unreached >= ATTEMPTS_ON_SILENCE and tx.actor.role != Role.SUPERVISOR:
        raise Conflict("Three tries had no answer. A supervisor takes it from here.")
    add, waited = agreed_by(tx, case.programme_id).add, case.awaiting_cosign
    settle(case, ladder.acknowledge(standing_of(case), rules_of(case), tx.now, add))
    taken(tx, case, client, me)
    events.record(tx, case, EventKind.ACKNOWLEDGED)
    if waited:
        events.record(tx, case, EventKind.CLOSING_WITHDRAWN)
    audit.record(tx, "case.acknowledge", client_id=client.id, row_id=case.id)
    return case


def taken(tx: Tx, case: Case, client: ClientFacts, owner: UUID) -> None:
    """Somebody is on it: they own the case, calls still owed are withdrawn, the client's phone is told."""
    case.owner_id, case.acknowledged_at = owner, tx.now
    tx.session.flush()
    delivered.forget_case(tx, case.id)
    tell_client(tx, case, client, Kind.CASE_SEEN, f"seen:{case.ladder}:{owner}")


def hand_over(tx: Tx, case_id: UUID, to: UUID, note: str | None) -> Case:
    """The owner, or a supervisor, gives a taken case to a colleague who may see the client."""
    case, client = lock(tx, Action.ACT_ON_CASE, case_id)
    still_open(case)
    if case.state is CaseState.OPEN:
        raise Conflict("Nobody has taken this case yet. Take it first, then hand it over.")
    if tx.actor.role != Role.SUPERVISOR and case.owner_id != access.acting(tx):
        raise Forbidden("Only the owner or a supervisor hands a case over.")
    if not _may_own(tx, case, to):
        raise Invalid.field("to", "this must be a colleague on the client's care team, or a supervisor")
    if case.owner_id != to:
        _change_owner(tx, case, client, to, note)
    return case


def _change_owner(tx: Tx, case: Case, client: ClientFacts, to: UUID, note: str | None = None) -> None:
    before, case.owner_id, case.acknowledged_at = case.owner_id, to, tx.now
    data = {"from": str(before) if before else None, "to": str(to)}
    events.record(tx, case, EventKind.HANDED_OVER, data=data, note=note, key=access.key(tx, client))
    audit.record(tx, "case.hand_over", client_id=client.id, row_id=case.id, data={"to": str(to)})
    if to != tx.actor.id:
        tell_staff(tx, case, Kind.CASE_HANDED_OVER, [to], f"handed:{case.version}", case.contact_by)


def _may_own(tx: Tx, case: Case, staff_id: UUID) -> bool:
    query = select(Staff.id).join(Case, Case.programme_id == Staff.programme_id)
    return (
        tx.session.scalar(query.where(Case.id == case.id, Staff.id == staff_id, may_own(tx.now))) is not None
    )


def record_contact(
    tx: Tx,
    case_id: UUID,
    channel: ContactChannel,
    at: datetime | None,
    *,
    reached: bool,
    note: str | None,
    attempt_id: UUID | None = None,
) -> Case:
    """A try to reach the client, by the acting person. Whoever reaches the client owns the case.

    A contact from before the latest cause goes on record, but settles nothing: that cause is news. Each
    third try in a row without an answer calls supervisors. Under an `attempt_id` of the sender's choice a try
    that is sent again counts once; Conflict where another try has this id.
    """
    case, client = lock(tx, Action.ACT_ON_CASE, case_id)
    known = tx.session.get(ContactAttempt, attempt_id) if attempt_id else None
    if known is not None:
        sent_again(tx, case, client, known, (channel, reached, note))
        return case
    still_open(case)
    when = at or tx.now
    if not case.opened_at <= when <= tx.now:
        raise Invalid.field("at", "must be between the opening of the case and now")
    attempt = ContactAttempt(
        id=attempt_id or new_id(),
        case_id=case.id,
        staff_id=access.acting(tx),
        channel=channel,
        at=when,
        recorded_at=tx.now,
    )
    attempt.reached = reached
    key = access.key(tx, client)
    attempt.note = key.seal_text(CONTACT_NOTE, attempt.id, note) if note else None
    tx.session.add(attempt)
    news = bool(reached and when < _latest_cause_at(tx, case))
    data = {"channel": channel, "reached": reached, "before_latest_cause": news, "attempt": str(attempt.id)}
    events.record(tx, case, EventKind.CONTACT, data=data)
    audit.record(tx, "case.contact", client_id=client.id, row_id=attempt.id)
    if not news:
        _after_contact(tx, case, client, reached=reached)
    return case


def sent_again(
    tx: Tx,
    case: Case,
    client: ClientFacts,
    known: ContactAttempt,
    told: tuple[ContactChannel, bool, str | None],
) -> None:
    """Conflict unless this is the try on record, of this person and case and in the same words."""
    if (known.case_id, known.staff_id) == (case.id, access.acting(tx)):
        key = access.key(tx, client)
        note = text_or(key, CONTACT_NOTE, known.id, known.note, UNREADABLE) if known.note else None
        if (known.channel, known.reached, note) == told:
            return
    raise Conflict("Another try is on record under this id.")


def withdraw_contact(tx: Tx, case_id: UUID) -> Case:
    """The client was not reached after all: somebody pressed the wrong button. Contact is due as it was before.

    Where that time has passed, calling goes on at once. Repeatable.
    """
    case, client = lock(tx, Action.ACT_ON_CASE, case_id)
    still_open(case)
    if case.awaiting_cosign:
        raise Conflict("Somebody closed this case; a supervisor has to co-sign or refuse.")
    if case.contacted_at is None:
        return case
    settle(case, ladder.contact_withdrawn(standing_of(case)))
    events.record(tx, case, EventKind.CONTACT_WITHDRAWN)
    audit.record(tx, "case.contact_withdrawn", client_id=client.id, row_id=case.id)
    return case


def _after_contact(tx: Tx, case: Case, client: ClientFacts, *, reached: bool) -> None:
    before, waiting = case.state, case.awaiting_cosign
    case.unreached = 0 if reached else case.unreached + 1
    after = ladder.contact_recorded(
        standing_of(case), rules_of(case), tx.now, reached=reached, attempts=case.unreached
    )
    calls_resume = after.ladder != case.ladder
    settle(case, after)
    me = access.acting(tx)
    if reached and not waiting and (before is CaseState.OPEN or case.owner_id != me):
        taken(tx, case, client, me)
        events.record(tx, case, EventKind.ACKNOWLEDGED, data={"by_contact": True})
    if calls_resume:
        events.record(tx, case, EventKind.SILENCE, data={"attempts": case.unreached}, by_service=True)
        call_at_once(tx, case)


def _latest_cause_at(tx: Tx, case: Case) -> datetime:
    query = select(func.max(CaseCause.at)).where(CaseCause.case_id == case.id)
    return tx.session.scalar(query) or case.opened_at


def still_open(case: Case) -> None:
    """Conflict when the case is closed."""
    if case.state is CaseState.CLOSED:
        raise Conflict("This case is closed.")


def _owner(tx: Tx, case: Case) -> dict[str, str]:
    names = queries.names(tx, [case.owner_id])
    return {"id": str(case.owner_id), "name": names[case.owner_id]} if case.owner_id else {}
