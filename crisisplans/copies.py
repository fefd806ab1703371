"""Copies of the plan: those the client made on the phone, and those staff gave; how, when, of which revision.

Under a quarter of people carry the paper plan (Bryan); the team sees here whether there is one at all. How staff
give one is in `copies_given`.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from crisisplans.models import CopyChannel, PlanCopy
from crisisplans.own_schemas import CopyIn, CopyList, OneCopy
from crisisplans.uses import TAKEN, checked_instant, put_once
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict
from server.core.tables import new_id
from server.core.vault import SealBroken
from server.people import access, throttle
from server.people import queries as people
from server.people.access import ClientFacts
from server.people.roles import Action
from server.people.throttle import Limit

log = logging.getLogger("handrail.plans")

RECIPIENT = "plan_copies.recipient"
PURPOSE = "plan_copies.purpose"
UNREADABLE = "can no longer be read"
PAGE = 50


def note(tx: Tx, copy_id: UUID, given: CopyIn) -> None:
    """Store a copy made on the phone, under the phone's id; the same again changes nothing."""
    client = access.oneself(tx, Action.EDIT_OWN)
    throttle.insist(tx, Limit.OWN_CHANGES, str(client.id))
    channel = CopyChannel(given.channel)
    if tx.session.get(PlanCopy, copy_id) is None:
        _add(tx, client, copy_id, channel, checked_instant(given.at, tx.now))
    row = tx.session.get_one(PlanCopy, copy_id)
    if row.client_id != client.id or row.channel is not channel:
        raise Conflict(TAKEN)


def note_pdf(tx: Tx, client: ClientFacts) -> None:
    """The service hands out a PDF now."""
    throttle.insist(tx, Limit.OWN_COPIES, str(client.id))
    _add(tx, client, new_id(), CopyChannel.PDF, tx.now)


def _add(tx: Tx, client: ClientFacts, copy_id: UUID, channel: CopyChannel, made_at: datetime) -> None:
    put_once(
        tx,
        PlanCopy,
        id=copy_id,
        client_id=client.id,
        number=client.plan_revision,
        channel=channel,
        made_at=made_at,
        received_at=tx.now,
    )
    audit.record(tx, "plan.copy", client_id=client.id, row_id=copy_id, data={"channel": channel.value})


def of_client(tx: Tx, client_id: UUID, cursor: UUID | None) -> CopyList:
    """A page of the copies a client made on the phone, for the care team, newest first. The look is recorded."""
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    access.looked(tx, "plan.copies.view", client)
    return _page(tx, client, cursor, PlanCopy.given_by.is_(None))


def log_of(tx: Tx, client_id: UUID, cursor: UUID | None) -> CopyList:
    """A page of every copy there is, made by the client or given by staff, newest first. The look is recorded."""
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    access.looked(tx, "plan.copies.view", client)
    return _page(tx, client, cursor)


def own(tx: Tx, cursor: UUID | None) -> CopyList:
    """A page of the copies the acting client made, newest first."""
    return _page(tx, access.oneself(tx, Action.READ_OWN), cursor, PlanCopy.given_by.is_(None))


def _page(tx: Tx, client: ClientFacts, cursor: UUID | None, *more: ColumnElement[bool]) -> CopyList:
    query = select(PlanCopy).where(PlanCopy.client_id == client.id, *more)
    if cursor is not None:
        query = query.where(PlanCopy.id < cursor)
    rows = list(tx.session.scalars(query.order_by(PlanCopy.id.desc()).limit(PAGE + 1)))
    page = shown(tx, client, rows[:PAGE])
    return CopyList(copies=page, cursor=page[-1].id if len(rows) > PAGE else None)


def everything(tx: Tx, client: ClientFacts) -> list[OneCopy]:
    """Every copy the client made or staff gave, newest first."""
    query = select(PlanCopy).where(PlanCopy.client_id == client.id)
    return shown(tx, client, tx.session.scalars(query.order_by(PlanCopy.made_at.desc())).all())


def shown(tx: Tx, client: ClientFacts, rows: Sequence[PlanCopy]) -> list[OneCopy]:
    """Copies as they are told, with the names of who gave and who got them."""
    names = people.names(tx, [row.given_by for row in rows])
    return [
        OneCopy(
            id=row.id,
            number=row.number,
            channel=row.channel,
            at=row.made_at,
            given_by=names[row.given_by] if row.given_by else None,
            recipient=_opened(tx, client, RECIPIENT, row.id, row.recipient),
            purpose=_opened(tx, client, PURPOSE, row.id, row.purpose),
        )
        for row in rows
    ]


def _opened(tx: Tx, client: ClientFacts, place: str, row_id: UUID, sealed: bytes | None) -> str | None:
    """A text of one copy. One that does not open is said to be there: it hides nothing else."""
    if sealed is None:
        return None
    try:
        return access.key(tx, client).open_text(place, row_id, sealed)
    except SealBroken:
        log.error("%s of copy %s does not open", place, row_id)
        return UNREADABLE
