"""Opening the check-ins that are due: one batch is a handful of statements, whatever its size.

Nothing is sent late in a blast: where the whole window passed while the service was down, the check-in is
written down as missed and never offered, and so is every further slot that passed.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from checkins import planning, resting
from checkins.models import Occurrence, OccurrenceState, QuestionnaireRow, ScheduleRow
from checkins.schedule import SchedulePattern
from notifications.delivery.messages import Kind
from notifications.delivery.outbox import Notice, tell_many
from server.core.db import Database, Tx
from server.people.models import Client

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
        _O.id,
        _O.client_id,
        _O.schedule_id,
        _O.slot,
        _O.zone,
        _O.due_at,
        _O.closes_at,
        _S.pattern,
        _S.asks_from_at,
        Client.zone.label("client_zone"),
        Client.programme_id,
        Client.language,
        Client.discharged_at,
        _own_version.label("version_id"),
    )
    .join(_S, _S.id == _O.schedule_id)
    .join(Client, Client.id == _O.client_id)
    .where(planning.IS_SCHEDULED, _O.due_at <= bindparam("now"))
    .order_by(_O.due_at)
    .limit(bindparam("most"))
    .with_for_update(of=_O, skip_locked=True)
)
_OPEN = (
    update(_O)
    .where(_O.id == bindparam("row"))
    .values(
        state=OccurrenceState.OPEN,
        opened_at=bindparam("now"),
        questionnaire_id=bindparam("version_id"),
        remind_at=bindparam("reminder_at"),
    )
)


def open_due(db: Database, limit: int = 500) -> int:
    """Open what is due, at most `limit` at once; returns how many were handled (0: nothing is due)."""
    return resting.wake_rested(db) + db.write_now(lambda tx: _open_batch(tx, limit))


def _open_batch(tx: Tx, limit: int) -> int:
    claimed = tx.session.connection().execute(_CLAIM, {"now": tx.now, "most": limit}).all()
    if not claimed:
        return 0
    opened: list[dict[str, Any]] = []
    over: dict[OccurrenceState, list[UUID]] = {OccurrenceState.MISSED: [], OccurrenceState.EXCUSED: []}
    following: list[dict[str, Any]] = []
    notices: list[Notice] = []
    for row in claimed:
        if row.discharged_at is not None:
            over[OccurrenceState.EXCUSED].append(row.id)
        else:
            pattern = planning.pattern_of(row.pattern)
            if row.closes_at <= tx.now:
                over[OccurrenceState.MISSED].append(row.id)
            else:
                opened.append(_opened(row, pattern, tx.now))
                notices.append(_notice(row, Kind.CHECKIN_OPEN, f"open:{row.id}"))
            following += _following(row, pattern, tx.now)
    _apply(tx, opened, over, following)
    tell_many(tx, notices)
    return len(claimed)


def _apply(
    tx: Tx,
    opened: list[dict[str, Any]],
    over: dict[OccurrenceState, list[UUID]],
    following: list[dict[str, Any]],
) -> None:
    connection = tx.session.connection()
    if opened:
        connection.execute(_OPEN, opened)
    for state, rows in over.items():
        if rows:
            connection.execute(update(_O).where(_O.id.in_(rows)).values(state=state))
    planning.insert_rows(tx, following)


def _opened(row: Any, pattern: SchedulePattern, now: datetime) -> dict[str, Any]:
    return {
        "row": row.id,
        "now": now,
        "version_id": row.version_id,
        "reminder_at": next_reminder(pattern, row.due_at, now),
    }


def _notice(row: Any, kind: Kind, dedupe: str) -> Notice:
    return Notice(
        programme_id=row.programme_id,
        client_id=row.client_id,
        language=row.language,
        kind=kind,
        dedupe=dedupe,
        expires_at=row.closes_at,
        data={"checkin_id": str(row.id)},
    )


def _following(row: Any, pattern: SchedulePattern, now: datetime) -> list[dict[str, Any]]:
    not_before = row.asks_from_at if row.zone == row.client_zone else now
    walk = planning.following(pattern, row.client_zone, after=row.slot, not_before=not_before, over_by=now)
    return [
        planning.new_row(
            row.schedule_id,
            row.client_id,
            pattern,
            slot,
            OccurrenceState.MISSED if passed else OccurrenceState.SCHEDULED,
        )
        for slot, passed in walk
    ]


def next_reminder(pattern: SchedulePattern, due_at: datetime, now: datetime) -> datetime | None:
    """The first reminder after `now`; those that passed meanwhile are not made up for."""
    instants = (due_at + timedelta(minutes=minutes) for minutes in pattern.reminders)
    return next((instant for instant in instants if instant > now), None)


_DUE_REMINDERS = (
    select(
        _O.id,
        _O.client_id,
        _O.due_at,
        _O.closes_at,
        _O.reminded,
        _S.pattern,
        Client.programme_id,
        Client.language,
    )
    .join(_S, _S.id == _O.schedule_id)
    .join(Client, Client.id == _O.client_id)
    .where(planning.IS_OPEN, _O.remind_at.is_not(None), _O.remind_at <= bindparam("now"))
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
    connection = tx.session.connection()
    claimed = connection.execute(_DUE_REMINDERS, {"now": tx.now, "most": limit}).all()
    if not claimed:
        return 0
    settled = [
        {"row": row.id, "next_at": next_reminder(planning.pattern_of(row.pattern), row.due_at, tx.now)}
        for row in claimed
    ]
    connection.execute(_REMINDED, settled)
    notices = [
        _notice(row, Kind.CHECKIN_REMINDER, f"remind:{row.id}:{row.reminded + 1}")
        for row in claimed
        if row.closes_at > tx.now
    ]
    tell_many(tx, notices)
    return len(claimed)
