"""The welfare-check pack's address: a reason first, then the sheet for an hour."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from notifications.escalations import welfare
from server.console.cases import welfare_pack
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.people.roles import Action
from server.people.schemas import Input, Note


class Open(Input):
    """Why the pack is opened."""

    reason: Note = ""


@get("/cases/{case_id:uuid}/welfare-pack", opt=page_of(Action.ACT_ON_CASE))
async def get_pack(page: Page, case_id: UUID) -> Response[Any]:
    """The sheet, or the question for the reason."""
    return await _pack(page, case_id)


@post("/cases/{case_id:uuid}/welfare-pack", opt=page_of(Action.ACT_ON_CASE), status_code=303)
async def post_pack(page: Page, case_id: UUID) -> Response[Any]:
    """Open it for an hour."""
    tried = await page.form()
    return await page.act(
        tried,
        lambda tx: welfare.open_pack(tx, case_id, tried.read(Open).reason),
        then=f"/cases/{case_id}/welfare-pack",
        again=lambda: _pack(page, case_id, tried),
    )


async def _pack(page: Page, case_id: UUID, tried: Tried | None = None) -> Response[Any]:
    def gather(tx: Tx) -> dict[str, Any]:
        found = welfare_pack.shown(tx, case_id)
        return {"pack": found, **(found or welfare_pack.asked(tx, case_id))}

    return await page.show("welfare_pack.html", gather, tried)


routes = [get_pack, post_pack]
