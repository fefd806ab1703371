"""One piece of work is one transaction, stored before anybody is told."""

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from server.core import audit
from server.core.audit import AuditRow
from server.core.clock import DatabaseClock
from server.core.db import Database, DatabaseUnusable, Tx, embedded_engine
from server.core.tables import new_id
from server.core.vault import Keys


def rows(tx: Tx) -> int:
    return tx.session.scalar(select(func.count()).select_from(AuditRow)) or 0


def test_work_that_fails_leaves_nothing_and_harms_nobody_beside_it(db: Database) -> None:
    def good(tx: Tx) -> None:
        audit.record(tx, "good")

    def bad(tx: Tx) -> None:
        audit.record(tx, "bad")
        raise RuntimeError("half way")

    async def together() -> list[BaseException | None]:
        work = [db.write(bad if n % 3 == 0 else good) for n in range(30)]
        return await asyncio.gather(*work, return_exceptions=True)

    results = asyncio.run(together())
    assert [isinstance(result, RuntimeError) for result in results] == [n % 3 == 0 for n in range(30)]
    assert db.read_now(rows) == 20


def test_work_that_fails_in_the_middle_of_reading_does_not_lock_out_those_after_it(db: Database) -> None:
    def bad(tx: Tx) -> None:
        found = tx.connection.execute(select(AuditRow.number))
        for _ in found:
            raise RuntimeError("half way")

    db.write_now(lambda tx: [audit.record(tx, "one") for _ in range(3)])
    db.read_now(
        lambda tx: (rows(tx), db.write_now(lambda other: audit.record(other, "over another connection")))
    )
    with pytest.raises(RuntimeError) as held:  # and is held, with all that it read
        db.write_now(bad)
    for _ in range(5):
        db.write_now(lambda tx: audit.record(tx, "after"))
    assert db.read_now(rows) == 9
    assert str(held.value) == "half way"


def test_what_was_written_is_there_for_a_reader_at_once(db: Database) -> None:
    for n in range(5):
        db.write_now(lambda tx: audit.record(tx, "one"))
        assert db.read_now(rows) == n + 1


def test_many_threads_write_at_once(db: Database) -> None:
    threads = [
        threading.Thread(target=lambda: [db.write_now(lambda tx: audit.record(tx, "x")) for _ in range(10)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.read_now(rows) == 80


def test_a_vanished_caller_leaves_no_open_transaction(db: Database) -> None:
    async def vanish() -> None:
        task = asyncio.create_task(db.write(lambda tx: audit.record(tx, "x")))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    for _ in range(20):
        asyncio.run(vanish())
    db.write_now(lambda tx: audit.record(tx, "last"))
    until = time.monotonic() + 10
    while db.read_now(rows) < 21 and time.monotonic() < until:
        time.sleep(0.02)
    assert db.read_now(rows) == 21, "what a vanished caller asked for was still carried out whole"
    if not db.sqlite:
        idle = "select count(*) from pg_stat_activity where state like 'idle in transaction%'"
        with db.engine.connect() as connection:
            assert connection.execute(text(idle)).scalar_one() == 0


def test_naive_instants_are_refused(db: Database) -> None:
    def naive(tx: Tx) -> None:
        tx.session.execute(select(AuditRow).where(AuditRow.at > datetime(2026, 1, 1)))  # noqa: DTZ001

    with pytest.raises(StatementError, match="naive"):
        db.read_now(naive)


def test_instants_come_back_whole_and_in_utc(db: Database) -> None:
    at = datetime(2026, 11, 1, 6, 30, 0, 123456, tzinfo=UTC)
    db.clock.set(at)  # type: ignore[attr-defined]  the movable clock
    db.write_now(lambda tx: audit.record(tx, "x"))
    found = db.read_now(lambda tx: tx.session.scalars(select(AuditRow.at)).one())
    assert found == at
    assert found.utcoffset() == timedelta(0)


def test_foreign_keys_hold(db: Database) -> None:
    statement = text(
        "insert into plan_drafts (client_id, body, version, based_on, updated_at, updated_by) "
        "values (:c, :b, 1, 0, :t, :c)"
    )

    def orphan(tx: Tx) -> None:
        client: object = new_id().bytes if tx.sqlite else new_id()
        now: object = 0 if tx.sqlite else tx.now
        tx.session.execute(statement, {"c": client, "b": b"x", "t": now})

    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        db.write_now(orphan)


def test_audit_rows_are_only_ever_added(db: Database) -> None:
    db.write_now(lambda tx: audit.record(tx, "x"))
    for statement in ("update audit set what = 'y'", "delete from audit"):
        with pytest.raises(DBAPIError, match="never changed"):
            db.write_now(lambda tx, s=statement: tx.session.execute(text(s)))
    assert db.read_now(rows) == 1


def test_the_file_does_not_open_with_other_keys(sqlite_template: Path) -> None:
    engine = embedded_engine(sqlite_template, Keys.fresh().database)
    with pytest.raises(DatabaseUnusable, match="does not open with this keys file"):
        engine.connect()
    assert b"SQLite format" not in sqlite_template.read_bytes()[:100]


def test_the_database_clock_runs_on_between_readings() -> None:
    asked: list[datetime] = []

    def ask() -> datetime:
        asked.append(datetime(2030, 1, 1, tzinfo=UTC))
        return asked[-1]

    clock = DatabaseClock(ask)
    first, second = clock.now(), clock.now()
    assert asked == [datetime(2030, 1, 1, tzinfo=UTC)]
    assert first <= second < first + timedelta(seconds=5)


def test_a_node_follows_the_databases_clock_within_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    told, monotonic = [datetime(2026, 3, 4, 12, tzinfo=UTC)], [0.0]
    monkeypatch.setattr("server.core.clock.time.monotonic", lambda: monotonic[0])
    clock = DatabaseClock(lambda: told[0])
    assert clock.now() == told[0]
    told[0] -= timedelta(hours=1)
    monotonic[0] = DatabaseClock.RESYNC_SECONDS
    assert clock.now() == datetime(2026, 3, 4, 12, 0, 30, tzinfo=UTC), "carried on until it is asked again"
    monotonic[0] += 0.1
    assert clock.now() == told[0]


def test_work_given_to_the_driver_can_be_taken_back_without_the_rest(db: Database) -> None:
    def fail(tx: Tx) -> None:
        with tx.savepoint():
            audit.record(tx, "taken back")
            tx.connection.execute(text("insert into audit (number) values (null)"))

    def work(tx: Tx) -> None:
        audit.record(tx, "before")
        with pytest.raises(IntegrityError):
            fail(tx)
        audit.record(tx, "after")

    db.write_now(work)
    kept = db.read_now(lambda tx: list(tx.session.scalars(select(AuditRow.what).order_by(AuditRow.number))))
    assert kept == ["before", "after"]
