"""Everything a database holds, with what no two runs share made the same, to be compared with another run's."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from server.core import audit
from server.core.audit import AuditRow, AuditSeal
from server.core.db import Database, Tx
from server.core.tables import Base

Stored = dict[str, Counter[str]]

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ID_BYTES = 16  # as SQLite has them
_APART = {
    "messages": {"attempts", "fence", "send_after", "sent_at"},
    "attempts": {"fence", "started_at", "ended_at", "provider_id"},
    "case_events": {"number"},
    "audit": {"number"},
}
"""When and how often it was tried, which the fault is bound to change, and numbers the databases give."""
_OWN_WAY = {"audit_seals", "job_runs", "served_channels"}
"""How the trail is cut into links, and when each job was last at its end."""


def ids(db: Database) -> set[str]:
    """Every id there is, wherever it stands."""
    return db.read_now(lambda tx: {found for row in _rows(tx) for found in _ID.findall(row[1])})


def stored(db: Database, known: set[str]) -> Stored:
    """The rows of each table; ids that are not among the known ones are alike, and so is all that is sealed."""

    def look(tx: Tx) -> Stored:
        found: Stored = {}
        for table, row in _rows(tx):
            found.setdefault(table, Counter())[alike(row, known)] += 1
        return found

    return db.read_now(look)


def alike(words: str, known: set[str]) -> str:
    """Ids that only this run has are called new."""
    return _ID.sub(lambda each: each[0] if each[0] in known else "new", words)


def _rows(tx: Tx) -> Iterator[tuple[str, str]]:
    """As the driver has them: this is asked for a thousand times."""
    for table in Base.metadata.sorted_tables:
        if table.name in _OWN_WAY:
            continue
        found = tx.driver.execute(f'select * from "{table.name}"')  # noqa: S608
        names = [column[0] for column in found.description]
        kept = [n for n, name in enumerate(names) if name not in _APART.get(table.name, ())]
        for row in found.fetchall():
            yield table.name, ", ".join(f"{names[n]} {_plain(row[n])}" for n in kept)


def _plain(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    return str(UUID(bytes=value)) if len(value) == _ID_BYTES else "sealed"


def difference(wanted: Stored, found: Stored) -> list[str]:
    """What is missing and what is too much, table by table."""
    lines: list[str] = []
    for table in sorted({*wanted, *found}):
        one, other = wanted.get(table, Counter()), found.get(table, Counter())
        lines += [f"- {table}: {row}" for row in (one - other).elements()]
        lines += [f"+ {table}: {row}" for row in (other - one).elements()]
    return lines


def trail_holds(tx: Tx) -> bool:
    """Every row of the trail is sealed, and every link holds."""
    last = tx.session.scalar(select(func.max(AuditSeal.last_row)))
    return audit.first_broken_seal(tx) is None and last == tx.session.scalar(
        select(func.max(AuditRow.number))
    )
