"""The database: running each piece of work as exactly one transaction.

Work is a function of a `Tx`. It may be run again when the database asks for it (deadlock) or its connection was
cut before the commit, so it has no effect but its rows. Nothing is answered before its rows are on disk.
"""

import asyncio
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, Table, text
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from server.core.actor import SYSTEM, Actor
from server.core.clock import Clock, DatabaseClock, SystemClock
from server.core.engines import DatabaseUnusable, embedded_engine, server_engine
from server.core.group_commit import GroupCommit
from server.core.tables import Base
from server.core.vault import Vault

__all__ = ["Database", "DatabaseUnusable", "OneSession", "Tx", "Work", "embedded_engine", "server_engine"]

T = TypeVar("T")

_AGAIN = ("40001", "40P01", "23503")
"""A serialization failure, a deadlock, a row gone since it was read: the same work may simply run again."""


class OneSession:
    """The ORM session of one transaction, made when it is first asked for: most work needs only the connection.

    On SQLite others may be in the same transaction, so its own rollback goes no further than a savepoint.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.driver: Any = connection.connection.driver_connection
        self.dialect = connection.dialect
        self.sqlite = self.dialect.name == "sqlite"
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
    ahead: dict[Any, Any] = field(default_factory=dict[Any, Any])
    fetched: dict[Any, Any] = field(default_factory=dict[Any, Any])
    last: "Callable[[Tx, bool], object] | None" = None
    """What server/core/prepared.py still has to ask for, has been told, and is to do when the work is done."""

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

    @contextmanager
    def savepoint(self) -> Generator[None]:
        """Work that may fail and be taken back without the rest. Errors go on to the caller."""
        with self.session.begin_nested():
            self.session.connection()  # or the database hears of the savepoint only when the session is next used
            yield

    @property
    def sqlite(self) -> bool:
        """True on the embedded database."""
        return self.orm.sqlite

    @property
    def changed(self) -> int:
        """Rows that this connection ever changed, where the driver counts them (SQLite); 0 elsewhere."""
        return getattr(self.driver, "total_changes", 0)

    def claim(self, query: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
        """The first rows of a query that an index has in its order, whatever the number behind them.

        PostgreSQL counts its rows now and then. Where it believes that few are due, as it may after an outage, it would
        fetch and sort all of them for each batch.
        """
        if not self.sqlite:
            self.connection.exec_driver_sql("set local enable_sort = off")
        return self.connection.execute(query, values).all()

    def upsert(self, table: type[Base] | Table) -> PostgresqlInsert | SqliteInsert:
        """An insert of this kind of database, which may say what happens where the row is there already."""
        return SqliteInsert(table) if self.sqlite else PostgresqlInsert(table)


Work = Callable[[Tx], T]


class Database:
    """One engine with its clock and threads. `write` and `read` for the web, `*_now` for jobs and commands."""

    def __init__(self, engine: Engine, vault: Vault, *, threads: int = 4, clock: Clock | None = None) -> None:
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
            future = self._group.submit(lambda connection: self._shared(connection, work))
        else:
            future = self._threads.submit(self._once, work)
        return await _outcome(future)

    async def read(self, work: Work[T]) -> T:
        """Run work that changes nothing."""
        return await _outcome(self._threads.submit(self.read_now, work))

    def write_now(self, work: Work[T]) -> T:
        """The same as `write`, for code that is not in an event loop."""
        if self._group is not None:
            return self._group.submit(lambda connection: self._shared(connection, work)).result()
        return self._once(work)

    def read_now(self, work: Work[T]) -> T:
        """The same as `read`, for code that is not in an event loop."""
        return self._within(self._reader, work, commits=False)

    def _shared(self, connection: Connection, work: Work[T]) -> T:
        """Work inside a transaction that others share and somebody else commits."""
        tx = Tx(orm=OneSession(connection), now=self.clock.now(), vault=self.vault)
        result = self._work(tx, work)
        if tx.last is not None:
            tx.last(tx, False)
        return result

    def _work(self, tx: Tx, work: Work[T]) -> T:
        done = False
        try:
            result = work(tx)
            done = True
        finally:
            tx.orm.close(keep=done)
        return result

    def _once(self, work: Work[T]) -> T:
        return self._within(self.engine.begin, work, commits=True)

    @contextmanager
    def _reader(self) -> Generator[Connection]:
        with self._reading.connect() as connection:
            connection.begin()  # and never committed
            yield connection

    def _within(
        self, opened: Callable[[], AbstractContextManager[Connection]], work: Work[T], *, commits: bool
    ) -> T:
        for again in range(4):
            cut = False
            try:
                with opened() as connection:
                    tx = Tx(orm=OneSession(connection), now=self.clock.now(), vault=self.vault)
                    try:
                        result = self._work(tx, work)
                    except DBAPIError as error:
                        cut = error.connection_invalidated or connection.invalidated
                        raise
                    if tx.last is not None:
                        tx.last(tx, commits)
                    return result
            except DBAPIError as error:  # a commit that fails is never tried again: nobody knows what it did
                once_cut = cut and again == 0
                if not once_cut and (getattr(error.orig, "sqlstate", None) not in _AGAIN or again == 3):
                    raise
                if cut:
                    self.engine.dispose()  # a restarted server has cut the other connections as well
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
