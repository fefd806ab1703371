"""Nobody can be notified: no worker starts, no node spoils another's messages, and health says so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from notifications.delivery.channels.console import ConsoleChannel
from notifications.delivery.models import ChannelName, Message, MessageState
from notifications.delivery.sending import Sender
from notifications.delivery.serving import SERVED
from notifications.escalations.tiers import Tier
from server import configured
from server.core.db import Database
from server.core.settings import check
from server.core.vault import Keys
from server.worker import Jobs
from tests.checkins.told import count
from tests.escalations.telling import act, flagged, hush, told
from tests.world import World


@pytest.mark.parametrize("command", [["work"], ["serve", "--with-worker"]])
def test_a_worker_without_any_channel_does_not_start(
    tmp_path: Path, sqlite_template: Path, keys: Keys, command: list[str]
) -> None:
    (tmp_path / "handrail.db").write_bytes(sqlite_template.read_bytes())
    keys.write(tmp_path / "keys.json")
    settings = check({"data": str(tmp_path)})
    database = Database(configured.open_engine(settings, keys), configured.Vault(keys))
    database.write_now(configured.plant_keys_check)
    database.close()
    ended = subprocess.run(
        [sys.executable, "-m", "server.cli", *command],
        env={**os.environ, "HANDRAIL_DATA": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(b"Error: nobody can be notified: set smtp_host or fcm")


def queued(world: World) -> int:
    return count(world, Message, Message.state == MessageState.QUEUED, Message.channel == ChannelName.FCM)


def on_a_node_without_push(world: World) -> None:
    """The node that carries pushes works; then a second node, which has none, comes by first."""
    world.tick()
    flagged(world, Tier.URGENT)
    assert queued(world) == 1


def test_a_node_without_push_leaves_pushes_to_the_node_that_has_it(world: World) -> None:
    on_a_node_without_push(world)
    other = Sender(world.db, {})
    other.send_due()
    other.close()
    assert queued(world) == 1
    world.tick()
    world.mara.phone.take("case_call")


def test_a_console_left_on_at_one_node_prints_nobody_elses_calls(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    on_a_node_without_push(world)
    other = Sender(world.db, {ChannelName.CONSOLE: ConsoleChannel(sys.stdout)})
    other.send_due()
    other.drain()
    other.close()
    assert queued(world) == 1
    assert "phone" not in capsys.readouterr().out
    world.tick()
    world.mara.phone.take("case_call")


def test_when_the_node_with_push_is_gone_the_call_dies_and_the_case_climbs(world: World) -> None:
    on_a_node_without_push(world)
    world.clock.advance(seconds=SERVED.total_seconds())
    other = Jobs(world.db, {})
    other.run("send_due")
    assert queued(world) == 0
    other.run("climb_due")
    other.close()
    world.tick()
    world.ben.phone.take("case_call")


def escalations(world: World) -> tuple[int, int]:
    answer = world.anybody().get("/health/escalations")
    return answer.status_code, answer.json()["unheard_cases"]


def test_health_says_so_when_calls_are_made_and_none_leaves(world: World) -> None:
    world.jobs.close()
    world.jobs = Jobs(world.db, {})
    case_id = flagged(world, Tier.URGENT)
    world.pass_time(minutes=1)
    assert escalations(world) == (200, 0)
    world.pass_time(minutes=2)
    assert "called" in told(world, case_id)
    assert escalations(world) == (503, 1)

    world.jobs.close()
    world.jobs = Jobs(world.db, {ChannelName.FCM: world.channel})
    world.pass_time(minutes=11)
    assert escalations(world) == (200, 0)
    hush(world)


def test_health_is_content_as_soon_as_somebody_has_the_case(world: World) -> None:
    world.jobs.close()
    world.jobs = Jobs(world.db, {})
    case_id = flagged(world, Tier.URGENT)
    world.pass_time(minutes=3)
    assert escalations(world) == (503, 1)
    act(world, world.mara, case_id, "acknowledge")
    assert escalations(world) == (200, 0)


def test_a_ladder_that_starts_anew_is_judged_by_its_own_calls(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    world.tick()
    world.mara.phone.take("case_call")
    act(world, world.mara, case_id, "acknowledge")
    world.pass_time(minutes=1)
    assert escalations(world) == (200, 0)
    world.jobs.close()
    world.jobs = Jobs(world.db, {})
    world.pass_time(hours=3, step_seconds=300)
    assert "lapsed" in told(world, case_id)
    assert escalations(world) == (503, 1), "the call of the first ladder was sent, hours ago"
    hush(world)
