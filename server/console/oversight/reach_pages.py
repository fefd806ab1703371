"""The address of the page on who cannot be reached."""

from typing import Any

from litestar import get
from litestar.response import Response

from server.console.oversight import reach
from server.console.page import Page, page_of
from server.people.roles import Action


@get("/supervision/reach", opt=page_of(Action.VIEW_SUPERVISION))
async def get_reach(page: Page) -> Response[Any]:
    """Who is on duty now or soon and has no way that works."""
    return await page.show("supervision_reach.html", reach.shown)


routes = [get_reach]
