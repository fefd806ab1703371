"""Clients by the hundred thousand, copied by the database itself from one: session, phone, schedule, what waits.

Each has one active schedule whose next check-in is due tomorrow, one message that was sent, a care team, and a key.
Nothing of theirs can be opened, and nothing that waits is due: only the number of rows is real.
"""

import time
from typing import Any

from sqlalchemy import Connection, text

from bench.home import Home
from checkins.models import Occurrence, ScheduleRow
from notifications.delivery.models import Device, Message
from server.core.tables import Base
from server.people.models import CareSpell, Client, SessionRow

_COUNT = "with recursive n(i) as (select 1 union all select i + 1 from n where i < {count})"
_WORDS: dict[str, dict[str, str]] = {
    "sqlite": {
        # In the order of their making, as the service's own are and as PostgreSQL makes them.
        "id": f"unhex(printf('{time.time_ns() // 1_000_000:012x}%08x', i) || hex(randomblob(6)))",
        "hash": "randomblob(32)",
        "word": "hex(f.own)",
        "due": "t.due_at + 86400000000 + 1000000 * (f.i % 80000)",
        "key": "blob",
    },
    "postgresql": {
        "id": "uuidv7()",
        "hash": "uuid_send(gen_random_uuid())",
        "word": "f.own::text",
        "due": "t.due_at + interval '1 day' + interval '1 second' * (f.i % 80000)",
        "key": "uuid",
    },
}


def grow(home: Home, size: int) -> None:
    """Add clients until there are `size`."""
    with home.db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if home.embedded:
            driver.execute("PRAGMA foreign_keys = OFF")
        else:
            connection.execute(text("set session_replication_role = replica"))
            connection.commit()
        with connection.begin():
            there = int(connection.execute(text("select count(*) from clients")).scalar_one())
            _copy(connection, _WORDS[connection.dialect.name], size - there)
        if home.embedded:
            driver.execute("PRAGMA foreign_keys = ON")
            return
        connection.execute(text("set session_replication_role = origin"))
        connection.commit()
    with home.db.engine.connect() as connection:  # what autovacuum does within minutes
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("vacuum analyze"))


def _copy(connection: Connection, word: dict[str, str], count: int) -> None:
    columns = ", ".join(f"{name} {word['key']}" for name in ("client", "session", "schedule", "own"))
    connection.execute(text(f"create temp table fresh ({columns}, i bigint)"))
    ids = ", ".join(word["id"] for _ in range(4))
    connection.execute(text(f"insert into fresh {_COUNT.format(count=count)} select {ids}, i from n"))
    whose = {"client_id": "f.client"}
    _add(connection, Client, {"id": "f.client"})
    _add(connection, CareSpell, {"id": word["id"], **whose})
    _add(connection, SessionRow, {"id": "f.session", "token_hash": word["hash"], **whose})
    phone = {"id": "f.own", "session_id": "f.session", "token_index": word["hash"], **whose}
    _add(connection, Device, phone, "t.client_id is not null")
    _add(connection, ScheduleRow, {"id": "f.schedule", **whose})
    waits = {"id": word["id"], "schedule_id": "f.schedule", "due_at": word["due"], **whose}
    _add(connection, Occurrence, waits, "t.state = 'scheduled'")
    told = {"id": word["id"], "dedupe_key": word["word"], **whose}
    _add(connection, Message, told, "t.state = 'sent' and t.client_id is not null and t.staff_id is null")
    connection.execute(text("drop table fresh"))


def _add(connection: Connection, table: type[Base], changed: dict[str, str], like: str = "1 = 1") -> None:
    """One row for each new client, like the first row there is but for what changes."""
    names = [column.name for column in table.__table__.columns]
    first = f"(select * from {table.__tablename__} t where {like} limit 1)"
    values = ", ".join(changed.get(name, f"t.{name}") for name in names)
    into = f"insert into {table.__tablename__} ({', '.join(names)})"
    connection.execute(text(f"{into} select {values} from fresh f cross join {first} t"))
