"""What a day holds for one person: cases that wait for them, contacts that are due, what happened since their last day.

The same that the message at the beginning of the day counts (`oncall.days`), with names and clocks.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, select

from checkins.models import Occurrence, OccurrenceState
from notifications.escalations.ladder import CaseState
from notifications.escalations.oncall import days, handovers, offer_queries
from notifications.escalations.oncall import queries as calendar_queries
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.rotas import turns
from notifications.escalations.rotas.turns import Turn
from notifications.escalations.tiers import Tier
from server.console.cases import queue
from server.console.cases.standing import clock_of, left_words, who_has
from server.console.rota.rota import RUNGS
from server.core import audit_looks
from server.core.db import Tx
from server.core.zones import zone
from server.people import access, programmes, queries
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client
from server.people.roles import Action

LOOKED_BACK = 4
"""Days that are looked back for the last working day: over a long weekend."""


class CaseLine(Struct, frozen=True, kw_only=True):
    """An open case: whose, how urgent, what is owed until when, and who has it."""

    id: UUID
    client: str
    tier: Tier
    left: str
    late: bool
    who: str
    at: datetime | None


class Contact(Struct, frozen=True, kw_only=True):
    """A promised contact whose day is today or over."""

    client_id: UUID
    client: str
    on: date
    over: bool


class Missed(Struct, frozen=True, kw_only=True):
    """A check-in that nobody answered."""

    client_id: UUID
    client: str
    due_at: datetime


def shown(tx: Tx) -> dict[str, Any]:
    """The whole page."""
    me, programme = access.acting(tx), programmes.of_actor(tx)
    covers = days.covers(calendar_of(tx, programme.id, None), me, tx.now)
    mine = days.theirs(tx, me, covers) & access.visible_clients(tx, Action.VIEW_CASES)
    clients = _clients(tx, mine)
    waiting, with_others = _cases(tx, me, clients)
    since = _since(tx, me)
    team_id = calendar_queries.own_team(tx)
    names = queries.names(tx, covers - {me})
    return {
        "waiting": waiting,
        "with_others": with_others,
        "contacts": _contacts(tx, mine, clients),
        "missed": _missed(tx, clients, since),
        "since": since,
        "covers": sorted(names.values()),
        "duty": _duty(tx, me, team_id),
        "rungs": RUNGS,
        "handover": handovers.to_read(tx, team_id),
        "offers": offer_queries.to_answer(tx, team_id),
        "team_id": team_id,
    }


def line_of(tx: Tx, case: Any, client: ClientFacts, names: dict[UUID, str]) -> CaseLine:
    """One open case in the words of the queue."""
    clock = clock_of(case)
    return CaseLine(
        id=case.case_id,
        client=access.name_of(tx, client),
        tier=case.tier,
        left=left_words(clock, tx.now),
        late=clock.at is not None and clock.at <= tx.now,
        who=who_has(case.state, case.owner_id, names.get(case.owner_id), tx.actor.id),
        at=clock.at,
    )


def by_clock(lines: Collection[CaseLine]) -> list[CaseLine]:
    """The least time left first; what presses no more, last."""
    return sorted(lines, key=lambda each: (each.at is None, each.at, each.tier.rank, each.id))


def _clients(tx: Tx, mine: ColumnElement[bool]) -> dict[UUID, ClientFacts]:
    query = select(*CLIENT_COLUMNS).where(mine, Client.discharged_at.is_(None))
    return {row[0]: ClientFacts(*row) for row in tx.connection.execute(query)}


def _cases(tx: Tx, me: UUID, mine: Collection[UUID]) -> tuple[list[CaseLine], list[CaseLine]]:
    """Those that wait for this person, and those of their clients that a colleague has."""
    found = queue.open_cases(tx, Action.VIEW_CASES)
    waiting = [pair for pair in found if _waits(pair[0], me, pair[1].id in mine)]
    ids = {case.case_id for case, _ in waiting}
    others = [pair for pair in found if pair[1].id in mine and pair[0].case_id not in ids]
    audit_looks.record(tx, "case.list", [(client.id, case.case_id) for case, client in (*waiting, *others)])
    names = queries.names(tx, [case.owner_id for case, _ in (*waiting, *others)])
    one, other = ([line_of(tx, *pair, names) for pair in part] for part in (waiting, others))
    return by_clock(one), by_clock(other)


def _waits(case: Any, me: UUID, mine: bool) -> bool:
    if case.state is CaseState.ACKNOWLEDGED:
        return case.owner_id == me
    return mine


def _contacts(tx: Tx, mine: ColumnElement[bool], clients: dict[UUID, ClientFacts]) -> list[Contact]:
    due = days.contacts_due(tx, programmes.of_actor(tx).id, mine)
    found = [(clients[client_id], promise) for client_id, promise in due.items() if client_id in clients]
    audit_looks.record(tx, "client.list", [(client.id, client.id) for client, _ in found])
    today = tx.now.astimezone(zone(programmes.of_actor(tx).zone)).date()
    lines = [
        Contact(
            client_id=client.id, client=access.name_of(tx, client), on=promise.on, over=promise.on < today
        )
        for client, promise in found
    ]
    return sorted(lines, key=lambda each: (each.on, each.client.casefold()))


def _missed(tx: Tx, clients: dict[UUID, ClientFacts], since: datetime) -> list[Missed]:
    query = select(Occurrence.client_id, Occurrence.due_at).where(
        Occurrence.client_id.in_(clients),
        Occurrence.state == OccurrenceState.MISSED,
        Occurrence.closes_at > since,
        Occurrence.due_at > since - timedelta(days=1),
    )
    rows = tx.connection.execute(query.order_by(Occurrence.due_at.desc())).all()
    audit_looks.record(tx, "client.list", [(row[0], row[0]) for row in rows])
    return [
        Missed(client_id=client_id, client=access.name_of(tx, clients[client_id]), due_at=due_at)
        for client_id, due_at in rows
    ]


def _since(tx: Tx, me: UUID) -> datetime:
    """When this person's last working day before today began; a day ago where there was none lately."""
    programme = programmes.of_actor(tx)
    today = tx.now.astimezone(zone(programme.zone)).date()
    for back in range(1, LOOKED_BACK + 1):
        began = days.begins_at(tx, programme.id, today - timedelta(days=back), [me])
        if me in began:
            return began[me]
    return tx.now - timedelta(days=1)


def _duty(tx: Tx, me: UUID, team_id: UUID | None) -> Turn | None:
    """This person's turn of duty under way, else the next within a day."""
    if team_id is None:
        return None
    found = turns.around(calendar_of(tx, programmes.of_actor(tx).id, team_id), tx.now)
    own = (one for one in found if one.person == me and one.to_at > tx.now)
    return next((one for one in own if one.from_at < tx.now + timedelta(days=1)), None)
