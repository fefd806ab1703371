"""The caseload's addresses: the table, a search by name, a new client, and the plans that wait for work."""

from typing import Any

from litestar import get, post
from litestar.response import Response

from server.console.clients import caseload, client_form, client_said, plans_due
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.core.tables import new_id
from server.people import actions, programmes
from server.people.roles import Action
from server.people.schemas import ClientNew


@get("/caseload", opt=page_of(Action.VIEW_CLIENT))
async def get_caseload(page: Page) -> Response[Any]:
    """Everybody this person looks after, or those a filter leaves."""
    given = {name: text for name, text in page.request.query_params.items() if name != "name"}
    return await _caseload(page, caseload.asked_in(given))


@post("/caseload", opt=page_of(Action.VIEW_CLIENT), status_code=200)
async def post_search(page: Page) -> Response[Any]:
    """Those whose name holds what was typed. Sent as a form: a name never stands in an address."""
    tried = await page.form()
    given = {name: values[0][:200] for name, values in tried.sent.items()}
    return await _caseload(page, caseload.asked_in(given))


async def _caseload(page: Page, asked: caseload.Asked) -> Response[Any]:
    return await page.show(
        "caseload.html",
        lambda tx: {**caseload.shown(tx, asked), "said": client_said.on_caseload(tx, page.done)},
        looks_only=True,
    )


@get("/caseload/new", opt=page_of(Action.CREATE_CLIENT))
async def get_new(page: Page) -> Response[Any]:
    """The form of a new client."""
    return await _new(page)


@post("/caseload/new", opt=page_of(Action.CREATE_CLIENT), status_code=303)
async def post_new(page: Page) -> Response[Any]:
    """Whoever adds a client starts on the care team, and goes on to their page."""
    tried = await page.form()
    client_form.close_gaps(tried)
    return await page.act(
        tried,
        lambda tx: actions.create_client(tx, client_form.read(tried, ClientNew)).id,
        then=lambda client_id: f"/clients/{client_id}?done=added",
        again=lambda: _new(page, tried),
    )


async def _new(page: Page, tried: Tried | None = None) -> Response[Any]:
    form = tried or Tried()

    def gather(tx: Tx) -> dict[str, Any]:
        return {
            "contacts": client_form.rows(form, []),
            "form": client_form,
            "home": programmes.of_actor(tx).zone,
            "id": form.value("id", new_id()),
        }

    return await page.show("client_new.html", gather, form)


@get("/plans", opt=page_of(Action.VIEW_PLAN))
async def get_plans(page: Page) -> Response[Any]:
    """Plans that are missing, begun, or due for a review."""
    return await page.show("plans_due.html", plans_due.shown, looks_only=True)


routes = [get_caseload, post_search, get_new, post_new, get_plans]
