"""Sensitive forms: the code that shows again who it is may come with them, and is taken before anything else."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.response import Response

from server.console.page import Page, Tried
from server.core.db import Tx
from server.core.errors import Refusal
from server.people import second_factor


async def prove(page: Page, tried: Tried) -> None:
    """Use the code in the form, if there is one; raises what is wrong with it. The code is not shown again."""
    codes = tried.sent.pop("otp", [])
    code = codes[0].strip() if codes else ""
    if code:
        await page.caller.write_kept(lambda tx: second_factor.prove(tx, code))


async def proved_act(
    page: Page,
    tried: Tried,
    verb: Callable[[Tx], Any],
    *,
    then: str | Callable[[Any], str],
    again: Callable[[], Awaitable[Response[Any]]],
) -> Response[Any]:
    """`page.act` for a verb that insists on a fresh proof: the code in the form gives one."""
    try:
        await prove(page, tried)
    except Refusal as refusal:
        if refusal.status == 401:
            raise
        tried.problem = refusal
        return await again()
    return await page.act(tried, verb, then=then, again=again)
