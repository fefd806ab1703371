"""A node freezes within a transaction. What it holds is let go after seconds; what it began is stored once or not."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from notifications.escalations.events import in_order
from server.core import audit
from server.core.audit import AuditRow
from server.core.db import Database, Tx
from server.core.tables import new_id

PROGRAMME = new_id()
LONGEST_TRY, LONGEST = 4.0, 5.0
"""Seconds: until one request is told to try again, and until the frozen node holds nothing more."""
SLACK = 3.0


@dataclass
class Frozen:
    """Work that holds the programme's order of events and stops there, its transaction open, until it is thawed."""

    db: Database
    asks_again: bool
    holds: threading.Event = field(default_factory=threading.Event)
    thawed: threading.Event = field(default_factory=threading.Event)
    error: DBAPIError | None = None

    def begin(self) -> Callable[[], None]:
        """Freeze; what is returned lets it go on to its end."""
        thread = threading.Thread(target=self._run)
        thread.start()
        assert self.holds.wait(10)

        def thaw() -> None:
            self.thawed.set()
            thread.join(10)
            assert not thread.is_alive()

        return thaw

    def _run(self) -> None:
        try:
            self.db.write_now(self._work)
        except DBAPIError as error:
            self.error = error

    def _work(self, tx: Tx) -> None:
        in_order(tx, PROGRAMME)
        audit.record(tx, "frozen")
        tx.session.flush()
        self.holds.set()
        self.thawed.wait(30)
        if self.asks_again:
            tx.session.execute(select(1))


def stored(db: Database, what: str) -> int:
    query = select(func.count()).select_from(AuditRow).where(AuditRow.what == what)
    return db.read_now(lambda tx: tx.session.scalar(query)) or 0


def until_stored(db: Database, programme: UUID) -> list[float]:
    """The same request again and again, as a phone does; how long each try took, the last one being stored."""

    def work(tx: Tx) -> None:
        in_order(tx, programme)
        audit.record(tx, "other")

    tries: list[float] = []
    while len(tries) < 20:
        began = time.monotonic()
        try:
            db.write_now(work)
        except OperationalError:
            tries.append(time.monotonic() - began)
            continue
        return [*tries, time.monotonic() - began]
    raise AssertionError(f"never stored: {tries}")


@pytest.mark.parametrize("asks_again", [True, False], ids=["in mid-work", "before its commit"])
def test_others_wait_for_seconds_and_the_frozen_ones_work_is_stored_once_or_refused(
    db: Database, asks_again: bool
) -> None:
    if db.sqlite:
        pytest.skip("the embedded database has one node")
    frozen = Frozen(db, asks_again)
    thaw = frozen.begin()
    tries = until_stored(db, PROGRAMME)
    assert max(tries) < LONGEST_TRY + SLACK
    assert len(tries) > 1, "one was told to try again"
    assert sum(tries) < LONGEST + SLACK
    assert (stored(db, "other"), stored(db, "frozen")) == (1, 0)
    thaw()
    if asks_again:
        assert (frozen.error, stored(db, "frozen")) == (None, 1), "cut before its commit, it was run again"
    else:
        assert frozen.error is not None
        assert frozen.error.connection_invalidated
        assert stored(db, "frozen") == 0, "nobody was told that it was stored"
