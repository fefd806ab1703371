"""The queue's addresses: the page, its live part, and taking a case."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from notifications.escalations import acts
from notifications.escalations.oncall import handovers
from notifications.escalations.oncall import queries as calendar_queries
from server.console.cases import queue
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.people.roles import Action, reach


@get("/", opt=page_of(Action.SIGN_OUT))
async def get_home(page: Page) -> Response[Any]:
    """Where this person's work begins."""
    actor = await page.caller.whoami()
    return page.go("/queue" if reach(actor.role, Action.VIEW_CASES) else "/admin")


@get("/queue", opt=page_of(Action.VIEW_CASES))
async def get_queue(page: Page) -> Response[Any]:
    """Open cases, the one with the least time left on top."""
    return await _queue(page)


@get("/queue/rows", opt=page_of(Action.VIEW_CASES))
async def get_rows(page: Page) -> Response[Any]:
    """The live part alone."""
    return await page.show("queue_rows.html", queue.shown, looks_only=True)


@post("/queue/{case_id:uuid}/take", opt=page_of(Action.ACT_ON_CASE), status_code=303)
async def post_take(page: Page, case_id: UUID) -> Response[Any]:
    """One tap: the case is this person's, and its page opens."""
    tried = Tried()
    return await page.act(
        tried,
        lambda tx: acts.acknowledge(tx, case_id),
        then=f"/cases/{case_id}?done=taken",
        again=lambda: _queue(page, tried),
    )


async def _queue(page: Page, tried: Tried | None = None) -> Response[Any]:
    def shown(tx: Tx) -> dict[str, Any]:
        return {**queue.shown(tx), "handover": handovers.to_read(tx, calendar_queries.own_team(tx))}

    return await page.show("queue.html", shown, tried, looks_only=True)


routes = [get_home, get_queue, get_rows, post_take]
