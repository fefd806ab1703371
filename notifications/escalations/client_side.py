"""A client's side of a case: asking for someone, and seeing who has seen it. No tiers, no rules, no notes."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import or_, select

from notifications.delivery import messages
from notifications.delivery.messages import Moment, Sentence
from notifications.escalations.agreed import agreed_by
from notifications.escalations.calls import ahead
from notifications.escalations.cases import coverage_for, raise_case, shown_to_client
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CauseKind
from notifications.escalations.schemas import ClientCase, ClientState, HelpReceived, MyCase
from server.core.db import Tx
from server.people import access, queries
from server.people.access import ClientFacts
from server.people.roles import Action

SHOWN_AFTER_CLOSING = timedelta(hours=24)
"""How long a closed case is still told to the client."""


def ask_for_help(tx: Tx, help_id: UUID, note: str | None, line: str) -> HelpReceived:
    """The client's "I need someone": a case with calls made at once. The phone may repeat it with the same id.

    The id is tied to the client, so that no id ever chosen by another phone can get in the way.
    """
    client = access.oneself(tx, Action.ASK_FOR_HELP)
    tier = agreed_by(tx, client.programme_id).help_tier
    source_id = uuid5(client.id, help_id.hex)
    case = raise_case(tx, client, kind=CauseKind.HELP_BUTTON, tier=tier, source_id=source_id, note=note)
    limits = {CaseState.OPEN: case.acknowledge_by, CaseState.ACKNOWLEDGED: case.contact_by}
    promised = ahead(limits.get(case.state), tx.now)
    return HelpReceived(
        received_at=tx.now,
        case_id=case.id,
        tier=case.tier,
        coverage=coverage_for(tx, client, Moment.AFTER_HELP_BUTTON, promised, line),
    )


def client_case(tx: Tx, line: str) -> MyCase:
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


def _shown(tx: Tx, client: ClientFacts, case: Case, line: str) -> ClientCase:
    name = queries.names(tx, [case.owner_id]).get(case.owner_id) if case.owner_id else None
    waits_for_owner = case.state is CaseState.ACKNOWLEDGED and case.contacted_at is None
    by = ahead(case.contact_by, tx.now) if waits_for_owner else None
    state, sentence = _told(tx, client, case, name, by, line)
    return ClientCase(
        id=case.id,
        state=state,
        sentence=sentence,
        opened_at=case.opened_at,
        seen_by=name,
        seen_at=case.acknowledged_at if name else None,
        contact_by=by,
        closed_at=case.closed_at,
    )


def _told(
    tx: Tx, client: ClientFacts, case: Case, name: str | None, by: datetime | None, line: str
) -> tuple[ClientState, str]:
    """Where the case stands, in one word and in one sentence that is true at this moment."""
    language = client.language
    if case.state is CaseState.CLOSED:
        return "closed", messages.say(Sentence.CLOSED, language)
    if case.state is CaseState.ACKNOWLEDGED and name is not None:
        if case.contacted_at is not None:
            return "in_contact", messages.in_contact_sentence(name, language)
        return "seen", messages.seen_sentence(name, by, language=language, zone=client.zone, now=tx.now)
    if case.acknowledged_at is None:
        return "waiting", messages.not_seen_sentence(language, line)
    return "calling_again", messages.say(Sentence.DO_NOT_WAIT, language, line)
