"""Teams: who takes turns in each, how many clients it has, and giving clients to one."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct
from sqlalchemy import select

from notifications.escalations.oncall import queries as calendar_queries
from notifications.escalations.oncall import team_acts
from notifications.escalations.oncall.calendars import calendar_of, people_of
from notifications.escalations.oncall.schemas import TeamOut
from server.core import audit_looks
from server.core.db import Tx
from server.people import access, programmes, queries
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client
from server.people.roles import Action, reach
from server.people.schemas import Input

MOST_SHOWN = 300


class Line(Struct, frozen=True, kw_only=True):
    """A team, who stands in its calendar, and how many clients' calls go to it."""

    team: TeamOut
    people: list[str]
    clients: int


class ClientLine(Struct, frozen=True):
    """A client and the team their calls go to."""

    id: UUID
    name: str
    team: str


class TeamForm(Input):
    """What a team is called."""

    name: Annotated[str, Meta(max_length=120)] = ""


class Given(Input):
    """Clients that were chosen."""

    clients: list[UUID] = []  # noqa: RUF012  msgspec copies it


def shown(tx: Tx) -> dict[str, Any]:
    """Every team of the programme."""
    found, counts = calendar_queries.teams(tx), team_acts.client_counts(tx)
    programme = programmes.of_actor(tx)
    people = {one.id: people_of(calendar_of(tx, programme.id, one.id)) for one in found}
    names = queries.names(tx, {person for whose in people.values() for person in whose})
    return {
        "lines": [
            Line(
                team=one,
                people=sorted((names[each] for each in people[one.id] if each in names), key=str.casefold),
                clients=counts.get(one.id, 0),
            )
            for one in found
        ],
        "may_edit": reach(tx.actor.role, Action.EDIT_ROTA) is not None,
        "may_give": reach(tx.actor.role, Action.EDIT_CARE_TEAM) is not None,
    }


def team_shown(tx: Tx, team: TeamOut, teams: list[TeamOut]) -> dict[str, Any]:
    """The clients whose team this person may choose: those of this team, and those of the others."""
    words = {one.id: one.name for one in teams}
    first = next(one for one in teams if one.first)
    query = select(*CLIENT_COLUMNS).where(
        access.visible_clients(tx, Action.EDIT_CARE_TEAM), Client.discharged_at.is_(None)
    )
    clients = [ClientFacts(*row) for row in tx.connection.execute(query)]
    own = [each for each in clients if (each.team_id or first.id) == team.id]
    others = [each for each in clients if (each.team_id or first.id) != team.id]
    found = {"own": own[:MOST_SHOWN], "others": others[:MOST_SHOWN]}
    audit_looks.record(tx, "client.list", [(each.id, each.id) for part in found.values() for each in part])
    lines = {
        part: sorted(
            (ClientLine(each.id, access.name_of(tx, each), words[each.team_id or first.id]) for each in some),
            key=lambda line: line.name.casefold(),
        )
        for part, some in found.items()
    }
    more = len(own) + len(others) - sum(len(some) for some in found.values())
    return {"team": team, "teams": teams, **lines, "more": more}
