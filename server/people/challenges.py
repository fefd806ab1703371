"""Challenges that a passkey signs: random bytes that are stored, live five minutes and are used up by one answer."""

import logging
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import delete

from server.core.db import Tx
from server.core.settings import Settings
from server.people.models import PasskeyChallenge

T = TypeVar("T")

log = logging.getLogger("handrail.people")

LIFE = timedelta(minutes=5)


class Site(msgspec.Struct, frozen=True):
    """Where passkeys of this service belong: the host they are made for, and the origin that may use them."""

    host: str
    origin: str


def site_of(settings: Settings) -> Site:
    """The site in the service's own address."""
    parts = urlsplit(settings.address)
    return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def keep(tx: Tx, challenge: bytes, purpose: str) -> None:
    """Remember a challenge for the acting person, or for whoever is about to sign in."""
    tx.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= tx.now))
    row = PasskeyChallenge(
        challenge=challenge, purpose=purpose, staff_id=tx.actor.id, expires_at=tx.now + LIFE
    )
    tx.session.add(row)
    tx.session.flush()


class _Signed(msgspec.Struct):
    """The part of what the device signed that says which challenge it answers."""

    challenge: str


def use(tx: Tx, credential: dict[str, Any], purpose: str) -> bytes | None:
    """The challenge that this answers, taken away; None when it is not ours, not this person's, or over."""
    try:
        signed = msgspec.json.decode(from_text(credential["response"]["clientDataJSON"]), type=_Signed)
        challenge = from_text(signed.challenge)
    except (KeyError, TypeError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None
    mine = PasskeyChallenge.staff_id == tx.actor.id if tx.actor.id else PasskeyChallenge.staff_id.is_(None)
    used = delete(PasskeyChallenge).where(
        PasskeyChallenge.challenge == challenge, PasskeyChallenge.purpose == purpose, mine
    )
    expires_at = tx.session.scalar(used.returning(PasskeyChallenge.expires_at))
    return challenge if expires_at is not None and tx.now < expires_at else None


def from_text(text: str) -> bytes:
    """Bytes in the base64url of RFC 4648, section 5, that browsers leave unpadded; ValueError or TypeError else."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def checked(check: Callable[..., T], **given: Any) -> T | None:
    """What the library makes of a stranger's bytes; None whatever it is that it does not like about them."""
    try:
        return check(**given)
    except Exception as error:
        log.info("a passkey was refused: %s", type(error).__name__)
        return None
