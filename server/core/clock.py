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
        self._reading: tuple[datetime, float] | None = None  # one object, so that no reader sees half of it

    def now(self) -> datetime:
        """The database's instant, at most one round trip off."""
        return self._carried_on() or self._read_anew()

    def _carried_on(self) -> datetime | None:
        """The last reading carried on, while it is young enough."""
        if self._reading is None:
            return None
        base, read_at = self._reading
        elapsed = time.monotonic() - read_at
        return base + timedelta(seconds=elapsed) if elapsed <= self.RESYNC_SECONDS else None

    def _read_anew(self) -> datetime:
        with self._lock:
            meanwhile = self._carried_on()
            if meanwhile is not None:
                return meanwhile
            base = self._ask()
            self._reading = (base, time.monotonic())
            return base


_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
_FASTEST = timedelta(hours=26)
"""How far ahead a phone's clock may be: the width of all time zones."""

WRONG_PHONE_CLOCK = "this cannot be when it was; check the phone's clock"


def phone_instant(at: datetime, now: datetime) -> datetime | None:
    """When a phone says something was, in UTC and never later than now; None where its clock cannot be right."""
    return min(at.astimezone(UTC), now) if _EARLIEST <= at <= now + _FASTEST else None
