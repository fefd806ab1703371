"""What is due is taken in the order of its index, a batch at a time, however little the database knows of its rows."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Select, insert, text

from checkins import opening, silence
from checkins.models import Occurrence
from server.core.db import Database, Tx
from server.core.tables import new_id

NOW = datetime(2026, 1, 13, 9, tzinfo=UTC)
DUE = 5000


def after_an_outage(tx: Tx, state: str) -> None:
    """Thousands are due, and the database has not counted since they came."""
    if tx.sqlite:
        tx.connection.exec_driver_sql("pragma defer_foreign_keys = on")
    else:
        tx.connection.execute(text("set local session_replication_role = replica"))
    row = {"state": state, "zone": "UTC", "tzdata": "x", "rotation": 0, "reminded": 0}
    row |= {"due_at": NOW, "closes_at": NOW, "remind_at": NOW if state == "open" else None}
    each = ({"id": new_id(), "client_id": uuid4(), "schedule_id": uuid4()} for _ in range(DUE))
    tx.connection.execute(insert(Occurrence), [row | ids for ids in each])


def plan_of(tx: Tx, query: Select[Any]) -> str:
    """How the database would go about this query now."""
    compiled = query.compile(tx.connection.engine)
    values = compiled.params | {"now": NOW + timedelta(hours=9), "most": 500}
    if tx.sqlite:  # plans without looking at the values
        lines = tx.driver.execute(f"explain query plan {compiled}", [0] * len(compiled.positiontup or ()))
        return "\n".join(line for *_, line in lines)
    return "\n".join(line for (line,) in tx.driver.execute(f"explain {compiled}", values))


@pytest.mark.parametrize(
    ("query", "state"),
    [(opening._CLAIM, "scheduled"), (opening._DUE_REMINDERS, "open"), (silence._CLOSING, "open")],
    ids=["open_due", "remind_due", "close_missed"],
)
def test_a_batch_is_found_without_sorting_all_that_is_due(
    db: Database, query: Select[Any], state: str
) -> None:
    class Undone(Exception):
        """Nothing of this stays."""

    def look(tx: Tx) -> None:
        after_an_outage(tx, state)
        if not tx.sqlite:
            assert "Sort" in plan_of(tx, query), (
                "left to itself it sorts them all, or this test proves nothing"
            )
        tx.claim(query, {"now": NOW - timedelta(hours=9), "most": 500})
        plan = plan_of(tx, query)
        assert not {"Sort", "B-TREE"} & set(plan.split()), plan
        raise Undone

    with pytest.raises(Undone):
        db.write_now(look)
