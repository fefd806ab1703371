"""One job that hangs is noticed though all the others beat, and a cut connection costs nobody an answer."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import text

from notifications.delivery.models import ChannelName
from server.core import audit
from server.core.clock import DatabaseClock
from server.core.db import Database, Tx
from server.core.vault import Keys
from server.people.terms import Role
from server.worker import Jobs, Worker
from tests.core.test_db import rows
from tests.processes import installed, wait_for
from tests.reliability.clocks import stepped_clock
from tests.world import World


class Impatient(Worker):
    """A guard that waits for tenths of a second."""

    SILENT = 0.5
    LOOK = 0.05


class LessImpatient(Impatient):
    """Longer than one batch takes on a busy machine, shorter than the run of them."""

    SILENT = 2.0


def test_one_job_that_hangs_is_started_anew_though_all_others_beat(world: World) -> None:
    jobs = Jobs(world.db, {ChannelName.FCM: world.channel})
    hangs, begun = threading.Event(), list[float]()

    def stuck() -> int:
        begun.append(time.monotonic())
        if len(begun) == 1:
            hangs.wait(30)
        return 0

    jobs.every["climb_due"] = (0.1, stuck)
    worker = Impatient(jobs)
    worker.start()
    try:
        wait_for("the job to run again", lambda: len(begun) > 2, seconds=10)
        wait_for("calm", lambda: worker.silent() == [], seconds=10)
    finally:
        hangs.set()
        worker.stop()


def test_a_long_run_of_short_batches_is_no_silence(world: World) -> None:
    jobs = Jobs(world.db, {ChannelName.FCM: world.channel})
    left = iter([1] * 34)

    def busy() -> int:
        time.sleep(0.1)
        return next(left, 0)

    jobs.every["open_due"] = (0.1, busy)
    worker = LessImpatient(jobs)
    worker.start()
    try:
        until = time.monotonic() + 3.2
        while time.monotonic() < until:
            assert "open_due" not in worker.silent()
            time.sleep(0.02)
    finally:
        worker.stop()


HANGS_FOR_EVER = """
import sys, threading, pathlib
from server.core.db import Database, embedded_engine
from server.core.vault import Keys, Vault
from server.worker import Jobs, Worker
Worker.SILENT, Worker.LOOK = 0.3, 0.05
keys = Keys.fresh()
jobs = Jobs(Database(embedded_engine(pathlib.Path(sys.argv[1]), keys.database), Vault(keys)), {})
jobs.every = {"beats": (0.1, lambda: 0), "hangs": (0.1, lambda: threading.Event().wait())}
Worker(jobs).start()
threading.Event().wait(30)
"""


def test_a_job_that_hangs_again_ends_the_process_by_name(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGS_FOR_EVER, f"{tmp_path}/handrail.db"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 70, ended.stderr
    assert b"ending the process for its supervisor: hangs" in ended.stderr


def test_a_guard_that_cannot_start_the_metronome_anew_ends_the_process_too(tmp_path: Path) -> None:
    broken = "def no_threads(self):\n    raise RuntimeError('no more threads')\nWorker._rearm = no_threads\n"
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            HANGS_FOR_EVER.replace("keys =", f"{broken}keys =", 1),
            f"{tmp_path}/handrail.db",
        ],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 70, ended.stderr
    assert b"the guard failed" in ended.stderr


BEATS = """
import sys, threading, pathlib
from server.core.db import Database, embedded_engine
from server.core.vault import Keys, Vault
from server.worker import Jobs, Worker
keys = Keys.fresh()
jobs = Jobs(Database(embedded_engine(pathlib.Path(sys.argv[1]), keys.database), Vault(keys)), {})
jobs.every = {"beats": (0.1, lambda: print("beat", flush=True) or 0)}
Worker(jobs).start()
threading.Event().wait(60)
"""


def test_a_clock_that_is_set_back_by_an_hour_costs_seconds(tmp_path: Path) -> None:
    """Not the half minute after which a metronome counts as silent."""
    clock = stepped_clock(tmp_path)
    if clock is None:
        pytest.skip("neither libfaketime nor a compiler here")
    with subprocess.Popen(
        [sys.executable, "-c", BEATS, f"{tmp_path}/handrail.db"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **clock.environment},
    ) as process:
        assert process.stdout is not None
        beats: list[float] = []
        heard = process.stdout
        listener = threading.Thread(target=lambda: beats.extend(time.monotonic() for _ in heard))
        listener.start()
        try:
            wait_for("beats", lambda: len(beats) > 5)
            clock.step(-3600)
            time.sleep(0.5)
            before = len(beats)
            wait_for("beats again", lambda: len(beats) > before + 5, seconds=Worker.SILENT / 2)
        finally:
            process.kill()
            listener.join()


def cut_every_connection(db: Database, address: str) -> None:
    """What a restart of the server does to the connections that wait in the pool."""
    held = [db.engine.connect() for _ in range(4)]
    for connection in held:
        connection.execute(text("select 1"))
        connection.close()
    with psycopg.connect(address, autocommit=True) as other:
        cut = (
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        other.execute(cut)


@pytest.mark.parametrize("database_address", ["postgresql"], indirect=True)
def test_after_the_server_cut_its_connections_no_request_fails(db: Database, database_address: str) -> None:
    cut_every_connection(db, database_address)
    assert db.read_now(rows) == 0
    cut_every_connection(db, database_address)
    db.write_now(lambda tx: audit.record(tx, "x"))
    assert db.read_now(rows) == 1


@pytest.mark.parametrize("database_address", ["postgresql"], indirect=True)
def test_work_is_not_run_again_when_its_commit_was_cut(db: Database, database_address: str) -> None:
    """Nobody knows whether such a commit was stored; the phone repeats it under its own id."""
    runs: list[int] = []

    def work(tx: Tx) -> None:
        audit.record(tx, "x")
        tx.session.flush()
        runs.append(1)
        pid = tx.session.execute(text("select pg_backend_pid()")).scalar_one()
        with psycopg.connect(database_address, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s, 2000)", [pid])

    with pytest.raises(Exception, match=r"(?i)terminat|closed|lost"):
        db.write_now(work)
    assert runs == [1]


def test_readers_of_the_database_clock_never_mix_two_readings() -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    began = time.monotonic()
    clock = DatabaseClock(lambda: at + timedelta(seconds=time.monotonic() - began))
    clock.RESYNC_SECONDS = 0.0005
    off: list[float] = []

    def read() -> None:
        since = range(3000)
        off.extend(abs((clock.now() - at).total_seconds() - (time.monotonic() - began)) for _ in since)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(off) < 0.5


def test_a_stop_ends_open_streams_and_cuts_nobody_off(
    tmp_path: Path, database_address: str, keys: Keys
) -> None:
    with installed(tmp_path, database_address, keys) as home:
        mara = home.staff("Mara", Role.CASE_MANAGER)
        web = home.serve()
        own = {"Authorization": f"Bearer {mara.token}"}
        with httpx.stream("GET", f"{home.url}/api/cases/stream", headers=own, timeout=10) as answer:
            received = answer.iter_lines()
            assert next(received).startswith("id:")
            began = time.monotonic()
            web.send_signal(signal.SIGTERM)
            assert "event: ready" in list(received), "it came to an orderly end"
        web.wait(timeout=20)
        assert web.returncode == 0
        assert time.monotonic() - began < 4, "it did not wait until it had to cut the stream off"
        assert b"ASGI" not in home.logs()
