"""Supervision's addresses: the overview and the audit search."""

from typing import Any
from urllib.parse import urlencode

from litestar import get
from litestar.response import Response

from server.console.oversight import supervision, supervision_audit
from server.console.oversight.supervision_audit import Search
from server.console.page import Page, Tried, page_of
from server.core.errors import Refusal
from server.people.roles import Action


@get("/supervision", opt=page_of(Action.VIEW_SUPERVISION))
async def get_supervision(page: Page) -> Response[Any]:
    """What nobody has in hand, paces, loads, plans, broken glass."""
    return await page.show("supervision.html", supervision.shown)


@get("/supervision/audit", opt=page_of(Action.VIEW_SUPERVISION))
async def get_audit(page: Page) -> Response[Any]:
    """The trail, by what the form asks for. A field that does not fit is said at its place, and finds nothing."""
    sent = page.request.query_params.multi_items()
    tried = Tried({name: [value.strip()] for name, value in sent})
    try:
        search = tried.read(Search)
    except Refusal as refusal:
        tried.problem = refusal
        search = Search()
    return await page.show(
        "supervision_audit.html", lambda tx: _with_next(supervision_audit.shown(tx, search)), tried
    )


def _with_next(found: dict[str, Any]) -> dict[str, Any]:
    more = found["more"]
    older = urlencode({**found["used"], "before": more}) if more else ""
    return {**found, "older": older}


routes = [get_supervision, get_audit]
