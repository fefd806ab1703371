"""A copy that staff give: who of the care team gave which revision to whom, how and when; and the sheet for it.

Whoever may read the plan may give a copy of it. Only what the client sees on the phone goes into a copy: never the
clinician's own fields, nor why a revision was made. The client can read that a copy was given (HIPAA 164.524), and
to whom.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from crisisplans import client_plan, copies, queries
from crisisplans.copies import PURPOSE, RECIPIENT
from crisisplans.drafts import staff_id
from crisisplans.models import CopyChannel, PlanCopy, PlanRevision
from crisisplans.own_schemas import CopyGiven, OneCopy
from crisisplans.schemas import LARGEST_NUMBER
from crisisplans.sections import PlanDocument
from crisisplans.sheet import Sheet
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Invalid, NotFound
from server.core.tables import new_id
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action

TO_CLIENT = "plan.copy.given"
TO_OTHERS = "plan.copy.other.given"
LOGGED_BEFORE = "A copy was logged with this form already. Open the page again to log another one."


def give_copy(tx: Tx, client_id: UUID, given: CopyGiven) -> OneCopy:
    """Record that the acting staff member gave a copy of a published revision.

    The same `id` again changes nothing; Conflict when something else was logged under it. Invalid for a revision
    that is not there, and for a time before it was published or after now.
    """
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    revision = _revision(tx, client, given.number)
    if revision is None:
        raise Invalid.field("number", _no_such(client.plan_revision))
    row_id = given.id or new_id()
    if tx.session.get(PlanCopy, row_id) is None and _added(tx, client, row_id, revision, given):
        what = TO_OTHERS if (given.recipient or "").strip() else TO_CLIENT
        data: dict[str, object] = {"number": given.number, "channel": given.channel}
        audit.record(tx, what, client_id=client.id, row_id=row_id, data=data)
    row = tx.session.get_one(PlanCopy, row_id)
    same = (row.client_id, row.given_by, row.number) == (client.id, staff_id(tx), given.number)
    logged = copies.shown(tx, client, [row])[0] if same else None
    if logged is None or _words(logged) != _words(given):
        raise Conflict(LOGGED_BEFORE)
    return logged


def _words(copy: CopyGiven | OneCopy) -> tuple[str, str, str]:
    return str(copy.channel), (copy.recipient or "").strip(), (copy.purpose or "").strip()


def _added(tx: Tx, client: ClientFacts, row_id: UUID, revision: PlanRevision, given: CopyGiven) -> bool:
    """Add the row; False where another request added it at this moment."""
    key = access.key(tx, client)
    recipient, purpose = (given.recipient or "").strip(), given.purpose.strip()
    row = {
        "id": row_id,
        "client_id": client.id,
        "number": revision.number,
        "channel": CopyChannel(given.channel),
        "made_at": _given_at(given.at, revision.published_at, tx.now),
        "received_at": tx.now,
        "given_by": staff_id(tx),
        "recipient": key.seal_text(RECIPIENT, row_id, recipient) if recipient else None,
        "purpose": key.seal_text(PURPOSE, row_id, purpose) if purpose else None,
    }
    statement = tx.upsert(PlanCopy).values(row).on_conflict_do_nothing().returning(PlanCopy.id)
    return tx.session.execute(statement).one_or_none() is not None


def _no_such(latest: int) -> str:
    if not latest:
        return "No plan is published yet, so there is nothing to give a copy of."
    return f"There is no revision of this number. The latest is {latest}."


def _given_at(at: datetime | None, published_at: datetime, now: datetime) -> datetime:
    """When it was given; people write whole minutes, so the minute of the publishing counts as after it."""
    if at is None:
        return now
    if at > now:
        raise Invalid.field("at", "This time is still to come.")
    if at < published_at.replace(second=0, microsecond=0):
        raise Invalid.field("at", "This revision was published later than that.")
    return at


def printed(tx: Tx, client_id: UUID, number: int) -> Sheet:
    """One revision as it goes on paper, in the client's language. NotFound when there is none of this number.

    It is recorded as a look; that the paper was then given to somebody is for `give_copy`.
    """
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    row = _revision(tx, client, number)
    if row is None:
        raise NotFound
    access.looked(tx, "plan.pdf.view", client, row.id)
    document = access.key(tx, client).open_json(queries.BODY, row.id, row.body, PlanDocument)
    plan = client_plan.plan_of(tx, client, row.number, row.published_at, document)
    return client_plan.on_paper(tx, client, plan)


def _revision(tx: Tx, client: ClientFacts, number: int) -> PlanRevision | None:
    if not 0 < number <= LARGEST_NUMBER:
        return None
    query = select(PlanRevision).where(PlanRevision.client_id == client.id, PlanRevision.number == number)
    return tx.session.scalars(query).one_or_none()
