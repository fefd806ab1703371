"""How check-ins go with every client at once: last and next, missed ones, and whether mood is getting better.

A fixed number of statements for all clients whom the acting person may see, and none for each.
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import and_, func, literal, select

from checkins import improving, planning
from checkins.models import AnswerRow, Occurrence, OccurrenceState, ScheduleRow, ScheduleState
from checkins.reading import BODY
from server.core.db import Tx
from server.core.tables import EPOCH, UTCDateTime
from server.core.vault import SealBroken, SubjectKey
from server.people import access
from server.people.access import ClientFacts
from server.people.models import Client
from server.people.roles import Action


class Rhythm(Struct, frozen=True, kw_only=True):
    """One client's check-ins. `missed` counts those missed in a row since the last answer; check-ins never
    offered (the service was down) are our silence and do not count. `next_due_at` is the earliest one planned,
    `open_until` the end of one that waits now, `paused_until` set while nothing but a paused schedule asks."""

    since: datetime
    last_at: datetime | None
    missed: int
    next_due_at: datetime | None
    open_until: datetime | None
    paused_until: datetime | None


_A, _O, _S = AnswerRow, Occurrence, ScheduleRow


def rhythms(tx: Tx, client_id: UUID | None = None) -> dict[UUID, Rhythm]:
    """The rhythm of every client this person may see, or of the one asked for."""
    seen = _visible(tx) if client_id is None else and_(_visible(tx), Client.id == client_id)
    planned = _by_client(tx, _waiting(seen, func.min(_O.due_at), planning.IS_SCHEDULED))
    opened = _by_client(tx, _waiting(seen, func.max(_O.closes_at), planning.IS_OPEN))
    resting = select(_S.client_id, func.min(_S.paused_until).label("at")).join(
        Client, Client.id == _S.client_id
    )
    paused = _by_client(tx, resting.where(seen, _S.state == ScheduleState.PAUSED).group_by(_S.client_id))
    return {
        row.id: Rhythm(
            since=row.created_at,
            last_at=row.last_at,
            missed=row.missed,
            next_due_at=planned.get(row.id),
            open_until=opened.get(row.id),
            paused_until=None if row.id in planned else paused.get(row.id),
        )
        for row in tx.connection.execute(_past(seen))
    }


def _visible(tx: Tx) -> Any:
    return and_(access.visible_clients(tx, Action.VIEW_CHECKINS), Client.discharged_at.is_(None))


def _waiting(seen: Any, what: Any, state: Any) -> Any:
    query = select(_O.client_id, what.label("at")).join(Client, Client.id == _O.client_id)
    return query.where(seen, state).group_by(_O.client_id)


def _by_client(tx: Tx, query: Any) -> dict[UUID, datetime]:
    return {row.client_id: row.at for row in tx.connection.execute(query)}


def _past(seen: Any) -> Any:
    """Per client the last answer and the misses since: two looks into an index each, however long the history."""
    last_at = (
        select(_A.answered_at)
        .where(_A.client_id == Client.id)
        .order_by(_A.answered_at.desc())
        .limit(1)
        .correlate(Client)
        .scalar_subquery()
    )
    each = select(Client.id, Client.created_at, last_at.label("last_at")).where(seen).cte("each_client")
    ever = func.coalesce(each.c.last_at, literal(EPOCH, UTCDateTime()))
    missed = (
        select(func.count())
        .where(
            _O.client_id == each.c.id,
            _O.due_at > ever,
            _O.state == OccurrenceState.MISSED,
            _O.opened_at.is_not(None),
        )
        .correlate(each)
        .scalar_subquery()
    )
    return select(each.c.id, each.c.created_at, each.c.last_at, missed.label("missed"))


class _Mood(Struct):
    """The one answer of a check-in that is looked at; the others are passed over."""

    mood: Any = None


_mood = msgspec.json.Decoder(_Mood)


def not_improving(tx: Tx, clients: Mapping[UUID, ClientFacts]) -> set[UUID]:
    """Those of `clients` whose mood is not getting better (the rule is `improving.py`).

    It opens the last 28 answers of each, so it takes its time: ask only where somebody wants to know.
    """
    oldest = (
        select(_A.answered_at)
        .where(_A.client_id == Client.id)
        .order_by(_A.answered_at.desc())
        .limit(1)
        .offset(2 * improving.HALF - 1)
        .correlate(Client)
        .scalar_subquery()
    )
    query = (
        select(_A.client_id, _A.id, _A.body)
        .join(Client, Client.id == _A.client_id)
        .where(_visible(tx), _A.answered_at >= oldest)
        .order_by(_A.client_id, _A.answered_at.desc())
    )
    found: set[UUID] = set()
    for client_id, rows in groupby(tx.connection.execute(query), key=itemgetter(0)):
        if client_id in clients:
            key = access.key(tx, clients[client_id])
            if improving.better([_opened(key, answer_id, body) for _, answer_id, body in rows]) is False:
                found.add(client_id)
    return found


def _opened(key: SubjectKey, answer_id: UUID, body: bytes) -> float | None:
    """The mood in one answer; None where it was declined, left out or cannot be read."""
    try:
        mood = _mood.decode(key.open(BODY, answer_id, body)).mood
    except (SealBroken, msgspec.MsgspecError):
        return None
    return float(mood) if isinstance(mood, int | float) and not isinstance(mood, bool) else None
