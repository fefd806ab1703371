"""A case's addresses: the page, its live part, every act as a plain form, and the list of closed cases."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Response
from msgspec import Meta

from notifications.escalations import acts, beside, endings, raising
from notifications.escalations.closing import LONGEST_REASON, Disposition
from notifications.escalations.models import Case
from notifications.escalations.tiers import Tier
from server.console.cases import case, case_now, contact_form
from server.console.page import Page, Tried, page_of
from server.core.db import Tx
from server.people.roles import Action
from server.people.schemas import Input, Note

State = Annotated[str, Parameter(query="state")]


class HandOver(Input):
    """To whom, and what they need to know."""

    to: UUID
    hand_over_note: Note | None = None


class Raise(Input):
    """The new tier, and why."""

    tier: Tier
    raise_note: Note | None = None


class Close(Input):
    """How it ended. `seen`: how many causes the page showed when the form was opened."""

    disposition: Disposition
    next_contact_on: date | None = None
    reason: Annotated[str, Meta(max_length=LONGEST_REASON)] | None = None
    seen: int | None = None


class Cosign(Input):
    """A supervisor's word on the closing."""

    word: Literal["agree", "refuse"]
    cosign_note: Note | None = None


@get("/cases", opt=page_of(Action.VIEW_CASES))
async def get_closed(page: Page, asked: State = "closed", before: UUID | None = None) -> Response[Any]:
    """Closed cases, newest first; open ones stand in the queue."""
    if asked != "closed":
        return page.go("/queue")
    return await page.show("cases.html", lambda tx: case.closed(tx, before), looks_only=True)


@get("/cases/fresh", opt=page_of(Action.VIEW_CASES))
async def get_fresh(page: Page) -> Response[Any]:
    """The emergencies and urgent cases nobody has taken, by id: what the title counts and the sound rings for."""
    emergency, urgent = await page.caller.read(
        lambda tx: (beside.untaken(tx, Tier.EMERGENCY), beside.untaken(tx, Tier.URGENT))
    )
    return page.render("case_fresh.html", emergency=emergency, urgent=urgent)


@get("/cases/{case_id:uuid}", opt=page_of(Action.VIEW_CASES))
async def get_case(page: Page, case_id: UUID) -> Response[Any]:
    """Facts, timeline, plan and people, and what can be done next."""
    return await _case(page, case_id)


@get("/cases/{case_id:uuid}/live", opt=page_of(Action.VIEW_CASES))
async def get_live(page: Page, case_id: UUID) -> Response[Any]:
    """The parts that change while somebody watches."""
    return await page.show("case_live.html", lambda tx: {**case.shown(tx, case_id), "open": ""})


@post("/cases/{case_id:uuid}/take", opt=page_of(Action.ACT_ON_CASE), status_code=303)
async def post_take(page: Page, case_id: UUID) -> Response[Any]:
    """Take the case, or take it over from a colleague."""
    tried = await page.form()
    over = tried.value("take_over") == "true"
    return await _act(page, case_id, tried, "taken", lambda tx: acts.acknowledge(tx, case_id, take_over=over))


@post("/cases/{case_id:uuid}/contact", opt=page_of(Action.ACT_ON_CASE), status_code=303)
async def post_contact(page: Page, case_id: UUID) -> Response[Any]:
    """Log a try to reach the client."""
    tried = await page.form()
    done = "reached" if tried.value("what").endswith("_reached") else "tried"
    return await _act(page, case_id, tried, done, lambda tx: contact_form.record(tx, case_id, tried))


@post("/cases/{case_id:uuid}/contact-withdrawn", opt=page_of(Action.ACT_ON_CASE), status_code=303)
async def post_contact_withdrawn(page: Page, case_id: UUID) -> Response[Any]:
    """The client was not reached after all."""
    tried = await page.form()
    return await _act(page, case_id, tried, "withdrawn", lambda tx: acts.withdraw_contact(tx, case_id))


@post("/cases/{case_id:uuid}/hand-over", opt=page_of(Action.ACT_ON_CASE), status_code=303)
async def post_hand_over(page: Page, case_id: UUID) -> Response[Any]:
    """Give the case to a colleague."""
    tried = await page.form()

    def hand_over(tx: Tx) -> Case:
        given = tried.read(HandOver)
        case_now.not_the_owner(tx, case_id, given.to)
        return acts.hand_over(tx, case_id, given.to, given.hand_over_note)

    return await _act(page, case_id, tried, "handed-over", hand_over)


@post("/cases/{case_id:uuid}/raise", opt=page_of(Action.RAISE_CASE), status_code=303)
async def post_raise(page: Page, case_id: UUID) -> Response[Any]:
    """Raise the tier."""
    tried = await page.form()

    def raise_it(tx: Tx) -> Case:
        given = tried.read(Raise)
        return raising.raise_tier(tx, case_id, given.tier, given.raise_note)

    return await _act(page, case_id, tried, "raised", raise_it)


@post("/cases/{case_id:uuid}/close", opt=page_of(Action.ACT_ON_CASE), status_code=303)
async def post_close(page: Page, case_id: UUID) -> Response[Any]:
    """Close the case, or leave it to a supervisor's signature."""
    tried = await page.form()

    def close(tx: Tx) -> Case:
        given = tried.read(Close)
        beside.nothing_new(tx, case_id, given.seen)
        return endings.close(tx, case_id, given.disposition, given.reason, given.next_contact_on)

    return await page.act(
        tried,
        lambda tx: close(tx).awaiting_cosign,
        then=lambda waits: f"/cases/{case_id}?done={'cosign' if waits else 'closed'}",
        again=lambda: _case(page, case_id, tried),
    )


@post("/cases/{case_id:uuid}/cosign", opt=page_of(Action.ACT_ON_CASE), status_code=303)
async def post_cosign(page: Page, case_id: UUID) -> Response[Any]:
    """Co-sign the closing, or refuse."""
    tried = await page.form()

    def cosign(tx: Tx) -> Case:
        given = tried.read(Cosign)
        return endings.cosign(tx, case_id, agree=given.word == "agree", note=given.cosign_note)

    done = "cosigned" if tried.value("word") == "agree" else "refused"
    return await _act(page, case_id, tried, done, cosign)


async def _act(
    page: Page, case_id: UUID, tried: Tried, done: str, verb: Callable[[Tx], Case]
) -> Response[Any]:
    then = f"/cases/{case_id}?done={done}"
    return await page.act(tried, verb, then=then, again=lambda: _case(page, case_id, tried))


async def _case(page: Page, case_id: UUID, tried: Tried | None = None) -> Response[Any]:
    """The page; a form that was refused stands open."""
    refused = page.request.url.path.rsplit("/", 1)[-1] if tried else ""
    return await page.show(
        "case.html", lambda tx: {**case.shown(tx, case_id, page.done), "open": refused}, tried
    )


routes = [
    get_closed,
    get_fresh,
    get_case,
    get_live,
    post_take,
    post_contact,
    post_contact_withdrawn,
    post_hand_over,
    post_raise,
    post_close,
    post_cosign,
]
