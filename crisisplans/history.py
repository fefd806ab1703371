"""Looking back: every published revision, what changed between two, and since when the phone has held each.

The clinician's own fields of a revision (access to firearms, counselling, notes) are shown to those who may edit
plans: clinicians of the care team, and supervisors. A case manager reads the plan without them; the client never
does (minimum necessary, HIPAA 164.502(b)).
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from crisisplans import drafts
from crisisplans.drafts import who
from crisisplans.models import PlanReceipt, PlanReview, PlanRevision
from crisisplans.publishing import REASON, WITHOUT_CLIENT, next_due_on
from crisisplans.revisions import diff
from crisisplans.schemas import (
    LARGEST_NUMBER,
    Difference,
    RevisionList,
    RevisionOut,
    RevisionSummary,
    Who,
)
from crisisplans.sections import PlanDocument
from server.core.db import Tx
from server.core.errors import NotFound
from server.people import access
from server.people.access import ClientFacts
from server.people.models import Client
from server.people.roles import Action, reach
from server.people.unreadable import UNREADABLE, text_or

PAGE = 50


def revision_list(tx: Tx, client_id: UUID, cursor: int | None) -> RevisionList:
    """A page of revisions, newest first; `cursor` is the number the page before ended with."""
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    access.looked(tx, "plan.history.view", client)
    query = select(PlanRevision).where(PlanRevision.client_id == client.id)
    if cursor is not None:
        query = query.where(PlanRevision.number < cursor)
    rows = list(tx.session.scalars(query.order_by(PlanRevision.number.desc()).limit(PAGE + 1)))
    page = rows[:PAGE]
    names = who(tx, [row.published_by for row in page])
    received = _received(tx, client, [row.number for row in page])
    return RevisionList(
        revisions=[_summary(tx, client, row, names, received) for row in page],
        review_due_on=_review_due_on(tx, client),
        cursor=page[-1].number if len(rows) > PAGE else None,
    )


def _review_due_on(tx: Tx, client: ClientFacts) -> date | None:
    """The last day for the next review: the one on record, or the earlier one that today's risk level asks for."""
    recorded = tx.session.scalars(select(Client.plan_review_due_on).where(Client.id == client.id)).one()
    current = (PlanRevision.client_id == client.id, PlanRevision.number == client.plan_revision)
    published_at = tx.session.scalar(select(PlanRevision.published_at).where(*current))
    if published_at is None:
        return recorded
    reviewed_at = tx.session.scalar(
        select(func.max(PlanReview.reviewed_at)).where(PlanReview.client_id == client.id)
    )
    asked = next_due_on(tx, client, published_at, reviewed_at)
    return min(recorded or asked, asked)


def revision(tx: Tx, client_id: UUID, number: int) -> RevisionOut:
    """One revision with its text; NotFound when there is no such number."""
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    row = _row(tx, client, number)
    access.looked(tx, "plan.view", client, row.id)
    content = drafts.content_of(tx, client, row)
    may_edit = reach(tx.actor.role, Action.EDIT_PLAN) is not None
    summary = _summary(tx, client, row, who(tx, [row.published_by]), _received(tx, client, [number]))
    return RevisionOut(
        **{name: getattr(summary, name) for name in summary.__struct_fields__},
        document=content.document,
        clinician_only=content.clinician_only if may_edit else None,
    )


def difference(tx: Tx, client_id: UUID, number: int, against: int | None) -> Difference:
    """What `number` changed compared with `against` (the revision before it, unless named; 0: an empty plan).

    It is about the plan as the client has it; the clinician's own fields are compared by reading both.
    """
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    new = _row(tx, client, number)
    against = number - 1 if against is None else against
    old = drafts.content_of(tx, client, _row(tx, client, against)).document if against else PlanDocument()
    access.looked(tx, "plan.diff.view", client, new.id)
    changes = diff(old, drafts.content_of(tx, client, new).document)
    return Difference(number=number, against=against, changes=changes)


def _row(tx: Tx, client: ClientFacts, number: int) -> PlanRevision:
    if not 0 < number <= LARGEST_NUMBER:
        raise NotFound
    query = select(PlanRevision).where(PlanRevision.client_id == client.id, PlanRevision.number == number)
    row = tx.session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def _received(tx: Tx, client: ClientFacts, numbers: list[int]) -> dict[int, datetime]:
    """When a phone of the client first confirmed each revision."""
    query = (
        select(PlanReceipt.number, func.min(PlanReceipt.received_at).label("first_at"))
        .where(PlanReceipt.client_id == client.id, PlanReceipt.number.in_(numbers))
        .group_by(PlanReceipt.number)
    )
    return {row.number: row.first_at for row in tx.session.execute(query)}


def _summary(
    tx: Tx,
    client: ClientFacts,
    row: PlanRevision,
    names: Mapping[UUID | None, Who],
    received: Mapping[int, datetime],
) -> RevisionSummary:
    key, because = access.key(tx, client), row.without_client_because
    return RevisionSummary(
        number=row.number,
        published_at=row.published_at,
        published_by=names[row.published_by],
        reason=text_or(key, REASON, row.id, row.reason, UNREADABLE),
        client_took_part=row.client_took_part,
        caregiver_involved=row.caregiver_involved,
        without_client_because=text_or(key, WITHOUT_CLIENT, row.id, because, UNREADABLE) if because else None,
        on_phone_since=received.get(row.number),
    )
