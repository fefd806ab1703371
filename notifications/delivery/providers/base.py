"""What a provider of text messages and calls is to us: how to ask it, what its answers mean, and its signature."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from notifications.delivery.channels.base import retry_after
from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater

T = TypeVar("T")

RINGS_FOR = 25
"""Seconds a telephone rings: most mailboxes pick up after that."""

LONGEST_ID = 200


class Account(Struct, frozen=True, kw_only=True):
    """One configured provider. `callback_key` verifies what it reports, where that is not the secret itself."""

    name: str
    account: str
    secret: str
    sender: str
    base_url: str
    callback_key: str = ""


class Asked(Struct, frozen=True):
    """A request to post: address, headers and body."""

    url: str
    headers: dict[str, str]
    body: bytes


class Reply(Struct, frozen=True):
    """A whole answer; header names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class Told(Struct, frozen=True):
    """A request that came in as a callback: the whole address it was sent to, headers in small letters, body."""

    url: str
    headers: dict[str, str]
    body: bytes


class Status(StrEnum):
    """What a provider may say of a message or a call. Anything else it says is not kept."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELED = "canceled"


class Reported(Struct, frozen=True):
    """A callback whose signature held: the provider's id of the message, and a status worth keeping, if any."""

    provider_id: str
    status: Status | None


class Provider(Protocol):
    """One provider. Every method is a pure translation; numbers are E.164."""

    @property
    def account(self) -> Account:
        """The account it works with."""
        ...

    def message(self, to: str, text: str, *, callback: str) -> Asked:
        """A text message, with the address that receipts go to (or empty)."""
        ...

    def call(self, to: str, *, answer: str, callback: str) -> Asked:
        """A call. `answer` is the address that says what to speak, or the spoken document itself ("<…")."""
        ...

    def outcome(self, reply: Reply, now: datetime) -> Outcome:
        """What an answer to either means."""
        ...

    def signed(self, told: Told, now: datetime) -> bool:
        """Whether a request that came in bears this provider's signature."""
        ...

    def reported(self, told: Told, now: datetime) -> Reported | None:
        """What a callback reports; None when it does not bear this provider's signature."""
        ...


def refused(reply: Reply, now: datetime, gone: Mapping[str, str], code: str) -> Outcome:
    """What an answer that is no success means; `code` is the provider's own, `gone` those about the address.

    A refused sign-in (401, 403) refuses every message, and makes no address gone.
    """
    status = reply.status
    wait = retry_after(reply.headers.get("retry-after"), now)
    if status in (408, 425, 429) or status >= 500:
        return TryLater(code="quota" if status == 429 else f"http_{status}", retry_after=wait)
    if code in gone and 400 <= status < 500:
        return GoneAddress(code=gone[code])
    if status in (401, 403):
        return Misconfigured(code="credentials_refused")
    return Misconfigured(code="redirected" if 300 <= status < 400 else f"http_{status}")


def taken(provider_id: str | None) -> Outcome:
    """What a success means: sent, if it tells the message's id; a page in its place may be anybody's."""
    readable = provider_id is not None and 0 < len(provider_id) <= LONGEST_ID
    return Sent(provider_id=provider_id) if readable else Ambiguous(code="unreadable_reply")


def json_of(body: bytes, kind: type[T]) -> T | None:
    """The body as this kind of JSON object; None when it is none."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
