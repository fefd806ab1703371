"""One damaged row is one client's trouble: everybody else is asked, reminded and missed as ever."""

from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from checkins import jobs
from checkins.broken import RETRY_AFTER
from checkins.models import Occurrence
from notifications.delivery.models import Message
from notifications.escalations import jobs as case_jobs
from notifications.escalations.models import CaseCause
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.people.terms import RiskLevel
from tests.checkins.told import add_schedule, count, daily, states
from tests.delivery.mail import ask, relay, typed
from tests.escalations.telling import called, flagged, hush, told
from tests.world import Person, World


def spoil(world: World, sql: str, client: Person | None = None) -> None:
    """Damage rows of one client the way a bad restore or a bad hand does."""
    whose = client or world.people["pat"]

    def run(tx: Tx) -> None:
        tx.session.execute(text(sql), {"c": whose.id.bytes if tx.sqlite else whose.id})

    world.db.write_now(run)


BAD_PATTERN = "update schedules set pattern = '{\"oops\": 1}' where client_id = :c"
GONE_ZONE = "update clients set zone = 'US/Pacific-New' where id = :c"


def noor_and_pat(world: World, **more: Any) -> Person:
    """Both are asked at ten every day; Pat has no phone, so that only Noor's phone tells."""
    pat = world.add_client("Pat", device=False)
    for client in (world.noor, pat):
        add_schedule(world, daily(world, **more), client)
    return pat


def set_aside(world: World) -> Any:
    """What health says of rows that no job could work on."""
    return world.anybody().get("/health/ready").json()["set_aside"]


@pytest.mark.parametrize("damage", [BAD_PATTERN, GONE_ZONE], ids=["pattern", "zone"])
def test_pats_damaged_row_does_not_keep_noor_from_being_asked(world: World, damage: str) -> None:
    pat = noor_and_pat(world)
    spoil(world, damage)
    world.pass_time(hours=1, step_seconds=600)
    world.noor.phone.take("checkin_open")
    assert set_aside(world) == {"checkins": 1}

    # Next day too; and Pat is asked again within five minutes of the repair.
    world.pass_time(hours=24, step_seconds=3600)
    world.noor.phone.take("checkin_open")
    spoil(world, "update clients set zone = 'America/Chicago' where id = :c")
    whole = "update schedules set pattern = (select s.pattern from schedules s where s.client_id <> :c)"
    spoil(world, f"{whole} where client_id = :c")
    world.pass_time(minutes=11, step_seconds=60)
    assert len(pat.api.get("/me/checkins").json()["open"]) == 1
    assert set_aside(world) == {}


def test_a_pattern_that_is_no_json_at_all_does_not_keep_noor_from_being_reminded(world: World) -> None:
    noor_and_pat(world, reminders=[30])
    world.pass_time(hours=1, step_seconds=600)
    world.noor.phone.take("checkin_open")
    # PostgreSQL keeps no broken JSON; SQLite keeps whatever the file holds.
    spoil(world, BAD_PATTERN.replace('{"oops": 1}', "{broken" if world.db.sqlite else "[1]"))
    world.pass_time(minutes=31, step_seconds=60)
    world.noor.phone.take("checkin_reminder")
    assert set_aside(world) == {"checkins": 1}


def test_a_whole_batch_of_damaged_rows_starves_nobody_behind_it(world: World) -> None:
    pat = world.add_client("Pat", device=False)
    for hour in range(8):
        add_schedule(world, daily(world, f"09:{hour + 10}", window_minutes=15), pat)
    add_schedule(world, daily(world))
    spoil(world, BAD_PATTERN)
    world.clock.advance(hours=1)
    assert jobs.open_due(world.db, limit=8) == 8, "looked at and set aside"
    assert jobs.open_due(world.db, limit=8) == 1
    assert jobs.open_due(world.db, limit=8) == 0, "the metronome does not spin on them"
    assert states(world) == ["open", "scheduled"]
    world.clock.advance(seconds=RETRY_AFTER.total_seconds())
    assert jobs.open_due(world.db, limit=8) == 8, "they are not forgotten"
    world.tick()
    world.noor.phone.take("checkin_open")


def test_damaged_rows_cost_a_batch_no_statement_each(world: World) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        event.listen(world.db.engine, "before_cursor_execute", note)
        jobs.open_due(world.db)
        event.remove(world.db.engine, "before_cursor_execute", note)
        return len([line for line in seen if line.startswith(("SELECT", "INSERT", "UPDATE"))])

    pat = world.add_client("Pat", device=False)
    for minute in range(10, 20):
        add_schedule(world, daily(world, f"09:{minute}", window_minutes=15), pat)
    spoil(world, BAD_PATTERN)
    world.clock.advance(minutes=11)
    one_or_two = statements()
    world.clock.advance(minutes=15)
    assert statements() == one_or_two


def test_a_pause_that_cannot_be_ended_holds_up_no_check_in(world: World) -> None:
    noor_and_pat(world)
    pat = world.people["pat"]
    (schedule,) = world.mara.api.get(f"/clients/{pat.id}/schedules").json()["schedules"]
    until = {"until": "2026-01-13T15:30:00Z", "reason": "in hospital"}
    paused = world.mara.api.post(f"/clients/{pat.id}/schedules/{schedule['id']}/pause", until)
    assert paused.status_code == 200, paused.text
    spoil(world, BAD_PATTERN)
    world.pass_time(hours=1, step_seconds=600)
    world.noor.phone.take("checkin_open")
    assert set_aside(world) == {"schedules": 1}


def test_a_traveller_whose_schedule_cannot_be_read_holds_up_no_other_traveller(world: World) -> None:
    noor_and_pat(world)
    spoil(world, BAD_PATTERN)
    travels = "update clients set zone = 'America/Denver' where id = :c"
    spoil(world, travels)
    spoil(world, travels, world.noor)
    jobs.housekeeping(world.db)
    zone = count(
        world, Occurrence, Occurrence.client_id == world.noor.id, Occurrence.zone == "America/Denver"
    )
    assert zone == 1
    assert set_aside(world) == {"checkins": 1}
    # Pat may open the app all the same.
    assert world.people["pat"].api.get("/me/checkins").status_code == 200


TRIGGER = """create trigger refused before insert on case_causes when new.kind = 'missed_run'
    and exists (select 1 from cases where id = new.case_id and client_id = x'{id}')
    begin select raise(abort, 'refused'); end"""
FUNCTION = """create function refuse() returns trigger language plpgsql as $$ begin
    if new.kind = 'missed_run' and exists (select 1 from cases where id = new.case_id and client_id = '{id}')
    then raise unique_violation; end if; return new; end $$"""
USE = "create trigger refused before insert on case_causes for each row execute function refuse()"


def test_a_missed_check_in_that_cannot_be_raised_leaves_the_head_of_the_line(world: World) -> None:
    pat = world.add_client("Pat", device=False, risk_level=RiskLevel.HIGH)
    add_schedule(world, daily(world, "09:30"), pat)
    add_schedule(world, daily(world))
    world.pass_time(hours=1, step_seconds=600)
    world.noor.phone.take("checkin_open")
    for sql in [TRIGGER] if world.db.sqlite else [FUNCTION, USE]:
        refused = text(sql.format(id=pat.id.hex))
        world.db.write_now(lambda tx, refused=refused: tx.session.execute(refused))
    world.clock.advance(hours=3)
    assert jobs.close_missed(world.db, limit=1) == 0, "Pat's, which the database refuses"
    assert jobs.close_missed(world.db, limit=1) == 1, "Noor's, behind it"
    assert set_aside(world) == {"checkins": 1}
    on = "" if world.db.sqlite else " on case_causes"
    world.db.write_now(lambda tx: tx.session.execute(text(f"drop trigger refused{on}")))
    world.clock.advance(seconds=RETRY_AFTER.total_seconds())
    assert jobs.close_missed(world.db, limit=1) == 1
    assert count(world, CaseCause, CaseCause.kind == "missed_run") == 1
    world.tick()
    world.mara.phone.take("case_call")


class Brownout:
    """Statements that contain some words fail for a while, as when the database gives up waiting for a lock."""

    def __init__(self, world: World, words: str) -> None:
        self.engine, self.words = world.db.engine, words

    def __enter__(self) -> None:
        event.listen(self.engine, "before_cursor_execute", self._fail)

    def __exit__(self, *problem: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._fail)

    def _fail(self, conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if self.words in statement:
            raise OperationalError(statement, None, Exception("canceling statement due to lock timeout"))


LOCKS_A_CASE = "SELECT cases.id, cases.programme_id"


def test_a_passing_fault_of_the_database_calls_no_supervisor(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    hush(world)
    world.clock.advance(minutes=10)
    with Brownout(world, LOCKS_A_CASE):
        assert case_jobs.climb_due(world.db) == 0
    assert "rescued" not in told(world, case_id)
    world.tick()
    assert called(world, case_id) == [["Mara"], ["Ben"]], "the next beat does it properly, and at once"
    world.ben.phone.take("case_call")
    world.sol.phone.nothing()
    hush(world)


def test_a_fault_that_does_not_pass_gets_a_human_after_a_minute(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    hush(world)
    world.clock.advance(minutes=10)
    with Brownout(world, LOCKS_A_CASE):
        case_jobs.climb_due(world.db)
        world.clock.advance(seconds=61)
        case_jobs.climb_due(world.db)
    assert told(world, case_id)[-1] == "rescued"
    world.tick()
    world.sol.phone.take("case_call")
    hush(world)


def test_calls_due_by_time_go_out_though_dead_calls_cannot_be_looked_for(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    hush(world)
    world.clock.advance(minutes=10)
    with Brownout(world, "SELECT DISTINCT messages.case_id"):
        assert case_jobs.climb_due(world.db) == 1
    assert called(world, case_id) == [["Mara"], ["Ben"]]
    hush(world)


def test_a_code_that_does_not_open_keeps_no_other_mail_from_going_out(world: World) -> None:
    with relay(world) as post:
        typed(world, world.mara, "mara@riverside.example")
        typed(world, world.ben, "ben@riverside.example")
        ask(world.mara)
        ask(world.ben)
        whose = {"c": world.mara.id.bytes if world.db.sqlite else world.mara.id}
        spoilt = "update pending_emails set code = :code where staff_id = :c"
        world.db.write_now(lambda tx: tx.session.execute(text(spoilt), {**whose, "code": b"no seal"}))
        assert post.code("ben@riverside.example")
        assert post.bodies("mara@riverside.example") == []
        hers = select(Message.state, Message.outcome).where(Message.staff_id == world.mara.id)
        assert world.db.read_now(lambda tx: tx.session.execute(hers).one()) == ("dead", "misconfigured")
