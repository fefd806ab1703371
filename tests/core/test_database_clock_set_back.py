"""PostgreSQL's own clock is set back by an hour: what waited is due once the nodes agree, what is new is not late.

The instant at which every node takes its time is set back here, as if all had read the database's clock again.
"""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from notifications.delivery.models import ChannelName, Message
from notifications.escalations.models import Case, CaseEvent, EventKind
from server.watch.findings import Rule
from server.watch.look import Place, look
from server.worker import Jobs
from tests.world import World

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def on_postgresql(world: World) -> None:
    """The embedded database has its own story: test_clock_set_back.py."""
    if world.db.sqlite:
        pytest.skip("the machine's clock decides there")
    world.clock.advance(hours=2)  # Noor's team is hers by either clock


def another_worker(world: World) -> None:
    """A worker that notes at once that its jobs finished, as one does every ten seconds."""
    world.jobs.close()
    world.jobs = Jobs(world.db, {ChannelName.FCM: world.channel})


def beat(world: World) -> None:
    """Every job of the worker once, the one of every minute before the others."""
    world.jobs.run("housekeeping")
    world.tick()


def called_with_ben_to_come(world: World) -> timedelta:
    """Noor cries for help and Mara is called; how long until it is Ben's turn."""
    world.noor.api.put(f"/me/help/{world.noor.id}", {})
    another_worker(world)
    world.tick()
    world.mara.phone.take("case_call")
    beat(world)
    world.mara.phone.take("day_start")
    due = world.db.read_now(lambda tx: tx.session.scalars(select(Case.next_call_at)).one())
    return due - world.clock.at


def put_off(world: World) -> timedelta:
    """How far ahead the next call of the one case lies."""
    due = world.db.read_now(lambda tx: tx.session.scalars(select(Case.next_call_at)).one())
    assert due is not None
    return due - world.clock.at


def calls_made(world: World) -> int:
    """How many calls are on record."""
    called = select(func.count()).where(CaseEvent.kind == EventKind.CALLED)
    return world.db.read_now(lambda tx: tx.session.scalars(called).one())


def test_the_next_call_is_made_a_minute_after_the_nodes_agree(world: World) -> None:
    called_with_ben_to_come(world)
    world.clock.advance(hours=-1)
    beat(world)
    world.ben.phone.nothing()
    world.clock.advance(minutes=1)
    beat(world)
    world.ben.phone.take("case_call")
    assert put_off(world) <= timedelta(minutes=10)


def test_while_the_nodes_differ_none_runs_ahead_by_it(world: World) -> None:
    called_with_ben_to_come(world)
    world.clock.advance(hours=-1)
    beat(world)
    world.clock.advance(seconds=30)
    beat(world)
    world.ben.phone.nothing()


def test_an_hour_ahead_for_a_moment_puts_no_call_off(world: World) -> None:
    called_with_ben_to_come(world)
    world.clock.advance(hours=1)
    beat(world)
    before = calls_made(world)
    world.clock.advance(hours=-1)
    assert put_off(world) > timedelta(hours=1)
    for _ in range(2):
        beat(world)
        world.clock.advance(minutes=1)
    beat(world)
    assert calls_made(world) == before + 1
    assert put_off(world) <= timedelta(minutes=10)
    for person in world.people.values():
        person.phone.take_all()


def test_an_urgent_message_of_that_hour_does_not_wait_for_it(world: World) -> None:
    world.clock.advance(hours=1)
    world.noor.api.put(f"/me/help/{world.noor.id}", {})  # the answer is stored, and nothing sent so far
    world.clock.advance(hours=-1)
    before_the_agreement = world.db.read_now(lambda tx: tx.session.scalars(select(Message.send_after)).all())
    assert min(before_the_agreement) > world.clock.at
    beat(world)
    assert "case_call" not in world.mara.phone.take_all()
    world.clock.advance(minutes=1)
    beat(world)
    assert "case_call" in world.mara.phone.take_all()
    world.ben.phone.take("case_call")  # the case was as far ahead: early, not late


def test_once_the_clock_is_right_again_whoever_was_due_is_called_once(world: World) -> None:
    wait = called_with_ben_to_come(world)
    world.clock.advance(hours=-1)
    world.clock.advance(seconds=wait.total_seconds() + 1)
    world.tick()
    world.ben.phone.nothing()
    world.clock.advance(hours=1)
    world.tick()
    world.ben.phone.take("case_call")
    world.tick()
    world.nothing_unexpected()


def test_whoever_cries_for_help_meanwhile_is_called_for_at_once(world: World) -> None:
    another_worker(world)
    world.tick()
    world.clock.advance(hours=-1)
    world.noor.api.put(f"/me/help/{world.noor.id}", {})
    world.tick()
    world.mara.phone.take("case_call")


def test_the_auditor_names_the_clock_until_the_jobs_have_finished_by_the_new_one(world: World) -> None:
    def clock_is_named() -> bool:
        with world.db.engine.connect() as connection:
            found = look(connection, Place(), world.clock.at, timedelta(seconds=90))
        return any(one.rule is Rule.CLOCK for one in found)

    another_worker(world)
    world.tick()
    assert not clock_is_named()
    world.clock.advance(hours=-1)
    assert clock_is_named()
    another_worker(world)
    world.tick()
    assert not clock_is_named(), "from then on the comparison with the auditor's own clock tells"
