"""From "received" on the client's phone to the call handed to the push provider, while answers keep coming.

Answers are sent at a fixed rate, each when it is due, whether or not the ones before came back. The push stand-in
runs as a process of its own and notes when it accepted each call; both read the one monotonic clock of the
machine.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
import uvloop

from bench import wire
from bench.home import Home
from bench.rows_of import Shot
from bench.stock import Stock
from tests.processes import wait_for

PER_SECOND = 200
FLAG_EVERY = 100
CLIENTS = 401
"""A prime: taken in turn, every hundredth answer is another client's until all have had one."""

_CONNECTIONS = 64


@dataclass
class Delay:
    """Milliseconds from the reply to the hand-over, over all flagged answers.

    `late` is how far the answers fell behind their times at the most, `rate` how many a second were taken.
    """

    calls: int
    p50: float
    p99: float
    late: float
    rate: float


@dataclass
class _Run:
    received: dict[str, int] = field(default_factory=dict)
    latest: float = 0.0
    seconds: float = 0.0
    answered: int = 0
    refused: int = 0


def measure(home: Home, stock: Stock, *, seconds: float) -> Delay:
    """A distinct client for every flagged answer, so that each one opens a case and calls Mara's phone."""
    count = int(PER_SECOND * seconds)
    shots = stock.answers(stock.clients(CLIENTS), count, flag_every=FLAG_EVERY)
    with home.server() as (_, port):
        run = uvloop.run(_send(port, shots))
        if run.refused or len(run.received) != count // FLAG_EVERY:
            raise RuntimeError(f"{run.refused} answers refused, {len(run.received)} cases of {count} answers")
        handed = wait_for("every call", lambda: _all_calls(home, run.received), seconds=60)
    delays = sorted((handed[case] - at) / 1e6 for case, at in run.received.items())
    at = int(len(delays) * 0.99)
    rate = count / run.seconds
    return Delay(len(delays), delays[len(delays) // 2], delays[at], 1000 * run.latest, rate)


async def _send(port: int, shots: list[Shot]) -> _Run:
    run, idle = _Run(), asyncio.Queue["_Line"]()
    for _ in range(_CONNECTIONS):
        idle.put_nowait(await _Line(run, idle).connected(port))
    began = time.monotonic()
    for number, request in enumerate([wire.request(shot) for shot in shots]):
        due = began + number / PER_SECOND
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        line = await idle.get()
        run.latest = max(run.latest, time.monotonic() - due)
        line.connection.send(request)
    while run.answered < len(shots):
        await asyncio.sleep(0.01)
    run.seconds = time.monotonic() - began
    return run


class _Line:
    """One connection, idle until a request is due."""

    def __init__(self, run: _Run, idle: "asyncio.Queue[_Line]") -> None:
        self._run = run
        self._idle = idle

    async def connected(self, port: int) -> Self:
        self.connection = await wire.connect(port, self._answered)
        return self

    def _answered(self, status: int, body: bytes) -> None:
        at = time.monotonic_ns()
        self._run.answered += 1
        case_id = msgspec.json.decode(body)["case_id"] if status == 200 else None
        self._run.refused += status != 200
        if case_id is not None:
            self._run.received[case_id] = at
        self._idle.put_nowait(self)


def _all_calls(home: Home, received: dict[str, int]) -> dict[str, int]:
    """When each case's first call was handed over; empty until there is one for every case."""
    handed: dict[str, int] = {}
    for line in home.push_log.read_text().splitlines():
        at, _, data = line.split(" ", 2)
        values: dict[str, Any] = msgspec.json.decode(data)
        if "case_id" in values:
            handed.setdefault(values["case_id"], int(at))
    return handed if handed.keys() >= received.keys() else {}
