"""Where providers report what became of a message. A report that is not signed by its provider changes nothing."""

from typing import Any
from uuid import UUID

from litestar import Request, post
from litestar.datastructures import State
from litestar.response import Response

from notifications.delivery import receipts
from notifications.delivery.providers import chosen
from notifications.delivery.providers.base import Told
from server.core.db import Database
from server.core.errors import Forbidden, NotFound
from server.core.settings import Settings
from server.people.caller import action
from server.people.roles import Action


class NotSigned(Forbidden):
    """The report does not come from the provider it names."""

    title = "This does not bear the provider's signature"
    kind = "not-signed"


@post(
    "/providers/{name:str}/status/{message_id:uuid}",
    opt=action(Action.PUBLIC),
    status_code=204,
    include_in_schema=False,
)
async def post_status(
    request: Request[Any, Any, State], state: State, name: str, message_id: UUID
) -> Response[None]:
    """404 for a provider that is not configured, 403 without its signature. It stops and starts no call."""
    settings: Settings = state.settings
    db: Database = state.db
    provider = chosen.provider(settings, name)
    if provider is None:
        raise NotFound
    reported = provider.reported(await told_by(request, settings), db.clock.now())
    if reported is None:
        raise NotSigned(
            "Check the provider's key in the settings, and that base_url is the address it was given."
        )
    if not await db.write(lambda tx: receipts.record(tx, message_id, name, reported)):
        raise NotFound
    return Response(None, status_code=204)


async def told_by(request: Request[Any, Any, State], settings: Settings) -> Told:
    """A request as its sender has signed it: to the address that people use, whatever a proxy made of it."""
    headers = {header.lower(): value for header, value in request.headers.items()}
    query = request.scope["query_string"].decode("latin-1")
    url = f"{settings.public_address}{request.url.path}" + (f"?{query}" if query else "")
    return Told(url, headers, await request.body())


routes: list[Any] = [post_status]
