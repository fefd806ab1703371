"""One HTTP/1.1 connection, as lean as can be: requests are bytes put together beforehand, one at a time."""

import asyncio
from collections.abc import Callable
from typing import Any

from bench.rows_of import Shot

Reply = Callable[[int, bytes], None]


def request(shot: Shot) -> bytes:
    """The answer as it goes over the wire."""
    head = (
        f"PUT /api/me/checkins/{shot.checkin_id}/answer HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {shot.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(shot.body)}\r\n\r\n"
    )
    return head.encode() + shot.body


class Connection(asyncio.Protocol):
    """Calls back with status and body; with status 0 when the server hangs up, whatever was under way."""

    def __init__(self, on_reply: Reply) -> None:
        self.on_reply = on_reply
        self._got = b""
        self._closed = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def send(self, request: bytes) -> None:
        """Send one request; the next one only after its reply."""
        self._transport.write(request)

    def close(self) -> None:
        """Hang up."""
        self._closed = True
        self._transport.close()

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
        self.on_reply(int(got[9:12]), got[end + 4 :])

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio names it
        if not self._closed:
            self._closed = True
            self.on_reply(0, b"")


async def connect(port: int, on_reply: Reply) -> Connection:
    """A new connection to this machine."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(on_reply), "127.0.0.1", port)
    return connection
