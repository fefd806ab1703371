"""Rows by the hundred: values go between the driver and us as the driver has them, untouched by SQLAlchemy.

A batch of check-ins and their messages then costs little more than its bare SQL. Only what the worker writes in
batches is written this way.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, type_coerce
from sqlalchemy.types import NullType

from server.core.db import Tx
from server.core.tables import EPOCH

_MICROSECOND = timedelta(microseconds=1)
_RAW = NullType()


def raw(column: Any, name: str) -> ColumnElement[Any]:
    """The column as the driver gives it, under a name."""
    return type_coerce(column, _RAW).label(name)


def id_of(value: Any) -> UUID:
    """An id that came raw."""
    return value if isinstance(value, UUID) else UUID(bytes=value)


def instant_of(value: Any) -> datetime:
    """An instant that came raw."""
    return value.astimezone(UTC) if isinstance(value, datetime) else EPOCH + value * _MICROSECOND


_AS_SQLITE_TAKES: dict[type, Callable[[Any], Any]] = {
    UUID: lambda value: value.bytes,
    datetime: lambda value: (value - EPOCH) // _MICROSECOND,
}


def execute_many(tx: Tx, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run one statement for each row; its places are written as question marks. What came raw may go as it came."""
    if not rows:
        return
    if not tx.sqlite:
        tx.connection.exec_driver_sql(sql.replace("?", "%s"), list(rows))
        return
    kinds = _AS_SQLITE_TAKES
    taken = [
        tuple([kinds[type(value)](value) if type(value) in kinds else value for value in row]) for row in rows
    ]
    tx.connection.exec_driver_sql(sql, taken)
