"""What staff do with a client's schedules: make, edit, pause, resume, take away."""

from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update

from checkins import planning, schedule, versions
from checkins.models import Occurrence, OccurrenceState, ScheduleRow, ScheduleState
from checkins.schedule import SchedulePattern
from checkins.schemas import Pause, ScheduleIn
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, EditedMeanwhile, FieldProblem, Invalid, NotFound
from server.core.tables import new_id
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action
from server.people.unreadable import UNREADABLE, text_or

MOST_SCHEDULES = 10
LONGEST_PAUSE = timedelta(days=366)
_REASON = "schedules.pause_reason"


def create(tx: Tx, client_id: UUID, new: ScheduleIn) -> ScheduleRow:
    """A new schedule, asking from now on."""
    client = access.client(tx, Action.EDIT_SCHEDULE, client_id)
    pattern = _checked(tx, client, new)
    held = select(func.count()).where(
        ScheduleRow.client_id == client.id, ScheduleRow.state != ScheduleState.ENDED
    )
    if tx.session.execute(held).scalar_one() >= MOST_SCHEDULES:
        raise Conflict(f"A client has {MOST_SCHEDULES} schedules at the most; take one away first.")
    row = ScheduleRow(
        id=new_id(),
        client_id=client.id,
        questionnaire_key=new.questionnaire_key,
        pattern=msgspec.to_builtins(pattern),
        state=ScheduleState.ACTIVE,
        asks_from_at=tx.now,
        created_at=tx.now,
        created_by=tx.actor.id,
    )
    tx.session.add(row)
    tx.session.flush()
    planning.plan(tx, row.id, client.id, pattern, client.zone, not_before=tx.now)
    audit.record(tx, "schedule.create", client_id=client.id, row_id=row.id)
    return row


def edit(tx: Tx, client_id: UUID, schedule_id: UUID, new: ScheduleIn, version: int) -> ScheduleRow:
    """Change a schedule. What is open or done stays; only the check-in that waits is planned anew."""
    client, row = _mine(tx, client_id, schedule_id)
    if row.version != version:
        raise EditedMeanwhile(extra={"version": row.version})
    pattern = _checked(tx, client, new)
    row.questionnaire_key = new.questionnaire_key
    row.pattern = msgspec.to_builtins(pattern)
    row.asks_from_at = tx.now
    tx.session.flush()
    if row.state is ScheduleState.ACTIVE:
        planning.replan(tx, row.id, client.id, pattern, client.zone, not_before=tx.now)
    audit.record(tx, "schedule.edit", client_id=client.id, row_id=row.id)
    return row


def pause(tx: Tx, client_id: UUID, schedule_id: UUID, wanted: Pause) -> ScheduleRow:
    """Rest until an instant (hospital, travel). What is open now is excused, and nothing new is asked."""
    client, row = _mine(tx, client_id, schedule_id)
    if not tx.now < wanted.until <= tx.now + LONGEST_PAUSE:
        raise Invalid.field("until", "choose a moment within the next twelve months")
    if row.state is ScheduleState.ACTIVE:
        row.asks_from_at = tx.now
        planning.withdraw(tx, row.id, overdue=OccurrenceState.EXCUSED)
        still_open = (Occurrence.schedule_id == row.id, Occurrence.state == OccurrenceState.OPEN)
        tx.session.execute(update(Occurrence).where(*still_open).values(state=OccurrenceState.EXCUSED))
    row.state, row.paused_until = ScheduleState.PAUSED, wanted.until
    row.pause_reason = access.key(tx, client).seal_text(_REASON, row.id, wanted.reason)
    tx.session.flush()
    audit.record(tx, "schedule.pause", client_id=client.id, row_id=row.id)
    return row


def resume(tx: Tx, client_id: UUID, schedule_id: UUID) -> ScheduleRow:
    """Ask again from now on; a schedule that is not paused stays as it is."""
    client, row = _mine(tx, client_id, schedule_id)
    if row.state is ScheduleState.PAUSED:
        wake(tx, row, client.zone, tx.now)
    return row


def wake(tx: Tx, row: ScheduleRow, zone: str, at: datetime) -> None:
    """End a pause as of `at`. The slots that fell into it are excused (the first 60 of them)."""
    pattern = planning.pattern_of(row.pattern)
    last = planning.last_slot(tx, row.id)
    rested = schedule.slots(
        pattern, zone, after=last, not_before=row.asks_from_at, limit=planning.MOST_PASSED
    )
    excused = [
        planning.new_row(
            row.id,
            row.client_id,
            planning.Planned(slot, schedule.rotation(pattern, slot.on, slot.at), True),
            OccurrenceState.EXCUSED,
        )
        for slot in takewhile(lambda slot: slot.due_at < at, rested)
    ]
    planning.insert_rows(tx, excused)
    row.state, row.paused_until, row.pause_reason, row.asks_from_at = ScheduleState.ACTIVE, None, None, at
    tx.session.flush()
    planning.plan(tx, row.id, row.client_id, pattern, zone, not_before=at)
    audit.record(tx, "schedule.resume", client_id=row.client_id, row_id=row.id)


def take_away(tx: Tx, client_id: UUID, schedule_id: UUID) -> None:
    """Ask no more by this schedule. What is open may still be answered; what was answered stays."""
    client, row = _mine(tx, client_id, schedule_id)
    planning.withdraw(tx, row.id)
    row.state, row.paused_until, row.pause_reason = ScheduleState.ENDED, None, None
    tx.session.flush()
    audit.record(tx, "schedule.end", client_id=client.id, row_id=row.id)


def reason_of(tx: Tx, client: ClientFacts, row: ScheduleRow) -> str | None:
    """Why the schedule rests, in the words of whoever paused it."""
    if row.pause_reason is None:
        return None
    return text_or(access.key(tx, client), _REASON, row.id, row.pause_reason, UNREADABLE)


def _mine(tx: Tx, client_id: UUID, schedule_id: UUID) -> tuple[ClientFacts, ScheduleRow]:
    client = access.client(tx, Action.EDIT_SCHEDULE, client_id)
    query = (
        select(ScheduleRow)
        .where(
            ScheduleRow.id == schedule_id,
            ScheduleRow.client_id == client.id,
            ScheduleRow.state != ScheduleState.ENDED,
        )
        .with_for_update()
    )
    row = tx.session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return client, row


def _checked(tx: Tx, client: ClientFacts, new: ScheduleIn) -> SchedulePattern:
    pattern = SchedulePattern(
        recurrence=new.recurrence,
        window_minutes=new.window_minutes,
        reminders=new.reminders,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
    )
    found = [FieldProblem(wrong.path, wrong.message) for wrong in schedule.problems(pattern)]
    if not versions.exists(tx, client, new.questionnaire_key):
        found.append(FieldProblem("questionnaire_key", "there is no questionnaire of this name"))
    if found:
        raise Invalid(errors=found)
    return pattern
