"""Addresses of the plan for those who read it: as it stands, earlier revisions, changes, reviews."""

from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Response

from crisisplans import publishing
from crisisplans.schemas import LARGEST_NUMBER, ReviewNew
from server.console.page import Page, Tried, page_of
from server.console.plans import plan
from server.people.roles import Action

DONE = {
    "published": "Published. A notice is on its way to the phone.",
    "published-quietly": "Published. The phone takes it when the app is next opened: notices are off there.",
    "published-no-phone": "Published. No phone is signed in: invite it from the client's page, or print the plan.",
    "reviewed": "The review is recorded. The plan stays as it is.",
    "copy": "The copy is logged. The client can see that it was given.",
    "signs": "Saved. The next check-in asks about these signs.",
}
"""The sentence for what has just been done."""

_BASE = "/clients/{client_id:uuid}/plan"
_VIEW = page_of(Action.VIEW_PLAN)
Number = Annotated[int | None, Parameter(ge=0, le=LARGEST_NUMBER)]


@get(_BASE, opt=_VIEW)
async def get_plan(page: Page, client_id: UUID) -> Response[Any]:
    """The published plan."""
    return await show_plan(page, client_id)


@get(f"{_BASE}/history", opt=_VIEW)
async def get_history(page: Page, client_id: UUID, cursor: Number = None) -> Response[Any]:
    """Revisions, reviews, copies, and which steps helped."""
    return await page.show("plan_history.html", lambda tx: plan.past(tx, client_id, cursor))


@get(f"{_BASE}/revisions/{{number:int}}", opt=_VIEW)
async def get_revision(page: Page, client_id: UUID, number: int) -> Response[Any]:
    """One revision as it was."""
    return await page.show("plan_revision.html", lambda tx: plan.one_revision(tx, client_id, number))


@get(f"{_BASE}/changes", opt=_VIEW)
async def get_changes(
    page: Page,
    client_id: UUID,
    older: Annotated[int | None, Parameter(query="from", ge=0, le=LARGEST_NUMBER)] = None,
    newer: Annotated[int | None, Parameter(query="to", ge=1, le=LARGEST_NUMBER)] = None,
) -> Response[Any]:
    """What changed between two revisions, in words; between the last two unless asked otherwise."""
    return await page.show("plan_changes.html", lambda tx: plan.changes(tx, client_id, older, newer))


@post(f"{_BASE}/reviews", opt=page_of(Action.EDIT_PLAN), status_code=303)
async def post_review(page: Page, client_id: UUID) -> Response[Any]:
    """The plan was gone through together and still holds."""
    tried = await page.form()
    return await page.act(
        tried,
        lambda tx: publishing.review(tx, client_id, tried.read(ReviewNew)),
        then=f"/clients/{client_id}/plan?done=reviewed",
        again=lambda: show_plan(page, client_id, tried),
    )


async def show_plan(page: Page, client_id: UUID, tried: Tried | None = None) -> Response[Any]:
    """The published plan, with the copies given; again with the form that was refused."""
    return await page.show(
        "plan.html", lambda tx: {**plan.shown(tx, client_id), "said": DONE.get(page.done)}, tried
    )


routes = [get_plan, get_history, get_revision, get_changes, post_review]
