"""Everything of a client's own in one file, for them to keep (right of access, HIPAA 164.524)."""

import logging

import msgspec
from sqlalchemy import select

from checkins import own_history
from checkins.own_schemas import OwnCopy, OwnRevision, Reached
from crisisplans import copies, proposals, uses
from crisisplans import queries as plans
from crisisplans.models import PlanRevision
from crisisplans.sections import PlanDocument
from notifications.escalations import own_cases
from server.core import audit
from server.core.db import Tx
from server.core.vault import SealBroken, SubjectKey
from server.people import access, access_log, consents, discharges, preferences, queries, throttle
from server.people.access import ClientFacts
from server.people.models import Client
from server.people.roles import Action
from server.people.throttle import Limit
from server.people.unreadable import UNREADABLE, text_or

log = logging.getLogger("handrail.checkins")

PART2_NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""The short statement that goes with such records, word for word (42 CFR 2.32(a)(2))."""


def note(tx: Tx) -> None:
    """Record that the client takes a copy of their data."""
    client = access.oneself(tx, Action.READ_OWN)
    throttle.insist(tx, Limit.OWN_COPIES, str(client.id))
    audit.record(tx, "own.copy", client_id=client.id)


def own_copy(tx: Tx) -> OwnCopy:
    """All of it, as it stands now. Changes nothing."""
    client = access.oneself(tx, Action.READ_OWN)
    answered, about_substances = own_history.everything(tx, client)
    return OwnCopy(
        made_at=tx.now,
        profile=queries.me(tx),
        reached=_reached(tx, client),
        preferences=preferences.own(tx),
        consents=consents.everything_said(tx, client),
        plans=_plans(tx, client),
        proposals=proposals.everything(tx, client),
        steps_used=uses.everything(tx, client),
        copies=copies.everything(tx, client),
        checkins=answered,
        cases=own_cases.everything(tx, client),
        discharges=discharges.everything(tx, client),
        looks=access_log.all_views(tx, client),
        notice=PART2_NOTICE if about_substances else None,
    )


def _reached(tx: Tx, client: ClientFacts) -> Reached:
    row = tx.session.get_one(Client, client.id)
    key = access.key(tx, client)
    return Reached(
        phone=text_or(key, "clients.phone", row.id, row.phone, UNREADABLE) if row.phone else None,
        address=text_or(key, "clients.address", row.id, row.address, UNREADABLE) if row.address else None,
    )


def _plans(tx: Tx, client: ClientFacts) -> list[OwnRevision]:
    query = select(PlanRevision).where(PlanRevision.client_id == client.id)
    rows = list(tx.session.scalars(query.order_by(PlanRevision.number.desc())))
    names = queries.names(tx, [row.published_by for row in rows])
    key = access.key(tx, client)
    return [
        OwnRevision(
            number=row.number,
            published_at=row.published_at,
            published_by=names[row.published_by],
            document=_document(key, row),
        )
        for row in rows
    ]


def _document(key: SubjectKey, row: PlanRevision) -> PlanDocument | None:
    """None for one that was damaged: the rest of the copy is theirs all the same."""
    try:
        return key.open_json(plans.BODY, row.id, row.body, PlanDocument)
    except (SealBroken, msgspec.MsgspecError) as error:
        log.error("revision %s cannot be read: %s", row.id, type(error).__name__)
        return None
