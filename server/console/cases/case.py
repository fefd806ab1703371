"""The case page: the facts, the client's plan and people beside the timeline, and what can be done next."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import phonenumbers
from msgspec import Struct

from checkins.schemas import CheckInOut
from checkins.staff_queries import some_checkins
from crisisplans.emergency import plan_beside
from crisisplans.lines import NATIONWIDE, tel_href
from crisisplans.sections import PlanDocument
from notifications.escalations import beside
from notifications.escalations import queries as cases
from notifications.escalations.closing import NEEDS_NO_NEXT_CONTACT, Disposition
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CauseKind
from notifications.escalations.schemas import CaseOut, CauseInFull
from notifications.escalations.tiers import Tier
from server.console.cases import case_rules, case_words, queue
from server.console.cases.case_timeline import FIRST_SHOWN, Line, timeline
from server.console.words import TIERS
from server.core.db import Tx
from server.core.vault import SealBroken
from server.core.zones import zone
from server.people import access, programmes, queries
from server.people.roles import Action, reach
from server.people.schemas import ClientOut

log = logging.getLogger("handrail.console")

_ASKED = (CauseKind.FLAGGED_ANSWER, CauseKind.MISSED_RUN)
"""Causes that come from a check-in."""


class Cause(Struct, frozen=True):
    """Why the case is there, with the check-in behind it where there is one, and what its rules do, by key."""

    kind: str
    told: CauseInFull
    checkin: CheckInOut | None
    rules: dict[str, str]


class Person(Struct, frozen=True):
    """Somebody to call: `href` is None where there is no number, or where staff may not call."""

    name: str
    about: str
    number: str | None = None
    href: str | None = None
    remark: str | None = None


def shown(tx: Tx, case_id: UUID) -> dict[str, Any]:
    """Everything on the page."""
    case = cases.case_out(tx, case_id)
    client = queries.client_out(tx, case.client.id)
    found, readable = _plan(tx, case.client.id)
    document = found[1] if found else None
    causes = _causes(tx, case)
    return {
        **_standing(tx, case),
        "client": client,
        "causes": causes,
        "earlier": beside.earlier(tx, case.client.id, but=case_id),
        "plan": document,
        "plan_number": found[0] if found else None,
        "plan_readable": readable,
        "people": _people(client, document),
        "CAUSES": queue.CAUSES,
        "OTHER_RULE": case_rules.OTHER,
    }


def _standing(tx: Tx, case: CaseOut) -> dict[str, Any]:
    clock = queue.clock_of(tx.session.get_one(Case, case.id))
    may_raise = case.state is not CaseState.CLOSED and reach(tx.actor.role, Action.RAISE_CASE) is not None
    lines = timeline(tx, case)
    today = tx.now.astimezone(zone(programmes.of_actor(tx).zone)).date()
    return {
        "case": case,
        "clock": clock,
        "seen": len(case.causes),
        "mine": case.owner is not None and case.owner.id == tx.actor.id,
        "colleagues": [(each.id, each.name) for each in beside.colleagues(tx, case.id)],
        "tiers": [(tier.value, TIERS[tier]) for tier in Tier if tier.outranks(case.tier)]
        if may_raise
        else [],
        "dispositions": [(each.value, words) for each, words in case_words.DISPOSITIONS.items()],
        "without_date": [
            case_words.DISPOSITIONS[each].lower() for each in Disposition if each in NEEDS_NO_NEXT_CONTACT
        ],
        "DISPOSITIONS": case_words.DISPOSITIONS,
        "TRIES": case_words.TRIES,
        "today": today,
        "days": [
            ("today", today),
            ("tomorrow", today + timedelta(days=1)),
            ("in a week", today + timedelta(days=7)),
        ],
        "lines": lines[:FIRST_SHOWN],
        "older": lines[FIRST_SHOWN:],
        "look_again": _look_again(tx, lines),
    }


def _look_again(tx: Tx, lines: list[Line]) -> int | None:
    """Seconds after which a message on its way has probably come further: no event tells of that."""
    waiting = [line.at for line in lines for way in line.ways if way.waits]
    if not waiting:
        return None
    return 3 if tx.now - max(waiting) < timedelta(minutes=1) else 60


def closed(tx: Tx, cursor: UUID | None) -> dict[str, Any]:
    """A page of closed cases."""
    found, following = beside.ended(tx, cursor)
    return {
        "cases": found,
        "following": following,
        "CAUSES": queue.CAUSES,
        "DISPOSITIONS": case_words.DISPOSITIONS,
    }


def _causes(tx: Tx, case: CaseOut) -> list[Cause]:
    asked = {each.source_id for each in case.causes_in_full if each.kind in _ASKED}
    checkins = {each.id: each for each in some_checkins(tx, case.client.id, asked)} if asked else {}
    client = access.client(tx, Action.VIEW_CHECKINS, case.client.id)
    rules = case_rules.sentences(tx, client, checkins) if checkins else {}
    return [
        Cause(queue.CAUSES[each.kind], each, checkins.get(each.source_id), rules.get(each.source_id, {}))
        for each in case.causes_in_full[::-1]
    ]


def _plan(tx: Tx, client_id: UUID) -> tuple[tuple[int, PlanDocument] | None, bool]:
    """The plan, and whether it could be read: a damaged one must not hide the case."""
    try:
        return plan_beside(tx, access.client(tx, Action.VIEW_PLAN, client_id)), True
    except (SealBroken, msgspec.MsgspecError):
        log.error("the plan of client %s does not open", client_id)
        return None, False


def _people(client: ClientOut, plan: PlanDocument | None) -> list[Person]:
    """Whom to call, the client first; a helper only where the client agreed that staff may."""
    found = [person(client.name, "client", client.phone)]
    if plan is not None:
        for each in plan.helpers:
            about = " · ".join(part for part in (each.relation or "helper", each.best_times) if part)
            if each.staff_may_contact:
                found.append(person(each.name, about, each.phone))
            else:
                found.append(Person(each.name, about, remark="has not agreed that staff call"))
        found += [person(each.name, each.role or "professional", each.phone) for each in plan.professionals]
    return found


def person(name: str, about: str, number: str | None, remark: str | None = None) -> Person:
    """Somebody with the number as a link, where it is one."""
    missing = remark or (None if number else "no number on record")
    return Person(name, about, readable(number), tel_href(number) if number else None, missing)


def readable(number: str | None) -> str | None:
    """A number as people here write it, "(503) 555-0142"; one from abroad with its country; anything else as it is."""
    try:
        parsed = phonenumbers.parse(number or "", NATIONWIDE)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    here = parsed.country_code == phonenumbers.country_code_for_region(NATIONWIDE)
    forms = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, forms.NATIONAL if here else forms.INTERNATIONAL)
