"""Who is on call in a team at an instant, in which order, until when, and who is on next."""

from datetime import datetime, timedelta
from uuid import UUID

from notifications.escalations.oncall import acts
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.oncall.schemas import OnCallAt, OnDutyOut
from notifications.escalations.rotas.duty import coverage_ends, in_order, next_on
from notifications.escalations.rotas.rota import Calendar, OnCall
from notifications.escalations.schemas import Named
from server.core.db import Tx
from server.core.errors import Invalid
from server.people import queries
from server.people.roles import Action

EARLIEST, LATEST = timedelta(days=-2), timedelta(days=365)
"""What is over for longer is not read with the calendar; beyond a year a rota says nothing worth relying on."""

IN_SIGHT = timedelta(days=14)


def on_call_at(tx: Tx, team_id: UUID, at: datetime | None = None) -> OnCallAt:
    """The answer for one team, now or at an instant that is not too far away."""
    team = acts.team_of(tx, Action.VIEW_ROTA, team_id)
    at = at or tx.now
    if at.tzinfo is None:
        raise Invalid.field("at", "names its offset from UTC")
    if not EARLIEST <= at - tx.now <= LATEST:
        raise Invalid.field("at", "lies within the last two days or the year ahead")
    return of_calendar(tx, calendar_of(tx, team.programme_id, team.id), at)


def of_calendar(tx: Tx, calendar: Calendar, at: datetime) -> OnCallAt:
    """The same of any calendar."""
    order = in_order(calendar, at)
    ends_at = coverage_ends(calendar, at, at + IN_SIGHT) if order else at
    following = next_on(calendar, ends_at) if ends_at < at + IN_SIGHT else None
    named = [*order, *([following[1]] if following else [])]
    names = queries.names(tx, [one.person for one in named])

    def out(one: OnCall) -> OnDutyOut:
        assert one.person is not None  # noqa: S101  neither function gives a hole
        return OnDutyOut(layer=one.layer, person=Named.of(one.person, names), why=one.why)

    return OnCallAt(
        at=at,
        order=[out(one) for one in order],
        covered_until=ends_at if at < ends_at < at + IN_SIGHT else None,
        next_at=following[0] if following else None,
        next=out(following[1]) if following else None,
    )
