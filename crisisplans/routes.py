"""Addresses for plans and crisis lines as staff use them; copies and the phone's own are beside it."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post, put
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import Parameter
from litestar.response import Response

from crisisplans import copy_routes, drafts, history, line_table, phone_routes, proposals, publishing, uses
from crisisplans.own_schemas import PlanUses
from crisisplans.schemas import (
    LARGEST_NUMBER,
    Decision,
    Difference,
    DraftOut,
    LineImport,
    LineTable,
    ProposalList,
    ProposalOut,
    Publish,
    ReviewList,
    ReviewNew,
    ReviewOut,
    RevisionList,
    RevisionOut,
)
from crisisplans.sections import PlanDraft
from server.core.db import Tx
from server.core.errors import Unreadable, WrongMediaType
from server.people.api import described
from server.people.caller import Caller, StrictRequest, action
from server.people.roles import Action
from server.people.routing import Cursor, IfMatch, version_of

NumberCursor = Annotated[
    int | None, Parameter(query="cursor", ge=0, le=LARGEST_NUMBER, description="Where the page before ended.")
]
Against = Annotated[
    int | None,
    Parameter(
        query="against",
        ge=0,
        le=LARGEST_NUMBER,
        description="The revision to compare with; 0: an empty plan.",
    ),
]
_VIEW, _EDIT = action(Action.VIEW_PLAN), action(Action.EDIT_PLAN)


def _draft_response(draft: DraftOut) -> Response[DraftOut]:
    return Response(draft, headers={"ETag": f'"{draft.version}"'})


@get(
    "/clients/{client_id:uuid}/plan/draft",
    opt=_EDIT,
    **described("The plan's draft", 401, 403, 404, tagged=True),
)
async def get_draft(caller: Caller, client_id: UUID) -> Response[DraftOut]:
    """With hints and what would stop a publish. The ETag is "0" while nothing was ever saved."""
    return _draft_response(await caller.write(lambda tx: drafts.draft_out(tx, client_id)))


@put(
    "/clients/{client_id:uuid}/plan/draft",
    opt=_EDIT,
    **described("Save the plan's draft", 401, 403, 404, 412, 422, 428, tagged=True),
)
async def put_draft(
    caller: Caller, client_id: UUID, data: PlanDraft, if_match: IfMatch = None
) -> Response[DraftOut]:
    """Needs If-Match; 412 carries both texts (`yours`, `theirs`) when somebody saved or published meanwhile."""
    version = version_of(if_match)

    def save(tx: Tx) -> DraftOut:
        drafts.save(tx, client_id, data, version)
        return drafts.draft_out(tx, client_id)

    return _draft_response(await caller.write(save))


@post(
    "/clients/{client_id:uuid}/plan/revisions",
    opt=_EDIT,
    **described("Publish the draft", 401, 403, 404, 409, 412, 422),
)
async def post_revision(caller: Caller, client_id: UUID, data: Publish) -> RevisionOut:
    """The draft becomes the next revision, and the client's phone is told. It never changes afterwards."""

    def publish(tx: Tx) -> RevisionOut:
        return history.revision(tx, client_id, publishing.publish(tx, client_id, data).number)

    return await caller.write(publish)


@get("/clients/{client_id:uuid}/plan/revisions", opt=_VIEW, **described("Published plans", 401, 403, 404))
async def get_revisions(caller: Caller, client_id: UUID, cursor: NumberCursor = None) -> RevisionList:
    """Newest first: who, when, why, with whom, and since when the client's phone has had it."""
    return await caller.write(lambda tx: history.revision_list(tx, client_id, cursor))


@get(
    "/clients/{client_id:uuid}/plan/revisions/{number:int}",
    opt=_VIEW,
    **described("One published plan", 401, 403, 404),
)
async def get_revision(caller: Caller, client_id: UUID, number: int) -> RevisionOut:
    """Its text; the clinician's own fields only for those who may edit plans."""
    return await caller.write(lambda tx: history.revision(tx, client_id, number))


@get(
    "/clients/{client_id:uuid}/plan/revisions/{number:int}/diff",
    opt=_VIEW,
    **described("What changed between two published plans", 401, 403, 404),
)
async def get_difference(caller: Caller, client_id: UUID, number: int, against: Against = None) -> Difference:
    """Compared with the revision before it, unless `against` names another."""
    return await caller.write(lambda tx: history.difference(tx, client_id, number, against))


@get("/clients/{client_id:uuid}/plan/reviews", opt=_VIEW, **described("Reviews of the plan", 401, 403, 404))
async def get_reviews(caller: Caller, client_id: UUID, cursor: Cursor = None) -> ReviewList:
    """Newest first."""
    return await caller.write(lambda tx: publishing.review_list(tx, client_id, cursor))


@post(
    "/clients/{client_id:uuid}/plan/reviews",
    opt=_EDIT,
    **described("Record a review", 401, 403, 404, 409, 422),
)
async def post_review(caller: Caller, client_id: UUID, data: ReviewNew) -> ReviewOut:
    """The plan was gone through and still holds: the next review is due later, no revision is made."""
    return await caller.write(lambda tx: publishing.review(tx, client_id, data))


@get(
    "/clients/{client_id:uuid}/plan/proposals",
    opt=_VIEW,
    **described("What the client proposes", 401, 403, 404),
)
async def get_proposals(caller: Caller, client_id: UUID) -> ProposalList:
    """Open proposals first, then the latest decided ones."""
    return await caller.write(lambda tx: proposals.for_staff(tx, client_id))


@post(
    "/clients/{client_id:uuid}/plan/proposals/{proposal_id:uuid}",
    opt=_EDIT,
    status_code=200,
    **described("Accept or decline a proposal", 401, 403, 404, 409, 422),
)
async def post_decision(caller: Caller, client_id: UUID, proposal_id: UUID, data: Decision) -> ProposalOut:
    """Accepting puts the entry into the draft; the client reads the answer."""
    return await caller.write(lambda tx: proposals.decide(tx, client_id, proposal_id, data))


@get(
    "/clients/{client_id:uuid}/plan/uses",
    opt=_VIEW,
    **described("Which steps helped", 401, 403, 404),
)
async def get_uses(caller: Caller, client_id: UUID) -> PlanUses:
    """Counts per step, the one used last first; nothing where the client does not share it."""
    return await caller.write(lambda tx: uses.of_client(tx, client_id))


@get(
    "/crisis-lines", opt=action(Action.VIEW_CRISIS_LINES), **described("The table of crisis lines", 401, 403)
)
async def get_crisis_lines(caller: Caller) -> LineTable:
    """The national lines and the programme's own, with those marked whose check is overdue."""
    return await caller.read(line_table.shown)


@dataclass
class _CsvBody(Operation):
    """The description of an operation that takes a CSV file as its body."""

    def __post_init__(self) -> None:
        csv = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        self.request_body = RequestBody(content={"text/csv": csv}, required=True)


@post(
    "/crisis-lines/import",
    opt=action(Action.EDIT_CRISIS_LINES),
    status_code=200,
    operation_class=_CsvBody,
    **described("Import the programme's crisis lines", 401, 403, 413, 422),
)
async def post_crisis_lines(caller: Caller, request: StrictRequest, dry_run: bool = False) -> LineImport:
    """A CSV file (UTF-8) that replaces the programme's own lines as a whole.

    With any error nothing is applied: 422 with each error's line and column, or 200 on a dry run.
    """
    labelled = request.headers.get("content-type", "text/csv")
    body = await request.body()

    def take(tx: Tx) -> LineImport:
        if labelled.partition(";")[0].strip().lower() != "text/csv":
            raise WrongMediaType("Send the file as text/csv.")
        if not body:
            raise Unreadable("Send the CSV file as the body.")
        return line_table.import_lines(tx, body, dry_run=dry_run)

    return await caller.write(take)


routes: list[Any] = [
    get_draft,
    put_draft,
    post_revision,
    get_revisions,
    get_revision,
    get_difference,
    get_reviews,
    post_review,
    get_proposals,
    post_decision,
    get_uses,
    get_crisis_lines,
    post_crisis_lines,
    *copy_routes.routes,
    *phone_routes.routes,
]
