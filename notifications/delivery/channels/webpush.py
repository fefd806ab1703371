"""Push to browsers, such as the installed phone app, through the push service each one subscribed at.

The genuine pywebpush encrypts (RFC 8291) and signs (VAPID, RFC 8292). One try a call, no redirects: when to try
again is the outbox's decision, and where to is the list's.
"""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import msgspec
import pywebpush
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02  # pyright: ignore[reportMissingTypeStubs]  # it ships no types

from notifications.delivery.channels.base import URGENT, Envelope, retry_after
from notifications.delivery.channels.bounded import Attempt, plain_session, unanswered
from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater
from notifications.delivery.schemas import Subscription
from notifications.delivery.subscriptions import origin_of

# The libraries ship no types, or loose ones; their few calls go through these names.
_push = cast(Any, pywebpush).webpush
_Signer = cast(Any, Vapid02)

DECLARATIVE = 8030
"""The mark of a message that a browser may show by itself, without the app's worker (W3C Push API, 2025)."""

PADDED = 2048
"""Bytes of every message before encryption, so that its length tells nothing; services take 4096 after it."""

_LONGEST_TTL = 28 * 24 * 3600  # the shortest of the longest times that services keep a message
_LOW = 3
_TOPIC_BYTES = 24  # 32 letters, the most a topic may have (RFC 8030, 5.4)


class WebPushChannel:
    """Web Push to any service of `services`. Many threads may share it.

    `contact` ("mailto:…") is where a service can complain, `app_url` what a tap opens; `timeout` in seconds is
    for a whole call, but for looking up a host name. `ca_file`: whom to trust instead of the usual authorities.
    """

    name = "webpush"

    def __init__(
        self,
        private_key: ec.EllipticCurvePrivateKey,
        *,
        contact: str,
        services: Sequence[str],
        app_url: str,
        timeout: float = 10.0,
        ca_file: Path | None = None,
    ) -> None:
        self._signer = _Signer(private_key)
        self._contact = contact
        self._services = tuple(services)
        self._app_url = app_url
        self._timeout = timeout
        self._attempt = Attempt()
        self._session = plain_session(self._attempt, ca_file=ca_file)
        self._closed = False

    def send(self, envelope: Envelope) -> Outcome:
        """Hand one message to the push service; "sent" means it was taken, never that anybody saw it."""
        if self._closed:
            return Misconfigured(code="closed")
        try:
            subscription = msgspec.json.decode(envelope.address, type=Subscription)
        except msgspec.MsgspecError:
            return Misconfigured(code="unreadable_subscription")
        origin = origin_of(subscription.endpoint, self._services)
        if origin is None:
            return Misconfigured(code="service_not_listed")
        self._attempt.begin(self._timeout)
        try:
            self._post(subscription, origin, envelope)
        except Exception as error:  # a refusal raises as well; its reply says more
            if self._attempt.reply is None:
                return unanswered(error, self._attempt)
        reply = self._attempt.reply
        return _answered(reply, datetime.now(UTC)) if reply is not None else Ambiguous(code="no_reply")

    def close(self) -> None:
        """Close the connections."""
        self._closed = True
        self._session.close()

    def _post(self, subscription: Subscription, origin: str, envelope: Envelope) -> None:
        _push(
            msgspec.to_builtins(subscription),
            data=_payload(envelope, self._app_url),
            vapid_private_key=self._signer,
            vapid_claims={"sub": self._contact, "aud": origin},
            ttl=min(max(envelope.ttl_seconds, 1), _LONGEST_TTL),
            headers={"Topic": _topic(envelope.message_id), "Urgency": _urgency(envelope.priority)},
            requests_session=self._session,
        )


def _payload(envelope: Envelope, app_url: str) -> bytes:
    """The notice as declarative JSON, padded with blanks: neutral words, ids only, a tag that shows doubles once."""
    notification = {
        "title": envelope.subject,
        "body": envelope.body,
        "lang": envelope.language.value,
        "navigate": app_url,
        "tag": envelope.message_id,
        "data": envelope.data,
    }
    return msgspec.json.encode({"web_push": DECLARATIVE, "notification": notification}).ljust(PADDED)


def _topic(message_id: str) -> str:
    """The same on every attempt: a service that still holds the first one replaces it."""
    return base64.urlsafe_b64encode(sha256(message_id.encode()).digest()[:_TOPIC_BYTES]).decode()


def _urgency(priority: int) -> str:
    """RFC 8030, 5.3: "high" wakes a phone, "low" may wait until it has power and Wi-Fi."""
    if priority <= URGENT:
        return "high"
    return "low" if priority >= _LOW else "normal"


def _answered(reply: requests.Response, now: datetime) -> Outcome:
    """What a push service's reply means (RFC 8030, 5; RFC 8292, 4.2; Microsoft, "WNS response codes").

    A refused signature (401, 403) makes no address gone: with a wrong key here every browser answers so, and all
    would be forgotten. 406 is how Windows' service says "too many", X-WNS-Status that it took and dropped one.
    """
    status = reply.status_code
    wait = retry_after(reply.headers.get("Retry-After"), now)
    if status in (200, 201, 202):
        dropped = reply.headers.get("X-WNS-Status", "received").lower() != "received"
        return TryLater(code="dropped", retry_after=wait) if dropped else Sent()
    if status in (404, 410):
        return GoneAddress(code="subscription_gone")
    if status in (406, 429):
        return TryLater(code="quota", retry_after=wait)
    if status == 408 or status >= 500:
        return TryLater(code=f"http_{status}", retry_after=wait)
    if status in (401, 403):
        return Misconfigured(code="signature_refused")
    if status < 300:
        return Ambiguous(code="unreadable_reply")
    return Misconfigured(code="redirected" if status < 400 else f"http_{status}")
