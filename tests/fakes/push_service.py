"""A stand-in for a browser vendor's push service, over real TLS, with the browsers that subscribe there.

It checks what real ones check, decrypts as the browser does, keeps what each browser got, and fails by name
with `fail(Fault.…)`. The channel needs `ca_file`, and `host` on its list of services.
"""

import json
import os
import secrets
import socket
import tempfile
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.certificates import HOST, certificate
from tests.fakes.push_rules import Fault, Push, decrypt, pad_less, refusal

ELSEWHERE = "/elsewhere"


@dataclass
class Browser:
    """One browser's subscription. `shown` is what its owner sees: one notice for each tag."""

    endpoint: str
    server_key: str
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    got: list[Push] = field(default_factory=list[Push])

    @property
    def subscription(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` gives, but for the expiration time."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "keys": {"p256dh": pad_less(point), "auth": pad_less(self.auth)}}

    @property
    def address(self) -> str:
        """The subscription as the outbox hands it to the channel."""
        return json.dumps(self.subscription)

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The notices on the lock screen: a later one with the same tag took the place of the earlier."""
        return list({push.notification["tag"]: push.notification for push in self.got}.values())


class PushService:
    """Start with `with PushService() as service:`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.ca_file, context = certificate(Path(self._folder.name))
        self._lock = threading.Lock()
        self._next: dict[str, deque[tuple[Fault, str | None]]] = defaultdict(deque)
        self._browsers: dict[str, Browser] = {}
        self.stopped = threading.Event()
        self.requests: list[str] = []
        self.refused: list[int] = []
        self._http = _Http((HOST, 0), self)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.host = f"{HOST}:{self._http.server_address[1]}"
        self.origin = f"https://{self.host}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()
        self._folder.cleanup()

    def subscribe(self, server_key: str) -> Browser:
        """A browser subscribes with the server's public key (base64url)."""
        path = f"/push/{secrets.token_urlsafe(24)}"
        self._browsers[path] = Browser(self.origin + path, server_key)
        return self._browsers[path]

    def fail(
        self, fault: Fault, *, browser: Browser | None = None, times: int = 1, retry_after: str | None = None
    ) -> None:
        """Fail the next `times` messages, for one browser or, without one, for all."""
        key = browser.endpoint.removeprefix(self.origin) if browser else ""
        with self._lock:
            self._next[key].extend([(fault, retry_after)] * times)

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Fault | None, str | None]:
        """(status, the fault to act out, Retry-After) for one request; what is in order is delivered."""
        self.requests.append(path)
        browser = self._browsers.get(path)
        if browser is None:
            return 404, None, None
        fault, retry_after = self._fault(path)
        if fault and fault not in (Fault.DROP_AFTER_ACCEPT, Fault.TRICKLE):
            return fault.status, fault, retry_after
        if status := refusal(headers, body, browser.server_key, self.origin):
            self.refused.append(status)
            return status, None, None
        plain = decrypt(body, browser.private, browser.auth)
        if plain is None:
            self.refused.append(0)
        else:
            browser.got.append(Push(headers, body, plain))
        return 201, fault, None

    def _fault(self, path: str) -> tuple[Fault | None, str | None]:
        with self._lock:
            for key in (path, ""):
                if self._next[key]:
                    return self._next[key].popleft()
            return None, None


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], fake: PushService) -> None:
        self.fake = fake
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    server: _Http

    def do_POST(self) -> None:
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, fault, retry_after = fake.answer(self.path, headers, body)
        if fault is Fault.HANG:
            self.close_connection = True
            fake.stopped.wait(60)
            return
        if fault is Fault.DROP_AFTER_ACCEPT:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(status)
        text = b"" if status == 204 else b"x" * 40
        for name, value in self._extra(fault, retry_after).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self._write(text, slowly=fault is Fault.TRICKLE)

    def do_GET(self) -> None:
        """A redirect that is followed would ask so."""
        self.do_POST()

    def _extra(self, fault: Fault | None, retry_after: str | None) -> dict[str, str]:
        extra = {"Retry-After": retry_after} if retry_after else {}
        if fault in (Fault.REDIRECT_302, Fault.REDIRECT_307):
            extra["Location"] = self.server.fake.origin + ELSEWHERE
        if fault is Fault.DROPPED_201:
            extra["X-WNS-Status"] = "dropped"
        return extra

    def _write(self, text: bytes, *, slowly: bool) -> None:
        if not slowly:
            self.wfile.write(text)
            return
        for byte in text:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            self.server.fake.stopped.wait(0.1)

    def log_message(self, *_: object) -> None:
        """Silent: the paths are kept in `requests`."""
