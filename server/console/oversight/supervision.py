"""Supervision: what nobody has in hand, how fast people are reached, who carries how much, which doors were broken."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, or_, select

from crisisplans.registry import waiting
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseEvent, ContactAttempt, EventKind
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.console.cases import queue
from server.console.oversight import closings
from server.core import audit_looks
from server.core.audit import AuditRow
from server.core.db import Tx
from server.people import access, care_spells, queries
from server.people.models import CareSpell, Client
from server.people.roles import Action
from server.people.terms import CareRole, RiskLevel

LOOK_BACK = timedelta(days=30)
BREAK_GLASS = "case.pack.open"
BREAK_GLASS_BACK = timedelta(days=90)
_MOST_SHOWN = 50


class Pressing(Struct, frozen=True, kw_only=True):
    """An open case that nobody has taken, or whose time is over. `owed`: what is to be done next."""

    id: UUID
    client: str
    tier: Tier
    owner: str | None
    owed: str
    at: datetime | None
    opened_at: datetime


class Pace(Struct, frozen=True):
    """How long something took, over `n` cases; None while there are none."""

    n: int
    median: timedelta | None = None
    ninetieth: timedelta | None = None


class TierPace(Struct, frozen=True):
    """One tier's cases of the last 30 days."""

    tier: Tier
    cases: int
    taken: Pace
    reached: Pace


class Load(Struct, frozen=True, kw_only=True):
    """What one person carries as case manager."""

    name: str
    clients: int
    high_risk: int
    cases: int


class Broken(Struct, frozen=True):
    """Somebody opened a welfare-check pack."""

    at: datetime
    who: str
    case_id: UUID | None


def shown(tx: Tx) -> dict[str, Any]:
    """Everything on the page."""
    overdue, without = waiting(tx)
    return {
        "closings": closings.waiting(tx),
        "pressing": _pressing(tx),
        "paces": _paces(tx),
        "loads": _loads(tx),
        "plans_overdue": overdue,
        "plans_missing": without,
        "broken": _broken(tx),
    }


def _pressing(tx: Tx) -> list[Pressing]:
    every = queue.open_cases(tx, Action.VIEW_SUPERVISION)
    found = [(case, client) for case, client in every if _presses(case, tx.now)]
    names = queries.names(tx, [case.owner_id for case, _ in found])
    audit_looks.record(tx, "case.list", [(client.id, case.case_id) for case, client in found])
    rows = [
        Pressing(
            id=case.case_id,
            client=access.name_of(tx, client),
            tier=case.tier,
            owner=names.get(case.owner_id) if case.owner_id else None,
            owed=queue.clock_of(case).owed,
            at=queue.clock_of(case).at,
            opened_at=case.opened_at,
        )
        for case, client in found
    ]
    return sorted(rows, key=lambda row: (row.tier.rank, row.at or row.opened_at))


def _presses(case: Any, now: datetime) -> bool:
    at = queue.clock_of(case).at
    return case.state is CaseState.OPEN or (at is not None and at <= now)


def pace(lengths: Iterable[timedelta]) -> Pace:
    """The median and the 90th percentile (nearest rank: a time that somebody really waited)."""
    ordered = sorted(lengths)
    if not ordered:
        return Pace(0)
    return Pace(len(ordered), _rank(ordered, 50), _rank(ordered, 90))


def _rank(ordered: list[timedelta], percent: int) -> timedelta:
    return ordered[-(-percent * len(ordered) // 100) - 1]


def _paces(tx: Tx) -> list[TierPace]:
    """By the first time each case was taken and the first time the client was reached in it, whatever came after.

    The contact that was promised at the closing stands in the same case, days later: it is none of these.
    """
    mine = (Case.programme_id == tx.actor.programme_id, Case.client_id.is_not(None))
    recent = (*mine, Case.opened_at >= tx.now - LOOK_BACK)
    taken_at = (
        select(CaseEvent.case_id, func.min(CaseEvent.at).label("at"))
        .where(CaseEvent.kind == EventKind.ACKNOWLEDGED)
        .group_by(CaseEvent.case_id)
        .subquery()
    )
    reached_at = (
        select(ContactAttempt.case_id, func.min(ContactAttempt.at).label("at"))
        .join(Case, Case.id == ContactAttempt.case_id)
        .where(
            *mine,
            ContactAttempt.reached,
            or_(Case.closed_at.is_(None), ContactAttempt.recorded_at <= Case.closed_at),
        )
        .group_by(ContactAttempt.case_id)
        .subquery()
    )
    query = (
        select(Case.tier, Case.opened_at, taken_at.c.at, reached_at.c.at)
        .outerjoin(taken_at, taken_at.c.case_id == Case.id)
        .outerjoin(reached_at, reached_at.c.case_id == Case.id)
        .where(*recent)
    )
    rows = tx.session.execute(query).all()
    return [
        TierPace(
            tier,
            sum(row[0] is tier for row in rows),
            pace(max(row[2] - row[1], _NONE) for row in rows if row[0] is tier and row[2]),
            pace(max(row[3] - row[1], _NONE) for row in rows if row[0] is tier and row[3]),
        )
        for tier in Tier
    ]


_NONE = timedelta(0)


def _loads(tx: Tx) -> list[Load]:
    mine = Client.programme_id == tx.actor.programme_id
    held = (
        select(CareSpell.staff_id, Client.risk_level, func.count())
        .join(Client, Client.id == CareSpell.client_id)
        .where(mine, Client.discharged_at.is_(None), CareSpell.role == CareRole.CASE_MANAGER)
        .where(care_spells.running(tx.now))
        .group_by(CareSpell.staff_id, Client.risk_level)
    )
    owned = (
        select(Case.owner_id, func.count())
        .where(IS_OPEN, Case.programme_id == tx.actor.programme_id, Case.owner_id.is_not(None))
        .group_by(Case.owner_id)
    )
    clients: dict[UUID, dict[RiskLevel, int]] = {}
    for staff_id, risk, count in tx.session.execute(held):
        clients.setdefault(staff_id, {})[risk] = count
    cases: dict[UUID | None, int] = {row[0]: row[1] for row in tx.session.execute(owned)}
    names = queries.names(tx, [*clients, *cases])
    loads = [
        Load(
            name=names[staff_id],
            clients=sum(clients.get(staff_id, {}).values()),
            high_risk=clients.get(staff_id, {}).get(RiskLevel.HIGH, 0),
            cases=cases.get(staff_id, 0),
        )
        for staff_id in names
    ]
    return sorted(loads, key=lambda load: (-load.cases, -load.clients, load.name))


def _broken(tx: Tx) -> list[Broken]:
    query = (
        select(AuditRow)
        .where(
            AuditRow.programme_id == tx.actor.programme_id,
            AuditRow.what == BREAK_GLASS,
            AuditRow.at >= tx.now - BREAK_GLASS_BACK,
        )
        .order_by(AuditRow.number.desc())
        .limit(_MOST_SHOWN)
    )
    rows = list(tx.session.scalars(query))
    names = queries.names(tx, [row.actor_id for row in rows])
    return [
        Broken(row.at, names.get(row.actor_id, "The service") if row.actor_id else "The service", row.row_id)
        for row in rows
    ]
