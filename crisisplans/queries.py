"""Looking a plan up: for the client's next steps, for the questions of a check-in, for the registry of plans due."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from crisisplans import sections
from crisisplans.lines import IN_EVERY_PLAN, CrisisLine, line_table, stale
from crisisplans.models import CrisisLineRow, PlanDraft, PlanReview, PlanRevision
from crisisplans.revisions import PlanStatus, ReviewDays, plan_status, review_due_on
from crisisplans.sections import NextStep, PlanDocument, WarningSign
from notifications.delivery.messages import HelpLine
from server.core.db import Tx
from server.core.zones import zone
from server.people import access, programmes
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client
from server.people.roles import Action
from server.people.terms import RiskLevel

BODY = "plan_revisions.body"
PAGE = 100


class PlanDue(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the registry: whose plan is missing or due. `due_on` is None while there is no plan."""

    client_id: UUID
    name: str
    risk_level: RiskLevel
    status: PlanStatus
    due_on: date | None = None


def main_line() -> HelpLine:
    """The line that opens every plan: its number, and each language's own way through it by call and by text."""
    known = line_table()
    call, text = (known[key] for key in IN_EVERY_PLAN)
    return HelpLine(call.number or "", press=call.press, keywords=text.sms_keywords)


def today(tx: Tx, programme_id: UUID) -> date:
    """The programme's local date."""
    return tx.now.astimezone(zone(programmes.facts(tx, programme_id).zone)).date()


def programme_lines(tx: Tx, programme_id: UUID) -> tuple[CrisisLine, ...]:
    """The lines a programme entered for its own area."""
    query = select(CrisisLineRow.line).where(CrisisLineRow.programme_id == programme_id)
    return tuple(
        msgspec.convert(line, CrisisLine) for line in tx.session.scalars(query.order_by(CrisisLineRow.key))
    )


def known_lines(tx: Tx, programme_id: UUID) -> Mapping[str, CrisisLine]:
    """Every line a plan of this programme may refer to, by key."""
    return line_table(programme_lines(tx, programme_id))


def lines_for(tx: Tx, programme_id: UUID, document: PlanDocument) -> Mapping[str, CrisisLine]:
    """The lines this plan needs; the database is asked only where it names one of the programme's own."""
    national = line_table()
    if national.keys() >= set(document.crisis_lines):
        return national
    return known_lines(tx, programme_id)


def stale_lines(tx: Tx, programme_id: UUID) -> list[CrisisLine]:
    """The lines of the programme's table, national ones included, whose check is overdue today."""
    now = today(tx, programme_id)
    return [line for line in known_lines(tx, programme_id).values() if stale(line, now)]


def current_document(tx: Tx, client: ClientFacts) -> tuple[int, PlanDocument] | None:
    """The number and text of the client's published plan; None while there is none.

    Asked twice in one transaction it is read once: an answer needs the warning signs and the next steps.
    """
    remembered = _memo(client)
    if remembered not in tx.seen:
        tx.seen[remembered] = _read_current(tx, client)
    return tx.seen[remembered]


def forget(tx: Tx, client: ClientFacts) -> None:
    """The plan changed in this transaction: read it anew."""
    tx.seen.pop(_memo(client), None)


def _memo(client: ClientFacts) -> str:
    return f"plan of {client.id}"


def _read_current(tx: Tx, client: ClientFacts) -> tuple[int, PlanDocument] | None:
    query = (
        select(PlanRevision.id, PlanRevision.number, PlanRevision.body)
        .where(PlanRevision.client_id == client.id)
        .order_by(PlanRevision.number.desc())
        .limit(1)
    )
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        return None
    return row.number, access.key(tx, client).open_json(BODY, row.id, row.body, PlanDocument)


def next_steps(tx: Tx, client: ClientFacts, limit: int = 2) -> list[NextStep]:
    """What the client can do now, from their own plan; the national lines alone while there is no plan."""
    found = current_document(tx, client)
    document = found[1] if found else PlanDocument()
    lines = lines_for(tx, client.programme_id, document)
    return list(sections.next_steps(document, lines, client.language, limit))


def warning_signs(tx: Tx, client: ClientFacts) -> tuple[int, tuple[WarningSign, ...]]:
    """The published plan's number and its warning signs; (0, ()) while there is no plan."""
    found = current_document(tx, client)
    return (found[0], found[1].warning_signs) if found else (0, ())


_AT_RISK_WITHOUT = and_(Client.plan_revision == 0, Client.risk_level != RiskLevel.LOW)


def at_risk_without_plan(tx: Tx, cursor: UUID | None = None, limit: int = PAGE) -> list[PlanDue]:
    """Clients of moderate or high risk without a published plan; `status` says whether a draft was begun."""
    has_draft = exists().where(PlanDraft.client_id == Client.id).label("has_draft")
    query = select(*CLIENT_COLUMNS, has_draft).where(_in_registry(tx, cursor), _AT_RISK_WITHOUT)
    found: list[PlanDue] = []
    for row in tx.session.execute(query.order_by(Client.id).limit(limit)):
        status = PlanStatus.DRAFT if row.has_draft else PlanStatus.NONE
        found.append(_due(tx, facts_of(row), status, None))
    return found


_PUBLISHED_AT = (
    select(func.max(PlanRevision.published_at)).where(PlanRevision.client_id == Client.id)
).scalar_subquery()
_REVIEWED_AT = (
    select(func.max(PlanReview.reviewed_at)).where(PlanReview.client_id == Client.id)
).scalar_subquery()


def _is_overdue(tx: Tx) -> ColumnElement[bool]:
    """The condition on `clients` that `overdue` explains."""
    programme = programmes.of_actor(tx)
    days = programmes.section(programme, "review", ReviewDays())
    here, now = zone(programme.zone), today(tx, programme.id)
    late = [Client.plan_review_due_on < now]
    for risk in RiskLevel:
        allowed = review_due_on(risk, now, None, days) - now
        since = datetime.combine(now - allowed, time(), here).astimezone(UTC)
        long_ago = or_(_REVIEWED_AT.is_(None), since > _REVIEWED_AT)
        late.append(and_(Client.risk_level == risk, since > _PUBLISHED_AT, long_ago))
    return and_(Client.plan_revision > 0, or_(*late))


def waiting(tx: Tx) -> tuple[int, int]:
    """How many plans are overdue, and how many clients at risk have none: numbers that name nobody."""
    counts = (
        select(func.count()).select_from(Client).where(_in_registry(tx, None), wanted)
        for wanted in (_is_overdue(tx), _AT_RISK_WITHOUT)
    )
    late, without = (int(tx.session.scalar(query) or 0) for query in counts)
    return late, without


def overdue(tx: Tx, cursor: UUID | None = None, limit: int = PAGE) -> list[PlanDue]:
    """Clients whose plan was to be reviewed before today.

    The day recorded at the last publish or review counts, and so does the day today's risk level asks for: a
    risk that rose since makes the plan due sooner.
    """
    programme = programmes.of_actor(tx)
    days = programmes.section(programme, "review", ReviewDays())
    here, now = zone(programme.zone), today(tx, programme.id)
    query = select(
        *CLIENT_COLUMNS,
        Client.plan_review_due_on,
        _PUBLISHED_AT.label("published_at"),
        _REVIEWED_AT.label("reviewed_at"),
    ).where(_in_registry(tx, cursor), _is_overdue(tx))
    found: list[PlanDue] = []
    for row in tx.session.execute(query.order_by(Client.id).limit(limit)):
        facts = facts_of(row)
        reviewed_on = row.reviewed_at.astimezone(here).date() if row.reviewed_at else None
        asked = review_due_on(facts.risk_level, row.published_at.astimezone(here).date(), reviewed_on, days)
        due_on = min(row.plan_review_due_on or asked, asked)
        status = plan_status(today=now, due_on=due_on, has_draft=False, settings=days)
        found.append(_due(tx, facts, status, due_on))
    return found


def _in_registry(tx: Tx, cursor: UUID | None) -> ColumnElement[bool]:
    visible = and_(access.visible_clients(tx, Action.VIEW_PLAN), Client.discharged_at.is_(None))
    return visible if cursor is None else and_(visible, Client.id > cursor)


def facts_of(row: Sequence[Any]) -> ClientFacts:
    """The client in a row that starts with CLIENT_COLUMNS."""
    return ClientFacts(*row[: len(CLIENT_COLUMNS)])


def _due(tx: Tx, client: ClientFacts, status: PlanStatus, due_on: date | None) -> PlanDue:
    access.looked(tx, "plan.registry.view", client)
    return PlanDue(
        client_id=client.id,
        name=access.name_of(tx, client),
        risk_level=client.risk_level,
        status=status,
        due_on=due_on,
    )
