"""When a message is tried again, and when its channel is given up.

Sent is written only after a provider said so. An answer that was lost counts as not sent: the message goes
again under the same id, and the receiver shows it once. A channel that is given up says so at once, so that
the case can climb to the next person instead of waiting. The wait doubles from try to try, up to a limit
set by the priority. A provider's Retry-After can make it longer, within a bound; for an emergency the bound
is our own limit, because somebody is waiting.
"""

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from msgspec import Struct

from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater

LEASE = timedelta(seconds=30)
"""How long a worker may hold a message before another takes it: three times a channel's own limit of 10 s."""

_DOUBLINGS = 20


class Priority(IntEnum):
    """Lower goes first. Emergency and urgent overtake everything else in the queue."""

    EMERGENCY = 0
    URGENT = 1
    NORMAL = 2
    LOW = 3


class Pace(Struct, frozen=True):
    """How fast one priority tries: the first wait, the longest wait, the longest a provider may ask for.

    `lifetime` is how long a message lives that has no end of its own.
    """

    first: timedelta
    longest: timedelta
    longest_asked: timedelta
    lifetime: timedelta


PACES = {
    Priority.EMERGENCY: Pace(
        timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=1), timedelta(hours=1)
    ),
    Priority.URGENT: Pace(
        timedelta(seconds=10), timedelta(minutes=2), timedelta(minutes=5), timedelta(hours=2)
    ),
    Priority.NORMAL: Pace(
        timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
    ),
    Priority.LOW: Pace(timedelta(minutes=1), timedelta(hours=1), timedelta(hours=1), timedelta(days=3)),
}


class DeadReason(StrEnum):
    """Why a message will not be tried again over this channel."""

    GONE_ADDRESS = "gone_address"
    MISCONFIGURED = "misconfigured"
    EXPIRED = "expired"


class MarkSent(Struct, frozen=True, tag=True):
    """Write "sent", with the provider's id where there is one."""

    provider_id: str | None


class TryAgain(Struct, frozen=True, tag=True):
    """Back into the queue until `at`, under the same message id."""

    at: datetime


class Dead(Struct, frozen=True, tag=True):
    """This channel cannot carry this message. Only a gone address also removes the device or address."""

    why: DeadReason
    code: str

    @property
    def address_gone(self) -> bool:
        """True when the device or address is to be removed."""
        return self.why is DeadReason.GONE_ADDRESS


Next = MarkSent | TryAgain | Dead


def expiry(created_at: datetime, priority: Priority) -> datetime:
    """When a message ends that has no end of its own, such as the close of a check-in's window."""
    return created_at + PACES[priority].lifetime


def after(
    outcome: Outcome,
    attempts_made: int,
    *,
    expires_at: datetime,
    priority: Priority,
    now: datetime,
    jitter: float,
) -> Next:
    """What follows a try. `attempts_made` counts this one; `jitter`, 0 to 1, spreads the wait: half to full.

    A next try that would come at or after `expires_at` is no try: the message is dead now.
    """
    match outcome:
        case Sent(provider_id):
            return MarkSent(provider_id)
        case GoneAddress(code):
            return Dead(DeadReason.GONE_ADDRESS, code)
        case Misconfigured(code):
            return Dead(DeadReason.MISCONFIGURED, code)
        case TryLater(code, asked):
            at = now + max(wait(attempts_made, priority, jitter), _granted(asked, priority))
        case Ambiguous(code):
            at = now + wait(attempts_made, priority, jitter)
    return TryAgain(at) if at < expires_at else Dead(DeadReason.EXPIRED, code)


def wait(attempts_made: int, priority: Priority, jitter: float) -> timedelta:
    """Our own wait after that many tries, before anything the provider asks."""
    pace = PACES[priority]
    doublings = min(max(attempts_made, 1) - 1, _DOUBLINGS)
    full = min(pace.first * 2**doublings, pace.longest)
    return full * (0.5 + 0.5 * min(max(jitter, 0.0), 1.0))


def _granted(asked: timedelta | None, priority: Priority) -> timedelta:
    """A Retry-After as far as it is honoured; never less than nothing."""
    return max(timedelta(0), min(asked or timedelta(0), PACES[priority].longest_asked))
