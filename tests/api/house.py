"""A world that lasts for a whole file, and the same application behind a real socket."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import uvicorn

from notifications.delivery.channels.fcm import FcmChannel
from server.core.db import Database, embedded_engine, server_engine
from server.core.vault import Keys, Vault
from tests.clock import MovableClock
from tests.conftest import address
from tests.fakes.fcm import FcmServer
from tests.processes import free_port
from tests.world import World

PLAN: dict[str, Any] = {
    "warning_signs": [
        {"id": f"0192c0de-0000-7000-8000-00000000000{n}", "text": f"sign {n}", "stage": "early"}
        for n in (1, 2, 3)
    ]
}


@contextmanager
def on_sqlite(template: Path, folder: Path, keys: Keys) -> Iterator[World]:
    """A world on a fresh embedded database."""
    path = folder / "handrail.db"
    shutil.copy(template, path)
    with _world(
        Database(embedded_engine(path, keys.database), Vault(keys), clock=MovableClock()), folder
    ) as w:
        yield w


@contextmanager
def on_postgresql(uri: str, template: str, folder: Path, keys: Keys) -> Iterator[World]:
    """A world on a fresh PostgreSQL database."""
    name = "t_" + folder.name.lower().replace("-", "_")
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")  # type: ignore[arg-type]
    with _world(Database(server_engine(address(uri, name)), Vault(keys), clock=MovableClock()), folder) as w:
        yield w
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")  # type: ignore[arg-type]


@contextmanager
def _world(db: Database, folder: Path) -> Iterator[World]:
    try:
        with FcmServer() as fcm:
            channel = FcmChannel(fcm.service_account(), base_url=fcm.base_url, timeout=5.0)
            with World(db, db.clock, folder, fcm, channel) as world:  # type: ignore[arg-type]
                yield world
            channel.close()
    finally:
        db.close()


@contextmanager
def served(world: World) -> Iterator[str]:
    """The world's application behind a real socket; its address."""
    port = free_port()
    config = uvicorn.Config(
        world.client.app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=20)


def lived_in(world: World) -> dict[str, Any]:
    """Give Noor a plan, a schedule, an open check-in, an open case and a proposal; their ids by parameter name."""
    client = f"/clients/{world.noor.id}"
    draft = world.ida.api.put(f"{client}/plan/draft", {"document": PLAN}, headers={"If-Match": '"0"'})
    body = {"reason": "first", "client_took_part": True, "caregiver_involved": False}
    version = {"draft_version": draft.json()["version"]}
    assert world.ida.api.post(f"{client}/plan/revisions", {**body, **version}).status_code == 201
    daily = {"frequency": "daily", "times": ["09:00", "20:00"]}
    schedule = world.mara.api.post(
        f"{client}/schedules",
        {"recurrence": daily, "window_minutes": 60, "starts_on": world.clock.at.date().isoformat()},
    )
    agreed = {"version": 1, "agreed": True, "language": "en"}
    assert world.noor.api.put("/me/consents/plan_use", agreed).status_code == 200
    proposal_id = "0192c0de-0000-7000-8000-0000000000f1"
    entry = {"section": "reasons", "entry": {"text": "the garden"}}
    assert world.noor.api.put(f"/me/plan/proposals/{proposal_id}", entry).status_code == 200
    case = world.mara.api.post(f"{client}/cases", {"tier": "same_day"})
    world.tick()
    mine = world.noor.api.get("/me/checkins").json()
    for person in world.people.values():
        person.phone.take_all()
    return {
        "client_id": str(world.noor.id),
        "schedule_id": schedule.json()["id"],
        "proposal_id": proposal_id,
        "case_id": case.json()["id"],
        "checkin_id": mine["open"][0]["id"],
        "questionnaire_id": mine["anytime"]["questionnaire_id"],
        "device_id": str(world.noor.device_id),
        "number": 1,
        "key": "plan_use",
        "use_id": "0192c0de-0000-7000-8000-0000000000f2",
        "copy_id": "0192c0de-0000-7000-8000-0000000000f3",
    }
