"""Several ways to one end as one channel: two providers of text messages, two mail relays (the rule: `switching`)."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from notifications.delivery import switching
from notifications.delivery.channels.base import Channel, Envelope
from notifications.delivery.outcomes import Outcome, Sent
from notifications.delivery.switching import Health

log = logging.getLogger("handrail.delivery")

SHARE = 8.0
"""Seconds each of two may take, so that both together end well before the lease does."""


class SwitchedChannel:
    """The channels in order of preference, all of one name. Each process keeps its own view of how they do."""

    def __init__(self, channels: Sequence[Channel], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._channels = tuple(channels)
        self._healths = [Health() for _ in channels]
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name they share."""
        return self._channels[0].name

    def send(self, envelope: Envelope) -> Outcome:
        """Try one after the other as the rule says, and say what the attempt came to."""
        with self._lock:
            order = switching.in_order(self._healths, self._clock())
        outcomes: list[Outcome] = []
        for index in order:
            outcome = self._channels[index].send(envelope)
            outcomes.append(outcome)
            self._note(index, outcome)
            if not switching.goes_on(outcome, envelope.priority, by_each=envelope.by_each):
                break
        return switching.together(outcomes, by_each=envelope.by_each)

    def close(self) -> None:
        """Close them all."""
        for channel in self._channels:
            channel.close()

    def _note(self, index: int, outcome: Outcome) -> None:
        with self._lock:
            self._healths[index] = switching.noted(self._healths[index], outcome, self._clock())
        if not isinstance(outcome, Sent):
            tag = outcome.__struct_config__.tag
            log.warning("%s by provider %d: %s, %s", self.name, index + 1, tag, outcome.code)
