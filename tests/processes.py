"""A real installation in a folder, run as real processes that can be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from sqlalchemy import update

from notifications.delivery.models import Message, MessageState
from server import configured
from server.core.db import Database, Tx
from server.core.settings import check
from server.core.tables import new_id
from server.core.vault import Keys
from server.people import actions, sessions
from server.people.models import CareSpell
from server.people.schemas import ClientNew, StaffNew
from server.people.terms import CareRole, Role
from tests.fakes.fcm import FcmServer


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until `condition` holds; fails naming `what`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for: {what}")


@dataclass
class Somebody:
    """A person of the installation with a session and a phone."""

    id: UUID
    token: str
    phone: str


class Installation:
    """One database, one keys file, a push stand-in, and any number of processes."""

    def __init__(self, folder: Path, database_address: str, keys: Keys, fcm: FcmServer) -> None:
        self.folder, self.fcm = folder, fcm
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.running: list[subprocess.Popen[bytes]] = []
        embedded = not database_address.startswith("postgresql")
        keys.write(folder / "keys.json")
        account = folder / "fcm.json"
        account.write_bytes(msgspec.json.encode(fcm.service_account()))
        self.environment = {
            "HANDRAIL_DATA": str(folder),
            "HANDRAIL_DATABASE": "sqlite" if embedded else database_address,
            "HANDRAIL_PORT": str(self.port),
            "HANDRAIL_FCM_SERVICE_ACCOUNT": str(account),
            "HANDRAIL_FCM_BASE_URL": fcm.base_url,
        }
        plain = {key.removeprefix("HANDRAIL_").lower(): text for key, text in self.environment.items()}
        settings = check({**plain, "port": self.port})
        engine = configured.open_engine(settings, keys)
        self.db = Database(engine, configured.Vault(keys))
        self.db.write_now(configured.plant_keys_check)
        self.programme_id = self.db.write_now(
            lambda tx: actions.create_programme(tx, "Riverside", "America/Chicago").id
        )

    def staff(self, name: str, role: Role) -> Somebody:
        """A signed-in staff member."""

        def create(tx: Tx) -> Somebody:
            new = StaffNew(name=name, email=f"{name.lower()}@riverside.example", role=role)
            row, _, _ = actions.create_staff(tx, self.programme_id, new)
            row.email_proved_at = tx.now
            token = sessions.start(tx, programme_id=self.programme_id, staff_id=row.id)
            return Somebody(row.id, token, f"phone-of-{name}")

        return self.db.write_now(create)

    def client(self, name: str, case_manager: Somebody) -> Somebody:
        """A paired client of this case manager."""

        def create(tx: Tx) -> Somebody:
            tx.actor = sessions.authenticate(tx, case_manager.token)
            row = actions.create_client(tx, ClientNew(name=name, zone="America/Chicago"))
            token = sessions.start(tx, programme_id=self.programme_id, client_id=row.id)
            return Somebody(row.id, token, f"phone-of-{name}")

        return self.db.write_now(create)

    def add_to_team(self, client: Somebody, staff: Somebody, role: CareRole) -> None:
        """Another member of the care team."""
        spell = {"client_id": client.id, "staff_id": staff.id, "role": role}
        self.db.write_now(
            lambda tx: tx.session.add(CareSpell(id=new_id(), from_at=tx.now, to_at=None, **spell))
        )

    def with_phone(self, somebody: Somebody) -> Somebody:
        """Register the person's phone for pushes (the web process has to run)."""
        body = {"channel": "fcm", "token": somebody.phone}
        answer = self.request(somebody, "PUT", f"/me/devices/{uuid4()}", body)
        assert answer.status_code < 300, answer.text
        return somebody

    def request(self, who: Somebody, method: str, path: str, body: Any = None) -> httpx.Response:
        """A request over the real socket."""
        headers = {"Authorization": f"Bearer {who.token}"}
        return httpx.request(method, f"{self.url}/api{path}", json=body, headers=headers, timeout=20)

    def start(self, *command: str, extra: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start `handrail …` as its own process, with `extra` in its environment."""
        environment = {**os.environ, **self.environment, **(extra or {})}
        arguments = [sys.executable, "-m", "server.cli", *command]
        with (self.folder / f"{'-'.join(command)}-{len(self.running)}.log").open("wb") as log:
            process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def serve(self, *options: str) -> "subprocess.Popen[bytes]":
        """Start the web process and wait until it answers."""
        process = self.start("serve", *options)
        wait_for("the web process to answer", self.alive)
        return process

    def alive(self) -> bool:
        """Whether the web process answers."""
        try:
            return httpx.get(f"{self.url}/health/live", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self, process: "subprocess.Popen[bytes]", how: signal.Signals = signal.SIGKILL) -> None:
        """End a process the hard way and wait until it is gone."""
        process.send_signal(how)
        process.wait(timeout=30)

    def logs(self) -> bytes:
        """Everything the processes wrote."""
        return b"".join(path.read_bytes() for path in self.folder.glob("*.log"))

    def close(self) -> None:
        """End everything."""
        for process in self.running:
            if process.poll() is None:
                process.kill()
                process.wait(timeout=30)
        self.db.close()


@contextmanager
def installed(folder: Path, database_address: str, keys: Keys) -> Iterator[Installation]:
    """An installation that is gone afterwards."""
    with FcmServer() as fcm:
        installation = Installation(folder, database_address, keys, fcm)
        try:
            yield installation
        finally:
            installation.close()


def cast(home: Installation) -> tuple[Somebody, Somebody]:
    """Mara with her phone, and her client Noor; the web process runs."""
    mara = home.staff("Mara", Role.CASE_MANAGER)
    noor = home.client("Noor", mara)
    home.serve()
    return home.with_phone(mara), noor


def asks_for_help(home: Installation, client: Somebody) -> None:
    """The client's cry for help is stored."""
    answer = home.request(client, "PUT", f"/me/help/{uuid4()}", {})
    assert answer.status_code in (200, 201), answer.text


def lease_has_lapsed(home: Installation) -> None:
    """The half minute is over in which a message belonged to a worker that is gone: nobody waits for it here."""
    leased = update(Message).where(Message.state == MessageState.LEASED)
    home.db.write_now(lambda tx: tx.connection.execute(leased.values(send_after=tx.now)))
