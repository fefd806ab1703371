"""What staff read: a client's check-ins with the exact words of each answer, and the schedules behind them."""

import logging
from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import and_, or_, select

from checkins import asking, planning, versions
from checkins.answering import RAISED
from checkins.definition import Answer, Item
from checkins.flags import Raised
from checkins.models import AnswerRow, FlagRow, Occurrence, OccurrenceState, ScheduleRow, ScheduleState
from checkins.reading import answers_of
from checkins.schedules import reason_of
from checkins.schemas import (
    AnsweredItem,
    AnswerOut,
    CheckInList,
    CheckInOut,
    FlagOut,
    ScheduleList,
    ScheduleOut,
)
from checkins.wording import in_words
from server.core.db import Tx
from server.core.errors import NotFound
from server.core.vault import SealBroken
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action
from server.people.unreadable import UNREADABLE, json_or

log = logging.getLogger("handrail.checkins")

PAGE = 30

_O, _A, _S = Occurrence, AnswerRow, ScheduleRow
_CHECKIN = (
    _O.id,
    _O.schedule_id,
    _O.questionnaire_id,
    _O.rotation,
    _O.due_at,
    _O.closes_at,
    _O.opened_at,
    _O.state,
)
_ANSWER = (
    _A.id.label("answer_id"),
    _A.body,
    _A.tier,
    _A.late,
    _A.part2,
    _A.answered_at,
    _A.received_at,
    _A.entered_by,
)


def checkins_of(tx: Tx, client_id: UUID, cursor: UUID | None) -> CheckInList:
    """A page of a client's check-ins, newest first. The look is recorded."""
    client = access.client(tx, Action.VIEW_CHECKINS, client_id)
    access.looked(tx, "checkins.view", client)
    query = (
        select(*_CHECKIN, *_ANSWER)
        .outerjoin(_A, _A.occurrence_id == _O.id)
        .where(_O.client_id == client.id, _O.state != OccurrenceState.SCHEDULED)
        .order_by(_O.due_at.desc(), _O.id.desc())
        .limit(PAGE + 1)
    )
    if cursor is not None:
        last = select(_O.due_at).where(_O.id == cursor, _O.client_id == client.id).scalar_subquery()
        query = query.where(or_(_O.due_at < last, and_(_O.due_at == last, _O.id < cursor)))
    rows = tx.session.execute(query).all()
    flagged = _flags(tx, client, [row.answer_id for row in rows[:PAGE] if row.tier is not None])
    page = [_checkin(tx, client, row, flagged.get(row.answer_id, [])) for row in rows[:PAGE]]
    return CheckInList(checkins=page, cursor=page[-1].id if len(rows) > PAGE else None)


def some_checkins(tx: Tx, client_id: UUID, ids: Collection[UUID]) -> list[CheckInOut]:
    """These check-ins of a client, newest first: what a case is about. The look is recorded."""
    client = access.client(tx, Action.VIEW_CHECKINS, client_id)
    query = select(*_CHECKIN, *_ANSWER).outerjoin(_A, _A.occurrence_id == _O.id)
    query = query.where(_O.client_id == client.id, _O.id.in_(ids))
    rows = tx.session.execute(query.order_by(_O.due_at.desc(), _O.id.desc())).all()
    if rows:
        access.looked(tx, "checkins.view", client)
    flagged = _flags(tx, client, [row.answer_id for row in rows if row.tier is not None])
    return [_checkin(tx, client, row, flagged.get(row.answer_id, [])) for row in rows]


def _checkin(tx: Tx, client: ClientFacts, row: Any, flagged: list[FlagOut]) -> CheckInOut:
    return CheckInOut(
        id=row.id,
        state=row.state,
        scheduled=row.schedule_id is not None,
        offered=row.opened_at is not None,
        due_at=row.due_at,
        closes_at=row.closes_at,
        answer=_answer(tx, client, row, flagged) if row.answer_id is not None else None,
    )


def _answer(tx: Tx, client: ClientFacts, row: Any, flagged: list[FlagOut]) -> AnswerOut:
    items = _items(tx, client, row)
    return AnswerOut(
        answered_at=row.answered_at,
        received_at=row.received_at,
        late=row.late,
        part2=row.part2,
        tier=row.tier,
        entered_by=row.entered_by,
        readable=items is not None,
        items=items or [],
        flags=flagged,
    )


def _items(tx: Tx, client: ClientFacts, row: Any) -> list[AnsweredItem] | None:
    """Each question with its answer; None for an answer that was damaged: it must not hide all the others."""
    try:
        definition = versions.definition(tx, client, row.questionnaire_id)
        answers = answers_of(tx, client, row.answer_id, row.body)
    except (SealBroken, msgspec.MsgspecError):
        log.error("the answer to check-in %s does not open", row.id)
        return None
    return [_item(item, answers.get(item.key)) for item in asking.items_of(definition, row.rotation)]


def _item(item: Item, value: Answer | None) -> AnsweredItem:
    return AnsweredItem(
        key=item.key,
        kind=item.kind,
        question=item.text.en,
        answer=in_words(item, value),
        value=value,
        risk=item.risk,
        part2=item.part2,
    )


def _flags(tx: Tx, client: ClientFacts, answer_ids: list[UUID]) -> dict[UUID, list[FlagOut]]:
    """The flags by answer; the tier of one that was damaged is still told."""
    if not answer_ids:
        return {}
    key = access.key(tx, client)
    shut = (UNREADABLE, None, UNREADABLE)
    found: dict[UUID, list[FlagOut]] = {}
    query = select(FlagRow).where(FlagRow.answer_id.in_(answer_ids), FlagRow.client_id == client.id)
    for row in tx.session.scalars(query.order_by(FlagRow.id)):
        raised = json_or(key, RAISED, row.id, row.raised, Raised)
        if raised is None:
            log.error("the flag %s does not open", row.id)
        rule, item, why = (raised.rule, raised.item, raised.why) if raised else shut
        flag = FlagOut(rule=rule, item=item, tier=row.tier, why=why)
        found.setdefault(row.answer_id, []).append(flag)
    return found


def schedules_of(tx: Tx, client_id: UUID) -> ScheduleList:
    """A client's schedules, oldest first."""
    client = access.client(tx, Action.VIEW_CHECKINS, client_id)
    access.looked(tx, "schedules.view", client)
    query = select(_S).where(_S.client_id == client.id, _S.state != ScheduleState.ENDED)
    rows = tx.session.scalars(query.order_by(_S.id))
    return ScheduleList(schedules=[_schedule(tx, client, row) for row in rows])


def schedule_of(tx: Tx, client_id: UUID, schedule_id: UUID) -> ScheduleOut:
    """One schedule and when it asks next."""
    client = access.client(tx, Action.VIEW_CHECKINS, client_id)
    mine = (_S.id == schedule_id, _S.client_id == client.id, _S.state != ScheduleState.ENDED)
    row = tx.session.scalars(select(_S).where(*mine)).one_or_none()
    if row is None:
        raise NotFound
    access.looked(tx, "schedules.view", client, row.id)
    return _schedule(tx, client, row)


def _schedule(tx: Tx, client: ClientFacts, row: ScheduleRow) -> ScheduleOut:
    pattern = planning.pattern_of(row.pattern)
    due_at = select(_O.due_at).where(_O.schedule_id == row.id, planning.IS_SCHEDULED)
    return ScheduleOut(
        id=row.id,
        questionnaire_key=row.questionnaire_key,
        recurrence=pattern.recurrence,
        window_minutes=pattern.window_minutes,
        reminders=pattern.reminders,
        starts_on=pattern.starts_on,
        ends_on=pattern.ends_on,
        state=row.state,
        paused_until=row.paused_until,
        pause_reason=reason_of(tx, client, row),
        next_due_at=tx.session.scalar(due_at),
        version=row.version,
    )
