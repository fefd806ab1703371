"""Addresses of a client's own side: what they agreed to, how they want notices, who looked at their data."""

from typing import Annotated, Any
from uuid import UUID

from litestar import get, put
from litestar.params import Parameter

from server.people import access_log, consents, preferences
from server.people.api import described
from server.people.caller import Caller, action
from server.people.own_schemas import ClientConsents, ConsentIn, ConsentOut, MyConsents, Preferences, ViewList
from server.people.roles import Action
from server.people.terms import Language

LARGEST_ROW = 2**53 - 1
RowCursor = Annotated[
    int | None, Parameter(query="cursor", ge=0, le=LARGEST_ROW, description="Where the page before ended.")
]
HelpWords = dict[Language, str]
_READ, _EDIT = action(Action.READ_OWN), action(Action.EDIT_OWN)


@get("/me/consents", opt=_READ, **described("What I was told and agreed to", 401, 403))
async def get_my_consents(caller: Caller, help_words: HelpWords) -> MyConsents:
    """Every item in the client's language, and what they said to it."""
    return await caller.read(lambda tx: consents.own(tx, help_words))


@put(
    "/me/consents/{key:str}",
    opt=_EDIT,
    **described("Agree, or take it back", 401, 403, 404, 409, 422, 429),
)
async def put_my_consent(caller: Caller, key: str, data: ConsentIn, help_words: HelpWords) -> ConsentOut:
    """Safe to repeat. 409 when the words have changed since; what was only told cannot be taken back."""
    return await caller.write(lambda tx: consents.say(tx, key, data, help_words))


@get(
    "/clients/{client_id:uuid}/consents",
    opt=action(Action.VIEW_CLIENT),
    **described("What a client was told and agreed to", 401, 403, 404),
)
async def get_consents(caller: Caller, client_id: UUID, help_words: HelpWords) -> ClientConsents:
    """Each item with the client's answer, and every answer they ever gave."""
    return await caller.write(lambda tx: consents.of_client(tx, client_id, help_words))


@get("/me/preferences", opt=_READ, **described("How I want notices", 401, 403))
async def get_my_preferences(caller: Caller) -> Preferences:
    """Language, reminders, quiet hours, and the lock chosen on the phone."""
    return await caller.read(preferences.own)


@put("/me/preferences", opt=_EDIT, **described("Change how I want notices", 401, 403, 422, 429))
async def put_my_preferences(caller: Caller, data: Preferences) -> Preferences:
    """All of them at once. What a case needs is sent whatever they say."""
    return await caller.write(lambda tx: preferences.change(tx, data))


@get("/me/access-log", opt=_READ, **described("Who looked at my data", 401, 403))
async def get_my_access_log(caller: Caller, cursor: RowCursor = None) -> ViewList:
    """Newest first, in the client's language; the same look of one person is told once a day."""
    return await caller.read(lambda tx: access_log.own(tx, cursor))


routes: list[Any] = [
    get_my_consents,
    put_my_consent,
    get_consents,
    get_my_preferences,
    put_my_preferences,
    get_my_access_log,
]
