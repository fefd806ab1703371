"""The addresses of questions and rules: lists, one version, and trying its rules on past answers."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from server.console.page import Page, page_of
from server.console.questions import questionnaire, questionnaire_edit_pages, questionnaire_try
from server.core.db import Tx
from server.people.roles import Action
from server.people.routing import Cursor

_DONE = {"added": "The new version is stored. Schedules that ask this questionnaire use it from now on."}
_VIEW = page_of(Action.VIEW_QUESTIONNAIRES)


@get("/questionnaires", opt=_VIEW)
async def get_versions(page: Page, cursor: Cursor = None) -> Response[Any]:
    """The programme's versions."""
    return await page.show("questionnaire_list.html", lambda tx: questionnaire.listed(tx, cursor))


@get("/questionnaires/clients", opt=_VIEW)
async def get_clients(page: Page, cursor: Cursor = None) -> Response[Any]:
    """The clients with versions of their own."""
    return await page.show("questionnaire_clients.html", lambda tx: questionnaire.clients(tx, cursor))


@get("/questionnaires/clients/{client_id:uuid}", opt=_VIEW)
async def get_of_client(page: Page, client_id: UUID, cursor: Cursor = None) -> Response[Any]:
    """One client's versions."""
    return await page.show(
        "questionnaire_client.html", lambda tx: questionnaire.of_client(tx, client_id, cursor)
    )


@get("/questionnaires/built-in", opt=_VIEW)
async def get_built_in(page: Page) -> Response[Any]:
    """The check-in every programme begins with."""
    return await _version(page, None)


@get("/questionnaires/{version_id:uuid}", opt=_VIEW)
async def get_version(page: Page, version_id: UUID) -> Response[Any]:
    """One version in full."""
    return await _version(page, version_id)


async def _version(page: Page, version_id: UUID | None) -> Response[Any]:
    return await page.show(
        "questionnaire.html",
        lambda tx: {**questionnaire.shown(tx, version_id), "said": _DONE.get(page.done)},
    )


@post("/questionnaires/built-in/try", opt=_VIEW, status_code=200)
async def post_try_built_in(page: Page) -> Response[Any]:
    """The built-in version on past answers."""
    return await _try(page, None)


@post("/questionnaires/{version_id:uuid}/try", opt=_VIEW, status_code=200)
async def post_try(page: Page, version_id: UUID) -> Response[Any]:
    """A version on past answers, or one of its rules."""
    return await _try(page, version_id)


async def _try(page: Page, version_id: UUID | None) -> Response[Any]:
    tried = await page.form()
    before = questionnaire_try.carried(tried)
    asked = await page.caller.write(
        lambda tx: questionnaire_try.asked(tx, version_id, tried.value("rule"), before)
    )
    run = await questionnaire_try.run(page.caller, asked, before)
    told = {**questionnaire_try.told(asked.definition, run), "asked": asked}

    def gather(_: Tx) -> dict[str, Any]:
        return told

    return await page.show("questionnaire_try.html", gather)


routes = [
    get_versions,
    get_clients,
    get_of_client,
    get_built_in,
    get_version,
    post_try_built_in,
    post_try,
    *questionnaire_edit_pages.routes,
]
