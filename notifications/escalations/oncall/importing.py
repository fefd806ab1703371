"""A calendar file as a team's calendar: first tried without changing anything, then applied whole or not at all.

Rule: the series of a file take the place of the team's rotas and overrides from the first of them on; whoever stands
in before that still does (rotas/taking_over.py), and who is away stays. A file of single events alone only adds
overrides.
"""

import hashlib
from collections import Counter
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select, update

from notifications.escalations.oncall import acts
from notifications.escalations.oncall.calendars import as_entered, calendar_of, on_call_people, override_of
from notifications.escalations.oncall.findings import sudden_holes_told
from notifications.escalations.oncall.models import OverrideRow, RotaRow
from notifications.escalations.rotas import ical, ical_in
from notifications.escalations.rotas.ical_in import Imported
from notifications.escalations.rotas.rota import Calendar, Layer, Rota
from notifications.escalations.rotas.taking_over import begins_at, left_of
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict
from server.core.zones import zone as zone_called
from server.people import programmes, queries
from server.people.models import Programme, Staff
from server.people.roles import Action
from server.people.teams import Team, calendar_changed

STALE = "The calendar, the staff or the day is another one than at the dry run. Look again before you apply the file."

AHEAD = timedelta(days=90)
"""How far ahead a file tells who is on duty."""


class Sent(Struct, frozen=True, kw_only=True):
    """A file, the zone for times that name none, and the rung for events that name none."""

    data: bytes
    zone: str | None = None
    layer: Layer | None = None


class Dry(Struct, frozen=True, kw_only=True):
    """What a file would do: what it holds, the calendar as it would be, and the mark to apply exactly this by.

    `from_on`: the day from which its series count; None where they do from now on, or there are none.
    """

    holds: Imported
    calendar: Calendar
    mark: str
    from_on: date | None


def dry_run(tx: Tx, team_id: UUID, sent: Sent) -> Dry:
    """Read the file and compare; nothing changes. Invalid names the line of each problem."""
    return _dry(tx, acts.team_of(tx, Action.EDIT_ROTA, team_id), sent)


def apply(tx: Tx, team_id: UUID, sent: Sent, mark: str) -> Dry:
    """Exactly what the dry run with this mark showed; Conflict where something changed since."""
    team = acts.team_of(tx, Action.EDIT_ROTA, team_id, lock=True)
    dry = _dry(tx, team, sent)
    if dry.mark != mark:
        raise Conflict(STALE)
    with sudden_holes_told(tx, team.programme_id):
        if dry.holds.rotas:
            _make_room(tx, team, dry)
        for rota in dry.holds.rotas:
            acts.store_rota(tx, team.id, rota)
        for override in dry.holds.overrides:
            if override.to_at > tx.now:
                acts.add_override(tx, team.id, override)
    counts: dict[str, object] = {"rotas": len(dry.holds.rotas), "overrides": len(dry.holds.overrides)}
    audit.record(tx, "rota.import", row_id=team.id, data=counts)
    return dry


def _dry(tx: Tx, team: Team, sent: Sent) -> Dry:
    today = tx.now.astimezone(zone_called(programmes.of_actor(tx).zone)).date()
    holds = ical_in.read(sent.data, people(tx, team.programme_id), today, sent.zone, sent.layer)
    before = as_entered(tx, team.programme_id, team.id)
    rest = before.rotas[-1].min_rest_hours if before.rotas else None
    if rest is not None:
        rotas = tuple(replace(rota, min_rest_hours=rest) for rota in holds.rotas)
        holds = replace(holds, rotas=rotas)
    rotas, stays, from_on = (*_before(before, holds), *holds.rotas), before.overrides, None
    if holds.rotas:
        begins = begins_at(rotas, holds.rotas[0], tx.now)
        stays = tuple(left for one in before.overrides if (left := left_of(one, begins)))
        from_on = holds.rotas[0].starts_on if max(begins.values()) > tx.now else None
    after = Calendar(rotas=rotas, overrides=(*stays, *holds.overrides), absences=before.absences)
    mark = select(Programme.calendar_mark).where(Programme.id == team.programme_id)
    stands = f"{team.id} {today} {sent.zone} {sent.layer} {tx.connection.execute(mark).scalar_one()} "
    digest = hashlib.sha256(stands.encode() + sent.data).hexdigest()
    return Dry(holds=holds, calendar=after, mark=digest, from_on=from_on)


def _make_room(tx: Tx, team: Team, dry: Dry) -> None:
    """Take back what the series of the file take the place of; an override that reaches into them is cut, on record."""
    first, taken_back = dry.holds.rotas[0], {"withdrawn_by": tx.actor.id, "withdrawn_at": tx.now}
    old = (RotaRow.team_id == team.id, RotaRow.withdrawn_at.is_(None), RotaRow.starts_on >= first.starts_on)
    tx.session.execute(update(RotaRow).where(*old).values(**taken_back))
    begins = begins_at(dry.calendar.rotas, first, tx.now)
    ahead = select(OverrideRow).where(
        OverrideRow.team_id == team.id, OverrideRow.withdrawn_at.is_(None), OverrideRow.to_at > tx.now
    )
    for row in tx.session.scalars(ahead.order_by(OverrideRow.id).with_for_update()):
        left = left_of(override_of(row), begins)
        if left is None:
            row.withdrawn_by, row.withdrawn_at = tx.actor.id, tx.now
        elif left.to_at < row.to_at:
            data: dict[str, object] = {"team": str(team.id), "to_at": row.to_at.isoformat()}
            audit.record(tx, "rota.override.cut", row_id=row.id, data=data)
            row.to_at = left.to_at
    tx.session.flush()
    calendar_changed(tx, team.programme_id)


def _before(calendar: Calendar, holds: Imported) -> list[Rota]:
    first = holds.rotas[0].starts_on if holds.rotas else None
    return [rota for rota in calendar.rotas if first is None or rota.starts_on < first]


def people(tx: Tx, programme_id: UUID) -> dict[str, UUID]:
    """Whoever may be on call, by e-mail address, and by name where no two have the same."""
    rows = tx.session.scalars(select(Staff).where(Staff.id.in_(on_call_people(tx, programme_id))))
    staff = [queries.staff_out(tx, row, with_email=True) for row in rows]
    count = Counter(one.name.casefold() for one in staff)
    by_name = {one.name: one.id for one in staff if count[one.name.casefold()] == 1}
    return by_name | {one.email: one.id for one in staff if one.email}


def written(tx: Tx, team_id: UUID, *, pattern: bool) -> bytes:
    """The team's calendar as a file: who is on duty for the next 90 days, or the shifts as series to take back in."""
    team = acts.team_of(tx, Action.VIEW_ROTA, team_id)
    entered = as_entered(tx, team.programme_id, team.id)
    names = queries.names(tx, on_call_people(tx, team.programme_id))
    writing = ical.Writing(names=names, team=str(team.id), made_at=tx.now)
    if pattern:
        return ical.pattern_file(entered, writing, tx.now)
    return ical.duty_file(calendar_of(tx, team.programme_id, team.id), writing, tx.now, tx.now + AHEAD)
