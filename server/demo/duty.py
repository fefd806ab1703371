"""Riverside's calendar of duty: two weeks that take turns, one swap, somebody away, and a gap to be found."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import msgspec

from notifications.escalations.oncall import acts
from notifications.escalations.oncall.acts import Swap
from notifications.escalations.policy import DEFAULT_POLICY, RungTarget, TierPolicy
from notifications.escalations.rotas.rota import Absence, HolidayShift, Layer, Override, Rota, Shift
from server.core.db import Tx
from server.core.zones import zone
from server.demo import handing_over
from server.demo.people import ZONE, Staffer
from server.people.models import Programme

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MORNING, _EVENING = time(8), time(20)
_AFTER_HOURS = ((RungTarget.ON_CALL_PRIMARY,), (RungTarget.ON_CALL_BACKUP,))


def enter(tx: Tx, staff: Mapping[str, Staffer]) -> None:
    """The supervisor enters the rota and the swap; Luis enters that he is away."""
    ids = {key: staffer.actor.id for key, staffer in staff.items() if staffer.actor.id}
    here = zone(ZONE)
    today = tx.now.astimezone(here).date()
    monday = today - timedelta(days=today.weekday())
    tx.actor = staff["marguerite"].actor
    team = acts.teams(tx)[0].id
    acts.store_rota(tx, team, _rota(ids, monday - _WEEK * 2))

    def at(days: int, wall: time) -> datetime:
        return datetime.combine(monday + _WEEK + _DAY * days, wall, here).astimezone(UTC)

    dana, luis = ids["dana"], ids["luis"]
    one = Override(
        layer=Layer.PRIMARY,
        from_at=at(1, _MORNING),
        to_at=at(1, _EVENING),
        person_out=dana,
        person_in=luis,
    )
    other = Override(
        layer=Layer.PRIMARY,
        from_at=at(3, _MORNING),
        to_at=at(3, _EVENING),
        person_out=luis,
        person_in=dana,
    )
    acts.swap(tx, team, Swap(one=one, other=other))
    tx.actor = staff["luis"].actor
    gone = Absence(person=luis, from_at=at(2, time(0)), to_at=at(4, time(0)), backup=dana)
    acts.add_absence(tx, gone)
    handing_over.enter(tx, staff, team)
    _agree(tx)


def _rota(ids: Mapping[str, UUID], starts_on: date) -> Rota:
    """Case managers by day in turns, clinicians at night; behind them the other clinician and the supervisor."""
    dana, luis, priya, hannah = (ids[key] for key in ("dana", "luis", "priya", "hannah"))
    days = {1: (dana, dana, luis, luis, dana, luis, dana), 2: (luis, dana, luis, luis, dana, dana, luis)}
    nights = {1: priya, 2: hannah}
    primary: list[Shift] = []
    backup: list[Shift] = []
    for week in (1, 2):
        behind = nights[3 - week]
        for weekday in range(1, 8):
            by_day = days[week][weekday - 1]
            primary.append(_shift(week, weekday, _MORNING, _EVENING, by_day))
            primary.append(_shift(week, weekday, _EVENING, _MORNING, nights[week]))
            backup.append(_shift(week, weekday, _MORNING, _EVENING, ids["marguerite"]))
            if weekday != 6:  # nobody has taken Saturday nights yet
                backup.append(_shift(week, weekday, _EVENING, _MORNING, behind))
    return Rota(
        zone=ZONE,
        weeks=2,
        starts_on=starts_on,
        primary=tuple(primary),
        backup=tuple(backup),
        holidays=_holidays(starts_on.year),
        holiday_primary=(HolidayShift(start=_MORNING, end=_MORNING, person=priya),),
        holiday_backup=(HolidayShift(start=_MORNING, end=_MORNING, person=ids["marguerite"]),),
    )


def _shift(week: int, weekday: int, start: time, end: time, person: UUID) -> Shift:
    return Shift(week=week, weekday=weekday, start=start, end=end, person=person)


def _holidays(year: int) -> tuple[date, ...]:
    return tuple(date(each, *day) for each in (year, year + 1) for day in ((1, 1), (7, 4), (12, 25)))


def _agree(tx: Tx) -> None:
    """Outside the hours of duty, emergencies and urgent cases call who is on call before the supervisors."""
    policy = msgspec.structs.replace(
        DEFAULT_POLICY, emergency=_at_night(DEFAULT_POLICY.emergency), urgent=_at_night(DEFAULT_POLICY.urgent)
    )
    row = tx.session.get_one(Programme, tx.actor.programme_id, with_for_update=True)
    row.settings = {**row.settings, "escalation": msgspec.to_builtins(policy)}
    tx.session.flush()


def _at_night(policy: TierPolicy) -> TierPolicy:
    first = [
        msgspec.structs.replace(rung, after_hours=route)
        for rung, route in zip(policy.rungs, _AFTER_HOURS, strict=False)
    ]
    return msgspec.structs.replace(policy, rungs=(*first, *policy.rungs[len(first) :]))
