"""Which steps of the plan the client used and whether they helped: taken, and shown, only while they agree.

The phone chooses the id and may send the same use again, also days later from its queue.
"""

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import select

from crisisplans import queries
from crisisplans.models import PlanRevision, PlanUse
from crisisplans.own_schemas import OneUse, PlanUses, UsedEntry, UseIn
from crisisplans.sections import PlanDocument, SectionKey, entries, words_of
from server.core.clock import WRONG_PHONE_CLOCK, phone_instant
from server.core.db import Tx
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.tables import Base
from server.core.vault import SealBroken
from server.people import access, consents, throttle
from server.people.access import ClientFacts
from server.people.consent import PLAN_USE
from server.people.roles import Action
from server.people.throttle import Limit

log = logging.getLogger("handrail.plans")

BODY = "plan_uses.body"
TAKEN = "This id is taken. Send this one under a new id."
SHOWN = 2000
"""The latest uses that are counted for the care team."""


class _Use(Struct, frozen=True):
    """What is sealed of one use."""

    section: SectionKey
    entry_id: str | None
    helped: bool


def checked_instant(at: datetime, now: datetime) -> datetime:
    """When the phone says it was, never later than now; Invalid where its clock cannot be right."""
    was = phone_instant(at, now)
    if was is None:
        raise Invalid.field("at", WRONG_PHONE_CLOCK)
    return was


def note(tx: Tx, use_id: UUID, given: UseIn) -> None:
    """Store one use. Forbidden without consent; Invalid for a step that no plan of theirs ever had."""
    client = access.oneself(tx, Action.EDIT_OWN)
    throttle.insist(tx, Limit.OWN_CHANGES, str(client.id))
    if not consents.holds(tx, client, PLAN_USE):
        raise Forbidden("Agree to share which steps helped first; until then nothing is sent.")
    use = _Use(given.section, given.entry_id, given.helped)
    if tx.session.get(PlanUse, use_id) is None:
        used_at = checked_instant(given.at, tx.now)
        if given.entry_id is not None and not _ever_had(tx, client, given.section, given.entry_id):
            raise Invalid.field("entry_id", "there is no such step in this section of the plan")
        body = access.key(tx, client).seal_json(BODY, use_id, use)
        put_once(tx, PlanUse, id=use_id, client_id=client.id, body=body, used_at=used_at, received_at=tx.now)
    row = tx.session.get_one(PlanUse, use_id)
    if row.client_id != client.id or _opened(tx, client, row) != use:
        raise Conflict(TAKEN)


def put_once(tx: Tx, table: type[Base], **values: Any) -> None:
    """Add a row under the id its phone chose; sent twice at once, the first counts."""
    tx.session.execute(tx.upsert(table).values(values).on_conflict_do_nothing())


def _ever_had(tx: Tx, client: ClientFacts, section: SectionKey, entry_id: str) -> bool:
    """The phone may be behind: a step of an earlier revision counts as well."""
    rows = (
        select(PlanRevision).where(PlanRevision.client_id == client.id).order_by(PlanRevision.number.desc())
    )
    key = access.key(tx, client)
    return any(
        entry_id in _ids(key.open_json(queries.BODY, row.id, row.body, PlanDocument), section)
        for row in tx.session.scalars(rows)
    )


def _ids(document: PlanDocument, section: SectionKey) -> set[str]:
    if section is SectionKey.CRISIS_LINES:
        return set(document.crisis_lines)
    return {entry.id for entry in entries(document, section)}


def of_client(tx: Tx, client_id: UUID) -> PlanUses:
    """How often each step was used and helped, for the care team. The look is recorded."""
    client = access.client(tx, Action.VIEW_PLAN, client_id)
    access.looked(tx, "plan.uses.view", client)
    if not consents.holds(tx, client, PLAN_USE):
        return PlanUses(consented=False, entries=[])
    counted: dict[tuple[SectionKey, str | None], UsedEntry] = {}
    texts = _texts(tx, client)
    for one in _latest(tx, client, SHOWN):
        place = (one.section, one.entry_id)
        if place not in counted:
            counted[place] = UsedEntry(one.section, one.entry_id, texts.get(place), 0, 0, one.at)
        if one.helped:
            counted[place].helped += 1
        else:
            counted[place].did_not_help += 1
    return PlanUses(consented=True, entries=list(counted.values()))


def everything(tx: Tx, client: ClientFacts) -> list[OneUse]:
    """Every use the client ever sent, newest first."""
    return _latest(tx, client, None)


def _latest(tx: Tx, client: ClientFacts, most: int | None) -> list[OneUse]:
    query = select(PlanUse).where(PlanUse.client_id == client.id)
    rows = tx.session.scalars(query.order_by(PlanUse.used_at.desc(), PlanUse.id.desc()).limit(most))
    uses = [(row.used_at, _readable(tx, client, row)) for row in rows]
    return [OneUse(at, use.section, use.entry_id, use.helped) for at, use in uses if use is not None]


def _readable(tx: Tx, client: ClientFacts, row: PlanUse) -> _Use | None:
    """One damaged row takes no other with it."""
    try:
        return _opened(tx, client, row)
    except (SealBroken, msgspec.MsgspecError) as error:
        log.error("use %s cannot be read: %s", row.id, type(error).__name__)
        return None


def _opened(tx: Tx, client: ClientFacts, row: PlanUse) -> _Use:
    return access.key(tx, client).open_json(BODY, row.id, row.body, _Use)


def _texts(tx: Tx, client: ClientFacts) -> dict[tuple[SectionKey, str | None], str]:
    """The words of every step of the plan as it is now."""
    found = queries.current_document(tx, client)
    if found is None:
        return {}
    document = found[1]
    texts = {
        (section, entry.id): words_of(entry) for section in SectionKey for entry in entries(document, section)
    }
    lines = queries.lines_for(tx, client.programme_id, document)
    named = {key: lines[key].name for key in document.crisis_lines if key in lines}
    return {
        **texts,
        **{(SectionKey.CRISIS_LINES, key): next(iter(name.values())) for key, name in named.items()},
    }
