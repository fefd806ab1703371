"""A client's side of a case: asking for someone, and seeing who has seen it. No tiers, no rules, no notes."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import or_, select

from notifications.delivery import messages
from notifications.delivery.messages import HelpLine, Moment, Sentence
from notifications.escalations import coverage
from notifications.escalations.agreed import agreed_by
from notifications.escalations.cases import promised_by, raise_case, shown_to_client
from notifications.escalations.coverage import OnDuty
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CauseKind, ContactAttempt
from notifications.escalations.schemas import ClientCase, ClientState, HelpReceived, MyCase
from notifications.escalations.telling import coverage_for, held_by_team, name_of
from server.core.db import Tx
from server.core.zones import ZONES
from server.people import access
from server.people.access import ClientFacts
from server.people.roles import Action

SHOWN_AFTER_CLOSING = timedelta(hours=24)
"""How long a closed case is still told to the client."""


def ask_for_help(tx: Tx, help_id: UUID, note: str | None, line: HelpLine) -> HelpReceived:
    """The client's "I need someone": a case with calls made at once. The phone may repeat it with the same id.

    The id is tied to the client, so that no id ever chosen by another phone can get in the way.
    """
    client = access.oneself(tx, Action.ASK_FOR_HELP)
    tier = agreed_by(tx, client.programme_id).help_tier
    source_id = uuid5(client.id, help_id.hex)
    case = raise_case(tx, client, kind=CauseKind.HELP_BUTTON, tier=tier, source_id=source_id, note=note)
    return HelpReceived(
        received_at=tx.now,
        case_id=case.id,
        tier=case.tier,
        coverage=coverage_for(tx, client, Moment.AFTER_HELP_BUTTON, promised_by(tx, case), line),
    )


def client_case(tx: Tx, line: HelpLine) -> MyCase:
    """The acting client's open case, or the one closed within the last day.

    A case the client did not cause is not shown before somebody has taken it.
    """
    client = access.oneself(tx, Action.READ_OWN)
    query = select(Case).where(
        Case.client_id == client.id,
        or_(Case.state != CaseState.CLOSED, Case.closed_at > tx.now - SHOWN_AFTER_CLOSING),
        shown_to_client(),
    )
    case = tx.session.scalars(query.order_by(Case.id.desc()).limit(1)).one_or_none()
    return MyCase(case=_shown(tx, client, case, line) if case else None)


def _shown(tx: Tx, client: ClientFacts, case: Case, line: HelpLine) -> ClientCase:
    by = _contact_by(tx, client, case)
    name = name_of(tx, case.owner_id)
    state, sentence = _told(tx, client, case, name, by, line)
    return ClientCase(
        id=case.id,
        state=state,
        sentence=sentence,
        opened_at=case.opened_at,
        seen_by=name,
        seen_at=case.acknowledged_at if case.owner_id else None,
        contact_by=by,
        closed_at=case.closed_at,
    )


def _contact_by(tx: Tx, client: ClientFacts, case: Case) -> datetime | None:
    """By when the owner makes contact, as far as the programme's hours hold; None where that cannot be told."""
    if case.state is not CaseState.ACKNOWLEDGED or case.contacted_at is not None:
        return None
    hours = agreed_by(tx, case.programme_id).hours
    promised = coverage.promise(hours, tx.now, case.contact_by, None, held_by_team(tx, client))
    return case.contact_by if isinstance(promised, OnDuty) else None


def _told(
    tx: Tx, client: ClientFacts, case: Case, name: str | None, by: datetime | None, line: HelpLine
) -> tuple[ClientState, str]:
    """Where the case stands, in one word and in one sentence that is true at this moment."""
    language = client.language
    if case.state is CaseState.CLOSED:
        return "closed", messages.say(Sentence.CLOSED, language, line)
    if case.state is CaseState.ACKNOWLEDGED and case.owner_id is not None:
        if case.contacted_at is not None:
            return "in_contact", messages.in_contact_sentence(_who_reached(tx, case), language)
        told_by = by if client.zone in ZONES else None
        sentence = messages.seen_sentence(
            name, told_by, language=language, zone=client.zone, line=line, now=tx.now
        )
        return "seen", sentence
    if case.acknowledged_at is None:
        return "waiting", messages.not_seen_sentence(language, line)
    return "calling_again", messages.not_seen_sentence(language, line, again=True)


def _who_reached(tx: Tx, case: Case) -> str | None:
    """The name of whoever spoke with the client, who need not be who owns the case now."""
    query = select(ContactAttempt.staff_id).where(
        ContactAttempt.case_id == case.id,
        ContactAttempt.reached,
        ContactAttempt.recorded_at == case.contacted_at,
    )
    return name_of(tx, tx.session.scalars(query.limit(1)).one_or_none())
