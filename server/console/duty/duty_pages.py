"""The addresses of the working day: what it holds, and the handover."""

from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Response

from notifications.escalations.oncall import handovers
from notifications.escalations.oncall.duty_schemas import HandoverNoteNew
from server.console.duty import handover, today
from server.console.page import Page, Tried, page_of
from server.console.rota import rota
from server.core.db import Tx
from server.people.roles import Action

_CASES = page_of(Action.VIEW_CASES)
_DONE = {
    "left": "Your note is left. Whoever comes on duty is shown it.",
    "seen": "It is on record that you have read this.",
}

Team = Annotated[UUID | None, Parameter(query="team")]


@get("/today", opt=_CASES)
async def get_today(page: Page) -> Response[Any]:
    """What the day holds for whoever is signed in."""
    return await page.show("today.html", today.shown)


@get("/handover", opt=_CASES)
async def get_handover(page: Page, team: Team = None) -> Response[Any]:
    """What the last turn of duty hands over."""
    return await _handover(page, team)


@post("/handover/note", opt=_CASES, status_code=303)
async def post_note(page: Page) -> Response[Any]:
    """A note for who comes on next."""
    tried = await page.form()
    team = tried.id("team")

    def leave(tx: Tx) -> None:
        given = tried.read(HandoverNoteNew)
        handovers.leave_note(tx, rota.team_of(tx, team)[0].id, given.note)

    return await page.act(
        tried,
        leave,
        then=rota.team_page("/handover", team, "left"),
        again=lambda: _handover(page, team, tried),
    )


@post("/handover/seen", opt=_CASES, status_code=303)
async def post_seen(page: Page) -> Response[Any]:
    """Whoever comes on duty has read it."""
    tried = await page.form()
    team = tried.id("team")
    return await page.act(
        tried,
        lambda tx: handovers.say_seen(tx, rota.team_of(tx, team)[0].id),
        then=rota.team_page("/handover", team, "seen"),
        again=lambda: _handover(page, team, tried),
    )


async def _handover(page: Page, team: UUID | None, tried: Tried | None = None) -> Response[Any]:
    def shown(tx: Tx) -> dict[str, Any]:
        found = handover.shown(tx, team)
        return {**found, "said": _said(page.done, found)}

    return await page.show("handover.html", shown, tried)


def _said(done: str, found: dict[str, Any]) -> str | None:
    """Only what is so: the note stands there, or nothing is unread any more."""
    it = found["it"]
    if it is None or (done == "left" and not it.notes) or (done == "seen" and it.unread):
        return None
    return _DONE.get(done)


routes: list[HTTPRouteHandler] = [get_today, get_handover, post_note, post_seen]
