"""Opening the check-ins that are due: one batch is a handful of statements, whatever its size.

Nothing is sent late in a blast: where the whole window passed while the service was down, the check-in is
written down as missed and never offered, and so is every further slot that passed. A check-in that cannot be worked on
is set aside for a while, so that it holds up nobody else's.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, cast, select, update

from checkins import broken, planning, resting
from checkins.models import Occurrence, OccurrenceState, QuestionnaireRow, ScheduleRow
from checkins.schedule import SchedulePattern
from notifications.delivery.messages import Kind
from notifications.delivery.outbox import Notice, tell_many
from server.core.bulk import Row, id_of, instant_of, raw, update_many
from server.core.db import Database, Tx
from server.people.models import Client
from server.people.terms import Language

_O, _S = Occurrence, ScheduleRow
_V = QuestionnaireRow

# A version older than the plan is not among these: it is made anew when the check-in is first looked at.
_own_version = (
    select(_V.id)
    .where(
        _V.client_id == _S.client_id,
        _V.key == _S.questionnaire_key,
        _V.plan_revision >= Client.plan_revision,
    )
    .order_by(_V.number.desc())
    .limit(1)
    .scalar_subquery()
)
_CLAIM = (
    select(
        raw(_O.id, "id"),
        raw(_O.client_id, "client_id"),
        raw(_O.schedule_id, "schedule_id"),
        _O.slot,
        _O.zone,
        raw(_O.due_at, "due_at"),
        raw(_O.closes_at, "closes_at"),
        cast(_S.pattern, Text).label("pattern"),
        raw(_S.asks_from_at, "asks_from_at"),
        Client.zone.label("client_zone"),
        raw(Client.programme_id, "programme_id"),
        raw(Client.language, "language"),
        raw(Client.discharged_at, "discharged_at"),
        raw(_own_version, "version_id"),
    )
    .join(_S, _S.id == _O.schedule_id)
    .join(Client, Client.id == _O.client_id)
    .where(planning.IS_SCHEDULED, _O.due_at <= bindparam("now"), broken.not_set_aside(_O))
    .order_by(_O.due_at)
    .limit(bindparam("most"))
    .with_for_update(of=_O, skip_locked=True)
)

LONGEST_JUMP = timedelta(hours=25)
"""A clock jumps by a day at the most, so no slot after this one is due earlier than that."""


def open_due(db: Database, limit: int = 500) -> int:
    """Open what is due, at most `limit` at once; returns how many were handled (0: nothing is due)."""
    return resting.wake_rested(db) + db.write_now(lambda tx: _open_batch(tx, limit))


def _open_batch(tx: Tx, limit: int) -> int:
    claimed = tx.claim(_CLAIM, {"now": tx.now, "most": limit})
    opened: list[Row] = []
    ended: list[Row] = []
    following: list[Row] = []
    notices: list[Notice] = []
    aside: list[Any] = []
    for row in claimed:
        if row.discharged_at is not None:
            ended.append({"id": row.id, "state": OccurrenceState.EXCUSED.value})
            continue
        due_at, closes_at = instant_of(row.due_at), instant_of(row.closes_at)
        try:
            pattern = planning.pattern_in(row.pattern)
            next_rows = _following(tx, row, pattern, due_at)
            reminder = next_reminder(pattern, due_at, tx.now)
            notice = _notice(row, closes_at, Kind.CHECKIN_OPEN, "open")
        except broken.DAMAGE as error:
            broken.tell_of(row.id, "check-in", error)
            aside.append(row.id)
            continue
        if closes_at <= tx.now:
            ended.append({"id": row.id, "state": OccurrenceState.MISSED.value})
        else:
            opened.append(
                {
                    "id": row.id,
                    "state": OccurrenceState.OPEN.value,
                    "opened_at": tx.now,
                    "questionnaire_id": row.version_id,
                    "remind_at": reminder,
                }
            )
            notices.append(notice)
        following += next_rows
    broken.set_aside(tx, _O, aside)
    update_many(tx, "occurrences", opened)
    update_many(tx, "occurrences", ended)
    planning.insert_rows(tx, following)
    tell_many(tx, notices)
    return len(claimed)


def _notice(row: Any, closes_at: datetime, kind: Kind, why: str) -> Notice:
    checkin_id = str(id_of(row.id))
    return Notice(
        programme_id=id_of(row.programme_id),
        client_id=id_of(row.client_id),
        language=Language(row.language),
        kind=kind,
        dedupe=f"{why}:{checkin_id}",
        expires_at=closes_at,
        data={"checkin_id": checkin_id},
    )


def _following(tx: Tx, row: Any, pattern: SchedulePattern, due_at: datetime) -> list[Row]:
    """The next slot's row, and one for each that passed. In a new zone nothing before now is asked."""
    moved = row.zone != row.client_zone
    not_before = tx.now if moved else max(instant_of(row.asks_from_at), due_at - LONGEST_JUMP)
    walk = planning.following(pattern, row.client_zone, after=row.slot, not_before=not_before, over_by=tx.now)
    return [
        planning.new_row(
            row.schedule_id,
            row.client_id,
            planned,
            OccurrenceState.MISSED if planned.over else OccurrenceState.SCHEDULED,
        )
        for planned in walk
    ]


def next_reminder(pattern: SchedulePattern, due_at: datetime, now: datetime) -> datetime | None:
    """The first reminder after `now`; those that passed meanwhile are not made up for."""
    for minutes in pattern.reminders:
        instant = due_at + timedelta(minutes=minutes)
        if instant > now:
            return instant
    return None


_DUE_REMINDERS = (
    select(
        _O.id,
        _O.client_id,
        _O.due_at,
        _O.closes_at,
        _O.reminded,
        cast(_S.pattern, Text).label("pattern"),
        Client.programme_id,
        raw(Client.language, "language"),
    )
    .join(_S, _S.id == _O.schedule_id)
    .join(Client, Client.id == _O.client_id)
    .where(
        planning.IS_OPEN,
        _O.remind_at.is_not(None),
        _O.remind_at <= bindparam("now"),
        broken.not_set_aside(_O),
    )
    .order_by(_O.remind_at)
    .limit(bindparam("most"))
    .with_for_update(of=_O, skip_locked=True)
)
_REMINDED = (
    update(_O)
    .where(_O.id == bindparam("row"))
    .values(remind_at=bindparam("next_at"), reminded=_O.reminded + 1)
)


def remind_due(db: Database, limit: int = 500) -> int:
    """Remind of open check-ins at their reminder times; returns how many were handled."""
    return db.write_now(lambda tx: _remind_batch(tx, limit))


def _remind_batch(tx: Tx, limit: int) -> int:
    connection = tx.connection
    claimed = tx.claim(_DUE_REMINDERS, {"now": tx.now, "most": limit})
    settled: list[dict[str, Any]] = []
    notices: list[Notice] = []
    aside: list[Any] = []
    for row in claimed:
        try:
            next_at = next_reminder(planning.pattern_in(row.pattern), row.due_at, tx.now)
            notice = _notice(row, row.closes_at, Kind.CHECKIN_REMINDER, f"remind{row.reminded + 1}")
        except broken.DAMAGE as error:
            broken.tell_of(row.id, "check-in", error)
            aside.append(row.id)
            continue
        settled.append({"row": row.id, "next_at": next_at})
        if row.closes_at > tx.now:
            notices.append(notice)
    broken.set_aside(tx, _O, aside)
    if settled:
        connection.execute(_REMINDED, settled)
    tell_many(tx, notices)
    return len(claimed)
