"""Who is on duty, now or in the days ahead, and could not be told: found before it matters."""

from datetime import timedelta
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from notifications.delivery import reachable, serving
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.rotas import turns
from notifications.escalations.rotas.duty import BOTH
from notifications.escalations.rotas.turns import Turn
from server.core.db import Tx
from server.people.teams import Team


class OnDuty(Struct, frozen=True):
    """Somebody's next turn, or the one under way, and the team it is in."""

    turn: Turn
    team: str


def on_duty_ahead(tx: Tx, programme_id: UUID, ahead: timedelta) -> dict[UUID, OnDuty]:
    """Everybody who is on duty in some team from now on, with the first of their turns."""
    found: dict[UUID, OnDuty] = {}
    query = select(Team.id, Team.name).where(Team.programme_id == programme_id).order_by(Team.id)
    for team_id, name in tx.session.execute(query).all():
        calendar = calendar_of(tx, programme_id, team_id)
        for layer in BOTH:
            for turn in turns.turns(calendar, layer, tx.now, tx.now + ahead):
                known = found.get(turn.person)
                if known is None or turn.from_at < known.turn.from_at:
                    found[turn.person] = OnDuty(turn, name)
    return found


def silent_on_duty(tx: Tx, programme_id: UUID, ahead: timedelta) -> list[UUID]:
    """Those on duty from now on who have no way that works at all. Nobody while no channel is carried by anybody:
    then it is the service that is broken, and other alarms say so."""
    if not serving.served(tx):
        return []
    people = on_duty_ahead(tx, programme_id, ahead)
    hard = reachable.without_channel(tx, list(people), programme_id)
    return [each.staff_id for each in hard if each.silent]
