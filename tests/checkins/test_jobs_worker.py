"""What the worker does for check-ins: opening, reminding, closing, after outages and with company."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import event, update

from checkins import jobs
from checkins.models import Occurrence, OccurrenceState
from notifications.delivery.models import Message
from notifications.escalations.models import CaseCause
from server.people.models import Client
from server.people.terms import RiskLevel
from tests.checkins.told import CALM, add_schedule, answer, count, daily, open_one, states
from tests.world import World


def with_risk(world: World, level: RiskLevel) -> None:
    change = update(Client).where(Client.id == world.noor.id).values(risk_level=level)
    world.db.write_now(lambda tx: tx.session.execute(change))


def test_nobody_is_asked_late_in_a_blast_after_two_days_without_a_worker(world: World) -> None:
    add_schedule(world, daily(world, "10:00", "20:00"))
    world.clock.advance(days=2, hours=1, minutes=30)  # 10:30 on the 15th
    world.tick()
    # Four were never offered; the one of 10:00 today is still open, and only that one is told.
    assert states(world) == ["missed"] * 4 + ["open", "scheduled"]
    world.noor.phone.take("checkin_open")
    world.noor.phone.nothing()
    mine = world.noor.api.get("/me/checkins").json()
    assert mine["recent"] == [], "what was never offered is not held against Noor"
    seen = world.mara.api.get(f"/clients/{world.noor.id}/checkins").json()["checkins"]
    assert [one["offered"] for one in seen] == [True, False, False, False, False]
    assert count(world, CaseCause) == 0


def test_an_outage_of_many_slots_is_caught_up_in_bounded_steps(world: World) -> None:
    times = [f"{hour:02}:00" for hour in range(8, 20)]
    add_schedule(world, daily(world, *times, window_minutes=30))
    world.clock.advance(days=10)
    assert jobs.open_due(world.db) == 1
    world.tick()
    found = states(world)
    assert found.count("missed") == len(found) - 2
    assert len(found) == 10 * 12 + 2  # 9:00 on the 13th, when it was saved, to 10:00 on the 23rd
    assert found[-2:] == ["open", "scheduled"]
    world.noor.phone.take("checkin_open")


def test_never_offered_check_ins_raise_no_case_even_at_high_risk(world: World) -> None:
    with_risk(world, RiskLevel.HIGH)
    add_schedule(world, daily(world, "10:00", "20:00"))
    world.clock.advance(days=3, hours=5)
    world.tick()
    assert set(states(world)) == {"missed", "scheduled"}
    assert count(world, CaseCause) == 0


def test_two_workers_at_once_open_each_check_in_once(world: World) -> None:
    clients = [world.noor, *(world.add_client(f"Client{n}", device=False) for n in range(12))]
    for client in clients:
        add_schedule(world, daily(world), client)
    world.clock.advance(hours=1)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: jobs.open_due(world.db, limit=5), range(4)))
    while more := jobs.open_due(world.db):
        done.append(more)
    assert sum(done) == len(clients)
    assert count(world, Occurrence, Occurrence.state == OccurrenceState.OPEN) == len(clients)
    assert count(world, Occurrence, Occurrence.state == OccurrenceState.SCHEDULED) == len(clients)
    assert count(world, Message, Message.kind == "checkin_open") == 1
    world.tick()
    world.noor.phone.take("checkin_open")


def test_two_workers_at_once_close_a_check_in_once_and_raise_one_case(world: World) -> None:
    with_risk(world, RiskLevel.HIGH)
    open_one(world)
    world.clock.advance(hours=3)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: jobs.close_missed(world.db), range(4)))
    assert sum(done) == 1
    assert count(world, CaseCause) == 1
    world.tick()
    world.noor.phone.take("checkin_open")
    world.noor.phone.take("checkin_reminder")
    world.mara.phone.take("case_call")


def test_reminders_come_at_their_times_once_each_and_stop_with_the_answer(world: World) -> None:
    add_schedule(world, daily(world, reminders=[30, 60, 90]))
    world.pass_time(hours=1, step_seconds=600)
    world.noor.phone.take("checkin_open")
    world.pass_time(minutes=40, step_seconds=300)
    world.noor.phone.take("checkin_reminder")
    world.noor.phone.nothing()
    world.pass_time(minutes=25, step_seconds=300)
    world.noor.phone.take("checkin_reminder")
    (checkin,) = world.noor.api.get("/me/checkins").json()["open"]
    answer(world.noor, checkin["id"], world, CALM)
    world.pass_time(minutes=50, step_seconds=300)
    world.noor.phone.nothing()


def test_reminders_that_passed_in_an_outage_are_not_made_up_for(world: World) -> None:
    add_schedule(world, daily(world, reminders=[30, 60, 90]))
    world.clock.advance(hours=2, minutes=5)
    world.tick()
    world.noor.phone.take("checkin_open")
    world.noor.phone.nothing()
    world.pass_time(minutes=30, step_seconds=300)
    world.noor.phone.take("checkin_reminder")


def test_one_miss_of_a_client_at_low_risk_pages_nobody(world: World) -> None:
    open_one(world)
    world.noor.phone.take("checkin_open")
    world.pass_time(hours=3, step_seconds=3600)
    assert states(world)[0] == "missed"
    world.noor.phone.nothing()
    assert count(world, CaseCause) == 0


def test_a_run_of_misses_reminds_noor_then_asks_mara_to_call_her(world: World) -> None:
    with_risk(world, RiskLevel.MODERATE)
    open_one(world)
    world.noor.phone.take("checkin_open")
    world.pass_time(hours=3, step_seconds=3600)
    world.noor.phone.take("checkin_reminder")
    assert count(world, CaseCause) == 0
    world.pass_time(hours=24, step_seconds=7200)
    world.noor.phone.take("checkin_open")
    world.noor.phone.take("checkin_reminder")
    (case,) = world.mara.api.get("/cases?state=open").json()["cases"]
    assert case["tier"] == "routine"
    world.mara.phone.take("case_call")


def test_silence_after_a_flagged_answer_weighs_more(world: World) -> None:
    with_risk(world, RiskLevel.MODERATE)
    answer(world.noor, uuid4(), world, {**CALM, "thoughts": True})
    world.tick()
    world.mara.phone.take("case_call")
    (case,) = world.mara.api.get("/cases?state=open").json()["cases"]
    world.mara.api.post(f"/cases/{case['id']}/acknowledge")
    world.noor.phone.take_all()
    open_one(world)
    world.pass_time(hours=2, step_seconds=3600)
    assert count(world, CaseCause, CaseCause.kind == "missed_run") == 1
    for person in (world.noor, world.mara, world.ben, world.sol):
        person.phone.take_all()


def test_checking_in_unasked_within_the_window_is_no_silence(world: World) -> None:
    with_risk(world, RiskLevel.HIGH)
    open_one(world)
    world.noor.phone.take("checkin_open")
    world.clock.advance(minutes=10)
    answer(world.noor, uuid4(), world, CALM)
    world.pass_time(hours=3, step_seconds=3600)
    assert "missed" in states(world)
    world.noor.phone.nothing()
    assert count(world, CaseCause) == 0


def test_a_missed_run_is_raised_though_the_clients_key_does_not_open(world: World) -> None:
    with_risk(world, RiskLevel.HIGH)
    lee = world.add_client("Lee", risk_level=RiskLevel.HIGH)
    add_schedule(world, daily(world))
    add_schedule(world, daily(world), lee)
    world.clock.advance(hours=1)
    world.tick()
    world.clock.advance(hours=3)
    broken = update(Client).where(Client.id == lee.id).values(wrapped_key=b"\x01" * 60)
    world.db.write_now(lambda tx: tx.session.execute(broken))
    assert jobs.close_missed(world.db) == 2
    assert count(world, CaseCause) == 2
    world.tick()
    for person in (world.noor, lee, world.mara):
        person.phone.take_all()


def test_a_batch_is_a_handful_of_statements_whatever_its_size(world: World) -> None:
    clients = [world.noor, *(world.add_client(f"Client{n}", device=False) for n in range(30))]
    for client in clients:
        client.api.get("/me/checkins")
        add_schedule(world, daily(world), client)
    world.clock.advance(hours=1)
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(world.db.engine, "before_cursor_execute", note)
    assert jobs.open_due(world.db, limit=31) == 31
    event.remove(world.db.engine, "before_cursor_execute", note)
    assert len([line for line in seen if line.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))]) <= 7
    world.tick()
    world.noor.phone.take("checkin_open")


def test_a_night_shift_window_runs_over_midnight(world: World) -> None:
    add_schedule(world, daily(world, "23:30", window_minutes=60))
    world.clock.advance(hours=15, minutes=5)  # 00:05
    world.tick()
    world.noor.phone.take("checkin_open")
    assert states(world) == ["open", "scheduled"]
    world.pass_time(minutes=30, step_seconds=900)
    assert states(world) == ["missed", "scheduled"]


def test_discharged_clients_are_asked_no_more(world: World) -> None:
    add_schedule(world, daily(world))
    gone = update(Client).where(Client.id == world.noor.id).values(discharged_at=world.clock.at)
    world.db.write_now(lambda tx: tx.session.execute(gone))
    world.pass_time(days=2, step_seconds=12 * 3600)
    assert states(world) == ["excused"]


def test_a_late_tick_still_counts_the_window_from_when_it_was_due(world: World) -> None:
    add_schedule(world, daily(world))
    world.clock.advance(hours=1, minutes=50)
    world.tick()
    world.noor.phone.take("checkin_open")
    (checkin,) = world.noor.api.get("/me/checkins").json()["open"]
    assert checkin["closes_at"] == "2026-01-13T18:00:00Z"
    assert world.clock.at + timedelta(minutes=70) == world.clock.at.replace(hour=18, minute=0)
