"""The live stream over a real socket: who sees what, going on after a gap, and leaving nothing behind."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from notifications.escalations import stream
from notifications.escalations.stream import Hub
from notifications.escalations.tiers import Tier
from server.app import create_app
from server.core.settings import check
from server.people.terms import Role
from tests.escalations.telling import act, flagged, hush, lines, ok
from tests.world import Person, World


class Server:
    """The application behind uvicorn."""

    def __init__(self, world: World) -> None:
        self.app = create_app(world.db, check({"data": str(world.folder)}))
        config = uvicorn.Config(
            self.app, port=0, log_level="error", lifespan="off", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until(lambda: self.server.started)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/api/cases/stream"

    @property
    def hub(self) -> Hub:
        return self.app.state.case_hub

    @contextmanager
    def follow(self, person: Person, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
        """One person's stream, event by event."""
        own = {"Authorization": f"Bearer {person.token}", **headers}
        with httpx.stream("GET", self.address, headers=own, timeout=5) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield events(answer.iter_lines())

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


def events(received: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in received:
        if not line and event:
            yield event
            event = {}
        elif line.startswith(":"):
            yield {"comment": line}
        elif line:
            name, _, value = line.partition(": ")
            event[name] = json.loads(value) if name == "data" else value


def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def without_comments(received: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (event for event in received if "comment" not in event)


@pytest.fixture
def server(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(stream, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(stream, "HEARTBEAT", 0.3)
    monkeypatch.setattr(stream, "CHECK_EVERY", 0.2)
    running = Server(world)
    yield running
    running.stop()


def test_a_dropped_connection_goes_on_where_it_was_and_misses_nothing(world: World, server: Server) -> None:
    with server.follow(world.mara) as everything:
        received = without_comments(everything)
        ready = next(received)
        assert ready["event"] == "ready"
        case_id = flagged(world, Tier.URGENT)
        opened, called = next(received), next(received)
        told = {"case_id": str(case_id), "kind": "opened", "number": int(opened["id"]), "practice": False}
        assert opened["data"] == told
        assert called["data"]["kind"] == "called"
    act(world, world.mara, case_id, "acknowledge")
    act(world, world.mara, case_id, "contacts", channel="phone", reached=False, note="voicemail only")
    with server.follow(world.mara, **{"Last-Event-ID": called["id"]}) as everything:
        received = without_comments(everything)
        assert next(received)["id"] == called["id"]
        kinds = [next(received)["data"]["kind"] for _ in range(2)]
        assert kinds == ["acknowledged", "contact"]
    with server.follow(world.mara, **{"Last-Event-ID": ready["id"]}) as everything:
        received = without_comments(everything)
        numbers = [int(next(received)["id"]) for _ in range(5)][1:]
        assert numbers == [event.number for event in lines(world, case_id)]
    hush(world)


def test_nobody_is_shown_a_case_of_a_client_they_may_not_see(world: World, server: Server) -> None:
    stranger = world.staff("Una", Role.CASE_MANAGER, world.programme_id)
    with server.follow(world.otto) as to_otto, server.follow(stranger) as to_una:
        assert next(to_otto)["event"] == next(to_una)["event"] == "ready"
        flagged(world, Tier.URGENT)
        for received in (to_otto, to_una):
            assert [next(received) for _ in range(3)] == [{"comment": ": still here"}] * 3
    assert httpx.get(server.address).status_code == 401
    assert (
        httpx.get(server.address, headers={"Authorization": f"Bearer {world.adi.token}"}).status_code == 403
    )
    hush(world)


def test_signing_out_ends_the_stream(world: World, server: Server) -> None:
    with server.follow(world.mara) as received:
        next(received)
        ok(world.mara.api.post("/sign-out"), 204)
        rest = list(received)
    assert all("comment" in event for event in rest)


def test_thirty_who_vanish_leave_no_follower_and_no_connection(world: World, server: Server) -> None:
    pool: Any = world.db.engine.pool
    for _ in range(3):
        open_ones = [server.follow(world.mara) for _ in range(10)]
        for one in open_ones:
            assert next(one.__enter__())["event"] == "ready"
        until(lambda: pool.checkedout() == 0)  # nobody who waits holds one
        for one in open_ones:
            one.__exit__(None, None, None)
    until(lambda: not list(server.hub._followers))
    until(lambda: pool.checkedout() == 0)
