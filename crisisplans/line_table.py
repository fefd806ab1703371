"""The table of crisis lines: shown to staff with what is stale, and a programme's own part replaced by import."""

import dataclasses
import logging
from collections.abc import Iterator
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select

from crisisplans import queries
from crisisplans.lines import CrisisLine, line_href, parse_csv, stale
from crisisplans.models import CrisisLineRow, PlanRevision
from crisisplans.schemas import LineImport, LineOut, LineProblem, LineTable
from crisisplans.sections import PlanDocument
from server.core import audit
from server.core.actor import SYSTEM
from server.core.db import Tx
from server.core.errors import Invalid
from server.core.tables import new_id
from server.people import access, programmes, proofs
from server.people.access import CLIENT_COLUMNS
from server.people.models import Client, Programme
from server.people.programmes import ProgrammeFacts
from server.people.roles import Action
from server.people.unreadable import json_or

log = logging.getLogger("handrail.crisisplans")

_PLANS_AT_ONCE = 500


def shown(tx: Tx) -> LineTable:
    """Every line a plan of the acting person's programme may refer to, the national ones first."""
    access.require(tx, Action.VIEW_CRISIS_LINES)
    programme = programmes.of_actor(tx)
    today = queries.today(tx, programme.id)
    lines = [
        LineOut(
            **{name: getattr(line, name) for name in line.__struct_fields__},
            href=line_href(line),
            stale=stale(line, today),
        )
        for line in queries.known_lines(tx, programme.id).values()
    ]
    return LineTable(lines=lines, stale=[line.key for line in lines if line.stale])


def import_lines(tx: Tx, data: bytes, *, dry_run: bool) -> LineImport:
    """Replace the programme's own lines by those of a CSV file, or say what is wrong with it.

    With any error nothing is applied: a dry run reports it, otherwise Invalid carries the same report. A line
    that a published plan refers to cannot leave the table. What clients in crisis are told to call is sensitive:
    ProofNeeded where the last proof is over ten minutes old; a dry run needs none.
    """
    access.require(tx, Action.EDIT_CRISIS_LINES)
    if not dry_run:
        proofs.insist_on_fresh_proof(tx)
    programme = programmes.of_actor(tx)
    hold(tx, programme.id)
    lines, faults = parse_csv(data, queries.today(tx, programme.id))
    errors = [LineProblem(line=one.line_number, column=one.column, message=one.message) for one in faults]
    if not errors:
        errors += _still_needed(tx, programme, {line.key for line in lines})
    if dry_run or errors:
        report = LineImport(lines=len(lines), errors=errors, applied=False)
        if dry_run:
            return report
        # The report stands in the refusal itself, so that the caller reads one shape either way.
        raise Invalid(extra={**msgspec.to_builtins(report), "errors": [_problem(one) for one in errors]})
    _replace(tx, programme, lines)
    audit.record(tx, "crisis_lines.import", row_id=programme.id, data={"lines": len(lines)})
    return LineImport(lines=len(lines), errors=[], applied=True)


def hold(tx: Tx, programme_id: UUID) -> None:
    """Keep the programme's table as it is until the end of the transaction.

    Publishes share this lock: none can take up a line between the look at the plans and the replacement.
    """
    held = select(Programme.id).where(Programme.id == programme_id)
    tx.session.execute(held.with_for_update(key_share=True))


def _problem(error: LineProblem) -> dict[str, object]:
    path = f"{error.line}.{error.column}".rstrip(".")
    return {"path": path, "line": error.line, "column": error.column, "message": error.message}


def _replace(tx: Tx, programme: ProgrammeFacts, lines: tuple[CrisisLine, ...]) -> None:
    tx.session.execute(delete(CrisisLineRow).where(CrisisLineRow.programme_id == programme.id))
    rows = [
        {
            "id": new_id(),
            "programme_id": programme.id,
            "key": line.key,
            "line": msgspec.to_builtins(line),
            "check_again_by": line.check_again_by,
            "updated_at": tx.now,
        }
        for line in lines
    ]
    if rows:
        tx.connection.execute(insert(CrisisLineRow), rows)


def _still_needed(tx: Tx, programme: ProgrammeFacts, kept: set[str]) -> list[LineProblem]:
    """The lines that would vanish from under a published plan, as far as the plans open.

    While one does not open, nobody knows which lines it holds: then no line may vanish.
    """
    leaving = {line.key for line in queries.programme_lines(tx, programme.id)} - kept
    if not leaving:
        return []
    needed: set[str] = set()
    shut = 0
    for document in _published(tx, programme):
        if document is None:
            shut += 1
        else:
            needed.update(leaving.intersection(document.crisis_lines))
    message = "is missing from this file, and a published plan refers to it"
    found = [LineProblem(line=0, column="key", message=f"{key} {message}") for key in sorted(needed)]
    if shut:
        missing = ", ".join(sorted(leaving))
        message = f"{shut} published plan(s) cannot be read, and may refer to what is missing here: {missing}"
        found.append(LineProblem(line=0, column="key", message=message))
    return found


def _published(tx: Tx, programme: ProgrammeFacts) -> Iterator[PlanDocument | None]:
    """Every published plan of the programme; None for one that does not open.

    Plans are sealed, so which lines they hold shows only when they are opened. The service itself looks; the
    person who imports learns which line is in use, and of no client.
    """
    service = dataclasses.replace(tx, actor=SYSTEM)
    query = (
        select(*CLIENT_COLUMNS, PlanRevision.id.label("revision_id"), PlanRevision.body)
        .join(PlanRevision, PlanRevision.client_id == Client.id)
        .where(
            access.visible_clients(service, Action.VIEW_PLAN),
            Client.programme_id == programme.id,
            PlanRevision.number == Client.plan_revision,
        )
    )
    for row in tx.session.execute(query.execution_options(yield_per=_PLANS_AT_ONCE)):
        key = access.key(service, queries.facts_of(row))
        document = json_or(key, queries.BODY, row.revision_id, row.body, PlanDocument)
        if document is None:
            log.error("the published plan of client %s does not open", row.id)
        yield document
