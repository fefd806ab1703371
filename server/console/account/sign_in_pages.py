"""Signing in to the console and out of it."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.core.errors import Invalid, Refusal, Unauthenticated
from server.people import passwords, second_factor, sessions, sign_in
from server.people.caller import give_cookie, take_cookie
from server.people.models import SessionScope
from server.people.roles import Action
from server.people.schemas import Activate, SignIn

_DONE = {
    "activated": "Your password is set. Sign in with it; next you set up your second factor.",
    "everywhere": "You are signed out everywhere.",
}


@get("/sign-in", opt=page_of(Action.PUBLIC))
async def get_sign_in(page: Page) -> Response[Any]:
    """E-mail, password and code."""
    return _page(page, Tried({"next": [page.request.query_params.get("next") or "/"]}))


@post("/sign-in", opt=page_of(Action.PUBLIC), status_code=303)
async def post_sign_in(page: Page) -> Response[Any]:
    """On to where the person wanted to go; without a second factor, to setting it up."""
    tried = await page.form()
    try:
        token, scope = await _begun(page, tried)
    except Refusal as refusal:
        tried.problem = refusal
        return _page(page, tried)
    enrol = scope is SessionScope.ENROL
    response = page.go("/account/second-factor" if enrol else own_path(tried.value("next")))
    give_cookie(response, token)
    return response


@post("/sign-out", opt=page_of(Action.SIGN_OUT), status_code=303)
async def post_sign_out(page: Page) -> Response[Any]:
    """End this session at once. One that has ended already leaves its cookie behind, and that goes too."""
    with suppress(Unauthenticated):
        await page.caller.write(sessions.end)
    response = page.go("/sign-in")
    take_cookie(response, staff=True)
    return response


async def _begun(page: Page, tried: Tried) -> tuple[str, SessionScope]:
    def begin(tx: Tx, _: UUID, scope: SessionScope) -> SessionScope:
        if scope is SessionScope.ENROL:
            second_factor.new_totp(tx)
        return scope

    return await sign_in.by_password(page.caller, tried.read(SignIn), begin)


def own_path(wanted: str) -> str:
    """The path if it is one of ours: a link to the sign-in page leads nowhere else afterwards."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain else "/"


def _page(page: Page, tried: Tried) -> Response[Any]:
    return page.render(
        "sign_in.html", tried, next=own_path(tried.value("next", "/")), said=_DONE.get(page.done)
    )


@get("/activate", opt=page_of(Action.PUBLIC))
async def get_activate(page: Page) -> Response[Any]:
    """The one-time code and the first password."""
    return page.render("activate.html", least=passwords.ALONE, enrolled=passwords.WITH_SECOND_FACTOR)


@post("/activate", opt=page_of(Action.PUBLIC), status_code=303)
async def post_activate(page: Page) -> Response[Any]:
    """The code is used up; then the person signs in and sets up their second factor."""
    tried = await page.form()
    try:
        given = tried.read(Activate)
        wrong = passwords.problem(given.password, second_factor=True)
        if wrong:
            raise Invalid.field("password", wrong)
        await page.caller.write_kept(lambda tx: sign_in.count_code(tx, page.caller.address))
        hashed = await asyncio.to_thread(passwords.hashed, given.password)
        await page.caller.write_kept(lambda tx: sign_in.activate(tx, given.code, given.password, hashed))
    except Refusal as refusal:
        tried.problem = refusal
        return page.render(
            "activate.html", tried, least=passwords.ALONE, enrolled=passwords.WITH_SECOND_FACTOR
        )
    return page.go("/sign-in?done=activated")


routes = [get_sign_in, post_sign_in, post_sign_out, get_activate, post_activate]
