"""Publishing: the draft becomes the next revision, which never changes, and the client's phone is told.

Reviewing is recorded apart: a plan that was gone through and still holds gets a later review date and no revision.
"""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select, update

from crisisplans import drafts, queries, soundness
from crisisplans.drafts import staff_id, who
from crisisplans.models import PlanReview, PlanRevision
from crisisplans.revisions import ReviewDays, next_number, review_due_on
from crisisplans.schemas import Publish, ReviewList, ReviewNew, ReviewOut
from crisisplans.sections import Attestation, PlanDraft
from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.retry import Priority
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict
from server.core.tables import new_id
from server.core.zones import zone
from server.people import access, programmes
from server.people.access import ClientFacts
from server.people.models import Client, Programme
from server.people.roles import Action

REASON = "plan_revisions.reason"
WITHOUT_CLIENT = "plan_revisions.without_client_because"
NOTE = "plan_reviews.note"
PAGE = 50


class Published(Struct, frozen=True):
    """A new revision: its number, and to how many devices of the client a notice of it goes (0: none can get one)."""

    number: int
    notices: int


def publish(tx: Tx, client_id: UUID, data: Publish) -> Published:
    """Publish the draft. All of it is stored, or nothing.

    EditedMeanwhile when the draft moved on since `draft_version`; Invalid with the paths of what is missing;
    Conflict when the plan is word for word the published one (that is a review).
    """
    client = access.client(tx, Action.EDIT_PLAN, client_id)
    latest = drafts.lock(tx, client)
    draft = drafts.current(tx, client)
    if draft.version != data.draft_version:
        raise drafts.edited_meanwhile(tx, draft)
    content = _publishable(tx, client, draft.content, data)
    before = drafts.published(tx, client)
    if before and before[1] == content:
        raise Conflict("Nothing has changed since the last revision. Record a review instead.")
    number = next_number(latest or None)
    revision_id = _add_revision(tx, client, number, content, data)
    drafts.store(tx, client, draft, content, number)
    _now_current(tx, client, number, next_due_on(tx, client, tx.now, None))
    recipient = outbox.to_client(tx, client)
    dedupe = f"plan:{client.id}:{number}"
    notices = outbox.tell(tx, recipient, Kind.PLAN_UPDATED, dedupe=dedupe, priority=Priority.NORMAL)
    audit.record(tx, "plan.publish", client_id=client.id, row_id=revision_id, data={"number": number})
    return Published(number, notices)


def _publishable(tx: Tx, client: ClientFacts, content: PlanDraft, data: Publish) -> PlanDraft:
    # An import of crisis lines waits for this, so that no line leaves the table while a plan takes it up.
    programme = select(Programme.id).where(Programme.id == client.programme_id)
    tx.session.execute(programme.with_for_update(read=True))
    content = drafts.ready(content)
    attestation = Attestation(
        client_took_part=data.client_took_part,
        caregiver_involved=data.caregiver_involved,
        without_client_because=data.without_client_because,
    )
    found = soundness.publishable(
        content,
        reason=data.reason,
        attestation=attestation,
        known_lines=queries.known_lines(tx, client.programme_id),
    )
    drafts.refuse(found, under="attestation.")
    return content


def _add_revision(tx: Tx, client: ClientFacts, number: int, content: PlanDraft, data: Publish) -> UUID:
    key, row_id = access.key(tx, client), new_id()
    because = data.without_client_because if not data.client_took_part else None
    tx.session.add(
        PlanRevision(
            id=row_id,
            client_id=client.id,
            number=number,
            body=key.seal_json(queries.BODY, row_id, content.document),
            clinician_only=key.seal_json(drafts.CLINICIAN_ONLY, row_id, content.clinician_only),
            reason=key.seal_text(REASON, row_id, data.reason),
            client_took_part=data.client_took_part,
            caregiver_involved=data.caregiver_involved,
            without_client_because=key.seal_text(WITHOUT_CLIENT, row_id, because) if because else None,
            published_at=tx.now,
            published_by=staff_id(tx),
        )
    )
    tx.session.flush()
    return row_id


def _now_current(tx: Tx, client: ClientFacts, number: int, due_on: date) -> None:
    # Straight to the table: publishing is no edit of the client's record and leaves its version alone.
    values = {"plan_revision": number, "plan_review_due_on": due_on}
    tx.connection.execute(update(Client).where(Client.id == client.id).values(values))
    queries.forget(tx, client)


def next_due_on(tx: Tx, client: ClientFacts, published_at: datetime, reviewed_at: datetime | None) -> date:
    """The last day for the next review, by the client's risk level now and the programme's own days."""
    programme = programmes.facts(tx, client.programme_id)
    days = programmes.section(programme, "review", ReviewDays())
    here = zone(programme.zone)
    reviewed_on = reviewed_at.astimezone(here).date() if reviewed_at else None
    return review_due_on(client.risk_level, published_at.astimezone(here).date(), reviewed_on, days)


def review(tx: Tx, client_id: UUID, data: ReviewNew) -> ReviewOut:
    """Record that the current revision was gone through; Conflict when a newer one was published meanwhile."""
    client = access.client(tx, Action.EDIT_PLAN, client_id)
    latest = drafts.lock(tx, client)
    if not latest or data.number != latest:
        raise Conflict("Only the current revision can be reviewed; look at it again.")
    query = select(PlanRevision.published_at).where(
        PlanRevision.client_id == client.id, PlanRevision.number == latest
    )
    due_on = next_due_on(tx, client, tx.session.scalars(query).one(), tx.now)
    row_id = new_id()
    row = PlanReview(
        id=row_id,
        client_id=client.id,
        number=latest,
        reviewed_at=tx.now,
        reviewed_by=staff_id(tx),
        note=access.key(tx, client).seal_text(NOTE, row_id, data.note) if data.note else None,
        next_due_on=due_on,
    )
    tx.session.add(row)
    tx.session.flush()
    _now_current(tx, client, latest, due_on)
    audit.record(tx, "plan.review", client_id=client.id, row_id=row_id, data={"number": latest})
    return _reviews_out(tx, client, [row])[0]


def review_list(tx: Tx, client_id: UUID, cursor: UUID | None) -> ReviewList:
    """A page of the client's reviews, newest first."""
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    access.looked(tx, "plan.reviews.view", client)
    query = select(PlanReview).where(PlanReview.client_id == client.id)
    if cursor is not None:
        query = query.where(PlanReview.id < cursor)
    rows = list(tx.session.scalars(query.order_by(PlanReview.id.desc()).limit(PAGE + 1)))
    page = _reviews_out(tx, client, rows[:PAGE])
    return ReviewList(reviews=page, cursor=page[-1].id if len(rows) > PAGE else None)


def _reviews_out(tx: Tx, client: ClientFacts, rows: list[PlanReview]) -> list[ReviewOut]:
    key, names = access.key(tx, client), who(tx, [row.reviewed_by for row in rows])
    return [
        ReviewOut(
            id=row.id,
            number=row.number,
            reviewed_at=row.reviewed_at,
            reviewed_by=names[row.reviewed_by],
            note=key.open_text(NOTE, row.id, row.note) if row.note else None,
            next_due_on=row.next_due_on,
        )
        for row in rows
    ]
