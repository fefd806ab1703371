"""The audit chain: no clock and no order of commits makes it cry, and every change made by hand does."""

from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from server import upkeep
from server.core import audit
from server.core.audit import AuditRow
from server.core.db import Database, OneSession, Tx
from server.core.vault import Keys, Vault
from tests.clock import MovableClock


def write(db: Database, what: str = "plan.publish", times: int = 1) -> None:
    for n in range(times):
        db.write_now(lambda tx, n=n: audit.record(tx, what, data={"n": n, "b": 1}))


def holds(db: Database) -> bool:
    return db.read_now(audit.first_broken_seal) is None


@contextmanager
def slow(db: Database):
    """A transaction that has written its audit line and takes its time; PostgreSQL only."""
    with db.engine.connect() as connection, connection.begin() as begun:
        orm = OneSession(connection)
        audit.record(Tx(orm=orm, now=db.clock.now(), vault=db.vault), "slow")
        yield begun


def by_hand(db: Database, *statements: str) -> None:
    """Somebody who has the database in hand puts the triggers aside and changes what they like."""

    def tamper(tx: Tx) -> None:
        for table in ("audit", "audit_seals"):
            if tx.sqlite:
                for verb in ("update", "delete"):
                    tx.session.execute(text(f"drop trigger if exists {table}_no_{verb}"))
            else:
                tx.session.execute(text(f"alter table {table} disable trigger append_only"))
        for statement in statements:
            tx.session.execute(text(statement))

    db.write_now(tamper)


def test_who_has_the_database_but_not_the_keys_cannot_make_the_chain_anew(db: Database) -> None:
    write(db, times=3)
    db.write_now(audit.seal)
    by_hand(db, "update audit set what = 'other' where what = 'plan.publish'", "delete from audit_seals")
    stranger = Vault(Keys.fresh())
    db.write_now(lambda tx: audit.seal(Tx(orm=tx.orm, now=tx.now, vault=stranger)))
    assert not holds(db)


def test_every_row_is_sealed_once_in_links_of_any_length(db: Database) -> None:
    write(db, times=7)
    assert db.write_now(lambda tx: audit.seal(tx, most=4)) == 4
    assert db.write_now(audit.seal) == 3
    assert db.write_now(audit.seal) == 0
    assert holds(db)


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        ("update audit set what = 'plan.read' where number = 7", 2),
        ("delete from audit where number = 2", 1),
        (
            "insert into audit (number, at, actor_kind, what) select -number, at, actor_kind, what from audit",
            1,
        ),
        ("update audit_seals set missing = '[[2,2]]' where number = 1", 1),
        ("update audit_seals set late = '[2]' where number = 2", 2),
    ],
    ids=["changed", "taken out", "put before the first", "said to be missing", "said to be late"],
)
def test_what_was_changed_by_hand_shows(db: Database, damage: str, broken: int) -> None:
    write(db, times=7)
    for most in (4, 4):
        db.write_now(lambda tx, most=most: audit.seal(tx, most=most))
    by_hand(db, damage)
    assert db.read_now(audit.first_broken_seal) == broken


def test_what_follows_a_link_that_held_before_is_checked_alone(db: Database) -> None:
    write(db, times=7)
    for _ in range(2):
        db.write_now(lambda tx: audit.seal(tx, most=4))
    by_hand(db, "update audit set what = 'plan.read' where number = 2")
    assert db.read_now(lambda tx: audit.first_broken_seal(tx, after=1)) is None
    by_hand(db, "update audit set what = 'plan.read' where number = 7")
    assert db.read_now(lambda tx: audit.first_broken_seal(tx, after=1)) == 2
    assert db.read_now(lambda tx: audit.first_broken_seal(tx, after=3)) == 3, "there is no such link"


def test_a_head_that_was_kept_shows_what_was_cut_off(db: Database) -> None:
    write(db, times=3)
    db.write_now(audit.seal)
    write(db, times=3)
    db.write_now(audit.seal)
    number, digest = db.read_now(upkeep.audit_head) or (0, "")
    assert number == 2
    assert db.read_now(lambda tx: upkeep.holds_head(tx, number, digest))
    by_hand(db, "delete from audit where number > 3", "delete from audit_seals where number > 1")
    assert holds(db)
    assert not db.read_now(lambda tx: upkeep.holds_head(tx, number, digest))


def test_a_clock_that_is_an_hour_off_in_either_direction_alarms_nobody(
    db: Database, clock: MovableClock
) -> None:
    for off in (timedelta(0), timedelta(hours=1), timedelta(hours=-1), timedelta(0)):
        right = clock.at
        clock.set(right + off)
        write(db)
        clock.set(right)
        assert db.write_now(audit.seal) == 1
        assert holds(db)
        clock.advance(minutes=3)


def test_a_row_committed_after_later_ones_were_sealed_is_in_the_next_link(db: Database) -> None:
    if db.sqlite:
        pytest.skip("an embedded database has one writer: nothing overtakes")
    write(db)
    with slow(db):
        write(db, times=2)
        assert db.write_now(audit.seal) == 3
        assert holds(db)
    assert holds(db), "come to light, and waited for"
    assert db.write_now(audit.seal) == 1
    assert holds(db)
    by_hand(db, "update audit set what = 'nothing' where what = 'slow'")
    assert db.read_now(audit.first_broken_seal) == 2


def test_two_workers_seal_at_the_same_moment_and_one_leaves_it_to_the_other(db: Database) -> None:
    if db.sqlite:
        pytest.skip("an embedded database has one writer: nothing overtakes")
    write(db, times=3)
    with db.engine.connect() as connection, connection.begin():
        orm = OneSession(connection)
        assert audit.seal(Tx(orm=orm, now=db.clock.now(), vault=db.vault), most=2) == 2
        orm.get().flush()
        assert db.write_now(audit.seal) == 0
    assert db.write_now(audit.seal) == 1
    assert holds(db)


def test_a_worker_that_was_away_for_hours_takes_the_late_row_in(db: Database, clock: MovableClock) -> None:
    if db.sqlite:
        pytest.skip("an embedded database has one writer: nothing overtakes")
    with slow(db):
        write(db)
        db.write_now(audit.seal)
    clock.advance(hours=5)
    write(db)
    assert db.write_now(audit.seal) == 2
    assert holds(db)


def test_work_that_was_undone_leaves_a_gap_that_nobody_can_fill_later(
    db: Database, clock: MovableClock
) -> None:
    if db.sqlite:
        pytest.skip("an embedded database gives the number to the next row")
    with slow(db) as begun:
        begun.rollback()
    for _ in range(3):
        write(db)
        db.write_now(audit.seal)
        clock.advance(minutes=8)
    assert holds(db)
    copy = (
        "insert into audit (number, at, actor_kind, what) select 1, at, actor_kind, what from audit limit 1"
    )
    by_hand(db, copy)
    assert db.read_now(audit.first_broken_seal) == 1


def test_the_rows_number_is_the_databases(db: Database) -> None:
    write(db, times=3)

    def numbers(tx: Tx) -> list[Any]:
        return list(tx.session.scalars(audit.select(AuditRow.number).order_by(AuditRow.at, AuditRow.number)))

    assert db.read_now(numbers) == [1, 2, 3]
