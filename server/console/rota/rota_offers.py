"""Duty that is offered to a colleague: what waits for an answer, and what the forms hold."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from notifications.escalations.oncall import offer_queries, offers
from notifications.escalations.oncall import queries as calendar_queries
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.oncall.duty_schemas import DutyOut, OfferAnswer, OfferNew, OfferOut, TimeOfDuty
from notifications.escalations.oncall.models import OfferState
from notifications.escalations.oncall.schemas import StretchOut
from server.console.page import Tried
from server.console.rota import rota
from server.console.rota.rota_changes import duty_of
from server.core.db import Tx
from server.core.errors import FieldProblem, Invalid
from server.core.zones import zone
from server.people import programmes
from server.people.roles import Action, reach
from server.people.terms import Role

AHEAD = timedelta(days=28)

STATES = {
    OfferState.OPEN: "waits for an answer",
    OfferState.ACCEPTED: "accepted",
    OfferState.DECLINED: "declined",
    OfferState.WITHDRAWN: "taken back",
}


def shown(tx: Tx, team_id: UUID | None) -> dict[str, Any]:
    """The page of one team: what waits for me, what else is offered, and the form of a new offer."""
    team, teams = rota.team_of(tx, team_id)
    programme, me = programmes.of_actor(tx), tx.actor.id
    calendar = calendar_of(tx, programme.id, team.id)
    ahead = [
        one
        for one in calendar_queries.preview_of(tx, calendar, AHEAD).stretches
        if one.person and one.from_at > tx.now
    ]
    found = offer_queries.standing(tx, team.id)
    here = zone(programme.zone)
    told = [(one, _words(one, here, tx.now)) for one in found]
    is_open = [pair for pair in told if pair[0].state is OfferState.OPEN and not pair[0].lapsed]
    return {
        "team": team,
        "teams": teams,
        "rungs": rota.RUNGS,
        "may_offer": reach(tx.actor.role, Action.SWAP_DUTY) is not None,
        "may_take_back": tx.actor.role == Role.SUPERVISOR,
        "me": me,
        "for_me": [pair for pair in is_open if pair[0].to.id == me],
        "others": [pair for pair in is_open if pair[0].to.id != me],
        "settled": [(*pair, _state(pair[0])) for pair in told if pair not in is_open],
        "mine": _choices(tx, [one for one in ahead if one.person and one.person.id == me]),
        "theirs": _choices(tx, [one for one in ahead if one.person and one.person.id != me]),
        "states": {one.state for one in found},
        "people": [pair for pair in rota.people(tx) if pair[0] != str(me)],
    }


def offer(tx: Tx, team_id: UUID, tried: Tried) -> None:
    """Offer a duty, in return for another where one is chosen. Problems stand at their fields."""
    layer, from_at, to_at, _ = duty_of(tried, "duty")
    back, to = None, tried.value("to")
    if tried.value("back"):
        back_layer, back_from, back_to, holder = duty_of(tried, "back")
        back = TimeOfDuty(layer=back_layer, from_at=back_from, to_at=back_to)
        if to != str(holder):
            raise Invalid.field("back", "that is the duty of somebody else than you offer yours to")
    try:
        colleague = UUID(to)
    except ValueError:
        raise Invalid.field("to", "choose whom you offer it to") from None
    given = OfferNew(
        to=colleague,
        duty=TimeOfDuty(layer=layer, from_at=from_at, to_at=to_at),
        back=back,
        despite_rest="true" in tried.values("despite_rest"),
        despite_both_rungs="true" in tried.values("despite_both_rungs"),
    )
    try:
        offers.offer(tx, team_id, given)
    except Invalid as wrong:
        told = [FieldProblem(each.path.partition(".")[0], each.message) for each in wrong.errors]
        raise Invalid(errors=told) from None


def answer(tx: Tx, team_id: UUID, offer_id: UUID, tried: Tried, *, accept: bool) -> None:
    """Accept or decline."""
    given = OfferAnswer(
        accept=accept,
        despite_rest="true" in tried.values("despite_rest"),
        despite_both_rungs="true" in tried.values("despite_both_rungs"),
    )
    offers.answer(tx, team_id, offer_id, given)


def _words(one: OfferOut, here: ZoneInfo, now: datetime) -> str:
    """The duty, and what is taken in return."""
    duty = _time(one.duty, here, now)
    return f"{duty}, in return for {_time(one.back, here, now)}" if one.back else duty


def _time(duty: DutyOut, here: ZoneInfo, now: datetime) -> str:
    start, end = rota.at_words(duty.from_at, here, now), duty.to_at.astimezone(here)
    return f"{start} to {end:%H:%M} ({rota.RUNGS[duty.layer].lower()})"


def _state(one: OfferOut) -> str:
    return "lapsed: it began before anybody answered" if one.lapsed else STATES[one.state]


def _choices(tx: Tx, ahead: list[StretchOut]) -> list[tuple[str, str]]:
    here = zone(programmes.of_actor(tx).zone)
    return [(rota.key_of(one), rota.duty_words(one, here, tx.now)) for one in ahead]
