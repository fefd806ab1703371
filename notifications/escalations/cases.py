"""Raising a case, and what the client is told about it. There is at most one open case per client.

A cause that arrives opens the case or joins the one that is open; told again, it changes nothing. The first
calls are written in the same transaction as the cause.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.exc import IntegrityError

from notifications.delivery import messages
from notifications.delivery.messages import Kind
from notifications.escalations import coverage, events
from notifications.escalations.agreed import Agreed, agreed_by
from notifications.escalations.calls import call_at_once, tell_staff
from notifications.escalations.coverage import Later, OnDuty
from notifications.escalations.ladder import CaseState, join, open_case
from notifications.escalations.models import Case, CaseCause, CauseKind, EventKind
from notifications.escalations.rows import IS_OPEN, lock_open, policy_of, settle, standing_of
from notifications.escalations.tiers import Tier
from server.core import audit
from server.core.db import Tx
from server.core.errors import Busy
from server.core.tables import new_id
from server.people import access, queries
from server.people.access import ClientFacts
from server.people.terms import CareRole

CAUSE_NOTE = "case_causes.note"

CLIENTS_OWN = (CauseKind.FLAGGED_ANSWER, CauseKind.HELP_BUTTON)
"""Causes that are the client's own doing: they wait for an answer to them."""

_RACES = 5


def raise_case(
    tx: Tx, client: ClientFacts, *, kind: CauseKind, tier: Tier, source_id: UUID, note: str | None = None
) -> Case:
    """Open the client's case or join the open one, and call whoever is due now.

    (kind, source_id) names the cause: told again, it gives the case it went to, even when that is closed by
    now. `note` is sealed. A cause that meets a closing at the same moment ends up in an open case.
    """
    agreed = agreed_by(tx, client.programme_id)
    for _ in range(_RACES):
        case = lock_open(tx, client.id)
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
        with tx.session.begin_nested():
            tx.session.add(case)
    except IntegrityError:
        return None
    audit.record(tx, "case.open", programme_id=client.programme_id, client_id=client.id, row_id=case.id)
    return case


def _join(tx: Tx, case: Case, kind: CauseKind, tier: Tier, source_id: UUID, agreed: Agreed) -> None:
    before = standing_of(case)
    after = join(before, policy_of(case), tier, tx.now, agreed.add, agreed.window)
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
    if note:
        cause.note = access.key(tx, client).seal_text(CAUSE_NOTE, cause.id, note)
    tx.session.flush()
    tx.session.add(cause)
    tx.session.flush()


def shown_to_client() -> ColumnElement[bool]:
    """The condition on `cases` a client may see: their own cause, or somebody has taken it."""
    own = exists().where(CaseCause.case_id == Case.id, CaseCause.kind.in_(CLIENTS_OWN))
    return or_(own, Case.acknowledged_at.is_not(None))


def coverage_for(tx: Tx, client: ClientFacts, moment: messages.Moment, by: datetime | None, line: str) -> str:
    """The sentence the client reads: who looks by when, only as far as the programme's hours hold.

    `by` is the limit somebody has agreed to (None: nobody has to look, so only the team's return is told).
    `line` is the help line's number as the reader dials it.
    """
    hours = agreed_by(tx, client.programme_id).hours
    name: str | None = None
    until: datetime | None = None
    back_at: datetime | None = None
    if by is None:
        back_at = coverage.next_covered(hours, tx.now)
    else:
        match coverage.promise(hours, tx.now, by, None):
            case OnDuty():
                until, name = by, _who_looks(tx, client)
            case Later(starts_at):
                back_at = starts_at
            case _:
                pass
    return messages.coverage_sentence(
        moment,
        name=name,
        by=until,
        starts_at=back_at,
        language=client.language,
        zone=client.zone,
        line=line,
        now=tx.now,
    )


def _who_looks(tx: Tx, client: ClientFacts) -> str | None:
    """The owner of the open case, else the case manager; nobody by name once calls went past that person."""
    tx.session.flush()
    query = select(Case.state, Case.owner_id, Case.ladder, Case.calls_made)
    row = tx.session.execute(query.where(Case.client_id == client.id, IS_OPEN)).one_or_none()
    if row is not None and row.state is CaseState.ACKNOWLEDGED:
        who = row.owner_id
    elif row is not None and (row.ladder, row.calls_made) > (1, 1):
        who = None
    else:
        who = queries.care_holders(tx, client.id).get(CareRole.CASE_MANAGER)
    return queries.names(tx, [who]).get(who) if who else None
