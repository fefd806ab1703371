"""Addresses for giving a copy of the plan: the sheet to print or save, and the log of who got one."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from crisisplans import copies_given, paper
from crisisplans.paper import Paper
from server.console.page import Page, page_of
from server.console.plans import plan_copies, plan_pages
from server.people.roles import Action

_BASE = "/clients/{client_id:uuid}/plan"


@get(f"{_BASE}/revisions/{{number:int}}/plan.pdf", opt=page_of(Action.VIEW_PLAN))
async def get_pdf(
    page: Page, client_id: UUID, number: int, paper_size: Paper = "letter", save: bool = False
) -> Response[Any]:
    """One revision on paper, as the client has it and in their language: to print, or as a file."""
    return await paper.answer(
        page.caller, lambda tx: copies_given.printed(tx, client_id, number), paper_size, save=save
    )


@post(f"{_BASE}/copies", opt=page_of(Action.VIEW_PLAN), status_code=303)
async def post_copy(page: Page, client_id: UUID) -> Response[Any]:
    """A copy was given."""
    tried = await page.form()
    return await page.act(
        tried,
        lambda tx: copies_given.give_copy(tx, client_id, plan_copies.read_copy(tx, tried)),
        then=f"/clients/{client_id}/plan?done=copy",
        again=lambda: plan_pages.show_plan(page, client_id, tried),
    )


routes = [get_pdf, post_copy]
