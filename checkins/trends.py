"""A client's scale answers over time, for their care team: every question with a number, day by day."""

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import select

from checkins import asking, versions
from checkins.definition import Item, ItemKind
from checkins.models import AnswerRow, Occurrence, OccurrenceState
from checkins.reading import Answers, answers_of
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action

log = logging.getLogger("handrail.checkins")

_MEASURED = (ItemKind.SCALE, ItemKind.NUMBER)
_O, _A = Occurrence, AnswerRow
_OVER = (OccurrenceState.ANSWERED, OccurrenceState.ANSWERED_LATE, OccurrenceState.MISSED)


class Point(Struct, frozen=True):
    """One check-in: when it was answered (or due), and the number given. None: missed, declined or left blank."""

    at: datetime
    value: float | None
    missed: bool = False


class Series(Struct, frozen=True, kw_only=True):
    """One question with a number, as it was last asked, and every point of the period, oldest first."""

    key: str
    question: str
    scale: bool
    low: str
    high: str
    least: float
    most: float
    points: list[Point]


def series_of(tx: Tx, client_id: UUID, since: datetime) -> list[Series]:
    """The series of a client since an instant, mood and sleep first as they are asked. The look is recorded."""
    client = access.client(tx, Action.VIEW_CHECKINS, client_id)
    access.looked(tx, "checkins.view", client)
    query = (
        select(
            *(_O.id, _O.questionnaire_id, _O.rotation, _O.due_at, _O.opened_at, _O.state),
            *(_A.id.label("answer_id"), _A.body, _A.answered_at),
        )
        .outerjoin(_A, _A.occurrence_id == _O.id)
        .where(_O.client_id == client.id, _O.due_at >= since, _O.state.in_(_OVER))
        .order_by(_O.due_at, _O.id)
    )
    items: dict[str, Item] = {}
    found: list[tuple[Any, Answers, set[str]]] = []
    for row in tx.connection.execute(query):
        asked, answers = _read(tx, client, row)
        items.update((item.key, item) for item in asked)
        found.append((row, answers, {item.key for item in asked}))
    return [_series(item, found) for item in items.values()]


def _read(tx: Tx, client: ClientFacts, row: Any) -> tuple[list[Item], Answers]:
    """What was asked with a number, and the answers; nothing for what was missed or does not open."""
    if row.answer_id is None:
        return [], {}
    try:
        definition = versions.definition(tx, client, row.questionnaire_id)
        answers = answers_of(tx, client, row.answer_id, row.body)
    except (SealBroken, msgspec.MsgspecError):
        log.error("the answer to check-in %s does not open", row.id)
        return [], {}
    return [item for item in asking.items_of(definition, row.rotation) if item.kind in _MEASURED], answers


def _series(item: Item, found: list[tuple[Any, Answers, set[str]]]) -> Series:
    points = [
        Point(row.answered_at or row.due_at, _number(answers.get(item.key)), row.answer_id is None)
        for row, answers, asked in found
        if item.key in asked or (row.answer_id is None and row.opened_at is not None)
    ]
    values = [point.value for point in points if point.value is not None]
    return Series(
        key=item.key,
        question=item.text.en,
        scale=item.kind is ItemKind.SCALE,
        low=item.low.en if item.low else "",
        high=item.high.en if item.high else "",
        least=float(item.min if item.min is not None else min(values, default=0)),
        most=float(item.max if item.max is not None else max(values, default=1)),
        points=points,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
