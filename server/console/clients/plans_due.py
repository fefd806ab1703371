"""Plans that wait for work: none where there is a risk, ideas of clients, drafts begun, reviews by their day."""

from datetime import date
from typing import Any

from crisisplans import proposals, registry
from crisisplans.revisions import PlanStatus
from server.core import audit_looks
from server.core.db import Tx
from server.people import access
from server.people.roles import Action, reach
from server.people.terms import RiskLevel

_RISKS = tuple(RiskLevel)


def shown(tx: Tx) -> dict[str, Any]:
    """Five lists, the highest risk or the earliest day on top. The look is recorded for everybody in them."""
    ideas = proposals.waiting(tx)
    waiting = [
        one
        for one in registry.standings(tx)
        if one.status is not PlanStatus.CURRENT or one.draft_at is not None or one.client.id in ideas
    ]
    names = {one.client.id: access.name_of(tx, one.client) for one in waiting}
    waiting.sort(key=lambda one: (-_RISKS.index(one.client.risk_level), names[one.client.id].casefold()))
    audit_looks.record(tx, "plan.registry.view", [(one.client.id, one.client.id) for one in waiting])
    without = [one for one in waiting if one.status in (PlanStatus.NONE, PlanStatus.DRAFT)]
    reviews = [one for one in waiting if one.status in (PlanStatus.REVIEW_DUE, PlanStatus.OVERDUE)]
    at_risk = [one for one in without if registry.at_risk_without(one)]
    return {
        "names": names,
        "at_risk": at_risk,
        "first_due": registry.first_due(tx, [one.client.id for one in at_risk]),
        "without": [one for one in without if not registry.at_risk_without(one)],
        "ideas": [one for one in waiting if one.client.id in ideas],
        "waiting": ideas,
        "drafts": [one for one in waiting if one.draft_at is not None],
        "reviews": sorted(reviews, key=lambda one: one.due_on or date.max),
        "may_edit": reach(tx.actor.role, Action.EDIT_PLAN) is not None,
    }
