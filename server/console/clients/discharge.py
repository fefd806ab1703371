"""A client's discharge and return: what would happen, in words, before anybody decides; and the words of a reason."""

from typing import Any
from uuid import UUID

from checkins import departures, staff_queries
from server.console.clients import client, client_team, schedule_words
from server.core.db import Tx
from server.people import access, discharges, queries
from server.people.discharges import NEEDS_NOTE
from server.people.roles import Action
from server.people.terms import LeavingReason

REASONS = {
    LeavingReason.FINISHED: "Finished the programme",
    LeavingReason.OTHER_CARE: "Goes on with other care",
    LeavingReason.MOVED: "Moved away",
    LeavingReason.OWN_WISH: "Wants to leave",
    LeavingReason.LOST_TOUCH: "No contact any more",
    LeavingReason.DIED: "Died",
    LeavingReason.OTHER: "Another reason",
}
UNKNOWN = "The reason cannot be read"


def why(departure: discharges.Departure) -> str:
    """The reason in words."""
    return REASONS[departure.why] if departure.why is not None else UNKNOWN


def standing(tx: Tx, facts: access.ClientFacts) -> dict[str, Any] | None:
    """The client's last discharge as their page tells it; None where there was none."""
    departure = discharges.latest(tx, facts)
    if departure is None:
        return None
    names = queries.names(tx, [departure.by, departure.readmitted_by])
    return {
        "it": departure,
        "why": why(departure),
        "by": names.get(departure.by) if departure.by else None,
        "readmitted_by": names.get(departure.readmitted_by) if departure.readmitted_by else None,
    }


def leaving(tx: Tx, client_id: UUID) -> dict[str, Any]:
    """What a discharge would end, and what stays."""
    facts = access.client(tx, Action.DISCHARGE_CLIENT, client_id)
    access.looked(tx, "client.view", facts)
    return {
        **client.head(tx, facts),
        "effects": departures.effects(tx, client_id),
        "phone": client.phone(tx, facts),
        "plan": facts.plan_revision,
        "reasons": [(reason.value, words) for reason, words in REASONS.items()],
        "needs_note": [REASONS[reason].lower() for reason in NEEDS_NOTE],
    }


def returning(tx: Tx, client_id: UUID) -> dict[str, Any]:
    """What is as it was left, to be checked before and after a return."""
    facts = access.client(tx, Action.DISCHARGE_CLIENT, client_id)
    record = queries.client_out(tx, client_id)
    return {
        **client.head(tx, facts),
        "departure": standing(tx, facts),
        "team": [
            (client_team.CARE_ROLES[holder.role], holder.staff.name)
            for holder in record.care_team
            if holder.staff.left_at is None
        ],
        "schedules": [
            (
                schedule_words.in_words(each.recurrence),
                schedule_words.window_words(each.window_minutes, each.reminders),
            )
            for each in staff_queries.schedules_of(tx, client_id).schedules
        ],
    }
