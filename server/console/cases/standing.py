"""Where a case stands, in the same words in the queue and on its page: what is owed until when, and who has it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from notifications.escalations.ladder import CaseState
from server.console.words import span

REACHED = "Reached. Not closed yet."

_LATE = {
    "take": "nobody has taken it",
    "reach": "the client is not reached yet",
    "co-sign": "no co-signature yet",
}


class Clock(Struct, frozen=True):
    """What is owed next and until when; None: nothing presses."""

    owed: str
    at: datetime | None = None

    @property
    def late(self) -> str:
        """What is not done, once its time is over."""
        return _LATE[self.owed]


def clock_of(case: Any) -> Clock:
    """What this case waits for."""
    if case.state is CaseState.OPEN:
        return Clock("take", case.acknowledge_by)
    if case.awaiting_cosign:
        return Clock("co-sign", case.next_call_at)
    if case.contacted_at is None:
        return Clock("reach", case.contact_by)
    return Clock("close")


def left_words(clock: Clock, now: datetime) -> str:
    """How long is left for what is owed, or what is late: "25 min left to take"; clocks.js goes on in these words."""
    if clock.at is None:
        return REACHED
    if clock.at > now:
        return f"{span(clock.at - now)} left to {clock.owed}"
    by = f" by {span(now - clock.at)}" if now - clock.at >= timedelta(minutes=1) else ""
    return f"Late{by}: {clock.late}"


def who_has(
    state: CaseState, owner_id: UUID | None, name: str | None, me: UUID | None, raised: bool | None = None
) -> str:
    """Who has the case. `raised`: its owner asked for more help; True once a call for it has gone out.

    An open case with an owner is theirs no longer: it is called until somebody takes it.
    """
    mine, who = owner_id is not None and owner_id == me, name or "A colleague"
    if state is CaseState.CLOSED:
        return ""
    if owner_id is None:
        return "Nobody has it yet"
    if state is CaseState.ACKNOWLEDGED:
        return "You have it" if mine else f"{who} has it"
    was = "was yours" if mine else f"was {who}'s"
    if raised is None:
        return f"Nobody has it now, {was}"
    return f"Raised. {'A supervisor is being called' if raised else 'Calling has not begun yet'}, {was}"
