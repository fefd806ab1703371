"""Prepared statements on PostgreSQL through libpq itself, one blocking call each.

psycopg's cursors pass every statement through a generator that waits for the socket in Python: more processor time
than all the rest of an answer (docs/benchmarks.md has the figures). Its documented lower level, `psycopg.pq` with a
`Transformer`, keeps its types and errors and leaves the cursors out.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format, TransactionStatus

_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


def run(driver: Any, known: dict[Any, bytes], text: bytes, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement in the connection's transaction, beginning it where need be; its rows.

    `known` lives as long as the connection and holds what is prepared on it. Values are numbered $1, $2 and so on.
    Raises psycopg's errors.
    """
    connection = driver.pgconn
    if connection.transaction_status == TransactionStatus.IDLE:
        _checked(driver, connection.exec_(b"BEGIN"))
    transformer = Transformer(driver)
    given = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
    kinds = transformer.types or ()
    name = known.get((text, kinds))
    if name is None:
        name = b"handrail_%d" % len(known)
        _checked(driver, connection.prepare(name, text, kinds))
        known[text, kinds] = name
    result = _checked(driver, connection.exec_prepared(name, given, transformer.formats, Format.BINARY))
    if not result.ntuples:
        return []
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple)


def _checked(driver: Any, result: Any) -> Any:
    if result.status not in _DONE:
        raise errors.error_from_result(result, driver.info.encoding)
    return result
