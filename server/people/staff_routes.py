"""Addresses of staff: who works here, adding somebody, a lost password or second factor."""

from uuid import UUID

from litestar import delete, get, post, put

from server.core.db import Tx
from server.people import access, actions, mended, programmes, queries, second_factor
from server.people.api import described
from server.people.caller import Caller, action
from server.people.models import Invitation, Staff
from server.people.roles import Action
from server.people.routing import Cursor
from server.people.schemas import StaffCreated, StaffEmail, StaffList, StaffNew, StaffOut


def _with_code(tx: Tx, row: Staff, invitation: Invitation, code: str) -> StaffCreated:
    """A staff member and the one-time code that is shown once."""
    staff = queries.staff_out(tx, row, with_email=True)
    return StaffCreated(staff=staff, activation_code=code, expires_at=invitation.expires_at)


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


@put(
    "/staff/{staff_id:uuid}/email",
    opt=action(Action.MANAGE_STAFF),
    **described("Change a staff member's e-mail address", 401, 403, 404, 409, 422),
)
async def put_staff_email(caller: Caller, staff_id: UUID, data: StaffEmail) -> StaffOut:
    """They sign in by it from now on, and have to prove it before it counts. Needs a fresh proof."""
    return await caller.write(
        lambda tx: queries.staff_out(tx, mended.change_email(tx, staff_id, data), with_email=True)
    )


@post(
    "/staff/{staff_id:uuid}/invitations",
    opt=action(Action.MANAGE_STAFF),
    **described("Let a staff member set a new password", 401, 403, 404, 409),
)
async def post_staff_invitation(caller: Caller, staff_id: UUID) -> StaffCreated:
    """A new one-time code for somebody who lost their password; it is shown once. Their sessions end when used."""
    return await caller.write(lambda tx: _with_code(tx, *actions.new_staff_code(tx, staff_id)))


@delete(
    "/staff/{staff_id:uuid}/totp",
    opt=action(Action.MANAGE_STAFF),
    **described("Reset a lost second factor", 401, 403, 404),
)
async def delete_staff_totp(caller: Caller, staff_id: UUID) -> None:
    """Their sessions end; the next sign-in opens only enrolment."""
    await caller.write(
        lambda tx: second_factor.reset(tx, access.colleague(tx, Action.MANAGE_STAFF, staff_id))
    )


routes = [
    get_staff,
    post_staff,
    put_staff_email,
    post_staff_invitation,
    delete_staff_totp,
]
