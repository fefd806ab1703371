"""Closings that wait for a co-signature: until somebody signs, the case is not closed and its clock goes on."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select

from notifications.escalations.closing import Disposition, may_cosign
from notifications.escalations.models import Case, CaseEvent, EventKind
from notifications.escalations.tiers import Tier
from server.console.cases.case_words import DISPOSITIONS
from server.core import audit_looks
from server.core.db import Tx
from server.people import access, queries
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client
from server.people.roles import Action
from server.people.terms import Role


class Closing(Struct, frozen=True, kw_only=True):
    """One case that somebody has closed and somebody else has to sign. `mine`: the reader may."""

    id: UUID
    client: str
    tier: Tier
    how: str
    by: str
    since: datetime
    mine: bool


def waiting(tx: Tx) -> list[Closing]:
    """Those of clients the reader may see, the longest waiting first. Each name seen is recorded."""
    asked_at = select(func.max(CaseEvent.at)).where(
        CaseEvent.case_id == Case.id, CaseEvent.kind == EventKind.COSIGN_ASKED
    )
    query = (
        select(Case, asked_at.scalar_subquery(), *CLIENT_COLUMNS)
        .join(Client, Client.id == Case.client_id)
        .where(Case.awaiting_cosign, access.visible_clients(tx, Action.VIEW_SUPERVISION))
    )
    found = [(row[0], row[1], ClientFacts(*row[2:])) for row in tx.session.execute(query)]
    names = queries.names(tx, [case.closed_by for case, _, _ in found])
    audit_looks.record(tx, "case.list", [(client.id, case.id) for case, _, client in found])
    lines = [_closing(tx, case, at, client, names) for case, at, client in found]
    return sorted(lines, key=lambda line: (line.since, line.id))


def _closing(
    tx: Tx, case: Case, asked_at: datetime | None, client: ClientFacts, names: dict[UUID, str]
) -> Closing:
    me = tx.actor.id
    return Closing(
        id=case.id,
        client=access.name_of(tx, client),
        tier=case.tier,
        how=DISPOSITIONS[Disposition(case.disposition)] if case.disposition else "not said",
        by=names.get(case.closed_by, "a colleague") if case.closed_by else "a colleague",
        since=asked_at or case.opened_at,
        mine=may_cosign(Role(tx.actor.role), is_owner=case.owner_id == me, is_closer=case.closed_by == me),
    )
