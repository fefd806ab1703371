"""Addresses of a person's own devices."""

from typing import Any
from uuid import UUID

from litestar import delete, get, put

from notifications.delivery import devices, email_routes, number_routes, provider_routes, vapid
from notifications.delivery.schemas import DeviceIn, DeviceOut, PushKeyOut
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action


@put(
    "/me/devices/{device_id:uuid}",
    opt=action(Action.OWN_DEVICES),
    **described("Register this phone for notices", 401, 403, 404, 409, 422),
)
async def put_device(caller: Caller, device_id: UUID, data: DeviceIn) -> DeviceOut:
    """The phone chooses its id and keeps it. Safe to repeat; a new token or subscription replaces the old one.

    A browser's subscription has to be with a push service this installation speaks to.
    """
    hosts = caller.settings.push_services
    return await caller.write(lambda tx: devices.register(tx, device_id, data, push_hosts=hosts))


@delete(
    "/me/devices/{device_id:uuid}",
    opt=action(Action.OWN_DEVICES),
    **described("No more notices to this phone", 401, 403),
)
async def delete_device(caller: Caller, device_id: UUID) -> None:
    """Safe to repeat; an id that is not yours changes nothing."""
    await caller.write(lambda tx: devices.forget(tx, device_id))


@get(
    "/push-key",
    opt=action(Action.OWN_DEVICES),
    **described("The key browsers subscribe to notices with", 401, 403),
)
async def get_push_key(caller: Caller) -> PushKeyOut:
    """A browser whose subscription was made with another key has to subscribe anew."""
    return await caller.read(lambda tx: PushKeyOut(vapid.public_key(caller.settings, tx.vault.push_key)))


routes: list[Any] = [
    put_device,
    delete_device,
    get_push_key,
    *number_routes.routes,
    *email_routes.routes,
    *provider_routes.routes,
]
