"""When a client wants to be left in peace. Rule: everyday notices wait until the quiet hours are over.

Everyday notices are those about check-ins and a new plan; whoever turned reminders off gets none of them. Nothing of
a case is ever everyday. Quiet hours are wall time where the client is and may cross midnight; like every wall time
here, a beginning or end that the clock jumps over moves forward by the jump, and one that comes twice is the first.
"""

from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

from notifications.delivery.messages import Kind
from server.core.zones import zone as zone_called

EVERYDAY = frozenset({Kind.CHECKIN_OPEN, Kind.CHECKIN_REMINDER, Kind.PLAN_UPDATED})
"""The notices a client may turn off or have held; every other kind goes at once."""


class Wishes(Struct, frozen=True):
    """How one client wants everyday notices; `quiet_from` and `quiet_to` are wall times, both or neither."""

    zone: str
    reminders: bool = True
    quiet_from: time | None = None
    quiet_to: time | None = None


def send_at(wishes: Wishes, at: datetime, expires_at: datetime) -> datetime | None:
    """When an everyday notice meant for `at` may go: then, or after the quiet hours.

    None: not at all, because the client wants none, or because it would be of no use any more by then.
    """
    if not wishes.reminders:
        return None
    when = at
    if wishes.quiet_from is not None and wishes.quiet_to is not None:
        when = after_quiet(at, wishes.zone, wishes.quiet_from, wishes.quiet_to)
    return when if when < expires_at else None


def after_quiet(at: datetime, zone: str, quiet_from: time, quiet_to: time) -> datetime:
    """`at` itself outside the quiet hours, else the instant they end; both in UTC."""
    today = at.astimezone(zone_called(zone)).date()
    # The day before yesterday as well: a zone may have left out a day.
    for days in (-2, -1, 0, 1):
        begins_on = today + timedelta(days=days)
        ends_on = begins_on if quiet_from < quiet_to else begins_on + timedelta(days=1)
        begins, ends = _instant(begins_on, quiet_from, zone), _instant(ends_on, quiet_to, zone)
        if begins <= at < ends:
            return ends
    return at


def _instant(day: date, wall: time, zone: str) -> datetime:
    # Python reads a wall time that does not exist with the offset before the jump, and a double one as the first.
    return datetime.combine(day, wall, zone_called(zone)).astimezone(UTC)
