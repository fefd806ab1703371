"""Opening check-ins by bare SQL through the raw driver: the floor under the worker's job."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Json
from sqlalchemy import select

from bench.home import Home
from bench.stock import Due
from notifications.delivery.models import Device
from server.core.tables import EPOCH, new_id
from server.people.terms import Language

BATCH = 500

_OPEN = (
    "update occurrences set state = 'open', opened_at = ?, questionnaire_id = ?, remind_at = ? where id = ?"
)

Statement = tuple[str, list[tuple[Any, ...]]]


def open_all(home: Home, due: Sequence[Due]) -> float:
    """Open all of these in transactions of 500; the seconds it took, without preparing the values."""
    phones = home.db.read_now(
        lambda tx: dict(tx.session.execute(select(Device.client_id, Device.id)).tuples().all())
    )
    plain = _for_sqlite if home.embedded else _for_postgresql
    batches = [_batch(due[first : first + BATCH], phones, plain) for first in range(0, len(due), BATCH)]
    run = _on_sqlite(home) if home.embedded else _on_postgresql(home)
    began = time.perf_counter()
    for batch in batches:
        run(batch)
    return time.perf_counter() - began


def _batch(
    due: Sequence[Due], phones: dict[UUID | None, UUID], plain: Callable[[Any], Any]
) -> list[Statement]:
    now = datetime.now(UTC)
    opened = [
        (now, each.somebody.version_id, each.slot.due_at + timedelta(minutes=60), each.checkin_id)
        for each in due
    ]
    messages = [_message(each, phones[each.somebody.id], now) for each in due]
    return [
        (_OPEN, [tuple(map(plain, values)) for values in opened]),
        _insert("occurrences", [each.following for each in due], plain),
        _insert("messages", messages, plain),
    ]


def _message(due: Due, phone: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "programme_id": due.programme_id,
        "client_id": due.somebody.id,
        "channel": "fcm",
        "device_id": phone,
        "kind": "checkin_open",
        "language": Language.EN,
        "data": {"checkin_id": str(due.checkin_id)},
        "obligation": f"open:{due.checkin_id}",
        "dedupe_key": f"open:{due.checkin_id}:fcm:{phone}",
        "priority": 3,
        "state": "queued",
        "send_after": now,
        "expires_at": due.slot.closes_at,
        "attempts": 0,
        "fence": 0,
        "created_at": now,
    }


def _insert(table: str, rows: Sequence[dict[str, Any]], plain: Callable[[Any], Any]) -> Statement:
    marks = ", ".join("?" for _ in rows[0])
    statement = f"insert into {table} ({', '.join(rows[0])}) values ({marks}) on conflict do nothing"
    return statement, [tuple(map(plain, row.values())) for row in rows]


def _on_sqlite(home: Home) -> Callable[[list[Statement]], None]:
    connection: Any = home.db.engine.raw_connection().driver_connection

    def run(batch: list[Statement]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for statement, values in batch:
            connection.executemany(statement, values)
        connection.execute("COMMIT")

    return run


def _on_postgresql(home: Home) -> Callable[[list[Statement]], None]:
    connection = psycopg.connect(home.environment["HANDRAIL_DATABASE"])

    def run(batch: list[Statement]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            for statement, values in batch:
                cursor.executemany(statement.replace("?", "%s").encode(), values)

    return run


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    return json.dumps(value) if isinstance(value, dict) else value


def _for_postgresql(value: Any) -> Any:
    return Json(value) if isinstance(value, dict) else value
