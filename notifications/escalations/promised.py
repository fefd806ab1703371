"""The contact that was promised when a case was closed: whose, for which day, by whom, and until when it is owed.

Rule: a client's newest closed case with a day ("next contact on") holds the promise; a case that is closed later
with a day of its own takes its place, and one closed without a day (a wrong tap) changes nothing. The promise is
kept by reaching the client: in whatever case, on the promised day or later by the programme's clock, or on any day
when the contact is written down under the promise itself. A try without an answer keeps nothing. The day may be set
again. Nothing is promised to somebody who is discharged.
"""

from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from notifications.escalations import events
from notifications.escalations.acts import CONTACT_NOTE, sent_again
from notifications.escalations.agreed import agreed_by
from notifications.escalations.closing import LATEST_NEXT_CONTACT
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, ContactAttempt, ContactChannel, EventKind
from notifications.escalations.rows import lock
from server.core import audit
from server.core.audit import AuditRow
from server.core.db import Tx
from server.core.errors import Conflict, Invalid
from server.core.tables import new_id
from server.core.zones import zone
from server.people import access, programmes
from server.people.models import Client
from server.people.roles import Action

SET_AGAIN = "case.promise"
SETTLED = "No contact is promised any more: somebody wrote one down, or closed a newer case."


class Promise(Struct, frozen=True, kw_only=True):
    """A contact still owed to a client, promised at the closing of the case; `due`: its day is today or over."""

    case_id: UUID
    on: date
    due: bool


_later, _tried = aliased(Case), aliased(ContactAttempt)


def promises(tx: Tx, client_id: UUID | None = None) -> dict[UUID, Promise]:
    """What is owed to every client this person may see, or to the one asked for. One statement."""
    whose = [access.visible_clients(tx, Action.VIEW_CASES)]
    if client_id is not None:
        whose.append(Client.id == client_id)
    return owed_to(tx, programmes.of_actor(tx).id, *whose)


def owed_to(tx: Tx, programme_id: UUID, *whose: ColumnElement[bool]) -> dict[UUID, Promise]:
    """What is owed to the clients these conditions leave of a programme; for the service's own work as well."""
    here = zone(agreed_by(tx, programme_id).hours.zone)
    today = tx.now.astimezone(here).date()
    query = _held().where(Client.programme_id == programme_id, Client.discharged_at.is_(None), *whose)
    return {
        row.client_id: Promise(case_id=row.id, on=row.next_contact_on, due=row.next_contact_on <= today)
        for row in tx.connection.execute(query)
        if row.kept_at is None
        and (row.reached_at is None or row.reached_at.astimezone(here).date() < row.next_contact_on)
    }


def _held() -> Any:
    """Each client's newest promise, when it was kept under its own case, and when the client was last reached."""
    newest = (
        select(_later.id)
        .where(
            _later.client_id == Client.id,
            _later.state == CaseState.CLOSED,
            _later.next_contact_on.is_not(None),
        )
        .order_by(_later.id.desc())
        .limit(1)
        .correlate(Client)
        .scalar_subquery()
    )
    kept_at = (
        select(func.max(ContactAttempt.at))
        .where(
            ContactAttempt.case_id == Case.id,
            ContactAttempt.reached,
            ContactAttempt.recorded_at > Case.closed_at,
        )
        .correlate(Case)
        .scalar_subquery()
    )
    reached_at = (
        select(func.max(_tried.at))
        .join(_later, _later.id == _tried.case_id)
        .where(_later.client_id == Client.id, _tried.reached)
        .correlate(Client)
        .scalar_subquery()
    )
    return select(
        Case.client_id,
        Case.id,
        Case.next_contact_on,
        kept_at.label("kept_at"),
        reached_at.label("reached_at"),
    ).join_from(Client, Case, Case.id == newest)


def by_whom(tx: Tx, client_id: UUID, promise: Promise) -> UUID | None:
    """Who named the day last: whoever set it again, else whoever closed the case."""
    again = select(AuditRow.actor_id).where(
        AuditRow.client_id == client_id, AuditRow.what == SET_AGAIN, AuditRow.row_id == promise.case_id
    )
    found = tx.session.scalars(again.order_by(AuditRow.number.desc()).limit(1)).one_or_none()
    return found or tx.session.scalar(select(Case.closed_by).where(Case.id == promise.case_id))


def contact(
    tx: Tx,
    client_id: UUID,
    channel: ContactChannel,
    *,
    reached: bool,
    note: str | None,
    attempt_id: UUID | None = None,
) -> None:
    """A try to make the promised contact, now, by the acting person; it stands in the timeline of the closed case.

    Under an `attempt_id` of the sender's choice a try that is sent again counts once. Conflict where nothing is
    owed any more, or another try has this id.
    """
    known = tx.session.get(ContactAttempt, attempt_id) if attempt_id else None
    if known is not None:
        case, client = lock(tx, Action.ACT_ON_CASE, known.case_id)
        sent_again(tx, case, client, known, (channel, reached, note))
        return
    case, client = _owed(tx, client_id)
    attempt = ContactAttempt(
        id=attempt_id or new_id(),
        case_id=case.id,
        staff_id=access.acting(tx),
        channel=channel,
        at=tx.now,
        recorded_at=tx.now,
    )
    attempt.reached = reached
    attempt.note = access.key(tx, client).seal_text(CONTACT_NOTE, attempt.id, note) if note else None
    tx.session.add(attempt)
    data = {
        "channel": channel,
        "reached": reached,
        "before_latest_cause": False,
        "attempt": str(attempt.id),
    }
    events.record(tx, case, EventKind.CONTACT, data=data)
    audit.record(tx, "case.contact", client_id=client.id, row_id=attempt.id)


def move(tx: Tx, client_id: UUID, on: date) -> None:
    """Promise another day, from today to a year from today. Conflict where nothing is owed any more."""
    case, client = _owed(tx, client_id)
    today = tx.now.astimezone(zone(agreed_by(tx, case.programme_id).hours.zone)).date()
    if not today <= on <= today + LATEST_NEXT_CONTACT:
        raise Invalid.field("next_contact_on", "choose a day from today to a year from today")
    if case.next_contact_on != on:
        case.next_contact_on = on
        tx.session.flush()
        audit.record(tx, SET_AGAIN, client_id=client.id, row_id=case.id)


def _owed(tx: Tx, client_id: UUID) -> tuple[Case, access.ClientFacts]:
    """The case that holds the promise, under its lock; what is owed is read again after it."""
    client = access.client(tx, Action.ACT_ON_CASE, client_id)
    held = promises(tx, client.id).get(client.id)
    case = lock(tx, Action.ACT_ON_CASE, held.case_id)[0] if held else None
    if case is None or client.id not in promises(tx, client.id):
        raise Conflict(SETTLED)
    return case, client
