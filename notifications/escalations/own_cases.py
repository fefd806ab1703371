"""Every case of a client as they may see it, for their own copy of their data: no tiers, no rules, no staff notes."""

from datetime import datetime

from sqlalchemy import select

from notifications.escalations.cases import CAUSE_NOTE, shown_to_client
from notifications.escalations.models import Case, CaseCause, CauseKind
from notifications.escalations.telling import name_of
from server.core.db import Tx
from server.people import access
from server.people.access import ClientFacts
from server.people.schemas import Output
from server.people.unreadable import UNREADABLE, text_or


class OwnCase(Output):
    """One case: when it began, who saw it and when, when they were in touch, when it ended.

    `asked` are the client's own words where they asked for someone.
    """

    opened_at: datetime
    seen_by: str | None
    seen_at: datetime | None
    contacted_at: datetime | None
    closed_at: datetime | None
    asked: list[str]


def everything(tx: Tx, client: ClientFacts) -> list[OwnCase]:
    """The client's cases, newest first; one they did not cause only once somebody has taken it."""
    query = select(Case).where(Case.client_id == client.id, shown_to_client()).order_by(Case.id.desc())
    cases = list(tx.session.scalars(query))
    asked = _asked(tx, client)
    return [
        OwnCase(
            opened_at=case.opened_at,
            seen_by=name_of(tx, case.owner_id),
            seen_at=case.acknowledged_at,
            contacted_at=case.contacted_at,
            closed_at=case.closed_at,
            asked=asked.get(case.id, []),
        )
        for case in cases
    ]


def _asked(tx: Tx, client: ClientFacts) -> dict[object, list[str]]:
    query = (
        select(CaseCause.id, CaseCause.case_id, CaseCause.note)
        .join(Case, Case.id == CaseCause.case_id)
        .where(
            Case.client_id == client.id,
            CaseCause.kind == CauseKind.HELP_BUTTON,
            CaseCause.note.is_not(None),
        )
        .order_by(CaseCause.at)
    )
    key = access.key(tx, client)
    found: dict[object, list[str]] = {}
    for row in tx.session.execute(query):
        words = text_or(key, CAUSE_NOTE, row.id, row.note, UNREADABLE)
        found.setdefault(row.case_id, []).append(words)
    return found
