"""The one clock. Rules take `now`; only the edges ask a clock for it."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that knows the instant."""

    def now(self) -> datetime:
        """The instant now, aware, in UTC."""
        ...


class SystemClock:
    """This machine's clock: right where one machine holds the database file."""

    def now(self) -> datetime:
        """The machine's instant."""
        return datetime.now(UTC)


class DatabaseClock:
    """The database's clock, read again every half minute and carried on by the monotonic clock between readings.

    All nodes of one installation thus agree on the time to within a round trip, a wall clock stepped on one
    node changes nothing, and no request pays for an extra statement.
    """

    RESYNC_SECONDS = 30.0

    def __init__(self, ask: Callable[[], datetime]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._base: datetime | None = None
        self._read_at = 0.0

    def now(self) -> datetime:
        """The database's instant, at most one round trip off."""
        elapsed = time.monotonic() - self._read_at
        base = self._base
        if base is None or elapsed > self.RESYNC_SECONDS:
            with self._lock:
                base = self._ask()
                self._base, self._read_at = base, time.monotonic()
                return base
        return base + timedelta(seconds=elapsed)
