"""What one look finds: nothing while all holds, and each thing that is broken by its own name."""
# ruff: noqa: S608  the pieces are written here

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, bindparam, text

from notifications.delivery import retry
from notifications.escalations.calls import call_code
from server import health
from server.core.tables import Id, UTCDateTime
from server.watch import look as looking
from server.watch.findings import MOST, Finding, Rule, in_one_line, merged
from server.watch.look import Place, apart, first_id_of, look
from tests.checkins.told import NOT_SAFE, add_schedule, answer, daily, opened
from tests.fakes.fcm_rules import Fault
from tests.watch.broken import BROKEN, DATED, HOLDS, NONE_WAITS
from tests.world import World

ALLOWED = timedelta(seconds=60)
AGO = timedelta(minutes=11)


def beats(connection: Connection, now: datetime) -> None:
    """Every job has just finished."""
    connection.execute(text("delete from job_runs"))
    statement = text("insert into job_runs (job, finished_at, items, failures) values (:job, :now, 0, 0)")
    for job in health.JOBS:
        run(connection, statement.text, job=job, now=now)


def run(connection: Connection, sql: str, **values: Any) -> None:
    """One statement; instants among the values are put as the database keeps them."""
    instants = [bindparam(key, type_=UTCDateTime()) for key, at in values.items() if isinstance(at, datetime)]
    connection.execute(text(sql).bindparams(*instants), values)


def no_triggers(connection: Connection, table: str) -> None:
    """Somebody with the database in hand takes the guards away, as a bad restore would."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"alter table {table} disable trigger user"))
        return
    query = text("select name from sqlite_master where type = 'trigger' and tbl_name = :table")
    for name in list(connection.execute(query, {"table": table}).scalars()):
        connection.execute(text(f"drop trigger {name}"))


@pytest.fixture
def riverside(world: World) -> World:
    """Noor has answered that she is not safe and Mara was called, and told of her day; tomorrow's check-in waits."""
    checkin = opened(world)
    answer(world.noor, checkin, world, NOT_SAFE)
    world.tick()
    world.mara.phone.take("case_call")
    world.jobs.run("housekeeping")
    world.tick()
    world.mara.phone.take("day_start")
    return world


def found(world: World, *broken: str | Callable[[Connection], None], place: Place | None = None) -> set[str]:
    """The rules that one look finds broken after these changes, which are then taken back."""
    return {finding.rule for finding in findings(world, *broken, place=place)}


def findings(
    world: World, *broken: str | Callable[[Connection], None], place: Place | None = None
) -> list[Finding]:
    now = world.clock.at
    instants = {"now": now, "ago": now - AGO, "soon": now + AGO, "lease": now - timedelta(seconds=61)}
    instants["hour"] = now + timedelta(hours=1)
    with world.db.engine.connect() as connection:
        connection.begin()
        beats(connection, now)
        for change in broken:
            if isinstance(change, str):
                run(connection, change, **{name: at for name, at in instants.items() if f":{name}" in change})
            else:
                change(connection)
        return look(connection, place or Place(), now, ALLOWED)


def test_each_thing_that_breaks_is_found_by_its_name_and_nothing_else_is(riverside: World) -> None:
    """One world for all of them: each change is taken back."""
    flagged_answer_without_even_its_flag(riverside)
    dated_schedule_that_should_ask_on_and_one_that_does_not_read(riverside)
    tells_ids_counts_and_since_when_and_nothing_else(riverside)
    for name, changes in HOLDS.items():
        assert found(riverside, *changes) == set(), name
    for name, (rules, changes) in BROKEN.items():
        assert found(riverside, *changes) == rules, name
    covered = {rule for rules, _ in BROKEN.values() for rule in rules}
    assert covered == set(Rule) - {Rule.DATABASE, Rule.WEB, Rule.SYNTHETIC}, "others tell of these"


def test_a_provider_that_takes_our_key_no_longer_is_heard_of_while_mail_works(riverside: World) -> None:
    riverside.fcm.fail(Fault.FORBIDDEN)
    lee = riverside.add_client("Lee")
    lee.api.put(f"/me/help/{lee.id}", {})
    riverside.tick()
    assert found(riverside) == set(), "it may be one phone"
    riverside.clock.advance(seconds=75)
    (stuck,) = [one for one in findings(riverside) if one.rule is Rule.CHANNEL_STUCK]
    assert stuck.about == "fcm"
    riverside.fcm.heal()
    riverside.clock.advance(minutes=3)
    riverside.tick()
    assert Rule.CHANNEL_STUCK not in found(riverside), "the next call left"
    riverside.ben.phone.take_all()
    riverside.mara.phone.take_all()


def flagged_answer_without_even_its_flag(riverside: World) -> None:
    def lost(connection: Connection) -> None:
        no_triggers(connection, "flags")
        run(connection, "delete from flags")
        assert look(connection, Place(), riverside.clock.at, ALLOWED) == []
        run(connection, "delete from case_causes")

    assert found(riverside, lost) == {Rule.FLAGS_LOST}


@pytest.mark.parametrize(
    ("before", "rules"), [(15, {Rule.FLAGS_LOST}), (23 * 60, {Rule.FLAGS_LOST}), (25 * 60, set())]
)
def test_an_answer_that_came_while_the_auditor_was_away_is_looked_at_all_the_same(
    riverside: World, before: int, rules: set[Rule]
) -> None:
    def lost(connection: Connection) -> None:
        for table in ("flags", "answers"):
            no_triggers(connection, table)
        run(connection, "delete from flags")
        run(connection, "delete from case_causes")
        then = first_id_of(riverside.clock.at - timedelta(minutes=before))
        statement = text("update answers set id = :then").bindparams(bindparam("then", type_=Id()))
        assert connection.execute(statement, {"then": then}).rowcount == 1

    assert found(riverside, lost) == rules


def dated_schedule_that_should_ask_on_and_one_that_does_not_read(riverside: World) -> None:
    for pattern in (
        DATED.format("daily", "2026-02-09"),
        DATED.format("hourly", "2026-06-09"),
        "'{\"oops\": 1}'",
    ):
        assert found(riverside, NONE_WAITS, f"update schedules set pattern = {pattern}") == {
            Rule.NOTHING_NEXT
        }
    if riverside.db.sqlite:
        spoilt = "update schedules set pattern = 'not json'"
        assert found(riverside, NONE_WAITS, spoilt) == {Rule.NOTHING_NEXT}


def tells_ids_counts_and_since_when_and_nothing_else(riverside: World) -> None:
    [late] = findings(riverside, "update cases set next_call_at = :ago")
    [case] = riverside.mara.api.get("/cases?state=open").json()["cases"]
    riverside.jobs.run("housekeeping")
    assert late == Finding(rule=Rule.CASES_LATE, count=1, ids=(case["id"],), since=riverside.clock.at - AGO)
    assert in_one_line(late) == f"cases_late: 1 since 2026-01-13 15:49:00 UTC ids {case['id']}"


def test_the_walk_through_the_schedules_comes_round_and_misses_none(
    riverside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour in range(11, 15):
        add_schedule(riverside, daily(riverside, f"{hour}:00"))
    monkeypatch.setattr(looking, "SLICE", 2)
    place = Place()
    ids: list[str] = []
    for _ in range(3):
        for finding in findings(riverside, NONE_WAITS, place=place):
            ids += finding.ids
    assert place.at_the_start
    assert len(set(ids)) == len(ids) == 5


def test_clocks_are_compared_between_two_readings_of_ours() -> None:
    at = datetime(2026, 1, 13, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert apart(at, at + second, at + 2 * second) == timedelta(0), "a slow answer is no wrong clock"
    assert apart(at, at + 8 * second, at + 2 * second) == 6 * second
    assert apart(at, at - 3600 * second, at) == timedelta(hours=1)


def test_what_is_counted_once_for_several_channels_stays_one_finding() -> None:
    early, late = datetime(2026, 1, 13, tzinfo=UTC), datetime(2026, 1, 14, tzinfo=UTC)
    many = Finding(rule=Rule.MESSAGES_LATE, count=MOST, ids=("a", "b"), since=late, about="fcm")
    more = Finding(rule=Rule.MESSAGES_LATE, count=MOST, ids=("c", "d"), since=early, about="email")
    clock = Finding(rule=Rule.CLOCK)
    joined = Finding(
        rule=Rule.MESSAGES_LATE, count=MOST + 1, ids=("a", "b", "c"), since=early, about="fcm, email"
    )
    assert merged([many, clock, more]) == [clock, joined]
    assert joined.number == "more than 100"


def test_what_the_auditor_knows_by_heart_is_what_the_service_does() -> None:
    """It imports none of it on purpose, so the two are compared here."""
    assert looking.JOBS == health.JOBS
    assert looking.LEASE == retry.LEASE
    assert [int(priority) for priority in retry.Priority] == [0, 1, 2, 3]
    assert call_code(7, 3) // 1_000_000 == 7
    assert first_id_of(datetime(2026, 1, 13, tzinfo=UTC)) < UUID("019bb500-0000-7000-8000-000000000000")
