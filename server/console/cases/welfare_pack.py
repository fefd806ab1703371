"""The welfare-check pack on one side of one sheet: what somebody needs who goes to the client's door."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from checkins.own_words import last_answered_at
from crisisplans.emergency import AtTheDoor, for_welfare_check
from crisisplans.lines import LineKind, tel_href
from crisisplans.queries import known_lines
from crisisplans.sections import FirearmAccess, PlanDocument
from notifications.escalations import beside, welfare
from notifications.escalations import queries as cases
from notifications.escalations.cases import CLIENTS_OWN
from server.console.cases import case_words
from server.console.cases.case import Person, causes_of, person
from server.console.words import readable
from server.core.db import Tx
from server.core.vault import SealBroken
from server.core.zones import zone
from server.people import access, programmes, queries
from server.people.access import ClientFacts
from server.people.roles import Action
from server.people.schemas import ClientOut

log = logging.getLogger("handrail.console")

FIREARMS = {
    FirearmAccess.YES: "Yes: tell whoever goes there",
    FirearmAccess.NO: "No, by what the client said",
    FirearmAccess.UNKNOWN: "Not known",
    FirearmAccess.DECLINED: "Not known: the client did not want to say",
}
LAST_WORDS = 3


def asked(tx: Tx, case_id: UUID) -> dict[str, Any]:
    """The page that asks for the reason; NotFound for a case this person may not act on."""
    access.require(tx, Action.ACT_ON_CASE)
    return {"case": cases.case_out(tx, case_id), "hours": welfare.OPEN_FOR}


def shown(tx: Tx, case_id: UUID) -> dict[str, Any] | None:
    """The pack, while this person's own opening of it lasts; None otherwise."""
    opened = welfare.opened(tx, case_id)
    if opened is None:
        return None
    case = cases.case_out(tx, case_id)
    client = queries.client_out(tx, case.client.id)
    here = zone(programmes.of_actor(tx).zone)
    plan, opens = _plan(tx, opened.client)
    document = plan.document if plan else None
    return {
        "case": case,
        "client": client,
        "own_phone": "not readable" if "phone" in client.unreadable else readable(client.phone),
        "opened": opened,
        "reader": queries.names(tx, [tx.actor.id])[tx.actor.id] if tx.actor.id else "",
        "programme": programmes.of_actor(tx).name,
        "plan": document,
        "plan_readable": opens,
        "firearms": FIREARMS[plan.firearms if plan else FirearmAccess.UNKNOWN],
        "source": plan,
        "written_on": _day(plan.published_at.astimezone(here)) if plan else "",
        "people": _people(client, document),
        "told": [each for each in case.causes_in_full[::-1] if each.note and each.kind in CLIENTS_OWN][
            :LAST_WORDS
        ],
        "own": {each.told.source_id: each.own for each in causes_of(tx, case)},
        "others": [each for each in case.causes_in_full[::-1] if each.note and each.kind not in CLIENTS_OWN][
            :LAST_WORDS
        ],
        "heard_at": _heard_at(tx, opened.client),
        "spoken": max(
            (each for each in case.contacts if each.reached), key=lambda each: each.at, default=None
        ),
        "tries": case.contacts[-3:][::-1],
        "today": tx.now.astimezone(here),
        **_numbers(tx, opened.client),
        "CAUSES": case_words.CAUSES,
        "tried_words": case_words.tried_words,
        "listed": listed,
        "readable": readable,
    }


def _day(local: datetime) -> str:
    return f"{local:%B} {local.day}, {local:%Y}"


def _plan(tx: Tx, client: ClientFacts) -> tuple[AtTheDoor | None, bool]:
    """The plan, and whether it could be read."""
    try:
        return for_welfare_check(tx, client), True
    except (SealBroken, msgspec.MsgspecError):
        log.error("the plan of client %s does not open", client.id)
        return None, False


def _people(client: ClientOut, plan: PlanDocument | None) -> list[Person]:
    """Everybody who may know where the client is, and whether the client agreed that staff ask them."""
    found = [
        person(each.name, each.relation or "contact", each.phone or None, _consent(each.consented))
        for each in client.collateral_contacts
    ]
    if "collateral_contacts" in client.unreadable:
        found.append(Person("Contacts on record", "not readable"))
    for each in plan.helpers if plan else ():
        about, consent = each.relation or "helper", _consent(each.staff_may_contact)
        _add(found, person(each.name, about, each.phone, consent))
    professionals = plan.professionals if plan else ()
    return found + [person(each.name, each.role or "professional", each.phone) for each in professionals]


def _add(people: list[Person], helper: Person) -> None:
    """A helper who stands among the contacts already, by their number, is the same person under another name."""
    for at, known in enumerate(people):
        if helper.href is not None and known.href == helper.href:
            people[at] = replace(known, about=f"{known.about} · “{helper.name}” in the plan")
            return
    people.append(helper)


def _consent(given: bool) -> str:
    return "the client agreed that staff call" if given else "no consent: only to prevent serious harm"


def _heard_at(tx: Tx, client: ClientFacts) -> datetime | None:
    """When the client last told us something themselves: an answer, or a call for somebody."""
    own = (last_answered_at(tx, client), beside.last_asked_at(tx, client.id))
    return max((at for at in own if at is not None), default=None)


def _numbers(tx: Tx, client: ClientFacts) -> dict[str, Any]:
    """The number for danger, and the dispatch numbers that the programme entered for its area."""
    lines = [
        line for line in known_lines(tx, client.programme_id).values() if line.kind is LineKind.EMERGENCY
    ]
    return {
        "emergency": next(line.number for line in lines if line.national),
        "dispatch": [line for line in lines if not line.national],
        "tel_href": tel_href,
    }


def listed(texts: Iterable[str]) -> str:
    """Several sentences or phrases as one list: no full stop stands before a semicolon."""
    return "; ".join(text.strip().rstrip(".;,") for text in texts)
