"""Every page of the console, and its static files by version."""

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import Provide
from litestar.exceptions import HTTPException

from server.console import problems
from server.console.account import account_json, account_pages, numbers_pages, sign_in_pages
from server.console.admin import admin_pages, colleague_pages
from server.console.cases import case_pages, link_pages, queue_pages, welfare_pack_pages
from server.console.clients import (
    caseload_pages,
    client_checkins_pages,
    client_pages,
    discharge_pages,
    raise_pages,
    schedule_pages,
    telephone_pages,
)
from server.console.drills import drill_pages
from server.console.duty import duty_pages
from server.console.lines import line_pages
from server.console.look import Look
from server.console.oversight import reach_pages, supervision_pages
from server.console.page import HEADERS, provide_page
from server.console.plans import plan_copy_pages, plan_edit_pages, plan_pages
from server.console.questions import questionnaire_pages
from server.console.rota import rota_more_pages, rota_pages
from server.core.assets import FOR_EVER, answer, nothing
from server.people.caller import provide_caller


@get("/console/{rest:path}", opt={"action": None}, sync_to_thread=False)
def get_static(request: Request[Any, Any, Any], rest: str) -> Response[bytes]:
    """A static file of this version; anything else does not exist."""
    look: Look = request.app.state.console
    start = look.static.removeprefix("/console") + "/"
    found = look.files.get(rest.removeprefix(start)) if rest.startswith(start) else None
    if found is None:
        return nothing(HEADERS)
    return answer(request, found, {**HEADERS, "Cache-Control": FOR_EVER})


def console_router() -> Router:
    """Everything staff open in a browser."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            get_static,
            *sign_in_pages.routes,
            *account_pages.routes,
            *account_json.routes,
            *numbers_pages.routes,
            *link_pages.routes,
            *supervision_pages.routes,
            *reach_pages.routes,
            *admin_pages.routes,
            *colleague_pages.routes,
            *queue_pages.routes,
            *case_pages.routes,
            *welfare_pack_pages.routes,
            *schedule_pages.routes,
            *client_pages.routes,
            *client_checkins_pages.routes,
            *telephone_pages.routes,
            *raise_pages.routes,
            *discharge_pages.routes,
            *caseload_pages.routes,
            *plan_pages.routes,
            *plan_copy_pages.routes,
            *plan_edit_pages.routes,
            *line_pages.routes,
            *questionnaire_pages.routes,
            *rota_pages.routes,
            *rota_more_pages.routes,
            *duty_pages.routes,
            *drill_pages.routes,
        ],
        dependencies={
            "caller": Provide(provide_caller, sync_to_thread=False),
            "page": Provide(provide_page, sync_to_thread=False),
        },
        exception_handlers={Exception: problems.refused, HTTPException: problems.refused},
    )
