"""Addresses of check-ins, schedules and questionnaires. Thin: read the request, run one verb, shape the answer."""

from typing import Annotated, Any
from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import Parameter
from litestar.response import Response

from checkins import (
    answering,
    departure_routes,
    own_routes,
    queries,
    questionnaires,
    schedules,
    staff_queries,
)
from checkins.models import ScheduleRow
from checkins.schemas import (
    AnswerIn,
    CheckInList,
    MyCheckIn,
    MyCheckIns,
    Pause,
    QuestionnaireList,
    QuestionnaireNew,
    QuestionnaireOut,
    Received,
    ScheduleIn,
    ScheduleList,
    ScheduleOut,
)
from server.core.db import Tx
from server.people import access
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action
from server.people.routing import Cursor, IfMatch, version_of

ClientId = Annotated[
    UUID | None, Parameter(query="client_id", description="Whose; without it, the programme's.")
]

_SCHEDULES = "/clients/{client_id:uuid}/schedules"
_SCHEDULE = _SCHEDULES + "/{schedule_id:uuid}"


@get("/me/checkins", opt=action(Action.READ_OWN), **described("My check-ins", 401, 403))
async def get_my_checkins(caller: Caller) -> MyCheckIns:
    """What is open, when the next one opens, the latest ones, and what an unscheduled check-in asks."""
    return await caller.write(queries.my_checkins)


@get(
    "/me/checkins/{checkin_id:uuid}",
    opt=action(Action.READ_OWN),
    **described("A check-in of mine", 401, 403, 404),
)
async def get_my_checkin(caller: Caller, checkin_id: UUID) -> MyCheckIn:
    """Its questions, and the answers once they are given."""
    return await caller.write(lambda tx: queries.my_checkin(tx, checkin_id))


@put(
    "/me/checkins/{checkin_id:uuid}/answer",
    opt=action(Action.ANSWER_OWN),
    **described("Answer a check-in", 401, 403, 404, 409, 422),
)
async def put_my_answer(caller: Caller, checkin_id: UUID, data: AnswerIn) -> Received:
    """Safe to repeat: the same answers get the same reply. An id of the phone's own is an unscheduled check-in."""

    def store(tx: Tx) -> Received:
        return answering.answer(tx, access.oneself(tx, Action.ANSWER_OWN), checkin_id, data)

    return await caller.write(store, ahead=lambda tx, token: answering.ask_ahead(tx, token, checkin_id))


@get(
    "/clients/{client_id:uuid}/checkins",
    opt=action(Action.VIEW_CHECKINS),
    **described("A client's check-ins", 401, 403, 404),
)
async def get_checkins(caller: Caller, client_id: UUID, cursor: Cursor = None) -> CheckInList:
    """Newest first, with the exact words of every answer and the rules that fired."""
    return await caller.write(lambda tx: staff_queries.checkins_of(tx, client_id, cursor))


@put(
    "/clients/{client_id:uuid}/checkins/{checkin_id:uuid}/answer",
    opt=action(Action.ENTER_ANSWERS),
    **described("Enter answers for a client", 401, 403, 404, 409, 422),
)
async def put_answer(caller: Caller, client_id: UUID, checkin_id: UUID, data: AnswerIn) -> Received:
    """As told on the phone. They are judged as usual, and it is recorded who entered them."""

    def store(tx: Tx) -> Received:
        return answering.answer(tx, access.client(tx, Action.ENTER_ANSWERS, client_id), checkin_id, data)

    return await caller.write(store)


def _with_tag(out: ScheduleOut, status: int = 200) -> Response[ScheduleOut]:
    return Response(out, status_code=status, headers={"ETag": f'"{out.version}"'})


@get(_SCHEDULES, opt=action(Action.VIEW_CHECKINS), **described("A client's schedules", 401, 403, 404))
async def get_schedules(caller: Caller, client_id: UUID) -> ScheduleList:
    """Each with the moment it asks next."""
    return await caller.write(lambda tx: staff_queries.schedules_of(tx, client_id))


@post(
    _SCHEDULES,
    opt=action(Action.EDIT_SCHEDULE),
    **described("Add a schedule", 401, 403, 404, 409, 422, tagged=True),
)
async def post_schedule(caller: Caller, client_id: UUID, data: ScheduleIn) -> Response[ScheduleOut]:
    """Wall time in the client's zone; it follows them when they travel."""

    def create(tx: Tx) -> ScheduleOut:
        return _out(tx, client_id, schedules.create(tx, client_id, data))

    return _with_tag(await caller.write(create), 201)


def _out(tx: Tx, client_id: UUID, row: ScheduleRow) -> ScheduleOut:
    return staff_queries.schedule_of(tx, client_id, row.id)


@get(_SCHEDULE, opt=action(Action.VIEW_CHECKINS), **described("A schedule", 401, 403, 404, tagged=True))
async def get_schedule(caller: Caller, client_id: UUID, schedule_id: UUID) -> Response[ScheduleOut]:
    """The schedule with an ETag to edit it by."""
    return _with_tag(await caller.write(lambda tx: staff_queries.schedule_of(tx, client_id, schedule_id)))


@put(
    _SCHEDULE,
    opt=action(Action.EDIT_SCHEDULE),
    **described("Edit a schedule", 401, 403, 404, 412, 422, 428, tagged=True),
)
async def put_schedule(
    caller: Caller, client_id: UUID, schedule_id: UUID, data: ScheduleIn, if_match: IfMatch = None
) -> Response[ScheduleOut]:
    """Needs If-Match. Changes only check-ins that have not opened yet."""
    version = version_of(if_match)

    def edit(tx: Tx) -> ScheduleOut:
        return _out(tx, client_id, schedules.edit(tx, client_id, schedule_id, data, version))

    return _with_tag(await caller.write(edit))


@delete(_SCHEDULE, opt=action(Action.EDIT_SCHEDULE), **described("Take a schedule away", 401, 403, 404))
async def delete_schedule(caller: Caller, client_id: UUID, schedule_id: UUID) -> None:
    """Nothing more is asked by it; what was answered stays."""
    await caller.write(lambda tx: schedules.take_away(tx, client_id, schedule_id))


@post(
    _SCHEDULE + "/pause",
    opt=action(Action.EDIT_SCHEDULE),
    status_code=200,
    **described("Pause a schedule", 401, 403, 404, 422, tagged=True),
)
async def post_pause(
    caller: Caller, client_id: UUID, schedule_id: UUID, data: Pause
) -> Response[ScheduleOut]:
    """Until an instant, with the reason (hospital, travel). What is open now is excused."""

    def rest(tx: Tx) -> ScheduleOut:
        return _out(tx, client_id, schedules.pause(tx, client_id, schedule_id, data))

    return _with_tag(await caller.write(rest))


@post(
    _SCHEDULE + "/resume",
    opt=action(Action.EDIT_SCHEDULE),
    status_code=200,
    **described("Resume a schedule", 401, 403, 404, tagged=True),
)
async def post_resume(caller: Caller, client_id: UUID, schedule_id: UUID) -> Response[ScheduleOut]:
    """Ask again from now on."""

    def wake(tx: Tx) -> ScheduleOut:
        return _out(tx, client_id, schedules.resume(tx, client_id, schedule_id))

    return _with_tag(await caller.write(wake))


@get(
    "/questionnaires",
    opt=action(Action.VIEW_QUESTIONNAIRES),
    **described("Versions of questionnaires", 401, 403, 404),
)
async def get_questionnaires(
    caller: Caller, client_id: ClientId = None, cursor: Cursor = None
) -> QuestionnaireList:
    """One client's versions, or those the programme shares; newest first."""
    return await caller.write(lambda tx: questionnaires.listed(tx, client_id, cursor))


@get(
    "/questionnaires/{questionnaire_id:uuid}",
    opt=action(Action.VIEW_QUESTIONNAIRES),
    **described("A version of a questionnaire", 401, 403, 404),
)
async def get_questionnaire(caller: Caller, questionnaire_id: UUID) -> QuestionnaireOut:
    """Everything it asks and flags."""
    return await caller.write(lambda tx: questionnaires.one(tx, questionnaire_id))


@post(
    "/questionnaires",
    opt=action(Action.EDIT_QUESTIONNAIRES),
    **described("Add a version", 401, 403, 404, 409, 422),
)
async def post_questionnaire(caller: Caller, data: QuestionnaireNew) -> QuestionnaireOut:
    """For a client by choosing warning signs from the plan, or with a whole definition."""
    return await caller.write(lambda tx: questionnaires.add(tx, data))


routes: list[Any] = [
    get_my_checkins,
    get_my_checkin,
    put_my_answer,
    get_checkins,
    put_answer,
    get_schedules,
    post_schedule,
    get_schedule,
    put_schedule,
    delete_schedule,
    post_pause,
    post_resume,
    get_questionnaires,
    get_questionnaire,
    post_questionnaire,
    *departure_routes.routes,
    *own_routes.routes,
]
