"""Committing together on SQLite: requests that wait at the same moment share one disk write.

SQLite has one writer at a time and a commit waits for the disk. One thread therefore takes everything that is
waiting, gives each piece of work its own savepoint inside one transaction, commits once, and only then tells
each caller that its work is stored. A piece that fails is rolled back to its savepoint and harms nobody.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")

_Job = tuple[Callable[[Connection], Any], "Future[Any]"]


class GroupCommit:
    """One writer thread for one embedded database. `most` pieces at the most share a commit."""

    def __init__(self, engine: Engine, *, most: int = 32, longest_seconds: float = 0.02) -> None:
        self._engine = engine
        self._most = most
        self._longest = longest_seconds
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._closed = False
        self._thread.start()

    def submit(self, run: Callable[[Connection], T]) -> "Future[T]":
        """Queue one piece of work; its future is done after the commit it took part in."""
        if self._closed:
            raise RuntimeError("the database is closing")
        future: Future[T] = Future()
        self._queue.put((run, future))
        return future

    def close(self) -> None:
        """Finish what is queued, then stop."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            done: list[tuple[Future[Any], Any]] = []
            try:
                with self._engine.connect() as connection:
                    with connection.begin():
                        all_good = self._share(connection, first, done)
                    if not all_good:
                        _end_reading(connection)
            except BaseException as error:  # the commit itself failed: nobody's work is stored
                for future in [first[1], *(future for future, _ in done)]:
                    _fail(future, error)
            else:
                for future, result in done:
                    future.set_result(result)

    def _share(self, connection: Connection, first: _Job, done: list[tuple["Future[Any]", Any]]) -> bool:
        """Run `first` and whatever else is waiting on one connection, until the group is large or old enough.

        False when a piece failed.
        """
        until = time.monotonic() + self._longest
        all_good = True
        job: _Job | None = first
        while job is not None:
            work, future = job
            try:
                done.append((future, _in_savepoint(connection, work)))
            except BaseException as error:
                all_good = False
                _fail(future, error)
                if not _in_transaction(connection):
                    raise  # SQLite gave up the whole transaction (disk full, I/O error)
            job = self._waiting() if len(done) < self._most and time.monotonic() < until else None
        return all_good

    def _waiting(self) -> _Job | None:
        try:
            job = self._queue.get_nowait()
        except queue.Empty:
            return None
        if job is None:  # told to stop: finish this group, then read the order to stop again
            self._queue.put(None)
        return job


def _in_savepoint(connection: Connection, work: Callable[[Connection], T]) -> T:
    driver: Any = connection.connection.driver_connection
    driver.execute("SAVEPOINT piece")
    try:
        result = work(connection)
    except BaseException:
        if driver.in_transaction:
            driver.execute("ROLLBACK TO piece")
            driver.execute("RELEASE piece")
        raise
    driver.execute("RELEASE piece")
    return result


def _end_reading(connection: Connection) -> None:
    """End what a failed piece was still reading.

    As long as somebody holds its error, a select in the middle of its rows stays open beyond the commit and keeps the
    connection at that instant; after the next write over another one, SQLite refuses this one as "locked". The driver
    ends open selects with a rollback, and only within a transaction. What was committed stays.
    """
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute("BEGIN")
        driver.rollback()
    except driver.Error:
        connection.invalidate()


def _in_transaction(connection: Connection) -> bool:
    driver: Any = connection.connection.driver_connection
    return bool(driver.in_transaction)


def _fail(future: "Future[Any]", error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
