"""Addresses for signing in: staff by password and code, a phone by pairing, and who one is then."""

import asyncio
from uuid import UUID

from litestar import get, post, put
from litestar.response import Response

from server.core.db import Tx
from server.core.errors import Invalid, Refusal
from server.people import passwords, queries, second_factor, sessions, sign_in
from server.people.api import described
from server.people.caller import Caller, action, take_cookie
from server.people.models import SessionScope, Staff
from server.people.roles import Action
from server.people.routing import qr
from server.people.schemas import (
    Activate,
    ClientSignedIn,
    ConfirmTotp,
    Me,
    Pair,
    SignedIn,
    SignIn,
    StaffOut,
    StaffSignedIn,
    StepUp,
    TotpSecret,
)


@post("/sign-in", opt=action(Action.PUBLIC), status_code=200, **described("Sign in as staff", 401, 403, 429))
async def post_sign_in(caller: Caller, data: SignIn) -> Response[StaffSignedIn]:
    """E-mail, password and authenticator code. Without a second factor the session only opens its enrolment."""

    def signed_in(tx: Tx, found: UUID, scope: SessionScope) -> tuple[StaffOut, bool]:
        staff = queries.staff_out(tx, tx.session.get_one(Staff, found), with_email=True)
        return staff, scope is SessionScope.ENROL

    token, (staff, must_enrol) = await sign_in.by_password(caller, data, signed_in)
    return caller.signed_in(token, StaffSignedIn(staff=staff, second_factor_needed=must_enrol))


@post(
    "/activate",
    opt=action(Action.PUBLIC),
    status_code=204,
    **described("Set a first password", 403, 410, 422, 429),
)
async def post_activate(caller: Caller, data: Activate) -> None:
    """A staff member's code and the password they choose: 15 characters, or 8 for whoever has an authenticator."""
    wrong = passwords.problem(data.password, second_factor=True)
    if wrong:
        raise Invalid.field("password", wrong)
    await caller.write_kept(lambda tx: sign_in.count_code(tx, caller.address))
    hashed = await asyncio.to_thread(passwords.hashed, data.password)
    await caller.write_kept(lambda tx: sign_in.activate(tx, data.code, data.password, hashed))


@post("/pair", opt=action(Action.PUBLIC), status_code=200, **described("Pair a phone", 403, 410, 422, 429))
async def post_pair(caller: Caller, data: Pair) -> Response[ClientSignedIn]:
    """Use the invitation's code up and begin this phone's session."""

    def begin(tx: Tx) -> tuple[str, Me] | Refusal:
        result = sign_in.pair(tx, data.code, caller.address)
        return result if isinstance(result, Refusal) else (result[0], queries.me(tx))

    token, me = await caller.write_kept(begin)
    return caller.signed_in(token, ClientSignedIn(client=me))


@post("/sign-out", opt=action(Action.SIGN_OUT), status_code=204, **described("Sign out", 401))
async def post_sign_out(caller: Caller) -> Response[None]:
    """End this session at once."""
    staff = await caller.write(sessions.end)
    # What a browser keeps of the phone app is the client's: a colleague who signs out leaves it alone.
    headers = {} if staff else {"Clear-Site-Data": '"cache", "storage"'}
    response: Response[None] = Response(None, status_code=204, headers=headers)
    take_cookie(response, staff=staff)
    return response


@post(
    "/me/totp",
    opt=action(Action.ENROL_SECOND_FACTOR),
    status_code=200,
    **described("Begin a second factor", 401, 409),
)
async def post_totp(caller: Caller) -> TotpSecret:
    """A new secret for an authenticator app; it counts once the first code was confirmed."""
    secret, address = await caller.write(second_factor.new_totp)
    return TotpSecret(secret=secret, address=address, qr=qr(address))


@put(
    "/me/totp",
    opt=action(Action.ENROL_SECOND_FACTOR),
    status_code=200,
    **described("Confirm it", 401, 409, 422, 429),
)
async def put_totp(caller: Caller, data: ConfirmTotp) -> Response[SignedIn]:
    """The first code. The enrolment session ends and a full one begins."""
    return caller.signed_in(
        await caller.write_kept(lambda tx: second_factor.confirm_totp(tx, data.otp)), SignedIn()
    )


@post(
    "/step-up",
    opt=action(Action.OWN_SESSIONS),
    status_code=204,
    **described("Show again who you are", 401, 403, 422, 429),
)
async def post_step_up(caller: Caller, data: StepUp) -> None:
    """A fresh code, for ten minutes of sensitive acts in this session; they answer 403 "proof-needed" without.

    What is sensitive, the ten minutes and the tries (10 in 15 minutes) are those of the console. A code counts once:
    the one of the sign-in does not fit again.
    """
    await caller.write_kept(lambda tx: second_factor.prove(tx, data.otp))


@get("/me", opt=action(Action.READ_OWN), **described("Who this phone belongs to", 401, 403))
async def get_me(caller: Caller) -> Me:
    """The client, their programme's name, zone and language."""
    return await caller.read(queries.me)


routes = [
    post_sign_in,
    post_activate,
    post_pair,
    post_sign_out,
    post_totp,
    put_totp,
    post_step_up,
    get_me,
]
