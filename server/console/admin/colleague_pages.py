"""The addresses of a colleague's ways, numbers and e-mail address."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from notifications.delivery import numbers
from server.console.account.account_proof import proved_act
from server.console.admin import colleague
from server.console.page import Page, Tried, page_of
from server.people import mended
from server.people.roles import Action
from server.people.schemas import StaffEmail

_MANAGE = page_of(Action.MANAGE_STAFF)
_DONE = {
    "removed": "Nothing more is sent to that number.",
    "mended": "The address is changed. They sign in by it from now on, and verify it under Account.",
}


@get("/admin/staff/{staff_id:uuid}", opt=_MANAGE)
async def get_colleague(page: Page, staff_id: UUID) -> Response[Any]:
    """By which ways this colleague can be told."""
    return await _colleague(page, staff_id)


@post("/admin/staff/{staff_id:uuid}/numbers/{number_id:uuid}/remove", opt=_MANAGE, status_code=303)
async def post_remove(page: Page, staff_id: UUID, number_id: UUID) -> Response[Any]:
    """A number of theirs is not used any more, for instance of a telephone that was lost."""
    tried = await page.form()
    return await proved_act(
        page,
        tried,
        lambda tx: numbers.remove_of(tx, staff_id, number_id),
        then=f"/admin/staff/{staff_id}?done=removed",
        again=lambda: _colleague(page, staff_id, tried),
    )


@post("/admin/staff/{staff_id:uuid}/email", opt=_MANAGE, status_code=303)
async def post_email(page: Page, staff_id: UUID) -> Response[Any]:
    """There was a slip in their address, or they have another one."""
    tried = await page.form()
    return await proved_act(
        page,
        tried,
        lambda tx: mended.change_email(tx, staff_id, tried.read(StaffEmail)),
        then=f"/admin/staff/{staff_id}?done=mended",
        again=lambda: _colleague(page, staff_id, tried),
    )


async def _colleague(page: Page, staff_id: UUID, tried: Tried | None = None) -> Response[Any]:
    said = _DONE.get(page.done)
    return await page.show(
        "admin_colleague.html", lambda tx: {**colleague.shown(tx, staff_id), "said": said}, tried
    )


routes = [get_colleague, post_remove, post_email]
