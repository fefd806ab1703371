"""The people and check-ins of the benchmark, made in bulk with the packages' own functions, sealed as in real life."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from bench import rows_of
from bench.rows_of import Shot, Somebody
from checkins import versions
from checkins.models import Occurrence, QuestionnaireRow, ScheduleRow
from checkins.schedule import Slot
from notifications.delivery.devices import SEALED_AS
from notifications.delivery.models import Device
from server.core.db import Database, Tx
from server.core.tables import new_id
from server.people import actions, programmes, sessions
from server.people.models import CareSpell, Client, SessionRow
from server.people.schemas import StaffNew
from server.people.terms import CareRole, Language, RiskLevel, Role

ZONES = ("America/Chicago", "America/New_York", "America/Denver", "America/Phoenix", "Europe/Madrid")
PHONE = "phone-of-mara"
CHUNK = 2000


@dataclass(frozen=True)
class Due:
    """One check-in that is due, and the row of the one after it, for the floor that opens by bare SQL."""

    checkin_id: UUID
    programme_id: UUID
    somebody: Somebody
    slot: Slot
    following: dict[str, Any]


class Stock:
    """A programme, its case manager with a phone, and any number of clients and check-ins."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.programme_id = db.write_now(lambda tx: actions.create_programme(tx, "Riverside", ZONES[0]).id)
        self.mara = db.write_now(self._case_manager)
        self._asked = 0

    def _case_manager(self, tx: Tx) -> UUID:
        new = StaffNew(name="Mara", email="mara@riverside.example", role=Role.CASE_MANAGER)
        row, _, _ = actions.create_staff(tx, self.programme_id, new)
        row.email_proved_at = tx.now
        device_id, programme = new_id(), programmes.facts(tx, self.programme_id)
        tx.session.flush()
        sealed = programmes.key(tx, programme).seal_text(SEALED_AS, device_id, PHONE)
        _insert(tx, Device, [{**rows_of.device(tx, device_id, PHONE), "staff_id": row.id, "token": sealed}])
        return row.id

    def clients(self, count: int, *, schedules: int = 1, phones: bool = False) -> list[Somebody]:
        """New clients with Mara on their team, a session, a questionnaire, schedules and perhaps a phone."""
        made: list[Somebody] = []
        while len(made) < count:
            several = min(500, count - len(made))
            made += self.db.write_now(lambda tx, n=several: self._clients(tx, n, schedules, phones=phones))
        return made

    def _clients(self, tx: Tx, count: int, schedules: int, *, phones: bool) -> list[Somebody]:
        rows: dict[type[Any], list[dict[str, Any]]] = defaultdict(list)
        ids = [self._client(tx, rows) for _ in range(count)]
        for table, several in rows.items():
            _insert(tx, table, several)
        tokens = {i: sessions.start(tx, programme_id=self.programme_id, client_id=i) for i in ids}
        zones = {row["id"]: row["zone"] for row in rows[Client]}
        plans = {
            i: [rows_of.schedule(tx, i, rows_of.pattern_for(zones[i])) for _ in range(schedules)] for i in ids
        }
        _insert(tx, ScheduleRow, [row for several in plans.values() for row in several])
        if phones:
            self._phones(tx, rows[Client])
        asked = {row["client_id"]: row["id"] for row in rows[QuestionnaireRow]}
        return [Somebody(i, tokens[i], zones[i], tuple(r["id"] for r in plans[i]), asked[i]) for i in ids]

    def _client(self, tx: Tx, rows: dict[type[Any], list[dict[str, Any]]]) -> UUID:
        client_id, version_id = new_id(), new_id()
        wrapped = tx.vault.new_subject_key(client_id)
        key = tx.vault.subject(client_id, wrapped)
        base = {"client_id": client_id, "programme_id": self.programme_id}
        rows[Client].append(
            {
                "id": client_id,
                "programme_id": self.programme_id,
                "zone": ZONES[len(rows[Client]) % len(ZONES)],
                "language": Language.EN,
                "risk_level": RiskLevel.LOW,
                "wrapped_key": wrapped,
                "name": key.seal_text("clients.name", client_id, "Noor"),
                "plan_revision": 0,
                "created_at": tx.now,
            }
        )
        rows[CareSpell].append(
            {
                "id": new_id(),
                "client_id": client_id,
                "staff_id": self.mara,
                "role": CareRole.CASE_MANAGER,
                "from_at": tx.now,
            }
        )
        rows[QuestionnaireRow].append(
            {
                **base,
                "id": version_id,
                "key": versions.DEFAULT,
                "number": 1,
                "definition": key.seal_json(versions.COLUMN, version_id, rows_of.DEFINITION),
                "plan_revision": 0,
                "created_at": tx.now,
            }
        )
        return client_id

    def _phones(self, tx: Tx, clients: list[dict[str, Any]]) -> None:
        ids = [row["id"] for row in clients]
        query = select(SessionRow.client_id, SessionRow.id).where(SessionRow.client_id.in_(ids))
        session_of = dict(tx.session.execute(query).tuples().all())
        rows: list[dict[str, Any]] = []
        for row in clients:
            device_id, token = new_id(), f"phone-{row['id']}"
            sealed = tx.vault.subject(row["id"], row["wrapped_key"]).seal_text(SEALED_AS, device_id, token)
            whose = {"client_id": row["id"], "session_id": session_of[row["id"]], "token": sealed}
            rows.append({**rows_of.device(tx, device_id, token), **whose})
        _insert(tx, Device, rows)

    def answers(self, clients: list[Somebody], count: int, *, flag_every: int = 0) -> list[Shot]:
        """Open check-ins for these clients in turn, and a 10-item answer to each; every n-th one is flagged."""
        shots: list[Shot] = []
        rows: list[dict[str, Any]] = []
        now = datetime.now(UTC)
        for number in range(count):
            self._asked += 1
            somebody = clients[number % len(clients)]
            row = rows_of.open_checkin(somebody, self._asked, now)
            rows.append(row)
            flagged = flag_every > 0 and number % flag_every == flag_every - 1
            body = rows_of.body(
                row["rotation"], now - timedelta(hours=1) + timedelta(milliseconds=self._asked), flagged
            )
            shots.append(Shot(row["id"], somebody.id, somebody.token, body))
        self._store(rows)
        return shots

    def due(self, clients: list[Somebody]) -> list[Due]:
        """For every schedule of these clients its check-in, which is due, and the one that follows it."""
        rows: list[dict[str, Any]] = []
        due: list[Due] = []
        for somebody in clients:
            pattern = rows_of.pattern_for(somebody.zone)
            slot, following = rows_of.due_slots(pattern, somebody.zone)
            for schedule_id in somebody.schedule_ids:
                rows.append(rows_of.scheduled(somebody, schedule_id, slot))
                after = rows_of.scheduled(somebody, schedule_id, following)
                due.append(Due(rows[-1]["id"], self.programme_id, somebody, slot, after))
        self._store(rows)
        return due

    def _store(self, rows: list[dict[str, Any]]) -> None:
        for first in range(0, len(rows), CHUNK):
            chunk = rows[first : first + CHUNK]
            self.db.write_now(lambda tx, several=chunk: _insert(tx, Occurrence, several))


def _insert(tx: Tx, table: type[Any], rows: list[dict[str, Any]]) -> None:
    tx.session.flush()
    tx.connection.execute(insert(table), rows)
