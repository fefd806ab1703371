"""Prepared statements on PostgreSQL through libpq itself, in as few round trips as can be.

psycopg's cursors pass every statement through a generator that waits for the socket in Python: more processor time
than all the rest of an answer (docs/benchmarks.md has the figures). Its documented lower level, `psycopg.pq` with a
`Transformer`, keeps its types and errors and leaves the cursors out. BEGIN goes with the first statement and COMMIT
with the last, by libpq's pipeline mode: what follows a statement that failed is not carried out.
"""

import select
from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import OperationalError, errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format, TransactionStatus

_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)

Statement = tuple[str, Sequence[Any]]
"""A text, and the values for its places; these are numbered $1, $2 and so on."""


class _Ready(NamedTuple):
    transformer: Any
    name: bytes
    values: Sequence[Any]


def run(
    driver: Any, known: dict[Any, bytes], statements: Sequence[Statement], *, commit: bool = False
) -> list[list[tuple[Any, ...]]]:
    """Run statements in the connection's transaction, beginning it where need be; the rows of each.

    `known` lives as long as the connection and holds what is prepared on it. `commit`: end the transaction in the
    same round trip. Raises psycopg's errors.
    """
    connection = driver.pgconn
    ready = [_prepared(driver, known, text, values) for text, values in statements]
    begin = connection.transaction_status == TransactionStatus.IDLE
    if not begin and not commit and len(ready) == 1:
        results = [connection.exec_prepared(ready[0].name, *_given(ready[0]))]
    else:
        results = _in_one_trip(connection, ready, begin=begin, commit=commit)
    for result in results:
        _checked(driver, result)
    return [_rows(each, result) for each, result in zip(ready, results[begin:], strict=False)]


def _prepared(driver: Any, known: dict[Any, bytes], text: str, values: Sequence[Any]) -> _Ready:
    transformer = Transformer(driver)
    given = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
    kinds = transformer.types or ()
    name = known.get((text, kinds))
    if name is None:
        name = b"handrail_%d" % len(known)
        _checked(driver, driver.pgconn.prepare(name, text.encode(), kinds))
        known[text, kinds] = name
    return _Ready(transformer, name, given)


def _given(each: _Ready) -> tuple[Any, ...]:
    return each.values, each.transformer.formats, Format.BINARY


def _in_one_trip(connection: Any, ready: Sequence[_Ready], *, begin: bool, commit: bool) -> list[Any]:
    try:
        connection.enter_pipeline_mode()
        if begin:
            connection.send_query_params(b"BEGIN", None)
        for each in ready:
            connection.send_query_prepared(each.name, *_given(each))
        if commit:
            connection.send_query_params(b"COMMIT", None)
        connection.pipeline_sync()
        results = _results(connection, begin + len(ready) + commit)
        connection.exit_pipeline_mode()
    except BaseException:
        connection.finish()  # what it has still to say belongs to nobody
        raise
    return results


def _results(connection: Any, count: int) -> list[Any]:
    """The result of each statement, waiting for the socket with the interpreter free for other threads."""
    waiting = select.poll()
    unsent = connection.flush()
    waiting.register(connection.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
    results: list[Any] = []
    # Nothing has, so soon; and whenever libpq is asked, all threads contend for the interpreter.
    arrived = False
    for _ in range(count + 1):  # the end of the trip is the last
        while not arrived or connection.is_busy():
            waiting.poll()
            connection.consume_input()
            arrived = True
            if unsent and not (unsent := connection.flush()):
                waiting.modify(connection.socket, select.POLLIN)
        results.append(connection.get_result())
        if len(results) <= count:
            connection.get_result()  # the empty one behind each, which is not waited for
    if results[-1] is None or results[-1].status != ExecStatus.PIPELINE_SYNC:
        raise OperationalError(connection.get_error_message())
    return results[:-1]


def _checked(driver: Any, result: Any) -> Any:
    if result.status not in _DONE:
        raise errors.error_from_result(result, driver.info.encoding)
    return result


def _rows(each: _Ready, result: Any) -> list[tuple[Any, ...]]:
    if not result.ntuples:
        return []
    each.transformer.set_pgresult(result)
    return each.transformer.load_rows(0, result.ntuples, tuple)
