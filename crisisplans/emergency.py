"""The published plan where somebody is at work on a case: beside it, and in the pack for a welfare check."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from crisisplans import drafts, queries
from crisisplans.models import PlanRevision
from crisisplans.sections import FirearmAccess, PlanDocument
from server.core.db import Tx
from server.people import access
from server.people import queries as people
from server.people.access import ClientFacts
from server.people.roles import Action


def plan_beside(tx: Tx, client: ClientFacts) -> tuple[int, PlanDocument] | None:
    """The number and text of the current plan for somebody who may read it; None while there is none."""
    client = access.client(tx, Action.VIEW_PLAN, client.id)
    found = queries.current_document(tx, client)
    if found is not None:
        access.looked(tx, "plan.view", client)
    return found


class AtTheDoor(Struct, frozen=True, kw_only=True):
    """What somebody who goes to the client's door is told of the plan: which revision it is, by whom, from when."""

    document: PlanDocument
    firearms: FirearmAccess
    revision: int
    published_at: datetime
    published_by: str


def for_welfare_check(tx: Tx, client: ClientFacts) -> AtTheDoor | None:
    """The plan, and whether there are firearms; of the clinician's own fields that one alone. None without a plan.

    Whoever goes to the door has to know it, so it is told even to those who do not edit plans; the caller has made
    sure that the glass was broken for a stated reason (disclosure to prevent a serious and imminent threat, HIPAA
    164.512(j)).
    """
    client = access.client(tx, Action.VIEW_PLAN, client.id)
    found = drafts.published(tx, client)
    if found is None:
        return None
    access.looked(tx, "plan.view", client)
    number, content = found
    made = select(PlanRevision.published_at, PlanRevision.published_by)
    at, by = tx.connection.execute(
        made.where(PlanRevision.client_id == client.id, PlanRevision.number == number)
    ).one()
    return AtTheDoor(
        document=content.document,
        firearms=content.clinician_only.firearm_access,
        revision=number,
        published_at=at,
        published_by=people.names(tx, [by])[by],
    )
