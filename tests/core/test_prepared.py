"""Prepared statements: the same types and the same errors as SQLAlchemy's own way, on both databases."""

import asyncio
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.core import audit
from server.core.audit import AuditRow
from server.core.db import Database, Tx
from server.core.prepared import Prepared, Together
from server.core.tables import new_id
from server.people.models import Throttle

NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)

ADD = Prepared(insert(Throttle))
MORE = Prepared(
    update(Throttle)
    .where(Throttle.key == bindparam("which"))
    .values(tries=Throttle.tries + bindparam("more"))
)
ONE = Prepared(
    select(Throttle.key, Throttle.tries, Throttle.window_ends_at).where(Throttle.key == bindparam("which"))
)
LINE = Prepared(
    select(AuditRow.number, AuditRow.row_id, AuditRow.at, AuditRow.data)
    .where(AuditRow.what == bindparam("what"))
    .limit(5)
)


def throttle(key: bytes, tries: int = 1) -> dict[str, object]:
    return {"key": key, "tries": tries, "window_ends_at": NOON}


def test_values_and_rows_have_the_types_of_the_tables(db: Database) -> None:
    def work(tx: Tx) -> None:
        ADD.run(tx, throttle(b"a"))
        MORE.run(tx, {"which": b"a", "more": 4})
        row = ONE.one(tx, {"which": b"a"})
        assert (row.key, row.tries, row.window_ends_at) == (b"a", 5, NOON)
        assert ONE.one_or_none(tx, {"which": b"b"}) is None
        about = new_id()
        audit.record(tx, "look", row_id=about, data={"rows": 3})
        [line] = LINE.all(tx, {"what": "look"})
        assert (line.row_id, isinstance(line.number, int)) == (about, True)
        assert line.at == tx.now
        assert line.data == {"rows": 3}

    db.write_now(work)


def test_what_is_prepared_and_what_is_not_see_each_other(db: Database) -> None:
    def work(tx: Tx) -> None:
        tx.session.add(Throttle(**throttle(b"orm")))
        tx.session.flush()
        assert ONE.one(tx, {"which": b"orm"}).tries == 1
        ADD.run(tx, throttle(b"prepared"))
        assert tx.session.scalar(select(func.count()).select_from(Throttle)) == 2

    db.write_now(work)


def test_several_writes_together_are_each_carried_out(db: Database) -> None:
    both = Together(ADD, MORE)
    db.write_now(lambda tx: ADD.run(tx, throttle(b"old")))
    for turn in range(7):
        key = b"new%d" % turn
        db.write_now(lambda tx, k=key: both.run(tx, throttle(k), {"which": b"old", "more": 1}))
    assert db.read_now(lambda tx: ONE.one(tx, {"which": b"old"})).tries == 8
    assert db.read_now(lambda tx: ONE.one(tx, {"which": b"new6"})).tries == 1


def test_a_forgotten_value_is_an_error_and_stores_nothing(db: Database) -> None:
    with pytest.raises(KeyError, match="window_ends_at"):
        db.write_now(lambda tx: ADD.run(tx, {"key": b"a", "tries": 1}))


def test_a_duplicate_is_the_error_it_always_was_and_undoes_only_its_own_work(db: Database) -> None:
    db.write_now(lambda tx: ADD.run(tx, throttle(b"a")))

    def twice(tx: Tx) -> None:
        ADD.run(tx, throttle(b"b"))
        Together(ADD, MORE).run(tx, throttle(b"a"), {"which": b"a", "more": 1})

    with pytest.raises(IntegrityError) as caught:
        db.write_now(twice)
    assert "parameters" not in str(caught.value)
    assert db.read_now(lambda tx: ONE.one_or_none(tx, {"which": b"b"})) is None
    assert db.read_now(lambda tx: ONE.one(tx, {"which": b"a"})).tries == 1


def test_an_instant_without_a_zone_is_refused(db: Database) -> None:
    naive = {**throttle(b"a"), "window_ends_at": NOON.replace(tzinfo=None)}
    with pytest.raises(ValueError, match="time zone"):
        db.write_now(lambda tx: ADD.run(tx, naive))


def test_a_lost_connection_is_replaced_for_the_next_piece_of_work(db: Database) -> None:
    if db.sqlite:
        pytest.skip("an embedded database has no connection to lose")

    def cut(tx: Tx) -> None:
        pid = tx.session.execute(text("select pg_backend_pid()")).scalar_one()
        with db.engine.connect() as other:
            other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        time.sleep(0.1)
        ADD.run(tx, throttle(b"a"))

    for _ in range(3):
        with pytest.raises(DBAPIError):
            db.write_now(cut)
    db.write_now(lambda tx: ADD.run(tx, throttle(b"b")))
    assert db.read_now(lambda tx: ONE.one_or_none(tx, {"which": b"a"})) is None


def test_what_is_left_for_the_end_is_stored_with_the_rest(db: Database) -> None:
    def work(tx: Tx) -> None:
        Together(ADD, MORE).at_the_end(tx, throttle(b"last"), {"which": b"first", "more": 1})
        tx.session.add(Throttle(**throttle(b"first")))

    db.write_now(work)
    assert db.read_now(lambda tx: ONE.one(tx, {"which": b"first"})).tries == 2
    assert db.read_now(lambda tx: ONE.one(tx, {"which": b"last"})).tries == 1


def test_what_fails_at_the_end_takes_all_of_its_work_back(db: Database) -> None:
    db.write_now(lambda tx: ADD.run(tx, throttle(b"a")))

    def twice(tx: Tx) -> None:
        ADD.run(tx, throttle(b"b"))
        Together(MORE, ADD).at_the_end(tx, {"which": b"a", "more": 1}, throttle(b"a"))

    for _ in range(3):
        with pytest.raises(IntegrityError) as caught:
            db.write_now(twice)
        assert "parameters" not in str(caught.value)
    assert db.read_now(lambda tx: ONE.one_or_none(tx, {"which": b"b"})) is None
    assert db.read_now(lambda tx: ONE.one(tx, {"which": b"a"})).tries == 1


def test_what_is_left_for_the_end_of_a_read_is_not_stored(db: Database) -> None:
    db.read_now(lambda tx: Together(ADD).at_the_end(tx, throttle(b"a")))
    assert db.read_now(lambda tx: ONE.one_or_none(tx, {"which": b"a"})) is None


def test_rows_asked_for_ahead_are_those_that_are_asked_for(db: Database) -> None:
    db.write_now(lambda tx: [ADD.run(tx, throttle(key, tries)) for key, tries in ((b"a", 1), (b"b", 2))])

    def work(tx: Tx) -> None:
        ONE.ahead(tx, {"which": b"b"})
        assert LINE.all(tx, {"what": "look"}) == []
        assert ONE.one(tx, {"which": b"b"}).tries == 2
        MORE.run(tx, {"which": b"b", "more": 5})
        assert ONE.one(tx, {"which": b"b"}).tries == 7, "what was asked for ahead is used once"
        ONE.ahead(tx, {"which": b"b"})
        assert ONE.one(tx, {"which": b"a"}).tries == 1, "the rows of other values are no answer"

    db.write_now(work)


def test_more_than_a_socket_takes_at_once_goes_through(db: Database) -> None:
    large = b"x" * 20_000_000
    assert db.read_now(lambda tx: ONE.one_or_none(tx, {"which": large})) is None
    db.write_now(lambda tx: ADD.run(tx, throttle(b"after")))


def test_work_whose_commit_may_have_arrived_is_not_done_again(db: Database) -> None:
    if db.sqlite:
        pytest.skip("an embedded database has no connection to lose")
    runs: list[int] = []

    def cut(tx: Tx) -> None:
        runs.append(tx.session.execute(text("select pg_backend_pid()")).scalar_one())
        with db.engine.connect() as other:
            other.execute(text("select pg_terminate_backend(:pid)"), {"pid": runs[-1]})
        time.sleep(0.1)
        Together(ADD).at_the_end(tx, throttle(b"a"))

    with pytest.raises(DBAPIError):
        db.write_now(cut)
    assert len(runs) == 1
    db.write_now(lambda tx: ADD.run(tx, throttle(b"b")))
    assert db.read_now(lambda tx: ONE.one_or_none(tx, {"which": b"a"})) is None


def test_a_caller_who_goes_away_leaves_the_work_to_finish(db: Database) -> None:
    async def leave() -> None:
        def slow(tx: Tx) -> None:
            time.sleep(0.2)
            ADD.run(tx, throttle(new_id().bytes))

        tasks = [asyncio.create_task(db.write(slow)) for _ in range(3)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await db.write(lambda tx: ADD.run(tx, throttle(b"after")))

    asyncio.run(leave())
    count = lambda tx: tx.session.scalar(select(func.count()).select_from(Throttle))  # noqa: E731
    until = time.monotonic() + 10
    while db.read_now(count) != 4 and time.monotonic() < until:
        time.sleep(0.05)
    assert db.read_now(count) == 4
