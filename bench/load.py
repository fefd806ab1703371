"""The load: `connections` clients that each send the next prepared answer as soon as the last one is answered.

`wrk` drives it where it is installed. Else a small client of our own does: one asyncio protocol a connection,
requests put together beforehand, and of each reply only the status and the length are read.
"""

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from bench import wrk
from bench.stock import Shot


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


def request(shot: Shot) -> bytes:
    """The answer as it goes over the wire."""
    head = (
        f"PUT /api/me/checkins/{shot.checkin_id}/answer HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {shot.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(shot.body)}\r\n\r\n"
    )
    return head.encode() + shot.body


@dataclass
class _Run:
    port: int
    shots: Sequence[Shot]
    latencies: list[float] = field(default_factory=list)
    other: int = 0

    async def go(self, connections: int, seconds: float) -> Loaded:
        self.requests = iter([request(shot) for shot in self.shots])
        self.busy, self.idle = connections, asyncio.Event()
        loop = asyncio.get_running_loop()
        open_ones = [
            (await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self.port))[1]
            for _ in range(connections)
        ]
        began = time.perf_counter()
        self.until = began + seconds
        for connection in open_ones:
            connection.send_next()
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

    def over(self) -> None:
        self.busy -= 1
        if self.busy == 0:
            self.idle.set()


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._got = b""
        self._closed = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def send_next(self) -> None:
        self._sent_at = time.perf_counter()
        request = next(self._run.requests, None) if self._sent_at < self._run.until else None
        if request is None:
            self._finish()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got = got = self._got + data if self._got else data
        end = got.find(b"\r\n\r\n")
        if end < 0:
            return
        head = got[:end].lower()
        at = head.index(b"content-length:") + 15
        length = int(head[at:].split(b"\r\n", 1)[0])
        if len(got) < end + 4 + length:
            return
        self._got = b""
        if got[9:10] == b"2":
            self._run.latencies.append(time.perf_counter() - self._sent_at)
        else:
            self._run.other += 1
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio names it
        if not self._closed:
            self._run.other += 1
            self._finish()

    def _finish(self) -> None:
        if not self._closed:
            self._closed = True
            self._transport.close()
            self._run.over()
