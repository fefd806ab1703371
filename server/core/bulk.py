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

Row = dict[str, Any]
"""Ids, instants, numbers, texts and JSON objects by column; what came raw may go as it came."""


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


def insert_many(tx: Tx, table: str, rows: Sequence[Row], *, unless: str = "") -> None:
    """Store rows of the same columns. One that is there already stays as it is, known by the columns of `unless`.

    Without them it is known by any of the table's keys.
    """
    if not rows:
        return
    names = ", ".join(rows[0])
    given = f"values ({', '.join('?' for _ in rows[0])})" if tx.sqlite else f"select {names} {_sent(table)}"
    known = f"({unless}) " if unless else ""
    _run(tx, f"insert into {table} ({names}) {given} on conflict {known}do nothing", rows)


def update_many(tx: Tx, table: str, rows: Sequence[Row]) -> None:
    """Change rows: each holds its id, and the same other columns."""
    if not rows:
        return
    # SQLite's marks are numbered in the order of the row's columns.
    sent = {name: f"?{place}" if tx.sqlite else f"sent.{name}" for place, name in enumerate(rows[0], 1)}
    changed = ", ".join(f"{name} = {value}" for name, value in sent.items() if name != "id")
    these = f"where id = {sent['id']}" if tx.sqlite else f"{_sent(table)} where {table}.id = sent.id"
    _run(tx, f"update {table} set {changed} {these}", rows)


# PostgreSQL takes all rows as one value: a statement for each costs it, and the driver, several times as much.
def _sent(table: str) -> str:
    return f"from json_populate_recordset(null::{table}, %s::json) sent"


def _run(tx: Tx, sql: str, rows: Sequence[Row]) -> None:
    taken = [_for_sqlite(row) for row in rows] if tx.sqlite else (msgspec.json.encode(rows).decode(),)
    tx.connection.exec_driver_sql(sql, taken)


# Of bytes the driver asks each time whether something wants to adapt them; a bytearray it takes as it is.
_AS_SQLITE_TAKES: dict[type, Callable[[Any], Any]] = {
    bytes: bytearray,
    UUID: lambda value: bytearray(value.bytes),
    datetime: lambda value: (value - EPOCH) // _MICROSECOND,
    dict: lambda value: msgspec.json.encode(value).decode(),
}


def _for_sqlite(row: Row) -> tuple[Any, ...]:
    takes = _AS_SQLITE_TAKES
    return tuple([takes[type(value)](value) if type(value) in takes else value for value in row.values()])
