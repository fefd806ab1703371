"""Addresses for copies of the plan as staff use them: the log, a copy given, and the sheet to give."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Response

from crisisplans import copies, copies_given, paper
from crisisplans.own_schemas import CopyGiven, CopyList, OneCopy
from crisisplans.paper import Paper
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action
from server.people.routing import Cursor

_VIEW = action(Action.VIEW_PLAN)


@get("/clients/{client_id:uuid}/plan/copies", opt=_VIEW, **described("Copies of the plan", 401, 403, 404))
async def get_copies(caller: Caller, client_id: UUID, cursor: Cursor = None) -> CopyList:
    """Those the client made on the phone and those staff gave, newest first."""
    return await caller.write(lambda tx: copies.log_of(tx, client_id, cursor))


@post(
    "/clients/{client_id:uuid}/plan/copies",
    opt=_VIEW,
    **described("Log a copy given", 401, 403, 404, 422),
)
async def post_copy(caller: Caller, client_id: UUID, data: CopyGiven) -> OneCopy:
    """To the client, or to `recipient`. The client reads in their access log that a copy was given."""
    return await caller.write(lambda tx: copies_given.give_copy(tx, client_id, data))


@get(
    "/clients/{client_id:uuid}/plan/revisions/{number:int}/plan.pdf",
    opt=_VIEW,
    media_type="application/pdf",
    **described("One published plan on paper", 401, 403, 404),
)
async def get_revision_pdf(
    caller: Caller, client_id: UUID, number: int, paper_size: Paper = "letter"
) -> Response[bytes]:
    """As the client has it, in their language, without the clinician's own fields. The look is recorded."""
    return await paper.answer(caller, lambda tx: copies_given.printed(tx, client_id, number), paper_size)


routes: list[Any] = [get_copies, post_copy, get_revision_pdf]
