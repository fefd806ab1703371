"""What stands around every page: who is signed in, where they may go, and who covers now."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from notifications.delivery import emails
from notifications.escalations import coverage
from notifications.escalations.agreed import agreed_by
from notifications.escalations.oncall import calendars
from notifications.escalations.oncall import queries as calendar_queries
from notifications.escalations.oncall.schemas import StretchOut
from server.core.db import Tx
from server.people import programmes, queries
from server.people.roles import Action, reach
from server.people.terms import Role


class Place(Struct, frozen=True):
    """An entry of the rail: where it leads, what it is called, and its symbol."""

    path: str
    label: str
    icon: str
    current: bool = False


class Frame(Struct, frozen=True, kw_only=True):
    """The facts of the frame. `zone` is the reader's own; `on_call` is who is called for the reader's team now.

    `email_unproved`: the reader has yet to prove their e-mail address, and is not just about to.
    """

    staff_id: UUID
    name: str
    role: Role
    programme: str
    zone: str
    now: datetime
    places: tuple[Place, ...]
    on_duty: bool
    duty_changes_at: datetime | None
    on_call: tuple[StretchOut, ...]
    email_unproved: bool


_PLACES = (
    (Action.VIEW_CASES, "/queue", "Queue", "bell"),
    (Action.VIEW_CASES, "/today", "Today", "day"),
    (Action.VIEW_CLIENT, "/caseload", "Caseload", "people"),
    (Action.VIEW_PLAN, "/plans", "Plans due", "plan"),
    (Action.VIEW_ROTA, "/rota", "On call", "clock"),
    (Action.VIEW_QUESTIONNAIRES, "/questionnaires", "Questions", "list"),
    (Action.VIEW_CRISIS_LINES, "/crisis-lines", "Crisis lines", "phone"),
    (Action.VIEW_SUPERVISION, "/supervision", "Supervision", "eye"),
    (Action.MANAGE_STAFF, "/admin", "Administration", "gear"),
)


_BELOW = {"/queue": "/cases", "/caseload": "/clients", "/today": "/handover"}
"""Pages that are reached from a place and stand under another address."""


def _stands(path: str, place: str) -> bool:
    """Whether this page belongs to that place."""
    return any(path == start or path.startswith(f"{start}/") for start in (place, _BELOW.get(place, place)))


def of(tx: Tx, path: str) -> Frame:
    """The frame for the acting staff member on this page."""
    programme = programmes.of_actor(tx)
    actor = tx.actor
    if actor.id is None:
        raise AssertionError("a page with a frame has somebody signed in")
    hours = agreed_by(tx, programme.id).hours
    team_id = calendar_queries.own_team(tx)
    held = calendars.held_for(tx, programme.id, team_id)
    begins = coverage.next_covered(hours, tx.now, held)
    on_duty = begins == tx.now
    return Frame(
        staff_id=actor.id,
        name=queries.names(tx, [actor.id])[actor.id],
        role=Role(actor.role),
        programme=programme.name,
        zone=programme.zone,
        now=tx.now,
        places=tuple(
            Place(where, label, icon, _stands(path, where))
            for action, where, label, icon in _PLACES
            if reach(actor.role, action)
        ),
        on_duty=on_duty,
        duty_changes_at=coverage.ends_at(hours, tx.now, held) if on_duty else begins,
        on_call=tuple(calendar_queries.on_call_now(tx, calendars.calendar_of(tx, programme.id, team_id))),
        email_unproved=not _stands(path, "/account") and emails.is_missing(tx),
    )
