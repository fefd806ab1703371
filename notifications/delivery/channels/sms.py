"""Text messages through one provider: one segment each, in neutral words."""

import re
from datetime import UTC, datetime

from msgspec.structs import replace

from notifications.delivery.call_lines import CallLine
from notifications.delivery.channels.base import Envelope
from notifications.delivery.channels.posting import Poster
from notifications.delivery.messages import call_line
from notifications.delivery.outcomes import Ambiguous, GoneAddress, Outcome
from notifications.delivery.providers.base import Provider, Reply
from notifications.delivery.segments import first_that_fits, fits, folded

E164 = re.compile(r"\+[1-9]\d{6,14}")


class SmsChannel:
    """Text messages from one account. `address` is our own (https), for the link in a call and for receipts."""

    name = "sms"

    def __init__(self, provider: Provider, *, address: str, timeout: float = 10.0) -> None:
        self._provider = provider
        self._address = address
        self._poster = Poster(timeout=timeout)

    def send(self, envelope: Envelope) -> Outcome:
        """Hand one text message over; "sent" means the provider took it, never that anybody read it."""
        if not E164.fullmatch(envelope.address):
            return GoneAddress(code="not_a_number")
        callback = callback_address(self._address, self._provider, envelope)
        asked = self._provider.message(envelope.address, text_of(envelope, self._address), callback=callback)
        reply = self._poster.post(asked)
        return outcome_of(reply, self._provider)

    def close(self) -> None:
        """Close the connections."""
        self._poster.close()


def outcome_of(reply: Reply | Outcome, provider: Provider) -> Outcome:
    """What the provider's answer means. Where there was none, or none that could be read, it names the provider."""
    outcome = provider.outcome(reply, datetime.now(UTC)) if isinstance(reply, Reply) else reply
    return replace(outcome, unheard=(provider.account.name,)) if isinstance(outcome, Ambiguous) else outcome


def callback_address(address: str, provider: Provider, envelope: Envelope) -> str:
    """Where receipts for this message go; nowhere while we have no address of our own."""
    where = f"api/providers/{provider.account.name}/status/{envelope.message_id}"
    return f"{address}/{where}" if address else ""


def text_of(envelope: Envelope, address: str) -> str:
    """The text: the fullest wording that fits into one message together with the link, or without one."""
    wordings = envelope.short or (envelope.subject,)
    if envelope.link and address:
        end = f" {call_line(CallLine.TAKE, envelope.language)} {address}{envelope.link}"
        for text in (f"{folded(words)}{end}" for words in wordings):
            if fits(text):
                return text
    return first_that_fits(wordings)
