"""Addresses of teams and their calendars of duty. Thin: read the request, run one verb, shape the answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Response

from notifications.escalations.oncall import acts, importing, left_open, queries, worse
from notifications.escalations.oncall.acts import Swap
from notifications.escalations.oncall.importing import Sent
from notifications.escalations.oncall.schemas import (
    AbsenceList,
    CalendarFile,
    CalendarTried,
    ClientTeam,
    OverrideList,
    Preview,
    RotaBack,
    RotaList,
    RotaStored,
    TeamList,
    TeamNew,
)
from notifications.escalations.rotas.ical_lines import MAX_BYTES
from notifications.escalations.rotas.rota import Absence, Override, Rota
from server.core.db import Tx
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action
from server.people.routing import IfMatch, version_of

CALENDAR = "text/calendar; charset=utf-8"
_LARGEST_FILE = 2 * MAX_BYTES
"""A whole file as a JSON string: each of its line ends, and whatever else JSON escapes, takes more there."""

Days = Annotated[int, Parameter(query="days", ge=1, le=60, description="How many days ahead.")]
Pattern = Annotated[bool, Parameter(query="pattern", description="The shifts as series, to take back in.")]


@get("/teams", opt=action(Action.VIEW_ROTA), **described("Teams", 401, 403))
async def get_teams(caller: Caller) -> TeamList:
    """The programme's teams; the first one is for every client without a team."""
    return await caller.write(lambda tx: TeamList(queries.teams(tx)))


@post("/teams", opt=action(Action.EDIT_ROTA), **described("Another team", 401, 403, 422))
async def post_team(caller: Caller, data: TeamNew) -> TeamList:
    """A team with a calendar of its own."""

    def add(tx: Tx) -> TeamList:
        acts.add_team(tx, data.name)
        return TeamList(queries.teams(tx))

    return await caller.write(add)


@put(
    "/clients/{client_id:uuid}/team",
    opt=action(Action.EDIT_CARE_TEAM),
    status_code=204,
    **described("The team whose people are called for a client", 401, 403, 404, 422),
)
async def put_client_team(caller: Caller, client_id: UUID, data: ClientTeam) -> None:
    """Its calendar counts for the client's calls and for what the client is promised."""
    await caller.write(lambda tx: acts.put_client_in_team(tx, client_id, data.team_id))


@get("/teams/{team_id:uuid}/rotas", opt=action(Action.VIEW_ROTA), **described("Rotas", 401, 403, 404))
async def get_rotas(caller: Caller, team_id: UUID) -> RotaList:
    """The rota in force and those that follow; each holds until the next one starts."""
    return await caller.read(lambda tx: RotaList(queries.rotas(tx, team_id)))


@post(
    "/teams/{team_id:uuid}/rotas", opt=action(Action.EDIT_ROTA), **described("A new rota", 401, 403, 404, 422)
)
async def post_rota(caller: Caller, team_id: UUID, data: Rota) -> RotaStored:
    """From its Monday on it takes the place of the one before. What it leaves open is stored, and said."""
    return await caller.write(lambda tx: queries.rota_stored(tx, acts.store_rota(tx, team_id, data)))


@put(
    "/teams/{team_id:uuid}/rotas/{rota_id:uuid}",
    opt=action(Action.EDIT_ROTA),
    **described("Change a rota", 401, 403, 404, 412, 422, 428, tagged=True),
)
async def put_rota(
    caller: Caller, team_id: UUID, rota_id: UUID, data: Rota, if_match: IfMatch = None
) -> Response[RotaStored]:
    """Needs If-Match. Stored whole, or refused with the path of each problem. What it leaves open is said."""
    version = version_of(if_match)

    def store(tx: Tx) -> RotaStored:
        return queries.rota_stored(tx, acts.store_rota(tx, team_id, data, rota_id, version))

    out = await caller.write(store)
    return Response(out, headers={"ETag": f'"{out.version}"'})


@post(
    "/teams/{team_id:uuid}/rotas/{rota_id:uuid}/withdraw",
    opt=action(Action.EDIT_ROTA),
    status_code=200,
    **described("Take a rota back", 401, 403, 404, 412, 422),
)
async def post_rota_withdrawn(caller: Caller, team_id: UUID, rota_id: UUID, data: RotaBack) -> RotaList:
    """In the version that was looked at. The rota before it holds again."""

    def withdraw(tx: Tx) -> RotaList:
        acts.withdraw_rota(tx, team_id, rota_id, data.version)
        return RotaList(queries.rotas(tx, team_id))

    return await caller.write(withdraw)


@get(
    "/teams/{team_id:uuid}/overrides",
    opt=action(Action.VIEW_ROTA),
    **described("Overrides", 401, 403, 404),
)
async def get_overrides(caller: Caller, team_id: UUID) -> OverrideList:
    """Those that are not over, in the order they were made."""
    return await caller.read(lambda tx: OverrideList(queries.overrides(tx, team_id), []))


@post(
    "/teams/{team_id:uuid}/overrides",
    opt=action(Action.EDIT_ROTA),
    **described("Somebody stands in", 401, 403, 404, 422),
)
async def post_override(caller: Caller, team_id: UUID, data: Override) -> OverrideList:
    """With nobody to stand in it announces a hole. What it makes worse is entered, and said."""
    return await caller.write(
        lambda tx: _entered(tx, team_id, [data], lambda: acts.add_override(tx, team_id, data))
    )


@post(
    "/teams/{team_id:uuid}/swaps",
    opt=action(Action.EDIT_ROTA),
    **described("Two people take each other's duty", 401, 403, 404, 422),
)
async def post_swap(caller: Caller, team_id: UUID, data: Swap) -> OverrideList:
    """Two overrides, both or neither. What they make worse is entered, and said."""
    both = [data.one, data.other]
    return await caller.write(lambda tx: _entered(tx, team_id, both, lambda: acts.swap(tx, team_id, data)))


@delete(
    "/teams/{team_id:uuid}/overrides/{override_id:uuid}",
    opt=action(Action.EDIT_ROTA),
    **described("Take an override back", 401, 403, 404, 409),
)
async def delete_override(caller: Caller, team_id: UUID, override_id: UUID) -> None:
    """What was there before it holds again."""
    await caller.write(lambda tx: acts.withdraw_override(tx, team_id, override_id))


@get("/absences", opt=action(Action.VIEW_ROTA), **described("Who is away", 401, 403))
async def get_absences(caller: Caller) -> AbsenceList:
    """Everybody of the programme who is away or will be."""
    return await caller.read(lambda tx: AbsenceList(queries.absences(tx), []))


@post("/absences", opt=action(Action.ENTER_ABSENCE), **described("Out of office", 401, 403, 422))
async def post_absence(caller: Caller, data: Absence) -> AbsenceList:
    """One's own; supervisors and administrators enter anybody's. The backup is called instead; holes are said."""

    def enter(tx: Tx) -> AbsenceList:
        row = acts.add_absence(tx, data)
        return AbsenceList(queries.absences(tx), left_open.by_absence(tx, row.id))

    return await caller.write(enter)


@delete(
    "/absences/{absence_id:uuid}",
    opt=action(Action.ENTER_ABSENCE),
    **described("Back in the office", 401, 403, 404, 409),
)
async def delete_absence(caller: Caller, absence_id: UUID) -> None:
    """From now on the person is called again."""
    await caller.write(lambda tx: acts.withdraw_absence(tx, absence_id))


@get(
    "/teams/{team_id:uuid}/preview",
    opt=action(Action.VIEW_ROTA),
    **described("The days ahead", 401, 403, 404),
)
async def get_preview(caller: Caller, team_id: UUID, days: Days = 14) -> Preview:
    """Who is on call, from when until when and why; holes, short rests, and who is on both rungs."""
    return await caller.read(lambda tx: queries.preview(tx, team_id, days))


@get(
    "/teams/{team_id:uuid}/calendar.ics",
    opt=action(Action.VIEW_ROTA),
    media_type=CALENDAR,
    **described("The calendar as a file", 401, 403, 404),
)
async def get_calendar(caller: Caller, team_id: UUID, pattern: Pattern = False) -> Response[bytes]:
    """iCalendar (RFC 5545): who is on duty for 90 days, or the shifts as series."""
    data = await caller.read(lambda tx: importing.written(tx, team_id, pattern=pattern))
    return Response(data, media_type=CALENDAR)


@post(
    "/teams/{team_id:uuid}/import",
    opt={**action(Action.EDIT_ROTA), "largest_body": _LARGEST_FILE},
    status_code=200,
    request_max_body_size=_LARGEST_FILE,
    **described("Take a calendar file in", 401, 403, 404, 409, 413, 422),
)
async def post_import(caller: Caller, team_id: UUID, data: CalendarFile) -> CalendarTried:
    """Without a mark a dry run; with its mark the file is applied, whole or not at all."""
    sent = Sent(data=data.file.encode(), zone=data.zone, layer=data.layer)

    def take(tx: Tx) -> CalendarTried:
        mark = data.mark
        dry = (
            importing.dry_run(tx, team_id, sent) if mark is None else importing.apply(tx, team_id, sent, mark)
        )
        return CalendarTried(
            applied=mark is not None,
            mark=dry.mark,
            rotas=len(dry.holds.rotas),
            overrides=len(dry.holds.overrides),
            past=dry.holds.past,
            preview=queries.preview_of(tx, dry.calendar, timedelta(days=14)),
        )

    return await caller.write(take)


def _entered(tx: Tx, team_id: UUID, changes: list[Override], enter: Callable[[], object]) -> OverrideList:
    told = worse.entered(tx, team_id, changes, enter)
    return OverrideList(queries.overrides(tx, team_id), told)


routes: list[HTTPRouteHandler] = [get_teams, post_team, put_client_team, get_rotas, post_rota, put_rota]
routes += [post_rota_withdrawn, get_overrides, post_override, post_swap, delete_override]
routes += [get_absences, post_absence, delete_absence, get_preview, get_calendar, post_import]
