"""Wire shapes of teams and calendars of duty. A rota, an override and an absence go as the rule knows them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from notifications.escalations.rotas.ical_lines import MAX_BYTES
from notifications.escalations.rotas.rota import Layer, Rota, Why
from notifications.escalations.schemas import Named
from server.people.schemas import Input, Name, Output


class TeamNew(Input):
    """Another team of the programme."""

    name: Name


class TeamOut(Output):
    """A team. The first of the programme is for every client without a team of their own."""

    id: UUID
    name: str
    first: bool
    version: int


class TeamList(Output):
    """The programme's teams, the first one first."""

    teams: list[TeamOut]


class ClientTeam(Input):
    """Whose people are called for a client; nothing for the programme's first team."""

    team_id: UUID | None = None


class RotaOut(Output):
    """A rota as stored. `rota` is null where it can no longer be read: nobody is on call by it."""

    id: UUID
    starts_on: date
    rota: Rota | None
    made_by: Named | None
    made_at: datetime
    version: int


class RotaStored(RotaOut):
    """A rota that was stored, and the `holes` in the two weeks from now, or from its first day where that is to come:
    "Sat Mar 7, 02:00–06:00: nobody on the first rung"."""

    holes: list[str]


class RotaList(Output):
    """The rota in force and those that follow, in order."""

    rotas: list[RotaOut]


class RotaBack(Input):
    """The version of the rota that is taken back, as it was looked at."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]


class OverrideOut(Output):
    """Somebody stands in, or nobody is on."""

    id: UUID
    layer: Layer
    from_at: datetime
    to_at: datetime
    person_in: Named | None
    person_out: Named | None
    made_by: Named | None
    made_at: datetime


class OverrideList(Output):
    """Overrides that are not over, in the order they were made: of two for one time the later counts.

    `made_worse`, after one was entered: the gaps, short rests and times with one person on both rungs that it made.
    """

    overrides: list[OverrideOut]
    made_worse: list[str]


class AbsenceOut(Output):
    """Somebody is out of office; `backup` is called in their place."""

    id: UUID
    person: Named
    from_at: datetime
    to_at: datetime
    backup: Named | None
    made_by: Named | None


class AbsenceList(Output):
    """Everybody of the programme who is away or will be.

    `holes`, after an absence was entered: the times in which it leaves nobody on a rung.
    """

    absences: list[AbsenceOut]
    holes: list[str]


class StretchOut(Output):
    """Who is on a layer from when until when, and why; `person` is null in a hole."""

    layer: Layer
    from_at: datetime
    to_at: datetime
    person: Named | None
    why: Why
    instead_of: Named | None


class OnDutyOut(Output):
    """Somebody who is on duty, on which rung, and why."""

    layer: Layer
    person: Named
    why: Why


class OnCallAt(Output):
    """Who is called at an instant, first to last, nobody twice; empty where nobody is on.

    `covered_until`: when the last of them goes off with nobody after them; null where no hole is in sight within two
    weeks, or nobody is on. `next_at` and `next`: the first moment from then on when somebody is on, and who.
    """

    at: datetime
    order: list[OnDutyOut]
    covered_until: datetime | None
    next_at: datetime | None
    next: OnDutyOut | None


class ShortRestOut(Output):
    """Somebody goes off duty and on again with less rest than agreed."""

    person: Named
    off_at: datetime
    on_at: datetime


class Preview(Output):
    """The calendar of the days ahead, with what is wrong with it in words of the rota's own zone.

    `both_rungs`: where one person is on both at once, so that nobody stands behind them.
    """

    stretches: list[StretchOut]
    holes: list[str]
    short_rests: list[ShortRestOut]
    both_rungs: list[str]


class CalendarFile(Input):
    """A calendar file. Without `mark` it is only tried; with the mark of the dry run exactly that is applied.

    `zone` is for times that name none, `layer` for events that name none.
    """

    file: Annotated[str, Meta(max_length=MAX_BYTES)]
    zone: Annotated[str, Meta(max_length=64)] | None = None
    layer: Layer | None = None
    mark: Annotated[str, Meta(max_length=64)] | None = None


class CalendarTried(Output):
    """What the file holds, and the calendar of the next 14 days with it; `applied` false for a dry run."""

    applied: bool
    mark: str
    rotas: int
    overrides: int
    past: int
    preview: Preview
