"""The addresses of drills: start one, answer one, and who took how long."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

from notifications.escalations.drills import ending, starting
from notifications.escalations.drills.schemas import DrillNew
from notifications.escalations.oncall import acts
from server.console.drills import drills
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.people import access
from server.people.roles import Action, reach

_DONE = {
    "started": "The drill is running. Whoever is on call is being called; this page shows who answers.",
    "drill": "You answered the practice call. There is nothing left to do.",
}


@get("/rota/drills", opt=page_of(Action.RUN_DRILL))
async def get_page(page: Page) -> Response[Any]:
    """The last drills, and the button."""
    return await _page(page, Tried())


@get("/rota/drills/table", opt=page_of(Action.RUN_DRILL))
async def get_table(page: Page) -> Response[Any]:
    """The live part alone."""
    return await page.show("drills_table.html", drills.shown)


@post("/rota/drills", opt=page_of(Action.RUN_DRILL), status_code=303)
async def post_drill(page: Page) -> Response[Any]:
    """Start one."""
    tried = await page.form()

    def start(tx: Tx) -> None:
        access.require(tx, Action.RUN_DRILL)
        asked = tried.read(DrillNew).team_id
        team = acts.team_of(tx, Action.VIEW_ROTA, asked) if asked else acts.teams(tx)[0]
        starting.start(tx, team)

    return await page.act(tried, start, then="/rota/drills?done=started", again=lambda: _page(page, tried))


@post("/rota/drills/{drill_id:uuid}/answer", opt=page_of(Action.ANSWER_DRILL), status_code=303)
async def post_answer(page: Page, drill_id: UUID) -> Response[Any]:
    """Whoever was called has it, and that is all."""
    tried = Tried()
    actor = await page.caller.whoami()
    here = "/rota" if reach(actor.role, Action.RUN_DRILL) is None else "/rota/drills"
    return await page.act(
        tried,
        lambda tx: ending.answer(tx, drill_id),
        then=f"{here}?done=drill",
        again=lambda: _refused(page, tried),
    )


async def _page(page: Page, tried: Tried) -> Response[Any]:
    said = _DONE.get(page.done)
    return await page.show("drills.html", lambda tx: {**drills.shown(tx), "said": said}, tried)


async def _refused(page: Page, tried: Tried) -> Response[Any]:
    """A drill that is over already; said to people who have no page of drills as well."""
    return await page.show("drill_over.html", lambda _: {}, tried)


routes: list[HTTPRouteHandler] = [get_page, get_table, post_drill, post_answer]
