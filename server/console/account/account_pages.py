"""The account's addresses: own sessions, passkeys, e-mail address, second factor, and what keeps a session alive."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from notifications.delivery import emails
from server.console import qr
from server.console.account import account
from server.console.account.account_proof import proved_act
from server.console.page import Page, Tried, page_of
from server.core.errors import Conflict, Refusal
from server.people import passkeys, proofs, second_factor, sessions
from server.people.caller import give_cookie, take_cookie
from server.people.roles import Action
from server.people.schemas import ConfirmTotp

_DONE = {
    "session": "That session has ended.",
    "passkey": "The passkey is in your list. Next time it signs you in without password and code.",
    "removed": "That passkey opens nothing any more.",
    "mailed": "A code is on its way to your e-mail address.",
    "verified": "Your e-mail address is verified. From now on calls by e-mail carry a link.",
    "proved": "Thank you. For ten minutes you are not asked again.",
    "enrolled": "Your second factor is set up. From now on you sign in with password and code.",
}


@get("/account", opt=page_of(Action.OWN_SESSIONS))
async def get_account(page: Page) -> Response[Any]:
    """Where this person is signed in, and with what."""
    return await _account(page)


@post("/account/sessions/{session_id:uuid}/end", opt=page_of(Action.OWN_SESSIONS), status_code=303)
async def post_end(page: Page, session_id: UUID) -> Response[Any]:
    """One of one's own sessions ends at once."""
    tried = Tried()
    return await page.act(
        tried,
        lambda tx: sessions.end_one(tx, session_id),
        then="/account?done=session",
        again=lambda: _account(page, tried),
    )


@post("/account/sign-out-everywhere", opt=page_of(Action.OWN_SESSIONS), status_code=303)
async def post_everywhere(page: Page) -> Response[Any]:
    """All of one's sessions end, this one too."""
    await page.caller.write(lambda tx: sessions.revoke(tx, staff_id=tx.actor.id))
    response = page.go("/sign-in?done=everywhere")
    take_cookie(response, staff=True)
    return response


@post("/account/proof", opt=page_of(Action.OWN_SESSIONS), status_code=303)
async def post_proof(page: Page) -> Response[Any]:
    """The code once more: for ten minutes sensitive acts go through."""
    tried = await page.form()
    return await proved_act(
        page,
        tried,
        proofs.insist_on_fresh_proof,
        then="/account?done=proved",
        again=lambda: _account(page, tried),
    )


@post("/account/email/code", opt=page_of(Action.OWN_SESSIONS), status_code=303)
async def post_email_code(page: Page) -> Response[Any]:
    """Mail a code to one's own address."""
    tried = Tried()
    return await page.act(
        tried, emails.begin, then="/account?done=mailed#email", again=lambda: _account(page, tried)
    )


@post("/account/email/proof", opt=page_of(Action.OWN_SESSIONS), status_code=303)
async def post_email_proof(page: Page) -> Response[Any]:
    """The code that came; a wrong one is counted."""
    tried = await page.form()
    code = tried.value("code").strip()
    return await page.act(
        tried,
        lambda tx: emails.confirm(tx, code),
        then="/account?done=verified",
        again=lambda: _account(page, tried),
        kept=True,
    )


@post("/account/passkeys/{passkey_id:uuid}/remove", opt=page_of(Action.OWN_SESSIONS), status_code=303)
async def post_remove(page: Page, passkey_id: UUID) -> Response[Any]:
    """A passkey that is lost or no longer wanted."""
    tried = await page.form()
    return await proved_act(
        page,
        tried,
        lambda tx: passkeys.remove(tx, passkey_id),
        then="/account?done=removed",
        again=lambda: _account(page, tried),
    )


@get("/account/second-factor", opt=page_of(Action.ENROL_SECOND_FACTOR))
async def get_second_factor(page: Page) -> Response[Any]:
    """The secret for an authenticator app, as a picture and as text. It counts once its first code is given."""
    try:
        found = await page.caller.read(second_factor.pending_totp)
    except Conflict:
        return page.go("/account")
    return _second_factor(page, Tried(), found)


@post("/account/second-factor/new", opt=page_of(Action.ENROL_SECOND_FACTOR), status_code=303)
async def post_new_secret(page: Page) -> Response[Any]:
    """Another secret; the one before opens nothing."""
    try:
        await page.caller.write(second_factor.new_totp)
    except Conflict:
        return page.go("/account")
    return page.go("/account/second-factor")


@post("/account/second-factor", opt=page_of(Action.ENROL_SECOND_FACTOR), status_code=303)
async def post_second_factor(page: Page) -> Response[Any]:
    """The first code. The session that could do only this ends, and a full one begins."""
    tried = await page.form()
    try:
        given = tried.read(ConfirmTotp)
        token = await page.caller.write_kept(lambda tx: second_factor.confirm_totp(tx, given.otp))
    except Conflict:  # set up already, or nothing to confirm: the page says which
        return page.go("/account/second-factor")
    except Refusal as refusal:
        if refusal.status == 401:
            raise
        tried.problem = refusal
        return _second_factor(page, tried, await page.caller.read(second_factor.pending_totp))
    response = page.go("/account?done=enrolled")
    give_cookie(response, token)
    return response


async def _account(page: Page, tried: Tried | None = None) -> Response[Any]:
    return await page.show(
        "account.html", lambda tx: {**account.shown(tx), "said": _DONE.get(page.done)}, tried
    )


def _second_factor(page: Page, tried: Tried, pending: tuple[str, str] | None) -> Response[Any]:
    if pending is None:
        return page.render("account_second_factor.html", tried, secret="")
    secret, address = pending
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return page.render(
        "account_second_factor.html", tried, secret=grouped, address=address, qr=qr.picture(address)
    )


routes = [
    get_account,
    post_end,
    post_everywhere,
    post_proof,
    post_email_code,
    post_email_proof,
    post_remove,
    get_second_factor,
    post_new_secret,
    post_second_factor,
]
