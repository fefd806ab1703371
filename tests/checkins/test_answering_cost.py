"""The path every client takes every day stays short: statements and round trips are what it costs."""

from typing import Any

import pytest
from sqlalchemy import event

from server.core import prepared
from tests.checkins.told import CALM, answer, open_one
from tests.world import World

READS = 3
"""Who asks, the check-in, earlier answers."""

WRITES = {"sqlite": ["INSERT", "UPDATE", "INSERT"], "postgresql": ["WITH"]}
"""The answer, the check-in's state, the audit line; on PostgreSQL they travel as one."""

TRIPS = {"sqlite": [1, 1, 1, 3], "postgresql": [3, 1]}
"""How many statements go together: who asks (and BEGIN), the check-in, earlier answers; the writes (and COMMIT)."""


def test_a_calm_answer_is_three_reads_and_three_writes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    seen: list[str] = []
    trips: list[int] = []
    send = prepared.send

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement.split()[0].upper())

    def note_prepared(tx: Any, statements: Any, *, commit: bool = False) -> Any:
        seen.extend(text.split()[0].upper() for text, _ in statements)
        trips.append(len(statements))
        return send(tx, statements, commit=commit)

    monkeypatch.setattr(prepared, "send", note_prepared)
    event.listen(world.db.engine, "before_cursor_execute", note)
    answer(world.noor, checkin["id"], world, CALM)
    event.remove(world.db.engine, "before_cursor_execute", note)
    reads = [word for word in seen if word == "SELECT"]
    writes = [word for word in seen if word in ("INSERT", "UPDATE", "WITH")]
    assert len(reads) == READS, seen
    kind = "sqlite" if world.db.sqlite else "postgresql"
    assert writes == WRITES[kind], seen
    assert trips == TRIPS[kind]
