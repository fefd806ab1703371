"""The addresses of answers told on the telephone: the form, and what to tell the client afterwards."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from checkins import answering, by_telephone
from server.console.clients import client, telephone
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.core.errors import Invalid
from server.people import access
from server.people.roles import Action

_FORM = "/clients/{client_id:uuid}/telephone"

_DONE = {
    "entered": "The answers are saved.",
    "partly": "Saved. What did not fit its question is left blank: look below, and ask again.",
}


@get(_FORM, opt=page_of(Action.ENTER_ANSWERS))
async def get_form(page: Page, client_id: UUID) -> Response[Any]:
    """The questions of the check-in that waits, or of one that nobody planned."""
    return await _form(page, client_id, Tried())


@post(_FORM, opt=page_of(Action.ENTER_ANSWERS), status_code=303)
async def post_form(page: Page, client_id: UUID) -> Response[Any]:
    """Store the answers, once, however often the form is sent; they are judged like the client's own."""
    tried = await page.form()

    def enter(tx: Tx) -> str:
        facts = access.client(tx, Action.ENTER_ANSWERS, client_id)
        sent = tried.read(telephone.Sent)
        sheet = by_telephone.sheet(tx, client_id, sent.checkin_id, sent.questionnaire_id)
        given, fits = telephone.read(sheet, sent, tried)
        try:
            answering.answer(tx, facts, sent.checkin_id, given)
        except Invalid as refusal:
            raise telephone.explained(refusal, given) from None
        return f"/clients/{client_id}/telephone/{sent.checkin_id}?done={'entered' if fits else 'partly'}"

    return await page.act(tried, enter, then=lambda where: where, again=lambda: _form(page, client_id, tried))


async def _form(page: Page, client_id: UUID, tried: Tried) -> Response[Any]:
    wish = page.request.query_params.get("checkin") or ""
    return await page.show(
        "client_telephone.html", lambda tx: telephone.shown(tx, client_id, tried, wish), tried
    )


@get(f"{_FORM}/{{checkin_id:uuid}}", opt=page_of(Action.ENTER_ANSWERS))
async def get_outcome(page: Page, client_id: UUID, checkin_id: UUID) -> Response[Any]:
    """What was stored, what it led to, and what to read to the client."""

    def gather(tx: Tx) -> dict[str, Any]:
        facts = access.client(tx, Action.ENTER_ANSWERS, client_id)
        found = by_telephone.outcome(tx, client_id, checkin_id)
        answer = found.checkin.answer
        blank = answer is not None and any(item.value is None for item in answer.items)
        said = _DONE.get(page.done) if blank or page.done != "partly" else None
        return {**client.head(tx, facts), "found": found, "said": said}

    return await page.show("client_telephone_told.html", gather)


routes = [get_form, post_form, get_outcome]
