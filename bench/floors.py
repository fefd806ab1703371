"""Two floors under the answer path, each a bare Litestar handler under the same uvicorn settings:

    python -m bench.floors echo   the body, decoded by msgspec and sent back
    python -m bench.floors raw    the same three rows by the raw driver, in one transaction

They seal, judge and check nothing; tokens are looked up in a dictionary read from BENCH_TOKENS.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import uvicorn
from litestar import Litestar, Request, get, put
from psycopg_pool import ConnectionPool

from server.core.db import embedded_engine
from server.core.settings import load
from server.core.tables import EPOCH, new_id
from server.core.vault import Keys

ADDRESS = "/api/me/checkins/{checkin_id:uuid}/answer"
SEAL = bytes(30)
FINGERPRINT = bytes(32)

_ANSWER = (
    "insert into answers (id, occurrence_id, client_id, body, fingerprint, reply, tier, late, part2,"
    " answered_at, received_at, entered_by) values (?, ?, ?, ?, ?, null, null, ?, ?, ?, ?, null)"
)
_SETTLE = "update occurrences set state = 'answered', remind_at = null where id = ?"
_AUDIT = (
    "insert into audit (at, actor_kind, actor_id, programme_id, client_id, what, row_id, data)"
    " values (?, 'client', ?, ?, ?, 'checkin.answer', ?, null)"
)

Rows = list[tuple[str, tuple[Any, ...]]]


class AnswerIn(msgspec.Struct):
    """The body of an answer."""

    answered_at: datetime
    answers: dict[str, Any]


class Stored(msgspec.Struct):
    """A reply about as long as the real one."""

    received_at: datetime
    late: bool
    coverage: str


class Known(msgspec.Struct):
    """Whose a token is."""

    client_id: UUID
    programme_id: UUID


def three_rows(known: Known, checkin_id: UUID, data: AnswerIn, now: datetime) -> Rows:
    """The statements and their values."""
    body = SEAL + msgspec.json.encode(data.answers)
    answer = (new_id(), checkin_id, known.client_id, body, FINGERPRINT, False, False, data.answered_at, now)
    audit = (now, known.client_id, known.programme_id, known.client_id, checkin_id)
    return [(_ANSWER, answer), (_SETTLE, (checkin_id,)), (_AUDIT, audit)]


def on_postgresql(url: str) -> tuple[ThreadPoolExecutor, Callable[[Rows], None]]:
    """psycopg's own pool, as many threads as the service has."""
    pool = ConnectionPool(url, min_size=6, max_size=6, open=True)

    def store(rows: Rows) -> None:
        with pool.connection() as connection:
            for statement, values in rows:
                connection.execute(statement.replace("?", "%s").encode(), values)

    return ThreadPoolExecutor(6), store


def on_sqlite(path: Path, key: bytes) -> tuple[ThreadPoolExecutor, Callable[[Rows], None]]:
    """One thread with one connection: SQLite has one writer, and more of them only wait for each other."""
    engine = embedded_engine(path, key)  # for its pragmas; from here on it is the driver alone
    connection: Any = engine.raw_connection().driver_connection

    def store(rows: Rows) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in rows:
                connection.execute(statement, tuple(map(_plain, values)))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    return ThreadPoolExecutor(1), store


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, datetime):
        return int((value - EPOCH).total_seconds() * 1_000_000)
    return value


def raw() -> Litestar:
    """The handler that stores, and does nothing else."""
    settings = load()
    known = msgspec.json.decode(Path(os.environ["BENCH_TOKENS"]).read_bytes(), type=dict[str, Known])
    if settings.embedded:
        key = Keys.read(settings.keys_path).database
        threads, store = on_sqlite(settings.data / "handrail.db", key)
    else:
        threads, store = on_postgresql(settings.database)

    @put(ADDRESS)
    async def answer(request: Request[Any, Any, Any], checkin_id: UUID, data: AnswerIn) -> Stored:
        whose = known[request.headers["authorization"][7:]]
        now = datetime.now(UTC)
        rows = three_rows(whose, checkin_id, data, now)
        await asyncio.get_running_loop().run_in_executor(threads, store, rows)
        return Stored(now, False, "Thank you for checking in. If you need someone now, call us at any time.")

    return Litestar([answer, alive], logging_config=None, openapi_config=None)


def echo() -> Litestar:
    """The handler that only decodes and encodes."""

    @put(ADDRESS)
    async def answer(checkin_id: UUID, data: AnswerIn) -> AnswerIn:  # noqa: ARG001  its path is read all the same
        return data

    return Litestar([answer, alive], logging_config=None, openapi_config=None)


@get("/health/live")
async def alive() -> None:
    """Answers once the floor is up."""


def main() -> None:
    """Serve one of the floors on HANDRAIL_PORT."""
    settings = load()
    app = {"echo": echo, "raw": raw}[sys.argv[1]]()
    options: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False}
    uvicorn.run(app, host="127.0.0.1", port=settings.port, timeout_keep_alive=30, **options)


if __name__ == "__main__":
    main()
