"""Addresses of cases. Thin: read the request, run one verb, shape the answer."""

from typing import Annotated
from uuid import UUID

from litestar import get, post, put
from litestar.datastructures import State
from litestar.params import Parameter
from litestar.response import Stream

from notifications.delivery.messages import HelpLine
from notifications.escalations import acts, cases, client_side, endings, queries, stream, voice_routes
from notifications.escalations.drills import routes as drills
from notifications.escalations.models import Case, CauseKind
from notifications.escalations.oncall import duty_routes
from notifications.escalations.oncall import routes as oncall
from notifications.escalations.schemas import (
    Acknowledge,
    CaseList,
    CaseNew,
    CaseOut,
    Close,
    ContactNew,
    Cosign,
    HandOver,
    HelpAsked,
    HelpReceived,
    MyCase,
    StateAsked,
)
from server.core.db import Tx
from server.core.tables import new_id
from server.people import access
from server.people.api import described
from server.people.caller import Caller, action, rather_act
from server.people.roles import Action
from server.people.routing import Cursor

Asked = Annotated[StateAsked, Parameter(query="state", description="Which cases: open, closed or all.")]
LastSeen = Annotated[
    str | None, Parameter(header="Last-Event-ID", max_length=20, description="Go on after this event.")
]
LastSeenQuery = Annotated[
    int | None, Parameter(query="last_event_id", ge=0, le=2**53, description="The same, for native apps.")
]


@put(
    "/me/help/{help_id:uuid}",
    opt=rather_act(Action.ASK_FOR_HELP),
    **described("I need someone", 401, 403),
)
async def put_help(
    caller: Caller, help_id: UUID, main_line: HelpLine, data: HelpAsked | None = None
) -> HelpReceived:
    """Stored and called before this answers. The phone chooses the id and may repeat the request.

    A body that cannot be read counts as none: somebody is called all the same.
    """
    note = data.note if data else None
    return await caller.write(lambda tx: client_side.ask_for_help(tx, help_id, note, main_line))


@get("/me/case", opt=action(Action.READ_OWN), **described("Who has seen it", 401, 403))
async def get_my_case(caller: Caller, main_line: HelpLine) -> MyCase:
    """The client's open case in one sentence, or the one closed within the last day."""
    return await caller.read(lambda tx: client_side.client_case(tx, main_line))


@get("/cases", opt=action(Action.VIEW_CASES), **described("Cases", 401, 403))
async def get_cases(caller: Caller, asked: Asked = "open", cursor: Cursor = None) -> CaseList:
    """Cases of clients this person may see, newest first, by page."""
    return await caller.write(lambda tx: queries.case_list(tx, asked, cursor))


@get("/cases/{case_id:uuid}", opt=action(Action.VIEW_CASES), **described("A case", 401, 403, 404))
async def get_case(caller: Caller, case_id: UUID) -> CaseOut:
    """Causes, timeline, contacts, and what this person may do next."""
    return await caller.write(lambda tx: queries.case_out(tx, case_id))


@post(
    "/clients/{client_id:uuid}/cases",
    opt=action(Action.RAISE_CASE),
    **described("Raise a case", 401, 403, 404, 422),
)
async def post_case(caller: Caller, client_id: UUID, data: CaseNew) -> CaseOut:
    """Opens the client's case, or joins the one that is open and raises its tier if this one is higher."""

    def raise_it(tx: Tx) -> Case:
        client = access.client(tx, Action.RAISE_CASE, client_id)
        source_id = data.id or new_id()
        return cases.raise_case(
            tx, client, kind=CauseKind.RAISED_BY_STAFF, tier=data.tier, source_id=source_id, note=data.note
        )

    return await caller.write(lambda tx: queries.case_out(tx, raise_it(tx).id))


@post(
    "/cases/{case_id:uuid}/acknowledge",
    opt=action(Action.ACT_ON_CASE),
    status_code=200,
    **described("Take a case", 401, 403, 404, 409),
)
async def post_acknowledge(caller: Caller, case_id: UUID, data: Acknowledge | None = None) -> CaseOut:
    """Calling stops until contact is due. 409 names the owner when a colleague has it already."""
    take_over = data is not None and data.take_over

    def take(tx: Tx) -> CaseOut:
        return queries.case_out(tx, acts.acknowledge(tx, case_id, take_over=take_over).id)

    return await caller.write(take)


@post(
    "/cases/{case_id:uuid}/contacts",
    opt=action(Action.ACT_ON_CASE),
    **described("Record a try to reach the client", 401, 403, 404, 409, 422),
)
async def post_contact(caller: Caller, case_id: UUID, data: ContactNew) -> CaseOut:
    """Whoever reached the client owns the case; three tries in a row without an answer call supervisors."""

    def record(tx: Tx) -> CaseOut:
        case = acts.record_contact(
            tx, case_id, data.channel, data.at, reached=data.reached, note=data.note, attempt_id=data.id
        )
        return queries.case_out(tx, case.id)

    return await caller.write(record)


@post(
    "/cases/{case_id:uuid}/contacts/withdraw",
    opt=action(Action.ACT_ON_CASE),
    status_code=200,
    **described("The client was not reached after all", 401, 403, 404, 409),
)
async def post_contact_withdrawn(caller: Caller, case_id: UUID) -> CaseOut:
    """For a contact logged by mistake: it is due as before, and where its time has passed, calling goes on."""
    return await caller.write(lambda tx: queries.case_out(tx, acts.withdraw_contact(tx, case_id).id))


@post(
    "/cases/{case_id:uuid}/hand-over",
    opt=action(Action.ACT_ON_CASE),
    status_code=200,
    **described("Hand a case over", 401, 403, 404, 409, 422),
)
async def post_hand_over(caller: Caller, case_id: UUID, data: HandOver) -> CaseOut:
    """From its owner, or by a supervisor, to a colleague who may see the client."""
    return await caller.write(
        lambda tx: queries.case_out(tx, acts.hand_over(tx, case_id, data.to, data.note).id)
    )


@post(
    "/cases/{case_id:uuid}/close",
    opt=action(Action.ACT_ON_CASE),
    status_code=200,
    **described("Close a case", 401, 403, 404, 409, 422),
)
async def post_close(caller: Caller, case_id: UUID, data: Close) -> CaseOut:
    """With how it ended and the next contact. The top tier then waits for a supervisor's signature."""

    def end(tx: Tx) -> CaseOut:
        case = endings.close(tx, case_id, data.disposition, data.reason, data.next_contact_on)
        return queries.case_out(tx, case.id)

    return await caller.write(end)


@post(
    "/cases/{case_id:uuid}/cosign",
    opt=action(Action.ACT_ON_CASE),
    status_code=200,
    **described("Co-sign or refuse a closing", 401, 403, 404, 409, 422),
)
async def post_cosign(caller: Caller, case_id: UUID, data: Cosign) -> CaseOut:
    """By a supervisor who neither owns the case nor closed it. A refusal calls the case again."""
    return await caller.write(
        lambda tx: queries.case_out(tx, endings.cosign(tx, case_id, agree=data.agree, note=data.note).id)
    )


@get(
    "/cases/stream",
    opt=action(Action.VIEW_CASES),
    media_type="text/event-stream",
    **described("Live stream of cases", 401, 403),
)
async def get_stream(
    caller: Caller, state: State, last_event_id: LastSeen = None, after: LastSeenQuery = None
) -> Stream:
    """Server-sent events {case_id, kind, number} of the cases this person may see; resumable."""
    given = int(last_event_id) if last_event_id and last_event_id.isdecimal() else after
    return await stream.open_stream(caller, stream.hub_of(state, caller.db), given)


routes = [
    put_help,
    get_my_case,
    get_cases,
    get_stream,
    get_case,
    post_case,
    post_acknowledge,
    post_contact,
    post_contact_withdrawn,
    post_hand_over,
    post_close,
    post_cosign,
    *voice_routes.routes,
    *oncall.routes,
    *drills.routes,
    *duty_routes.routes,
]
