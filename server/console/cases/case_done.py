"""What the case page says after a deed, while the case agrees: one word of the address, one condition, one sentence."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from notifications.delivery.messages import Kind
from notifications.escalations.closing import ATTEMPTS_ON_SILENCE
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import CauseKind, ContactChannel, EventKind
from notifications.escalations.schemas import CaseOut, ContactOut, EventOut
from server.console.cases.case_timeline import Line, Way
from server.console.done import Done
from server.console.words import TIERS


class There(Struct, frozen=True, kw_only=True):
    """The case as it stands, for the acting person. `clock` writes an instant; `unopened`: its owner has not looked."""

    case: CaseOut
    me: UUID | None
    lines: list[Line]
    clock: Callable[[datetime], str]
    unopened: bool


def _open(there: There) -> bool:
    return there.case.state is CaseState.OPEN


def _mine(there: There) -> bool:
    case = there.case
    return case.state is CaseState.ACKNOWLEDGED and case.owner is not None and case.owner.id == there.me


def _latest(there: There) -> ContactOut | None:
    """The acting person's own try, where it is the newest of all."""
    newest = max(there.case.contacts, key=lambda each: each.recorded_at, default=None)
    return newest if newest is not None and newest.staff.id == there.me else None


def _logged(there: There, *, reached: bool) -> bool:
    newest = _latest(there)
    return newest is not None and newest.reached is reached and there.case.closed_at is None


def _reached(there: There) -> str:
    if there.case.contacted_at is None:
        return "Logged. Something new has come since then, so the client still has to be reached."
    return "Logged: the client was reached."


def _tried(there: There) -> str:
    case, newest = there.case, _latest(there)
    if case.contacted_at is not None:
        return f"Logged. Still marked as reached {there.clock(case.contacted_at)}."
    if _open(there) and case.tries_unanswered >= ATTEMPTS_ON_SILENCE:
        return f"Logged. {case.tries_unanswered} tries had no answer: supervisors are being called."
    if newest is not None and newest.channel is ContactChannel.OTHER:
        return "Logged. The client is not reached yet: the clock goes on."
    return "Logged: no answer. The clock goes on."


def _withdrawn(there: There) -> bool:
    return there.case.contacted_at is None and _last(there, EventKind.CONTACT_WITHDRAWN, EventKind.CONTACT)


def _last(there: There, kind: EventKind, *others: EventKind) -> bool:
    """Whether the newest line of these kinds is of the first, and the acting person's."""
    newest = _newest(there.case, kind, *others)
    return (
        newest is not None
        and newest.kind == kind
        and newest.actor is not None
        and newest.actor.id == there.me
    )


def _newest(case: CaseOut, *kinds: EventKind) -> EventOut | None:
    return next((event for event in reversed(case.timeline) if event.kind in kinds), None)


def _given(there: There) -> bool:
    owner = there.case.owner
    given = _last(there, EventKind.HANDED_OVER, EventKind.ACKNOWLEDGED)
    return given and owner is not None and owner.id != there.me and there.case.state is CaseState.ACKNOWLEDGED


def _handed_over(there: There) -> str:
    name = there.case.owner.name if there.case.owner else "a colleague"
    return " ".join([f"Handed over to {name}.", *_posted(there, name)])


def _posted(there: There, name: str) -> list[str]:
    """How far the message about it came, by what is on record."""
    lines = [line.ways for line in there.lines if any(_tells(way) for way in line.ways)]
    ways = lines[0] if lines else ()
    sent = [way for way in ways if way.arrived]
    if sent:
        at = sent[0].at
        by = " and ".join(dict.fromkeys(way.channel for way in sent))
        seen = ", not opened yet" if there.unopened else f", and {name} has opened the case"
        return [f"{_capital(by)} sent {there.clock(at)}{seen}." if at else f"{_capital(by)} sent{seen}."]
    if any(way.waits for way in ways):
        by = " and ".join(dict.fromkeys(way.channel for way in ways if way.waits))
        return [f"{_capital(by)} queued for {name}, not sent yet."]
    return [f"No message reached {name}: tell them yourself."]


def _tells(way: Way) -> bool:
    return way.kind == Kind.CASE_HANDED_OVER


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _raised(there: There) -> bool:
    joined = _newest(there.case, EventKind.JOINED)
    mine = joined is not None and joined.actor is not None and joined.actor.id == there.me
    by_staff = joined is not None and joined.data.get("cause") == CauseKind.RAISED_BY_STAFF
    newest = _newest(there.case, EventKind.TIER_RAISED, EventKind.ACKNOWLEDGED, EventKind.LAPSED)
    return _open(there) and mine and by_staff and newest is not None and newest.kind == EventKind.TIER_RAISED


def _closer(there: There) -> bool:
    return there.case.closed_by is not None and there.case.closed_by.id == there.me


def _signer(there: There) -> bool:
    return there.case.cosigned_by is not None and there.case.cosigned_by.id == there.me


SENTENCES: Mapping[str, Done[There]] = {
    "taken": Done(
        lambda there: _mine(there) and there.case.contacted_at is None,
        "It is yours now. Reach the client, then log it.",
    ),
    "reached": Done(lambda there: _logged(there, reached=True), _reached),
    "tried": Done(lambda there: _logged(there, reached=False), _tried),
    "withdrawn": Done(_withdrawn, "Taken back: the client counts as not reached, and the clock goes on."),
    "handed-over": Done(_given, _handed_over),
    "raised": Done(
        _raised,
        lambda there: f"Raised to {TIERS[there.case.tier].lower()}. Calling began again at the new tier.",
    ),
    "closed": Done(
        lambda there: there.case.state is CaseState.CLOSED and _closer(there),
        "The case is closed, and everybody who was called gets the all-clear.",
    ),
    "cosign": Done(
        lambda there: there.case.awaiting_cosign and _closer(there),
        "A supervisor has to co-sign. Until then the case stays open.",
    ),
    "cosigned": Done(
        lambda there: there.case.state is CaseState.CLOSED and _signer(there),
        "Co-signed. The case is closed.",
    ),
    "refused": Done(
        lambda there: _open(there) and _last(there, EventKind.COSIGN_REFUSED, EventKind.ACKNOWLEDGED),
        "Refused. The case is being called again.",
    ),
}
"""By the word that a form leaves behind: when it is so, and what is said."""
