"""Stand-ins for two providers of text messages and calls: real HTTP servers that check what the real ones check.

One speaks like Twilio, one like Telnyx. They keep what was sent, fail by name with `fail(Fault.…)`, and sign reports
the way the real ones do. `account` is what a channel needs to reach them.
"""

import base64
import json
import socket
import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifications.delivery.providers.base import Account
from notifications.delivery.providers.twilio import signature

SECRET = "stand-in-secret"
SENDER = "+12025550100"
FORM = "application/x-www-form-urlencoded"
Signed = tuple[bytes, dict[str, str]]
"""What is sent to us: a body and its headers, the signature among them."""


class Fault(StrEnum):
    """What can go wrong."""

    BROKEN_500 = auto()
    TOO_MANY_429 = auto()
    HANG = auto()
    HANG_AFTER_TAKING = auto()
    RESET = auto()
    PAGE_200 = auto()
    WRONG_AUTH = auto()
    REDIRECT_302 = auto()
    NOT_A_NUMBER = auto()
    TAKES_NO_TEXTS = auto()
    OPTED_OUT = auto()
    SENDER_REFUSED = auto()


_STATUS = {
    Fault.BROKEN_500: 500,
    Fault.TOO_MANY_429: 429,
    Fault.PAGE_200: 200,
    Fault.WRONG_AUTH: 401,
    Fault.REDIRECT_302: 302,
}
_REFUSED = {
    Fault.NOT_A_NUMBER: (21211, "40310"),
    Fault.TAKES_NO_TEXTS: (21614, "40001"),
    Fault.OPTED_OUT: (21610, "40300"),
    Fault.SENDER_REFUSED: (21606, "40305"),
}


@dataclass(frozen=True)
class Taken:
    """One message or call as the provider took it."""

    id: str
    to: str
    sender: str
    text: str
    answer: str
    callback: str


@dataclass
class Provider(ABC):
    """What both have in common. Start with `with TwilioServer() as provider:`."""

    taken: list[Taken] = field(default_factory=list[Taken])
    asked: int = 0
    _next: deque[tuple[Fault, str | None]] = field(default_factory=deque[tuple[Fault, str | None]])
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), self)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()

    def fail(self, fault: Fault, *, times: int = 1, retry_after: str | None = None) -> None:
        """Fail the next `times` requests."""
        with self._lock:
            self._next.extend([(fault, retry_after)] * times)

    def recover(self) -> None:
        """All is well again."""
        with self._lock:
            self._next.clear()

    def fault(self) -> tuple[Fault | None, str | None]:
        with self._lock:
            self.asked += 1
            return self._next.popleft() if self._next else (None, None)

    @property
    def texts(self) -> list[tuple[str, str]]:
        """(to, text) of every text message."""
        return [(each.to, each.text) for each in self.taken if each.text]

    @property
    def calls(self) -> list[Taken]:
        """Every telephone call."""
        return [each for each in self.taken if each.answer]

    @abstractmethod
    def right(self, path: str, headers: dict[str, str]) -> bool:
        """Whether account and secret are the right ones."""

    @abstractmethod
    def read(self, path: str, body: bytes) -> Taken:
        """What the request asks for."""

    @abstractmethod
    def success(self, taken: Taken) -> tuple[int, dict[str, Any]]:
        """The answer to what was taken."""

    @abstractmethod
    def asks(self, taken: Taken, url: str, said: dict[str, str], at: datetime) -> Signed:
        """What it sends to learn what to say in a call, or after a key, as (body, headers)."""

    @abstractmethod
    def refusal(self, fault: Fault) -> tuple[int, dict[str, Any]]:
        """The answer to what was refused."""


def _of_a_call(taken: Taken, account: str) -> dict[str, str]:
    """What such providers tell of a call with every question; some of it may be empty."""
    return {
        "CallSid": taken.id,
        "AccountSid": account,
        "To": taken.to,
        "From": taken.sender,
        "CallerName": "",
    }


@dataclass
class TwilioServer(Provider):
    """Like Twilio."""

    sid: str = "AC" + "0" * 32

    def account(self, name: str = "sms", **changes: str) -> Account:
        given = {"name": name, "account": self.sid, "secret": SECRET, "sender": SENDER, "base_url": self.url}
        return Account(**{**given, **changes})

    def right(self, path: str, headers: dict[str, str]) -> bool:
        pair = base64.b64encode(f"{self.sid}:{SECRET}".encode()).decode()
        return headers.get("authorization") == f"Basic {pair}" and f"/Accounts/{self.sid}/" in path

    def read(self, path: str, body: bytes) -> Taken:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        is_call = path.endswith("/Calls.json")
        assert is_call or path.endswith("/Messages.json"), path
        assert ("Body" in form) is not is_call, form
        return Taken(
            id=f"{'CA' if is_call else 'SM'}{len(self.taken):032d}",
            to=form["To"],
            sender=form["From"],
            text=form.get("Body", ""),
            answer=form.get("Url") or form.get("Twiml") or "",
            callback=form.get("StatusCallback", ""),
        )

    def success(self, taken: Taken) -> tuple[int, dict[str, Any]]:
        return 201, {"sid": taken.id, "status": "queued", "error_code": None}

    def refusal(self, fault: Fault) -> tuple[int, dict[str, Any]]:
        if fault is Fault.WRONG_AUTH:
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        return 400, {"code": _REFUSED[fault][0], "message": "refused", "status": 400}

    def report(self, taken: Taken, status: str, url: str = "") -> Signed:
        """A signed report on a message or call, as (body, headers)."""
        call = taken.id.startswith("CA")
        names = ("CallSid", "CallStatus") if call else ("MessageSid", "MessageStatus")
        fields = [(names[0], taken.id), (names[1], status), ("To", taken.to), ("AccountSid", self.sid)]
        return self.signs(url or taken.callback, fields)

    def asks(self, taken: Taken, url: str, said: dict[str, str], at: datetime) -> Signed:
        """What it sends to learn what to say in a call, or after a key, as (body, headers)."""
        return self.signs(url, [*_of_a_call(taken, self.sid).items(), *said.items()])

    def signs(self, url: str, fields: list[tuple[str, str]]) -> Signed:
        """A form, signed with the whole address it goes to."""
        headers = {"X-Twilio-Signature": signature(SECRET, url, fields), "Content-Type": FORM}
        return urlencode(fields).encode(), headers


@dataclass
class TelnyxServer(Provider):
    """Like Telnyx."""

    connection: str = "1494404757140276705"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def account(self, name: str = "sms2", **changes: str) -> Account:
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        given = {
            "name": name,
            "account": self.connection,
            "secret": SECRET,
            "sender": SENDER,
            "base_url": self.url,
            "callback_key": base64.b64encode(public).decode(),
        }
        return Account(**{**given, **changes})

    def right(self, path: str, headers: dict[str, str]) -> bool:
        return headers.get("authorization") == f"Bearer {SECRET}"

    def read(self, path: str, body: bytes) -> Taken:
        given = json.loads(body)
        is_call = path == f"/v2/texml/calls/{self.connection}"
        assert is_call or path == "/v2/messages", path
        return Taken(
            id=f"{'call' if is_call else 'msg'}-{len(self.taken)}",
            to=given["To" if is_call else "to"],
            sender=given["From" if is_call else "from"],
            text=given.get("text", ""),
            answer=given.get("Url") or given.get("Texml") or "",
            callback=given.get("StatusCallback" if is_call else "webhook_url", ""),
        )

    def success(self, taken: Taken) -> tuple[int, dict[str, Any]]:
        if taken.answer:
            return 200, {"from": SENDER, "to": taken.to, "call_sid": taken.id, "status": "queued"}
        return 200, {"data": {"id": taken.id, "record_type": "message", "errors": []}}

    def refusal(self, fault: Fault) -> tuple[int, dict[str, Any]]:
        if fault is Fault.WRONG_AUTH:
            return 401, {"errors": [{"code": "10009", "title": "Authentication failed"}]}
        return 400, {"errors": [{"code": _REFUSED[fault][1], "title": "refused"}]}

    def report(self, taken: Taken, status: str, at: datetime) -> Signed:
        """A signed report on a message, as (body, headers)."""
        payload = {"id": taken.id, "to": [{"phone_number": taken.to, "status": status}]}
        body = json.dumps({"data": {"event_type": "message.finalized", "payload": payload}}).encode()
        return self.signs(body, "application/json", at)

    def asks(self, taken: Taken, url: str, said: dict[str, str], at: datetime) -> Signed:
        """What it sends to learn what to say in a call, or after a key, as (body, headers)."""
        form = {**_of_a_call(taken, self.connection), **said}
        return self.signs(urlencode(form).encode(), FORM, at)

    def signs(self, body: bytes, kind: str, at: datetime) -> Signed:
        """The time and the bytes, signed."""
        stamp = str(int(at.timestamp()))
        signed = base64.b64encode(self.key.sign(f"{stamp}|".encode() + body)).decode()
        return body, {"Telnyx-Timestamp": stamp, "Telnyx-Signature-Ed25519": signed, "Content-Type": kind}


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], fake: Provider) -> None:
        self.fake = fake
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_POST(self) -> None:
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault, retry_after = fake.fault()
        if fault is None and not fake.right(self.path, headers):
            fault = Fault.WRONG_AUTH
        if fault in (None, Fault.HANG_AFTER_TAKING):
            taken = fake.read(self.path, body)
            fake.taken.append(taken)
            if fault is None:
                return self._answer(*fake.success(taken))
        if fault in (Fault.HANG, Fault.HANG_AFTER_TAKING):
            self.close_connection = True
            fake.stopped.wait(60)
            return None
        if fault is Fault.RESET:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        assert fault is not None
        if fault in _REFUSED or fault is Fault.WRONG_AUTH:
            return self._answer(*fake.refusal(fault))
        return self._answer(_STATUS[fault], "<html>a page</html>", retry_after)

    def _answer(self, status: int, content: Any, retry_after: str | None = None) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", retry_after)
        if status == 302:
            self.send_header("Location", f"{self.server.fake.url}/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Silent."""
