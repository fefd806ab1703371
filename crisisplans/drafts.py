"""The one draft of a client's plan: read it, save it, and never let one clinician overwrite another.

Only those who may edit the plan see its draft: half a plan is nothing to act on. The version counts up for the
client's whole time, over publishes too: an editor left open since before somebody's publish cannot slip through.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select

from crisisplans import queries, sections, soundness
from crisisplans.lines import IN_EVERY_PLAN
from crisisplans.models import PlanDraft as DraftRow
from crisisplans.models import PlanRevision
from crisisplans.quality import hints
from crisisplans.schemas import DraftOut, Who
from crisisplans.sections import Attestation, ClinicianOnly, PlanDocument, PlanDraft
from server.core import audit
from server.core.actor import ActorKind
from server.core.db import Tx
from server.core.errors import EditedMeanwhile, FieldProblem, Forbidden, Invalid
from server.people import access
from server.people import queries as people
from server.people.access import ClientFacts
from server.people.models import Client
from server.people.roles import Action

BODY, BEFORE = "plan_drafts.body", "plan_drafts.before"
CLINICIAN_ONLY = "plan_revisions.clinician_only"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The draft as it stands; version 0 is the published plan (or an empty one) that nobody has edited yet."""

    version: int
    based_on: int
    content: PlanDraft
    updated_at: datetime | None = None
    updated_by: UUID | None = None


def staff_id(tx: Tx) -> UUID:
    """Who signs for this: a plan is always somebody's work, never the service's."""
    if tx.actor.kind is not ActorKind.STAFF or tx.actor.id is None:
        raise Forbidden
    return tx.actor.id


def lock(tx: Tx, client: ClientFacts) -> int:
    """Hold the client's plan until the end of this transaction; returns the number published now (0: none).

    Answers and cases of the client go on meanwhile: only changes to the plan wait for each other.
    """
    query = select(Client.plan_revision).where(Client.id == client.id).with_for_update(key_share=True)
    return tx.session.scalars(query).one()


def published(tx: Tx, client: ClientFacts, number: int | None = None) -> tuple[int, PlanDraft] | None:
    """A revision's number and whole content (the newest unless `number` says which); None when there is none."""
    query = select(PlanRevision).where(PlanRevision.client_id == client.id)
    if number is not None:
        query = query.where(PlanRevision.number == number)
    row = tx.session.scalars(query.order_by(PlanRevision.number.desc()).limit(1)).one_or_none()
    return None if row is None else (row.number, content_of(tx, client, row))


def content_of(tx: Tx, client: ClientFacts, row: PlanRevision) -> PlanDraft:
    """A revision's document and the clinician's own fields, opened."""
    key = access.key(tx, client)
    return PlanDraft(
        document=key.open_json(queries.BODY, row.id, row.body, PlanDocument),
        clinician_only=key.open_json(CLINICIAN_ONLY, row.id, row.clinician_only, ClinicianOnly),
    )


def current(tx: Tx, client: ClientFacts) -> Draft:
    """The draft as stored, or a new one from the current revision at version 0."""
    row = tx.session.get(DraftRow, client.id)
    if row is None:
        number, content = published(tx, client) or (0, PlanDraft())
        return Draft(version=0, based_on=number, content=content)
    return Draft(
        version=row.version,
        based_on=row.based_on,
        content=access.key(tx, client).open_json(BODY, client.id, row.body, PlanDraft),
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


def began_from(tx: Tx, client: ClientFacts, version: int) -> PlanDraft | None:
    """The draft as it was in `version`, where somebody else has saved since; None where that text is not kept."""
    row = tx.session.get(DraftRow, client.id)
    if row is None or row.before is None or row.before_version != version:
        return None
    return access.key(tx, client).open_json(BEFORE, client.id, row.before, PlanDraft)


def store(tx: Tx, client: ClientFacts, draft: Draft, content: PlanDraft, based_on: int) -> Draft:
    """Write the next version of the draft; the caller holds the lock and read `draft` under it."""
    row, key = tx.session.get(DraftRow, client.id), access.key(tx, client)
    if row is None or row.updated_by != tx.actor.id:
        row = row or DraftRow(client_id=client.id)
        row.before, row.before_version = key.seal_json(BEFORE, client.id, draft.content), draft.version
        tx.session.add(row)
    row.body = key.seal_json(BODY, client.id, content)
    row.version, row.based_on = draft.version + 1, based_on
    row.updated_at, row.updated_by = tx.now, staff_id(tx)
    tx.session.flush()
    return Draft(
        version=row.version,
        based_on=based_on,
        content=content,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


def save(tx: Tx, client_id: UUID, content: PlanDraft, version: int) -> None:
    """Save what was edited from `version`; EditedMeanwhile with both texts when somebody else saved since.

    The same text again is no change, whatever version it names: a phone or browser that missed the answer may
    repeat its request. What is only half written is kept, and refused by the publish.
    """
    client = access.client(tx, Action.EDIT_PLAN, client_id)
    lock(tx, client)
    draft = current(tx, client)
    if draft.version and content == draft.content:
        return
    if draft.version != version:
        raise edited_meanwhile(tx, draft, yours=content)
    refuse(soundness.unstorable(content, queries.known_lines(tx, client.programme_id)))
    store(tx, client, draft, content, draft.based_on)
    audit.record(tx, "plan.draft", client_id=client.id)


def edited_meanwhile(tx: Tx, draft: Draft, *, yours: PlanDraft | None = None) -> EditedMeanwhile:
    """The refusal that carries both texts, so that nothing typed is lost."""
    extra: dict[str, object] = {
        "version": draft.version,
        "based_on": draft.based_on,
        "theirs": draft.content,
        "saved_by": who(tx, [draft.updated_by]).get(draft.updated_by),
        "saved_at": draft.updated_at,
    }
    return EditedMeanwhile(extra=extra if yours is None else extra | {"yours": yours})


def refuse(problems: Iterable[FieldProblem], under: str = "") -> None:
    """Invalid with every problem's path (without the leading `under`), or nothing."""
    found = [FieldProblem(problem.path.removeprefix(under), problem.message) for problem in problems]
    if found:
        raise Invalid(errors=found)


def who(tx: Tx, staff_ids: Iterable[UUID | None]) -> dict[UUID | None, Who]:
    """Staff by id, with their names."""
    return {id_: Who(id=id_, name=name) for id_, name in people.names(tx, staff_ids).items()}


def ready(content: PlanDraft) -> PlanDraft:
    """The same content with the national lines where every published plan has them."""
    document = sections.with_national_lines(content.document, IN_EVERY_PLAN)
    return msgspec.structs.replace(content, document=document)


def draft_out(tx: Tx, client_id: UUID) -> DraftOut:
    """The draft for the editor, with hints and with what would stop a publish."""
    client = access.client(tx, Action.EDIT_PLAN, client_id)
    access.looked(tx, "plan.draft.view", client)
    draft = current(tx, client)
    content = draft.content
    latest = published(tx, client)
    # Reason and attestation come with the publish; here only the plan itself is looked at.
    stops = soundness.publishable(
        ready(content),
        reason="-",
        attestation=Attestation(client_took_part=True, caregiver_involved=False),
        known_lines=queries.known_lines(tx, client.programme_id),
    )
    return DraftOut(
        version=draft.version,
        based_on=draft.based_on,
        document=content.document,
        clinician_only=content.clinician_only,
        changed=content != (latest[1] if latest else PlanDraft()),
        updated_at=draft.updated_at,
        updated_by=who(tx, [draft.updated_by]).get(draft.updated_by),
        hints=hints(content.document),
        problems=tuple(stops),
    )
