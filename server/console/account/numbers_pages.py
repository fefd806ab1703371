"""The addresses of one's telephone numbers and of how one wants to be told."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from notifications.delivery import numbers as delivered
from notifications.delivery import staff_wishes
from server.console.account import numbers
from server.console.account.account_proof import proved_act
from server.console.page import Page, Tried, page_of
from server.people.roles import Action

_HERE = "/account/numbers"
_OWN = page_of(Action.OWN_SESSIONS)
_DONE = {
    "sent": "A code is on its way to your number.",
    "added": "Your number is in use from now on.",
    "removed": "Nothing more is sent to that number.",
    "dropped": "That number was not added.",
    "kept": "Kept.",
}


@get(_HERE, opt=_OWN)
async def get_numbers(page: Page) -> Response[Any]:
    """One's numbers, adding one, and how one wants to be told."""
    return await _numbers(page)


@post(_HERE, opt=_OWN, status_code=303)
async def post_number(page: Page) -> Response[Any]:
    """Send a code to a number."""
    tried = await page.form()
    return await proved_act(
        page,
        tried,
        lambda tx: delivered.begin(tx, numbers.number_of(tried)),
        then=f"{_HERE}?done=sent",
        again=lambda: _numbers(page, tried),
    )


@post(f"{_HERE}/code", opt=_OWN, status_code=303)
async def post_code(page: Page) -> Response[Any]:
    """The code that came; a wrong one is counted."""
    tried = await page.form()
    code = tried.value("code").strip()
    return await page.act(
        tried,
        lambda tx: delivered.confirm(tx, code),
        then=f"{_HERE}?done=added",
        again=lambda: _numbers(page, tried),
        kept=True,
    )


@post(f"{_HERE}/code/drop", opt=_OWN, status_code=303)
async def post_drop(page: Page) -> Response[Any]:
    """Not this number after all."""
    tried = Tried()
    return await page.act(
        tried, delivered.give_up, then=f"{_HERE}?done=dropped", again=lambda: _numbers(page, tried)
    )


@post(f"{_HERE}/{{number_id:uuid}}/remove", opt=_OWN, status_code=303)
async def post_remove(page: Page, number_id: UUID) -> Response[Any]:
    """A number that is not used any more."""
    tried = await page.form()
    return await proved_act(
        page,
        tried,
        lambda tx: delivered.remove(tx, number_id),
        then=f"{_HERE}?done=removed",
        again=lambda: _numbers(page, tried),
    )


@post(f"{_HERE}/notices", opt=_OWN, status_code=303)
async def post_notices(page: Page) -> Response[Any]:
    """The order of the ways and the quiet hours."""
    tried = await page.form()
    return await page.act(
        tried,
        lambda tx: staff_wishes.change(tx, numbers.notices_of(tried)),
        then=f"{_HERE}?done=kept",
        again=lambda: _numbers(page, tried),
    )


async def _numbers(page: Page, tried: Tried | None = None) -> Response[Any]:
    return await page.show(
        "account_numbers.html", lambda tx: {**numbers.shown(tx), "said": _DONE.get(page.done)}, tried
    )


routes = [get_numbers, post_number, post_code, post_drop, post_remove, post_notices]
