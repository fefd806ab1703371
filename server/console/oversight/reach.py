"""Colleagues who could not be told, found before it matters: who is on duty soon, why no way works, and what to do."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from notifications.delivery import outside, reachable, ways
from notifications.delivery.models import ChannelName
from notifications.delivery.ways import Standing, Way
from notifications.escalations.oncall import findings, unreachable
from notifications.escalations.oncall.unreachable import OnDuty
from notifications.escalations.rotas.holes import both_sentence, hole_sentence, rest_sentence
from notifications.escalations.schemas import Named
from server.console.rota.rota import RUNGS
from server.core.db import Tx
from server.people import access, programmes, queries
from server.people.roles import Action

DAYS = 14

CHANNELS = {
    ChannelName.FCM: "Push to a phone",
    ChannelName.WEBPUSH: "Push to a browser",
    ChannelName.EMAIL: "E-mail",
    ChannelName.SMS: "Text message",
    ChannelName.VOICE: "Telephone call",
}

WHY = {
    Standing.WORKS: "works",
    Standing.NOT_CARRIED: "this service does not send these",
    Standing.NOT_PROVED: "number not verified: the code has not been given back",
    Standing.NO_ADDRESS: "none registered",
    Standing.REFUSED: "the last message was refused for good",
}

_ADDRESS_NOT_PROVED = "address not verified: the code has not been given back"

_ALLOW = "Allow notices in the app on their phone, or in their browser"
_NUMBER = "Add a number under Account, and give back the code that is sent to it"
_MENDS = {
    ChannelName.FCM: _ALLOW,
    ChannelName.WEBPUSH: _ALLOW,
    ChannelName.SMS: _NUMBER,
    ChannelName.VOICE: _NUMBER,
}


class Person(Struct, frozen=True, kw_only=True):
    """A colleague who is hard to reach; `silent`: by no way at all, otherwise by e-mail alone."""

    id: UUID
    name: str
    silent: bool
    duty: OnDuty | None
    ways: list[str]
    to_do: list[str]


def shown(tx: Tx) -> dict[str, Any]:
    """Those on duty first, in order of when; then others whom a case may call. Holes ahead stand beside them."""
    access.require(tx, Action.VIEW_SUPERVISION)
    programme = programmes.of_actor(tx)
    duty = unreachable.on_duty_ahead(tx, programme.id, timedelta(days=DAYS))
    hard = {each.staff_id: each.silent for each in reachable.without_channel(tx, list(duty))}
    hard |= {each.staff_id: each.silent for each in reachable.without_channel(tx)}
    found = ways.ways_of(tx, list(hard))
    names = queries.names(tx, hard)
    people = [
        Person(
            id=person,
            name=names.get(person, "A colleague"),
            silent=silent,
            duty=duty.get(person),
            ways=lines_of(found[person]),
            to_do=to_do(found[person]),
        )
        for person, silent in hard.items()
    ]
    holes = findings.holes_ahead(tx, DAYS)
    rests = [rest for one in holes for rest in one.short_rests]
    both = [(each, one.zone) for one in holes for each in one.both_rungs]
    named = queries.names(tx, [*(rest.person for rest in rests), *(each.person for each, _ in both)])
    return {
        "on_duty": sorted((each for each in people if each.duty), key=_by_duty),
        "others": sorted(
            (each for each in people if not each.duty), key=lambda each: (not each.silent, each.name)
        ),
        "reached": len(set(duty) - set(hard)),
        "rungs": RUNGS,
        "gaps": [
            (one.team_id, one.team, [hole_sentence(hole, one.zone) for hole in one.holes])
            for one in holes
            if one.holes
        ],
        "rests": [rest_sentence(rest, Named.of(rest.person, named).name, programme.zone) for rest in rests],
        "outside": _outside(tx, programme.id),
        "both": [both_sentence(each, Named.of(each.person, named).name, here) for each, here in both],
    }


def _outside(tx: Tx, programme_id: UUID) -> str | None:
    """What an administrator has to do about the emergency contact; None where nothing is."""
    now = outside.standing(tx, programme_id)
    if now is None or now.proved:
        return None
    if not now.readable:
        return "What is on record of the emergency contact was damaged: nobody outside is told of a case."
    return (
        "Nobody knows whether the emergency contact hears of a case: no test has reached them by every way."
    )


def why(way: Way) -> str:
    """How a way stands, in words."""
    if way.channel is ChannelName.EMAIL and way.standing is Standing.NOT_PROVED:
        return _ADDRESS_NOT_PROVED
    return WHY[way.standing]


def _by_duty(each: Person) -> tuple[Any, ...]:
    return (each.duty.turn.from_at if each.duty else None, not each.silent, each.name)


def lines_of(found: list[Way]) -> list[str]:
    """The ways by how they stand, as sentences. Ways that this service offers to nobody are left out."""
    said: dict[str, list[str]] = {}
    for way in found:
        if way.standing is not Standing.NOT_CARRIED:
            said.setdefault(why(way), []).append(CHANNELS[way.channel])
    return [
        f"{', '.join((names[0], *(name.lower() for name in names[1:])))}: {words}"
        for words, names in said.items()
    ]


def to_do(found: list[Way]) -> list[str]:
    """What would mend it, the person's own steps first; what the service lacks is the operator's."""
    open_to = {way.channel: way.standing for way in found if way.standing is not Standing.NOT_CARRIED}
    steps = [
        _MENDS[channel]
        for channel, standing in open_to.items()
        if channel in _MENDS and standing is not Standing.WORKS
    ]
    if open_to.get(ChannelName.EMAIL) is Standing.NOT_PROVED:
        steps.append("Have a code mailed to them under Account, and give it back")
    if open_to.get(ChannelName.EMAIL) is Standing.REFUSED:
        steps.append("Ask an administrator to check their e-mail address")
    if not set(open_to) - {ChannelName.EMAIL}:
        steps.append("Ask the operator: this service sends no push messages, no texts and no calls")
    return list(dict.fromkeys(steps))
