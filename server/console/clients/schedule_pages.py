"""The schedule editor's addresses: new, edit, preview, pause, resume, remove."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from checkins import schedules
from server.console.clients import schedule_form
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.core.errors import Invalid
from server.people import access
from server.people.roles import Action

_ALL = "/clients/{client_id:uuid}/schedules"
_ONE = _ALL + "/{schedule_id:uuid}"


@get(f"{_ALL}/new", opt=page_of(Action.EDIT_SCHEDULE))
async def get_new(page: Page, client_id: UUID) -> Response[Any]:
    """A new schedule, with the usual values filled in."""
    return await _editor(page, client_id, None, Tried())


@get(_ONE, opt=page_of(Action.EDIT_SCHEDULE))
async def get_schedule(page: Page, client_id: UUID, schedule_id: UUID) -> Response[Any]:
    """One schedule to change."""
    return await _editor(page, client_id, schedule_id, Tried())


@post(f"{_ALL}/new/preview", opt=page_of(Action.EDIT_SCHEDULE), status_code=200)
async def post_new_preview(page: Page, client_id: UUID) -> Response[Any]:
    """What the form would do; nothing is stored."""
    tried = await page.form()
    return await _editor(page, client_id, None, tried)


@post(f"{_ONE}/preview", opt=page_of(Action.EDIT_SCHEDULE), status_code=200)
async def post_preview(page: Page, client_id: UUID, schedule_id: UUID) -> Response[Any]:
    """What the change would do; nothing is stored."""
    tried = await page.form()
    return await _editor(page, client_id, schedule_id, tried, _version(tried))


@post(f"{_ALL}/new", opt=page_of(Action.EDIT_SCHEDULE), status_code=303)
async def post_new(page: Page, client_id: UUID) -> Response[Any]:
    """Store it; it asks from now on."""
    tried = await page.form()
    return await _act(
        page,
        client_id,
        None,
        tried,
        lambda tx: schedules.create(tx, client_id, schedule_form.read(tried)),
        "schedule",
    )


@post(_ONE, opt=page_of(Action.EDIT_SCHEDULE), status_code=303)
async def post_schedule(page: Page, client_id: UUID, schedule_id: UUID) -> Response[Any]:
    """Store the change, unless somebody else saved since this form was opened."""
    tried = await page.form()
    version = _version(tried)

    def edit(tx: Tx) -> None:
        if version is None:
            raise Invalid.field("version", "Open this form again.")
        schedules.edit(tx, client_id, schedule_id, schedule_form.read(tried), int(version))

    return await _act(page, client_id, schedule_id, tried, edit, "schedule", version)


@post(f"{_ONE}/pause", opt=page_of(Action.EDIT_SCHEDULE), status_code=303)
async def post_pause(page: Page, client_id: UUID, schedule_id: UUID) -> Response[Any]:
    """Rest until a day and time where the client is."""
    tried = await page.form()

    def pause(tx: Tx) -> None:
        facts = access.client(tx, Action.EDIT_SCHEDULE, client_id)
        schedules.pause(tx, client_id, schedule_id, schedule_form.read_pause(tried, facts.zone))

    return await _act(page, client_id, schedule_id, tried, pause, "paused")


@post(f"{_ONE}/resume", opt=page_of(Action.EDIT_SCHEDULE), status_code=303)
async def post_resume(page: Page, client_id: UUID, schedule_id: UUID) -> Response[Any]:
    """Ask again from now on."""
    return await _act(
        page,
        client_id,
        schedule_id,
        Tried(),
        lambda tx: schedules.resume(tx, client_id, schedule_id),
        "resumed",
    )


@post(f"{_ONE}/remove", opt=page_of(Action.EDIT_SCHEDULE), status_code=303)
async def post_remove(page: Page, client_id: UUID, schedule_id: UUID) -> Response[Any]:
    """Ask no more by this schedule; what was answered stays."""
    return await _act(
        page,
        client_id,
        schedule_id,
        Tried(),
        lambda tx: schedules.take_away(tx, client_id, schedule_id),
        "removed",
    )


async def _act(
    page: Page,
    client_id: UUID,
    schedule_id: UUID | None,
    tried: Tried,
    verb: Callable[[Tx], Any],
    done: str,
    version: str | None = None,
) -> Response[Any]:
    """Run the verb and go back to the client; refused, the editor comes again with what was typed."""
    return await page.act(
        tried,
        verb,
        then=f"/clients/{client_id}?done={done}",
        again=lambda: _editor(page, client_id, schedule_id, tried, version),
    )


def _version(tried: Tried) -> str | None:
    version = tried.sent.pop("version", [""])[0]
    return version if version.isdecimal() and len(version) <= 9 else None


async def _editor(
    page: Page, client_id: UUID, schedule_id: UUID | None, tried: Tried, version: str | None = None
) -> Response[Any]:
    return await page.show(
        "schedule.html",
        lambda tx: schedule_form.shown(tx, client_id, schedule_id, tried, version=version),
        tried,
    )


routes = [
    get_new,
    get_schedule,
    post_new_preview,
    post_preview,
    post_new,
    post_schedule,
    post_pause,
    post_resume,
    post_remove,
]
