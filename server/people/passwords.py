"""Passwords and second factors. Rule: long, not common, and never alone (NIST SP 800-63B-4; HIPAA MFA proposal 2025).

At least 15 characters, or 8 where a second factor is enrolled; refused when on the common-password list that the
`zxcvbn` package ships, when a common or short piece is only said again and again, or when it runs along a row of
keys. Nothing cleverer: zxcvbn's own search takes seconds over a password made for it, and anybody may send one.
Hashing is argon2id with its library's defaults, and runs outside any transaction.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from pyotp.totp import TOTP
from pyotp.utils import strings_equal

ALONE, WITH_SECOND_FACTOR, LONGEST = 15, 8, 256
SHORT_PIECE = 8
"""A piece shorter than this is no password, however often it is said."""
STEP_SECONDS = 30
ALIKE = 3
"""Accounts with one e-mail address whose number a sign-in does not give away by its time."""

_ROWS = tuple(
    row[::way]
    for row in ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "12345678901234567890")
    for way in (1, -1)
)
_hasher = PasswordHasher()


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    # With the first password that is chosen: the package's lists are seven megabytes.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def problem(password: str, *, second_factor: bool) -> str | None:
    """What is wrong with a new password, in a sentence, or None."""
    least = WITH_SECOND_FACTOR if second_factor else ALONE
    if len(password) < least:
        return f"use at least {least} characters; a few plain words in a row work well"
    if len(password) > LONGEST:
        return f"use at most {LONGEST} characters"
    if _is_guessed_first(password.lower()):
        return "this password is among the first that attackers try; choose another"
    return None


def _is_guessed_first(text: str) -> bool:
    piece = _said_again(text)
    return (
        len(piece) < SHORT_PIECE
        or not _common().isdisjoint((text, piece))
        or any(text in row for row in _ROWS)
    )


def _said_again(text: str) -> str:
    """The shortest piece that makes the whole text when it is said again and again; the text itself if none does."""
    return next(text[:size] for size in range(1, len(text) + 1) if text[size:] == text[:-size])


def hashed(password: str) -> str:
    """An argon2id hash (slow on purpose: about a twentieth of a second)."""
    return _hasher.hash(password)


_NOBODY = hashed("nobody has this password")


def matches(password: str, stored: Sequence[str | None]) -> list[bool]:
    """Which of the hashes stored for one e-mail address a password fits (None: no password is set yet).

    Takes as long for no account as for up to `ALIKE`, so that nobody can tell how many there are.
    """
    stand_ins = [None] * (ALIKE - len(stored))
    return [_matches(password, each) for each in (*stored, *stand_ins)][: len(stored)]


def _matches(password: str, stored: str | None) -> bool:
    try:
        return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


def new_secret() -> str:
    """A fresh TOTP secret (base32)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step a TOTP code belongs to (this one or one beside it), or None when it fits none."""
    code = "".join(code.split())  # apps show it with a space in the middle
    totp = TOTP(secret, interval=STEP_SECONDS)
    this = int(now.timestamp()) // STEP_SECONDS
    for candidate in (this, this - 1, this + 1):
        if strings_equal(totp.generate_otp(candidate), code):
            return candidate
    return None


def address(secret: str, email: str, issuer: str) -> str:
    """The otpauth address an authenticator app reads from a QR code."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)
