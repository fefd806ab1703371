"""What is done with the teams themselves: another name, and clients given to a team several at a time."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, func, select

from notifications.escalations.oncall import acts
from server.core import audit
from server.core.db import Tx
from server.core.errors import EditedMeanwhile, Invalid
from server.people import access, programmes
from server.people.given import checked_name
from server.people.models import Client
from server.people.roles import Action
from server.people.teams import Team

MOST_AT_ONCE = 100


def rename(tx: Tx, team_id: UUID, name: str, version: int) -> Team:
    """The team under another name, in the version that was looked at. Nothing else of it changes."""
    team = acts.team_of(tx, Action.EDIT_ROTA, team_id, lock=True)
    if team.version != version:
        raise EditedMeanwhile(extra={"version": team.version})
    name = checked_name(name)
    taken = exists().where(Team.programme_id == team.programme_id, Team.name == name, Team.id != team.id)
    if tx.session.scalar(select(taken)):
        raise Invalid.field("name", "another team has this name")
    team.name = name
    tx.session.flush()
    audit.record(tx, "team.rename", row_id=team.id)
    return team


def give_clients(tx: Tx, team_id: UUID, clients: Collection[UUID]) -> int:
    """These clients' calls go to this team's people from now on; returns how many. All of them or none."""
    team = acts.team_of(tx, Action.VIEW_ROTA, team_id)
    if not clients:
        raise Invalid.field("clients", "choose at least one client")
    if len(clients) > MOST_AT_ONCE:
        raise Invalid.field("clients", f"at most {MOST_AT_ONCE} at once")
    first = acts.teams(tx)[0].id
    for client_id in sorted(set(clients)):
        acts.put_client_in_team(tx, client_id, None if team.id == first else team.id)
    return len(set(clients))


def client_counts(tx: Tx) -> dict[UUID, int]:
    """How many clients each team has; those without one of their own count with the first."""
    access.require(tx, Action.VIEW_ROTA)
    query = (
        select(Client.team_id, func.count())
        .where(Client.programme_id == programmes.of_actor(tx).id, Client.discharged_at.is_(None))
        .group_by(Client.team_id)
    )
    first = acts.teams(tx)[0].id
    found: dict[UUID, int] = {}
    for team_id, count in tx.session.execute(query):
        found[team_id or first] = found.get(team_id or first, 0) + count
    return found
