"""A client leaves the programme, or is taken back in: what that means to people, codes and records.

Rule: whoever is discharged keeps their plan on the phone they have, and hears nothing more from the programme; who
looks after them, and what was written, stays as it is. Whoever comes back begins with a new code. What it means to
check-ins, messages and cases is in checkins/departures.py, which is what routes and pages call.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Invalid
from server.core.tables import new_id
from server.core.vault import SealBroken
from server.people import access, invitations
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.departed import Discharge
from server.people.models import Client
from server.people.own_schemas import OwnDischarge
from server.people.roles import Action
from server.people.schemas import DischargeIn
from server.people.terms import LeavingReason

REASON = "discharges.reason"


NEEDS_NOTE = (LeavingReason.LOST_TOUCH, LeavingReason.OTHER)
"""Reasons that say too little by themselves: what was tried, or what it was, has to be written down."""


class Departure(Struct, frozen=True, kw_only=True):
    """One discharge as staff read it. `why` is None where the reason can no longer be opened."""

    at: datetime
    by: UUID | None
    why: LeavingReason | None
    note: str | None
    readmitted_at: datetime | None
    readmitted_by: UUID | None


class Gone(Struct, frozen=True, kw_only=True):
    """A client who is discharged now."""

    id: UUID
    name: str
    departure: Departure | None


class _Reason(Struct, frozen=True):
    why: LeavingReason
    note: str | None = None


def hold(tx: Tx, client_id: UUID) -> tuple[ClientFacts, Client]:
    """The client to discharge or to take back in, locked: no case opens for them until this is done."""
    facts = access.client(tx, Action.DISCHARGE_CLIENT, client_id)
    return facts, tx.session.get_one(Client, facts.id, with_for_update=True)


def leave(tx: Tx, facts: ClientFacts, row: Client, given: DischargeIn) -> None:
    """From now on the client is discharged: the reason is sealed, and codes that wait stop working."""
    if row.discharged_at is not None:
        raise Conflict("This client is discharged already.")
    note = (given.note or "").strip() or None
    if given.reason in NEEDS_NOTE and note is None:
        raise Invalid.field("note", "write what led to it; the reason alone does not say")
    discharge_id = new_id()
    sealed = access.key(tx, facts).seal_json(REASON, discharge_id, _Reason(given.reason, note))
    tx.session.add(
        Discharge(
            id=discharge_id,
            client_id=facts.id,
            reason=sealed,
            discharged_at=tx.now,
            discharged_by=tx.actor.id,
        )
    )
    row.discharged_at = tx.now
    tx.session.flush()
    invitations.revoke(tx, client_id=facts.id)
    audit.record(tx, "client.discharge", client_id=facts.id, row_id=discharge_id)


def come_back(tx: Tx, facts: ClientFacts, row: Client) -> None:
    """The client is in the programme again. No session from before counts: a new code lets the phone in."""
    if row.discharged_at is None:
        raise Conflict("This client is not discharged.")
    row.discharged_at, row.readmitted_at = None, tx.now
    last = _newest(tx, [facts.id]).get(facts.id)
    if last is not None:
        last.readmitted_at, last.readmitted_by = tx.now, tx.actor.id
    tx.session.flush()
    audit.record(tx, "client.readmit", client_id=facts.id, row_id=last.id if last is not None else None)


def latest(tx: Tx, facts: ClientFacts) -> Departure | None:
    """The client's last discharge, for somebody who was given the facts; None where there was none."""
    row = _newest(tx, [facts.id]).get(facts.id)
    return _opened(tx, facts, row) if row is not None else None


def everything(tx: Tx, client: ClientFacts) -> list[OwnDischarge]:
    """Every discharge of a client for their own copy of their data, newest first, without the note for the team."""
    query = select(Discharge).where(Discharge.client_id == client.id).order_by(Discharge.id.desc())
    found = [_opened(tx, client, row) for row in tx.session.scalars(query)]
    return [OwnDischarge(at=one.at, reason=one.why, back_at=one.readmitted_at) for one in found]


def gone(tx: Tx) -> list[Gone]:
    """Everybody this person may see who is discharged now, by name. Whoever shows a line records the look."""
    where = (access.visible_clients(tx, Action.VIEW_CLIENT), Client.discharged_at.is_not(None))
    clients = [ClientFacts(*row) for row in tx.session.execute(select(*CLIENT_COLUMNS).where(*where))]
    rows = _newest(tx, [facts.id for facts in clients])
    found = [
        Gone(
            id=facts.id,
            name=access.name_of(tx, facts),
            departure=_opened(tx, facts, rows[facts.id]) if facts.id in rows else None,
        )
        for facts in clients
    ]
    return sorted(found, key=lambda one: one.name.casefold())


def _newest(tx: Tx, client_ids: Collection[UUID]) -> dict[UUID, Discharge]:
    query = select(Discharge).where(Discharge.client_id.in_(client_ids)).order_by(Discharge.id)
    return {row.client_id: row for row in tx.session.scalars(query)}


def _opened(tx: Tx, facts: ClientFacts, row: Discharge) -> Departure:
    reason: Any = None
    try:
        reason = access.key(tx, facts).open_json(REASON, row.id, row.reason, _Reason)
    except SealBroken:
        access.log.error("the reason of discharge %s does not open", row.id)
    return Departure(
        at=row.discharged_at,
        by=row.discharged_by,
        why=reason.why if reason else None,
        note=reason.note if reason else None,
        readmitted_at=row.readmitted_at,
        readmitted_by=row.readmitted_by,
    )
