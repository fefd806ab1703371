"""The n-th call of a job to its database fails, and the whole database is put back for the next n.

A call is a statement or a COMMIT. It fails for real: PostgreSQL cancels the statement, so that its transaction is
lost as well; SQLite is asked for a table that is not there. A COMMIT fails before it is carried out, or after it, when
only its answer is lost.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from server.core import prepared
from server.core.db import Database
from server.core.tables import Base
from tests.clock import MovableClock

_FAILS = {
    "postgresql": "select pg_cancel_backend(pg_backend_pid()), pg_sleep(5)",
    "sqlite": "select * from a_table_that_is_not_there",
}


class Calls:
    """Counts the calls to one database, and lets one of them fail. `lost`: COMMITs alone, and only their answer."""

    def __init__(self, db: Database, fail: int = 0, *, lost: bool = False) -> None:
        self._db, self._fail, self._lost = db, fail, lost
        self._dialect = db.engine.dialect
        self._lock = threading.Lock()
        self.seen = 0
        self.failed = False

    def _next_fails(self) -> bool:
        with self._lock:
            self.seen += 1
            now = self.seen == self._fail
            self.failed |= now
            return now

    @contextmanager
    def watched(self) -> Iterator["Calls"]:
        """Every call passes here: those of Core, those given to the driver as they are, and COMMIT."""
        straight, commit = prepared.send, self._dialect.do_commit

        def send(tx: Any, statements: Any, **options: Any) -> Any:
            fails = not self._lost and self._next_fails()
            return straight(tx, [(_FAILS[self._dialect.name], [])] if fails else statements, **options)

        def do_commit(connection: Any) -> None:
            fails = self._next_fails()
            if not fails or self._lost:
                commit(connection)
            if fails:
                raise self._dialect.loaded_dbapi.OperationalError("disk I/O error")

        event.listen(self._db.engine, "before_cursor_execute", self._before, retval=True)
        prepared.send = send
        self._dialect.do_commit = do_commit  # type: ignore[method-assign]
        try:
            yield self
        finally:
            self._dialect.do_commit = commit  # type: ignore[method-assign]
            prepared.send = straight
            event.remove(self._db.engine, "before_cursor_execute", self._before)

    def _before(self, _c: Any, _k: Any, statement: str, values: Any, _x: Any, many: bool) -> tuple[str, Any]:
        if not self._lost and self._next_fails():
            return _FAILS[self._dialect.name], [()] if many else ()
        return statement, values


class Rewound:
    """One database that goes back to how it was when this was made, as often as it is asked to."""

    def __init__(self, db: Database, address: str, clock: MovableClock) -> None:
        self.db, self._address, self._clock = db, address, clock
        self._at = clock.at
        if db.sqlite:
            db.engine.dispose()  # and everything is in the one file
            shutil.copy(address, f"{address}.before")
            event.listen(db.engine, "connect", _need_no_disk)
            return
        with db.engine.begin() as connection:
            connection.execute(text("create schema before"))
            for table in Base.metadata.sorted_tables:
                connection.execute(text(f'create table before."{table.name}" as table public."{table.name}"'))

    def forward(self, by: timedelta) -> None:
        """Time passes."""
        self._clock.set(self._clock.at + by)

    def again(self) -> Database:
        """The database and the clock as they were."""
        self._clock.set(self._at)
        if not self.db.sqlite:
            with self.db.engine.begin() as connection:
                connection.connection.driver_connection.execute(_rewind())
            return self.db
        self.db.engine.dispose()
        for end in ("-wal", "-shm"):
            Path(f"{self._address}{end}").unlink(missing_ok=True)
        shutil.copy(f"{self._address}.before", self._address)
        return self.db


def _need_no_disk(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def _rewind() -> str:
    """One script that puts every table back, append-only ones too."""
    names = [table.name for table in Base.metadata.sorted_tables]
    each = [f'delete from public."{n}"; insert into public."{n}" select * from before."{n}";' for n in names]  # noqa: S608
    return "set local session_replication_role = replica;" + "".join(each)
