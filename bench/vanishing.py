"""Clients that vanish in mid-request: afterwards nothing holds a transaction open, and the server answers."""

import socket
import struct
import time
from typing import Any

import httpx
from sqlalchemy import text

from bench import wire
from bench.home import Home
from bench.stock import Somebody, Stock

AT_ONCE = 32
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER for no time at all: the connection ends with a reset, whatever was under way."""

_IN_TRANSACTION = text(
    "select count(*) from pg_stat_activity where state like 'idle in transaction%'"
    " and now() - state_change > interval '1 second'"
)


def measure(home: Home, stock: Stock, clients: list[Somebody], *, rounds: int) -> int:
    """How many connections are in a transaction a few seconds after the last client is gone."""
    with home.server() as (_, port):
        for _ in range(rounds):
            _vanish(port, [wire.request(shot) for shot in stock.answers(clients, AT_ONCE)])
        time.sleep(3)
        if httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=5).status_code != 200:
            raise RuntimeError("the server no longer answers")
        return _held(home)


def _vanish(port: int, requests: list[bytes]) -> None:
    """A third hang up within the head, a third within the body, and a third before the reply is there."""
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in requests]
    for number, (connection, request) in enumerate(zip(connections, requests, strict=True)):
        head = request.index(b"\r\n\r\n")
        connection.sendall(request[: (head // 2, head + 40, len(request))[number % 3]])
    time.sleep(0.005)
    for connection in connections:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.close()


def _held(home: Home) -> int:
    if not home.embedded:
        return int(home.db.read_now(lambda tx: tx.session.execute(_IN_TRANSACTION).scalar_one()))
    # A writer that hangs would keep us from writing, a reader that hangs would keep the log from being emptied.
    for _ in range(20):
        home.db.write_now(lambda tx: tx.session.execute(text("select 1")).all())
        if not _busy(home):
            return 0
        time.sleep(0.1)
    return 1


def _busy(home: Home) -> bool:
    connection: Any = home.db.engine.raw_connection()
    try:
        busy, _, _ = connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return bool(busy)
    finally:
        connection.close()
