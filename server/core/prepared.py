"""Statements of the busiest path, compiled once for each database and then given to the driver as they are.

SQLAlchemy's Core spends more time around a small statement than the database does in it (docs/benchmarks.md has
the figures). What stands here keeps the tables' own types (ids, instants, words) and SQLAlchemy's errors, and
leaves the rest out. Anything that is not run hundreds of times a second is better off without.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, SelectBase, UpdateBase
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from server.core import pq
from server.core.db import Tx

Convert = Callable[[Any], Any]


class Prepared:
    """One select, insert or update. Each call gives a value for every name that the statement leaves open."""

    def __init__(self, statement: SelectBase | UpdateBase) -> None:
        self._statement = statement
        self._known: dict[str, _Compiled] = {}

    def run(self, tx: Tx, values: Mapping[str, Any]) -> None:
        """Insert or update."""
        known = self.compiled(tx)
        send(tx, known.text, known.in_order(values))

    def all(self, tx: Tx, values: Mapping[str, Any]) -> list[Any]:
        """Every row, with the columns as attributes."""
        known = self.compiled(tx)
        return known.rows(send(tx, known.text, known.in_order(values)))

    def one_or_none(self, tx: Tx, values: Mapping[str, Any]) -> Any:
        """The only row, or None."""
        rows = self.all(tx, values)
        if len(rows) > 1:
            raise AssertionError("one row at the most was expected")
        return rows[0] if rows else None

    def one(self, tx: Tx, values: Mapping[str, Any]) -> Any:
        """The only row."""
        row = self.one_or_none(tx, values)
        if row is None:
            raise AssertionError("one row was expected")
        return row

    def compiled(self, tx: Tx) -> "_Compiled":
        """The statement in the words of this transaction's database."""
        dialect = tx.connection.dialect
        known = self._known.get(dialect.name)
        if known is None:
            known = self._known[dialect.name] = _Compiled(self._statement, dialect)
        return known


class Together:
    """Several prepared inserts and updates that need nothing of each other: one round trip on PostgreSQL."""

    def __init__(self, *statements: Prepared) -> None:
        self._statements = statements
        self._text: str | None = None

    def run(self, tx: Tx, *values: Mapping[str, Any]) -> None:
        """Run each with its own values."""
        if tx.sqlite:
            for statement, own in zip(self._statements, values, strict=True):
                statement.run(tx, own)
            return
        compiled = [statement.compiled(tx) for statement in self._statements]
        if self._text is None:
            self._text = _joined([each.text for each in compiled])
        given = [value for each, own in zip(compiled, values, strict=True) for value in each.in_order(own)]
        send(tx, self._text, given)


def _joined(texts: Sequence[str]) -> str:
    """One statement of several, whose places are numbered on and on."""
    numbered: list[str] = []
    places = 0
    for text in texts:
        start = places
        numbered.append(re.sub(r"\$(\d+)", lambda found, start=start: f"${int(found[1]) + start}", text))
        places += len(set(re.findall(r"\$\d+", text)))
    *first, last = numbered
    return f"WITH {', '.join(f's{n} AS ({text})' for n, text in enumerate(first))} {last}"


def send(tx: Tx, text: str, values: Sequence[Any]) -> list[Any]:
    """Give a statement to the driver; its rows. What goes wrong is one of SQLAlchemy's errors, as everywhere else."""
    try:
        if tx.sqlite:
            return tx.driver.execute(text, values).fetchall()
        known = tx.connection.info.setdefault("prepared", {})
        return pq.run(tx.driver, known, text.encode(), values)
    except tx.connection.dialect.loaded_dbapi.Error as error:
        dialect = tx.connection.dialect
        if dialect.is_disconnect(error, tx.driver, None):  # pyright: ignore[reportArgumentType]  the driver's own
            tx.connection.invalidate(error)
        base = dialect.loaded_dbapi.Error
        raise DBAPIError.instance(text, None, error, base, hide_parameters=True, dialect=dialect) from error


class _Compiled:
    """A statement in one database's words, and how its values and rows are converted."""

    def __init__(self, statement: SelectBase | UpdateBase, dialect: Dialect) -> None:
        # libpq numbers the places of values; psycopg's own way of writing them is for its cursors.
        written = PGDialect_psycopg(paramstyle="numeric_dollar") if dialect.name == "postgresql" else dialect
        compiled: Any = statement.compile(dialect=written)
        self.text = str(compiled)
        names: Sequence[str] = compiled.positiontup
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._names = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        ]
        columns = list(statement.selected_columns) if isinstance(statement, SelectBase) else []
        self._converts: list[Convert | None] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        fields: list[str] = [str(column.key) for column in columns]
        self._row: Any = namedtuple("Row", fields)  # pyright: ignore[reportUntypedNamedTuple]  as the columns are

    def in_order(self, given: Mapping[str, Any]) -> list[Any]:
        """The values as the driver takes them. A name without a value is an error of ours."""
        values = {**self._fixed, **given} if self._fixed else given
        return [values[name] if convert is None else convert(values[name]) for name, convert in self._names]

    def rows(self, found: list[Any]) -> list[Any]:
        """The driver's rows with the tables' own types."""
        converts, make = self._converts, self._row._make
        return [
            make(
                [
                    value if convert is None else convert(value)
                    for convert, value in zip(converts, row, strict=True)
                ]
            )
            for row in found
        ]
