"""What is due is taken in the order of its index, a batch at a time, however little the database knows of its rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Select, event, insert, text

from checkins import opening, silence
from checkins.models import Occurrence
from server.core.db import Database, Tx
from server.core.tables import new_id

DUE_AT = datetime(2026, 1, 13, 9, tzinfo=UTC)
NOW = DUE_AT + timedelta(hours=9)
DUE = 5000


def after_an_outage(tx: Tx) -> None:
    """Thousands are due, and the database has not counted since they came."""
    if tx.sqlite:
        tx.connection.exec_driver_sql("pragma defer_foreign_keys = on")
    else:
        tx.connection.execute(text("set local session_replication_role = replica"))
    asked = {
        "zone": "UTC",
        "tzdata": "x",
        "rotation": 0,
        "reminded": 0,
        "due_at": DUE_AT,
        "closes_at": DUE_AT,
    }
    for state, remind_at in (("scheduled", None), ("open", DUE_AT)):
        row = asked | {"state": state, "remind_at": remind_at}
        ids = ({"id": new_id(), "client_id": uuid4(), "schedule_id": uuid4()} for _ in range(DUE))
        tx.connection.execute(insert(Occurrence), [row | each for each in ids])


@contextmanager
def plans(db: Database) -> Iterator[list[str]]:
    """How the database goes about each select meanwhile, asked just before it."""
    told: list[str] = []

    def ask(_: Any, cursor: Any, statement: str, values: Any, *__: Any) -> None:
        if statement.startswith("SELECT"):
            cursor.execute(f"explain {'query plan ' if db.sqlite else ''}{statement}", values)
            told.append("\n".join(str(line) for line in cursor.fetchall()))

    event.listen(db.engine, "before_cursor_execute", ask)
    try:
        yield told
    finally:
        event.remove(db.engine, "before_cursor_execute", ask)


@pytest.mark.parametrize(
    "query",
    [opening._CLAIM, opening._DUE_REMINDERS, silence._CLOSING],
    ids=["open_due", "remind_due", "close_missed"],
)
def test_a_batch_is_found_without_sorting_all_that_is_due(db: Database, query: Select[Any]) -> None:
    class Undone(Exception):
        """Nothing of this stays."""

    def look(tx: Tx) -> None:
        after_an_outage(tx)
        values = {"now": NOW, "most": 500}
        with plans(db) as told:
            tx.connection.execute(query, values).all()
            tx.claim(query, values)
        by_itself, claimed = told
        if not tx.sqlite:
            assert "Sort" in by_itself, "left to itself it sorts them all: this test can fail"
        assert "Sort" not in claimed, claimed
        assert "B-TREE" not in claimed, claimed
        raise Undone

    with pytest.raises(Undone):
        db.write_now(look)
