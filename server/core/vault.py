"""Sealing: everything written by or about a client is AES-256-GCM under that client's own key.

A sealed value is `format, generation, nonce(12), ciphertext+tag`. The associated data names the subject, the
column and the row, so a value that was swapped, moved, truncated or altered does not open. A subject's key is
kept wrapped by a versioned key-encryption key from the keys file; deleting the wrapped key shreds the subject.

A damaged wrapped key must not stop somebody from being heard: what is written meanwhile is sealed under a spare key
that the keys file alone gives, is marked as such, and opens before and after a repair.
"""

import hashlib
import hmac
import os
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

T = TypeVar("T")

_FORMAT = 1
_OWN, _SPARE = 1, 2
_NONCE = 12
_SHORTEST = 2 + _NONCE + 16


class SealBroken(Exception):
    """A sealed value did not open: wrong key, moved, altered or truncated. Says where, never what."""


class KeysFileError(Exception):
    """The keys file is missing, readable by others, or not a keys file."""


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys file: key-encryption keys by version, the index key and the key of the embedded database.

    `push` is the private scalar of the P-256 key that Web Push signs with; files made before it was added lack it.
    """

    active: int
    wrapping: dict[str, bytes]
    index: bytes
    database: bytes
    push: bytes | None = None

    @classmethod
    def fresh(cls) -> "Keys":
        """New random 256-bit keys."""
        return cls(
            active=1,
            wrapping={"1": os.urandom(32)},
            index=os.urandom(32),
            database=os.urandom(32),
            push=ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big"),
        )

    def write(self, path: Path) -> None:
        """Write to a new file that only its owner may read; an existing file is never overwritten."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self)))
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def read(cls, path: Path) -> "Keys":
        """Read the keys file; refuses one that others may read, and one that is damaged."""
        try:
            mode = path.stat().st_mode & 0o777
            text = path.read_bytes()
        except OSError as error:
            hint = "; run `handrail init` first" if isinstance(error, FileNotFoundError) else ""
            raise KeysFileError(f"keys file {path}: {error.strerror}{hint}") from None
        if mode & 0o077:
            raise KeysFileError(f"keys file {path}: others may read it (mode {mode:o}); set it to 0600")
        try:
            keys = msgspec.json.decode(text, type=cls)
        except msgspec.MsgspecError:
            raise KeysFileError(f"keys file {path}: this is not a keys file") from None
        every = [*keys.wrapping.values(), keys.index, keys.database, *([keys.push] if keys.push else [])]
        if str(keys.active) not in keys.wrapping or any(len(key) != 32 for key in every):
            raise KeysFileError(f"keys file {path}: a key is missing or has the wrong length")
        return keys


_nonces: deque[bytes] = deque()
# No two seals may share one: a forked child begins with none.
os.register_at_fork(after_in_child=_nonces.clear)


def _nonce() -> bytes:
    """Random bytes of the system's, never given twice. Several at a time: each call for them lets other threads run."""
    while True:
        try:
            return _nonces.pop()
        except IndexError:
            fresh = os.urandom(_NONCE * 256)
            _nonces.extend(fresh[start : start + _NONCE] for start in range(0, len(fresh), _NONCE))


def _seal(cipher: AESGCM, header: bytes, about: bytes, plain: bytes) -> bytes:
    nonce = _nonce()
    return header + nonce + cipher.encrypt(nonce, plain, about)


def _open(cipher: AESGCM, about: bytes, blob: bytes) -> bytes:
    return cipher.decrypt(blob[2 : 2 + _NONCE], blob[2 + _NONCE :], about)


class SubjectKey:
    """One subject's key (a client, or a programme), able to seal and open values in named columns and rows."""

    def __init__(self, subject: UUID, key: bytes | None, spare: Callable[[], bytes]) -> None:
        self._own = AESGCM(key) if key else None
        self._spare = spare  # hardly ever needed, and thousands of keys are remembered
        self._subject = subject.bytes

    def _about(self, column: str, row: UUID) -> bytes:
        return self._subject + row.bytes + column.encode()

    def seal(self, column: str, row: UUID, plain: bytes) -> bytes:
        """Seal bytes for `column` ("table.column") of row `row`."""
        generation, cipher = (_OWN, self._own) if self._own else (_SPARE, AESGCM(self._spare()))
        return _seal(cipher, bytes((_FORMAT, generation)), self._about(column, row), plain)

    def open(self, column: str, row: UUID, blob: bytes) -> bytes:
        """The bytes sealed for exactly this column and row; SealBroken otherwise."""
        if len(blob) < _SHORTEST or blob[0] != _FORMAT or blob[1] not in (_OWN, _SPARE):
            raise SealBroken(f"{column} is not a sealed value")
        cipher = AESGCM(self._spare()) if blob[1] == _SPARE else self._own
        if cipher is None:
            raise SealBroken(f"{column} needs a key that does not open")
        try:
            return _open(cipher, self._about(column, row), blob)
        except InvalidTag:
            raise SealBroken(f"{column} does not open") from None

    def seal_text(self, column: str, row: UUID, text: str) -> bytes:
        """Seal a text."""
        return self.seal(column, row, text.encode())

    def open_text(self, column: str, row: UUID, blob: bytes) -> str:
        """Open a text."""
        return self.open(column, row, blob).decode()

    def seal_json(self, column: str, row: UUID, value: Any) -> bytes:
        """Seal a msgspec value as JSON."""
        return self.seal(column, row, msgspec.json.encode(value))

    def open_json(self, column: str, row: UUID, blob: bytes, kind: type[T]) -> T:
        """Open JSON into a typed value."""
        return msgspec.json.decode(self.open(column, row, blob), type=kind)


class Vault:
    """The installation's keys at work: makes and opens subject keys, and computes blind indexes."""

    def __init__(self, keys: Keys) -> None:
        self._wrapping: Mapping[int, AESGCM] = {int(n): AESGCM(key) for n, key in keys.wrapping.items()}
        self._active = keys.active
        self._index = keys.index
        self.push_key = keys.push
        self.subject = lru_cache(maxsize=4096)(self._subject)
        self._index_key = lru_cache(maxsize=64)(self._derive)

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions of the key-encryption key in the keys file, the oldest first."""
        return tuple(sorted(self._wrapping))

    @property
    def active(self) -> int:
        """The version that wraps from now on."""
        return self._active

    def new_subject_key(self, subject: UUID) -> bytes:
        """A fresh wrapped key for a subject, to be stored beside it."""
        return self._wrap(subject, os.urandom(32))

    def _wrap(self, subject: UUID, key: bytes) -> bytes:
        header = bytes((_FORMAT, self._active))
        return _seal(self._wrapping[self._active], header, b"subject key" + subject.bytes, key)

    def _unwrap(self, subject: UUID, wrapped: bytes) -> bytes:
        if len(wrapped) < _SHORTEST or wrapped[0] != _FORMAT or wrapped[1] not in self._wrapping:
            raise SealBroken("a subject key is not readable with this keys file")
        try:
            return _open(self._wrapping[wrapped[1]], b"subject key" + subject.bytes, wrapped)
        except InvalidTag:
            raise SealBroken("a subject key does not open with this keys file") from None

    def _subject(self, subject: UUID, wrapped: bytes) -> SubjectKey:
        """The subject's key, unwrapped (and remembered for the next request)."""
        return SubjectKey(subject, self._unwrap(subject, wrapped), partial(self._spare, subject))

    def spare(self, subject: UUID) -> SubjectKey:
        """For a subject whose own key is damaged: seals under the spare key, and opens only what it sealed."""
        return SubjectKey(subject, None, partial(self._spare, subject))

    def _spare(self, subject: UUID) -> bytes:
        return HKDF(SHA256(), 32, None, b"spare subject key" + subject.bytes).derive(self._index)

    def rewrap(self, subject: UUID, wrapped: bytes) -> bytes:
        """The same key wrapped by the active key-encryption key; what it sealed stays as it is."""
        return wrapped if wrapped[1] == self._active else self._wrap(subject, self._unwrap(subject, wrapped))

    def _derive(self, column: str) -> bytes:
        return HKDF(SHA256(), 32, None, f"blind index {column}".encode()).derive(self._index)

    def blind(self, column: str, value: str | bytes) -> bytes:
        """A keyed fingerprint (HMAC-SHA-256) for looking a value up without storing it."""
        data = value.encode() if isinstance(value, str) else value
        return hmac.new(self._index_key(column), data, hashlib.sha256).digest()
