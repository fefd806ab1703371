"""The contact log's form: one button for how it went, and, where it was not now, when."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from notifications.escalations import acts, beside
from notifications.escalations.models import Case
from server.console.cases.case_words import TRIES
from server.console.page import Tried
from server.console.words import clock_words
from server.core.db import Tx
from server.core.errors import Invalid
from server.core.zones import zone
from server.people import programmes
from server.people.schemas import Input, Note

WHEN = "tried_at"
_MINUTE = timedelta(minutes=1)


class Contact(Input):
    """A try to reach the client: one button, and a note if there is one. Pressed twice, `attempt` counts it once."""

    what: str
    contact_note: Note | None = None
    attempt: UUID | None = None


def record(tx: Tx, case_id: UUID, tried: Tried) -> Case:
    """Log what the form says. Invalid names the field, with a time that no try of this case can have had as well."""
    given = tried.read(Contact)
    if given.what not in TRIES:
        raise Invalid.field("what", "Press the button that says how you tried.")
    made, at = TRIES[given.what], _when(tx, case_id, tried.value(WHEN).strip())
    note = ": ".join(part for part in (made.told, given.contact_note) if part) or None
    return acts.record_contact(
        tx, case_id, made.channel, at, reached=made.reached, note=note, attempt_id=given.attempt
    )


def _when(tx: Tx, case_id: UUID, typed: str) -> datetime | None:
    """The instant of what was typed, by the programme's clock; None, which is now, for nothing."""
    if not typed:
        return None
    zone_name = programmes.of_actor(tx).zone
    at, opened_at = instant(typed, zone_name, tx.now), beside.opened_at(tx, case_id)
    if at > tx.now:
        raise Invalid.field(WHEN, "This is later than now. Leave it empty for now.")
    if at <= opened_at - _MINUTE:
        here = zone(zone_name)
        opened = clock_words(opened_at.astimezone(here), tx.now.astimezone(here).date())
        raise Invalid.field(WHEN, f"This is before the case opened ({opened}).")
    return max(at, opened_at)


def instant(typed: str, zone_name: str, now: datetime) -> datetime:
    """The instant of a past wall time. Of an hour that came twice it is the second, unless that is yet to come."""
    try:
        local = datetime.fromisoformat(typed)
    except ValueError:
        local = None
    if local is None or local.tzinfo is not None:
        raise Invalid.field(WHEN, "Choose a day and a time, or leave it empty for now.")
    first, second = (local.replace(tzinfo=zone(zone_name), fold=fold).astimezone(UTC) for fold in (0, 1))
    if first > second:
        raise Invalid.field(WHEN, "The clocks went forward then: there was no such time.")
    return second if second <= now else first
