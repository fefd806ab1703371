"""The machine's clock is set back by an hour: nobody waits an hour for a call."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from notifications.delivery.models import ChannelName
from notifications.escalations.models import Case
from server.worker import Jobs
from tests.reliability.riverside import BEATS
from tests.world import World


@pytest.fixture(autouse=True)
def embedded(world: World) -> None:
    """Only there the machine's clock decides."""
    if not world.db.sqlite:
        pytest.skip("PostgreSQL has a clock of its own")
    world.clock.advance(hours=2)  # Noor's team is hers by either clock


def another_worker(world: World) -> None:
    """A worker that notes at once that its jobs finished, as one does every ten seconds."""
    world.jobs.close()
    world.jobs = Jobs(world.db, {ChannelName.FCM: world.channel})


def test_a_call_that_was_owed_a_moment_before_goes_out_now(world: World) -> None:
    another_worker(world)
    world.tick()
    world.noor.api.put(f"/me/help/{world.noor.id}", {})
    world.clock.advance(hours=-1)
    another_worker(world)
    world.tick()
    world.mara.phone.take("case_call")


def test_the_next_person_is_called_when_they_would_have_been(world: World) -> None:
    world.noor.api.put(f"/me/help/{world.noor.id}", {})
    another_worker(world)
    world.tick()
    world.mara.phone.take("case_call")
    due = world.db.read_now(lambda tx: tx.session.scalars(select(Case.next_call_at)).one())
    wait = due - world.clock.at
    world.clock.advance(hours=-1)
    another_worker(world)
    world.tick()
    world.ben.phone.nothing()
    world.clock.advance(seconds=wait.total_seconds() + 1)
    world.tick()
    world.ben.phone.take("case_call")
    assert wait < timedelta(minutes=30)


def test_a_few_seconds_change_nothing(world: World) -> None:
    world.noor.api.put(f"/me/help/{world.noor.id}", {})
    another_worker(world)
    world.tick()
    world.mara.phone.take("case_call")
    due = world.db.read_now(lambda tx: tx.session.scalars(select(Case.next_call_at)).one())
    world.clock.advance(seconds=-4)
    another_worker(world)
    for name in BEATS:
        world.jobs.run(name)
    assert world.db.read_now(lambda tx: tx.session.scalars(select(Case.next_call_at)).one()) == due
