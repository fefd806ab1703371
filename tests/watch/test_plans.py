"""Every question of the auditor goes through an index, on both databases, with years of history in the tables."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, bindparam, insert, text

from checkins.models import AnswerRow, FlagRow, Occurrence, ScheduleRow
from notifications.delivery.models import Attempt, Message, Sounding
from notifications.escalations.models import Case, CaseCause
from server.core.audit import AuditRow, AuditSeal
from server.core.db import Database
from server.core.tables import Base, Id, UTCDateTime, new_id
from server.watch import statements
from server.watch.look import first_id_of

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=300)
MANY, FEW = 2000, 120
SMALL = ("job_runs", "found", "part", "oldest", "audit_seals")
"""A handful of rows, and what a question makes itself; the newest seal is one step in the order of its key."""

VALUES: dict[str, Any] = {
    "now": NOW,
    "late": NOW - timedelta(minutes=1),
    "everyday": NOW - timedelta(minutes=5),
    "lapsed": NOW - timedelta(minutes=1),
    "unsealed": NOW - timedelta(minutes=10),
    "flags_from": first_id_of(NOW - timedelta(hours=24)),
    "newer_than": first_id_of(NOW - timedelta(minutes=10)),
    "after": UUID(int=0),
    "slice": 100,
    "others": 99,
    "channel": "fcm",
    "today": "2026-01-13",
    "handed": NOW - timedelta(seconds=90),
    "key": "sounding:x",
}


def old_id() -> UUID:
    """An id from long ago."""
    return UUID(int=first_id_of(LONG_AGO).int | uuid4().int & (1 << 62) - 1)


def many(connection: Connection, table: type[Base], count: int, **row: Any) -> None:
    """So many rows; what can be called is called for each."""
    rows = [{key: value() if callable(value) else value for key, value in row.items()} for _ in range(count)]
    connection.execute(insert(table), rows)


@pytest.fixture
def years(db: Database) -> Iterator[Connection]:
    """Years of history, and a little that is under way. Nothing here belongs to anybody."""
    with db.engine.connect() as connection:
        if db.sqlite:
            connection.connection.driver_connection.execute("pragma foreign_keys = off")
        else:
            connection.execute(text("set session_replication_role = replica"))
        fill(connection)
        if not db.sqlite:
            connection.execute(text("analyze"))
        yield connection


def fill(connection: Connection) -> None:
    whose = {"client_id": uuid4}
    asked = {"zone": "UTC", "tzdata": "x", "rotation": 0, "due_at": LONG_AGO, "closes_at": LONG_AGO, **whose}
    many(connection, Occurrence, MANY, id=old_id, state="answered", reminded=0, schedule_id=uuid4, **asked)
    schedules = [new_id() for _ in range(FEW)]
    each, again = iter(schedules), iter(schedules)
    pattern = {"pattern": {"ends_on": None}, "questionnaire_key": "x"}
    when = {"asks_from_at": NOW, "created_at": NOW}
    many(connection, ScheduleRow, MANY, id=old_id, state="ended", version=1, **whose, **pattern, **when)
    named = lambda: next(again)  # noqa: E731  one short word beside the others
    many(
        connection,
        ScheduleRow,
        FEW,
        id=lambda: next(each),
        state="active",
        version=1,
        **whose,
        **pattern,
        **when,
    )
    later = {**asked, "due_at": NOW + timedelta(hours=9)}
    many(connection, Occurrence, FEW, id=new_id, state="scheduled", reminded=0, schedule_id=named, **later)
    sealed = {"body": b"x" * 300, "fingerprint": b"x", "late": False, "part2": False}
    given = {"answered_at": LONG_AGO, "received_at": LONG_AGO, **sealed, **whose}
    many(connection, AnswerRow, MANY, id=old_id, occurrence_id=uuid4, tier=None, **given)
    flag = {"rule_index": b"x", "tier": "urgent", "raised": b"x", "raised_at": LONG_AGO, **whose}
    many(connection, FlagRow, MANY, id=old_id, answer_id=uuid4, **flag)
    cause = {"kind": "flagged_answer", "tier": "urgent", "at": LONG_AGO}
    many(connection, CaseCause, MANY, id=old_id, case_id=uuid4, source_id=uuid4, **cause)
    case = {"programme_id": uuid4, "policy": {}, "opened_at": NOW, "acknowledge_by": NOW, "contact_by": NOW}
    case |= {"tier": "urgent", "version": 1, "ladder": 1, **whose}
    many(connection, Case, MANY, id=old_id, state="closed", next_call_at=None, **case)
    many(connection, Case, FEW, id=new_id, state="open", next_call_at=NOW + timedelta(minutes=5), **case)
    word = {
        "programme_id": uuid4,
        "channel": "fcm",
        "kind": "x",
        "language": "en",
        "data": {},
        "obligation": "x",
    }
    word |= {"expires_at": NOW, "case_id": uuid4, "dedupe_key": lambda: str(uuid4())}
    many(
        connection,
        Message,
        MANY,
        id=old_id,
        state="sent",
        priority=2,
        send_after=LONG_AGO,
        created_at=LONG_AGO,
        **word,
    )
    tried = {"fence": 1, "started_at": LONG_AGO, "ended_at": LONG_AGO, "outcome": "sent"}
    many(connection, Attempt, MANY, id=old_id, message_id=uuid4, **tried)
    many(
        connection,
        Message,
        FEW,
        id=new_id,
        state="queued",
        priority=2,
        send_after=NOW,
        created_at=NOW,
        **word,
    )
    turns = iter(range(MANY))
    many(connection, Sounding, MANY, id=old_id, turn=lambda: next(turns), started_at=LONG_AGO)
    many(connection, AuditRow, MANY, at=LONG_AGO, actor_kind="service", what="x")
    seal = {"last_row": MANY, "rows": MANY, "missing": [], "late": [], "digest": b"x", "sealed_at": NOW}
    many(connection, AuditSeal, 1, number=1, **seal)


def plan_of(connection: Connection, sql: str) -> list[str]:
    """The database's plan for a question, line by line."""
    sqlite = connection.dialect.name == "sqlite"
    clause = text(("explain query plan " if sqlite else "explain ") + sql)
    values = {name: value for name, value in VALUES.items() if f":{name}" in sql}
    kinds = {datetime: UTCDateTime(), UUID: Id()}
    typed = [bindparam(name, type_=kinds[type(v)]) for name, v in values.items() if type(v) in kinds]
    return [str(row[3 if sqlite else 0]) for row in connection.execute(clause.bindparams(*typed), values)]


def whole_tables(plan: list[str]) -> list[str]:
    """The lines of a plan that read a whole table that grows."""
    scans = [line for line in plan if line.strip().startswith("SCAN ") or "Seq Scan on " in line]
    return [line for line in scans if not any(f" {small}" in line for small in SMALL)]


def test_no_question_reads_a_table_that_grows_from_end_to_end(years: Connection) -> None:
    dialect = years.dialect.name
    questions = [asked.sql for _, asked in (*statements.SINGLE, *statements.PER_CHANNEL)]
    questions += [
        asked.sql
        for asked in (
            statements.STUCK,
            statements.REFUSED,
            statements.PUT_OFF,
            statements.nothing_next(dialect),
            statements.ASKS_WHILE_RESTING,
            statements.NEXT_SLICE,
            statements.UNSEALED,
            statements.SYNTHETIC,
        )
    ]
    questions += [statements.CHANNELS.text, statements.LEFT.text, statements.CARRIED.text]
    plans = {sql: plan_of(years, sql) for sql in questions}
    bad = {sql: "\n".join(plan) for sql, plan in plans.items() if whole_tables(plan)}
    assert not bad, "\n\n".join(f"{sql}\n{plan}" for sql, plan in bad.items())
    [answers] = ["\n".join(plan) for sql, plan in plans.items() if " from answers where " in sql]
    assert "ix_answers_with_tier" in answers, "of a day's answers it reads those with a tier"
    whole = (statements.CHANNELS.text, statements.CARRIED.text)  # one row for each channel; one for one key
    assert all(" limit " in sql for sql in questions if sql not in whole)
    assert whole_tables(plan_of(years, "select id from occurrences where zone = 'x'")), "this test can fail"
