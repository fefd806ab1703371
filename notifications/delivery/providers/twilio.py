"""Providers that speak like Twilio: forms with Basic auth, and callbacks signed with HMAC-SHA-1 over the address.

Twilio, "Programmable Messaging: Message resource", "Voice: Call resource", "Validating signatures from Twilio", 2025.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

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

BASE_URL = "https://api.twilio.com"

_GONE = {
    "21211": "not_a_number",
    "21214": "not_a_number",
    "21217": "not_a_number",
    "13223": "not_a_number",
    "13224": "not_a_number",
    "21614": "takes_no_texts",
    "21610": "opted_out",
}
"""Twilio, "Error and warning dictionary", 2025. Whoever replied STOP is not written to by another way round."""

_STATUS = {
    "accepted": Status.QUEUED,
    "queued": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "initiated": Status.QUEUED,
    "ringing": Status.RINGING,
    "in-progress": Status.ANSWERED,
    "answered": Status.ANSWERED,
    "completed": Status.COMPLETED,
    "busy": Status.BUSY,
    "no-answer": Status.NO_ANSWER,
    "canceled": Status.CANCELED,
}


class _Answer(Struct, frozen=True):
    """The parts of an answer that matter: the id of a message or call, or the code of a refusal."""

    sid: str | None = None
    code: int | None = None


class Twilio:
    """Twilio itself, or a provider that offers its interface at another `base_url`."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._base = f"{account.base_url or BASE_URL}/2010-04-01/Accounts/{quote(account.account, safe='')}"
        pair = base64.b64encode(f"{account.account}:{account.secret}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {pair}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }

    def message(self, to: str, text: str, *, callback: str) -> Asked:
        """Messages.json. A sender that begins with MG is one of Twilio's messaging services."""
        sender = self.account.sender
        by = "MessagingServiceSid" if sender.startswith("MG") else "From"
        return self._asked("Messages.json", {"To": to, by: sender, "Body": text, "StatusCallback": callback})

    def call(self, to: str, *, answer: str, callback: str) -> Asked:
        """Calls.json; a machine that answers is told apart before anything is spoken."""
        fields = {
            "To": to,
            "From": self.account.sender,
            "Twiml" if answer.startswith("<") else "Url": answer,
            "Timeout": str(RINGS_FOR),
            "MachineDetection": "Enable",
            "StatusCallback": callback,
        }
        return self._asked("Calls.json", fields)

    def _asked(self, resource: str, fields: dict[str, str]) -> Asked:
        body = urlencode({name: value for name, value in fields.items() if value}).encode()
        return Asked(f"{self._base}/{resource}", self._headers, body)

    def outcome(self, reply: Reply, now: datetime) -> Outcome:
        """201 with the id of the message or call; refusals name a code."""
        found = json_of(reply.body, _Answer) or _Answer()
        if 200 <= reply.status < 300:
            return taken(found.sid)
        return refused(reply, now, _GONE, str(found.code))

    def signed(self, told: Told, now: datetime) -> bool:  # noqa: ARG002  these bear no time
        """Over the whole address, with what stands behind its question mark, and each field of a form."""
        try:
            fields = _fields(told)
        except ValueError:
            return False
        given = told.headers.get("x-twilio-signature", "").encode()
        key = self.account.callback_key or self.account.secret
        good = [signature(key, url, fields).encode() for url in _spellings(told.url)]
        return any(hmac.compare_digest(each, given) for each in good)

    def reported(self, told: Told, now: datetime) -> Reported | None:
        """Repeating an old one changes nothing: each status of a message is kept once."""
        if not self.signed(told, now):
            return None
        values = dict(_fields(told))
        word = values.get("MessageStatus") or values.get("CallStatus") or ""
        provider_id = values.get("MessageSid") or values.get("CallSid") or ""
        return Reported(provider_id, _STATUS.get(word))


def _fields(told: Told) -> list[tuple[str, str]]:
    return parse_qsl(told.body.decode(), keep_blank_values=True, max_num_fields=100)


def _spellings(url: str) -> tuple[str, str]:
    """The address with its port and without: Twilio signs either, and its own libraries try both."""
    parts = urlsplit(url)
    if parts.port is None:
        return url, urlunsplit(parts._replace(netloc=f"{parts.netloc}:443"))
    return url, urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0]))


def signature(key: str, url: str, fields: list[tuple[str, str]]) -> str:
    """What Twilio signs: the whole address, then each field's name and value in the order of their names."""
    text = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()
