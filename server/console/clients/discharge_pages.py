"""The addresses of a discharge and of a return: each tells what will happen, and asks for one word on it."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from checkins import departures
from server.console.clients import discharge
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.core.errors import Invalid
from server.people import access
from server.people.roles import Action
from server.people.schemas import DischargeIn

_LEAVE = "/clients/{client_id:uuid}/discharge"
_RETURN = "/clients/{client_id:uuid}/readmit"


@get(_LEAVE, opt=page_of(Action.DISCHARGE_CLIENT))
async def get_leave(page: Page, client_id: UUID) -> Response[Any]:
    """What ends, what stays, and why the client leaves."""
    return await _leave(page, client_id, Tried())


@post(_LEAVE, opt=page_of(Action.DISCHARGE_CLIENT), status_code=303)
async def post_leave(page: Page, client_id: UUID) -> Response[Any]:
    """Discharge the client, once somebody has said that they read what it means."""
    tried = await page.form()

    def leave(tx: Tx) -> None:
        access.client(tx, Action.DISCHARGE_CLIENT, client_id)
        given = tried.read(DischargeIn)
        if tried.value("understood") != "true":
            raise Invalid.field("understood", "Read what will happen, then tick this.")
        departures.discharge(tx, client_id, given)

    return await page.act(
        tried,
        leave,
        then=f"/clients/{client_id}?done=discharged",
        again=lambda: _leave(page, client_id, tried),
    )


async def _leave(page: Page, client_id: UUID, tried: Tried) -> Response[Any]:
    return await page.show("client_discharge.html", lambda tx: discharge.leaving(tx, client_id), tried)


@get(_RETURN, opt=page_of(Action.DISCHARGE_CLIENT))
async def get_return(page: Page, client_id: UUID) -> Response[Any]:
    """What is as it was left, and what has to be done by hand."""
    return await _return(page, client_id, Tried())


@post(_RETURN, opt=page_of(Action.DISCHARGE_CLIENT), status_code=303)
async def post_return(page: Page, client_id: UUID) -> Response[Any]:
    """Take the client back in."""
    tried = await page.form()
    return await page.act(
        tried,
        lambda tx: departures.readmit(tx, client_id),
        then=f"/clients/{client_id}?done=readmitted",
        again=lambda: _return(page, client_id, tried),
    )


async def _return(page: Page, client_id: UUID, tried: Tried) -> Response[Any]:
    return await page.show("client_readmit.html", lambda tx: discharge.returning(tx, client_id), tried)


routes = [get_leave, post_leave, get_return, post_return]
