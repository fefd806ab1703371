"""What the page of drills shows: who would be called now, the last drills person by person, and what they found out."""

from typing import Any
from uuid import UUID

from msgspec import Struct

from notifications.escalations.drills import queries as drill_queries
from notifications.escalations.drills.models import DrillOutcome
from notifications.escalations.drills.schemas import DrillOut, DrillPerson
from notifications.escalations.oncall import queries as calendar_queries
from notifications.escalations.oncall.calendars import calendar_of
from server.console.rota.rota import RUNGS
from server.core.db import Tx
from server.people import programmes

OUTCOMES = {
    None: "running now",
    DrillOutcome.ANSWERED: "answered",
    DrillOutcome.UNANSWERED: "nobody answered",
    DrillOutcome.BROKEN: "broken off: the service could not go on with it",
}


class Duty(Struct, frozen=True, kw_only=True):
    """A team, whom a drill would call first now, and whether one is running."""

    id: UUID
    name: str
    on_call: tuple[str, ...]
    running: bool


def shown(tx: Tx) -> dict[str, Any]:
    """The page."""
    found = drill_queries.overview(tx)
    running = {drill.team for drill in found.drills if drill.ended_at is None}
    programme = programmes.of_actor(tx)
    teams = [
        Duty(
            id=team.id,
            name=team.name,
            on_call=tuple(
                f"{one.person.name} ({RUNGS[one.layer].lower()})"
                for one in calendar_queries.on_call_now(tx, calendar_of(tx, programme.id, team.id))
                if one.person
            ),
            running=team.name in running,
        )
        for team in calendar_queries.teams(tx)
    ]
    return {
        "teams": teams,
        "drills": found.drills,
        "people": found.people,
        "unanswered": _unanswered(found.drills),
        "outcomes": OUTCOMES,
        "took": took_words,
        "came_of": came_of,
        "mine": {drill.id for drill in drill_queries.own(tx).drills},
    }


def _unanswered(drills: list[DrillOut]) -> list[DrillOut]:
    """Teams whose last drill that ended was not answered."""
    newest: dict[str, DrillOut] = {}
    for drill in drills:
        if drill.ended_at is not None:
            newest.setdefault(drill.team, drill)
    return [drill for drill in newest.values() if drill.outcome is not DrillOutcome.ANSWERED]


def came_of(drill: DrillOut, one: DrillPerson) -> str:
    """What became of the calls to one person, in words."""
    if one.took_seconds is not None:
        return f"answered after {took_words(one.took_seconds)}"
    if one.no_way:
        return "no message reached them"
    if drill.ended_at is None:
        return "not answered yet"
    if drill.outcome is DrillOutcome.ANSWERED:
        return "did not answer; a colleague did"
    return "did not answer"


def took_words(seconds: int | None) -> str:
    """A time to answer, to the second: "48 s", "3 min 5 s"."""
    if seconds is None:
        return "none"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
