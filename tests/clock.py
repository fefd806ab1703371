"""A clock the test moves. It never moves by itself."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Starts on a Tuesday morning, 9:00 in Chicago (15:00 UTC), 13 January 2026: within coverage hours."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 13, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def advance(self, **parts: float) -> datetime:
        """Move forward, for instance advance(minutes=5)."""
        self.at += timedelta(**parts)
        return self.at

    def set(self, at: datetime) -> None:
        self.at = at
