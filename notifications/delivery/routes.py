"""Addresses of a person's own devices."""

from typing import Any
from uuid import UUID

from litestar import delete, put

from notifications.delivery import devices
from notifications.delivery.schemas import DeviceIn, DeviceOut
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action


@put(
    "/me/devices/{device_id:uuid}",
    opt=action(Action.OWN_DEVICES),
    **described("Register this phone for notices", 401, 403, 404, 409, 422),
)
async def put_device(caller: Caller, device_id: UUID, data: DeviceIn) -> DeviceOut:
    """The phone chooses its id and keeps it. Safe to repeat; a new token replaces the old one."""
    return await caller.write(lambda tx: devices.register(tx, device_id, data))


@delete(
    "/me/devices/{device_id:uuid}",
    opt=action(Action.OWN_DEVICES),
    **described("No more notices to this phone", 401, 403),
)
async def delete_device(caller: Caller, device_id: UUID) -> None:
    """Safe to repeat; an id that is not yours changes nothing."""
    await caller.write(lambda tx: devices.forget(tx, device_id))


routes: list[Any] = [put_device, delete_device]
