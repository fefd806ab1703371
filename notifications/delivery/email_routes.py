"""Addresses by which staff prove that their e-mail address is theirs."""

from typing import Any

from litestar import get, post

from notifications.delivery import emails
from notifications.delivery.email_schemas import EmailCodeIn, EmailOut
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action

_OWN = action(Action.OWN_SESSIONS)


@get("/staff/me/email", opt=_OWN, **described("My e-mail address", 401, 403))
async def get_my_email(caller: Caller) -> EmailOut:
    """Whether it is proved, and the code that waits to be given back."""
    return await caller.read(emails.own)


@post(
    "/staff/me/email/code",
    opt=_OWN,
    status_code=202,
    **described("Have a code mailed to my address", 401, 403, 409, 429),
)
async def post_my_email_code(caller: Caller) -> EmailOut:
    """Six digits. Until the code is given back, calls by e-mail carry no link and the address counts as no way."""
    return await caller.write(emails.begin)


@post(
    "/staff/me/email/proof",
    opt=_OWN,
    status_code=200,
    **described("Give back the code that was mailed", 401, 403, 410, 422),
)
async def post_my_email_proof(caller: Caller, data: EmailCodeIn) -> EmailOut:
    """Ten minutes and five tries; then a new one is asked for."""
    return await caller.write_kept(lambda tx: emails.confirm(tx, data.code))


routes: list[Any] = [get_my_email, post_my_email_code, post_my_email_proof]
