"""What every channel receives and promises, and the few readings they share."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

import msgspec

from notifications.delivery.outcomes import Outcome
from server.people.terms import Language

URGENT = 1
"""Priorities up to this one (0 emergency, 1 urgent) may wake a sleeping phone; 2 is normal, 3 is low."""

LONGEST = 10.0
"""Seconds a channel may take for one try."""

LONGEST_WAIT = timedelta(days=1)
"""No provider may put a message off for longer than this, whatever its Retry-After says."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One message for one address, in neutral words; nothing clinical is ever in here.

    `message_id` is the same on every attempt, so a receiver shows a duplicate once. `address` is a push token,
    an e-mail address or a telephone number. `data` holds ids only, for the app to ask us with. `ttl_seconds` is
    how long the provider may keep trying to reach the device. `short` are wordings for a text message, the
    fullest first. `link` is the path where a call can be answered at once, empty where there is none. `by_each`:
    every one of several providers has to take it, since it is they that are tried.
    """

    message_id: str
    address: str
    subject: str
    body: str
    language: Language
    priority: int
    ttl_seconds: int
    data: dict[str, str]
    short: tuple[str, ...] = ()
    link: str = ""
    by_each: bool = False


class Channel(Protocol):
    """A way out. `send` blocks for a bounded time, may be called from many threads, and never raises."""

    @property
    def name(self) -> str:
        """The short word that attempts and settings know this channel by."""
        ...

    def send(self, envelope: Envelope) -> Outcome:
        """Try once, and say what became of it; retrying is the outbox's decision."""
        ...

    def close(self) -> None:
        """Give back connections; safe to call twice."""
        ...


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long a Retry-After header asks us to wait: seconds or an HTTP date (RFC 9110, 10.2.3).

    Never negative, never more than `LONGEST_WAIT`; None where the header is missing or makes no sense.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        # A number too long for the arithmetic is still only "very long".
        return LONGEST_WAIT if len(text) > 6 else min(timedelta(seconds=int(text)), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(timedelta(0), min(moment - now, LONGEST_WAIT))


def one_line(text: str) -> str:
    """The text with every run of line breaks, control marks and blanks turned into one blank."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
