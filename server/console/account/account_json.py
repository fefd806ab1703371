"""What the pages' script asks about the account: is the session alive, and the two halves of using a passkey."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.response import Response

from server.console.account import account
from server.console.account.sign_in_pages import own_path
from server.console.page import HEADERS, Page, page_of
from server.core.errors import Refusal, Unreadable
from server.core.strict_json import LARGEST_BODY
from server.people import passkeys
from server.people.caller import give_cookie
from server.people.challenges import site_of
from server.people.roles import Action


class Signed(msgspec.Struct):
    """What the browser made of our options."""

    credential: dict[str, Any]
    name: Annotated[str, msgspec.Meta(max_length=60)] = ""
    next: Annotated[str, msgspec.Meta(max_length=400)] = "/"


@get("/account/session", opt=page_of(Action.OWN_SESSIONS))
async def get_session(page: Page) -> Response[Any]:
    """How long the session still lasts. Asked in the background it does not count as use."""
    return await _json(lambda: page.caller.read(account.alive))


@post("/account/session", opt=page_of(Action.OWN_SESSIONS), status_code=200)
async def post_session(page: Page) -> Response[Any]:
    """Somebody is here: the session goes on."""
    return await _json(lambda: page.caller.write(account.stay))


@post("/sign-in/passkey/options", opt=page_of(Action.PUBLIC), status_code=200)
async def post_sign_in_options(page: Page) -> Response[Any]:
    """What a passkey is asked to sign for somebody who wants to come in."""
    site, address = site_of(page.settings), page.caller.address
    return await _json(lambda: page.caller.write_kept(lambda tx: passkeys.begin(tx, site, address)))


@post("/sign-in/passkey", opt=page_of(Action.PUBLIC), status_code=200)
async def post_sign_in(page: Page) -> Response[Any]:
    """In by passkey alone: the device has checked its user."""
    site, address = site_of(page.settings), page.caller.address
    try:
        sent = await _signed(page)
        token = await page.caller.write_kept(lambda tx: passkeys.sign_in(tx, site, sent.credential, address))
    except Refusal as refusal:
        return _refused(refusal)
    response = _answer({"to": own_path(sent.next)})
    give_cookie(response, token)
    return response


@post("/account/passkeys/options", opt=page_of(Action.OWN_SESSIONS), status_code=200)
async def post_passkey_options(page: Page) -> Response[Any]:
    """What a device needs to make a passkey."""
    site = site_of(page.settings)
    return await _json(lambda: page.caller.write(lambda tx: passkeys.begin_registering(tx, site)))


@post("/account/passkeys", opt=page_of(Action.OWN_SESSIONS), status_code=200)
async def post_passkey(page: Page) -> Response[Any]:
    """The passkey it made."""
    site = site_of(page.settings)

    async def keep() -> dict[str, str]:
        sent = await _signed(page)
        name = " ".join(sent.name.split()) or "Passkey"
        await page.caller.write_kept(lambda tx: passkeys.register(tx, site, name, sent.credential))
        return {"to": "/account?done=passkey"}

    return await _json(keep)


@post("/account/proof/options", opt=page_of(Action.OWN_SESSIONS), status_code=200)
async def post_proof_options(page: Page) -> Response[Any]:
    """What a passkey is asked to sign to show again who this is."""
    site, address = site_of(page.settings), page.caller.address
    return await _json(lambda: page.caller.write_kept(lambda tx: passkeys.begin(tx, site, address)))


@post("/account/proof/passkey", opt=page_of(Action.OWN_SESSIONS), status_code=200)
async def post_proof(page: Page) -> Response[Any]:
    """Shown again by passkey."""
    site = site_of(page.settings)

    async def prove() -> dict[str, str]:
        sent = await _signed(page)
        await page.caller.write_kept(lambda tx: passkeys.prove(tx, site, sent.credential))
        return {}

    return await _json(prove)


async def _signed(page: Page) -> Signed:
    body = await page.body(LARGEST_BODY)
    try:
        return msgspec.json.decode(body, type=Signed)
    except (ValueError, RecursionError):  # msgspec's errors, and text that is not UTF-8
        raise Unreadable from None


async def _json(work: Callable[[], Awaitable[Any]]) -> Response[Any]:
    try:
        return _answer(await work())
    except Refusal as refusal:
        return _refused(refusal)


def _refused(refusal: Refusal) -> Response[Any]:
    said = {"problem": refusal.detail or refusal.title, "kind": refusal.kind}
    return _answer(said, refusal.status)


def _answer(body: Any, status: int = 200) -> Response[Any]:
    return Response(
        msgspec.json.encode(body), status_code=status, headers=HEADERS, media_type="application/json"
    )


routes = [
    get_session,
    post_session,
    post_sign_in_options,
    post_sign_in,
    post_passkey_options,
    post_passkey,
    post_proof_options,
    post_proof,
]
