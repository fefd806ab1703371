"""The case page: the facts, the client's plan and people beside the timeline, and what can be done next."""

import logging
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from checkins.definition import ItemKind
from checkins.schemas import CheckInOut
from checkins.staff_queries import some_checkins
from crisisplans.emergency import plan_beside
from crisisplans.lines import tel_href
from crisisplans.sections import PlanDocument
from notifications.escalations import beside
from notifications.escalations import queries as cases
from notifications.escalations.models import CauseKind
from notifications.escalations.schemas import CaseOut, CauseInFull
from server.console.cases import case_now, case_rules, case_words
from server.console.cases.triggers import FROM_CLIENT, TAKEN_DOWN, OwnWords
from server.console.plans.plan_view import NOT_AGREED
from server.console.plans.plan_words import STAGES
from server.console.words import readable
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people import access, queries
from server.people.roles import Action
from server.people.schemas import ClientOut

log = logging.getLogger("handrail.console")

_ASKED = (CauseKind.FLAGGED_ANSWER, CauseKind.MISSED_RUN)
"""Causes that come from a check-in."""


class Cause(Struct, frozen=True):
    """Why the case is there, with the check-in behind it where there is one, and what its rules do, by key.

    `own` are the client's own words in it, which are read first.
    """

    kind: str
    own: tuple[OwnWords, ...]
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


def shown(tx: Tx, case_id: UUID, done: str = "") -> dict[str, Any]:
    """Everything on the page. `done` is the word for what has just been done, which is said where it is so."""
    case = cases.case_out(tx, case_id)
    client = queries.client_out(tx, case.client.id)
    found, readable = _plan(tx, case.client.id)
    document = found[1] if found else None
    causes = causes_of(tx, case)
    return {
        **case_now.now(tx, case, done),
        "client": client,
        "care_team": _care_team(client),
        "causes": causes,
        "earlier": beside.earlier(tx, case.client.id, but=case_id),
        "plan": document,
        "plan_number": found[0] if found else None,
        "plan_readable": readable,
        "people": _people(client, document),
        "CAUSES": case_words.CAUSES,
        "OTHER_RULE": case_rules.OTHER,
        "STAGES": STAGES,
    }


def closed(tx: Tx, cursor: UUID | None) -> dict[str, Any]:
    """A page of closed cases."""
    found, following = beside.ended(tx, cursor)
    return {
        "cases": found,
        "following": following,
        "CAUSES": case_words.CAUSES,
        "DISPOSITIONS": case_words.DISPOSITIONS,
    }


def causes_of(tx: Tx, case: CaseOut) -> list[Cause]:
    """Every cause of a case, the newest first, with the check-in behind it."""
    asked = {each.source_id for each in case.causes_in_full if each.kind in _ASKED}
    checkins = {each.id: each for each in some_checkins(tx, case.client.id, asked)} if asked else {}
    client = access.client(tx, Action.VIEW_CHECKINS, case.client.id)
    rules = case_rules.sentences(tx, client, checkins) if checkins else {}
    return [
        _cause(each, checkins.get(each.source_id), rules.get(each.source_id, {}))
        for each in case.causes_in_full[::-1]
    ]


def _cause(told: CauseInFull, checkin: CheckInOut | None, rules: dict[str, str]) -> Cause:
    return Cause(case_words.CAUSES[told.kind], tuple(_own_words(told, checkin)), told, checkin, rules)


def _own_words(told: CauseInFull, checkin: CheckInOut | None) -> list[OwnWords]:
    if told.kind is CauseKind.HELP_BUTTON:
        return [OwnWords(FROM_CLIENT, told.note)] if told.note else []
    answer = checkin.answer if checkin else None
    if answer is None or told.kind is not CauseKind.FLAGGED_ANSWER:
        return []
    by = TAKEN_DOWN if answer.entered_by else FROM_CLIENT
    free = (each for each in answer.items if each.kind is ItemKind.TEXT and not each.part2)
    return [OwnWords(by, each.value) for each in free if isinstance(each.value, str) and each.value.strip()]


def _care_team(client: ClientOut) -> list[tuple[str, str]]:
    """Each person once, with all they are to this client."""
    roles: dict[str, list[str]] = {}
    for holder in client.care_team:
        roles.setdefault(holder.staff.name, []).append(holder.role.value.replace("_", " "))
    return [(name, ", ".join(found)) for name, found in roles.items()]


def _plan(tx: Tx, client_id: UUID) -> tuple[tuple[int, PlanDocument] | None, bool]:
    """The plan, and whether it could be read: a damaged one must not hide the case."""
    try:
        return plan_beside(tx, access.client(tx, Action.VIEW_PLAN, client_id)), True
    except (SealBroken, msgspec.MsgspecError):
        log.error("the plan of client %s does not open", client_id)
        return None, False


def _people(client: ClientOut, plan: PlanDocument | None) -> list[Person]:
    """Whom to call, the client first; a helper only where the client agreed that staff may."""
    found = [person(client.name, "client", client.phone, _shut_number(client))]
    if plan is not None:
        for each in plan.helpers:
            about = " · ".join(part for part in (each.relation or "helper", each.best_times) if part)
            if each.staff_may_contact:
                found.append(person(each.name, about, each.phone))
            else:
                found.append(Person(each.name, about, remark=NOT_AGREED))
        found += [person(each.name, each.role or "professional", each.phone) for each in plan.professionals]
    return found


def _shut_number(client: ClientOut) -> str | None:
    return "number not readable" if "phone" in client.unreadable else None


def person(name: str, about: str, number: str | None, remark: str | None = None) -> Person:
    """Somebody with the number as a link, where it is one."""
    missing = remark or (None if number else "no number on record")
    return Person(name, about, readable(number), tel_href(number) if number else None, missing)
