"""A case in plain words: how it may end, what a try to reach the client is called, and each line of its timeline."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from notifications.delivery.messages import Kind
from notifications.escalations.closing import Disposition
from notifications.escalations.holders import EMERGENCY_CONTACT
from notifications.escalations.models import CauseKind, ContactChannel, EventKind
from notifications.escalations.schemas import ContactOut, EventOut
from notifications.escalations.tiers import Tier
from server.console.cases.queue import CAUSES
from server.console.words import TIERS

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
    """A button of the contact log: the channel, whether the client was reached, and what the button says."""

    channel: ContactChannel
    reached: bool
    label: str


TRIES = {
    "phone_reached": Try(ContactChannel.PHONE, True, "Reached by phone"),
    "phone_no_answer": Try(ContactChannel.PHONE, False, "No answer by phone"),
    "sms_reached": Try(ContactChannel.SMS, True, "Answered by text"),
    "sms_no_answer": Try(ContactChannel.SMS, False, "Texted, no answer yet"),
    "in_person_reached": Try(ContactChannel.IN_PERSON, True, "Met in person"),
    "in_person_no_answer": Try(ContactChannel.IN_PERSON, False, "Went there, nobody met"),
    "video_reached": Try(ContactChannel.VIDEO, True, "Reached by video"),
    "other_reached": Try(ContactChannel.OTHER, True, "Reached another way"),
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
    ContactChannel.OTHER: "{who} tried to reach {client}, no answer",
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

OUTSIDE = "the emergency contact"


class Scene(Struct, frozen=True):
    """Who a timeline speaks of: the client's name, and each recorded try by its id."""

    client: str
    tries: Mapping[str, ContactOut]


def names_in(event: EventOut) -> str:
    """The people of an event in one phrase: "Ben", "Ben and Sol", "Ben, Sol and the emergency contact"."""
    named = [person.name for person in event.people]
    if EMERGENCY_CONTACT in event.data.get("people", ()):
        named.append(OUTSIDE)
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named) or "nobody"


def sentence(event: EventOut, scene: Scene) -> str:
    """One line of the timeline in words."""
    who = event.actor.name if event.actor else "The service"
    data = event.data
    match event.kind:
        case EventKind.OPENED | EventKind.JOINED:
            return _arrival(event, who)
        case EventKind.TIER_RAISED:
            return f"Raised from {_tier(data['from'])} to {_tier(data['to'])}; calling began again"
        case EventKind.HANDED_OVER:
            return _hand_over(event, who)
        case EventKind.ACKNOWLEDGED:
            return f"{who} owns the case after reaching the client" if data else f"{who} took the case"
        case EventKind.CONTACT:
            return _contact(event, who, scene)
        case EventKind.COSIGN_ASKED:
            return f"{who} closed the case ({_ending(data)}); a second signature is needed"
        case EventKind.CLOSED:
            did = "co-signed, and the case is closed" if data.get("cosigned") else "closed the case"
            return f"{who} {did}: {_ending(data)}"
        case EventKind.SILENCE:
            return f"{data['attempts']} tries without an answer: supervisors are called"
        case EventKind.PASSED:
            return f"Nobody stands on step {_steps(data)} of the ladder; the next one was called at once"
        case _:
            return _PLAIN.get(event.kind, event.kind).format(who=who, people=names_in(event))


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


def _arrival(event: EventOut, who: str) -> str:
    cause, tier = CauseKind(event.data["cause"]), _tier(event.data["tier"])
    what = f"{who} raised it" if cause is CauseKind.RAISED_BY_STAFF else CAUSES[cause]
    return (
        f"{what}: the case opened as {tier}" if event.kind == EventKind.OPENED else f"{what} ({tier}) joined"
    )


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


def key_of(staff_id: UUID | None) -> str:
    """The name of the people of a call as its event holds them."""
    return str(staff_id) if staff_id else EMERGENCY_CONTACT
