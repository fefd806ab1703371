"""Addresses of what a client looks back on: their answers, and a copy of everything of their own."""

from typing import Any

from litestar import get
from litestar.response import Response

from checkins import own_copy, own_history
from checkins.own_schemas import History, OwnCopy
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action
from server.people.routing import Cursor


@get("/me/history", opt=action(Action.READ_OWN), **described("My answers so far", 401, 403))
async def get_my_history(caller: Caller, cursor: Cursor = None) -> History:
    """Newest first, in the client's language."""
    return await caller.read(lambda tx: own_history.own(tx, cursor))


@get("/me/export", opt=action(Action.READ_OWN), **described("A copy of everything of mine", 401, 403, 429))
async def get_my_copy(caller: Caller) -> Response[OwnCopy]:
    """As a file: profile, what was agreed to, plans, answers, cases as told, and who looked. It is noted."""
    await caller.write(own_copy.note)
    made = await caller.read(own_copy.own_copy)
    name = f"my-data-{made.made_at:%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(made, headers=headers)


routes: list[Any] = [get_my_history, get_my_copy]
