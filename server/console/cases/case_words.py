"""A case in plain words: how it may end, what a try to reach the client is called, and each line of its timeline."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from notifications.delivery.messages import Kind
from notifications.escalations.closing import Disposition
from notifications.escalations.holders import EMERGENCY_CONTACT
from notifications.escalations.models import CauseKind, ContactChannel, EventKind
from notifications.escalations.schemas import ContactOut, EventOut
from notifications.escalations.tiers import Tier
from server.console.words import TIERS

CAUSES = {
    CauseKind.FLAGGED_ANSWER: "Flagged answer",
    CauseKind.MISSED_RUN: "Missed check-ins",
    CauseKind.HELP_BUTTON: "Asked for someone",
    CauseKind.RAISED_BY_STAFF: "Raised by staff",
    CauseKind.UNDELIVERED: "A message could not be delivered",
}
"""Why a case is there, in a word."""

WAYS = {
    ContactChannel.PHONE: "by phone",
    ContactChannel.SMS: "by text",
    ContactChannel.VIDEO: "by video",
    ContactChannel.IN_PERSON: "in person",
    ContactChannel.OTHER: "another way",
}
"""How somebody tried to reach the client."""


def tried_words(channel: ContactChannel, *, reached: bool) -> str:
    """How a try went, in a few words: "by phone, no answer"."""
    if channel is ContactChannel.OTHER and not reached:
        return "another way, not reached"
    return f"{WAYS[channel]}, {'reached' if reached else 'no answer'}"


DISPOSITIONS = {
    Disposition.SAFE_WITH_PLAN: "Safe, with the plan",
    Disposition.SAME_DAY_VISIT: "Visit today",
    Disposition.WARM_HANDOFF: "Warm handoff to a crisis line",
    Disposition.MOBILE_CRISIS: "Mobile crisis team",
    Disposition.EMERGENCY_DEPARTMENT: "Emergency department",
    Disposition.EMERGENCY_SERVICES: "Emergency services or welfare check",
    Disposition.UNABLE_TO_REACH: "Unable to reach (a supervisor decides)",
    Disposition.FALSE_POSITIVE: "False positive",
    Disposition.KNOWN_BASELINE: "Known baseline",
    Disposition.WRONG_TAP: "Wrong tap",
}
"""How a case may end."""


class Try(Struct, frozen=True):
    """A button of the contact log: the channel, whether the client was reached, and what the button says.

    `told` opens the note, where channel and answer alone do not say what was done.
    """

    channel: ContactChannel
    reached: bool
    label: str
    told: str = ""


TRIES = {
    "phone_reached": Try(ContactChannel.PHONE, True, "Reached by phone"),
    "phone_no_answer": Try(ContactChannel.PHONE, False, "No answer by phone"),
    "sms_reached": Try(ContactChannel.SMS, True, "Answered by text"),
    "sms_no_answer": Try(ContactChannel.SMS, False, "Texted, no answer yet"),
    "in_person_reached": Try(ContactChannel.IN_PERSON, True, "Met in person"),
    "in_person_no_answer": Try(ContactChannel.IN_PERSON, False, "Went there, nobody met"),
    "video_reached": Try(ContactChannel.VIDEO, True, "Reached by video"),
    "video_no_answer": Try(ContactChannel.VIDEO, False, "Tried video, no answer"),
    "other_reached": Try(ContactChannel.OTHER, True, "Reached another way"),
    "other_no_answer": Try(ContactChannel.OTHER, False, "Tried another way, not reached"),
    "family": Try(
        ContactChannel.OTHER, False, "Spoke with family or a helper", "Spoke with family or a helper"
    ),
}
"""The contact log's buttons, the usual ones first."""

_REACHED = {
    ContactChannel.PHONE: "{who} reached {client} by phone",
    ContactChannel.SMS: "{client} answered {who} by text",
    ContactChannel.VIDEO: "{who} reached {client} by video",
    ContactChannel.IN_PERSON: "{who} met {client} in person",
    ContactChannel.OTHER: "{who} reached {client}",
}
_NOT_REACHED = {
    ContactChannel.PHONE: "{who} called {client}, no answer",
    ContactChannel.SMS: "{who} texted {client}, no answer yet",
    ContactChannel.VIDEO: "{who} tried {client} by video, no answer",
    ContactChannel.IN_PERSON: "{who} went to see {client}, nobody met",
    ContactChannel.OTHER: "{who} tried to reach {client} another way, not reached",
}

ABOUT = {
    Kind.CASE_CALL: "Called",
    Kind.CASE_UNREACHABLE: "Called",
    Kind.CASE_JOINED: "Told of the news",
    Kind.CASE_LAPSED: "Told that no contact was recorded in time",
    Kind.CASE_UNDELIVERED: "Told that a colleague cannot be reached",
    Kind.CASE_HANDED_OVER: "Told that the case is theirs",
    Kind.CASE_CLOSE_REMINDER: "Reminded that the case is still open",
    Kind.CASE_COSIGN: "Asked for the second signature",
    Kind.CASE_PACK: "Told that the pack was opened",
    Kind.ALL_CLEAR: "Told that all is clear",
}
"""What a message to a colleague was about."""


class Scene(Struct, frozen=True):
    """Who a timeline speaks of: the client's name, each recorded try by its id, the programme's contact outside.

    `raises`: the numbers of the lines after which the tier rose.
    """

    client: str
    tries: Mapping[str, ContactOut]
    outside: str
    raises: frozenset[int] = frozenset()


def people_in(ids: Iterable[object], names: Iterable[str], outside: str) -> str:
    """The people of a call in one phrase: "Ben", "Ben and Sol", "Ben, Sol and Riverside night desk"."""
    named = [*names, *([outside] if EMERGENCY_CONTACT in ids else [])]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named) or "nobody"


def sentence(event: EventOut, scene: Scene) -> str:
    """One line of the timeline in words."""
    who = event.actor.name if event.actor else "The service"
    data = event.data
    match event.kind:
        case EventKind.OPENED | EventKind.JOINED:
            return _arrival(event, who, scene)
        case EventKind.TIER_RAISED:
            return f"Raised from {_tier(data['from'])} to {_tier(data['to'])}; calling began again"
        case EventKind.HANDED_OVER:
            return _hand_over(event, who)
        case EventKind.ACKNOWLEDGED:
            return f"{who} owns the case after reaching the client" if data else f"{who} took the case"
        case EventKind.CONTACT:
            return _contact(event, who, scene)
        case EventKind.COSIGN_ASKED:
            return f"{who} asks to close it: {_ending(data)}. A second signature is needed"
        case EventKind.CLOSED:
            did = "co-signed, and the case is closed" if data.get("cosigned") else "closed the case"
            return f"{who} {did}: {_ending(data)}"
        case EventKind.SILENCE:
            return f"{data['attempts']} tries without an answer: supervisors are called"
        case EventKind.PASSED:
            return f"Nobody stands on step {_steps(data)} of the ladder; the next one was called at once"
        case _:
            named = (person.name for person in event.people)
            people = people_in(data.get("people", ()), named, scene.outside)
            return _PLAIN.get(event.kind, "Something was recorded").format(who=who, people=people)


_PLAIN: dict[str, str] = {
    EventKind.CALLED: "Called {people}",
    EventKind.UNREACHABLE_RECIPIENT: "No phone and no e-mail leads to {people}",
    EventKind.UNDELIVERED: "The call reached {people} on no channel",
    EventKind.LAPSED: "No contact was recorded in time; calling began again",
    EventKind.OWNER_GONE: "{people} no longer looks after the client; calling began again",
    EventKind.RESCUED: "The case could not be read, so help was called: {people}",
    EventKind.REMINDED: "Reminded {people}",
    EventKind.CONTACT_WITHDRAWN: "{who} took the contact back: the client was not reached",
    EventKind.PACK_OPENED: "{who} opened the welfare-check pack",
    EventKind.COSIGN_REFUSED: "{who} refused to co-sign; calling began again",
    EventKind.CLOSING_WITHDRAWN: "The closing that waited was withdrawn",
}


_JOINED = {
    CauseKind.FLAGGED_ANSWER: "Another answer was flagged ({tier})",
    CauseKind.MISSED_RUN: "More check-ins were missed ({tier})",
    CauseKind.HELP_BUTTON: "{client} asked for someone ({tier})",
    CauseKind.UNDELIVERED: "A message could not be delivered ({tier})",
}


def _arrival(event: EventOut, who: str, scene: Scene) -> str:
    cause, tier = CauseKind(event.data["cause"]), _tier(event.data["tier"])
    by_staff = cause is CauseKind.RAISED_BY_STAFF
    if event.kind == EventKind.OPENED:
        return (
            f"{who} opened the case as {tier}" if by_staff else f"{CAUSES[cause]}: the case opened as {tier}"
        )
    if by_staff:
        return (
            f"{who} raised it to {tier}"
            if event.number in scene.raises
            else f"{who} raised it again ({tier})"
        )
    return _JOINED[cause].format(tier=tier, client=scene.client)


def _hand_over(event: EventOut, who: str) -> str:
    people = {str(person.id): person.name for person in event.people}
    before, after = people.get(str(event.data["from"])), people.get(str(event.data["to"]), "a colleague")
    if event.actor is not None and str(event.actor.id) == event.data["to"]:
        return f"{who} took the case over" + (f" from {before}" if before else "")
    return f"{who} handed the case to {after}"


def _contact(event: EventOut, who: str, scene: Scene) -> str:
    channel = ContactChannel(event.data["channel"])
    words = (_REACHED if event.data["reached"] else _NOT_REACHED)[channel]
    late = " (before the latest news, so it settles nothing)" if event.data["before_latest_cause"] else ""
    return words.format(who=who, client=scene.client) + late


def note_of(event: EventOut, scene: Scene) -> str | None:
    """What somebody wrote with this line."""
    attempt = scene.tries.get(str(event.data.get("attempt")))
    return attempt.note if attempt else event.note


def was_at(event: EventOut, scene: Scene) -> datetime | None:
    """When somebody tried to reach the client, if they logged it later."""
    attempt = scene.tries.get(str(event.data.get("attempt")))
    return attempt.at if attempt and attempt.at != attempt.recorded_at else None


def by_a_person(event: EventOut) -> bool:
    """Whether a person did this, not the service."""
    return event.actor is not None


def _ending(data: dict[str, Any]) -> str:
    return DISPOSITIONS[Disposition(data["disposition"])].lower()


def _tier(value: str) -> str:
    return TIERS[Tier(value)].lower()


def _steps(data: dict[str, Any]) -> str:
    return " and ".join(str(rung + 1) for rung in data["rungs"])
