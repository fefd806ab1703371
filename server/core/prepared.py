"""Statements of the busiest path, compiled once for each database and then given to the driver as they are.

SQLAlchemy's Core spends more time around a small statement than the database does in it (docs/benchmarks.md has
the figures). What stands here keeps the tables' own types (ids, instants, words) and SQLAlchemy's errors, and
leaves the rest out. Anything that is not run hundreds of times a second is better off without.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, LargeBinary, SelectBase, UpdateBase
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from server.core import pq
from server.core.db import Tx

Convert = Callable[[Any], Any]
Sent = tuple[str, Sequence[Any]]
"""A statement's text, and its values as the driver takes them."""


class Prepared:
    """One select, insert or update. Each call gives a value for every name that the statement leaves open."""

    def __init__(self, statement: SelectBase | UpdateBase) -> None:
        self._statement = statement
        self._known: dict[bool, _Compiled] = {}

    def run(self, tx: Tx, values: Mapping[str, Any]) -> None:
        """Insert or update."""
        _now(tx, self.compiled(tx), values)

    def all(self, tx: Tx, values: Mapping[str, Any]) -> list[Any]:
        """Every row, with the columns as attributes."""
        known = self.compiled(tx)
        fetched = tx.fetched.pop(self, None)
        rows = fetched[1] if fetched is not None and fetched[0] == values else _now(tx, known, values)
        return known.rows(rows)

    def ahead(self, tx: Tx, values: Mapping[str, Any]) -> None:
        """Ask for the rows right behind the next prepared statement; `all` for the same values has them then.

        Only for rows that this transaction does not change in between. SQLite has no round trip to save.
        """
        if not tx.sqlite:
            tx.ahead[self] = values

    def told_ahead(self, tx: Tx) -> list[Any] | None:
        """The rows that came of `ahead`, once; None where they were not asked for."""
        fetched = tx.fetched.pop(self, None)
        return None if fetched is None else self.compiled(tx).rows(fetched[1])

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
        known = self._known.get(tx.sqlite)
        if known is None:
            known = self._known[tx.sqlite] = _Compiled(self._statement, tx.orm.dialect)
        return known


class Together:
    """Several prepared inserts and updates that need nothing of each other: one round trip on PostgreSQL."""

    def __init__(self, *statements: Prepared) -> None:
        self._statements = statements
        self._text: str | None = None

    def run(self, tx: Tx, *values: Mapping[str, Any]) -> None:
        """Run each with its own values."""
        send(tx, self._sent(tx, values))

    def at_the_end(self, tx: Tx, *values: Mapping[str, Any]) -> None:
        """Run each when all the work is done, on PostgreSQL in one round trip with COMMIT."""
        statements = self._sent(tx, values)
        # It is handed the transaction: one that held itself would wait for the collector after every answer.
        tx.last = lambda of_it, commit: send(of_it, statements, commit=commit)

    def _sent(self, tx: Tx, values: Sequence[Mapping[str, Any]]) -> "list[Sent]":
        compiled = [statement.compiled(tx) for statement in self._statements]
        given = [each.in_order(own) for each, own in zip(compiled, values, strict=True)]
        if tx.sqlite:
            return [(each.text, own) for each, own in zip(compiled, given, strict=True)]
        if self._text is None:
            self._text = _joined([each.text for each in compiled])
        return [(self._text, [value for own in given for value in own])]


def _joined(texts: Sequence[str]) -> str:
    """One statement of several, whose places are numbered on and on."""
    numbered: list[str] = []
    places = 0
    for text in texts:
        start = places
        numbered.append(re.sub(r"\$(\d+)", lambda found, start=start: f"${int(found[1]) + start}", text))
        places += len(set(re.findall(r"\$\d+", text)))
    *first, last = numbered
    named = ", ".join(f"s{n} AS ({text})" for n, text in enumerate(first))
    return f"WITH {named} {last}" if named else last


def _now(tx: Tx, known: "_Compiled", values: Mapping[str, Any]) -> list[Any]:
    """Send a statement, and behind it what was asked for ahead; its own rows."""
    ahead = tuple(tx.ahead.items())
    tx.ahead.clear()
    behind = [(each.compiled(tx), own) for each, own in ahead]
    rows, *more = send(tx, [(one.text, one.in_order(own)) for one, own in ((known, values), *behind)])
    for (each, own), found in zip(ahead, more, strict=True):
        tx.fetched[each] = (own, found)
    return rows


def send(tx: Tx, statements: "Sequence[Sent]", *, commit: bool = False) -> list[list[Any]]:
    """Give statements to the driver, in one round trip; the rows of each. `commit`: and end the transaction.

    What goes wrong is one of SQLAlchemy's errors, as everywhere else.
    """
    try:
        if tx.sqlite:
            return [tx.driver.execute(text, values).fetchall() for text, values in statements]
        return pq.run(tx.driver, tx.connection.info.setdefault("prepared", {}), statements, commit=commit)
    except tx.orm.dialect.loaded_dbapi.Error as error:
        dialect = tx.orm.dialect
        if dialect.is_disconnect(error, tx.driver, None):  # pyright: ignore[reportArgumentType]  the driver's own
            tx.connection.invalidate(error)
        base, text = dialect.loaded_dbapi.Error, statements[0][0]
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
        self._names = [(name, _to_driver(compiled.binds[name].type, dialect)) for name in names]
        columns = list(statement.selected_columns) if isinstance(statement, SelectBase) else []
        converts = [_from_driver(column.type, dialect) for column in columns]
        self._converts = [(n, convert) for n, convert in enumerate(converts) if convert is not None]
        fields: list[str] = [str(column.key) for column in columns]
        self._row: Any = namedtuple("Row", fields)  # pyright: ignore[reportUntypedNamedTuple]  as the columns are

    def in_order(self, given: Mapping[str, Any]) -> list[Any]:
        """The values as the driver takes them. A name without a value is an error of ours."""
        values = {**self._fixed, **given} if self._fixed else given
        return [values[name] if convert is None else convert(values[name]) for name, convert in self._names]

    def rows(self, found: list[Any]) -> list[Any]:
        """The driver's rows with the tables' own types."""
        made = map(self._converted, found) if self._converts else found
        return [self._row._make(row) for row in made]

    def _converted(self, row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for place, convert in self._converts:
            values[place] = convert(values[place])
        return values


def _to_driver(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    # Both drivers take bytes and give bytes; SQLAlchemy would wrap them on the way.
    return None if isinstance(kind, LargeBinary) else kind.dialect_impl(dialect).bind_processor(dialect)


def _from_driver(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return (
        None if isinstance(kind, LargeBinary) else kind.dialect_impl(dialect).result_processor(dialect, None)
    )
