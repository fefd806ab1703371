"""A stand-in for the dead-man address: a real HTTP server that keeps what it hears, with faults by name."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PATH = "/ping/0b6e-secret"


@dataclass(frozen=True)
class Ping:
    """One request as it came; `at` is on the monotonic clock."""

    method: str
    path: str
    text: str
    at: float = field(default_factory=time.monotonic)

    @property
    def all_holds(self) -> bool:
        return self.path == PATH


class DeadManServer:
    """Start with `with DeadManServer() as deadman:`; `status` is what it answers, `sends_to` where it redirects."""

    def __init__(self) -> None:
        self.pings: list[Ping] = []
        self.status = 200
        self.sends_to = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{PATH}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def good(self) -> list[Ping]:
        """The pings that say that all holds."""
        return [ping for ping in self.pings if ping.all_holds]

    def failed(self, word: str, after: float = 0.0) -> list[Ping]:
        """The pings that name something that does not hold."""
        return [ping for ping in self.pings if not ping.all_holds and word in ping.text and ping.at > after]

    def _handler(fake) -> type[BaseHTTPRequestHandler]:  # noqa: N805  the handler has the name `self`
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._heard()

            def do_POST(self) -> None:
                self._heard()

            def _heard(self) -> None:
                text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                fake.pings.append(Ping(self.command, self.path, text))
                self.send_response(fake.status)
                if fake.sends_to:
                    self.send_header("Location", fake.sends_to)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Keeps the test's output clean."""

        return Handler
