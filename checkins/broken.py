"""Rows that cannot be worked on: named in the log, left alone for five minutes, and counted for health.

A schedule that does not read or a zone that left the zone data is one client's trouble. Nobody else's
check-ins wait for it, and it is not forgotten either: it is tried again until somebody mends it.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update

from checkins.models import Occurrence, ScheduleRow
from server.core.bulk import id_of
from server.core.db import Database, Tx

log = logging.getLogger("handrail.checkins")

RETRY_AFTER = timedelta(minutes=5)
"""How long a row that cannot be worked on is left alone."""

DAMAGE = (ValueError, TypeError, LookupError, ArithmeticError)
"""What reading or computing from a damaged row ends in. A database error is none of these, and is not caught:
the whole batch then runs again."""

Table = type[Occurrence] | type[ScheduleRow]


def not_set_aside(table: Table) -> ColumnElement[bool]:
    """Whether a row may be taken up; the statement takes `now`."""
    return or_(table.retry_at.is_(None), table.retry_at <= bindparam("now"))


def tell_of(row_id: Any, what: str, error: Exception) -> None:
    """One line for the log: which row, and the class of what went wrong. The id may be raw."""
    log.error("%s %s cannot be worked on: %s", what, id_of(row_id), type(error).__name__)


def set_aside(tx: Tx, table: Table, rows: Sequence[Any]) -> None:
    """Leave these rows alone for a while; one statement, whatever their number. The ids may be raw."""
    if rows:
        which = update(table).where(table.id.in_([id_of(row_id) for row_id in rows]))
        tx.connection.execute(which.values(retry_at=tx.now + RETRY_AFTER))


def set_one_aside(db: Database, table: Table, row_id: UUID, what: str, error: Exception) -> None:
    """Name a row whose own transaction failed, and leave it alone for a while."""
    tell_of(row_id, what, error)
    db.write_now(lambda tx: set_aside(tx, table, [row_id]))


def counted(tx: Tx) -> dict[str, int]:
    """How many rows no job could work on of late, by what they are; nothing where all is well.

    A row counts for as long again after its time came, so that it does not vanish between two tries.
    """
    found: dict[str, int] = {}
    for name, table in (("checkins", Occurrence), ("schedules", ScheduleRow)):
        query = select(func.count()).select_from(table).where(table.retry_at > tx.now - RETRY_AFTER)
        number = tx.connection.execute(query).scalar_one()
        if number:
            found[name] = number
    return found
