"""Wire shapes of drills. Every one of them says `practice`: nobody needs help."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from notifications.escalations.drills.models import DrillOutcome
from notifications.escalations.schemas import Named
from server.people.schemas import Input, Output


class DrillNew(Input):
    """Whose duty is tested: a team, or nothing for the programme's first one."""

    team_id: UUID | None = None


class DrillPerson(Output):
    """Somebody a drill called. `took_seconds`: from the first call to them to their answer; null without one.

    `no_way`: no message of the drill could reach them.
    """

    person: Named
    called_at: datetime
    calls: int
    answered_at: datetime | None
    took_seconds: int | None
    no_way: bool


class DrillOut(Output):
    """A drill, and whom it called in which order. `outcome` is null while it runs.

    `empty_rungs` counts steps of the ladder that were passed because nobody was on duty there.
    """

    id: UUID
    team: str
    started_at: datetime
    started_by: Named | None
    ends_at: datetime
    ended_at: datetime | None
    outcome: DrillOutcome | None
    people: list[DrillPerson]
    empty_rungs: int
    practice: Literal[True] = True


class PersonPace(Output):
    """One person's drills of the last 90 days: called, answered, and the middle time of those they answered."""

    person: Named
    called: int
    answered: int
    median_seconds: int | None


class DrillList(Output):
    """The last drills, newest first, and how each person did."""

    drills: list[DrillOut]
    people: list[PersonPace]


class OwnDrill(Output):
    """A drill that calls the acting person now, or that they answered."""

    id: UUID
    team: str
    called_at: datetime
    ends_at: datetime
    answered_at: datetime | None
    practice: Literal[True] = True


class OwnDrills(Output):
    """Drills that call the acting person now, oldest first."""

    drills: list[OwnDrill]
