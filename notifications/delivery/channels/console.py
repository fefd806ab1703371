"""The demo's channel: writes what would have been sent, one line a message, and sends nothing.

A line says when, how urgent, to whom, and why, in words; the ids that go to a phone are left out. To whom is
worded by `notifications.delivery.labels`: staff by name, so this is no channel for a service with real people.
"""

import sys
import threading
from datetime import UTC, datetime
from typing import TextIO

from notifications.delivery.channels.base import Envelope, one_line
from notifications.delivery.outcomes import Outcome, Sent, TryLater

_PRIORITIES = ("emergency", "urgent", "normal", "low")


class ConsoleChannel:
    """Prints each message on one line of a stream (standard output by default). Lines never mix."""

    name = "console"

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, envelope: Envelope) -> Outcome:
        """Write the line; a stream that is gone is a reason to try later, never an exception."""
        line = _line(envelope, datetime.now(UTC))
        try:
            with self._lock:
                # Looked up at each call, so that a redirected standard output is honoured.
                stream = self._stream or sys.stdout
                stream.write(line + "\n")
                stream.flush()
        except (OSError, ValueError) as error:
            return TryLater(code=type(error).__name__)
        return Sent(provider_id=None)

    def close(self) -> None:
        """Nothing to give back: the stream belongs to the caller."""


def _line(envelope: Envelope, now: datetime) -> str:
    urgency = _PRIORITIES[min(max(envelope.priority, 0), 3)]
    reason = envelope.data.get("kind", "").replace("_", " ")
    return one_line(
        f"{now:%H:%M:%S}Z  {urgency:<9}  {reason}  to {envelope.address}: {envelope.subject} | {envelope.body}"
    )
