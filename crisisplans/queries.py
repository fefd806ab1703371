"""Looking a plan up: for the client's next steps, and for the questions of a check-in."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from crisisplans import sections
from crisisplans.lines import IN_EVERY_PLAN, CrisisLine, line_table, stale
from crisisplans.models import CrisisLineRow, PlanRevision
from crisisplans.sections import NextStep, PlanDocument, WarningSign
from notifications.delivery.messages import HelpLine
from server.core.db import Tx
from server.core.zones import zone
from server.people import access, programmes
from server.people.access import CLIENT_COLUMNS, ClientFacts

BODY = "plan_revisions.body"


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


def facts_of(row: Sequence[Any]) -> ClientFacts:
    """The client in a row that starts with CLIENT_COLUMNS."""
    return ClientFacts(*row[: len(CLIENT_COLUMNS)])
