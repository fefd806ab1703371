"""The caseload: every client this person looks after, one line each, to see at a glance who needs a thought.

Names are sealed, so they are opened here and searched and sorted in memory; the number of statements does not
grow with the number of clients. The look is recorded for the lines that are shown.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from checkins import improving, rhythm
from checkins.rhythm import Rhythm
from crisisplans import registry
from crisisplans.registry import Standing
from crisisplans.revisions import PlanStatus
from notifications.escalations import promised
from notifications.escalations.models import Case
from notifications.escalations.promised import Promise
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.console.clients import discharged
from server.console.clients.caseload_asked import PAGE, SILENT_DAYS, Asked, link, page_of, turning
from server.core import audit_looks
from server.core.db import Tx
from server.people import access
from server.people.models import Client
from server.people.roles import Action, reach
from server.people.terms import RiskLevel

LONGEST_SILENCE = 365


class Row(Struct, frozen=True, kw_only=True):
    """One client. `silent_for` is the time since the last answer, or since they were added where there is none."""

    id: UUID
    name: str
    risk: RiskLevel
    rhythm: Rhythm
    silent_for: timedelta
    silent: bool
    status: PlanStatus
    revision: int
    due_on: date | None
    draft_at: datetime | None
    case_id: UUID | None
    tier: Tier | None
    promise: Promise | None


def asked_in(given: Mapping[str, str]) -> Asked:
    """The request in these parameters; what makes no sense is left at its usual value."""
    show, sort = given.get("show", ""), given.get("sort", "")
    return Asked(
        show=show if show in SHOWS else "all",
        sort=sort if sort in SORTS else "name",
        down=given.get("down") == "1",
        days=min(_number(given.get("days"), SILENT_DAYS), LONGEST_SILENCE),
        page=_number(given.get("page"), 1),
        name=" ".join(given.get("name", "").split()),
    )


def _number(text: str | None, usual: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 and int(text) > 0 else usual


_NO_PLAN = (PlanStatus.NONE, PlanStatus.DRAFT)
_DUE = (PlanStatus.REVIEW_DUE, PlanStatus.OVERDUE)
_RISKS = tuple(RiskLevel)
_TIERS = tuple(Tier)

SHOWS: Mapping[str, str] = {
    "all": "Everybody",
    "no-plan": "No plan",
    "open-case": "Open case",
    "contact-due": "Contact due",
    "overdue": "Missed check-ins",
    "review-due": "Review due",
    "silent": "No answer",
    "not-improving": "Not improving",
    discharged.SHOW: "Discharged",
}

_HOLDS: Mapping[str, Callable[[Row], bool]] = {
    "no-plan": lambda row: row.status in _NO_PLAN,
    "overdue": lambda row: row.rhythm.missed > 0,
    "review-due": lambda row: row.status in _DUE,
    "silent": lambda row: row.silent,
    "open-case": lambda row: row.case_id is not None,
    "contact-due": lambda row: row.promise is not None and row.promise.due,
}

SORTS: Mapping[str, Callable[[Row], Any]] = {
    "name": lambda row: row.name.casefold(),
    "risk": lambda row: -_RISKS.index(row.risk),
    "last": lambda row: -row.silent_for,
    "next": lambda row: (row.rhythm.next_due_at is None, row.rhythm.next_due_at or row.rhythm.since),
    "missed": lambda row: -row.rhythm.missed,
    "plan": lambda row: (row.status not in _NO_PLAN, row.due_on or date.min),
    "case": lambda row: _TIERS.index(row.tier) if row.tier else len(_TIERS),
    "promised": lambda row: row.promise.on if row.promise else date.max,
}
"""By each of these, what presses most comes first."""


def shown(tx: Tx, asked: Asked) -> dict[str, Any]:
    """The rows of one page, how many there are of each kind, and the words of the rule where one is applied."""
    everybody = _everybody(tx, timedelta(days=asked.days))
    left = discharged.count(tx)
    if asked.show == discharged.SHOW:
        return {**_frame(tx, asked, everybody, left), **_those_who_left(tx, asked)}
    found = [row for row in everybody if _fits(row, asked)]
    if asked.show == "not-improving":
        facts = {standing.client.id: standing.client for standing in registry_of(tx).values()}
        stuck = rhythm.not_improving(tx, facts)
        found = [row for row in found if row.id in stuck]
    found.sort(key=SORTS["name"])
    found.sort(key=SORTS[asked.sort], reverse=asked.down)
    page, pages = page_of(asked, len(found))
    rows = found[(page - 1) * PAGE : page * PAGE]
    audit_looks.record(tx, "client.list", [(row.id, row.id) for row in rows])
    return {
        **_frame(tx, asked, everybody, left),
        **turning(asked, page, pages),
        "rows": rows,
        "total": len(found),
        "columns": _columns(asked),
        "rule": improving.IN_WORDS,
    }


def _those_who_left(tx: Tx, asked: Asked) -> dict[str, Any]:
    found = discharged.found(tx, asked.name)
    page, pages = page_of(asked, len(found))
    rows = discharged.rows(tx, found[(page - 1) * PAGE : page * PAGE])
    return {**turning(asked, page, pages), "rows": rows, "total": len(found)}


def _frame(tx: Tx, asked: Asked, everybody: Sequence[Row], left: int) -> dict[str, Any]:
    """What stands over the rows, whichever they are."""
    counts = {key: _count(everybody, key) for key in SHOWS} | {discharged.SHOW: left}
    return {
        "asked": asked,
        "shows": [(key, words, counts[key], link(asked, show=key, page=1)) for key, words in SHOWS.items()],
        "may_add": reach(tx.actor.role, Action.CREATE_CLIENT) is not None,
    }


def _fits(row: Row, asked: Asked) -> bool:
    holds = _HOLDS.get(asked.show)
    wanted = asked.name.casefold()
    return (holds is None or holds(row)) and wanted in row.name.casefold()


def _count(rows: Sequence[Row], show: str) -> int | None:
    """How many a filter would show; None where counting would open every answer."""
    if show == "all":
        return len(rows)
    holds = _HOLDS.get(show)
    return None if holds is None else sum(holds(row) for row in rows)


_COLUMNS = (
    ("name", "Client"),
    ("case", "Open case"),
    ("promised", "Contact promised"),
    ("risk", "Risk"),
    ("last", "Last check-in"),
    ("next", "Next check-in"),
    ("missed", "Missed"),
    ("plan", "Plan"),
)


def _columns(asked: Asked) -> list[tuple[str, str, str]]:
    """Each column's words, its link, and how it sorts now ("ascending", "descending" or nothing)."""
    found: list[tuple[str, str, str]] = []
    for key, words in _COLUMNS:
        current = asked.sort == key
        order = ("descending" if asked.down else "ascending") if current else ""
        found.append((words, link(asked, sort=key, down=current and not asked.down, page=1), order))
    return found


def registry_of(tx: Tx) -> dict[UUID, Standing]:
    """The plan of everybody this person may see, read once in a transaction."""
    if "caseload.plans" not in tx.seen:
        tx.seen["caseload.plans"] = {each.client.id: each for each in registry.standings(tx)}
    return tx.seen["caseload.plans"]


def _everybody(tx: Tx, silence: timedelta) -> list[Row]:
    cases, rhythms, owed = _cases(tx), rhythm.rhythms(tx), promised.promises(tx)
    return [
        _row(tx, standing, rhythms[client_id], cases.get(client_id), owed.get(client_id), silence)
        for client_id, standing in registry_of(tx).items()
        if client_id in rhythms
    ]


def _cases(tx: Tx) -> dict[UUID, tuple[UUID, Tier]]:
    query = (
        select(Case.client_id, Case.id, Case.tier)
        .join(Client, Client.id == Case.client_id)
        .where(IS_OPEN, access.visible_clients(tx, Action.VIEW_CASES))
    )
    return {row.client_id: (row.id, row.tier) for row in tx.connection.execute(query)}


def _row(
    tx: Tx,
    standing: Standing,
    rhythm: Rhythm,
    case: tuple[UUID, Tier] | None,
    promise: Promise | None,
    silence: timedelta,
) -> Row:
    client, silent_for = standing.client, tx.now - (rhythm.last_at or rhythm.since)
    return Row(
        id=client.id,
        name=access.name_of(tx, client),
        risk=client.risk_level,
        rhythm=rhythm,
        silent_for=silent_for,
        silent=silent_for > silence,
        status=standing.status,
        revision=client.plan_revision,
        due_on=standing.due_on,
        draft_at=standing.draft_at,
        case_id=case[0] if case else None,
        tier=case[1] if case else None,
        promise=promise,
    )
