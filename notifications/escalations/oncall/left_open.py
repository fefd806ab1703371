"""What a rota or an absence leaves open, in words for whoever has entered it. Nothing of this refuses it."""

from datetime import datetime, time, timedelta
from uuid import UUID

from msgspec.structs import replace

from notifications.escalations.oncall import acts
from notifications.escalations.oncall.calendars import absence_of, calendar_of
from notifications.escalations.oncall.findings import holes_in
from notifications.escalations.oncall.models import AbsenceRow, RotaRow
from notifications.escalations.rotas.duty import instant, stretches
from notifications.escalations.rotas.holes import hole_sentence
from notifications.escalations.rotas.rota import Absence, Calendar, Stretch
from server.core.db import Tx
from server.people import programmes
from server.people.roles import Action

SHOWN = timedelta(days=14)
LONGEST = timedelta(days=60)
"""Of a longer absence this much is looked at."""


def by_rota(tx: Tx, rota_id: UUID) -> list[str]:
    """The holes of its team in the two weeks from now, or from its first day where that is to come."""
    row = tx.session.get(RotaRow, rota_id)
    if row is None or row.withdrawn_at is not None:
        return []
    team = acts.team_of(tx, Action.VIEW_ROTA, row.team_id)
    calendar = calendar_of(tx, team.programme_id, team.id)
    zone = next((rota.zone for rota in calendar.rotas if rota.starts_on == row.starts_on), None)
    if zone is None:  # a later one holds already
        return []
    from_at = max(tx.now, instant(zone, row.starts_on, time(0)))
    return [hole_sentence(one, zone) for one in holes_in(calendar, from_at, from_at + SHOWN)]


def by_absence(tx: Tx, absence_id: UUID) -> list[str]:
    """The holes it makes in any team; each begins with the team's name where there is more than one."""
    programme = programmes.of_actor(tx)
    row = tx.session.get(AbsenceRow, absence_id)
    if row is None or row.programme_id != programme.id or row.withdrawn_at is not None:
        return []
    teams, found = acts.teams(tx), list[str]()
    for team in teams:
        named = f"{team.name}: " if len(teams) > 1 else ""
        holes = _made(calendar_of(tx, programme.id, team.id), absence_of(row), tx.now)
        found += [f"{named}{hole_sentence(one, programme.zone)}" for one in holes]
    return found


def _made(calendar: Calendar, absence: Absence, now: datetime) -> list[Stretch]:
    """The holes within an absence in which somebody would be on without it."""
    without = replace(calendar, absences=tuple(one for one in calendar.absences if one != absence))
    from_at = max(now, absence.from_at)
    found = holes_in(calendar, from_at, min(absence.to_at, from_at + LONGEST))
    return [
        one
        for one in found
        if any(each.on.person for each in stretches(without, one.on.layer, one.from_at, one.to_at))
    ]
