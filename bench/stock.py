"""The people and check-ins of the benchmark, made in bulk by the packages' own functions, sealed as in real life."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import insert

from checkins import planning, versions
from checkins.default_questionnaire import Sign, SignStage, build
from checkins.models import Occurrence, OccurrenceState, QuestionnaireRow, ScheduleRow, ScheduleState
from checkins.questions import items_for
from checkins.schedule import Frequency, Recurrence, SchedulePattern, next_slot
from notifications.delivery.devices import SEALED_AS
from notifications.delivery.models import ChannelName, Device
from server.core.db import Database, Tx
from server.core.tables import new_id
from server.core.zones import TZDATA_VERSION
from server.people import actions, sessions
from server.people.models import CareSpell, Client, SessionRow
from server.people.schemas import StaffNew
from server.people.terms import CareRole, Language, RiskLevel, Role

ZONE = "America/Chicago"
PHONE = "phone-of-mara"
CHUNK = 5000

DEFINITION = build(
    [
        Sign("sleepless", "I lie awake past three", SignStage.EARLY),
        Sign("snapping", "I snap at people over nothing", SignStage.EARLY),
        Sign("unopened", "My post stays unopened", SignStage.BREAKING_DOWN),
        Sign("giving-away", "I give my things away", SignStage.CRISIS),
    ]
)
ITEMS = items_for(DEFINITION, 0)


@dataclass(frozen=True)
class Somebody:
    """One client, with the token of their phone's session, their schedule and their questionnaire."""

    id: UUID
    token: str
    schedule_id: UUID
    version_id: UUID


class Stock:
    """A programme, its case manager with a phone, and any number of clients and check-ins."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.programme_id = db.write_now(lambda tx: actions.create_programme(tx, "Riverside", ZONE).id)
        self.mara = db.write_now(self._case_manager)
        self._count = 0

    def _case_manager(self, tx: Tx) -> UUID:
        new = StaffNew(name="Mara", email="mara@riverside.example", role=Role.CASE_MANAGER)
        row, _, _ = actions.create_staff(tx, self.programme_id, new)
        programme = tx.vault.subject(self.programme_id, actions_key(tx, self.programme_id))
        device_id = new_id()
        phone = {
            "id": device_id,
            "staff_id": row.id,
            "channel": ChannelName.FCM,
            "token": programme.seal_text(SEALED_AS, device_id, PHONE),
            "token_index": tx.vault.blind(SEALED_AS, PHONE),
            "created_at": tx.now,
            "seen_at": tx.now,
        }
        _insert(tx, Device, [phone])
        return row.id

    def clients(self, count: int, *, schedules: int = 1, phones: bool = False) -> list[Somebody]:
        """New clients with Mara on their team, a session, a questionnaire of their own, and schedules."""
        made: list[Somebody] = []
        for first in range(0, count, 1000):
            several = min(1000, count - first)
            made += self.db.write_now(lambda tx, n=several: self._clients(tx, n, schedules, phones=phones))
        return made

    def _clients(self, tx: Tx, count: int, schedules: int, *, phones: bool) -> list[Somebody]:
        rows: dict[type[Any], list[dict[str, Any]]] = {}
        made = [self._client(tx, rows, schedules, phones=phones) for _ in range(count)]
        for table, several in rows.items():
            _insert(tx, table, several)
        return made
