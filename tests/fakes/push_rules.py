"""What a real push service and a real browser check, for the stand-in in `push_service.py`: VAPID and RFC 8291."""

import base64
import json
import re
import time
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LARGEST_BODY = 4096
_DAY = 86400
_AUTHORIZATION = re.compile(r"vapid t=(?P<token>[\w.-]+), ?k=(?P<key>[\w-]+)", re.ASCII)
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_URGENCIES = ("very-low", "low", "normal", "high")


class Fault(StrEnum):
    """What can go wrong when a message is posted."""

    GONE_410 = auto()
    NOT_FOUND_404 = auto()
    TOO_MANY_429 = auto()
    TOO_MANY_406 = auto()
    DROPPED_201 = auto()
    BAD_REQUEST_400 = auto()
    UNAUTHORIZED_401 = auto()
    FORBIDDEN_403 = auto()
    TOO_LARGE_413 = auto()
    INTERNAL_500 = auto()
    UNAVAILABLE_503 = auto()
    ODD_204 = auto()
    REDIRECT_302 = auto()
    REDIRECT_307 = auto()
    HANG = auto()
    TRICKLE = auto()
    DROP_AFTER_ACCEPT = auto()

    @property
    def status(self) -> int:
        """The HTTP status of its reply; 201 for faults that are none in words."""
        number = self.value.rpartition("_")[2]
        return int(number) if number.isdigit() else 201


@dataclass(frozen=True)
class Push:
    """One message a browser got, decrypted. `body` is what travelled."""

    headers: dict[str, str]
    body: bytes
    plain: bytes

    @property
    def json(self) -> Any:
        """The payload as the worker reads it."""
        return json.loads(self.plain)

    @property
    def notification(self) -> dict[str, Any]:
        """What the browser shows by itself, after the checks it makes (W3C Push API, declarative messages)."""
        message = self.json
        assert message["web_push"] == 8030
        assert message["notification"]["title"]
        assert message["notification"]["navigate"].startswith(("https://", "http://127.0.0.1"))
        return message["notification"]


def unpad(text: str) -> bytes:
    """Bytes from base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pad_less(data: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def refusal(headers: dict[str, str], body: bytes, key: str, origin: str) -> int | None:
    """The status a strict service refuses with; None for a message in order. Header names in small letters."""
    if not headers.get("ttl", "").isdecimal() or headers.get("content-encoding") != "aes128gcm":
        return 400
    if headers.get("urgency", "normal") not in _URGENCIES or not _TOPIC.fullmatch(headers.get("topic", "t")):
        return 400
    if len(body) > LARGEST_BODY:
        return 413
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None:
        return 401
    return None if found["key"] == key and _signed(found["token"], key, origin) else 403


def _signed(token: str, key: str, origin: str) -> bool:
    head, claims, signature = (unpad(part) for part in token.split("."))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpad(key))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        point.verify(encode_dss_signature(r, s), token.rpartition(".")[0].encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    said = json.loads(claims)
    in_time = time.time() < said["exp"] <= time.time() + _DAY
    return (
        json.loads(head)["alg"] == "ES256"
        and said["aud"] == origin
        and said["sub"].startswith("mailto:")
        and in_time
    )


def decrypt(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes | None:
    """The plain text of an aes128gcm message of one record (RFC 8188, RFC 8291); None when it does not open."""
    salt, size, key_length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, sealed = body[21 : 21 + key_length], body[21 + key_length :]
    if key_length != 65 or not 18 <= len(sealed) <= size:
        return None
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    own = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = HKDF(SHA256(), 32, auth, b"WebPush: info\0" + own + sender).derive(shared)
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
    try:
        padded = AESGCM(key).decrypt(nonce, sealed, None)
    except InvalidTag:
        return None
    text, mark, _ = padded.rpartition(b"\x02")
    return text if mark and not padded.rstrip(b"\0")[len(text) + 1 :] else None
