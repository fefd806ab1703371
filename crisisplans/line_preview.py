"""Trying a file of crisis lines, then applying exactly what was tried.

Rule: a file is applied only as it was looked at, to the table it was compared with. Where either is another one by
then, nothing happens and the comparison has to be looked at again.
"""

import hashlib
import hmac

import msgspec
from msgspec import Struct

from crisisplans import line_table, queries
from crisisplans.line_file import Changes, cells_of, compared
from crisisplans.lines import CrisisLine, parse_csv
from crisisplans.schemas import LineImport, LineProblem
from server.core.db import Tx
from server.core.errors import EditedMeanwhile
from server.people import access, programmes
from server.people.roles import Action


class Preview(Struct, frozen=True, kw_only=True):
    """What a file would do: how many lines it holds, everything wrong with it, and what it changes.

    `mark` stands for this file against this table; it is empty while something is wrong.
    """

    lines: int
    errors: tuple[LineProblem, ...]
    changes: Changes
    mark: str


def preview(tx: Tx, data: bytes) -> Preview:
    """Compare a CSV file with the programme's own lines. Changes nothing."""
    report = line_table.import_lines(tx, data, dry_run=True)
    programme_id = programmes.of_actor(tx).id
    before = queries.programme_lines(tx, programme_id)
    after, _ = parse_csv(data, queries.today(tx, programme_id))
    sound = not report.errors
    return Preview(
        lines=report.lines,
        errors=tuple(report.errors),
        changes=compared(before, after) if sound else Changes(),
        mark=_mark(tx, data, before) if sound else "",
    )


def apply(tx: Tx, data: bytes, mark: str) -> LineImport:
    """Replace the programme's own lines by this file, as it was previewed.

    EditedMeanwhile where the table, or the file, is not the one that `mark` was made for.
    """
    access.require(tx, Action.EDIT_CRISIS_LINES)
    programme_id = programmes.of_actor(tx).id
    line_table.hold(tx, programme_id)
    expected = _mark(tx, data, queries.programme_lines(tx, programme_id))
    if not hmac.compare_digest(expected.encode(), mark.encode()):
        raise EditedMeanwhile("Nothing was changed. Look at what the file does to the table as it is now.")
    return line_table.import_lines(tx, data, dry_run=False)


def _mark(tx: Tx, data: bytes, before: tuple[CrisisLine, ...]) -> str:
    programme_id = programmes.of_actor(tx).id
    told = (programme_id, hashlib.sha256(data).hexdigest(), [cells_of(line) for line in before])
    return tx.vault.blind("crisis_lines.preview", msgspec.json.encode(told)).hex()
