"""What goes wrong in the town: a provider with bad days, a database that fails at any statement, and kills in the
middle of handing a message over."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from notifications.delivery.channels.base import Envelope
from notifications.delivery.outcomes import Ambiguous, Outcome, Sent, TryLater
from server.core import prepared
from server.core.db import Database


class Killed(BaseException):
    """What handed this message over is gone at this point, as in a killed process: nothing of ours catches it."""


class Provider:
    """Carries messages to phones, and writes down what it took and how often it may rightly come again."""

    def __init__(self, name: str, dice: Random, now: Callable[[], datetime]) -> None:
        self.name = name
        self._dice = dice
        self._now = now
        self._lock = threading.Lock()
        self.out_until: datetime | None = None
        self.taken: Counter[str] = Counter()
        self.excused: Counter[str] = Counter()
        self.killed = 0
        self._kills_after = dice.randint(1, 10)
        self.to: dict[str, str] = {}
        self.arrived: list[tuple[str, dict[str, str]]] = []
        self.troubles = True

    def send(self, envelope: Envelope) -> Outcome:
        """One try. What is killed or ambiguous after the hand-over may come once more: nobody can know."""
        with self._lock:
            if self.out_until is not None and self._now() < self.out_until:
                return TryLater("unavailable", timedelta(seconds=self._dice.choice((0, 30, 600))))
            chance = self._dice.random() if self.troubles else 1.0
            if chance < 0.02:
                return TryLater("quota_exceeded")
            self._kills_after -= 1
            if chance < 0.03 or (
                self.troubles and self._kills_after == 0
            ):  # one of the first ten, then by chance
                self.killed += 1
                raise Killed
            self.taken[envelope.message_id] += 1
            self.to[envelope.message_id] = envelope.address
            self.arrived.append((envelope.address, dict(envelope.data)))
            if chance < 0.05:
                self.excused[envelope.message_id] += 1
                return Ambiguous("timeout")
            if chance < 0.06:
                self.excused[envelope.message_id] += 1
                self.killed += 1
                raise Killed
            return Sent(envelope.message_id)

    def outage(self, length: timedelta) -> None:
        """Nothing is taken for this long."""
        self.out_until = self._now() + length

    def take_arrived(self) -> list[tuple[str, dict[str, str]]]:
        """What arrived on phones since this was asked last."""
        with self._lock:
            found, self.arrived = self.arrived, []
            return found

    def close(self) -> None:
        """Nothing is open."""


class Statements:
    """Lets one statement fail, when told to: the n-th from now, in whichever transaction that is."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._dialect = db.engine.dialect
        self._left: int | None = None
        self.seen = self.failed = 0
        self._lock = threading.Lock()

    @contextmanager
    def watched(self) -> Iterator["Statements"]:
        """Every statement passes here, those of Core and those given to the driver as they are, and COMMIT."""
        straight, commit = prepared.send, self._dialect.do_commit

        def send(*args: Any, **options: Any) -> Any:
            self._count()
            return straight(*args, **options)

        def do_commit(connection: Any) -> None:
            self._count()
            commit(connection)

        event.listen(self._db.engine, "before_cursor_execute", self._before)
        prepared.send = send
        self._dialect.do_commit = do_commit  # type: ignore[method-assign]
        try:
            yield self
        finally:
            self._dialect.do_commit = commit  # type: ignore[method-assign]
            prepared.send = straight
            event.remove(self._db.engine, "before_cursor_execute", self._before)

    def fail_at(self, number: int | None) -> None:
        """The n-th statement from now fails, once; None: none does."""
        self._left = number

    def _before(self, *_: Any) -> None:
        self._count()

    def _count(self) -> None:
        with self._lock:
            self.seen += 1
            if self._left is None:
                return
            self._left -= 1
            if self._left > 0:
                return
            self._left = None
            self.failed += 1
        raise OperationalError("a statement", None, sqlite3.OperationalError("disk I/O error"))
