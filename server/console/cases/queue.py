"""The queue: every open case this person may see, the one with the least time left on top.

The clock of a case is the next thing a human owes it: to take it, then to reach the client, then to close it.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Select, func, select

from checkins.models import Occurrence, OccurrenceState
from notifications.escalations import beside
from notifications.escalations.drills import queries as drills
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, ContactAttempt
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.console.cases import triggers
from server.console.cases.case_words import tried_words
from server.console.cases.standing import Clock, clock_of, left_words, who_has
from server.console.cases.triggers import Told
from server.core import audit_looks
from server.core.db import Tx
from server.people import access, queries
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client
from server.people.roles import Action, reach


class Row(Struct, frozen=True, kw_only=True):
    """One case of the queue. `share` of the clock's time is left, 1 to 0; `news_at` is when something joined last."""

    id: str
    client: str
    tier: Tier
    told: Told
    opened_at: datetime
    news_at: datetime | None
    clock: Clock
    left: str
    share: float
    who: str
    tried: str | None
    may_take: bool


def shown(tx: Tx) -> dict[str, Any]:
    """The rows; without any, when the next check-in is due. Drills that call the reader stand apart, below."""
    rows = sorted(_rows(tx), key=lambda row: (row.clock.at or _LAST, row.tier.rank, row.id))
    next_due_at = None if rows else _next_due_at(tx)
    return {"rows": rows, "next_due_at": next_due_at, "drills": drills.own(tx).drills}


_LAST = datetime.max.replace(tzinfo=UTC)


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


_TRY = (
    select(ContactAttempt.id)
    .where(ContactAttempt.case_id == Case.id)
    .order_by(ContactAttempt.at.desc(), ContactAttempt.id.desc())
    .limit(1)
    .correlate(Case)
    .scalar_subquery()
)
"""The newest."""

_WITH_NEWEST = (
    ContactAttempt.staff_id.label("tried_by"),
    ContactAttempt.channel,
    ContactAttempt.reached,
)


def _rows(tx: Tx) -> list[Row]:
    query = _open(tx, Action.VIEW_CASES).add_columns(*_WITH_NEWEST)
    found = _found(tx, query.outerjoin(ContactAttempt, ContactAttempt.id == _TRY))
    told = triggers.of_open_cases(tx, {case.case_id: client for case, client in found})
    given_up = {
        case.case_id: case.owner_id for case, _ in found if case.state is CaseState.OPEN and case.owner_id
    }
    desk = _Desk(
        tx=tx,
        names=queries.names(tx, {who for case, _ in found for who in (case.owner_id, case.tried_by)}),
        raised=beside.raised_by_owner(tx, given_up),
        may_act=reach(tx.actor.role, Action.ACT_ON_CASE) is not None,
    )
    _looked(tx, found, told)
    return [_row(desk, case, client, told.get(case.case_id, Told())) for case, client in found]


def _looked(tx: Tx, found: list[tuple[Any, ClientFacts]], told: dict[UUID, Told]) -> None:
    """Record the look at each row, by what stands in it: what the client told us, or no more than the name."""
    words = {case_id for case_id, each in told.items() if each.by_client}
    rows = [(client.id, case.case_id) for case, client in found]
    shown = [row for row in rows if row[1] in words]
    named = [row for row in rows if row[1] not in words]
    audit_looks.record_ways(tx, {"case.words.list": shown, "case.list": named})


def _next_due_at(tx: Tx) -> datetime | None:
    """When the next of these clients is asked."""
    query = (
        select(func.min(Occurrence.due_at))
        .join(Client, Client.id == Occurrence.client_id)
        .where(Occurrence.state == OccurrenceState.SCHEDULED, access.visible_clients(tx, Action.VIEW_CASES))
    )
    return tx.connection.execute(query).scalar_one_or_none()


class _Desk(Struct, frozen=True, kw_only=True):
    """Who looks, and what the rows need to know besides: names, and which cases their owners raised."""

    tx: Tx
    names: dict[UUID, str]
    raised: dict[UUID, bool]
    may_act: bool


def _row(desk: _Desk, case: Any, client: ClientFacts, told: Told) -> Row:
    tx, clock = desk.tx, clock_of(case)
    newest_at = told.triggers[0].at if told.triggers else case.opened_at
    name, raised = desk.names.get(case.owner_id), desk.raised.get(case.case_id)
    return Row(
        id=str(case.case_id),
        client=access.name_of(tx, client),
        tier=case.tier,
        told=told,
        opened_at=case.opened_at,
        news_at=newest_at if newest_at > case.opened_at else None,
        clock=clock,
        left=left_words(clock, tx.now),
        share=_share(tx.now, case.opened_at, clock.at),
        who=who_has(case.state, case.owner_id, name, tx.actor.id, raised),
        tried=_tried(case, desk.names),
        may_take=desk.may_act and case.state is CaseState.OPEN,
    )


def _share(now: datetime, start: datetime, end: datetime | None) -> float:
    if end is None or end <= start:
        return 0.0
    return max(0.0, min(1.0, (end - now) / (end - start)))


def _tried(case: Any, names: dict[UUID, str]) -> str | None:
    if case.tried_by is None:
        return None
    who = names.get(case.tried_by, "A colleague")
    return f"{who} {tried_words(case.channel, reached=case.reached)}"
