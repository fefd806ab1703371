"""Addresses of a staff member's numbers and of how they want to be told, and what an administrator may see of them."""

from typing import Any
from uuid import UUID

from litestar import delete, get, post, put

from notifications.delivery import numbers, staff_wishes
from notifications.delivery.number_schemas import (
    NumberCodeIn,
    NumberIn,
    NumberList,
    NumbersOut,
    StaffNotices,
)
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action

_OWN, _MANAGE = action(Action.OWN_SESSIONS), action(Action.MANAGE_STAFF)


@get("/staff/me/numbers", opt=_OWN, **described("My telephone numbers", 401, 403))
async def get_my_numbers(caller: Caller) -> NumbersOut:
    """What each is used for, and the one that waits for its code."""
    return await caller.read(numbers.own)


@post(
    "/staff/me/numbers",
    opt=_OWN,
    status_code=202,
    **described("Add a telephone number", 401, 403, 409, 422, 429),
)
async def post_my_number(caller: Caller, data: NumberIn) -> NumbersOut:
    """A six-digit code is sent to it; it is used once the code is given back. Needs a fresh proof."""
    return await caller.write(lambda tx: numbers.begin(tx, data))


@post(
    "/staff/me/numbers/code",
    opt=_OWN,
    status_code=200,
    **described("Give back the code that was sent to a number", 401, 403, 410, 422),
)
async def post_my_number_code(caller: Caller, data: NumberCodeIn) -> NumbersOut:
    """Ten minutes and five tries; then the number is entered again."""
    return await caller.write_kept(lambda tx: numbers.confirm(tx, data.code))


@delete(
    "/staff/me/numbers/{number_id:uuid}",
    opt=_OWN,
    **described("Remove a telephone number", 401, 403, 404),
)
async def delete_my_number(caller: Caller, number_id: UUID) -> None:
    """Nothing more is sent to it. Needs a fresh proof."""
    await caller.write(lambda tx: numbers.remove(tx, number_id))


@get(
    "/staff/{staff_id:uuid}/numbers",
    opt=_MANAGE,
    **described("A colleague's telephone numbers", 401, 403, 404),
)
async def get_staff_numbers(caller: Caller, staff_id: UUID) -> NumberList:
    """What they are used for, and their last two digits."""
    return await caller.read(lambda tx: NumberList(numbers.of_colleague(tx, staff_id)))


@delete(
    "/staff/{staff_id:uuid}/numbers/{number_id:uuid}",
    opt=_MANAGE,
    **described("Remove a colleague's telephone number", 401, 403, 404),
)
async def delete_staff_number(caller: Caller, staff_id: UUID, number_id: UUID) -> None:
    """For instance of a telephone that was lost. Needs a fresh proof."""
    await caller.write(lambda tx: numbers.remove_of(tx, staff_id, number_id))


@get("/staff/me/notices", opt=_OWN, **described("How I want to be told", 401, 403))
async def get_my_notices(caller: Caller) -> StaffNotices:
    """The order of the ways and the quiet hours, for what is neither urgent nor a call."""
    return await caller.read(staff_wishes.own)


@put("/staff/me/notices", opt=_OWN, **described("Change how I want to be told", 401, 403, 422))
async def put_my_notices(caller: Caller, data: StaffNotices) -> StaffNotices:
    """All of it at once. Emergency and urgent cases come by every way at once, whatever it says."""
    return await caller.write(lambda tx: staff_wishes.change(tx, data))


routes: list[Any] = [
    get_my_numbers,
    post_my_number,
    post_my_number_code,
    delete_my_number,
    get_staff_numbers,
    delete_staff_number,
    get_my_notices,
    put_my_notices,
]
