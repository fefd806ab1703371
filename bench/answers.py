"""Answers a second: the real server with its worker, and the two floors, under the same load in turn.

Every run gets check-ins of its own, so that each answer is a first one. Afterwards the rows are counted: a
good reply without its row, or a row too many, fails the benchmark.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from statistics import median

import msgspec
from sqlalchemy import func, select

from bench import load, memory
from bench.home import Home, Process
from bench.load import Loaded
from bench.stock import Somebody, Stock
from checkins.models import AnswerRow
from server.core.db import Tx

SERVICE, RAW, ECHO = "handrail", "raw driver", "echo"
CONNECTIONS = (1, 32)
CLIENTS = 200
_FASTEST = {SERVICE: 3000, RAW: 4000, ECHO: 9000}
"""More answers than this a second nobody needs to prepare for; the echo may be sent the same ones again."""


class WrongCountError(Exception):
    """The rows stored are not the answers that were acknowledged."""


@dataclass
class Figures:
    """What was measured on one kind of database; `processor` is the web processes' milliseconds an answer.

    Processor time says more than the rate where others use the machine as well.
    """

    runs: dict[tuple[str, int], list[Loaded]] = field(default_factory=dict)
    processor: dict[tuple[str, int], float] = field(default_factory=dict)
    megabytes: float = 0.0
    bytes_per_answer: float = 0.0

    def typical(self, who: str, connections: int) -> Loaded:
        """The run with the middle rate."""
        runs = sorted(self.runs[who, connections], key=lambda run: run.rate)
        return runs[len(runs) // 2]

    def ratio(self, connections: int) -> float:
        """How much of the raw driver's rate the service reaches, as the middle of the rounds' ratios."""
        pairs = zip(self.runs[SERVICE, connections], self.runs[RAW, connections], strict=True)
        return median(service.rate / raw.rate for service, raw in pairs)


def measure(home: Home, stock: Stock, *, seconds: float, rounds: int) -> Figures:
    """Each round runs all three one after another, so that a slow minute of the machine hits all of them."""
    # The floors seal nothing, and what they leave behind does not open: an earlier answer that cannot be read
    # calls a human. So nobody who answers the service has answered a floor before.
    clients = {who: stock.clients(CLIENTS) for who in (SERVICE, RAW, ECHO)}
    everybody = [client for some in clients.values() for client in some]
    known = {c.token: {"client_id": c.id, "programme_id": stock.programme_id} for c in everybody}
    tokens = home.folder / "tokens.json"
    tokens.write_bytes(msgspec.json.encode(known))
    home.environment["BENCH_TOKENS"] = str(tokens)
    figures = Figures()
    for _ in range(rounds):
        for who in (SERVICE, RAW, ECHO):
            with _running(home, who) as (_, port):
                _one_turn(home, stock, figures, who, port, clients[who], seconds)
    return figures


def _running(home: Home, who: str) -> AbstractContextManager[tuple[Process, int]]:
    if who == SERVICE:
        return home.server()
    return home.serving("bench.floors", "raw" if who == RAW else "echo", alive="/health/live")


def _one_turn(
    home: Home,
    stock: Stock,
    figures: Figures,
    who: str,
    port: int,
    clients: list[Somebody],
    seconds: float,
) -> None:
    shots = stock.answers(clients, 2 * len(clients))
    load.run(port, shots, connections=max(CONNECTIONS), seconds=5, folder=home.folder)
    for connections in CONNECTIONS:
        shots = stock.answers(clients, int(_FASTEST[who] * seconds * (0.5 if connections == 1 else 1)))
        stored, size = home.db.read_now(_stored), memory.disk(home)
        spent = memory.spent(home)
        loaded = load.run(port, shots, connections=connections, seconds=seconds, folder=home.folder)
        figures.processor[who, connections] = 1000 * (memory.spent(home) - spent) / max(loaded.ok, 1)
        figures.runs.setdefault((who, connections), []).append(loaded)
        if who != ECHO:
            _check(who, loaded, home.db.read_now(_stored) - stored)
        if who == SERVICE:
            figures.bytes_per_answer = (memory.disk(home) - size) / max(loaded.ok, 1)
            home.db.engine.dispose()  # the benchmark's own connections are none of the service's
            figures.megabytes = memory.service(home)


def _stored(tx: Tx) -> int:
    return tx.session.execute(select(func.count()).select_from(AnswerRow)).scalar_one()


def _check(who: str, loaded: Loaded, rows: int) -> None:
    if loaded.other or not loaded.ok <= rows <= loaded.ok + loaded.unfinished:
        raise WrongCountError(f"{who}: {loaded.ok} good replies, {loaded.other} others, {rows} rows")
