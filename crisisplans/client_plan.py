"""The plan as the client's phone has it: nothing of the clinician's own, and numbers only from the checked table."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select

from crisisplans import copies, queries, revisions, sheet
from crisisplans.lines import CrisisLine, LineKind, line_href, national_lines, stale, tel_href
from crisisplans.models import PlanReceipt, PlanRevision
from crisisplans.schemas import LARGEST_NUMBER, ClientLine, ClientPlan
from crisisplans.sections import PlanDocument
from crisisplans.sheet import Sheet
from server.core.db import Tx
from server.core.errors import NotFound
from server.core.tables import new_id
from server.core.zones import ZONES, zone
from server.people import access, programmes
from server.people.access import ClientFacts
from server.people.roles import Action
from server.people.terms import Language


def client_plan(tx: Tx) -> tuple[ClientPlan, str]:
    """The acting client's plan and its entity tag.

    The tag changes with everything in the answer: the revision, the lines and their checks, the language.
    """
    client = access.oneself(tx, Action.READ_OWN)
    plan = _plan(tx, client)
    return plan, revisions.etag(msgspec.json.encode(plan))


def printed(tx: Tx) -> Sheet:
    """The acting client's plan as it goes on paper; noted as a copy."""
    client = access.oneself(tx, Action.READ_OWN)
    plan = _plan(tx, client)
    copies.note_pdf(tx, client)
    return on_paper(tx, client, plan)


def on_paper(tx: Tx, client: ClientFacts, plan: ClientPlan) -> Sheet:
    """A plan of this client as it is printed today, in the client's language and on their calendar."""
    here = zone(client.zone if client.zone in ZONES else programmes.of_actor(tx).zone)
    published_at = plan.published_at
    return sheet.sheet(
        plan,
        programme=programmes.of_actor(tx).name,
        published_on=published_at.astimezone(here).date() if published_at else None,
        today=tx.now.astimezone(here).date(),
        language=client.language,
    )


def _plan(tx: Tx, client: ClientFacts) -> ClientPlan:
    found = queries.current_document(tx, client)
    if found is None:
        # A newly paired phone shows whom to call, not an error.
        number, published_at = 0, None
        shared = tuple(line.key for line in national_lines() if line.kind is not LineKind.SOCIAL)
        document = PlanDocument(crisis_lines=shared)
    else:
        number, document = found
        when = select(PlanRevision.published_at).where(
            PlanRevision.client_id == client.id, PlanRevision.number == number
        )
        published_at = tx.session.scalars(when).one()
    return plan_of(tx, client, number, published_at, document)


def plan_of(
    tx: Tx, client: ClientFacts, number: int, published_at: datetime | None, document: PlanDocument
) -> ClientPlan:
    """One revision as the client's phone would have it, with the crisis lines as they are now."""
    return ClientPlan(
        number=number,
        published_at=published_at,
        document=document,
        dial=_dial(document),
        crisis_lines=_lines(tx, client, document),
    )


def _lines(tx: Tx, client: ClientFacts, document: PlanDocument) -> tuple[ClientLine, ...]:
    table = queries.lines_for(tx, client.programme_id, document)
    today = queries.today(tx, client.programme_id)
    held = [table[key] for key in document.crisis_lines if key in table]
    return tuple(line_for_client(line, client.language, old=stale(line, today)) for line in held)


def line_for_client(line: CrisisLine, language: Language, *, old: bool) -> ClientLine:
    """One line in the client's language."""
    return ClientLine(
        key=line.key,
        kind=line.kind,
        name=line.name[language],
        number=line.number,
        href=line_href(line),
        keyword=line.sms_keywords.get(language),
        press=line.press.get(language),
        other_keys=_without_languages(line.press),
        languages=line.languages,
        hours=line.hours[language],
        stale=old,
    )


def _without_languages(press: Mapping[str, str]) -> dict[str, str]:
    return {audience: digit for audience, digit in press.items() if audience not in set(Language)}


def _dial(document: PlanDocument) -> dict[str, str]:
    contacts = (*document.distractions, *document.helpers, *document.professionals)
    addresses = {contact.id: tel_href(contact.phone) for contact in contacts if contact.phone}
    if agent := document.what_helps_staff.advance_directive.agent_phone:
        addresses["advance_directive"] = tel_href(agent)
    return {entry_id: href for entry_id, href in addresses.items() if href}


def receive(tx: Tx, number: int) -> None:
    """This phone holds revision `number` of the client's plan; said twice, the first time counts."""
    client = access.oneself(tx, Action.READ_OWN)
    if not 0 < number <= LARGEST_NUMBER or not _published(tx, client.id, number):
        raise NotFound
    row = {
        "id": new_id(),
        "client_id": client.id,
        "number": number,
        "session_id": tx.actor.session_id,
        "received_at": tx.now,
    }
    tx.session.execute(tx.upsert(PlanReceipt).values(row).on_conflict_do_nothing())


def _published(tx: Tx, client_id: UUID, number: int) -> bool:
    query = select(PlanRevision.id).where(PlanRevision.client_id == client_id, PlanRevision.number == number)
    return tx.session.scalars(query).one_or_none() is not None
