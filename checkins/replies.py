"""What the phone is told after an answer: who looks by when, as of now, and the client's own next steps."""

import logging
from datetime import datetime

import msgspec

from checkins.schemas import Received
from crisisplans import queries as plans
from crisisplans import sections
from crisisplans.lines import line_table
from crisisplans.sections import NextStep, PlanDocument
from notifications.delivery.messages import Moment
from notifications.escalations.cases import promised_by
from notifications.escalations.models import Case
from notifications.escalations.telling import coverage_for
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people.access import ClientFacts

log = logging.getLogger("handrail.checkins")


def calm(tx: Tx, client: ClientFacts, received_at: datetime, late: bool) -> Received:
    """The reply to an answer that raised nothing."""
    line = plans.main_line()
    return Received(
        received_at=received_at,
        late=late,
        tier=None,
        case_id=None,
        coverage=coverage_for(tx, client, Moment.AFTER_CALM_ANSWER, None, line),
        next_steps=[],
        plan_revision=client.plan_revision,
    )


def promise(tx: Tx, client: ClientFacts, case: Case | None) -> str:
    """Who looks by when, as of now: a reply that is asked for again does not repeat a time that has passed."""
    by = promised_by(tx, case) if case is not None else None
    return coverage_for(tx, client, Moment.AFTER_FLAGGED_ANSWER, by, plans.main_line())


def next_steps(tx: Tx, client: ClientFacts) -> list[NextStep]:
    """What the client can do now. A plan that cannot be read takes no cry for help back: the lines remain."""
    try:
        return plans.next_steps(tx, client)
    except (SealBroken, msgspec.MsgspecError) as error:
        log.error("the plan of client %s cannot be read: %s", client.id, type(error).__name__)
        return list(sections.next_steps(PlanDocument(), line_table(), client.language))
