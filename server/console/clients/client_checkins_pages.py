"""The address of a client's check-ins."""

from typing import Any
from uuid import UUID

from litestar import get
from litestar.response import Response

from server.console.clients import client_checkins
from server.console.page import Page, page_of
from server.people.roles import Action
from server.people.routing import Cursor


@get("/clients/{client_id:uuid}/checkins", opt=page_of(Action.VIEW_CHECKINS))
async def get_checkins(page: Page, client_id: UUID, cursor: Cursor = None) -> Response[Any]:
    """Answers day by day with what was flagged, and the numbers as lines."""
    asked = page.request.query_params.get("days") or ""
    days = int(asked) if asked in map(str, client_checkins.PERIODS) else client_checkins.USUAL
    return await page.show(
        "client_checkins.html", lambda tx: client_checkins.shown(tx, client_id, cursor, days)
    )


routes = [get_checkins]
