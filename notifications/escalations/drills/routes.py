"""Addresses of drills. Thin: read the request, run one verb, shape the answer."""

from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from notifications.escalations.drills import ending, queries, starting
from notifications.escalations.drills.schemas import DrillList, DrillNew, DrillOut, OwnDrill, OwnDrills
from notifications.escalations.oncall import acts
from server.core.db import Tx
from server.people import access
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action


@get("/drills", opt=action(Action.RUN_DRILL), **described("The last drills", 401, 403))
async def get_drills(caller: Caller) -> DrillList:
    """Who was called, who answered and how fast; newest first, and person by person over 90 days."""
    return await caller.read(queries.overview)


@post("/drills", opt=action(Action.RUN_DRILL), **described("Start a drill", 401, 403, 404, 409, 422))
async def post_drill(caller: Caller, data: DrillNew) -> DrillOut:
    """Whoever is on duty is called now, and told that it is practice. 409 while one of this team is running."""
    return await caller.write(lambda tx: queries.one(tx, started(tx, data.team_id)))


@get("/me/drills", opt=action(Action.ANSWER_DRILL), **described("Drills that call me", 401, 403))
async def get_my_drills(caller: Caller) -> OwnDrills:
    """Those that run now and have called the acting person."""
    return await caller.read(queries.own)


@post(
    "/drills/{drill_id:uuid}/answer",
    opt=action(Action.ANSWER_DRILL),
    status_code=200,
    **described("Answer a drill", 401, 403, 404, 409),
)
async def post_answer(caller: Caller, drill_id: UUID) -> OwnDrill:
    """The drill is over. 409 when a colleague was quicker, or its time is over."""
    return await caller.write(lambda tx: queries.answered(tx, ending.answer(tx, drill_id).id))


def started(tx: Tx, team_id: UUID | None) -> UUID:
    """Start a drill of this team of the acting person's programme, or of its first one; gives its id."""
    access.require(tx, Action.RUN_DRILL)
    team = acts.team_of(tx, Action.VIEW_ROTA, team_id) if team_id else acts.teams(tx)[0]
    return starting.start(tx, team).case_id


routes: list[HTTPRouteHandler] = [get_drills, post_drill, get_my_drills, post_answer]
