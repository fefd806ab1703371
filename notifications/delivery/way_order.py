"""In which order a staff member's ways are used, and when the telephone rings.

Emergency and urgent messages go by every way at once, whatever anybody wishes. The telephone is different, because it
wakes a whole household: it rings at once for an emergency, and for an urgent case from the second call on, when the
first was not answered. It never rings for anything but a call. Everything else goes by the first way of the person's
own order, and waits until their quiet hours are over; a call does not wait, since calls keep to the programme's hours.
"""

from collections.abc import Sequence
from datetime import datetime, time
from enum import StrEnum

from msgspec import Struct

from notifications.delivery.messages import Kind
from notifications.delivery.quiet import after_quiet
from notifications.delivery.retry import Priority

CALLS_OF_A_LADDER = 1_000_000
"""A call's number counts from 0 within its ladder; what messages carry is ladder times this, and the number."""


class Sort(StrEnum):
    """A kind of way, as people choose among them."""

    PUSH = "push"
    EMAIL = "email"
    SMS = "sms"


USUAL = (Sort.PUSH, Sort.EMAIL, Sort.SMS)
"""The order of somebody who said nothing: push as the quickest, text messages last since each costs money."""

_AT_ONCE = frozenset({Kind.TEST, Kind.NUMBER_CODE, Kind.EMAIL_CODE})
"""What somebody has just asked for themselves."""


class StaffWishes(Struct, frozen=True, kw_only=True):
    """One person's own order, and their quiet hours as wall times in `zone` (both or neither)."""

    zone: str
    order: tuple[Sort, ...] = USUAL
    quiet_from: time | None = None
    quiet_to: time | None = None


def whole(order: Sequence[Sort]) -> tuple[Sort, ...]:
    """The order with what it leaves out at its end, each once: nobody can lose a way by leaving it out."""
    return tuple(dict.fromkeys((*order, *USUAL)))


def as_called(priority: int, kind: str) -> int:
    """How a message is carried: a drill waits behind everything else in the queue, and travels as an emergency would.

    It wakes a phone that sleeps, rings, and is tried again as fast; or it would prove nothing about the real call.
    """
    return Priority.EMERGENCY if kind == Kind.DRILL_CALL else priority


def rings(priority: int, call_number: int | None) -> bool:
    """Whether this call rings the telephone as well."""
    if call_number is None or priority > Priority.URGENT:
        return False
    return priority == Priority.EMERGENCY or call_number % CALLS_OF_A_LADDER > 0


def may_ring(priority: int, call_number: int | None) -> bool:
    """Whether the telephone may ring for this where no other way has worked."""
    return call_number is not None and priority <= Priority.URGENT


def send_at(
    wishes: StaffWishes | None,
    kind: str,
    *,
    priority: int,
    call_number: int | None,
    at: datetime,
    expires_at: datetime,
) -> datetime:
    """When a message to this person goes: then, or after their quiet hours if it is still of use by then."""
    held = priority > Priority.URGENT and call_number is None and kind not in _AT_ONCE
    if wishes is None or not held or wishes.quiet_from is None or wishes.quiet_to is None:
        return at
    when = after_quiet(at, wishes.zone, wishes.quiet_from, wishes.quiet_to)
    return when if when < expires_at else at
