"""The database: opening it safely, and running each piece of work as exactly one transaction.

Work is a function of a `Tx`. It may be run again when the database asks for it (deadlock), so it has no effect
but its rows. Nothing is answered before its rows are on disk.
"""

import asyncio
import importlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from server.core.actor import SYSTEM, Actor
from server.core.clock import Clock, DatabaseClock, SystemClock
from server.core.group_commit import GroupCommit
from server.core.vault import Vault

T = TypeVar("T")

OLDEST_SQLITE = (3, 51, 3)
_AGAIN = ("40001", "40P01", "23503")
"""A serialization failure, a deadlock, a row gone since it was read: the same work may simply run again."""


class DatabaseUnusable(Exception):
    """The database cannot be used as it is; one line says why."""


class OneSession:
    """The ORM session of one transaction, made when it is first asked for: most work needs only the connection.

    On SQLite others may be in the same transaction, so its own rollback goes no further than a savepoint.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.driver: Any = connection.connection.driver_connection
        self.sqlite = connection.dialect.name == "sqlite"
        self._session: Session | None = None

    def get(self) -> Session:
        """The session."""
        if self._session is None:
            joined = "create_savepoint" if self.sqlite else "rollback_only"
            self._session = Session(self.connection, join_transaction_mode=joined, expire_on_commit=False)
        return self._session

    def close(self, *, keep: bool) -> None:
        """Write what it holds into the transaction, or forget it."""
        if self._session is not None:
            try:
                if keep:
                    self._session.commit()
            finally:
                self._session.close()


@dataclass(slots=True)
class Tx:
    """One transaction: its connection, the instant it works at, the keys, and who it is for."""

    orm: OneSession
    now: datetime
    vault: Vault
    actor: Actor = SYSTEM
    seen: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def connection(self) -> Connection:
        """The connection: enough for every statement of Core."""
        return self.orm.connection

    @property
    def driver(self) -> Any:
        """The driver's own connection, for prepared statements."""
        return self.orm.driver

    @property
    def session(self) -> Session:
        """The ORM session over the same connection."""
        return self.orm.get()

    @property
    def sqlite(self) -> bool:
        """True on the embedded database."""
        return self.orm.sqlite


Work = Callable[[Tx], T]


class Database:
    """One engine with its clock and threads. `write` and `read` for the web, `*_now` for jobs and commands."""

    def __init__(self, engine: Engine, vault: Vault, *, threads: int = 6, clock: Clock | None = None) -> None:
        self.engine = engine
        self.vault = vault
        self.sqlite = engine.dialect.name == "sqlite"
        self.clock: Clock = clock or (SystemClock() if self.sqlite else DatabaseClock(self._ask_time))
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="db")
        self._group = GroupCommit(engine) if self.sqlite else None
        self._reading = engine.execution_options(deferred=True)

    def _ask_time(self) -> datetime:
        with self.engine.connect() as connection:
            return connection.execute(text("select clock_timestamp()")).scalar_one()

    async def write(self, work: Work[T]) -> T:
        """Run work in one transaction that is committed before this returns."""
        if self._group is not None:
            future = self._group.submit(lambda connection: self._work(connection, work))
        else:
            future = self._threads.submit(self._once, work)
        return await _outcome(future)

    async def read(self, work: Work[T]) -> T:
        """Run work that changes nothing."""
        return await _outcome(self._threads.submit(self.read_now, work))

    def write_now(self, work: Work[T]) -> T:
        """The same as `write`, for code that is not in an event loop."""
        if self._group is not None:
            return self._group.submit(lambda connection: self._work(connection, work)).result()
        return self._once(work)

    def read_now(self, work: Work[T]) -> T:
        """The same as `read`, for code that is not in an event loop."""
        with self._reading.connect() as connection:
            connection.begin()  # and never committed
            return self._work(connection, work)

    def _work(self, connection: Connection, work: Work[T]) -> T:
        orm = OneSession(connection)
        done = False
        try:
            result = work(Tx(orm=orm, now=self.clock.now(), vault=self.vault))
            done = True
        finally:
            orm.close(keep=done)
        return result

    def _once(self, work: Work[T]) -> T:
        for again in range(4):
            try:
                with self.engine.begin() as connection:
                    return self._work(connection, work)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _AGAIN or again == 3:
                    raise
                time.sleep(0.01 * 2**again)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Finish what is queued and let go of every connection."""
        if self._group is not None:
            self._group.close()
        self._threads.shutdown()
        self.engine.dispose()


async def _outcome(future: "Future[T]") -> T:
    """Wait for a thread's result. A caller who gives up waiting changes nothing in the work."""
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not waiter.done():
            waiter.set_result(None)

    future.add_done_callback(lambda _: loop.call_soon_threadsafe(wake))
    await waiter
    return future.result()


def embedded_engine(path: Path, key: bytes) -> Engine:
    """The encrypted SQLite file at `path`. Writers take the lock at BEGIN; every commit is on disk."""
    dbapi2: Any = importlib.import_module("sqlcipher3.dbapi2")  # ships no types

    if dbapi2.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise DatabaseUnusable(f"SQLite {dbapi2.sqlite_version} can lose data; {oldest} or newer is needed")

    path.touch(mode=0o600)  # the write-ahead log and its index get the same mode

    def connect() -> Any:
        connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False, timeout=10)
        try:
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                "busy_timeout = 10000",
                "secure_delete = ON",
                "wal_autocheckpoint = 2000",
                "cache_size = -16000",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except dbapi2.DatabaseError as error:
            connection.close()
            if "not a database" in str(error):
                raise DatabaseUnusable(f"{path} does not open with this keys file") from None
            raise
        return connection

    engine = create_engine(
        "sqlite://",
        module=dbapi2,
        creator=connect,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=8,
        hide_parameters=True,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:  # pyright: ignore[reportUnusedFunction]  registered by the decorator
        # A reader that later writes could find the lock taken by then; writers therefore say so at the start.
        deferred = connection.get_execution_options().get("deferred", False)
        connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")

    return engine


def server_engine(url: str, *, pool_size: int = 8) -> Engine:
    """PostgreSQL at `url`, with limits so that no statement, lock or forgotten transaction hangs a node."""
    options = "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=30s"
    address = "postgresql+psycopg://" + url.split("://", 1)[1]
    return create_engine(
        address,
        pool_size=pool_size,
        max_overflow=4,
        pool_pre_ping=False,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5, "application_name": "handrail"},
    )
