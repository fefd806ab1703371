"""The single rows of the benchmark's check-ins: schedules that are due, open check-ins, 10-item answers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from checkins import versions
from checkins.default_questionnaire import Sign, SignStage, build
from checkins.models import OccurrenceState, ScheduleState
from checkins.questions import items_for
from checkins.schedule import Frequency, Recurrence, SchedulePattern, Slot, next_slot
from notifications.delivery.devices import SEALED_AS
from notifications.delivery.models import ChannelName
from server.core.db import Tx
from server.core.tables import new_id
from server.core.zones import TZDATA_VERSION
from server.core.zones import zone as zone_named

WINDOW_MINUTES = 480

DEFINITION = build(
    [
        Sign("sleepless", "I lie awake past three", SignStage.EARLY),
        Sign("snapping", "I snap at people over nothing", SignStage.EARLY),
        Sign("unopened", "My post stays unopened", SignStage.BREAKING_DOWN),
        Sign("giving-away", "I give my things away", SignStage.CRISIS),
    ]
)


@dataclass(frozen=True)
class Shot:
    """One answer that is ready to be sent: for which check-in, as whom, and the JSON body."""

    checkin_id: UUID
    client_id: UUID
    token: str
    body: bytes


@dataclass(frozen=True)
class Somebody:
    """One client with the token of their phone, a schedule and a questionnaire of their own."""

    id: UUID
    token: str
    zone: str
    schedule_ids: tuple[UUID, ...]
    version_id: UUID


_STARTED = datetime.now(UTC)
_AGO = timedelta(minutes=10)


def pattern_for(zone: str) -> SchedulePattern:
    """Once a day, at the wall time it was ten minutes before the benchmark began."""
    here = (_STARTED - _AGO).astimezone(zone_named(zone))
    return SchedulePattern(
        recurrence=Recurrence(frequency=Frequency.DAILY, times=(f"{here:%H:%M}",)),
        window_minutes=WINDOW_MINUTES,
        reminders=(60, 180),
        starts_on=here.date() - timedelta(days=7),
    )


def due_slots(pattern: SchedulePattern, zone: str) -> tuple[Slot, Slot]:
    """The slot of `pattern_for` that is due, and the one after it."""
    since = _STARTED - _AGO - timedelta(minutes=2)
    first = next_slot(pattern, zone, after=None, not_before=since)
    second = next_slot(pattern, zone, after=first.key, not_before=since) if first else None
    if first is None or second is None or first.due_at > _STARTED:
        raise AssertionError("a slot has to be due")
    return first, second


def scheduled(somebody: Somebody, schedule_id: UUID, slot: Slot) -> dict[str, Any]:
    """A check-in that waits for its time."""
    return {
        "id": new_id(),
        "client_id": somebody.id,
        "schedule_id": schedule_id,
        "slot": slot.key,
        "zone": slot.zone,
        "tzdata": TZDATA_VERSION,
        "rotation": 0,
        "due_at": slot.due_at,
        "closes_at": slot.closes_at,
        "remind_at": slot.remind_at[0],
        "reminded": 0,
        "state": OccurrenceState.SCHEDULED,
    }


def open_checkin(somebody: Somebody, number: int, now: datetime) -> dict[str, Any]:
    due_at = now - timedelta(minutes=30, microseconds=number)
    return {
        "id": new_id(),
        "client_id": somebody.id,
        "schedule_id": somebody.schedule_ids[0],
        "questionnaire_id": somebody.version_id,
        "slot": f"{number:016d}",
        "zone": somebody.zone,
        "tzdata": TZDATA_VERSION,
        "rotation": number % 11,
        "due_at": due_at,
        "closes_at": due_at + timedelta(hours=12),
        "opened_at": due_at,
        "remind_at": due_at + timedelta(hours=8),
        "reminded": 0,
        "state": OccurrenceState.OPEN,
    }


def body(rotation: int, answered_at: datetime, flagged: bool) -> bytes:
    answers: dict[str, Any] = {"mood": 5 + rotation % 3, "sleep": 6.5 + rotation % 2, "thoughts": False}
    answers["safe_now"] = "not_safe" if flagged else "safe"
    for item in items_for(DEFINITION, rotation):
        if item.sign_id is not None:
            answers[item.key] = rotation % 3
        elif item.domain is not None:
            answers[item.key] = "managing"
    answers["anything_else"] = "A long day, but my sister came by and we cooked together."
    if len(answers) != 10:
        raise AssertionError("the benchmark is about ten items")
    return msgspec.json.encode({"answered_at": answered_at, "answers": answers})


def schedule(tx: Tx, client_id: UUID, pattern: SchedulePattern) -> dict[str, Any]:
    return {
        "id": new_id(),
        "client_id": client_id,
        "questionnaire_key": versions.DEFAULT,
        "pattern": msgspec.to_builtins(pattern),
        "state": ScheduleState.ACTIVE,
        "asks_from_at": _STARTED - timedelta(hours=1),
        "created_at": tx.now,
        "version": 1,
    }


def device(tx: Tx, device_id: UUID, token: str) -> dict[str, Any]:
    index = tx.vault.blind(SEALED_AS, token)
    channel = ChannelName.FCM
    return {
        "id": device_id,
        "channel": channel,
        "token_index": index,
        "created_at": tx.now,
        "seen_at": tx.now,
    }
