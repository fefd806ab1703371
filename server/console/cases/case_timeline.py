"""The timeline of a case: every act of a person and every call of the service, with what came of each message."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from notifications.delivery.calls import OWED, WITHDRAWN, Telling, tellings
from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName, MessageState
from notifications.delivery.retry import DeadReason
from notifications.escalations.calls import call_code
from notifications.escalations.models import EventKind
from notifications.escalations.schemas import CaseOut, EventOut
from server.console.cases.case_words import ABOUT, OUTSIDE, Scene, by_a_person, note_of, sentence, was_at
from server.core.db import Tx
from server.people import queries

CHANNELS = {
    ChannelName.FCM: "push",
    ChannelName.WEBPUSH: "browser push",
    ChannelName.EMAIL: "e-mail",
    ChannelName.SMS: "text message",
    ChannelName.VOICE: "telephone call",
    ChannelName.CONSOLE: "the service's own log",
}
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
    """One message: to whom, by which channel, and how far it came; `at` is when the provider took it."""

    who: str
    channel: str
    came: str
    at: datetime | None
    arrived: bool
    waits: bool


class Line(Struct, frozen=True, kw_only=True):
    """One line of the timeline. `human`: a person did it. `was_at`: when it was, where it was logged later."""

    at: datetime
    says: str
    human: bool
    note: str | None = None
    ways: tuple[Way, ...] = ()
    was_at: datetime | None = None


def timeline(tx: Tx, case: CaseOut) -> list[Line]:
    """Every line, the newest first."""
    told = tellings(tx, case.id)
    names = queries.names(tx, [each.staff_id for each in told])
    scene = Scene(case.client.name, {str(each.id): each for each in case.contacts})
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
                ways=_ways(mine, names),
                was_at=was_at(event, scene),
            )
        )
    lines += _others(left, names)
    return sorted(lines, key=lambda line: line.at)[::-1]


def _belongs(told: Telling, event: EventOut) -> bool:
    if event.kind == EventKind.CALLED:
        return told.call_number == call_code(event.data["ladder"], event.data["call"])
    kind = (
        event.data.get("about") if event.kind == EventKind.REMINDED else _TOLD_BY.get(EventKind(event.kind))
    )
    return told.kind == kind and told.created_at == event.at


def _others(left: list[Telling], names: dict[UUID, str]) -> list[Line]:
    """What was told apart from any event, each kind and moment in one line."""
    groups: dict[tuple[datetime, str], list[Telling]] = {}
    for each in left:
        groups.setdefault((each.created_at, each.kind), []).append(each)
    return [
        Line(at=at, says=ABOUT.get(Kind(kind), "Told"), human=False, ways=_ways(told, names))
        for (at, kind), told in groups.items()
    ]


def _ways(told: list[Telling], names: dict[UUID, str]) -> tuple[Way, ...]:
    """Each message once, even where somebody has two phones that fared alike."""
    return tuple(dict.fromkeys(_way(each, names) for each in told))


def _way(told: Telling, names: dict[UUID, str]) -> Way:
    who = names.get(told.staff_id, "a colleague") if told.staff_id else OUTSIDE
    arrived = told.state is MessageState.SENT
    waits = told.state in OWED
    return Way(who, CHANNELS[told.channel], _came(told), told.sent_at if arrived else None, arrived, waits)


def _came(told: Telling) -> str:
    """How far a message came. "Delivered" is to the provider: nothing tells whether a person has read it."""
    if told.state is MessageState.SENT:
        return "delivered"
    if told.state is MessageState.DEAD:
        return _DEAD.get(told.outcome or "", "not delivered")
    if told.state is MessageState.LEASED:
        return "being sent"
    return f"not delivered yet, tried {told.attempts} times" if told.attempts else "about to be sent"
