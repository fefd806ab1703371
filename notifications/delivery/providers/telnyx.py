"""Providers that speak like Telnyx: JSON with a bearer key, and callbacks signed with Ed25519 over time and body.

Telnyx, "Send a message", "Create a connection-scoped TeXML call", "Webhook signing", 2026.
"""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from notifications.delivery.outcomes import Outcome
from notifications.delivery.providers.base import (
    RINGS_FOR,
    Account,
    Asked,
    Reply,
    Reported,
    Status,
    Told,
    json_of,
    refused,
    taken,
)

BASE_URL = "https://api.telnyx.com"

TOLERANCE = timedelta(minutes=5)
"""How far the time in a callback may be from ours; an older one is taken for a repetition."""

_GONE = {
    "40300": "opted_out",
    "40310": "not_a_number",
    "40001": "takes_no_texts",
    "10016": "not_a_number",
}
"""Telnyx, "Error codes", 2026: blocked after STOP, invalid 'to' address, a landline, not E.164."""

_STATUS = {
    "queued": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "delivery_unconfirmed": Status.SENT,
    "sending_failed": Status.FAILED,
    "delivery_failed": Status.UNDELIVERED,
    "initiated": Status.QUEUED,
    "ringing": Status.RINGING,
    "in-progress": Status.ANSWERED,
    "answered": Status.ANSWERED,
    "completed": Status.COMPLETED,
    "busy": Status.BUSY,
    "no-answer": Status.NO_ANSWER,
    "canceled": Status.CANCELED,
    "failed": Status.FAILED,
}


class _Code(Struct, frozen=True):
    code: str | int = ""


class _Taken(Struct, frozen=True):
    id: str | None = None


class _Answer(Struct, frozen=True):
    """The parts of an answer that matter: the id of a message or call, or the codes of a refusal."""

    data: _Taken | None = None
    call_sid: str | None = None
    sid: str | None = None
    errors: tuple[_Code, ...] = ()


class _To(Struct, frozen=True):
    status: str = ""


class _Payload(Struct, frozen=True):
    id: str
    to: tuple[_To, ...] = ()


class _Data(Struct, frozen=True):
    payload: _Payload


class _Event(Struct, frozen=True):
    """The parts of a report on a message that matter."""

    data: _Data


class Telnyx:
    """Telnyx itself, or a stand-in at another `base_url`. `account` is the id of the TeXML application for calls."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._base = f"{account.base_url or BASE_URL}/v2"
        self._headers = {
            "Authorization": f"Bearer {account.secret}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    def message(self, to: str, text: str, *, callback: str) -> Asked:
        """/v2/messages."""
        sender = self.account.sender
        return self._asked(
            "messages", {"from": sender, "to": to, "text": text, "type": "SMS", "webhook_url": callback}
        )

    def call(self, to: str, *, answer: str, callback: str) -> Asked:
        """/v2/texml/calls; a machine that answers is told apart before anything is spoken."""
        fields: dict[str, object] = {
            "From": self.account.sender,
            "To": to,
            "Texml" if answer.startswith("<") else "Url": answer,
            "Timeout": RINGS_FOR,
            "MachineDetection": "Enable",
            "StatusCallback": callback,
        }
        return self._asked(f"texml/calls/{quote(self.account.account, safe='')}", fields)

    def _asked(self, resource: str, fields: dict[str, Any]) -> Asked:
        body = msgspec.json.encode({name: value for name, value in fields.items() if value})
        return Asked(f"{self._base}/{resource}", self._headers, body)

    def outcome(self, reply: Reply, now: datetime) -> Outcome:
        """A message's answer is wrapped in `data`, a call's is not; refusals name their codes."""
        found = json_of(reply.body, _Answer) or _Answer()
        if 200 <= reply.status < 300:
            return taken((found.data and found.data.id) or found.call_sid or found.sid)
        return refused(reply, now, _GONE, str(found.errors[0].code) if found.errors else "")

    def reported(self, told: Told, now: datetime) -> Reported | None:
        """Of a message as JSON, of a call as a form; the signature is over the time and the bytes as they came."""
        if not self.signed(told, now):
            return None
        found = json_of(told.body, _Event)
        if found is not None:
            payload = found.data.payload
            return Reported(payload.id, _STATUS.get(payload.to[0].status) if payload.to else None)
        values = dict(parse_qsl(told.body.decode(errors="replace")))
        return Reported(values.get("CallSid", ""), _STATUS.get(values.get("CallStatus", "")))

    def signed(self, told: Told, now: datetime) -> bool:
        """Over the time and the bytes as they came; none that is older than some minutes."""
        at = told.headers.get("telnyx-timestamp", "")
        if not (at.isascii() and at.isdigit() and len(at) <= 11):
            return False
        if abs(now - datetime.fromtimestamp(int(at), UTC)) > TOLERANCE:
            return False
        try:
            given = base64.b64decode(told.headers.get("telnyx-signature-ed25519", ""), validate=True)
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.account.callback_key))
            key.verify(given, f"{at}|".encode() + told.body)
        except (InvalidSignature, ValueError, binascii.Error):
            return False
        return True
