"""Looking a plan up: for the client's next steps, for the questions of a check-in, for the registry of plans due."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
from sqlalchemy import select

from crisisplans import sections
from crisisplans.lines import CrisisLine, line_table, national_lines
from crisisplans.models import CrisisLineRow, PlanRevision
from crisisplans.sections import NextStep, PlanDocument, WarningSign
from server.core.db import Tx
from server.people import access
from server.people.access import ClientFacts

BODY = "plan_revisions.body"


def main_line_number() -> str:
    """The number of the line that opens every plan, as a person dials it."""
    return national_lines()[0].number or ""


def programme_lines(tx: Tx, programme_id: UUID) -> tuple[CrisisLine, ...]:
    """The lines a programme entered for its own area."""
    query = select(CrisisLineRow.line).where(CrisisLineRow.programme_id == programme_id)
    return tuple(
        msgspec.convert(line, CrisisLine) for line in tx.session.scalars(query.order_by(CrisisLineRow.key))
    )


def known_lines(tx: Tx, programme_id: UUID) -> Mapping[str, CrisisLine]:
    """Every line a plan of this programme may refer to, by key."""
    return line_table(programme_lines(tx, programme_id))


def current_document(tx: Tx, client: ClientFacts) -> tuple[int, PlanDocument] | None:
    """The number and text of the client's published plan; None while there is none."""
    query = (
        select(PlanRevision.id, PlanRevision.number, PlanRevision.body)
        .where(PlanRevision.client_id == client.id)
        .order_by(PlanRevision.number.desc())
        .limit(1)
    )
    row = tx.session.connection().execute(query).one_or_none()
    if row is None:
        return None
    return row.number, access.key(tx, client).open_json(BODY, row.id, row.body, PlanDocument)


def next_steps(tx: Tx, client: ClientFacts, limit: int = 2) -> list[NextStep]:
    """What the client can do now, from their own plan; the national lines alone while there is no plan."""
    found = current_document(tx, client)
    document = found[1] if found else PlanDocument()
    lines = known_lines(tx, client.programme_id)
    return list(sections.next_steps(document, lines, client.language, limit))


def warning_signs(tx: Tx, client: ClientFacts) -> tuple[int, tuple[WarningSign, ...]]:
    """The published plan's number and its warning signs; (0, ()) while there is no plan."""
    found = current_document(tx, client)
    return (found[0], found[1].warning_signs) if found else (0, ())
