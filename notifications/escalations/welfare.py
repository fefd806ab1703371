"""Breaking the glass for a welfare check: the address and whom to ask are opened for a stated reason, for an hour.

The reason stands on the case's timeline, the act in the audit trail, supervisors hear of it at once, and the client
reads in the access log that it was looked at (emergency access, HIPAA 164.312(a)(2)(ii); disclosure to prevent a
serious and imminent threat, 164.512(j)).
"""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from notifications.delivery.messages import Kind
from notifications.escalations import events
from notifications.escalations.acts import still_open
from notifications.escalations.calls import tell_staff
from notifications.escalations.models import Case, CaseEvent, EventKind
from notifications.escalations.queries import UNREADABLE
from notifications.escalations.rows import lock
from server.core import audit
from server.core.db import Tx
from server.core.errors import Invalid
from server.core.vault import SealBroken
from server.people import access, queries
from server.people.access import ClientFacts
from server.people.roles import Action

OPEN_FOR = timedelta(hours=1)
"""How long one reason opens the pack for one person."""


class Opened(Struct, frozen=True, kw_only=True):
    """The pack stands open for the acting person: whose it is, since when and until when, for which reason."""

    client: ClientFacts
    at: datetime
    until: datetime
    reason: str


def open_pack(tx: Tx, case_id: UUID, reason: str) -> Case:
    """Open the welfare-check pack of an open case for the acting person. Invalid without a reason in words."""
    case, client = lock(tx, Action.ACT_ON_CASE, case_id)
    still_open(case)
    me = access.acting(tx)
    if not reason.strip():
        raise Invalid.field("reason", "Write why you open it.")
    events.record(tx, case, EventKind.PACK_OPENED, note=reason, key=access.key(tx, client))
    audit.record(tx, "case.pack.open", client_id=client.id, row_id=case.id)
    others = [person for person in queries.supervisors(tx, case.programme_id) if person != me]
    tell_staff(tx, case, Kind.CASE_PACK, others, f"pack:{me}:{tx.now:%Y%m%dT%H%M%S}")
    return case


def opened(tx: Tx, case_id: UUID) -> Opened | None:
    """The acting person's own opening of the pack, while it lasts; each look through it is recorded."""
    case, client = lock(tx, Action.ACT_ON_CASE, case_id)
    query = select(CaseEvent).where(
        CaseEvent.case_id == case.id,
        CaseEvent.kind == EventKind.PACK_OPENED,
        CaseEvent.actor_id == access.acting(tx),
        CaseEvent.at > tx.now - OPEN_FOR,
    )
    event = tx.session.scalars(query.order_by(CaseEvent.number.desc()).limit(1)).one_or_none()
    if event is None:
        return None
    audit.record(tx, "case.pack.view", client_id=client.id, row_id=case.id)
    return Opened(client=client, at=event.at, until=event.at + OPEN_FOR, reason=_reason(tx, client, event))


def _reason(tx: Tx, client: ClientFacts, event: CaseEvent) -> str:
    if event.note is None or event.note_row is None:
        return ""
    try:
        return access.key(tx, client).open_text(events.NOTE, event.note_row, event.note)
    except SealBroken:  # the address may still open, and somebody waits for it
        return UNREADABLE
