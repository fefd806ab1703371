"""Addresses the client's phone uses: the plan and its receipt, proposals, steps used, copies, and the PDF."""

from typing import Annotated, Any, cast
from uuid import UUID

from litestar import get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import Response

from crisisplans import client_plan, copies, paper, proposals, uses
from crisisplans.own_schemas import CopyIn, CopyList, UseIn
from crisisplans.paper import Paper
from crisisplans.schemas import ClientPlan, ProposalList, ProposalNew, ProposalOut
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action
from server.people.routing import Cursor, same

IfNoneMatch = Annotated[
    str | None, Parameter(header="If-None-Match", max_length=1000, description="The ETag of the plan held.")
]


def _with_304(description: dict[str, Any]) -> dict[str, Any]:
    unchanged = ResponseSpec(data_container=None, description="Nothing changed", generate_examples=False)
    return {**description, "responses": {**description["responses"], 304: unchanged}}


@get("/me/plan", opt=action(Action.READ_OWN), **_with_304(described("My plan", 401, 403, tagged=True)))
async def get_my_plan(caller: Caller, if_none_match: IfNoneMatch = None) -> Response[ClientPlan]:
    """The plan with its crisis lines in the client's language; number 0 and the national lines before the first."""
    plan, etag = await caller.read(client_plan.client_plan)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if same(if_none_match, etag):
        return Response(cast("ClientPlan", None), status_code=304, headers=headers)  # no body at all
    return Response(plan, headers=headers)


@put(
    "/me/plan/receipts/{number:int}",
    opt=action(Action.READ_OWN),
    status_code=204,
    **described("This phone holds the plan", 401, 403, 404),
)
async def put_receipt(caller: Caller, number: int) -> None:
    """Repeatable; the care team sees since when the phone has had this revision."""
    await caller.write(lambda tx: client_plan.receive(tx, number))


@get("/me/plan/proposals", opt=action(Action.READ_OWN), **described("My proposals", 401, 403))
async def get_my_proposals(caller: Caller) -> ProposalList:
    """What the client proposed and what became of it."""
    return await caller.read(proposals.own)


@put(
    "/me/plan/proposals/{proposal_id:uuid}",
    opt=action(Action.PROPOSE_ENTRY),
    **described("Propose an entry", 401, 403, 409, 422),
)
async def put_proposal(caller: Caller, proposal_id: UUID, data: ProposalNew) -> ProposalOut:
    """For coping, helpers and reasons. The phone chooses the id and may repeat the same proposal."""
    return await caller.write(lambda tx: proposals.propose(tx, proposal_id, data))


@put(
    "/me/plan/uses/{use_id:uuid}",
    opt=action(Action.EDIT_OWN),
    status_code=204,
    **described("I used a step of my plan", 401, 403, 409, 422, 429),
)
async def put_use(caller: Caller, use_id: UUID, data: UseIn) -> None:
    """Only with the client's consent `plan_use`, else 403. The phone chooses the id; safe to repeat."""
    await caller.write(lambda tx: uses.note(tx, use_id, data))


@get("/me/plan/copies", opt=action(Action.READ_OWN), **described("My copies of the plan", 401, 403))
async def get_my_copies(caller: Caller, cursor: Cursor = None) -> CopyList:
    """On paper, shared or as a PDF, newest first."""
    return await caller.read(lambda tx: copies.own(tx, cursor))


@put(
    "/me/plan/copies/{copy_id:uuid}",
    opt=action(Action.EDIT_OWN),
    status_code=204,
    **described("I printed or shared my plan", 401, 403, 409, 422, 429),
)
async def put_copy(caller: Caller, copy_id: UUID, data: CopyIn) -> None:
    """The phone chooses the id; safe to repeat."""
    await caller.write(lambda tx: copies.note(tx, copy_id, data))


@get(
    "/me/plan.pdf",
    opt=action(Action.READ_OWN),
    media_type="application/pdf",
    **described("My plan on paper", 401, 403, 429),
)
async def get_my_plan_pdf(caller: Caller, paper_size: Paper = "letter") -> Response[bytes]:
    """One sheet where it can be, in the client's language. It is noted as a copy."""
    return await paper.answer(caller, client_plan.printed, paper_size)


routes: list[Any] = [
    get_my_plan,
    put_receipt,
    get_my_proposals,
    put_proposal,
    put_use,
    get_my_copies,
    put_copy,
    get_my_plan_pdf,
]
