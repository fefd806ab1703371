"""A programme's crisis lines as a CSV file, and what one table changes in another. Pure: no database, no clock."""

import csv
import io
from collections.abc import Iterable

from msgspec import Struct

from crisisplans.lines import COLUMNS, CrisisLine
from server.people.terms import Language


class Changed(Struct, frozen=True):
    """A line that stays and says something else: each column with what stood there and what will stand there."""

    line: CrisisLine
    cells: tuple[tuple[str, str, str], ...]


class Changes(Struct, frozen=True, kw_only=True):
    """What a new table does to the present one. A line is known by its key, wherever it stands in the file."""

    added: tuple[CrisisLine, ...] = ()
    changed: tuple[Changed, ...] = ()
    removed: tuple[CrisisLine, ...] = ()
    same: int = 0


def cells_of(line: CrisisLine) -> dict[str, str]:
    """The line as one row of the file, by column: what an import reads back as the same line."""
    return {
        "key": line.key,
        "kind": line.kind.value,
        "name_en": line.name[Language.EN],
        "name_es": line.name[Language.ES],
        "number": line.number or "",
        "url": line.url or "",
        "sms_keywords": _pairs(line.sms_keywords),
        "press": _pairs(line.press),
        "languages": " ".join(line.languages),
        "hours_en": line.hours[Language.EN],
        "hours_es": line.hours[Language.ES],
        "area": line.area,
        "checked_on": line.checked_on.isoformat(),
        "checked_by": line.checked_by,
        "check_again_by": line.check_again_by.isoformat(),
    }


def _pairs(pairs: dict[str, str]) -> str:
    return " ".join(f"{left}={right}" for left, right in pairs.items())


def written(lines: Iterable[CrisisLine]) -> bytes:
    """The lines as a CSV file (UTF-8, the columns an import wants); a header alone where there is none."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(cells_of(line) for line in lines)
    return out.getvalue().encode()


def compared(before: Iterable[CrisisLine], after: Iterable[CrisisLine]) -> Changes:
    """What becomes of the table `before` when `after` takes its place."""
    old, new = {line.key: line for line in before}, {line.key: line for line in after}
    changed = tuple(
        Changed(line, _different(old[key], line))
        for key, line in new.items()
        if key in old and cells_of(old[key]) != cells_of(line)
    )
    return Changes(
        added=tuple(line for key, line in new.items() if key not in old),
        changed=changed,
        removed=tuple(line for key, line in old.items() if key not in new),
        same=len(old.keys() & new.keys()) - len(changed),
    )


def _different(old: CrisisLine, new: CrisisLine) -> tuple[tuple[str, str, str], ...]:
    was, will = cells_of(old), cells_of(new)
    return tuple((column, was[column], will[column]) for column in COLUMNS if was[column] != will[column])
