"""Addresses of duty itself: who is on, what is handed over, turns that are offered to a colleague, and leaving."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Response

from notifications.escalations.oncall import (
    handovers,
    leaving,
    offer_queries,
    offers,
    on_call_at,
    queries,
    team_acts,
)
from notifications.escalations.oncall.duty_schemas import (
    HandoverNoteNew,
    HandoverOut,
    OfferAnswer,
    OfferList,
    OfferNew,
)
from notifications.escalations.oncall.schemas import OnCallAt, TeamNew, TeamOut
from server.core.db import Tx
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action
from server.people.routing import IfMatch, version_of

At = Annotated[
    datetime | None, Parameter(query="at", description="The instant, with its offset; now unless given.")
]
_CASES, _SWAP = action(Action.VIEW_CASES), action(Action.SWAP_DUTY)


@put(
    "/teams/{team_id:uuid}",
    opt=action(Action.EDIT_ROTA),
    **described("Rename a team", 401, 403, 404, 412, 422, 428, tagged=True),
)
async def put_team(
    caller: Caller, team_id: UUID, data: TeamNew, if_match: IfMatch = None
) -> Response[TeamOut]:
    """Needs If-Match. Its calendar and its clients stay as they are."""
    version = version_of(if_match)

    def rename(tx: Tx) -> TeamOut:
        team_acts.rename(tx, team_id, data.name, version)
        return next(one for one in queries.teams(tx) if one.id == team_id)

    out = await caller.write(rename)
    return Response(out, headers={"ETag": f'"{out.version}"'})


@get(
    "/teams/{team_id:uuid}/on-call",
    opt=action(Action.VIEW_ROTA),
    **described("Who is on call at an instant", 401, 403, 404, 422),
)
async def get_on_call(caller: Caller, team_id: UUID, at: At = None) -> OnCallAt:
    """Now, or at any instant from two days ago to a year ahead: who is called in which order, and who is on next."""
    return await caller.read(lambda tx: on_call_at.on_call_at(tx, team_id, at))


@get("/teams/{team_id:uuid}/handover", opt=_CASES, **described("The handover of a team", 401, 403, 404))
async def get_handover(caller: Caller, team_id: UUID) -> HandoverOut:
    """Whose turn ended last, whose is under way, and the notes since; for those who take turns, and supervisors."""
    return await caller.read(lambda tx: handovers.handover(tx, team_id))


@post(
    "/teams/{team_id:uuid}/handover/notes",
    opt=_CASES,
    **described("Leave a note for who comes on duty", 401, 403, 404, 409, 422),
)
async def post_handover_note(caller: Caller, team_id: UUID, data: HandoverNoteNew) -> HandoverOut:
    """By whoever is on duty, or went off within twelve hours. It is sealed, and never changed."""

    def leave(tx: Tx) -> HandoverOut:
        handovers.leave_note(tx, team_id, data.note)
        return handovers.handover(tx, team_id)

    return await caller.write(leave)


@post(
    "/teams/{team_id:uuid}/handover/seen",
    opt=_CASES,
    status_code=200,
    **described("Say that the handover is read", 401, 403, 404, 409),
)
async def post_handover_seen(caller: Caller, team_id: UUID) -> HandoverOut:
    """By whoever is on duty, or comes on within two hours; everything up to now counts as read."""

    def seen(tx: Tx) -> HandoverOut:
        handovers.say_seen(tx, team_id)
        return handovers.handover(tx, team_id)

    return await caller.write(seen)


@get(
    "/teams/{team_id:uuid}/offers",
    opt=action(Action.VIEW_ROTA),
    **described("Duty that is offered", 401, 403, 404),
)
async def get_offers(caller: Caller, team_id: UUID) -> OfferList:
    """Offers whose duty is not over, newest first."""
    return await caller.read(lambda tx: OfferList(offer_queries.standing(tx, team_id)))


@post(
    "/teams/{team_id:uuid}/offers",
    opt=_SWAP,
    **described("Offer a duty of one's own to a colleague", 401, 403, 404, 409, 422),
)
async def post_offer(caller: Caller, team_id: UUID, data: OfferNew) -> OfferList:
    """Nothing changes before the colleague accepts. Holes refuse it; too little rest, and one
    person on both rungs, are said first."""

    def offer(tx: Tx) -> OfferList:
        offers.offer(tx, team_id, data)
        return OfferList(offer_queries.standing(tx, team_id))

    return await caller.write(offer)


@post(
    "/teams/{team_id:uuid}/offers/{offer_id:uuid}/answer",
    opt=_SWAP,
    status_code=200,
    **described("Accept or decline a duty", 401, 403, 404, 409, 422),
)
async def post_offer_answer(caller: Caller, team_id: UUID, offer_id: UUID, data: OfferAnswer) -> OfferList:
    """By the colleague it was offered to. Accepted, the calendar is looked at once more, and then is another."""

    def reply(tx: Tx) -> OfferList:
        offers.answer(tx, team_id, offer_id, data)
        return OfferList(offer_queries.standing(tx, team_id))

    return await caller.write(reply)


@delete(
    "/teams/{team_id:uuid}/offers/{offer_id:uuid}",
    opt=_SWAP,
    **described("Take an offer back", 401, 403, 404, 409),
)
async def delete_offer(caller: Caller, team_id: UUID, offer_id: UUID) -> None:
    """The one who offered it keeps the duty."""
    await caller.write(lambda tx: offers.take_back(tx, team_id, offer_id))


@delete(
    "/staff/{staff_id:uuid}",
    opt=action(Action.MANAGE_STAFF),
    **described("A staff member leaves", 401, 403, 404, 409),
)
async def delete_staff(caller: Caller, staff_id: UUID) -> None:
    """Sessions and care roles end at once; what they did stays on record."""
    await caller.write(lambda tx: leaving.staff_leaves(tx, staff_id))


routes: list[HTTPRouteHandler] = [put_team, get_on_call, get_handover, post_handover_note, post_handover_seen]
routes += [get_offers, post_offer, post_offer_answer, delete_offer, delete_staff]
