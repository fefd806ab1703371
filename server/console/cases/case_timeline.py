"""The timeline of a case: every act of a person and every call of the service, with what came of each message."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from notifications.delivery import serving
from notifications.delivery.calls import OWED, WITHDRAWN, Telling, tellings
from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName, MessageState
from notifications.delivery.retry import DeadReason
from notifications.escalations.calls import call_code
from notifications.escalations.models import EventKind
from notifications.escalations.schemas import CaseOut, EventOut
from server.console.cases.case_words import ABOUT, Scene, by_a_person, note_of, sentence, was_at
from server.core.db import Tx
from server.people import programmes, queries

CHANNELS = {
    ChannelName.FCM: "push",
    ChannelName.WEBPUSH: "browser push",
    ChannelName.EMAIL: "e-mail",
    ChannelName.SMS: "text message",
    ChannelName.VOICE: "telephone call",
    ChannelName.CONSOLE: "the service's own log",
}
_PRINTED = "printed in the service's own log, sent to nobody"
_TOOK = {ChannelName.VOICE: "rung"}
_DEAD = {
    WITHDRAWN: "withdrawn, no longer needed",
    DeadReason.GONE_ADDRESS: "not delivered, this address no longer works",
    DeadReason.MISCONFIGURED: "not delivered, the channel is not set up",
    DeadReason.EXPIRED: "not delivered in time",
}
_TOLD_BY = {
    EventKind.JOINED: Kind.CASE_JOINED,
    EventKind.LAPSED: Kind.CASE_LAPSED,
    EventKind.HANDED_OVER: Kind.CASE_HANDED_OVER,
    EventKind.PACK_OPENED: Kind.CASE_PACK,
    EventKind.COSIGN_ASKED: Kind.CASE_COSIGN,
    EventKind.CLOSED: Kind.ALL_CLEAR,
    EventKind.RESCUED: Kind.CASE_CALL,
}
"""What a person's act or the service's told colleagues in the same moment."""
FIRST_SHOWN = 40


class Way(Struct, frozen=True):
    """One message: to whom, by which channel, and how far it came; `at` is when the provider took it.

    `arrived`: a provider took it. `waits`: it is still on its way.
    """

    who: str
    channel: str
    came: str
    at: datetime | None
    arrived: bool
    waits: bool
    kind: str


class Line(Struct, frozen=True, kw_only=True):
    """One line of the timeline. `human`: a person did it. `was_at`: when it was, where it was logged later."""

    at: datetime
    says: str
    human: bool
    note: str | None = None
    ways: tuple[Way, ...] = ()
    was_at: datetime | None = None


class _Post(Struct, frozen=True):
    """What is known of those who are told: names, and which channels are printed here in place of being sent."""

    names: dict[UUID, str]
    outside: str
    printed: frozenset[ChannelName]


def timeline(tx: Tx, case: CaseOut) -> list[Line]:
    """Every line, the newest first."""
    told = tellings(tx, case.id)
    outside = outside_name(tx)
    post = _Post(queries.names(tx, [each.staff_id for each in told]), outside, _printed(tx))
    tries = {str(each.id): each for each in case.contacts}
    scene = Scene(case.client.name, tries, outside, _raises(case))
    left = list(told)
    lines: list[Line] = []
    for event in case.timeline:
        mine = [each for each in left if _belongs(each, event)]
        left = [each for each in left if each not in mine]
        lines.append(
            Line(
                at=event.at,
                says=sentence(event, scene),
                human=by_a_person(event),
                note=note_of(event, scene),
                ways=_ways(mine, post),
                was_at=was_at(event, scene),
            )
        )
    lines += _others(left, post)
    return sorted(lines, key=lambda line: line.at)[::-1]


def outside_name(tx: Tx) -> str:
    """The programme's emergency contact by name, which is not the client's relative; else by what it is."""
    programme = programmes.of_actor(tx)
    contact = programmes.emergency_contact(tx, programme.id)
    return contact.name if contact else f"{programme.name}'s emergency contact"


def _printed(tx: Tx) -> frozenset[ChannelName]:
    """The channels that nobody carries here, whose messages are printed instead: a demonstration's."""
    carried = serving.served(tx)
    if ChannelName.CONSOLE not in carried:
        return frozenset((ChannelName.CONSOLE,))
    return frozenset(ChannelName) - carried | {ChannelName.CONSOLE}


def _raises(case: CaseOut) -> frozenset[int]:
    """The lines after which the tier rose in the same moment."""
    pairs = zip(case.timeline, case.timeline[1:], strict=False)
    return frozenset(
        one.number for one, other in pairs if other.kind == EventKind.TIER_RAISED and other.at == one.at
    )


def _belongs(told: Telling, event: EventOut) -> bool:
    if event.kind == EventKind.CALLED:
        return told.call_number == call_code(event.data["ladder"], event.data["call"])
    kind = (
        event.data.get("about") if event.kind == EventKind.REMINDED else _TOLD_BY.get(EventKind(event.kind))
    )
    return told.kind == kind and told.created_at == event.at


def _others(left: list[Telling], post: _Post) -> list[Line]:
    """What was told apart from any event, each kind and moment in one line."""
    groups: dict[tuple[datetime, str], list[Telling]] = {}
    for each in left:
        groups.setdefault((each.created_at, each.kind), []).append(each)
    return [
        Line(at=at, says=ABOUT.get(Kind(kind), "Told"), human=False, ways=_ways(told, post))
        for (at, kind), told in groups.items()
    ]


def _ways(told: list[Telling], post: _Post) -> tuple[Way, ...]:
    """Each message once, even where somebody has two phones that fared alike."""
    return tuple(dict.fromkeys(_way(each, post) for each in told))


def _way(told: Telling, post: _Post) -> Way:
    printed = told.state is MessageState.SENT and told.channel in post.printed
    sent = told.state is MessageState.SENT and not printed
    return Way(
        who=post.names.get(told.staff_id, "a colleague") if told.staff_id else post.outside,
        channel=CHANNELS[told.channel],
        came=_PRINTED if printed else _came(told),
        at=told.sent_at if sent else None,
        arrived=sent,
        waits=told.state in OWED,
        kind=told.kind,
    )


def _came(told: Telling) -> str:
    """How far a message came. "Sent": its provider took it; nothing tells whether a person has read it."""
    if told.state is MessageState.SENT:
        return _TOOK.get(told.channel, "sent")
    if told.state is MessageState.DEAD:
        return _DEAD.get(told.outcome or "", "not delivered")
    if told.state is MessageState.LEASED:
        return "being sent"
    return f"queued, not sent yet, tried {told.attempts} times" if told.attempts else "queued, not sent yet"
