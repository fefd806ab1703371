"""A stand-in for Firebase Cloud Messaging: the token endpoint and the v1 send endpoint, over real sockets.

It checks what the real one checks, keeps what each phone got in `inbox(token)`, and fails by name with
`fail(Fault.…)`. It also runs by itself and then writes one line a delivery (monotonic ns, token, data):

    python -m tests.fakes.fcm --port 9099 --credentials account.json --log deliveries.log
"""

import argparse
import contextlib
import json
import secrets
import signal
import socket
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.fakes import fcm_rules as rules
from tests.fakes.fcm_rules import Delivery, Fault, Planned, Reply, Seen

SEND_PATH = f"/v1/projects/{rules.PROJECT}/messages:send"
TOKEN_PATH = "/token"


class FcmServer:
    """Start with `with FcmServer() as fcm:`; the channel takes `service_account()` and `base_url`."""

    def __init__(self, port: int = 0, on_delivery: Callable[[Delivery], None] | None = None) -> None:
        self._on_delivery = on_delivery
        self._lock = threading.Lock()
        self._next: dict[str, deque[Planned]] = defaultdict(deque)
        self._always: dict[str, Planned] = {}
        self._bearers: set[str] = set()
        self.let_go = threading.Event()
        """Set, nothing hangs any longer."""
        self.any_clock = False
        """Give tokens also where the asker's clock is far off, which Google does not."""
        self.deliveries: list[Delivery] = []
        self.requests: list[Seen] = []
        self._http = _Http(("127.0.0.1", port), self)
        self.base_url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go.set()
        self.go_away()

    def _listen(self) -> None:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def go_away(self) -> None:
        """Nobody listens here any more; what was delivered stays known."""
        self._http.shutdown()
        self._http.server_close()

    def come_back(self) -> None:
        """Listen again, at the same address."""
        self._http = _Http(self._http.server_address[:2], self)
        self._listen()

    def service_account(self) -> dict[str, Any]:
        """A key file like Google's, pointing at this server's token endpoint."""
        return {
            "type": "service_account",
            "project_id": rules.PROJECT,
            "private_key_id": "stand-in",
            "private_key": rules.private_key_pem(),
            "client_email": rules.EMAIL,
            "client_id": "1",
            "token_uri": self.base_url + TOKEN_PATH,
        }

    def fail(
        self, fault: Fault, *, token: str = "", times: int | None = None, retry_after: str | None = None
    ) -> None:
        """Fail the next `times` calls (for ever when None), for one push token or, without one, for all."""
        key = TOKEN_PATH if fault.name.startswith("TOKEN_") else token
        planned = Planned(fault, retry_after)
        with self._lock:
            if times is None:
                self._always[key] = planned
            else:
                self._next[key].extend([planned] * times)

    def heal(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._next.clear()
            self._always.clear()

    def forget(self) -> None:
        """Forget every fault, request and delivery; access tokens stay good."""
        self.heal()
        self.requests.clear()
        self.deliveries.clear()

    def revoke_bearers(self) -> None:
        """Refuse every access token given out so far (401)."""
        with self._lock:
            self._bearers.clear()

    def inbox(self, token: str) -> list[Delivery]:
        """What the phone with this push token got, oldest first."""
        return [delivery for delivery in list(self.deliveries) if delivery.token == token]

    def asked(self, path: str = SEND_PATH) -> int:
        """How many requests came for this path."""
        return sum(seen.path == path for seen in list(self.requests))

    def answer(self, seen: Seen, bearer: str) -> tuple[Reply, Fault | None]:
        """The reply to one request, and the fault that still has to happen while it is sent."""
        self.requests.append(seen)
        if seen.path == TOKEN_PATH:
            return self._answer_token(seen.body)
        if seen.path != SEND_PATH:
            return rules.FAULT_REPLIES[Fault.PROJECT_NOT_FOUND], None
        return self._answer_send(seen.body, bearer)

    def _answer_token(self, body: bytes) -> tuple[Reply, Fault | None]:
        if planned := self._fault(TOKEN_PATH):
            return planned.reply(), planned.fault
        if problem := rules.grant_problem(body, any_clock=self.any_clock):
            return rules.as_json({"error": problem}, 400), None
        bearer = secrets.token_urlsafe(24)
        self._bearers.add(bearer)
        return rules.as_json({"access_token": bearer, "expires_in": 3600, "token_type": "Bearer"}), None

    def _answer_send(self, body: bytes, bearer: str) -> tuple[Reply, Fault | None]:
        if bearer not in self._bearers:
            return rules.FAULT_REPLIES[Fault.UNAUTHENTICATED], None
        request: Any = None
        with contextlib.suppress(ValueError):
            request = json.loads(body)
        if field := rules.message_violation(request):
            return rules.refusal(400, "INVALID_ARGUMENT", "Invalid", "INVALID_ARGUMENT", field), None
        message = request["message"]
        planned = self._fault(message["token"], "")
        if planned and planned.fault is not Fault.DROP_AFTER_ACCEPT:
            return planned.reply(), planned.fault
        number = self._deliver(message)
        return rules.accepted(number), planned.fault if planned else None

    def _fault(self, *keys: str) -> Planned | None:
        with self._lock:
            for key in keys:
                if self._next[key]:
                    return self._next[key].popleft()
            return next((self._always[key] for key in keys if key in self._always), None)

    def _deliver(self, message: dict[str, Any]) -> int:
        delivery = Delivery(time.monotonic_ns(), message["token"], message)
        with self._lock:
            self.deliveries.append(delivery)
            if self._on_delivery:
                self._on_delivery(delivery)
            return len(self.deliveries)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: Any, fake: FcmServer) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """A server that is gone holds no idle connections either."""
        super().server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True
    server: _Http

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        reply, fault = self.server.fake.answer(Seen(self.path, str(self.headers), body), bearer)
        if fault is Fault.DROP_AFTER_ACCEPT:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault in (Fault.HANG, Fault.TOKEN_HANG):
            self.close_connection = True
            self.server.fake.let_go.wait(60)
            return
        self.send_response(reply.status)
        for key, value in {"Content-Type": reply.kind, **reply.headers}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if fault is not Fault.TRICKLE:
            self.wfile.write(reply.body)
            return
        for byte in reply.body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            self.server.fake.let_go.wait(0.1)

    def log_message(self, *_: object) -> None:
        """Silent: the requests are kept in `requests`."""


def main() -> None:
    parser = argparse.ArgumentParser(description="A local stand-in for Firebase Cloud Messaging.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--credentials", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    options = parser.parse_args()
    with options.log.open("a", buffering=1, encoding="utf-8") as log:

        def write(delivery: Delivery) -> None:
            log.write(f"{delivery.at} {delivery.token} {json.dumps(delivery.message.get('data', {}))}\n")

        with FcmServer(options.port, write) as server:
            done = threading.Event()
            signal.signal(signal.SIGTERM, lambda *_: done.set())
            signal.signal(signal.SIGINT, lambda *_: done.set())
            options.credentials.write_text(json.dumps(server.service_account()), encoding="utf-8")
            options.credentials.chmod(0o600)
            sys.stdout.write(f"{server.base_url}\n")
            sys.stdout.flush()
            done.wait()


if __name__ == "__main__":
    main()
