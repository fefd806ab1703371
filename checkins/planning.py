"""The next check-in of each schedule. Exactly one row waits; every slot that passed leaves a row behind it.

Editing, pausing and travel touch nothing but the one row that waits: it is taken away and the next slot is
worked out anew, after the last one that was handed out. So nothing is asked twice and nothing finished moves.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, delete, func, select, text, update

from checkins.models import Occurrence, OccurrenceState
from checkins.schedule import SchedulePattern, Slot, next_slot, rotation
from server.core.bulk import Row, insert_many
from server.core.db import Tx
from server.core.tables import new_id
from server.core.zones import TZDATA_VERSION

MOST_PASSED = 60
"""Slots that passed unasked are written down this many at a time; the next beat goes on from there."""

_O = Occurrence
# States are written out, so that the databases see that their partial indexes fit.
IS_SCHEDULED = text("occurrences.state = 'scheduled'")
IS_OPEN = text("occurrences.state = 'open'")

_WAITING = (
    select(_O.id, _O.due_at).where(_O.schedule_id == bindparam("schedule_id"), IS_SCHEDULED).with_for_update()
)
_LAST = select(func.max(_O.slot)).where(
    _O.schedule_id == bindparam("schedule_id"), _O.state != OccurrenceState.SCHEDULED
)


def pattern_of(stored: dict[str, Any]) -> SchedulePattern:
    """The pattern as it is kept in the schedule's row."""
    return msgspec.convert(stored, SchedulePattern)


@lru_cache(maxsize=4096)
def pattern_in(stored: str) -> SchedulePattern:
    """The same from the row's own text, which a batch reads: one that cannot be read then breaks no other."""
    return msgspec.json.decode(stored, type=SchedulePattern)


class Planned(NamedTuple):
    """A slot, which turn of the rotating questions it has, and whether its window is over already."""

    slot: Slot
    turn: int
    over: bool


def new_row(schedule_id: Any, client_id: Any, planned: Planned, state: OccurrenceState) -> Row:
    """The row of one slot, for `insert_rows`; the ids may be raw."""
    slot = planned.slot
    return {
        "id": new_id(),
        "client_id": client_id,
        "schedule_id": schedule_id,
        "slot": slot.key,
        "zone": slot.zone,
        "tzdata": TZDATA_VERSION,
        "rotation": planned.turn,
        "due_at": slot.due_at,
        "closes_at": slot.closes_at,
        "remind_at": slot.remind_at[0] if slot.remind_at else None,
        "reminded": 0,
        "state": state.value,
    }


def insert_rows(tx: Tx, rows: list[Row]) -> None:
    """Store occurrences; a slot that is there already stays as it is."""
    insert_many(tx, "occurrences", rows)


@lru_cache(maxsize=4096)
def _next(
    pattern: SchedulePattern, zone: str, after: str | None, not_before: datetime
) -> tuple[Slot, int] | None:
    """Remembered, because many clients are asked at the same hour of the same zone."""
    slot = next_slot(pattern, zone, after=after, not_before=not_before)
    return (slot, rotation(pattern, slot.on, slot.at)) if slot is not None else None


def following(
    pattern: SchedulePattern, zone: str, *, after: str | None, not_before: datetime, over_by: datetime
) -> Iterator[Planned]:
    """The slots after `after` whose window is over by `over_by`, then the next one.

    When many have passed, only the first of them come; the last one is then given as the next.
    """
    for turn in range(MOST_PASSED + 1):
        found = _next(pattern, zone, after, not_before)
        if found is None:
            return
        over = found[0].closes_at <= over_by and turn < MOST_PASSED
        yield Planned(*found, over)
        if not over:
            return
        after = found[0].key


def withdraw(tx: Tx, schedule_id: UUID, *, overdue: OccurrenceState = OccurrenceState.MISSED) -> None:
    """Take away the row that waits, also the next one of a worker that opens it at this very moment.

    One that was due already, and that no worker came for, is kept as `overdue`: it did not vanish.
    """
    connection = tx.connection
    for _ in range(3):
        waiting = connection.execute(_WAITING, {"schedule_id": schedule_id}).one_or_none()
        if waiting is None:
            continue
        row = _O.id == waiting.id
        if waiting.due_at > tx.now:
            connection.execute(delete(_O).where(row))
        else:
            connection.execute(update(_O).where(row).values(state=overdue))
        return


def last_slot(tx: Tx, schedule_id: UUID) -> str | None:
    """The key of the last slot that was handed out, whatever became of it."""
    return tx.connection.execute(_LAST, {"schedule_id": schedule_id}).scalar_one()


def ahead(
    tx: Tx, schedule_id: UUID, pattern: SchedulePattern, zone: str, not_before: datetime
) -> list[Planned]:
    """The slots after the last one that was handed out: those that passed, then the next one."""
    walk = following(pattern, zone, after=last_slot(tx, schedule_id), not_before=not_before, over_by=tx.now)
    return list(walk)


def plan(
    tx: Tx,
    schedule_id: UUID,
    client_id: UUID,
    pattern: SchedulePattern,
    zone: str,
    *,
    not_before: datetime,
    passed: OccurrenceState = OccurrenceState.MISSED,
) -> None:
    """Store the schedule's next occurrence, and those that passed meanwhile as `passed`."""
    walk = ahead(tx, schedule_id, pattern, zone, not_before)
    rows = [
        new_row(schedule_id, client_id, planned, passed if planned.over else OccurrenceState.SCHEDULED)
        for planned in walk
    ]
    insert_rows(tx, rows)


def replan(
    tx: Tx, schedule_id: UUID, client_id: UUID, pattern: SchedulePattern, zone: str, *, not_before: datetime
) -> None:
    """Work out the next occurrence anew: the schedule was edited, or the client travelled."""
    withdraw(tx, schedule_id)
    plan(tx, schedule_id, client_id, pattern, zone, not_before=not_before)
