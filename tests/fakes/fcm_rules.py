"""What the real FCM checks and how it words its refusals, for the stand-in in `fcm.py`."""

import base64
import functools
import json
import re
import time
import urllib.parse
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from enum import StrEnum, auto
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PROJECT = "handrail-stand-in"
EMAIL = f"sender@{PROJECT}.invalid"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
LARGEST_PAYLOAD = 4096
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_AUDIENCE = "https://oauth2.googleapis.com/token"
_TARGETS = {"token", "topic", "condition", "fid"}
_MESSAGE_KEYS = _TARGETS | {"name", "data", "notification", "android", "webpush", "apns", "fcm_options"}
_RESERVED_DATA = re.compile(r"^(from|message_type|google.*|gcm.*)$")


class Fault(StrEnum):
    """What can go wrong. TOKEN_* happen at the token endpoint, all others when a message is sent."""

    UNREGISTERED = auto()
    SENDER_ID_MISMATCH = auto()
    INVALID_TOKEN = auto()
    INVALID_TOKEN_IN_WORDS = auto()
    INVALID_ARGUMENT = auto()
    PROJECT_NOT_FOUND = auto()
    THIRD_PARTY_AUTH = auto()
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    QUOTA_EXCEEDED = auto()
    INTERNAL_500 = auto()
    UNAVAILABLE_503 = auto()
    BAD_GATEWAY_HTML = auto()
    NON_JSON_200 = auto()
    NAMELESS_200 = auto()
    HANG = auto()
    TRICKLE = auto()
    DROP_AFTER_ACCEPT = auto()
    TOKEN_DOWN = auto()
    TOKEN_REFUSED = auto()
    TOKEN_HANG = auto()
    TOKEN_GARBAGE = auto()


@dataclass(frozen=True)
class Delivery:
    """One message a phone got. `at` is monotonic nanoseconds."""

    at: int
    token: str
    message: dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """One request exactly as it came, for counting and for marker scans."""

    path: str
    headers: str
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An HTTP reply as the stand-in sends it."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode())


def refusal(status: int, state: str, message: str, code: str = "", violation: str = "") -> Reply:
    """Google's error body; `code` becomes an FcmError detail and `violation` a BadRequest one."""
    details: list[dict[str, Any]] = []
    if code:
        details.append({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code})
    if violation:
        broken = [{"field": violation, "description": "Invalid value"}]
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": broken})
    error = {"code": status, "message": message, "status": state, "details": details}
    return as_json({"error": error}, status)


_HTML = b"<!DOCTYPE html><title>Error 502 (Server Error)!!1</title><p>Caf\xe9 closed."
_BAD_TOKEN_WORDS = "The registration token is not a valid FCM registration token"

FAULT_REPLIES: dict[Fault, Reply] = {
    Fault.UNREGISTERED: refusal(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED"),
    Fault.SENDER_ID_MISMATCH: refusal(403, "PERMISSION_DENIED", "SenderId mismatch", "SENDER_ID_MISMATCH"),
    Fault.INVALID_TOKEN: refusal(
        400, "INVALID_ARGUMENT", "Request contains an invalid argument.", "INVALID_ARGUMENT", "message.token"
    ),
    Fault.INVALID_TOKEN_IN_WORDS: refusal(400, "INVALID_ARGUMENT", _BAD_TOKEN_WORDS, "INVALID_ARGUMENT"),
    Fault.INVALID_ARGUMENT: refusal(
        400, "INVALID_ARGUMENT", "Invalid value", "INVALID_ARGUMENT", "message.data"
    ),
    Fault.PROJECT_NOT_FOUND: refusal(404, "NOT_FOUND", "Requested entity was not found."),
    Fault.THIRD_PARTY_AUTH: refusal(401, "UNAUTHENTICATED", "APNs key missing", "THIRD_PARTY_AUTH_ERROR"),
    Fault.UNAUTHENTICATED: refusal(401, "UNAUTHENTICATED", "Request had invalid credentials."),
    Fault.FORBIDDEN: refusal(403, "PERMISSION_DENIED", "Permission denied on the project."),
    Fault.QUOTA_EXCEEDED: refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", "QUOTA_EXCEEDED"),
    Fault.INTERNAL_500: refusal(500, "INTERNAL", "Internal error encountered.", "INTERNAL"),
    Fault.UNAVAILABLE_503: refusal(503, "UNAVAILABLE", "The service is unavailable.", "UNAVAILABLE"),
    Fault.BAD_GATEWAY_HTML: Reply(502, _HTML, "text/html; charset=iso-8859-1"),
    Fault.NON_JSON_200: Reply(200, b"<html>Welcome to the guest network</html>", "text/html"),
    Fault.NAMELESS_200: as_json({"ok": True}),
    Fault.TOKEN_DOWN: as_json({"error": "internal_failure"}, 503),
    Fault.TOKEN_REFUSED: as_json(
        {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400
    ),
    Fault.TOKEN_GARBAGE: Reply(200, b"<html>Welcome to the guest network</html>", "text/html"),
}


@dataclass(frozen=True)
class Planned:
    """A fault that waits for its call."""

    fault: Fault
    retry_after: str | None

    def reply(self) -> Reply:
        headers = {"Retry-After": self.retry_after} if self.retry_after else {}
        return replace(FAULT_REPLIES.get(self.fault, accepted(0)), headers=headers)


def accepted(number: int) -> Reply:
    return as_json({"name": f"projects/{PROJECT}/messages/{number}"})


def in_seconds(seconds: float) -> str:
    """A Retry-After value in its date form."""
    return formatdate(time.time() + seconds, usegmt=True)


@functools.cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_key_pem() -> str:
    """The service account's key, made once a process."""
    return (
        _key()
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        .decode()
    )


def grant_problem(body: bytes, *, any_clock: bool = False) -> str | None:
    """What is wrong with a token request (RFC 7523): None when its JWT is signed by our account, for now.

    Google's library names Google's own endpoint as the audience, wherever the key file's token_uri points.
    """
    form = dict(urllib.parse.parse_qsl(body.decode()))
    if form.get("grant_type") != _GRANT:
        return "unsupported_grant_type"
    try:
        head, claims, signature = form.get("assertion", "").split(".")
        _key().public_key().verify(
            _unbase64(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        algorithm, said = json.loads(_unbase64(head))["alg"], json.loads(_unbase64(claims))
    except (ValueError, KeyError, InvalidSignature):
        return "invalid_grant"
    in_time = any_clock or said["iat"] - 60 <= time.time() < said["exp"] <= said["iat"] + 3600
    right = algorithm == "RS256" and said["iss"] == EMAIL and said["aud"] == _AUDIENCE and in_time
    return None if right and SCOPE in said["scope"].split() else "invalid_grant"


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def message_violation(request: object) -> str | None:
    """The first field of a send request that the real FCM would refuse, or None."""
    message = request.get("message") if isinstance(request, dict) else None
    if not isinstance(message, dict):
        return "message"
    unknown = set(message) - _MESSAGE_KEYS
    if unknown:
        return f"message.{min(unknown)}"
    if len(_TARGETS & set(message)) != 1:
        return "message"
    token = message.get("token")
    if not isinstance(token, str) or not token or not token.isascii() or re.search(r"\s", token):
        return "message.token"
    return _content_violation(message)


def _content_violation(message: dict[str, Any]) -> str | None:
    data, notification = message.get("data", {}), message.get("notification", {})
    if not all(isinstance(value, str) and not _RESERVED_DATA.match(key) for key, value in data.items()):
        return "message.data"
    if not all(isinstance(value, str) for value in notification.values()):
        return "message.notification"
    if len(json.dumps([data, notification], ensure_ascii=False).encode()) > LARGEST_PAYLOAD:
        return "message"
    android, apple = message.get("android", {}), message.get("apns", {}).get("headers", {})
    if not re.fullmatch(r"\d+(\.\d+)?s", android.get("ttl", "0s")):
        return "message.android.ttl"
    if android.get("priority", "normal").lower() not in ("normal", "high"):
        return "message.android.priority"
    if (
        apple.get("apns-priority", "10") not in ("1", "5", "10")
        or len(apple.get("apns-collapse-id", "")) > 64
    ):
        return "message.apns.headers"
    return None
