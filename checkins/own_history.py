"""A client's own answers, looking back: every question as it was asked, in their language, and what they said."""

import logging
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import and_, or_, select

from checkins import asking, versions
from checkins.models import AnswerRow, Occurrence
from checkins.own_schemas import History, HistoryEntry, OwnItem
from checkins.reading import Answers, answers_of
from checkins.wording import in_words
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action

log = logging.getLogger("handrail.checkins")

PAGE = 30
MOOD = "mood"
"""The key of the question the mood line is drawn from."""

_O, _A = Occurrence, AnswerRow


def own(tx: Tx, cursor: UUID | None) -> History:
    """A page of the acting client's answers, newest first; `cursor` is the check-in the page before ended with."""
    client = access.oneself(tx, Action.READ_OWN)
    query = _answered(client).limit(PAGE + 1)
    if cursor is not None:
        last = select(_O.due_at).where(_O.id == cursor, _O.client_id == client.id).scalar_subquery()
        query = query.where(or_(_O.due_at < last, and_(_O.due_at == last, _O.id < cursor)))
    rows = tx.session.execute(query).all()
    page = [_entry(tx, client, row) for row in rows[:PAGE]]
    return History(entries=page, cursor=page[-1].id if len(rows) > PAGE else None)


def everything(tx: Tx, client: ClientFacts) -> tuple[list[HistoryEntry], bool]:
    """Every answer the client ever gave, newest first, and whether any is about substance use."""
    rows = tx.session.execute(_answered(client)).all()
    return [_entry(tx, client, row) for row in rows], any(row.part2 for row in rows)


def _answered(client: ClientFacts) -> Any:
    return (
        select(
            *(_O.id, _O.questionnaire_id, _O.rotation, _O.due_at),
            *(_A.id.label("answer_id"), _A.body, _A.part2, _A.answered_at, _A.received_at, _A.entered_by),
        )
        .join(_A, _A.occurrence_id == _O.id)
        .where(_O.client_id == client.id)
        .order_by(_O.due_at.desc(), _O.id.desc())
    )


def _entry(tx: Tx, client: ClientFacts, row: Any) -> HistoryEntry:
    answers, items = _read(tx, client, row)
    mood = answers.get(MOOD)
    return HistoryEntry(
        id=row.id,
        due_at=row.due_at,
        answered_at=row.answered_at,
        received_at=row.received_at,
        entered_by_staff=row.entered_by is not None,
        readable=items is not None,
        items=items or [],
        mood=mood if isinstance(mood, int) and not isinstance(mood, bool) else None,
    )


def _read(tx: Tx, client: ClientFacts, row: Any) -> tuple[Answers, list[OwnItem] | None]:
    """The answers and each question with its own; no items for what was damaged: it must not hide the others."""
    try:
        definition = versions.definition(tx, client, row.questionnaire_id)
        answers = answers_of(tx, client, row.answer_id, row.body)
    except (SealBroken, msgspec.MsgspecError):
        log.error("the answer to check-in %s does not open", row.id)
        return {}, None
    asked = asking.items_of(definition, row.rotation)
    return answers, [
        OwnItem(
            key=item.key,
            kind=item.kind,
            text=item.text.in_language(client.language),
            answer=in_words(item, answers.get(item.key), client.language, own=True),
            value=answers.get(item.key),
        )
        for item in asked
    ]
