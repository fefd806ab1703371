"""The addresses of the crisis lines: the table, its file, and the two steps of an import."""

from typing import Annotated, Any, Literal

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Response

from crisisplans import line_preview
from server.console import big_form
from server.console.account.account_proof import proved_act
from server.console.lines import line
from server.console.page import HEADERS, Page, Tried, page_of
from server.core.errors import Refusal
from server.people.roles import Action

_DONE = {"imported": "The programme's crisis lines are now those of your file."}
_EDIT = page_of(Action.EDIT_CRISIS_LINES)
_BIG = big_form.ROUTE_LIMIT

Area = Annotated[str | None, Parameter(query="area", max_length=200)]
Of = Annotated[Literal["own", "all"], Parameter(query="of")]


@get("/crisis-lines", opt=page_of(Action.VIEW_CRISIS_LINES))
async def get_lines(page: Page, area: Area = None) -> Response[Any]:
    """The table, and what a client in one area would see."""
    return await page.show("line.html", lambda tx: {**line.shown(tx, area), "said": _DONE.get(page.done)})


@get("/crisis-lines/table.csv", opt=page_of(Action.VIEW_CRISIS_LINES))
async def get_file(page: Page, of: Of = "own") -> Response[bytes]:
    """The table as a file."""
    data = await page.caller.read(lambda tx: line.table_file(tx, everything=of == "all"))
    name = "crisis-lines.csv" if of == "own" else "crisis-lines-with-national.csv"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


@get("/crisis-lines/import", opt=_EDIT)
async def get_import(page: Page) -> Response[Any]:
    """Where a file is chosen."""
    return await _form(page, Tried())


@post("/crisis-lines/import", opt=_EDIT, status_code=200, request_max_body_size=_BIG)
async def post_import(page: Page) -> Response[Any]:
    """The dry run: what the file would do, or what is wrong with it. Changes nothing."""
    tried = Tried()
    try:
        tried, files = await big_form.with_file(page)
        data = line.file_of(tried, files)
    except Refusal as refusal:
        tried.problem = refusal
        return await _form(page, tried)
    tried.sent.pop("text", None)  # it comes back where something in it has to be mended
    return await _dry_run(page, tried, data)


@post("/crisis-lines/import/apply", opt=_EDIT, status_code=303, request_max_body_size=_BIG)
async def post_apply(page: Page) -> Response[Any]:
    """The second step: exactly the file that was looked at, on the table it was compared with.

    What clients are told to call is changed by somebody who has just shown who they are.
    """
    tried, _ = await big_form.with_file(page)
    data = big_form.carried(tried)
    return await proved_act(
        page,
        tried,
        lambda tx: line_preview.apply(tx, data, tried.value("mark")),
        then="/crisis-lines?done=imported",
        again=lambda: _dry_run(page, tried, data),
    )


async def _form(page: Page, tried: Tried) -> Response[Any]:
    return await page.show("line_import.html", line.import_form, tried)


async def _dry_run(page: Page, tried: Tried, data: bytes) -> Response[Any]:
    return await page.show("line_import.html", lambda tx: line.tried_file(tx, data), tried)


routes = [get_lines, get_file, get_import, post_import, post_apply]
