"""Rows by the hundred: values go between the driver and us as the driver has them, untouched by SQLAlchemy.

A batch of check-ins and their messages then costs little more than its bare SQL. Only what the worker writes in
batches is written this way.
"""
# ruff: noqa: S608  tables and columns are named in this repository; values are bound

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, type_coerce
from sqlalchemy.types import NullType

from server.core.db import Tx
from server.core.tables import EPOCH

_MICROSECOND = timedelta(microseconds=1)
_RAW = NullType()

Row = tuple[Any, ...]
"""Ids, instants, numbers, texts and JSON objects, in the order of some columns; what came raw may go as it came."""


def raw(column: Any, name: str) -> ColumnElement[Any]:
    """The column as the driver gives it, under a name."""
    return type_coerce(column, _RAW).label(name)


def id_of(value: Any) -> UUID:
    """An id that came raw."""
    return value if isinstance(value, UUID) else _known_id(value)


@lru_cache(maxsize=4096)
def _known_id(value: bytes) -> UUID:
    """Remembered, because a batch names a programme, and many a client, more than once."""
    return UUID(bytes=value)


def instant_of(value: Any) -> datetime:
    """An instant that came raw."""
    return value.astimezone(UTC) if isinstance(value, datetime) else EPOCH + value * _MICROSECOND


def insert_many(tx: Tx, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Store rows; one that is there already stays as it is. `columns` says what each row holds."""
    names = ", ".join(columns)
    given = (
        f"values ({', '.join('?' for _ in columns)})" if tx.sqlite else f"select {names} from {_sent(table)}"
    )
    _run(tx, f"insert into {table} ({names}) {given} on conflict do nothing", columns, rows)


def update_many(tx: Tx, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Change rows. `columns` says what each holds; the last of them is the id."""
    value = "?" if tx.sqlite else "sent.{}"
    changed = ", ".join(f"{name} = {value.format(name)}" for name in columns[:-1])
    these = "where id = ?" if tx.sqlite else f"from {_sent(table)} where {table}.id = sent.id"
    _run(tx, f"update {table} set {changed} {these}", columns, rows)


# PostgreSQL takes all rows as one value: a statement for each costs it, and the driver, several times as much.
def _sent(table: str) -> str:
    return f"json_populate_recordset(null::{table}, %s::json) sent"


def _run(tx: Tx, sql: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    if rows:
        tx.connection.exec_driver_sql(sql, _for_sqlite(rows) if tx.sqlite else (_as_json(columns, rows),))


def _as_json(columns: Sequence[str], rows: Sequence[Row]) -> str:
    return msgspec.json.encode([dict(zip(columns, row, strict=True)) for row in rows]).decode()


_AS_SQLITE_TAKES: dict[type, Callable[[Any], Any]] = {
    UUID: lambda value: value.bytes,
    datetime: lambda value: (value - EPOCH) // _MICROSECOND,
    dict: lambda value: msgspec.json.encode(value).decode(),
}


def _for_sqlite(rows: Sequence[Row]) -> list[Row]:
    kinds = _AS_SQLITE_TAKES
    return [
        tuple([kinds[type(value)](value) if type(value) in kinds else value for value in row]) for row in rows
    ]
