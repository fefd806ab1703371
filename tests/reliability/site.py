"""A running installation of several nodes, with a supervisor that starts what ended, as systemd does for a service.

Nothing else is done for them: what comes back, comes back by itself.
"""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import insert

from bench.rows_of import Somebody
from bench.stock import Stock
from notifications.delivery import devices
from notifications.delivery.schemas import FcmDeviceIn
from server import migrations
from server.core.actor import Actor, ActorKind
from server.core.db import Tx, embedded_engine, server_engine
from server.core.tables import new_id
from server.core.vault import Keys
from server.people import actions
from server.people.models import CareSpell
from server.people.schemas import StaffNew
from server.people.terms import CareRole, Role
from tests.processes import Installation, free_port, installed, wait_for

Process = subprocess.Popen[bytes]


class Node:
    """One process of the service that is started again whenever it ended, until it is told to stay away."""

    def __init__(self, home: Installation, *command: str, extra: Mapping[str, str] | None = None) -> None:
        self._home, self._command = home, command
        self.port = free_port()
        self._extra = {**(extra or {}), "HANDRAIL_PORT": str(self.port)}
        self.starts = 0
        self.process = self._start()
        self._over = threading.Event()
        self._supervisor = threading.Thread(target=self._keep_up, daemon=True)
        self._supervisor.start()

    def _start(self) -> Process:
        self.starts += 1
        return self._home.start(*self._command, extra=self._extra)

    def _keep_up(self) -> None:
        while not self._over.wait(0.1):
            if self.process.poll() is not None and not self._over.wait(RESTART_SECONDS):
                self.process = self._start()

    def signal(self, how: signal.Signals) -> None:
        """What happens to the process as it is now."""
        self.process.send_signal(how)

    def alive(self) -> bool:
        """Whether a web node answers."""
        return self.status("/health/live") == 200

    def status(self, path: str) -> int:
        """The status of one of its health addresses; 0 when it does not answer."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=3).status_code
        except httpx.HTTPError:
            return 0

    def said(self, path: str) -> dict[str, Any]:
        """What one of its health addresses says; empty when it does not answer."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=3).json()
        except (httpx.HTTPError, ValueError):
            return {}

    def close(self) -> None:
        """The supervisor lets go. The installation ends the process."""
        self._over.set()
        self._supervisor.join()


STARTS = 300.0
"""Seconds a node may take to start on a busy machine."""

RESTART_SECONDS = 0.5
"""How long the supervisor waits before it starts a process again."""


class Site:
    """An installation with web nodes, workers, Mara, Ben and Sol with their phones, and clients by the hundred."""

    def __init__(self, home: Installation) -> None:
        self.home = home
        self.notes: list[str] = []
        self.broken: list[str] = []
        self.webs: list[Node] = []
        self.workers: list[Node] = []
        self.stock = Stock(home.db)
        self.ben, self.sol = (
            self._staff(*one) for one in (("Ben", Role.CASE_MANAGER), ("Sol", Role.SUPERVISOR))
        )

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return "sqlite" if self.home.db.sqlite else "postgresql"

    def _staff(self, name: str, role: Role) -> UUID:
        def hire(tx: Tx) -> UUID:
            programme_id = self.stock.programme_id
            new = StaffNew(name=name, email=f"{name.lower()}@riverside.example", role=role)
            row, _, _ = actions.create_staff(tx, programme_id, new)
            row.email_proved_at = tx.now
            tx.actor = Actor(kind=ActorKind.STAFF, id=row.id, programme_id=programme_id, role=role.value)
            devices.register(tx, uuid4(), FcmDeviceIn(token=f"phone-of-{name.lower()}"))
            return row.id

        return self.home.db.write_now(hire)

    def clients(self, count: int) -> list[Somebody]:
        """Clients of Mara, with Ben behind her and Sol behind him."""
        made = self.stock.clients(count)
        behind = ((CareRole.BACKUP, self.ben), (CareRole.SUPERVISOR, self.sol))

        def add(tx: Tx) -> None:
            rows = [
                {"id": new_id(), "client_id": each.id, "staff_id": who, "role": role, "from_at": tx.now}
                for each in made
                for role, who in behind
            ]
            tx.connection.execute(insert(CareSpell), rows)

        self.home.db.write_now(add)
        self.stock.due(made)  # each has a check-in that the worker opens besides
        return made

    def run(self, webs: int, workers: int, extra: Mapping[str, str] | None = None) -> None:
        """Start so many nodes and wait until they answer and work."""
        for _ in range(webs):  # one by one, so that each is known here the moment it runs
            self.webs.append(Node(self.home, "serve", extra=extra))
        for _ in range(workers):
            self.workers.append(Node(self.home, "work", extra=extra))
        for web in self.webs:
            wait_for("a web node to answer", web.alive, STARTS)
        wait_for("all jobs to have run", self.well, STARTS)

    def well(self) -> bool:
        """Whether each web node says that all is well."""
        paths = ("/health/ready", "/health/escalations")
        return all(web.status(path) == 200 for web in self.webs for path in paths)

    def stand_still(self) -> None:
        """The workers stop, politely, and stay away."""
        for node in self.workers:
            node.close()
            node.signal(signal.SIGTERM)
        for node in self.workers:
            node.process.wait(STARTS)

    def close(self) -> None:
        """End everything; what was stopped has to go on first."""
        for node in (*self.webs, *self.workers):
            node.close()
            if node.process.poll() is None:
                node.signal(signal.SIGCONT)


@contextmanager
def site(folder: Path, address: str) -> Iterator[Site]:
    """An installation in an empty folder on an empty database: `sqlite`, or an address of PostgreSQL."""
    keys = Keys.fresh()
    embedded = address == "sqlite"
    engine = embedded_engine(folder / "handrail.db", keys.database) if embedded else server_engine(address)
    migrations.upgrade(engine)
    engine.dispose()
    with installed(folder, address, keys) as home:
        made = Site(home)
        try:
            yield made
        finally:
            made.close()


def seconds_until(condition: Callable[[], object], what: str, most: float = 180) -> float:
    """How long it takes until something holds."""
    began = time.monotonic()
    wait_for(what, condition, most)
    return time.monotonic() - began
