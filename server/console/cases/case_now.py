"""Where a case stands on its own page: who has it, what it waits for, what the forms offer, what was just done."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from notifications.escalations import beside
from notifications.escalations import queries as cases
from notifications.escalations.closing import NEEDS_NO_NEXT_CONTACT, NEEDS_REASON, Disposition
from notifications.escalations.holders import EMERGENCY_CONTACT
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, EventKind
from notifications.escalations.schemas import CaseOut
from notifications.escalations.tiers import Tier
from server.console.cases import case_words
from server.console.cases.case_done import SENTENCES, There
from server.console.cases.case_timeline import FIRST_SHOWN, Line, outside_name, timeline
from server.console.cases.standing import clock_of, left_words, who_has
from server.console.done import said
from server.console.words import TIERS, clock_words
from server.core.db import Tx
from server.core.errors import Invalid
from server.core.tables import new_id
from server.core.zones import zone
from server.people import programmes, queries
from server.people.roles import Action, reach


def now(tx: Tx, case: CaseOut, done: str) -> dict[str, Any]:
    """Where the case stands, what can be done, and what was done, where `done` names it and it is so."""
    row = tx.session.get_one(Case, case.id)
    lines = timeline(tx, case)
    unopened = _unopened(tx, case)
    here = zone(programmes.of_actor(tx).zone)
    today = tx.now.astimezone(here).date()
    there = There(
        case=case,
        me=tx.actor.id,
        lines=lines,
        clock=lambda at: clock_words(at.astimezone(here), today),
        unopened=unopened,
    )
    return {
        **_choices(tx, case),
        "case": case,
        "said": said(SENTENCES, done, there),
        "clock": clock_of(row),
        "left_words": left_words(clock_of(row), tx.now),
        "who": _who_has(tx, row, case),
        "unopened": unopened,
        "next_called": _next_called(tx, row),
        "seen": len(case.causes),
        "attempt_id": new_id(),
        "mine": case.owner is not None and case.owner.id == tx.actor.id,
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


def _choices(tx: Tx, case: CaseOut) -> dict[str, Any]:
    """What the forms offer."""
    may_raise = case.state is not CaseState.CLOSED and reach(tx.actor.role, Action.RAISE_CASE) is not None
    return {
        "colleagues": [(each.id, each.name) for each in beside.colleagues(tx, case.id)],
        "tiers": [(tier.value, TIERS[tier]) for tier in Tier if tier.outranks(case.tier)]
        if may_raise
        else [],
        "dispositions": [(each.value, words) for each, words in case_words.DISPOSITIONS.items()],
        "without_date": _named(NEEDS_NO_NEXT_CONTACT),
        "with_reason": _named(NEEDS_REASON),
        "DISPOSITIONS": case_words.DISPOSITIONS,
        "TRIES": case_words.TRIES,
    }


def _named(some: frozenset[Disposition]) -> list[str]:
    return [f"“{case_words.DISPOSITIONS[each]}”" for each in Disposition if each in some]


def _who_has(tx: Tx, row: Case, case: CaseOut) -> str:
    given_up = {row.id: row.owner_id} if row.state is CaseState.OPEN and row.owner_id else {}
    raised = beside.raised_by_owner(tx, given_up).get(row.id)
    return who_has(row.state, row.owner_id, case.owner.name if case.owner else None, tx.actor.id, raised)


def _unopened(tx: Tx, case: CaseOut) -> bool:
    """Whether the case was given to its owner, who has not looked at it yet."""
    kinds = (EventKind.HANDED_OVER, EventKind.ACKNOWLEDGED)
    last = next((event for event in reversed(case.timeline) if event.kind in kinds), None)
    if case.owner is None or case.state is not CaseState.ACKNOWLEDGED or last is None:
        return False
    given = last.kind == EventKind.HANDED_OVER and (last.actor is None or last.actor.id != case.owner.id)
    return given and not beside.has_looked(tx, case.id, case.owner.id, last.at)


def _next_called(tx: Tx, row: Case) -> str:
    """Whom the service calls next, by name."""
    if row.state is not CaseState.OPEN:
        return ""
    ids = beside.called_next(tx, row)
    names = queries.names(tx, [UUID(each) for each in ids if each != EMERGENCY_CONTACT])
    return case_words.people_in(ids, sorted(names.values()), outside_name(tx)) if ids else "the next person"


def not_the_owner(tx: Tx, case_id: UUID, to: UUID) -> None:
    """Invalid for handing a case to whoever has it."""
    case = cases.case_out(tx, case_id)
    if case.owner is not None and case.owner.id == to and case.state is CaseState.ACKNOWLEDGED:
        raise Invalid.field("to", f"{case.owner.name} has it already. Choose somebody else.")


def _look_again(tx: Tx, lines: list[Line]) -> int | None:
    """Seconds after which a message on its way has probably come further: no event tells of that."""
    waiting = [line.at for line in lines for way in line.ways if way.waits]
    if not waiting:
        return None
    return 3 if tx.now - max(waiting) < timedelta(minutes=1) else 60
