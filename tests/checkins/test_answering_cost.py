"""The path every client takes every day stays short: statements and round trips are what it costs."""

from typing import Any

from sqlalchemy import event

from tests.checkins.told import CALM, answer, open_one
from tests.world import World

READS, WRITES = 3, 3
"""Who asks, the check-in, earlier answers; the answer, the check-in's state, the audit line."""


def test_a_calm_answer_is_three_reads_and_three_writes(world: World) -> None:
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement.split()[0].upper())

    event.listen(world.db.engine, "before_cursor_execute", note)
    answer(world.noor, checkin["id"], world, CALM)
    event.remove(world.db.engine, "before_cursor_execute", note)
    # The session also notes, once a minute, that it was used.
    writes = [word for word in seen if word in ("INSERT", "UPDATE")]
    assert seen.count("SELECT") <= READS, seen
    assert len(writes) <= WRITES + 1, seen
