"""Where the plan of every client stands: one statement for all whom the acting person may see."""

from collections.abc import Collection
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import and_, func, select

from crisisplans.models import PlanDraft, PlanReview, PlanRevision
from crisisplans.queries import facts_of, today
from crisisplans.revisions import PlanStatus, ReviewDays, plan_status, review_due_on
from server.core.db import Tx
from server.core.zones import zone
from server.people import access, programmes
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client
from server.people.roles import Action
from server.people.terms import RiskLevel

FIRST_PLAN = timedelta(hours=24)
"""How soon after a risk is found there is a plan."""


class Standing(Struct, frozen=True, kw_only=True):
    """One client's plan. `due_on` is the last day for its review, `draft_at` when a draft was begun or changed
    that is not published; both None where there is none."""

    client: ClientFacts
    status: PlanStatus
    due_on: date | None
    draft_at: datetime | None


_published_at = (
    select(PlanRevision.published_at)
    .where(PlanRevision.client_id == Client.id, PlanRevision.number == Client.plan_revision)
    .scalar_subquery()
)
_reviewed_at = (
    select(func.max(PlanReview.reviewed_at)).where(PlanReview.client_id == Client.id).scalar_subquery()
)


def standings(tx: Tx, client_id: UUID | None = None) -> list[Standing]:
    """Every client this person may see, or the one asked for. Whoever shows a row records the look.

    The day recorded at the last publish or review counts, and so does the day that today's risk level asks for:
    a risk that rose since makes the plan due sooner.
    """
    programme = programmes.of_actor(tx)
    days = programmes.section(programme, "review", ReviewDays())
    here, now = zone(programme.zone), today(tx, programme.id)
    visible = and_(access.visible_clients(tx, Action.VIEW_PLAN), Client.discharged_at.is_(None))
    query = (
        select(
            *CLIENT_COLUMNS,
            Client.plan_review_due_on,
            _published_at.label("published_at"),
            _reviewed_at.label("reviewed_at"),
            PlanDraft.updated_at.label("draft_at"),
        )
        .outerjoin(PlanDraft, PlanDraft.client_id == Client.id)
        .where(visible)
    )
    if client_id is not None:
        query = query.where(Client.id == client_id)
    return [_standing(row, here, now, days) for row in tx.connection.execute(query)]


def waiting(tx: Tx) -> tuple[int, int]:
    """How many plans are overdue, and how many clients at risk have none: numbers that name nobody."""
    known = standings(tx)
    return sum(one.status is PlanStatus.OVERDUE for one in known), sum(map(at_risk_without, known))


def at_risk_without(one: Standing) -> bool:
    """True for a client of moderate or high risk without a published plan, whether or not a draft was begun."""
    return one.status in (PlanStatus.NONE, PlanStatus.DRAFT) and one.client.risk_level is not RiskLevel.LOW


def first_due(tx: Tx, client_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """By client at risk without a plan: until when one is due.

    It counts from when the risk was found, or from when the client came back if that was later. Whatever else is
    changed in the record since, and a risk that goes up or down without ending, gives nobody more time.
    """
    query = select(Client.id, Client.created_at, Client.at_risk_since, Client.readmitted_at)
    return {
        client_id: max(found_at or created_at, back_at or created_at) + FIRST_PLAN
        for client_id, created_at, found_at, back_at in tx.connection.execute(
            query.where(Client.id.in_(client_ids))
        )
    }


def _standing(row: Any, here: tzinfo, now: date, days: ReviewDays) -> Standing:
    client = facts_of(row)
    due_on = _due_on(row, client, here, days) if row.published_at is not None else None
    waiting = row.draft_at is not None and (row.published_at is None or row.draft_at > row.published_at)
    return Standing(
        client=client,
        status=plan_status(today=now, due_on=due_on, has_draft=waiting, settings=days),
        due_on=due_on,
        draft_at=row.draft_at if waiting else None,
    )


def _due_on(row: Any, client: ClientFacts, here: tzinfo, days: ReviewDays) -> date:
    reviewed_on = row.reviewed_at.astimezone(here).date() if row.reviewed_at else None
    asked = review_due_on(client.risk_level, row.published_at.astimezone(here).date(), reviewed_on, days)
    return min(row.plan_review_due_on or asked, asked)
