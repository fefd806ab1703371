"""Raising a case. There is at most one open case per client.

A cause that arrives opens the case or joins the one that is open; told again, it changes nothing. The first
calls are written in the same transaction as the cause.
"""

import logging
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.exc import IntegrityError

from notifications.delivery.messages import Kind
from notifications.escalations import events
from notifications.escalations.agreed import Agreed, agreed_by
from notifications.escalations.calls import ahead, call_at_once, tell_staff
from notifications.escalations.ladder import CaseState, join, open_case
from notifications.escalations.models import Case, CaseCause, CauseKind, EventKind
from notifications.escalations.rescue import rescue
from notifications.escalations.rows import Unreadable, lock_open, policy_of, settle, standing_of
from notifications.escalations.tiers import Tier
from server.core import audit
from server.core.db import Tx
from server.core.errors import Busy
from server.core.tables import new_id
from server.core.vault import SealBroken
from server.people import access
from server.people.access import ClientFacts

log = logging.getLogger("handrail.escalations")

CAUSE_NOTE = "case_causes.note"

CLIENTS_OWN = (CauseKind.FLAGGED_ANSWER, CauseKind.HELP_BUTTON)
"""Causes that are the client's own doing: they wait for an answer to them."""

_RACES = 5


def raise_case(
    tx: Tx, client: ClientFacts, *, kind: CauseKind, tier: Tier, source_id: UUID, note: str | None = None
) -> Case:
    """Open the client's case or join the open one, and call whoever is due now.

    (kind, source_id) names the cause: told again, it gives the case it went to, even when that is closed by
    now. `note` is sealed. A cause that meets a closing at the same moment ends up in an open case. Where the
    open case cannot be read, help is called in the plainest way there is, and the cause is kept with it.
    """
    agreed = agreed_by(tx, client.programme_id)
    for _ in range(_RACES):
        try:
            case = lock_open(tx, client.id)
        except Unreadable as broken:
            return _rescued(tx, client, broken.case_id, kind, tier, source_id, note)
        known = _case_of_cause(tx, client, kind, source_id)
        if known is not None:
            return known
        if case is not None:
            _join(tx, case, kind, tier, source_id, agreed)
        else:
            case = _open(tx, client, tier, agreed)
            if case is None:  # somebody else opened it at this moment: join theirs
                continue
            events.record(tx, case, EventKind.OPENED, data={"cause": kind, "tier": tier})
        _add_cause(tx, client, case, CaseCause(id=new_id(), kind=kind, tier=tier, source_id=source_id), note)
        call_at_once(tx, case)
        tx.session.flush()
        return case
    raise Busy


def _rescued(
    tx: Tx, client: ClientFacts, case_id: UUID, kind: CauseKind, tier: Tier, source_id: UUID, note: str | None
) -> Case:
    """Call help for a case that cannot be read; gives what is known of it, with no limit anybody is held to."""
    case = Case(id=case_id, programme_id=client.programme_id, client_id=client.id, tier=tier)
    case.state, case.acknowledge_by = CaseState.OPEN, tx.now
    rescue(tx, case_id)
    known = exists().where(CaseCause.kind == kind, CaseCause.source_id == source_id)
    if not tx.session.scalar(select(known)):
        events.record(tx, case, EventKind.JOINED, data={"cause": kind, "tier": tier})
        _add_cause(tx, client, case, CaseCause(id=new_id(), kind=kind, tier=tier, source_id=source_id), note)
    return case


def _case_of_cause(tx: Tx, client: ClientFacts, kind: CauseKind, source_id: UUID) -> Case | None:
    query = select(Case).join(CaseCause, CaseCause.case_id == Case.id)
    cause = (CaseCause.kind == kind, CaseCause.source_id == source_id)
    return tx.session.scalars(query.where(Case.client_id == client.id, *cause)).one_or_none()


def _open(tx: Tx, client: ClientFacts, tier: Tier, agreed: Agreed) -> Case | None:
    standing = open_case(agreed.policy, tier, tx.now, agreed.add, agreed.window)
    case = Case(
        id=new_id(),
        programme_id=client.programme_id,
        client_id=client.id,
        policy=msgspec.to_builtins(agreed.policy),
        opened_at=standing.opened_at,
        unreached=0,
    )
    settle(case, standing)
    try:
        with tx.savepoint():
            tx.session.add(case)
    except IntegrityError:
        return None
    audit.record(tx, "case.open", programme_id=client.programme_id, client_id=client.id, row_id=case.id)
    return case


def _join(tx: Tx, case: Case, kind: CauseKind, tier: Tier, source_id: UUID, agreed: Agreed) -> None:
    before = standing_of(case)
    by_owner = (
        kind is CauseKind.RAISED_BY_STAFF and case.owner_id is not None and case.owner_id == tx.actor.id
    )
    after = join(before, policy_of(case), tier, tx.now, agreed.add, agreed.window, by_owner=by_owner)
    settle(case, after)
    events.record(tx, case, EventKind.JOINED, data={"cause": kind, "tier": tier})
    if after.tier is not before.tier:
        data = {"from": before.tier, "to": after.tier}
        events.record(tx, case, EventKind.TIER_RAISED, data=data, by_service=True)
    if before.awaiting_cosign and not after.awaiting_cosign:
        events.record(tx, case, EventKind.CLOSING_WITHDRAWN, by_service=True)
    if case.state is CaseState.ACKNOWLEDGED and case.owner_id is not None:
        tell_staff(tx, case, Kind.CASE_JOINED, [case.owner_id], f"joined:{source_id}")


def _add_cause(tx: Tx, client: ClientFacts, case: Case, cause: CaseCause, note: str | None) -> None:
    cause.case_id, cause.at = case.id, tx.now
    try:
        cause.note = access.key(tx, client).seal_text(CAUSE_NOTE, cause.id, note) if note else None
    except SealBroken:  # better a call without its words than no call
        log.error("client %s: the key does not open; a cause is kept without its note", client.id)
    tx.session.flush()
    tx.session.add(cause)
    tx.session.flush()


def shown_to_client() -> ColumnElement[bool]:
    """The condition on `cases` a client may see: their own cause, or somebody has taken it."""
    own = exists().where(CaseCause.case_id == Case.id, CaseCause.kind.in_(CLIENTS_OWN))
    return or_(own, Case.acknowledged_at.is_not(None))


def promised_by(tx: Tx, case: Case) -> datetime | None:
    """By when somebody has to look at what the client told just now; None where nobody is held to a time.

    An open case has to be taken by then, a taken one has to have its contact by then, or calling goes on.
    Once the client was reached, and once the limit has passed, there is no time left to promise.
    """
    if case.state is CaseState.OPEN:
        return ahead(case.acknowledge_by, tx.now)
    if case.state is CaseState.ACKNOWLEDGED and case.contacted_at is None:
        return ahead(case.contact_by, tx.now)
    return None
