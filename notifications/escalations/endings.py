"""Ending a case: by a person, with a disposition; the top tier by two. Who was called gets the all-clear."""

from datetime import date
from uuid import UUID

from sqlalchemy import exists, func, select

from notifications.delivery import calls as delivered
from notifications.delivery.messages import Kind
from notifications.escalations import events, ladder
from notifications.escalations.acts import still_open
from notifications.escalations.agreed import agreed_by
from notifications.escalations.calls import (
    call_at_once,
    responsible_supervisors,
    tell_client,
    tell_emergency_contact,
    tell_staff,
)
from notifications.escalations.cases import CLIENTS_OWN, shown_to_client
from notifications.escalations.closing import Closing, Disposition, may_close, may_cosign, needs_cosign
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseCause, CaseEvent, EventKind
from notifications.escalations.rows import lock, rules_of, settle, standing_of
from server.core import audit
from server.core.actor import ActorKind
from server.core.db import Tx
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.zones import zone
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action
from server.people.terms import Role

REASON = "cases.disposition_note"


def close(
    tx: Tx,
    case_id: UUID,
    disposition: Disposition,
    reason: str | None,
    next_contact_on: date | None,
    seen: int | None = None,
) -> Case:
    """Close the case, or leave it waiting for its second signature; Invalid names all that is in the way.

    Conflict where more causes have joined than the `seen` that the closing person was shown: they are news to
    them. Repeating the same closing changes nothing.
    """
    case, client = lock(tx, Action.ACT_ON_CASE, case_id)
    me = access.acting(tx)
    if _said_already(case, me, disposition):
        return case
    still_open(case)
    if case.awaiting_cosign:
        raise Conflict("Somebody closed this case already; a supervisor has to co-sign or refuse.")
    _nothing_new(tx, case, seen)
    closing = Closing(
        disposition=disposition,
        role=Role(tx.actor.role),
        is_owner=case.owner_id == me,
        reached=case.contacted_at is not None,
        attempts=case.unreached,
        clients_own=_clients_own(tx, case),
        seen_by_another=_seen_by_another(tx, case, me),
        today=tx.now.astimezone(zone(agreed_by(tx, case.programme_id).hours.zone)).date(),
        next_contact_on=next_contact_on,
        reason=reason,
    )
    if wrong := may_close(closing):
        raise Invalid(errors=wrong)
    case.disposition, case.next_contact_on, case.closed_by = disposition, next_contact_on, me
    case.disposition_note = access.key(tx, client).seal_text(REASON, case.id, reason) if reason else None
    if needs_cosign(rules_of(case), closing):
        _ask_cosign(tx, case, client)
    else:
        _finish(tx, case, client)
    return case


def _clients_own(tx: Tx, case: Case) -> bool:
    own = exists().where(CaseCause.case_id == case.id, CaseCause.kind.in_(CLIENTS_OWN))
    return bool(tx.session.scalar(select(own)))


def _seen_by_another(tx: Tx, case: Case, me: UUID) -> bool:
    hands_on = exists().where(
        CaseEvent.case_id == case.id,
        CaseEvent.actor_kind == ActorKind.STAFF.value,
        CaseEvent.actor_id != me,
        CaseEvent.kind.in_((EventKind.ACKNOWLEDGED, EventKind.CONTACT)),
    )
    return bool(tx.session.scalar(select(hands_on)))


def _nothing_new(tx: Tx, case: Case, seen: int | None) -> None:
    """Counted under the case's lock: a cause that was being written just now is counted as well."""
    if seen is None:
        return
    if seen < (tx.session.scalar(select(func.count()).where(CaseCause.case_id == case.id)) or 0):
        raise Conflict(
            "Something new has joined this case since you opened the form. Read it first, then close."
        )


def _said_already(case: Case, me: UUID, disposition: Disposition) -> bool:
    ended = case.state is CaseState.CLOSED or case.awaiting_cosign
    return ended and case.closed_by == me and case.disposition == disposition


def _ask_cosign(tx: Tx, case: Case, client: ClientFacts) -> None:
    """Calls already made stay owed while nobody reached the client: until the second signature, they hold."""
    if case.state is CaseState.OPEN:
        case.owner_id, case.acknowledged_at = case.closed_by, tx.now
    settle(case, ladder.await_cosign(standing_of(case), rules_of(case), tx.now))
    events.record(tx, case, EventKind.COSIGN_ASKED, data={"disposition": case.disposition})
    audit.record(tx, "case.close", client_id=client.id, row_id=case.id, data={"awaits": "cosign"})
    if case.state is CaseState.OPEN:
        call_at_once(tx, case)
        return
    delivered.forget_case(tx, case.id)
    asked = responsible_supervisors(tx, case, but=(case.owner_id, case.closed_by))
    tell_staff(tx, case, Kind.CASE_COSIGN, asked, f"cosign:{case.version}", case.next_call_at)


def cosign(tx: Tx, case_id: UUID, *, agree: bool, note: str | None) -> Case:
    """A second supervisor agrees, and the case closes; or refuses, and it is called again from the start."""
    case, client = lock(tx, Action.ACT_ON_CASE, case_id)
    me = access.acting(tx)
    if agree and case.state is CaseState.CLOSED and case.cosigned_by == me:
        return case
    still_open(case)
    if not case.awaiting_cosign:
        raise Conflict("This case does not wait for a second signature.")
    if not may_cosign(Role(tx.actor.role), is_owner=case.owner_id == me, is_closer=case.closed_by == me):
        raise Forbidden("A supervisor who neither owns the case nor closed it co-signs.")
    if agree:
        case.cosigned_by, case.cosigned_at = me, tx.now
        _finish(tx, case, client, note)
        return case
    case.owner_id = None
    settle(case, ladder.owner_gone(standing_of(case), tx.now))
    events.record(tx, case, EventKind.COSIGN_REFUSED, note=note, key=access.key(tx, client))
    audit.record(tx, "case.cosign_refused", client_id=client.id, row_id=case.id)
    call_at_once(tx, case)
    return case


def _finish(tx: Tx, case: Case, client: ClientFacts, note: str | None = None) -> None:
    settle(case, ladder.close(standing_of(case)))
    case.closed_at = tx.now
    data = {"disposition": case.disposition, "cosigned": case.cosigned_by is not None}
    events.record(tx, case, EventKind.CLOSED, data=data, note=note, key=access.key(tx, client))
    audit.record(tx, "case.close", client_id=client.id, row_id=case.id)
    outside = delivered.told_outside(tx, case.id)
    delivered.forget_closed(tx, case.id)
    others = [person for person in _involved(tx, case) if person != tx.actor.id]
    tell_staff(tx, case, Kind.ALL_CLEAR, others, "all_clear")
    if outside:
        tell_emergency_contact(tx, case, Kind.ALL_CLEAR, "all_clear")
    if tx.session.scalar(select(Case.id).where(Case.id == case.id, shown_to_client())) is not None:
        tell_client(tx, case, client, Kind.CASE_CLOSED, "closed")


def _involved(tx: Tx, case: Case) -> list[UUID]:
    """Everybody who was called for the case, owned it or did something with it."""
    query = select(CaseEvent.actor_id).where(
        CaseEvent.case_id == case.id, CaseEvent.actor_kind == ActorKind.STAFF.value
    )
    acted = tx.session.scalars(query.distinct())
    found = [*delivered.told(tx, case.id), *acted, case.owner_id, case.closed_by]
    return list(dict.fromkeys(person for person in found if person is not None))
