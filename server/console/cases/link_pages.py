"""The page behind the link in a call: a button, nothing of the case, and no sign-in.

Opening it changes nothing, because mail scanners open every link. It carries no script and asks nobody else for
anything. The token is all it goes by: there is no cookie that a page of another site could misuse. Only tokens of no
link count as tries: a clinic behind one address presses as often as it is called.
"""

from typing import Any

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.response import Response, Template

from notifications.delivery.call_lines import CallLine
from notifications.delivery.messages import call_line
from notifications.delivery.staff_models import LinkUse
from notifications.escalations import links
from notifications.escalations.links import LANGUAGE, Standing
from server.console.page import page_of
from server.core.db import Database, Tx
from server.core.errors import Refusal
from server.people import throttle
from server.people.caller import network_of
from server.people.roles import Action
from server.people.throttle import Limit

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}

_TOLD = {
    Standing.TAKEN: (200, CallLine.HAVE_IT),
    Standing.A_COLLEAGUE_HAS_IT: (409, CallLine.A_COLLEAGUE_HAS_IT),
    Standing.USED: (410, CallLine.USED),
    Standing.OVER: (410, CallLine.OVER),
    Standing.NOT_YOURS: (403, CallLine.NOT_YOURS),
    Standing.DRILL_ANSWERED: (200, CallLine.DRILL_ANSWERED),
    Standing.DRILL_OVER: (410, CallLine.DRILL_OVER),
}
_OPEN = page_of(Action.PUBLIC)


@get("/a/{token:str}", opt=_OPEN)
async def get_link(request: Request[Any, Any, State], state: State, token: str) -> Response[Any]:
    """The button, or why there is none."""
    db: Database = state.db
    return _page(request, await db.read(lambda tx: links.look(tx, LinkUse.PAGE, token)))


@post("/a/{token:str}", opt=_OPEN, status_code=200)
async def post_link(request: Request[Any, Any, State], state: State, token: str) -> Response[Any]:
    """The button was pressed: the person called has the case."""
    db: Database = state.db
    whom = f"link {network_of(request.client.host if request.client else '')}"

    def press(tx: Tx) -> Standing | Refusal:
        guessed = not links.is_known(tx, LinkUse.PAGE, token)
        over = throttle.count(tx, Limit.CODE_ADDRESS, whom) if guessed else None
        return over or links.take(tx, LinkUse.PAGE, token)

    found = await db.write(press)
    if isinstance(found, Refusal):
        raise found
    return _page(request, found)


def _page(request: Request[Any, Any, State], standing: Standing) -> Response[Any]:
    status, line = _TOLD.get(standing, (200, None))
    return Template(
        template_name="link.html",
        context={
            "static": request.app.state.console.static,
            "words": call_line(line, LANGUAGE) if line else "",
            "taken": standing is Standing.TAKEN,
            "practice": standing in (Standing.DRILL, Standing.DRILL_ANSWERED, Standing.DRILL_OVER),
        },
        status_code=status,
        headers=HEADERS,
        media_type="text/html",
    )


routes = [get_link, post_link]
