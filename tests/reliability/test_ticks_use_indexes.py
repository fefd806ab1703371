"""No job reads what grows with the number of clients: the plans of all its statements are read, its steps counted.

The costs themselves, at up to a million schedules: `python -m bench --parts ticks`.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, event

from checkins.models import Occurrence, ScheduleRow
from notifications.delivery.models import Device, Message
from server.core.db import Database
from server.core.tables import new_id
from server.people.models import CareSpell, Client, SessionRow
from server.worker import Jobs
from tests.watch.test_plans import LONG_AGO, NOW, fill, many, whole_tables

CLIENTS = 4500
"""More than housekeeping looks at in two rounds."""

A_STEP = 100
"""So many instructions of SQLite's machine are counted as one."""

_SMALL = (
    *(
        "staff",
        "programmes",
        "teams",
        "throttles",
        "pending_emails",
        "pending_numbers",
        "call_links",
        "rota_looks",
        "cases",
    ),
    *(
        "served_channels",
        "soundings",
        "duty_looks",
        "silences",
        "CONSTANT ROW",
        "(subquery",
        "ix_messages_dead_calls",
    ),
)
"""Tables that grow with the staff or hold what is under way at this moment, and what a statement makes itself."""


@pytest.fixture
def crowd(db: Database) -> Iterator[Connection]:
    """Years of history, and thousands of clients with a phone each of whom nobody is due today."""
    with db.engine.connect() as connection:
        connection.connection.driver_connection.execute("pragma foreign_keys = off")
        fill(connection)
        _clients(connection, CLIENTS)
        connection.commit()
        yield connection


def _clients(connection: Connection, count: int) -> None:
    ids = [uuid4() for _ in range(count)]

    def each() -> Any:
        found = iter(ids)
        return lambda: next(found)

    sealed = {"name": b"x" * 60, "wrapped_key": b"x" * 60}
    who = {"programme_id": uuid4, "zone": "UTC", "language": "en", "risk_level": "low", "version": 1}
    many(connection, Client, count, id=each(), plan_revision=0, created_at=LONG_AGO, **who, **sealed)
    spell = {"staff_id": uuid4, "role": "case_manager", "from_at": LONG_AGO}
    many(connection, CareSpell, count, id=new_id, client_id=each(), **spell)
    times = {"created_at": LONG_AGO, "last_used_at": NOW, "expires_at": NOW + timedelta(days=90)}
    session = {"token_hash": lambda: uuid4().bytes, "programme_id": uuid4, "scope": "full", **times}
    many(connection, SessionRow, count, id=each(), client_id=each(), **session)
    phone = {"channel": "fcm", "token": b"x" * 60, "token_index": lambda: uuid4().bytes}
    seen = {"created_at": LONG_AGO, "seen_at": NOW}
    many(connection, Device, count, id=new_id, client_id=each(), session_id=each(), **phone, **seen)
    pattern = {"pattern": {"ends_on": None}, "questionnaire_key": "x", "state": "active", "version": 1}
    when = {"asks_from_at": NOW, "created_at": NOW}
    many(connection, ScheduleRow, count, id=each(), client_id=each(), **pattern, **when)
    asked = {"zone": "UTC", "tzdata": "x", "rotation": 0, "reminded": 0, "state": "scheduled"}
    due = {"due_at": NOW + timedelta(hours=9), "closes_at": NOW + timedelta(hours=10)}
    many(connection, Occurrence, count, id=new_id, client_id=each(), schedule_id=each(), **asked, **due)
    told = {
        "programme_id": uuid4,
        "channel": "fcm",
        "kind": "x",
        "language": "en",
        "data": {},
        "obligation": "x",
    }
    told |= {"dedupe_key": lambda: str(uuid4()), "priority": 2, "state": "sent", "expires_at": NOW}
    many(connection, Message, count, id=new_id, client_id=each(), send_after=NOW, created_at=NOW, **told)


# PostgreSQL chooses by the size of its tables, and a test's are small: there the bench tells.
@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_no_tick_reads_a_table_of_clients_from_end_to_end(db: Database, crowd: Connection) -> None:
    db.clock.set(NOW)  # type: ignore[attr-defined]  the clock of the tests
    jobs = Jobs(db, {})
    plans: dict[str, list[str]] = {}

    def explain(_c: Any, cursor: Any, sql: str, values: Any, _x: Any, many_: bool) -> None:
        if sql.split(None, 1)[0].lower() in ("select", "update", "delete", "with") and not many_:
            found = crowd.connection.driver_connection.execute("explain query plan " + sql, values).fetchall()
            plans[sql] = [str(row[3]) for row in found]

    event.listen(db.engine, "before_cursor_execute", explain)
    for name in jobs.every:
        jobs.run(name)
        jobs.sender.drain()
    event.remove(db.engine, "before_cursor_execute", explain)
    jobs.close()
    assert len(plans) > 20
    bad = {sql: "\n".join(plan) for sql, plan in plans.items() if _reads_all(plan)}
    assert not bad, "\n\n".join(f"{sql}\n{plan}" for sql, plan in bad.items())


def _reads_all(plan: list[str]) -> list[str]:
    return [line for line in whole_tables(plan) if not any(f" {table}" in line for table in _SMALL)]


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_tick_takes_no_more_steps_when_three_times_as_many_wait(db: Database, crowd: Connection) -> None:
    db.clock.set(NOW)  # type: ignore[attr-defined]  the clock of the tests
    steps: Counter[str] = Counter()
    job = ""

    def count() -> None:
        steps[job] += 1

    event.listen(db.engine, "checkout", lambda raw, *_: raw.set_progress_handler(count, A_STEP))
    jobs = Jobs(db, {})

    def ticked() -> Counter[str]:
        nonlocal job
        steps.clear()
        for job in jobs.every:
            jobs.run(job)
        return Counter(steps)

    ticked()
    few = ticked()
    _clients(crowd, 2 * CLIENTS)
    crowd.commit()
    more = ticked()
    jobs.close()
    assert few["housekeeping"] > 100  # they are counted
    assert {name: (few[name], more[name]) for name in jobs.every if more[name] > 1.2 * few[name] + 2} == {}
