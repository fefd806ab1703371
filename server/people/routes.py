"""Addresses for sign-in, staff, clients and care teams. Thin: read the request, run one verb, shape the answer."""

import asyncio
from typing import Annotated
from uuid import UUID

import segno
from litestar import delete, get, post, put
from litestar.params import Parameter
from litestar.response import Response

from server.core.db import Tx
from server.core.errors import Conflict, Invalid, PreconditionNeeded, Refusal, Unauthenticated
from server.people import access, actions, invitations, passwords, programmes, queries, sessions, sign_in
from server.people.api import described
from server.people.caller import COOKIE, Caller, action
from server.people.models import Invitation, SessionScope, Staff
from server.people.roles import Action
from server.people.schemas import (
    Activate,
    CareSpellNew,
    ClientEdit,
    ClientList,
    ClientNew,
    ClientOut,
    ClientSignedIn,
    ConfirmTotp,
    InvitationOut,
    Me,
    Pair,
    SignedIn,
    SignIn,
    StaffCreated,
    StaffList,
    StaffNew,
    StaffOut,
    StaffSignedIn,
    TotpSecret,
)

IfMatch = Annotated[str | None, Parameter(header="If-Match", max_length=40, description='Like "3".')]
Cursor = Annotated[UUID | None, Parameter(query="cursor", description="Where the page before ended.")]


def version_of(if_match: str | None) -> int:
    """The version number inside an If-Match header; 428 without one."""
    if if_match is None:
        raise PreconditionNeeded
    number = if_match.strip().removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 9:
        raise Invalid.field("If-Match", 'a version is needed, like "3"')
    return int(number)


def qr(text: str) -> str:
    """A QR code as an SVG picture."""
    return segno.make(text, error="m").svg_inline(scale=5, border=2)


def _with_code(tx: Tx, row: Staff, invitation: Invitation, code: str) -> StaffCreated:
    """A staff member and the one-time code that is shown once."""
    staff = queries.staff_out(tx, row, with_email=True)
    return StaffCreated(staff=staff, activation_code=code, expires_at=invitation.expires_at)


@post("/sign-in", opt=action(Action.PUBLIC), status_code=200, **described("Sign in as staff", 401, 429))
async def post_sign_in(caller: Caller, data: SignIn) -> Response[StaffSignedIn]:
    """E-mail, password and authenticator code. Without a second factor the session only opens its enrolment."""
    candidate = await caller.write_kept(lambda tx: sign_in.find(tx, data.email, caller.address))
    right = await asyncio.to_thread(passwords.matches, data.password, candidate.password_hash)
    staff_id = candidate.staff_id
    if not right or staff_id is None:
        raise Unauthenticated(sign_in.WRONG)

    def begin(tx: Tx) -> tuple[str, StaffOut, bool]:
        token, found, scope = sign_in.sign_in(tx, staff_id, data.email, data.otp, caller.address)
        staff = queries.staff_out(tx, tx.session.get_one(Staff, found), with_email=True)
        return token, staff, scope is SessionScope.ENROL

    token, staff, must_enrol = await caller.write(begin)
    return caller.signed_in(token, StaffSignedIn(staff=staff, second_factor_needed=must_enrol))


@post(
    "/activate",
    opt=action(Action.PUBLIC),
    status_code=204,
    **described("Set a first password", 410, 422, 429),
)
async def post_activate(caller: Caller, data: Activate) -> None:
    """A new staff member's code and the password they choose (15 characters or more)."""
    wrong = passwords.problem(data.password, second_factor=False)
    if wrong:
        raise Invalid.field("password", wrong)
    await caller.write_kept(lambda tx: sign_in.count_code(tx, caller.address))
    hashed = await asyncio.to_thread(passwords.hashed, data.password)
    await caller.write_kept(lambda tx: sign_in.activate(tx, data.code, hashed))


@post("/pair", opt=action(Action.PUBLIC), status_code=200, **described("Pair a phone", 410, 422, 429))
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
    await caller.write(sessions.end)
    response: Response[None] = Response(None, status_code=204, headers={"Clear-Site-Data": '"storage"'})
    # A cookie whose name begins with __Host- is only taken back with the same marks it was given with.
    response.set_cookie(COOKIE, "", max_age=0, path="/", secure=True, httponly=True, samesite="strict")
    return response


@post(
    "/me/totp",
    opt=action(Action.ENROL_SECOND_FACTOR),
    status_code=200,
    **described("Begin a second factor", 401, 409),
)
async def post_totp(caller: Caller) -> TotpSecret:
    """A new secret for an authenticator app; it counts once the first code was confirmed."""
    secret, address = await caller.write(sign_in.new_totp)
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
        await caller.write_kept(lambda tx: sign_in.confirm_totp(tx, data.otp)), SignedIn()
    )


@get("/me", opt=action(Action.READ_OWN), **described("Who this phone belongs to", 401, 403))
async def get_me(caller: Caller) -> Me:
    """The client, their programme's name, zone and language."""
    return await caller.read(queries.me)


@get("/staff", opt=action(Action.LIST_STAFF), **described("Staff of the programme", 401, 403))
async def get_staff(caller: Caller, cursor: Cursor = None) -> StaffList:
    """Colleagues by page."""
    return await caller.read(lambda tx: queries.staff_list(tx, cursor))


@post("/staff", opt=action(Action.MANAGE_STAFF), **described("Add a staff member", 401, 403, 409, 422))
async def post_staff(caller: Caller, data: StaffNew) -> StaffCreated:
    """The answer holds the one-time code to hand over in person; it is shown once."""

    def create(tx: Tx) -> StaffCreated:
        return _with_code(tx, *actions.create_staff(tx, programmes.of_actor(tx).id, data))

    return await caller.write(create)


@delete(
    "/staff/{staff_id:uuid}",
    opt=action(Action.MANAGE_STAFF),
    **described("A staff member leaves", 401, 403, 404, 409),
)
async def delete_staff(caller: Caller, staff_id: UUID) -> None:
    """Sessions and care roles end at once; what they did stays on record."""
    await caller.write(lambda tx: actions.staff_leaves(tx, staff_id))


@post(
    "/staff/{staff_id:uuid}/invitations",
    opt=action(Action.MANAGE_STAFF),
    **described("Let a staff member set a new password", 401, 403, 404, 409),
)
async def post_staff_invitation(caller: Caller, staff_id: UUID) -> StaffCreated:
    """A new one-time code for somebody who lost their password; it is shown once. Their sessions end when used."""

    def invite(tx: Tx) -> StaffCreated:
        row = access.colleague(tx, Action.MANAGE_STAFF, staff_id)
        if row.left_at is not None:
            raise Conflict("This staff member has left.")
        return _with_code(tx, row, *invitations.create(tx, staff_id=row.id))

    return await caller.write(invite)


@delete(
    "/staff/{staff_id:uuid}/totp",
    opt=action(Action.MANAGE_STAFF),
    **described("Reset a lost second factor", 401, 403, 404),
)
async def delete_staff_totp(caller: Caller, staff_id: UUID) -> None:
    """Their sessions end; the next sign-in opens only enrolment."""
    await caller.write(
        lambda tx: sign_in.reset_second_factor(tx, access.colleague(tx, Action.MANAGE_STAFF, staff_id))
    )


@get("/clients", opt=action(Action.VIEW_CLIENT), **described("My clients", 401, 403))
async def get_clients(caller: Caller, cursor: Cursor = None) -> ClientList:
    """The clients this person may see, by page."""
    return await caller.write(lambda tx: queries.client_list(tx, cursor))


@post("/clients", opt=action(Action.CREATE_CLIENT), **described("Add a client", 401, 403, 422))
async def post_client(caller: Caller, data: ClientNew) -> ClientOut:
    """Whoever adds a client starts on the care team."""
    return await caller.write(lambda tx: queries.client_out(tx, actions.create_client(tx, data).id))


@get(
    "/clients/{client_id:uuid}",
    opt=action(Action.VIEW_CLIENT),
    **described("A client", 401, 403, 404, tagged=True),
)
async def get_client(caller: Caller, client_id: UUID) -> Response[ClientOut]:
    """The record with an ETag to edit it by."""
    out = await caller.write(lambda tx: queries.client_out(tx, client_id))
    return Response(out, headers={"ETag": f'"{out.version}"'})


@put(
    "/clients/{client_id:uuid}",
    opt=action(Action.EDIT_CLIENT),
    **described("Edit a client", 401, 403, 404, 412, 422, 428, tagged=True),
)
async def put_client(
    caller: Caller, client_id: UUID, data: ClientEdit, if_match: IfMatch = None
) -> Response[ClientOut]:
    """Needs If-Match; 412 when somebody saved meanwhile."""
    version = version_of(if_match)

    def edit(tx: Tx) -> ClientOut:
        actions.edit_client(tx, client_id, data, version)
        return queries.client_out(tx, client_id)

    out = await caller.write(edit)
    return Response(out, headers={"ETag": f'"{out.version}"'})


@post(
    "/clients/{client_id:uuid}/invitations",
    opt=action(Action.INVITE_CLIENT),
    **described("Invite a client's phone", 401, 403, 404),
)
async def post_invitation(caller: Caller, client_id: UUID) -> InvitationOut:
    """A one-time code for 72 hours, also as a link and a QR picture. Earlier unused codes stop working."""

    def invite(tx: Tx) -> InvitationOut:
        facts = access.client(tx, Action.INVITE_CLIENT, client_id)
        row, code = invitations.create(tx, client_id=facts.id)
        link = f"{caller.settings.address}/app#pair={code}"
        return InvitationOut(code=code, link=link, qr=qr(link), expires_at=row.expires_at)

    return await caller.write(invite)


@delete(
    "/clients/{client_id:uuid}/sessions",
    opt=action(Action.INVITE_CLIENT),
    **described("Sign a client's phones out", 401, 403, 404),
)
async def delete_client_sessions(caller: Caller, client_id: UUID) -> None:
    """A lost phone: every session of this client ends at once."""
    await caller.write(
        lambda tx: sessions.revoke(tx, client_id=access.client(tx, Action.INVITE_CLIENT, client_id).id)
    )


@put(
    "/clients/{client_id:uuid}/care-team",
    opt=action(Action.EDIT_CARE_TEAM),
    **described("Give a care role", 401, 403, 404, 422),
)
async def put_care_team(caller: Caller, client_id: UUID, data: CareSpellNew) -> ClientOut:
    """From now on; the spell before ends. Without `staff_id` the role is left empty."""

    def give(tx: Tx) -> ClientOut:
        actions.set_care_role(tx, client_id, data)
        tx.session.expire_all()
        return queries.client_out(tx, client_id)

    return await caller.write(give)


routes = [
    post_sign_in,
    post_activate,
    post_pair,
    post_sign_out,
    post_totp,
    put_totp,
    get_me,
    get_staff,
    post_staff,
    delete_staff,
    post_staff_invitation,
    delete_staff_totp,
    get_clients,
    post_client,
    get_client,
    put_client,
    post_invitation,
    delete_client_sessions,
    put_care_team,
]
