"""What supervisors are told of days ahead: holes in the calendar of duty, too little rest, one person on both rungs.

Rule: once a day, from eight in the morning where the programme is, each programme with a rota is looked at for the
next seven days. Where something was found, every supervisor and administrator is told that there is something; what
it is stands behind the sign-in. The same look finds whoever is on duty then and has no way that works, which is told
to supervisors (silences.py says who is not). A change of duty that leaves nobody on before the next look is told at
once, at any hour.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select

from notifications.delivery.messages import Kind
from notifications.delivery.retry import Priority
from notifications.escalations.oncall import looks, silences, unreachable
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.oncall.models import RotaLook
from notifications.escalations.rotas import holes
from notifications.escalations.rotas.duty import instant, stretches
from notifications.escalations.rotas.holes import BothRungs, ShortRest
from notifications.escalations.rotas.rota import Calendar, Layer, Stretch
from server.core.db import Database, Tx
from server.core.tables import new_id
from server.core.zones import zone
from server.people import access, programmes
from server.people.models import Programme
from server.people.roles import Action
from server.people.teams import Team

TOLD_AHEAD = timedelta(days=7)
_WATCHED = "sudden_holes"
"""Where a transaction keeps that a change of duty is under way, whose end is looked at."""


class Found(Struct, frozen=True, kw_only=True):
    """What is wrong with a team's duty in the days ahead; `zone` is that of its rota."""

    team_id: UUID
    team: str
    zone: str
    holes: tuple[Stretch, ...]
    short_rests: tuple[ShortRest, ...]
    both_rungs: tuple[BothRungs, ...]


def holes_ahead(tx: Tx, days: int = 14) -> list[Found]:
    """What is wrong with the acting person's programme, team by team; a team without a rota has nothing."""
    access.require(tx, Action.VIEW_ROTA)
    return _ahead(tx, programmes.of_actor(tx).id, timedelta(days=days))


def _ahead(tx: Tx, programme_id: UUID, ahead: timedelta) -> list[Found]:
    query = select(Team.id, Team.name).where(Team.programme_id == programme_id).order_by(Team.id)
    found: list[Found] = []
    for team_id, name in tx.session.execute(query):
        calendar = calendar_of(tx, programme_id, team_id)
        if not calendar.rotas:
            continue
        one = Found(
            team_id=team_id,
            team=name,
            zone=calendar.rotas[0].zone,
            holes=holes_in(calendar, tx.now, tx.now + ahead),
            short_rests=holes.short_rests(calendar, tx.now, tx.now + ahead),
            both_rungs=holes.both_rungs(calendar, tx.now, tx.now + ahead),
        )
        found += [one] if one.holes or one.short_rests or one.both_rungs else []
    return found


def holes_in(calendar: Calendar, from_at: datetime, to_at: datetime) -> tuple[Stretch, ...]:
    """The holes a team has to know of: from its first rota on, and on the second rung only where it has one."""
    began_at = _began_at(calendar)
    if began_at is None:
        return ()
    from_at = max(from_at, began_at)
    second = any(rota.backup or rota.holiday_backup for rota in calendar.rotas)
    second = second or any(one.layer is Layer.BACKUP for one in calendar.overrides)
    found = holes.holes(calendar, from_at, to_at) if from_at < to_at else ()
    return tuple(one for one in found if second or one.on.layer is Layer.PRIMARY)


def look_ahead(db: Database) -> int:
    """Look at every programme that was not looked at today; returns at how many. Safe to run twice, and anywhere."""
    return looks.look_at_each(db, _due, _look, "its calendar")


def _due(tx: Tx) -> list[UUID]:
    query = select(Programme.id, Programme.zone).where(Programme.calendar_mark != 0)
    looked = select(RotaLook.programme_id, func.max(RotaLook.looked_on)).group_by(RotaLook.programme_id)
    last = {row[0]: row[1] for row in tx.session.execute(looked)}
    found: list[UUID] = []
    for programme_id, name in tx.session.execute(query):
        here = tx.now.astimezone(zone(name))
        if here.hour >= looks.LOOKED_FROM and last.get(programme_id, date.min) < here.date():
            found.append(programme_id)
    return found


@contextmanager
def sudden_holes_told(tx: Tx, programme_id: UUID) -> Generator[None]:
    """Around a change of duty: where it leaves nobody on before the next look, that is told at once.

    Only what is new counts, so that nothing is told twice: somebody was on there before, or no rota of the team had
    begun by then. Changes within a change are one. Whoever changes anything marks the calendar by it, which holds the
    programme's row: the look of the day comes before or after, not meanwhile.
    """
    if tx.seen.get(_WATCHED):
        yield
        return
    tx.seen[_WATCHED] = True
    try:
        before = _calendars(tx, programme_id)
        yield
    finally:
        del tx.seen[_WATCHED]
    until = looks.next_look(tx, programme_id)
    begins = [
        hole.from_at
        for team_id, after in _calendars(tx, programme_id).items()
        for hole in holes_in(after, tx.now, until)
        if _is_new(before.get(team_id, Calendar()), hole)
    ]
    if begins:
        # of use until it begins; what has begun already is read late rather than never
        expires_at = max(min(begins), tx.now + timedelta(hours=1))
        told = f"rota:sudden:{new_id()}"
        looks.tell(tx, looks.menders(tx, programme_id), Kind.ROTA_GAP, told, expires_at=expires_at)


def _calendars(tx: Tx, programme_id: UUID) -> dict[UUID, Calendar]:
    query = select(Team.id).where(Team.programme_id == programme_id).order_by(Team.id)
    return {team_id: calendar_of(tx, programme_id, team_id) for team_id in tx.session.scalars(query).all()}


def _is_new(before: Calendar, hole: Stretch) -> bool:
    began_at = _began_at(before)
    if began_at is None or hole.from_at < began_at:
        return True
    return any(one.on.person for one in stretches(before, hole.on.layer, hole.from_at, hole.to_at))


def _began_at(calendar: Calendar) -> datetime | None:
    """When the team's first rota begins; None where it has none."""
    first = min(calendar.rotas, key=lambda rota: rota.starts_on, default=None)
    return instant(first.zone, first.starts_on, time(0)) if first else None


def _look(tx: Tx, programme_id: UUID) -> int:
    """Note the day, and tell whoever can fill a gap; 0 where another node noted it at this moment."""
    held = select(Programme.id).where(Programme.id == programme_id).with_for_update(key_share=True)
    tx.session.execute(held)  # a change of duty under way is waited for, and the next one knows of this look
    today = tx.now.astimezone(zone(programmes.facts(tx, programme_id).zone)).date()
    found = _ahead(tx, programme_id, TOLD_AHEAD)
    count = sum(len(one.holes) + len(one.short_rests) + len(one.both_rungs) for one in found)
    row = {"programme_id": programme_id, "looked_on": today, "looked_at": tx.now, "found": count}
    kept = tx.upsert(RotaLook).values(**row).on_conflict_do_nothing().returning(RotaLook.looked_on)
    if tx.session.execute(kept).one_or_none() is None:
        return 0
    if count:
        looks.tell(tx, looks.menders(tx, programme_id), Kind.ROTA_GAP, f"rota:{programme_id}:{today}")
    silent = unreachable.silent_on_duty(tx, programme_id, TOLD_AHEAD)
    if silences.newly_silent(tx, programme_id, silent, again_after=looks.OF_USE):
        silences.tell(tx, programme_id, f"silent:{programme_id}:{today}", Priority.NORMAL)
    return 1
