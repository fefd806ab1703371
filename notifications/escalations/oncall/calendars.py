"""A team's calendar as it stands in the database. What cannot be read never stops a call.

A rota whose body is broken counts as one without a shift: a hole, which is passed at once and told days ahead.
Whoever left, or may not be on call, counts as away with nobody in their place.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from notifications.escalations.agreed import facts_of
from notifications.escalations.hours import HORIZON
from notifications.escalations.oncall.models import AbsenceRow, OverrideRow, RotaRow
from notifications.escalations.rotas.held import Held, held
from notifications.escalations.rotas.problems import problems
from notifications.escalations.rotas.rota import Absence, Calendar, HolidayShift, Override, Rota, Shift
from server.core.db import Tx
from server.people.models import Client, Programme, Staff
from server.people.roles import Action, reach
from server.people.teams import CALENDAR, CHANGED, Team
from server.people.terms import Role

log = logging.getLogger("handrail.escalations")

LOOK_BACK = timedelta(days=4)
"""What is over for longer says nothing about duty or rest from now on."""

ON_CALL_ROLES = tuple(role for role in Role if role is not Role.CLIENT and reach(role, Action.ACT_ON_CASE))
"""Who may be on call: whoever may act on a case at all."""

_ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)
_MOST_KNOWN = 512


class Known(Struct):
    """A calendar as it was under one mark of the programme's, and what it holds by the day it was worked out."""

    mark: int
    calendar: Calendar
    held: dict[date, Held | None] = {}


_known: dict[tuple[UUID, UUID | None], Known] = {}


def calendar_of(tx: Tx, programme_id: UUID, team_id: UUID | None) -> Calendar:
    """The team's calendar, as of now; that of the programme's first team where there is no id.

    Read once for each mark of the programme's calendars, so that a process goes on with what it has read.
    """
    return _of(tx, programme_id, team_id).calendar


def calendar_for(tx: Tx, programme_id: UUID, client_id: UUID) -> Calendar:
    """The calendar of the client's team; an empty one where it cannot be read at all."""
    try:
        with tx.savepoint():
            team_id = tx.connection.execute(select(Client.team_id).where(Client.id == client_id)).scalar_one()
            return calendar_of(tx, programme_id, team_id)
    except OperationalError:
        raise  # a deadlock, which runs the whole work again, or the database itself: nothing would be stored
    except Exception as error:
        log.error("client %s: the calendar of duty cannot be read: %s", client_id, type(error).__name__)
        return Calendar()


def held_for(tx: Tx, programme_id: UUID, team_id: UUID | None) -> Held | None:
    """What the team's calendar holds for promises from today on; None where it has no rota."""
    known = _of(tx, programme_id, team_id)
    today = tx.now.astimezone(UTC).date()
    if today not in known.held:
        known.held.clear()
        known.held[today] = held(known.calendar, datetime.combine(today, time(0), UTC))
    return known.held[today]


def _of(tx: Tx, programme_id: UUID, team_id: UUID | None) -> Known:
    key = (programme_id, team_id)
    mark = _mark(tx, programme_id)
    changed = tx.seen.get(CHANGED, False)
    known = None if changed else _known.get(key)
    if known is None or known.mark != mark:
        known = Known(mark, _read(tx, programme_id, team_id) if mark else Calendar())
        if not changed:
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[key] = known
    return known


def _mark(tx: Tx, programme_id: UUID) -> int:
    """0 as long as nothing was ever entered. A request of the programme's own people brings it along."""
    if tx.actor.programme_id == programme_id and CALENDAR in tx.seen:
        return tx.seen[CALENDAR]
    query = select(Programme.calendar_mark).where(Programme.id == programme_id)
    return tx.connection.execute(query).scalar_one()


def default_team(tx: Tx, programme_id: UUID) -> UUID | None:
    """The programme's first team; None before anything was entered."""
    query = select(Team.id).where(Team.programme_id == programme_id).order_by(Team.id).limit(1)
    return tx.connection.execute(query).scalar_one_or_none()


def _read(tx: Tx, programme_id: UUID, team_id: UUID | None) -> Calendar:
    entered = as_entered(tx, programme_id, team_id or default_team(tx, programme_id))
    gone = _gone(tx, programme_id, entered)
    until = tx.now + 2 * HORIZON
    away = [Absence(person=person, from_at=_ALWAYS, to_at=until, backup=None) for person in gone]
    return replace(entered, absences=(*entered.absences, *away))


def as_entered(tx: Tx, programme_id: UUID, team_id: UUID | None) -> Calendar:
    """The calendar without asking who still works here; for writing it to a file."""
    since = tx.now - LOOK_BACK
    absences = select(AbsenceRow).where(
        AbsenceRow.programme_id == programme_id,
        AbsenceRow.withdrawn_at.is_(None),
        AbsenceRow.to_at > since,
    )
    overrides = select(OverrideRow).where(
        OverrideRow.team_id == team_id, OverrideRow.withdrawn_at.is_(None), OverrideRow.to_at > since
    )
    return Calendar(
        rotas=tuple(_rotas(tx, programme_id, team_id)),
        overrides=tuple(override_of(row) for row in tx.session.scalars(overrides.order_by(OverrideRow.id))),
        absences=tuple(absence_of(row) for row in tx.session.scalars(absences.order_by(AbsenceRow.id))),
    )


def _rotas(tx: Tx, programme_id: UUID, team_id: UUID | None) -> Iterator[Rota]:
    """The rota that was in force a few days ago, and those that follow."""
    standing = (RotaRow.team_id == team_id, RotaRow.withdrawn_at.is_(None))
    began = (tx.now - LOOK_BACK).date() - timedelta(days=1)
    latest = select(func.max(RotaRow.starts_on)).where(*standing, RotaRow.starts_on <= began)
    since = tx.connection.execute(latest).scalar_one() or began
    query = select(RotaRow).where(*standing, RotaRow.starts_on >= since).order_by(RotaRow.starts_on)
    for row in tx.session.scalars(query):
        nobody = Rota(zone=facts_of(tx, programme_id).zone, starts_on=row.starts_on)
        yield readable(row) or nobody


def readable(row: RotaRow) -> Rota | None:
    """The rota in a row; None where the row holds none that can be used."""
    try:
        found = msgspec.convert(row.body, Rota)
        wrong = problems(found, {shift.person for shift in _shifts(found)})
        if not wrong and found.starts_on == row.starts_on:
            return found
        log.error("rota %s cannot be used: %s", row.id, wrong[0].path if wrong else "starts_on")
    except Exception as error:  # whatever stands there, calls go on without it
        log.error("rota %s cannot be read: %s", row.id, type(error).__name__)
    return None


def override_of(row: OverrideRow) -> Override:
    """The override in a row."""
    return Override(
        layer=row.layer,
        from_at=row.from_at,
        to_at=row.to_at,
        person_in=row.person_in,
        person_out=row.person_out,
    )


def absence_of(row: AbsenceRow) -> Absence:
    """The absence in a row."""
    return Absence(person=row.person, from_at=row.from_at, to_at=row.to_at, backup=row.backup)


def _gone(tx: Tx, programme_id: UUID, calendar: Calendar) -> list[UUID]:
    """Everybody named in the calendar who cannot be called by it any more."""
    backups = {one.backup for one in calendar.absences if one.backup}
    return sorted((people_of(calendar) | backups) - on_call_people(tx, programme_id))


def people_of(calendar: Calendar) -> set[UUID]:
    """Everybody who stands in a calendar's shifts and overrides."""
    named = {shift.person for rota in calendar.rotas for shift in _shifts(rota)}
    return named | {one.person_in for one in calendar.overrides if one.person_in}


def has_calendars(tx: Tx, programme_id: UUID) -> bool:
    """Whether anything of duty was ever entered in the programme."""
    return bool(_mark(tx, programme_id))


def on_call_people(tx: Tx, programme_id: UUID) -> set[UUID]:
    """Everybody of a programme who may be on call now."""
    query = select(Staff.id).where(
        Staff.programme_id == programme_id, Staff.role.in_(ON_CALL_ROLES), Staff.left_at.is_(None)
    )
    return set(tx.connection.execute(query).scalars())


def _shifts(rota: Rota) -> Iterable[Shift | HolidayShift]:
    return (*rota.primary, *rota.backup, *rota.holiday_primary, *rota.holiday_backup)
