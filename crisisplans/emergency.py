"""The published plan where somebody is at work on a case: beside it, and in the pack for a welfare check."""

from crisisplans import drafts, queries
from crisisplans.sections import FirearmAccess, PlanDocument
from server.core.db import Tx
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action


def plan_beside(tx: Tx, client: ClientFacts) -> tuple[int, PlanDocument] | None:
    """The number and text of the current plan for somebody who may read it; None while there is none."""
    client = access.client(tx, Action.VIEW_PLAN, client.id)
    found = queries.current_document(tx, client)
    if found is not None:
        access.looked(tx, "plan.view", client)
    return found


def for_welfare_check(tx: Tx, client: ClientFacts) -> tuple[PlanDocument, FirearmAccess] | None:
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
    return found[1].document, found[1].clinician_only.firearm_access
