"""Sending: claim what is due, hand it to its channel on that channel's own threads, write each outcome down.

Every channel has two lanes, one for emergency and urgent messages and one for the rest, so that nothing
pressing waits behind a slow provider. A lane claims only what it can start soon: no lease lapses in a queue.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from msgspec.structs import replace

from notifications.delivery import leasing, serving, settling
from notifications.delivery.channels.base import Channel
from notifications.delivery.leasing import Claim, Job, Order
from notifications.delivery.models import ChannelName
from notifications.delivery.outcomes import Ambiguous, Outcome, Sent
from server.core.db import Database, Tx

log = logging.getLogger("handrail.delivery")

_THREADS = {
    ChannelName.FCM: (8, 24),
    ChannelName.WEBPUSH: (8, 24),
    ChannelName.EMAIL: (8, 4),
    ChannelName.SMS: (8, 4),
    ChannelName.VOICE: (8, 1),
    ChannelName.CONSOLE: (1, 1),
}
"""Threads for urgent messages and for the rest; a push channel's connections are 32."""

_NO_SINKS: Mapping[ChannelName, str] = {}

_WRITERS = 4
"""Outcomes written at once: the web process has first call on the database's connections."""

_NOTED_EVERY = timedelta(seconds=10)
"""How often a node says which channels it carries."""

_PAUSES = (0.1, 1.0)
"""Seconds before an outcome is written again that the database did not take."""


class _Lane:
    """Threads of one channel for one urgency, how many messages they have in hand, and how many they take."""

    def __init__(
        self, channel: Channel | None, instead: frozenset[ChannelName], sink: str, *, urgent: bool
    ) -> None:
        self.channel = channel
        self.sink = sink
        self.instead = instead
        self.urgent = urgent
        name = ChannelName(channel.name) if channel else None
        self.serves = frozenset({name}) if name else frozenset[ChannelName]()
        threads = _THREADS[name][0 if urgent else 1] if name else 1
        self.labelled = name is ChannelName.CONSOLE
        # A second message per thread bridges the time until the next claim; a call must not wait even that.
        self.most = threads if urgent else 2 * threads
        self.in_hand = 0
        self.more = False
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix=f"send-{name or 'nowhere'}-")

    def order(self, left: int) -> Order:
        """What this lane can take now."""
        room = min(self.most - self.in_hand, left)
        return Order(
            channels=self.serves,
            instead=self.instead,
            urgent=self.urgent,
            room=room,
            missing=self.channel is None,
            labelled=self.labelled,
            sink=self.sink,
        )


class Sender:
    """One node's sender over these channels. Any number of them may work on one database.

    A channel that is not configured here is left to the nodes that serve it. Where none does, the console plays
    it if there is one; otherwise its messages are dead at once, so that their cases climb.
    """

    def __init__(
        self,
        db: Database,
        channels: Mapping[ChannelName, Channel],
        sinks: Mapping[ChannelName, str] = _NO_SINKS,
    ) -> None:
        self._db = db
        self._lanes = _lanes(channels, sinks)
        self._serves = frozenset(channels)
        self._noted_at: datetime | None = None
        self._claiming = threading.Lock()
        self._changed = threading.Condition()
        self._busy = 0
        self._closing = False
        self._writers = threading.BoundedSemaphore(_WRITERS)

    def send_due(self, limit: int = 200) -> int:
        """Claim up to `limit` due messages and hand them over; returns how many. Waits for no channel."""
        with self._claiming:
            self._note_served()
            return self._claim(self._lanes, limit)

    def drain(self, timeout: float = 15.0) -> bool:
        """Wait until everything handed over is recorded; False when `timeout` seconds were not enough."""
        with self._changed:
            return self._changed.wait_for(lambda: self._busy == 0, timeout)

    def close(self) -> None:
        """Take nothing more, give back what was not begun, wait for what was (a channel's own limit)."""
        with self._claiming:
            self._closing = True
        for lane in self._lanes:
            lane.pool.shutdown()

    def _note_served(self) -> None:
        """Tell the other nodes every so often which channels are carried here."""
        now = self._db.clock.now()
        if self._closing or (self._noted_at is not None and abs(now - self._noted_at) < _NOTED_EVERY):
            return
        self._db.write_now(lambda tx: serving.note_served(tx, self._serves))
        self._noted_at = now

    def _claim(self, lanes: list[_Lane], limit: int) -> int:
        if self._closing:
            return 0
        with self._changed:
            orders = [lane.order(limit) for lane in lanes]
        claims = self._db.write_now(lambda tx: _claim_all(tx, orders, limit))
        for lane, order, claim in zip(lanes, orders, claims, strict=True):
            lane.more = 0 < order.room <= claim.taken
            with self._changed:
                lane.in_hand += len(claim.jobs)
                self._busy += len(claim.jobs)
            for job in claim.jobs:
                lane.pool.submit(self._carry, lane, job)
        return sum(claim.taken for claim in claims)

    def _carry(self, lane: _Lane, job: Job) -> None:
        """One message from hand-over to record. Whatever fails here, the lease lapses and it goes again."""
        try:
            if self._closing:
                self._store(job, lambda tx: settling.give_back(tx, job.held))
            else:
                self._send(lane, job)
        except Exception as error:
            log.error("message %s: %s", job.held.message_id, type(error).__name__)
        finally:
            with self._changed:
                lane.in_hand -= 1
            self._refill(lane)
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _send(self, lane: _Lane, job: Job) -> None:
        started_at = self._db.clock.now()
        outcome = _handed_over(lane.channel, job)
        if not isinstance(outcome, Sent):
            tag = outcome.__struct_config__.tag
            log.warning("message %s was not sent: %s, %s", job.held.message_id, tag, outcome.code)
        jitter = secrets.randbelow(1001) / 1000

        def record(tx: Tx) -> None:
            settling.settle(tx, job.held, outcome, started_at=started_at, jitter=jitter)

        self._store(job, record)

    def _store(self, job: Job, work: Callable[[Tx], None]) -> None:
        for pause in (*_PAUSES, None):
            try:
                with self._writers:
                    self._db.write_now(work)
                return
            except Exception as error:
                log.warning("message %s not recorded: %s", job.held.message_id, type(error).__name__)
                if pause is None:
                    raise
            time.sleep(pause)

    def _refill(self, lane: _Lane) -> None:
        """Go on at once while there is more, instead of waiting for the next beat."""
        if not lane.more or lane.in_hand > lane.most // 2 or not self._claiming.acquire(blocking=False):
            return
        try:
            self._claim([lane], lane.most)
        except Exception as error:
            log.warning("claiming failed: %s", type(error).__name__)
        finally:
            self._claiming.release()


def _lanes(channels: Mapping[ChannelName, Channel], sinks: Mapping[ChannelName, str]) -> list[_Lane]:
    """Urgent lanes first. What no node serves falls to the console, or to a lane that leads nowhere."""
    missing = frozenset(ChannelName) - frozenset(channels)
    stand_in = channels.get(ChannelName.CONSOLE)
    own = [channel for channel in channels.values() if channel is not stand_in]
    last = [stand_in] if stand_in is not None or missing else []
    return [
        _Lane(
            channel,
            missing if channel is stand_in else frozenset(),
            sinks.get(ChannelName(channel.name), "") if channel else "",
            urgent=urgent,
        )
        for urgent in (True, False)
        for channel in [*own, *last]
    ]


def _claim_all(tx: Tx, orders: list[Order], limit: int) -> list[Claim]:
    claims: list[Claim] = []
    for order in orders:
        left = limit - sum(claim.taken for claim in claims)
        room = min(order.room, left)
        claims.append(leasing.claim(tx, replace(order, room=room)) if room > 0 else Claim([], 0))
    return claims


def _handed_over(channel: Channel | None, job: Job) -> Outcome:
    if channel is None:
        raise AssertionError("a message of no channel is dead at the claim")
    try:
        return channel.send(job.envelope)
    except Exception as error:  # a channel promises not to raise; if it does, nobody knows what was sent
        return Ambiguous(type(error).__name__)
