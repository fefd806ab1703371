"""The queue: every open case this person may see, the one with the least time left on top.

The clock of a case is the next thing a human owes it: to take it, then to reach the client, then to close it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select

from checkins.models import Occurrence, OccurrenceState
from notifications.escalations.cases import CAUSE_NOTE
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseCause, CauseKind, ContactAttempt
from notifications.escalations.queries import UNREADABLE
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.core import audit
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

URGENCY = tuple(Tier)
"""Most urgent first."""


class Clock(Struct, frozen=True):
    """What is owed next and until when; `share` of the time is left, 1 to 0. `at` None: nothing presses."""

    owed: str
    at: datetime | None = None
    share: float = 0.0


class Row(Struct, frozen=True, kw_only=True):
    """One case of the queue."""

    id: UUID
    client: str
    tier: Tier
    why: str
    words: str
    opened_at: datetime
    clock: Clock
    owner: str | None
    mine: bool
    tried: str | None
    may_take: bool
    unseen: bool


def shown(tx: Tx) -> dict[str, Any]:
    """The rows, and how many of the top tier nobody has taken: what the title counts."""
    rows = sorted(_rows(tx), key=lambda row: (row.clock.at or _LAST, URGENCY.index(row.tier), row.id))
    fresh = sum(row.unseen and row.tier is Tier.EMERGENCY for row in rows)
    return {"rows": rows, "fresh": fresh, "next_due_at": None if rows else _next_due_at(tx)}


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


_COLUMNS: tuple[Any, ...] = (
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

_CAUSE = (CaseCause.case_id, CaseCause.id, CaseCause.kind, CaseCause.note)
_TRY = (ContactAttempt.case_id, ContactAttempt.staff_id, ContactAttempt.channel, ContactAttempt.reached)


def _rows(tx: Tx) -> list[Row]:
    query = (
        select(*_COLUMNS, *CLIENT_COLUMNS)
        .join_from(Case, Client, Client.id == Case.client_id)
        .where(IS_OPEN, access.visible_clients(tx, Action.VIEW_CASES))
    )
    found = [(row, ClientFacts(*row[len(_COLUMNS) :])) for row in tx.connection.execute(query)]
    ids = [case.case_id for case, _ in found]
    causes, tries = _causes(tx, ids), _tries(tx, ids)
    names = queries.names(
        tx, [*(case.owner_id for case, _ in found), *(each.staff_id for each in tries.values())]
    )
    may_act = reach(tx.actor.role, Action.ACT_ON_CASE) is not None
    audit.record_many(tx, "case.list", [(client.id, case.case_id) for case, client in found])
    return [
        _row(tx, case, client, causes[case.case_id], tries.get(case.case_id), names, may_act)
        for case, client in found
    ]


def _next_due_at(tx: Tx) -> datetime | None:
    """When the next of these clients is asked."""
    query = (
        select(func.min(Occurrence.due_at))
        .join(Client, Client.id == Occurrence.client_id)
        .where(Occurrence.state == OccurrenceState.SCHEDULED, access.visible_clients(tx, Action.VIEW_CASES))
    )
    return tx.connection.execute(query).scalar_one_or_none()


def _row(
    tx: Tx,
    case: Any,
    client: ClientFacts,
    causes: list[Any],
    tried: Any,
    names: dict[UUID, str],
    may_act: bool,
) -> Row:
    newest = causes[-1] if causes else None
    unowned = case.state is CaseState.OPEN
    clock = clock_of(case)
    return Row(
        id=case.case_id,
        client=access.name_of(tx, client),
        tier=case.tier,
        why=CAUSES[newest.kind] if newest else "Opened",
        words=_words(tx, client, newest),
        opened_at=case.opened_at,
        clock=Clock(clock.owed, clock.at, _share(tx.now, case.opened_at, clock.at)),
        owner=names.get(case.owner_id) if case.owner_id else None,
        mine=case.owner_id == tx.actor.id,
        tried=_tried(tried, names),
        may_take=may_act and unowned,
        unseen=unowned,
    )


def _share(now: datetime, start: datetime, end: datetime | None) -> float:
    if end is None or end <= start:
        return 0.0
    return max(0.0, min(1.0, (end - now) / (end - start)))


def _words(tx: Tx, client: ClientFacts, cause: Any) -> str:
    if cause is None or cause.note is None:
        return ""
    try:
        return access.key(tx, client).open_text(CAUSE_NOTE, cause.id, cause.note)
    except SealBroken:
        return UNREADABLE


def _tried(attempt: Any, names: dict[UUID, str]) -> str | None:
    if attempt is None:
        return None
    who = names.get(attempt.staff_id, "A colleague")
    return (
        f"{who}, {attempt.channel.value.replace('_', ' ')}: {'reached' if attempt.reached else 'no answer'}"
    )


def _causes(tx: Tx, case_ids: Iterable[UUID]) -> dict[UUID, list[Any]]:
    ids = list(case_ids)
    query = select(*_CAUSE).where(CaseCause.case_id.in_(ids)).order_by(CaseCause.at, CaseCause.id)
    found: dict[UUID, list[Any]] = {case_id: [] for case_id in ids}
    for cause in tx.connection.execute(query):
        found[cause.case_id].append(cause)
    return found


def _tries(tx: Tx, case_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """The newest try of each case."""
    query = select(*_TRY).where(ContactAttempt.case_id.in_(list(case_ids))).order_by(ContactAttempt.at)
    return {attempt.case_id: attempt for attempt in tx.connection.execute(query)}
