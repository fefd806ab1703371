"""Push to native apps through Firebase Cloud Messaging, with the genuine firebase-admin library.

One message a call and one try a call: when to try again is the outbox's decision.
"""

import json
import threading
import time
import uuid
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import firebase_admin  # pyright: ignore[reportMissingTypeStubs]  # it ships no types
import msgspec
import requests
from firebase_admin import (  # pyright: ignore[reportMissingTypeStubs]  # it ships no types
    credentials,
    messaging,
)

from notifications.delivery.channels.base import URGENT, Envelope, retry_after
from notifications.delivery.channels.bounded import (
    Attempt,
    Stage,
    TokenOnlyAccount,
    one_try_session,
    unanswered,
)
from notifications.delivery.outcomes import Ambiguous, GoneAddress, Misconfigured, Outcome, Sent, TryLater

# The library ships no types; its few calls go through these names.
_firebase = cast(Any, firebase_admin)
_credentials = cast(Any, credentials)
_fcm = cast(Any, messaging)

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_LONGEST_TTL = 28 * 24 * 3600  # FCM keeps a message for four weeks at most
_LONGEST_COLLAPSE_ID = 64  # bytes, by Apple
_BAD_ADDRESS_WORDS = "registration token is not a valid"
_SPEAKING_CODES = {
    "SENDER_ID_MISMATCH": "sender_mismatch",
    "THIRD_PARTY_AUTH_ERROR": "third_party_auth",
    "APNS_AUTH_ERROR": "third_party_auth",
    "INVALID_ARGUMENT": "invalid_argument",
}


class FcmChannel:
    """Push over FCM. Each channel has its own firebase app, connections and token; many threads may share it.

    `service_account` is the JSON key file or its content; one that cannot be used raises ValueError here.
    `base_url` points at a local stand-in instead of Google. `timeout` is in seconds for a whole call, token
    included; looking up a host name is the one thing it cannot cut short.
    """

    name = "fcm"

    def __init__(
        self, service_account: Path | dict[str, Any], *, base_url: str | None = None, timeout: float = 10.0
    ) -> None:
        self._attempt = Attempt()
        self._timeout = timeout
        try:
            account = _read_account(service_account)
            self._app = _firebase.initialize_app(
                _credentials.Certificate(account), {"httpTimeout": timeout}, name=f"handrail-{uuid.uuid4()}"
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            # The library's own words can quote the key.
            raise ValueError(f"the FCM service account cannot be used ({type(error).__name__})") from None
        signer = cast(Any, TokenOnlyAccount).from_service_account_info(account, scopes=[_SCOPE])
        self._session = one_try_session(signer, self._attempt, use_proxies=base_url is None)
        _take_over(self._app, self._session, base_url)

    def send(self, envelope: Envelope) -> Outcome:
        """Hand one message to FCM; "sent" means FCM took it, never that anybody saw it."""
        if not envelope.address:
            return GoneAddress(code="no_token")
        if self._app is None:
            return Misconfigured(code="closed")
        self._attempt.begin(self._timeout)
        try:
            provider_id = _fcm.send(_message(envelope), app=self._app)
        except Exception as error:
            return _outcome(error, self._attempt, datetime.now(UTC))
        return Sent(provider_id=provider_id if isinstance(provider_id, str) else None)

    def close(self) -> None:
        """Close the connections and forget the firebase app."""
        app, self._app = self._app, None
        if app is None:
            return
        self._session.close()
        # The library closes with asyncio.run, which fails on a thread whose event loop is running.
        closer = threading.Thread(target=_firebase.delete_app, args=(app,))
        closer.start()
        closer.join()


def _read_account(source: Path | dict[str, Any]) -> dict[str, Any]:
    account = json.loads(source.read_text(encoding="utf-8")) if isinstance(source, Path) else dict(source)
    if not account["project_id"]:
        raise ValueError
    return account


def _take_over(app: Any, session: requests.Session, base_url: str | None) -> None:
    """Give the library's messaging service our session, and the stand-in's address where there is one.

    firebase-admin 7 offers no public way to switch its retries off or to change the address, so this touches
    three private names: the service, its client's session and its URL. Nothing else in this package does.
    """
    service = _fcm._get_messaging_service(app)
    service._client._session.close()
    service._client._session = session
    if base_url is not None:
        service._fcm_url = f"{base_url.rstrip('/')}/v1/projects/{app.project_id}/messages:send"


def _message(envelope: Envelope) -> Any:
    """The message FCM gets: neutral words, ids only, and one stable id that shows a duplicate once.

    No Android collapse key: FCM ignores it on notifications and keeps no more than four keys for a phone that
    is off (Firebase, "Non-collapsible and collapsible messages"). The notification's tag replaces a duplicate
    on the phone, and the collapse id does it for Apple.
    """
    urgent = envelope.priority <= URGENT
    ttl = min(max(envelope.ttl_seconds, 0), _LONGEST_TTL)
    collapse_id = envelope.message_id
    if len(collapse_id.encode()) > _LONGEST_COLLAPSE_ID:
        collapse_id = sha256(collapse_id.encode()).hexdigest()
    android = _fcm.AndroidConfig(
        priority="high" if urgent else "normal",
        ttl=ttl,
        notification=_fcm.AndroidNotification(
            tag=envelope.message_id, default_sound=True, priority="max" if urgent else "default"
        ),
    )
    aps = _fcm.Aps(
        sound="default", custom_data={"interruption-level": "time-sensitive" if urgent else "active"}
    )
    headers = {
        "apns-priority": "10" if urgent else "5",
        "apns-collapse-id": collapse_id,
        "apns-expiration": str(int(time.time()) + ttl if ttl else 0),
    }
    return _fcm.Message(
        token=envelope.address,
        notification=_fcm.Notification(title=envelope.subject, body=envelope.body or None),
        data=dict(envelope.data),
        android=android,
        apns=_fcm.APNSConfig(headers=headers, payload=_fcm.APNSPayload(aps)),
    )


def _outcome(error: Exception, attempt: Attempt, now: datetime) -> Outcome:
    """What became of a call that raised: from the provider's reply, or else from how far the call had come."""
    reply = attempt.reply
    if attempt.stage is Stage.MESSAGE and reply is not None:
        return _answered(reply, now)
    if attempt.stage is Stage.TOKEN and reply is not None:
        return _without_token(reply, now)
    return unanswered(error, attempt)


def _without_token(reply: requests.Response, now: datetime) -> Outcome:
    """Nothing was sent. Only a plain refusal of the account needs a person; everything else may pass."""
    if 400 <= reply.status_code < 500 and reply.status_code not in (408, 429):
        return Misconfigured(code="account_refused")
    return TryLater(code="token_endpoint", retry_after=retry_after(reply.headers.get("Retry-After"), now))


def _answered(reply: requests.Response, now: datetime) -> Outcome:
    """What FCM's reply means (Firebase, "FCM error codes", HTTP v1).

    Only words about this very token make an address gone. A token of another sender (SENDER_ID_MISMATCH) does
    not: with another project's key in the settings every phone answers so, and all would be forgotten.
    """
    status = reply.status_code
    if status < 400:
        return Ambiguous(code="unreadable_reply")
    wait = retry_after(reply.headers.get("Retry-After"), now)
    if status == 429:
        return TryLater(code="quota", retry_after=wait)
    if status == 408 or status >= 500:
        return TryLater(code=f"http_{status}", retry_after=wait)
    error = _error_in(reply)
    fcm_code = next((detail.code for detail in error.details if detail.code), "")
    if fcm_code == "UNREGISTERED":
        return GoneAddress(code="unregistered")
    if status == 400 and _names_token(error):
        return GoneAddress(code="invalid_token")
    return Misconfigured(code=_SPEAKING_CODES.get(fcm_code, f"http_{status}"))


class _Violation(msgspec.Struct, frozen=True):
    field: str = ""


class _Detail(msgspec.Struct, frozen=True):
    code: str = msgspec.field(name="errorCode", default="")
    violations: tuple[_Violation, ...] = msgspec.field(name="fieldViolations", default=())


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    details: tuple[_Detail, ...] = ()


class _Refusal(msgspec.Struct, frozen=True):
    error: _Error = _Error()


def _error_in(reply: requests.Response) -> _Error:
    try:
        return msgspec.json.decode(reply.content, type=_Refusal).error
    except (msgspec.MsgspecError, ValueError):
        return _Error()


def _names_token(error: _Error) -> bool:
    fields = [violation.field for detail in error.details for violation in detail.violations]
    return "message.token" in fields or (not fields and _BAD_ADDRESS_WORDS in error.message)
