"""What a turn of duty hands to the next: open cases and what was tried, what happened meanwhile, and the note."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, func, select

from checkins.models import Occurrence, OccurrenceState
from notifications.escalations import promised
from notifications.escalations.closing import Disposition
from notifications.escalations.models import Case, CaseEvent, ContactAttempt, EventKind
from notifications.escalations.oncall import handovers
from notifications.escalations.oncall.schemas import TeamOut
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.console.cases import queue
from server.console.cases.case_words import DISPOSITIONS, tried_words
from server.console.duty.today import CaseLine, by_clock, line_of
from server.console.rota import rota
from server.console.rota.rota import RUNGS
from server.core import audit_looks
from server.core.db import Tx
from server.core.errors import NotFound
from server.core.zones import zone
from server.people import access, programmes, queries
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client
from server.people.roles import Action

_TRIES_SHOWN = 3
_FIRST = len(CLIENT_COLUMNS)


class Open(Struct, frozen=True):
    """An open case and the newest tries to reach the client, with when they were."""

    line: CaseLine
    tries: list[tuple[datetime, str]]


class Happened(Struct, frozen=True, kw_only=True):
    """One thing of the last turn: when, with whom, what (where its heading does not say it), and where to read more."""

    at: datetime
    client: str
    what: str
    path: str
    tier: Tier | None = None


class Owed(Struct, frozen=True):
    """A contact that was promised for a day of this turn and is not made yet; `over` once that day is."""

    client_id: UUID
    client: str
    on: date
    over: bool


def shown(tx: Tx, team_id: UUID | None) -> dict[str, Any]:
    """The page of one team; `it` is None for whoever takes no turns in it."""
    team, teams = rota.team_of(tx, team_id)
    common: dict[str, Any] = {"team": team, "teams": teams, "rungs": RUNGS}
    try:
        it = handovers.handover(tx, team.id)
    except NotFound:
        return {**common, "it": None}
    theirs = _clients_of(team)
    visible = access.visible_clients(tx, Action.VIEW_CASES) & theirs
    open_cases = _open_cases(tx, team)
    return {
        **common,
        "it": it,
        "open_cases": open_cases,
        "hidden": _count(tx, theirs) - len(open_cases),
        "opened": _opened(tx, visible, it.since_at),
        "closed": _closed(tx, visible, it.since_at),
        "lapsed": _lapsed(tx, visible, it.since_at),
        "owed": _owed(tx, team, it.since_at),
        "missed": _missed(tx, visible, it.since_at),
    }


def _clients_of(team: TeamOut) -> ColumnElement[bool]:
    own = Client.team_id == team.id
    return own | Client.team_id.is_(None) if team.first else own


def _is_of(team: TeamOut, client: ClientFacts) -> bool:
    return client.team_id == team.id or (team.first and client.team_id is None)


def _open_cases(tx: Tx, team: TeamOut) -> list[Open]:
    found = [pair for pair in queue.open_cases(tx, Action.VIEW_CASES) if _is_of(team, pair[1])]
    audit_looks.record(tx, "case.list", [(client.id, case.case_id) for case, client in found])
    tries = _tries(tx, [case.case_id for case, _ in found])
    names = queries.names(tx, [case.owner_id for case, _ in found])
    lines = by_clock([line_of(tx, case, client, names) for case, client in found])
    return [Open(line, tries.get(line.id, [])) for line in lines]


def _tries(tx: Tx, cases: list[UUID]) -> dict[UUID, list[tuple[datetime, str]]]:
    """The newest tries of each case, newest first."""
    query = select(ContactAttempt).where(ContactAttempt.case_id.in_(cases))
    rows = list(tx.session.scalars(query.order_by(ContactAttempt.at.desc(), ContactAttempt.id.desc())))
    names = queries.names(tx, [row.staff_id for row in rows])
    found: dict[UUID, list[tuple[datetime, str]]] = {}
    for row in rows:
        known = found.setdefault(row.case_id, [])
        if len(known) < _TRIES_SHOWN:
            who = names.get(row.staff_id, "A colleague")
            known.append((row.at, f"{who} {tried_words(row.channel, reached=row.reached)}"))
    return found


def _count(tx: Tx, theirs: ColumnElement[bool]) -> int:
    """Open cases of the team's clients, seen or not: a number names nobody."""
    here = Client.programme_id == programmes.of_actor(tx).id
    query = select(func.count()).select_from(Case).join(Client, Client.id == Case.client_id)
    return tx.session.scalar(query.where(IS_OPEN, here, theirs)) or 0


def _opened(tx: Tx, visible: ColumnElement[bool], since: datetime) -> list[Happened]:
    query = select(*CLIENT_COLUMNS, Case.id.label("case_id"), Case.opened_at, Case.tier)
    query = query.join_from(Case, Client, Client.id == Case.client_id)
    rows = tx.connection.execute(query.where(visible, Case.opened_at >= since)).all()
    return _told(tx, rows, lambda row: (row.opened_at, ""))


def _closed(tx: Tx, visible: ColumnElement[bool], since: datetime) -> list[Happened]:
    query = select(*CLIENT_COLUMNS, Case.id.label("case_id"), Case.closed_at, Case.disposition, Case.tier)
    query = query.join_from(Case, Client, Client.id == Case.client_id)
    rows = tx.connection.execute(query.where(visible, Case.closed_at >= since)).all()
    return _told(tx, rows, lambda row: (row.closed_at, _how(row.disposition)))


def _how(disposition: str | None) -> str:
    return DISPOSITIONS[Disposition(disposition)] if disposition else "closed"


def _lapsed(tx: Tx, visible: ColumnElement[bool], since: datetime) -> list[Happened]:
    query = select(*CLIENT_COLUMNS, Case.id.label("case_id"), CaseEvent.at.label("at"), Case.tier)
    query = query.join_from(CaseEvent, Case, Case.id == CaseEvent.case_id)
    query = query.join(Client, Client.id == Case.client_id)
    rows = tx.connection.execute(
        query.where(visible, CaseEvent.kind == EventKind.LAPSED, CaseEvent.at >= since)
    )
    return _told(tx, rows.all(), lambda row: (row.at, "no contact in time; calling began again"))


def _told(tx: Tx, rows: Sequence[Any], words: Callable[[Any], tuple[datetime, str]]) -> list[Happened]:
    clients = [ClientFacts(*row[:_FIRST]) for row in rows]
    audit_looks.record(
        tx, "case.list", [(client.id, row.case_id) for client, row in zip(clients, rows, strict=True)]
    )
    found: list[Happened] = []
    for client, row in zip(clients, rows, strict=True):
        at, what = words(row)
        name, path = access.name_of(tx, client), f"/cases/{row.case_id}"
        found.append(Happened(at=at, client=name, what=what, path=path, tier=row.tier))
    return sorted(found, key=lambda each: each.at)


def _owed(tx: Tx, team: TeamOut, since: datetime) -> list[Owed]:
    """Promised contacts whose day lay in this turn, or is today, and that nobody has made."""
    here = zone(programmes.of_actor(tx).zone)
    first, today = since.astimezone(here).date(), tx.now.astimezone(here).date()
    owed = {key: one for key, one in promised.promises(tx).items() if first <= one.on <= today}
    query = select(*CLIENT_COLUMNS).where(Client.id.in_(owed), access.visible_clients(tx, Action.VIEW_CASES))
    clients = [ClientFacts(*row) for row in tx.connection.execute(query)]
    found = [client for client in clients if _is_of(team, client)]
    audit_looks.record(tx, "client.list", [(client.id, client.id) for client in found])
    days = {client.id: owed[client.id].on for client in found}
    lines = [
        Owed(client.id, access.name_of(tx, client), days[client.id], over=days[client.id] < today)
        for client in found
    ]
    return sorted(lines, key=lambda each: (each.on, each.client.casefold()))


def _missed(tx: Tx, visible: ColumnElement[bool], since: datetime) -> list[Happened]:
    query = (
        select(*CLIENT_COLUMNS, Occurrence.due_at, Occurrence.closes_at)
        .join_from(Occurrence, Client, Client.id == Occurrence.client_id)
        .where(
            visible,
            Occurrence.state == OccurrenceState.MISSED,
            Occurrence.closes_at.between(since, tx.now),
            Occurrence.due_at > since - timedelta(days=1),
        )
    )
    found: Sequence[Any] = tx.connection.execute(query.order_by(Occurrence.closes_at)).all()
    rows = [(ClientFacts(*row[:_FIRST]), row.due_at) for row in found]
    audit_looks.record(tx, "client.list", [(client.id, client.id) for client, _ in rows])
    return [
        Happened(
            at=due_at,
            client=access.name_of(tx, client),
            what="",
            path=f"/clients/{client.id}/checkins",
        )
        for client, due_at in rows
    ]
