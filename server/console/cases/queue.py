"""The queue: every open case this person may see, the one with the least time left on top.

The clock of a case is the next thing a human owes it: to take it, then to reach the client, then to close it.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Select, func, select

from checkins.models import Occurrence, OccurrenceState
from notifications.escalations.cases import CAUSE_NOTE
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseCause, CauseKind, ContactAttempt, ContactChannel
from notifications.escalations.queries import UNREADABLE
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.core import audit_looks
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people import access, queries
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client
from server.people.roles import Action, reach

CAUSES = {
    CauseKind.FLAGGED_ANSWER: "Flagged answer",
    CauseKind.MISSED_RUN: "Missed check-ins",
    CauseKind.HELP_BUTTON: "Asked for someone",
    CauseKind.RAISED_BY_STAFF: "Raised by staff",
    CauseKind.UNDELIVERED: "A message could not be delivered",
}
"""Why a case is there, in a word."""

WAYS = {
    ContactChannel.PHONE: "by phone",
    ContactChannel.SMS: "by text",
    ContactChannel.VIDEO: "by video",
    ContactChannel.IN_PERSON: "in person",
    ContactChannel.OTHER: "another way",
}
"""How somebody tried to reach the client."""


class Clock(Struct, frozen=True):
    """What is owed next and until when; None: nothing presses."""

    owed: str
    at: datetime | None = None


class Row(Struct, frozen=True, kw_only=True):
    """One case of the queue. `share` of the clock's time is left, 1 to 0."""

    id: str
    client: str
    tier: Tier
    why: str
    words: str
    opened_at: datetime
    clock: Clock
    share: float
    owner: str | None
    tried: str | None
    may_take: bool


def shown(tx: Tx) -> dict[str, Any]:
    """The rows; without any, when the next check-in is due."""
    rows = sorted(_rows(tx), key=lambda row: (row.clock.at or _LAST, row.tier.rank, row.id))
    return {"rows": rows, "next_due_at": None if rows else _next_due_at(tx)}


_LAST = datetime.max.replace(tzinfo=UTC)


def clock_of(case: Any) -> Clock:
    """What this case waits for."""
    if case.state is CaseState.OPEN:
        return Clock("take", case.acknowledge_by)
    if case.awaiting_cosign:
        return Clock("co-sign", case.next_call_at)
    if case.contacted_at is None:
        return Clock("reach", case.contact_by)
    return Clock("close")


_CASE: tuple[Any, ...] = (
    Case.id.label("case_id"),
    Case.tier,
    Case.state,
    Case.awaiting_cosign,
    Case.opened_at,
    Case.owner_id,
    Case.contacted_at,
    Case.next_call_at,
    Case.acknowledge_by,
    Case.contact_by,
)
"""Without the policy that was copied into the case: to read two hundred of those would take longer than the page."""

_COLUMNS: tuple[Any, ...] = (*CLIENT_COLUMNS, *_CASE)
_FIRST = len(CLIENT_COLUMNS)


def open_cases(tx: Tx, action: Action) -> list[tuple[Any, ClientFacts]]:
    """Every open case whose client this person may do `action` to: what its clock and its line need."""
    return _found(tx, _open(tx, action))


def _open(tx: Tx, action: Action) -> Select[*tuple[Any, ...]]:
    visible = access.visible_clients(tx, action)
    joined = select(*_COLUMNS).join_from(Case, Client, Client.id == Case.client_id)
    return joined.where(IS_OPEN, visible)


def _found(tx: Tx, query: Select[*tuple[Any, ...]]) -> list[tuple[Any, ClientFacts]]:
    return [(row, ClientFacts(*row[:_FIRST])) for row in tx.connection.execute(query).all()]


_CAUSE = (
    select(CaseCause.id)
    .where(CaseCause.case_id == Case.id)
    .order_by(CaseCause.at.desc(), CaseCause.id.desc())
    .limit(1)
    .correlate(Case)
    .scalar_subquery()
)
_TRY = (
    select(ContactAttempt.id)
    .where(ContactAttempt.case_id == Case.id)
    .order_by(ContactAttempt.at.desc(), ContactAttempt.id.desc())
    .limit(1)
    .correlate(Case)
    .scalar_subquery()
)
"""The newest of each."""

_WITH_NEWEST = (
    CaseCause.id.label("cause_id"),
    CaseCause.kind,
    CaseCause.note,
    ContactAttempt.staff_id.label("tried_by"),
    ContactAttempt.channel,
    ContactAttempt.reached,
)


def _rows(tx: Tx) -> list[Row]:
    query = _open(tx, Action.VIEW_CASES).add_columns(*_WITH_NEWEST)
    query = query.outerjoin(CaseCause, CaseCause.id == _CAUSE)
    found = _found(tx, query.outerjoin(ContactAttempt, ContactAttempt.id == _TRY))
    names = queries.names(tx, {who for case, _ in found for who in (case.owner_id, case.tried_by)})
    may_act = reach(tx.actor.role, Action.ACT_ON_CASE) is not None
    audit_looks.record(tx, "case.list", [(client.id, case.case_id) for case, client in found])
    return [_row(tx, case, client, names, may_act) for case, client in found]


def _next_due_at(tx: Tx) -> datetime | None:
    """When the next of these clients is asked."""
    query = (
        select(func.min(Occurrence.due_at))
        .join(Client, Client.id == Occurrence.client_id)
        .where(Occurrence.state == OccurrenceState.SCHEDULED, access.visible_clients(tx, Action.VIEW_CASES))
    )
    return tx.connection.execute(query).scalar_one_or_none()


def _row(tx: Tx, case: Any, client: ClientFacts, names: dict[UUID, str], may_act: bool) -> Row:
    clock = clock_of(case)
    owner = "yours" if case.owner_id == tx.actor.id else names.get(case.owner_id)
    return Row(
        id=str(case.case_id),
        client=access.name_of(tx, client),
        tier=case.tier,
        why=CAUSES[case.kind] if case.kind else "Opened",
        words=_words(tx, client, case),
        opened_at=case.opened_at,
        clock=clock,
        share=_share(tx.now, case.opened_at, clock.at),
        owner=owner,
        tried=_tried(case, names),
        may_take=may_act and case.state is CaseState.OPEN,
    )


def _share(now: datetime, start: datetime, end: datetime | None) -> float:
    if end is None or end <= start:
        return 0.0
    return max(0.0, min(1.0, (end - now) / (end - start)))


def _words(tx: Tx, client: ClientFacts, case: Any) -> str:
    if case.note is None:
        return ""
    try:
        return access.key(tx, client).open_text(CAUSE_NOTE, case.cause_id, case.note)
    except SealBroken:
        return UNREADABLE


def _tried(case: Any, names: dict[UUID, str]) -> str | None:
    if case.tried_by is None:
        return None
    who = names.get(case.tried_by, "A colleague")
    return f"{who} {WAYS[case.channel]}, {'reached' if case.reached else 'no answer'}"
