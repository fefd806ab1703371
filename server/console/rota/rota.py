"""What the page of who is on call shows: now, the days ahead with their holes, stand-ins, who is away."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifications.escalations.agreed import agreed_by
from notifications.escalations.oncall import left_open
from notifications.escalations.oncall import queries as calendar_queries
from notifications.escalations.oncall.calendars import calendar_of, on_call_people
from notifications.escalations.oncall.on_call_at import of_calendar
from notifications.escalations.oncall.schemas import Preview, ShortRestOut, StretchOut, TeamOut
from notifications.escalations.policy import ON_CALL
from notifications.escalations.rotas.rota import Layer, Why
from notifications.escalations.tiers import Tier
from server.console.words import day_words, span
from server.core.db import Tx
from server.core.errors import NotFound
from server.core.zones import zone
from server.people import programmes, queries
from server.people.roles import Action, Relation, reach

DAYS = 14
RUNGS = {Layer.PRIMARY: "First rung", Layer.BACKUP: "Second rung"}
WHY = {
    Why.HOLIDAY: "holiday",
    Why.NO_SHIFT: "no shift here",
    Why.ANNOUNCED: "left empty on purpose",
}
_LEFT_BY = {"saved": left_open.by_rota, "away": left_open.by_absence}
_MOST_HOLES = 12


class Part(Struct, frozen=True, kw_only=True):
    """A line in a day: from when until when, who, and why where that is not the usual shift."""

    span: str
    who: str | None
    why: str


class Day(Struct, frozen=True, kw_only=True):
    """A day ahead, rung by rung."""

    words: str
    today: bool
    rungs: tuple[tuple[Part, ...], ...]


def team_of(tx: Tx, team_id: UUID | None) -> tuple[TeamOut, list[TeamOut]]:
    """The team that was asked for, else the reader's own, and all teams; NotFound for one of elsewhere."""
    teams = calendar_queries.teams(tx)
    wanted = team_id or calendar_queries.own_team(tx)
    found = next((one for one in teams if one.id == wanted), None)
    if found is None and team_id is not None:
        raise NotFound
    return found or teams[0], teams


def team_page(path: str, team_id: UUID | None, done: str, of: UUID | None = None) -> str:
    """A page of this team's, or of the reader's own, that says what has just been done, and `of` which row."""
    named = f"{path}?team={team_id}&done={done}" if team_id else f"{path}?done={done}"
    return f"{named}&of={of}" if of else named


def shown(tx: Tx, team_id: UUID | None) -> dict[str, Any]:
    """The page of one team."""
    team, teams = team_of(tx, team_id)
    here = zone(programmes.of_actor(tx).zone)
    calendar = calendar_of(tx, programmes.of_actor(tx).id, team.id)
    preview = calendar_queries.preview_of(tx, calendar, ahead(tx))
    colleagues = people(tx)
    return {
        **parts(tx, preview),
        "team": team,
        "teams": teams,
        "now_on": calendar_queries.on_call_now(tx, calendar),
        "on_call": of_calendar(tx, calendar, tx.now),
        "rotas": calendar_queries.rotas(tx, team.id),
        "overrides": calendar_queries.overrides(tx, team.id),
        "absences": calendar_queries.absences(tx),
        "may_edit": reach(tx.actor.role, Action.EDIT_ROTA) is not None,
        "for_all": reach(tx.actor.role, Action.ENTER_ABSENCE) is Relation.PROGRAMME,
        "me": tx.actor.id,
        "people": colleagues,
        "duties": [(key_of(one), duty_words(one, here, tx.now)) for one in preview.stretches if _usable(one)],
        "zone_name": here.key,
        "rungs": RUNGS,
        "in_policy": _in_policy(tx),
    }


def left(tx: Tx, done: str, of: UUID | None) -> list[str]:
    """What the rota or the absence that was just entered leaves open."""
    look = _LEFT_BY.get(done)
    return look(tx, of) if look and of else []


def _in_policy(tx: Tx) -> bool:
    """Whether any rung of the programme calls who is on call."""
    policy = agreed_by(tx, programmes.of_actor(tx).id).policy
    routes = (route for tier in Tier for rung in policy.of(tier).rungs for route in rung.routes)
    return any(ON_CALL & {*route} for route in routes)


def parts(tx: Tx, preview: Preview) -> dict[str, Any]:
    """A preview as the pages show it: days, and what is wrong with them in words."""
    here = zone(programmes.of_actor(tx).zone)
    return {
        "days": days_of(preview.stretches, here, tx.now),
        "holes": preview.holes[:_MOST_HOLES],
        "more_holes": max(0, len(preview.holes) - _MOST_HOLES),
        "short_rests": [_rest_words(one, here, tx.now) for one in preview.short_rests],
        "both_rungs": preview.both_rungs,
        "rungs": RUNGS,
    }


def _rest_words(one: ShortRestOut, here: ZoneInfo, now: datetime) -> str:
    off, on = at_words(one.off_at, here, now), at_words(one.on_at, here, now)
    if one.on_at == one.off_at:
        return f"{one.person.name}: one duty right after another, {off}"
    return f"{one.person.name}: {span(one.on_at - one.off_at)} between {off} and {on}"


def ahead(tx: Tx) -> timedelta:
    """From now to the end of the last day that is shown."""
    here = zone(programmes.of_actor(tx).zone)
    last = tx.now.astimezone(here).date() + timedelta(days=DAYS)
    return datetime.combine(last, time(0), here) - tx.now


def days_of(stretches: Sequence[StretchOut], here: ZoneInfo, now: datetime) -> list[Day]:
    """The stretches by the day on which they begin; what is under way stands under today."""
    today = now.astimezone(here).date()
    found: dict[date, dict[Layer, list[Part]]] = {}
    for one in stretches:
        start = max(one.from_at, now).astimezone(here)
        rungs = found.setdefault(start.date(), {layer: [] for layer in Layer})
        rungs[one.layer].append(_part(one, here, now))
    return [
        Day(
            words=f"{day:%a} {day_words(day, today)}",
            today=day == today,
            rungs=tuple(tuple(found[day][layer]) for layer in Layer),
        )
        for day in sorted(found)
    ]


def _part(one: StretchOut, here: ZoneInfo, now: datetime) -> Part:
    start, end = one.from_at.astimezone(here), one.to_at.astimezone(here)
    begins = "now" if one.from_at <= now else f"{start:%H:%M}"
    ends = f"{end:%H:%M}" if (end - timedelta(minutes=1)).date() == start.date() else f"{end:%a %H:%M}"
    why = WHY.get(one.why, "")
    if one.instead_of is not None:
        why = f"in place of {one.instead_of.name}" if one.person else f"{one.instead_of.name} is away"
    elif one.why is Why.OVERRIDE:
        why = "stands in"
    return Part(span=f"{begins}–{ends}", who=one.person.name if one.person else None, why=why)


def _usable(one: StretchOut) -> bool:
    """Whether a swap can take this duty: somebody has it, and not because somebody else is away."""
    return one.person is not None and one.why is not Why.ABSENCE


def key_of(one: StretchOut) -> str:
    """A duty as one value of a form."""
    person = one.person.id if one.person else ""
    return f"{one.layer} {one.from_at:%Y%m%dT%H%M} {one.to_at:%Y%m%dT%H%M} {person}"


def duty_words(one: StretchOut, here: ZoneInfo, now: datetime) -> str:
    """A duty in words: whose, from when until when, on which rung."""
    name = one.person.name if one.person else ""
    start, end = at_words(one.from_at, here, now), one.to_at.astimezone(here)
    return f"{name}: {start} to {end:%H:%M}, {RUNGS[one.layer].lower()}"


def at_words(at: datetime, here: ZoneInfo, now: datetime) -> str:
    """An instant with its day, whether or not that is today: "Tue Nov 3, 08:00"."""
    local = at.astimezone(here)
    return f"{local:%a} {day_words(local.date(), now.astimezone(here).date())}, {local:%H:%M}"


def people(tx: Tx) -> list[tuple[str, str]]:
    """Whoever may be on call, by name."""
    found = queries.names(tx, on_call_people(tx, programmes.of_actor(tx).id))
    return sorted(
        ((str(person), name) for person, name in found.items()), key=lambda pair: pair[1].casefold()
    )
