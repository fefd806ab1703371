"""How a case may end: by a person, with a disposition and the next contact agreed; never by age or machine.

The top tier takes two people: a supervisor who is not the case's owner closes it, or somebody closes it and
such a supervisor, who is not the person that closed it either, co-signs. A supervisor who owns the case
therefore needs another supervisor, or hands the case over first. Until the co-signature the case stays
open, and while nobody reached the client it goes on calling.

What the client did (a flagged answer, a call for someone) is not nothing on one person's word: that it was a
false positive or the known baseline takes a contact with the client, or a supervisor's signature.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct

from notifications.escalations.policy import TierPolicy
from server.core.errors import FieldProblem
from server.people.terms import Role

ATTEMPTS_ON_SILENCE = 3
"""Documented attempts before a supervisor is asked to decide on a welfare check."""
LONGEST_REASON = 2000
"""Characters in a reason."""
LATEST_NEXT_CONTACT = timedelta(days=366)
"""How far ahead a next contact may be promised."""
_MAY_CLOSE = frozenset({Role.CASE_MANAGER, Role.CLINICIAN, Role.SUPERVISOR})


class Disposition(StrEnum):
    """How a case ended."""

    SAFE_WITH_PLAN = "safe_with_plan"
    SAME_DAY_VISIT = "same_day_visit"
    WARM_HANDOFF = "warm_handoff"
    MOBILE_CRISIS = "mobile_crisis"
    EMERGENCY_DEPARTMENT = "emergency_department"
    EMERGENCY_SERVICES = "emergency_services"
    UNABLE_TO_REACH = "unable_to_reach"
    FALSE_POSITIVE = "false_positive"
    KNOWN_BASELINE = "known_baseline"
    WRONG_TAP = "wrong_tap"


NEEDS_REASON = frozenset({Disposition.FALSE_POSITIVE, Disposition.KNOWN_BASELINE, Disposition.WRONG_TAP})
"""Dispositions that say there was nothing to answer: they need the reason in words."""
NEEDS_CONTACT = frozenset(
    {Disposition.SAFE_WITH_PLAN, Disposition.SAME_DAY_VISIT, Disposition.WARM_HANDOFF, Disposition.WRONG_TAP}
)
"""Dispositions that nobody can know without having reached the client."""
NEEDS_NO_NEXT_CONTACT = frozenset({Disposition.FALSE_POSITIVE, Disposition.WRONG_TAP})
"""Dispositions after which the usual check-ins are contact enough."""


NEEDS_SECOND_LOOK = frozenset({Disposition.FALSE_POSITIVE, Disposition.KNOWN_BASELINE})
"""Dispositions that say so without anybody having spoken with the client."""


class Closing(Struct, frozen=True, kw_only=True):
    """What somebody says when closing, with the facts of the case.

    `reached`: the client was reached since calling last began. `attempts`: tries without an answer since
    then. `clients_own`: the client's own answer or call for someone is among the causes. `seen_by_another`:
    somebody else took the case, or tried to reach the client.
    """

    disposition: Disposition
    role: Role
    is_owner: bool
    reached: bool
    attempts: int
    clients_own: bool
    seen_by_another: bool
    today: date
    next_contact_on: date | None = None
    reason: str | None = None


def may_close(closing: Closing) -> list[FieldProblem]:
    """Everything in the way of closing; empty when the case may close, or await its co-signature."""
    return [FieldProblem(path, message) for path, message in _obstacles(closing)]


def needs_cosign(policy: TierPolicy, closing: Closing) -> bool:
    """True when this closing waits for another supervisor to co-sign.

    A supervisor is the second pair of eyes only where somebody else was the first.
    """
    supervisor = closing.role is Role.SUPERVISOR
    second = supervisor and not closing.is_owner and closing.seen_by_another
    unheard = closing.clients_own and not closing.reached and closing.disposition in NEEDS_SECOND_LOOK
    return (policy.cosign and not second) or (unheard and not supervisor)


def may_cosign(role: Role, *, is_owner: bool, is_closer: bool) -> bool:
    """True for a supervisor who neither owns the case nor closed it."""
    return role is Role.SUPERVISOR and not is_owner and not is_closer


def _obstacles(closing: Closing) -> Iterator[tuple[str, str]]:
    disposition, next_on = closing.disposition, closing.next_contact_on
    if closing.role not in _MAY_CLOSE:
        yield "disposition", "Only a case manager, clinician or supervisor closes a case."
    if disposition in NEEDS_CONTACT and not closing.reached:
        yield "disposition", "First log that you reached the client."
    if disposition is Disposition.UNABLE_TO_REACH:
        if closing.role is not Role.SUPERVISOR:
            yield "disposition", "Only a supervisor decides that the client cannot be reached."
        if closing.reached:
            yield "disposition", "The client was reached. Choose how that contact ended."
        elif closing.attempts < ATTEMPTS_ON_SILENCE:
            yield "disposition", f"First log {ATTEMPTS_ON_SILENCE} tries without an answer."
    if disposition in NEEDS_REASON and not (closing.reason or "").strip():
        yield "reason", "Write why there was nothing to answer."
    if len(closing.reason or "") > LONGEST_REASON:
        yield "reason", f"Write at most {LONGEST_REASON} characters."
    if next_on is None:
        if disposition not in NEEDS_NO_NEXT_CONTACT:
            yield "next_contact_on", "Choose the day of the next contact."
    elif not closing.today <= next_on <= closing.today + LATEST_NEXT_CONTACT:
        yield "next_contact_on", "Choose a day from today to a year from today."
