"""A client's check-ins day by day, and their numbers as lines."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from checkins import staff_queries, trends
from checkins.schemas import CheckInOut
from server.console.clients import chart, client
from server.core.db import Tx
from server.core.zones import zone
from server.people import access, queries
from server.people.roles import Action, reach

PERIODS = (14, 30, 90)
USUAL = 30

STATES = {
    "open": "Open now, not answered yet",
    "answered": "Answered",
    "answered_late": "Answered late",
    "missed": "Missed",
    "excused": "Excused: not asked then",
}


def shown(tx: Tx, client_id: UUID, cursor: UUID | None, days: int) -> dict[str, Any]:
    """A page of check-ins by the day where the client is, and the lines of the last `days` days."""
    facts = access.client(tx, Action.VIEW_CHECKINS, client_id)
    found = staff_queries.checkins_of(tx, client_id, cursor)
    head = client.head(tx, facts)
    begin = tx.now - timedelta(days=days)
    here = zone(head["client"].zone)
    lines = [chart.line(series, begin, tx.now, here) for series in trends.series_of(tx, client_id, begin)]
    entered = [one.answer.entered_by for one in found.checkins if one.answer]
    return {
        **head,
        "by_day": _by_day(found.checkins, head["client"].zone),
        "cursor": found.cursor,
        "lines": lines,
        "days": days,
        "periods": PERIODS,
        "states": STATES,
        "may_enter": head["client"].discharged_at is None
        and reach(tx.actor.role, Action.ENTER_ANSWERS) is not None,
        "names": queries.names(tx, entered),
    }


def _by_day(checkins: list[CheckInOut], zone_name: str) -> list[tuple[date, list[tuple[str, CheckInOut]]]]:
    here = zone(zone_name)
    days: dict[date, list[tuple[str, CheckInOut]]] = {}
    for one in checkins:
        at: datetime = one.due_at.astimezone(here)
        days.setdefault(at.date(), []).append((f"{at:%H:%M}", one))
    return list(days.items())
