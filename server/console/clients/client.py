"""One client's page: who they are, who looks after them, their plan, their schedules, their phone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import or_, select

from checkins import rhythm, staff_queries
from crisisplans import history, registry
from notifications.delivery import devices
from notifications.delivery.models import ChannelName
from notifications.escalations.models import Case
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.console.clients import client_promise, client_team, schedule_words
from server.core.db import Tx
from server.core.errors import NotFound
from server.core.zones import ZONES, zone
from server.people import access, programmes, proofs, queries
from server.people.access import ClientFacts
from server.people.models import Client, Invitation, SessionRow
from server.people.roles import Action, reach
from server.people.sessions import CLIENT_IDLE
from server.people.terms import Language, RiskLevel

CHANNELS = {
    ChannelName.FCM: "the app on a phone",
    ChannelName.WEBPUSH: "a browser",
    ChannelName.EMAIL: "e-mail",
    ChannelName.SMS: "text message",
    ChannelName.VOICE: "telephone call",
    ChannelName.CONSOLE: "the demonstration's console",
}
LATEST = 5


class Head(Struct, frozen=True, kw_only=True):
    """What stands over every page about a client. `clock` is the time where they are now; `discharged_at` is
    empty while they are in the programme."""

    id: UUID
    name: str
    risk: RiskLevel
    language: Language
    zone: str
    clock: str
    discharged_at: datetime | None


def head(tx: Tx, facts: ClientFacts) -> dict[str, Any]:
    """The client's head and their open case, for any page about them."""
    row = tx.connection.execute(select(Case.id, Case.tier).where(Case.client_id == facts.id, IS_OPEN)).first()
    case: tuple[UUID, Tier] | None = (row.id, row.tier) if row else None
    here = facts.zone if facts.zone in ZONES else "UTC"
    return {
        "client": Head(
            id=facts.id,
            name=access.name_of(tx, facts),
            risk=facts.risk_level,
            language=facts.language,
            zone=here,
            clock=f"{tx.now.astimezone(zone(here)):%H:%M}",
            discharged_at=access.discharged_at(tx, facts),
        ),
        "case": case,
    }


def overview(tx: Tx, client_id: UUID) -> dict[str, Any]:
    """The client's page: record, team, plan, schedules, latest check-ins, phone. Every look is recorded."""
    record = queries.client_out(tx, client_id)
    facts = access.client(tx, Action.VIEW_CLIENT, client_id)
    mine = programmes.of_actor(tx).zone
    standing = next(iter(registry.standings(tx, client_id)), None)
    revisions = history.revision_list(tx, client_id, None).revisions
    return {
        **head(tx, facts),
        "record": record,
        "team": client_team.shown(tx, record),
        "promise": client_promise.shown(tx, client_id),
        "standing": standing,
        "plan": revisions[0] if revisions else None,
        "schedules": [
            (
                each,
                schedule_words.in_words(each.recurrence)
                + schedule_words.elsewhere(each.recurrence.times, facts.zone, mine, tx.now),
                schedule_words.window_words(each.window_minutes, each.reminders),
            )
            for each in staff_queries.schedules_of(tx, client_id).schedules
        ],
        "checkins": staff_queries.checkins_of(tx, client_id, None).checkins[:LATEST],
        "rhythm": rhythm.rhythms(tx, client_id).get(client_id),
        "phone": phone(tx, facts),
        "fresh": proofs.is_fresh(tx),
        "may": {
            name: reach(tx.actor.role, action) is not None
            for name, action in (
                ("edit", Action.EDIT_CLIENT),
                ("team", Action.EDIT_CARE_TEAM),
                ("invite", Action.INVITE_CLIENT),
                ("schedule", Action.EDIT_SCHEDULE),
                ("plan", Action.EDIT_PLAN),
                ("telephone", Action.ENTER_ANSWERS),
                ("raise", Action.RAISE_CASE),
                ("discharge", Action.DISCHARGE_CLIENT),
                ("contact", Action.ACT_ON_CASE),
            )
        },
    }


class Signed(Struct, frozen=True):
    """A phone or browser that is signed in."""

    since: datetime
    last_used_at: datetime


class Phone(Struct, frozen=True, kw_only=True):
    """What is known of a client's phone: sessions that count, how it can be notified, and a code that waits."""

    sessions: list[Signed]
    notified_by: list[str]
    invited_until: datetime | None


def phone(tx: Tx, facts: ClientFacts) -> Phone:
    """The sessions, devices and open invitation of a client this person may see."""
    used = select(SessionRow.created_at, SessionRow.last_used_at).join(Client)
    live = used.where(
        SessionRow.client_id == facts.id,
        Client.discharged_at.is_(None),
        or_(Client.readmitted_at.is_(None), SessionRow.created_at >= Client.readmitted_at),
        SessionRow.revoked_at.is_(None),
        SessionRow.expires_at > tx.now,
        SessionRow.last_used_at > tx.now - CLIENT_IDLE,
    )
    invited = select(Invitation.expires_at).where(
        Invitation.client_id == facts.id,
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.tries_left > 0,
        Invitation.expires_at > tx.now,
    )
    return Phone(
        sessions=[
            Signed(*row) for row in tx.connection.execute(live.order_by(SessionRow.last_used_at.desc()))
        ],
        notified_by=[CHANNELS[channel] for channel, _ in devices.of_person(tx, client_id=facts.id)],
        invited_until=tx.connection.execute(invited.order_by(Invitation.expires_at.desc())).scalar(),
    )


def still_mine(tx: Tx, client_id: UUID) -> bool:
    """Whether the acting person may still open this client's page."""
    try:
        access.client(tx, Action.VIEW_CLIENT, client_id)
    except NotFound:
        return False
    return True
