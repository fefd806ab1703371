"""`handrail drill`: start a practice call, or see who answered the last ones and how fast."""

from datetime import datetime
from uuid import UUID

import click
from sqlalchemy import select

from notifications.escalations.drills import queries, starting
from notifications.escalations.drills.schemas import DrillList, DrillOut, DrillPerson
from notifications.escalations.oncall import acts
from server.core.db import Tx
from server.core.errors import Conflict, NotFound
from server.core.zones import zone
from server.people import programmes
from server.people.models import Programme
from server.people.programmes import ProgrammeFacts
from server.people.teams import Team

ENDS = {None: "running", "answered": "answered", "unanswered": "NOBODY ANSWERED", "broken": "BROKEN OFF"}


def programme_of(tx: Tx, name: str | None) -> ProgrammeFacts:
    """The programme of this name; the only one where no name is given."""
    rows = tx.session.execute(select(Programme.id, Programme.name).order_by(Programme.id)).all()
    found = [row.id for row in rows if name in (None, row.name)]
    if not found:
        raise NotFound("There is no programme of this name." if name else "There is no programme yet.")
    if len(found) > 1:
        raise Conflict(f"Say which programme (--programme): {', '.join(row.name for row in rows)}.")
    return programmes.facts(tx, found[0])


def start(tx: Tx, programme_name: str | None, team_name: str | None) -> tuple[ProgrammeFacts, DrillOut]:
    """Start a drill of this team, or of the programme's first one; what it has done so far."""
    programme = programme_of(tx, programme_name)
    team = _team_of(tx, programme.id, team_name)
    drill = starting.start(tx, team)
    return programme, queries.one(tx, drill.case_id)


def _team_of(tx: Tx, programme_id: UUID, name: str | None) -> Team:
    if name is None:
        return acts.teams_of(tx, programme_id)[0]
    found = tx.session.scalars(select(Team).where(Team.programme_id == programme_id, Team.name == name))
    team = found.one_or_none()
    if team is None:
        raise NotFound("There is no team of this name.")
    return team


def last(tx: Tx, programme_name: str | None) -> tuple[ProgrammeFacts, DrillList]:
    """The last drills of a programme."""
    programme = programme_of(tx, programme_name)
    return programme, queries.of_programme(tx, programme.id)


def tell_started(programme: ProgrammeFacts, drill: DrillOut) -> None:
    """Print whom it called first, and when it ends."""
    click.echo(f"Practice: a drill of {drill.team} is running until {_at(drill.ends_at, programme)}.")
    for one in drill.people:
        click.echo(f"  called now: {one.person.name}")
    if not drill.people:
        click.echo("  nobody is on duty whom it could call")
    click.echo("See what came of it: handrail drill --last")


def tell_last(programme: ProgrammeFacts, found: DrillList) -> None:
    """Print the last drills, person by person."""
    if not found.drills:
        click.echo("No drill yet.")
    for drill in found.drills:
        click.echo(f"{_at(drill.started_at, programme)}  {drill.team}: {ENDS[drill.outcome]}")
        for one in drill.people:
            click.echo(f"  {one.person.name}: called {_at(one.called_at, programme)}, {_came_of(one)}")


def _came_of(one: DrillPerson) -> str:
    if one.took_seconds is not None:
        return f"answered after {one.took_seconds} s"
    return "no message reached them" if one.no_way else "no answer"


def _at(at: datetime, programme: ProgrammeFacts) -> str:
    return f"{at.astimezone(zone(programme.zone)):%Y-%m-%d %H:%M}"
