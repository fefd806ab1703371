"""What staff see of calendars of duty: everybody of the programme may look, since anybody may need to know."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from msgspec import structs
from sqlalchemy import select

from notifications.escalations.oncall import acts, left_open
from notifications.escalations.oncall.calendars import (
    LOOK_BACK,
    calendar_of,
    has_calendars,
    people_of,
    readable,
)
from notifications.escalations.oncall.findings import holes_in
from notifications.escalations.oncall.models import AbsenceRow, OverrideRow, RotaRow
from notifications.escalations.oncall.schemas import (
    AbsenceOut,
    OverrideOut,
    Preview,
    RotaOut,
    RotaStored,
    ShortRestOut,
    StretchOut,
    TeamOut,
)
from notifications.escalations.rotas import duty, holes
from notifications.escalations.rotas.rota import Calendar, Layer, Stretch
from notifications.escalations.schemas import Named
from server.core.db import Tx
from server.people import access, programmes, queries
from server.people.roles import Action
from server.people.teams import Team


def teams(tx: Tx) -> list[TeamOut]:
    """The programme's teams, the first one first."""
    access.require(tx, Action.VIEW_ROTA)
    found = enumerate(acts.teams(tx))
    return [TeamOut(row.id, row.name, first=not index, version=row.version) for index, row in found]


def own_team(tx: Tx) -> UUID | None:
    """The team in whose calendar the acting person stands, else the first; None before anything was entered."""
    programme = programmes.of_actor(tx)
    if not has_calendars(tx, programme.id):
        return None
    query = select(Team.id).where(Team.programme_id == programme.id).order_by(Team.id)
    found = list(tx.connection.execute(query).scalars())
    named = (one for one in found if tx.actor.id in people_of(calendar_of(tx, programme.id, one)))
    return next(named, found[0] if found else None)


def rotas(tx: Tx, team_id: UUID) -> list[RotaOut]:
    """The rota in force and those that follow; what came before is over."""
    team = acts.team_of(tx, Action.VIEW_ROTA, team_id)
    query = select(RotaRow).where(RotaRow.team_id == team.id, RotaRow.withdrawn_at.is_(None))
    rows = list(tx.session.scalars(query.order_by(RotaRow.starts_on)))
    began = [row.starts_on for row in rows if row.starts_on <= tx.now.date()]
    rows = [row for row in rows if not began or row.starts_on >= began[-1]]
    names = queries.names(tx, [row.made_by for row in rows])
    return [rota_out(row, names) for row in rows]


def rota_out(row: RotaRow, names: dict[UUID, str]) -> RotaOut:
    """A rota as stored."""
    return RotaOut(
        id=row.id,
        starts_on=row.starts_on,
        rota=readable(row),
        made_by=_named(row.made_by, names),
        made_at=row.made_at,
        version=row.version,
    )


def overrides(tx: Tx, team_id: UUID) -> list[OverrideOut]:
    """What was overridden and is not over, in the order it was made."""
    team = acts.team_of(tx, Action.VIEW_ROTA, team_id)
    query = select(OverrideRow).where(
        OverrideRow.team_id == team.id, OverrideRow.withdrawn_at.is_(None), OverrideRow.to_at > tx.now
    )
    rows = list(tx.session.scalars(query.order_by(OverrideRow.id)))
    names = queries.names(tx, {who for row in rows for who in (row.person_in, row.person_out, row.made_by)})
    return [
        OverrideOut(
            id=row.id,
            layer=row.layer,
            from_at=row.from_at,
            to_at=row.to_at,
            person_in=_named(row.person_in, names),
            person_out=_named(row.person_out, names),
            made_by=_named(row.made_by, names),
            made_at=row.made_at,
        )
        for row in rows
    ]


def absences(tx: Tx) -> list[AbsenceOut]:
    """Everybody of the programme who is away or will be, in order of time."""
    access.require(tx, Action.VIEW_ROTA)
    query = select(AbsenceRow).where(
        AbsenceRow.programme_id == programmes.of_actor(tx).id,
        AbsenceRow.withdrawn_at.is_(None),
        AbsenceRow.to_at > tx.now,
    )
    rows = list(tx.session.scalars(query.order_by(AbsenceRow.from_at, AbsenceRow.id)))
    names = queries.names(tx, {who for row in rows for who in (row.person, row.backup, row.made_by)})
    return [
        AbsenceOut(
            id=row.id,
            person=Named.of(row.person, names),
            from_at=row.from_at,
            to_at=row.to_at,
            backup=_named(row.backup, names),
            made_by=_named(row.made_by, names),
        )
        for row in rows
    ]


def preview(tx: Tx, team_id: UUID, days: int = 14) -> Preview:
    """Who is on call from now on, and what is wrong with it."""
    team = acts.team_of(tx, Action.VIEW_ROTA, team_id)
    return preview_of(tx, calendar_of(tx, team.programme_id, team.id), timedelta(days=days))


def preview_of(tx: Tx, calendar: Calendar, ahead: timedelta) -> Preview:
    """The same of any calendar, such as one that a file would make."""
    until = tx.now + ahead
    found = holes.preview(calendar, tx.now, until) if calendar.rotas or calendar.overrides else ()
    empty = holes_in(calendar, tx.now, until)
    found = tuple(one for one in found if one.on.person or _meets_any(one, empty))
    short = holes.short_rests(calendar, tx.now, until)
    both = holes.both_rungs(calendar, tx.now, until)
    people = {who for one in found for who in (one.on.person, one.on.instead_of)}
    names = queries.names(tx, people | {one.person for one in (*short, *both)})
    zone = calendar.rotas[0].zone if calendar.rotas else programmes.of_actor(tx).zone
    return Preview(
        stretches=[_stretch(one, names) for one in found],
        holes=[holes.hole_sentence(one, zone) for one in empty],
        short_rests=[ShortRestOut(Named.of(one.person, names), one.off_at, one.on_at) for one in short],
        both_rungs=[holes.both_sentence(one, Named.of(one.person, names).name, zone) for one in both],
    )


def on_call_now(tx: Tx, calendar: Calendar) -> list[StretchOut]:
    """Who is on each rung at this moment, and until when; nobody of a team without a calendar."""
    if not calendar.rotas and not calendar.overrides:
        return []
    found: list[Stretch] = []
    for layer in Layer:
        ahead = duty.stretches(calendar, layer, tx.now, tx.now + LOOK_BACK)
        found += [one for one in ahead[:1] if one.on.person is not None]
    names = queries.names(tx, [one.on.person for one in found])
    return [_stretch(one, names) for one in found]


def _stretch(one: Stretch, names: dict[UUID, str]) -> StretchOut:
    return StretchOut(
        layer=one.on.layer,
        from_at=one.from_at,
        to_at=one.to_at,
        person=_named(one.on.person, names),
        why=one.on.why,
        instead_of=_named(one.on.instead_of, names),
    )


def _meets_any(one: Stretch, others: Iterable[Stretch]) -> bool:
    return any(
        one.on.layer is other.on.layer and one.from_at < other.to_at and other.from_at < one.to_at
        for other in others
    )


def rota_stored(tx: Tx, row: RotaRow) -> RotaStored:
    """A rota that has just been stored, with what it leaves open."""
    out = rota_out(row, queries.names(tx, [row.made_by]))
    return RotaStored(**structs.asdict(out), holes=left_open.by_rota(tx, row.id))


def _named(staff_id: UUID | None, names: dict[UUID, str]) -> Named | None:
    return Named.of(staff_id, names) if staff_id else None
