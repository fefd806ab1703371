"""What stands beside a case while somebody works on it: who could own it, what came before, what waits on top."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, exists, func, select

from notifications.escalations.closing import Disposition
from notifications.escalations.holders import holders, may_own
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseCause, CaseEvent, CauseKind, EventKind
from notifications.escalations.rows import rules_of
from notifications.escalations.schemas import Named
from notifications.escalations.tiers import Tier
from server.core import audit_looks
from server.core.audit import BY_STAFF, AuditRow
from server.core.db import Tx
from server.core.errors import Conflict, NotFound
from server.people import access, queries
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client, Staff
from server.people.roles import Action

PAGE = 50


class Ended(Struct, frozen=True, kw_only=True):
    """A closed case: why it was there and how it ended; `client` is the client's name."""

    id: UUID
    client: str
    tier: Tier
    causes: tuple[CauseKind, ...]
    opened_at: datetime
    closed_at: datetime | None
    disposition: Disposition | None
    next_contact_on: date | None


def colleagues(tx: Tx, case_id: UUID) -> list[Named]:
    """Everybody who may own this case besides its owner, by name; nobody for a case not to be seen."""
    query = (
        select(Staff.id)
        .join(Case, Case.programme_id == Staff.programme_id)
        .join(Client, Client.id == Case.client_id)
        .where(Case.id == case_id, access.visible_clients(tx, Action.VIEW_CASES), may_own(tx.now))
        .where(Staff.id.is_distinct_from(Case.owner_id))
    )
    names = queries.names(tx, tx.session.scalars(query))
    return sorted((Named(id=each, name=name) for each, name in names.items()), key=lambda each: each.name)


_ENDED: tuple[Any, ...] = (
    Case.id.label("case_id"),
    Case.tier,
    Case.opened_at,
    Case.closed_at,
    Case.disposition,
    Case.next_contact_on,
)


def ended(tx: Tx, cursor: UUID | None = None) -> tuple[list[Ended], UUID | None]:
    """A page of closed cases this person may see, newest first, and where the next one begins."""
    rows = _ended(tx, PAGE + 1, *((Case.id < cursor,) if cursor else ()))
    found = _told(tx, rows[:PAGE])
    return found, found[-1].id if len(rows) > PAGE else None


def earlier(tx: Tx, client_id: UUID, but: UUID, most: int = 5) -> list[Ended]:
    """The newest of a client's closed cases besides `but`, when this person may see them."""
    return _told(tx, _ended(tx, most, Case.client_id == client_id, Case.id != but))


def _ended(tx: Tx, most: int, *which: ColumnElement[bool]) -> list[Any]:
    visible = access.visible_clients(tx, Action.VIEW_CASES)
    query = select(*CLIENT_COLUMNS, *_ENDED).join_from(Case, Client, Client.id == Case.client_id)
    query = query.where(visible, Case.state == CaseState.CLOSED, *which)
    return list(tx.connection.execute(query.order_by(Case.id.desc()).limit(most)))


def _told(tx: Tx, rows: list[Any]) -> list[Ended]:
    page = [(row, ClientFacts(*row[: len(CLIENT_COLUMNS)])) for row in rows]
    kinds = _kinds(tx, [case.case_id for case, _ in page])
    audit_looks.record(tx, "case.list", [(client.id, case.case_id) for case, client in page])
    return [
        Ended(
            id=case.case_id,
            client=access.name_of(tx, client),
            tier=case.tier,
            causes=tuple(dict.fromkeys(kinds.get(case.case_id, ()))),
            opened_at=case.opened_at,
            closed_at=case.closed_at,
            disposition=Disposition(case.disposition) if case.disposition else None,
            next_contact_on=case.next_contact_on,
        )
        for case, client in page
    ]


def _kinds(tx: Tx, case_ids: list[UUID]) -> dict[UUID, list[CauseKind]]:
    query = select(CaseCause.case_id, CaseCause.kind).where(CaseCause.case_id.in_(case_ids))
    found: dict[UUID, list[CauseKind]] = {}
    for case_id, kind in tx.session.execute(query.order_by(CaseCause.at, CaseCause.id)):
        found.setdefault(case_id, []).append(kind)
    return found


def nothing_new(tx: Tx, case_id: UUID, seen: int | None) -> None:
    """Conflict when causes joined since somebody who is closing the case saw `seen` of them: they are news to them."""
    if seen is None:
        return
    count = tx.session.scalar(select(func.count()).where(CaseCause.case_id == case_id)) or 0
    if count > seen:
        raise Conflict(
            "Something new has joined this case since you opened the form. Read it first, then close."
        )


def opened_at(tx: Tx, case_id: UUID) -> datetime:
    """When a case opened that this person may see; NotFound for any other."""
    visible = access.visible_clients(tx, Action.VIEW_CASES)
    query = select(Case.opened_at).join(Client, Client.id == Case.client_id)
    found = tx.session.scalars(query.where(Case.id == case_id, visible)).one_or_none()
    if found is None:
        raise NotFound
    return found


def untaken(tx: Tx, tier: Tier) -> list[UUID]:
    """The cases of this tier that wait for somebody to take them; ids alone, which tell nothing of anybody."""
    query = (
        select(Case.id)
        .join(Client, Client.id == Case.client_id)
        .where(access.visible_clients(tx, Action.VIEW_CASES), Case.state == CaseState.OPEN, Case.tier == tier)
    )
    return list(tx.session.scalars(query.order_by(Case.id)))


def last_asked_at(tx: Tx, client_id: UUID) -> datetime | None:
    """When a client last asked for somebody, in any case this person may see."""
    visible = access.visible_clients(tx, Action.VIEW_CASES)
    query = select(func.max(CaseCause.at)).select_from(CaseCause)
    query = query.join(Case, Case.id == CaseCause.case_id).join(Client, Client.id == Case.client_id)
    return tx.session.scalar(
        query.where(visible, Client.id == client_id, CaseCause.kind == CauseKind.HELP_BUTTON)
    )


def called_next(tx: Tx, case: Case) -> tuple[str, ...]:
    """Whom an open case calls next, as its timeline names people; rungs that nobody holds are passed."""
    policy = rules_of(case)
    people = holders(tx, case, policy)
    last = len(policy.rungs) - 1
    ahead = range(min(case.calls_made, last), last + 1)
    return next((people[rung] for rung in ahead if people.get(rung)), ())


def raised_by_owner(tx: Tx, owners: dict[UUID, UUID]) -> dict[UUID, bool]:
    """Of open cases, by id with the owner they had: those that this owner raised, asking for more help.

    True once a call for it has gone out. What started the calling anew since then takes the raise's place.
    """
    if not owners:
        return {}
    columns = (CaseEvent.case_id, CaseEvent.kind, CaseEvent.actor_id, CaseEvent.data)
    query = select(*columns).where(CaseEvent.case_id.in_(owners), CaseEvent.kind.in_(_TELLING))
    found: dict[UUID, bool] = {}
    by: dict[UUID, UUID | None] = {}
    for case_id, kind, actor_id, data in tx.connection.execute(query.order_by(CaseEvent.number)):
        if kind == EventKind.JOINED:
            by[case_id] = actor_id if data.get("cause") == CauseKind.RAISED_BY_STAFF else None
        elif kind == EventKind.TIER_RAISED and by.get(case_id) == owners[case_id]:
            found[case_id] = False
        elif kind == EventKind.CALLED and case_id in found:
            found[case_id] = True
        elif kind != EventKind.CALLED:
            found.pop(case_id, None)
    return found


_TELLING = (
    EventKind.JOINED,
    EventKind.TIER_RAISED,
    EventKind.CALLED,
    EventKind.ACKNOWLEDGED,
    EventKind.LAPSED,
    EventKind.OWNER_GONE,
    EventKind.SILENCE,
    EventKind.COSIGN_REFUSED,
)


def has_looked(tx: Tx, case_id: UUID, staff_id: UUID, since: datetime) -> bool:
    """Whether a colleague has opened the case's page since then."""
    look = (AuditRow.actor_id == staff_id, AuditRow.what == "case.view", AuditRow.row_id == case_id)
    return bool(tx.session.scalar(select(exists().where(BY_STAFF, *look, AuditRow.at >= since))))
