"""The load: `connections` clients that each send the next prepared answer as soon as the last one is answered.

`wrk` drives it where it is installed. Else a small client of our own does: one asyncio protocol a connection,
requests put together beforehand, and of each reply only the status and the length are read.
"""

import asyncio
import math
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import uvloop

from bench import wire, wrk
from bench.rows_of import Shot


@dataclass
class Loaded:
    """What one run of load came to. Latencies are milliseconds."""

    ok: int
    other: int
    seconds: float
    p50: float
    p99: float
    unfinished: int

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.ok / self.seconds


def generator() -> str:
    """Which load generator this machine has."""
    return "wrk" if shutil.which("wrk") else "asyncio"


def run(port: int, shots: Sequence[Shot], *, connections: int, seconds: float, folder: Path) -> Loaded:
    """Send these answers over that many connections for so many seconds, or until none is left."""
    if generator() == "wrk":
        return Loaded(**wrk.run(port, shots, connections=connections, seconds=seconds, folder=folder))
    return uvloop.run(_Run(port, shots).go(connections, seconds))


def send_all(port: int, shots: Sequence[Shot], *, connections: int) -> Loaded:
    """Send these answers until the last one is answered. wrk cannot: it runs for its seconds, whatever is left."""
    return uvloop.run(_Run(port, shots).go(connections, math.inf))


@dataclass
class _Run:
    port: int
    shots: Sequence[Shot]
    latencies: list[float] = field(default_factory=list)
    other: int = 0

    async def go(self, connections: int, seconds: float) -> Loaded:
        self.requests = iter([wire.request(shot) for shot in self.shots])
        self.busy, self.idle = connections, asyncio.Event()
        senders = [await _Sender(self).connected() for _ in range(connections)]
        began = time.perf_counter()
        self.until = began + seconds
        for sender in senders:
            sender.send_next()
        await self.idle.wait()
        took = time.perf_counter() - began
        ordered = sorted(self.latencies) or [0.0]
        return Loaded(
            ok=len(self.latencies),
            other=self.other,
            seconds=took,
            p50=1000 * ordered[len(ordered) // 2],
            p99=1000 * ordered[int(len(ordered) * 0.99)],
            unfinished=0,
        )


class _Sender:
    """One connection that sends the next request as soon as the last one is answered."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._sent_at = 0.0

    async def connected(self) -> Self:
        self._connection = await wire.connect(self._run.port, self._answered)
        return self

    def send_next(self) -> None:
        self._sent_at = time.perf_counter()
        request = next(self._run.requests, None) if self._sent_at < self._run.until else None
        if request is not None:
            self._connection.send(request)
        else:
            self._connection.close()
            self._over()

    def _answered(self, status: int, _: bytes) -> None:
        if status // 100 == 2:
            self._run.latencies.append(time.perf_counter() - self._sent_at)
        else:
            self._run.other += 1
        if status:
            self.send_next()
        else:
            self._over()

    def _over(self) -> None:
        self._run.busy -= 1
        if self._run.busy == 0:
            self._run.idle.set()
