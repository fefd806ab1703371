"""The addresses of who is on call: the days ahead, stand-ins, out of office, the rota's editor, files in and out."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Response

from notifications.escalations.oncall import acts, importing
from server.console import big_form
from server.console.page import HEADERS, NOT_WHOLE, Page, Tried, page_of
from server.console.rota import rota, rota_changes, rota_form, rota_import
from server.core.db import Tx
from server.core.errors import Refusal, Unreadable
from server.people.roles import Action

_DONE = {
    "saved": "The rota is saved. Whoever is on call is called by it from now on.",
    "withdrawn": "The rota is taken back. The one before it holds again.",
    "override": "The stand-in is entered.",
    "swapped": "The two have swapped.",
    "back": "It is taken back. What was there before holds again.",
    "away": "Out of office is entered. The backup is called instead.",
    "here": "Out of office is taken back. Calls go to them again.",
    "imported": "The calendar is now that of your file.",
    "drill": "You answered the practice call. There is nothing left to do.",
}
_VIEW, _EDIT, _AWAY = page_of(Action.VIEW_ROTA), page_of(Action.EDIT_ROTA), page_of(Action.ENTER_ABSENCE)
_BIG = big_form.ROUTE_LIMIT

Team = Annotated[UUID | None, Parameter(query="team")]
Which = Annotated[UUID | None, Parameter(query="rota")]
Entered = Annotated[UUID | None, Parameter(query="of")]
Pattern = Annotated[bool, Parameter(query="pattern")]


@get("/rota", opt=_VIEW)
async def get_page(page: Page, team: Team = None, of: Entered = None) -> Response[Any]:
    """Who is on call now and in the days ahead."""
    return await _page(page, team, Tried(), of)


@get("/rota/calendar.ics", opt=_VIEW)
async def get_file(page: Page, team: Team = None, pattern: Pattern = False) -> Response[bytes]:
    """The calendar for a calendar program, or the shifts as series to take back in."""

    def written(tx: Tx) -> bytes:
        return importing.written(tx, rota.team_of(tx, team)[0].id, pattern=pattern)

    data = await page.caller.write(written)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="on-call.ics"'}
    return Response(data, media_type="text/calendar; charset=utf-8", headers=headers)


@post("/rota/override", opt=_EDIT, status_code=303)
async def post_override(page: Page) -> Response[Any]:
    """Somebody stands in."""
    return await _change(page, rota_changes.override, "override")


@post("/rota/swap", opt=_EDIT, status_code=303)
async def post_swap(page: Page) -> Response[Any]:
    """Two duties change hands."""
    return await _change(page, rota_changes.swap, "swapped")


@post("/rota/override/{override_id:uuid}/withdraw", opt=_EDIT, status_code=303)
async def post_override_back(page: Page, override_id: UUID) -> Response[Any]:
    """Take a stand-in back."""
    return await _change(page, lambda tx, team, _: acts.withdraw_override(tx, team, override_id), "back")


@post("/rota/absence", opt=_AWAY, status_code=303)
async def post_absence(page: Page) -> Response[Any]:
    """Somebody is out of office."""
    return await _change(page, lambda tx, _, tried: rota_changes.absence(tx, tried), "away")


@post("/rota/absence/{absence_id:uuid}/withdraw", opt=_AWAY, status_code=303)
async def post_absence_back(page: Page, absence_id: UUID) -> Response[Any]:
    """Somebody is back."""
    return await _change(page, lambda tx, _team, _tried: acts.withdraw_absence(tx, absence_id), "here")


@get("/rota/edit", opt=_EDIT)
async def get_edit(page: Page, team: Team = None, which: Which = None) -> Response[Any]:
    """The rota to change, or a new one that begins next Monday."""
    return await _editor(page, team, which, Tried())


@post("/rota/edit/lines", opt=_EDIT, status_code=200)
async def post_lines(page: Page) -> Response[Any]:
    """More lines, or one fewer. Nothing is stored."""
    tried = await big_form.of_many_fields(page)
    rota_form.with_rows(tried)
    return await _editor(page, tried.id("team"), tried.id("rota"), tried)


@post("/rota/edit", opt=_EDIT, status_code=303)
async def post_edit(page: Page) -> Response[Any]:
    """Store the rota, or say what is wrong at its line."""
    tried = await big_form.of_many_fields(page)
    team, which = tried.id("team"), tried.id("rota")
    return await page.act(
        tried,
        lambda tx: rota_form.save(tx, rota.team_of(tx, team)[0].id, which, tried),
        then=lambda stored: rota.team_page("/rota", team, "saved", stored),
        again=lambda: _editor(page, team, which, tried),
    )


@post("/rota/edit/withdraw", opt=_EDIT, status_code=303)
async def post_withdraw(page: Page) -> Response[Any]:
    """Take a rota back."""

    def withdraw(tx: Tx, team: UUID, tried: Tried) -> None:
        which = tried.id("rota")
        if which is None:
            raise Unreadable(NOT_WHOLE)
        acts.withdraw_rota(tx, team, which, tried.version())

    return await _change(page, withdraw, "withdrawn")


@get("/rota/import", opt=_EDIT)
async def get_import(page: Page, team: Team = None) -> Response[Any]:
    """Where a calendar file is chosen."""
    return await page.show("rota_import.html", lambda tx: rota_import.form(tx, team))


@post("/rota/import", opt=_EDIT, status_code=200, request_max_body_size=_BIG)
async def post_import(page: Page) -> Response[Any]:
    """The dry run. Changes nothing."""
    tried = Tried()
    try:
        tried, files = await big_form.with_file(page)
        data = rota_import.file_of(files)
    except Refusal as refusal:
        tried.problem = refusal
        return await page.show("rota_import.html", lambda tx: rota_import.form(tx, tried.id("team")), tried)
    return await _dry_run(page, tried, data)


@post("/rota/import/apply", opt=_EDIT, status_code=303, request_max_body_size=_BIG)
async def post_apply(page: Page) -> Response[Any]:
    """The second step: exactly the file that was looked at."""
    tried, _ = await big_form.with_file(page)
    data, team = big_form.carried(tried), tried.id("team")
    return await page.act(
        tried,
        lambda tx: rota_import.apply(tx, rota.team_of(tx, team)[0].id, tried, data),
        then=rota.team_page("/rota", team, "imported"),
        again=lambda: _dry_run(page, tried, data),
    )


async def _dry_run(page: Page, tried: Tried, data: bytes) -> Response[Any]:
    def shown(tx: Tx) -> dict[str, Any]:
        try:
            return rota_import.tried_file(tx, tried.id("team"), tried, data)
        except Refusal as refusal:
            tried.problem = refusal
            return rota_import.form(tx, tried.id("team"))

    return await page.show("rota_import.html", shown, tried)


async def _change(page: Page, verb: Callable[[Tx, UUID, Tried], UUID | None], done: str) -> Response[Any]:
    tried = await page.form()
    team = tried.id("team")
    return await page.act(
        tried,
        lambda tx: verb(tx, rota.team_of(tx, team)[0].id, tried),
        then=lambda entered: rota.team_page("/rota", team, done, entered),
        again=lambda: _page(page, team, tried),
    )


async def _page(page: Page, team: UUID | None, tried: Tried, of: UUID | None = None) -> Response[Any]:
    def shown(tx: Tx) -> dict[str, Any]:
        return {**rota.shown(tx, team), "said": _DONE.get(page.done), "left": rota.left(tx, page.done, of)}

    return await page.show("rota.html", shown, tried)


async def _editor(page: Page, team: UUID | None, which: UUID | None, tried: Tried) -> Response[Any]:
    return await page.show("rota_edit.html", lambda tx: rota_form.shown(tx, team, which, tried), tried)


routes: list[HTTPRouteHandler] = [
    get_page,
    get_file,
    post_override,
    post_swap,
    post_override_back,
    post_absence,
    post_absence_back,
    get_edit,
    post_lines,
    post_edit,
    post_withdraw,
    get_import,
    post_import,
    post_apply,
]
