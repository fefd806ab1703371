"""Telephone calls through one provider: a voice says the neutral sentence, and a key pressed says "I have it"."""

from notifications.delivery import spoken
from notifications.delivery.channels.base import Envelope
from notifications.delivery.channels.posting import Poster
from notifications.delivery.channels.sms import E164, callback_address, outcome_of
from notifications.delivery.outcomes import GoneAddress, Outcome
from notifications.delivery.providers.base import Provider


class VoiceChannel:
    """Calls from one account. `address` is our own (https): the provider asks there what to say.

    A call that can be answered is spoken from there; anything else, such as a code, goes along with the request.
    """

    name = "voice"

    def __init__(self, provider: Provider, *, address: str, timeout: float = 10.0) -> None:
        self._provider = provider
        self._address = address
        self._poster = Poster(timeout=timeout)

    def send(self, envelope: Envelope) -> Outcome:
        """Have the telephone ring; "sent" means the provider will try, never that anybody picked up."""
        if not E164.fullmatch(envelope.address):
            return GoneAddress(code="not_a_number")
        answer = f"{self._address}{envelope.link}" if envelope.link else spoken.twice(envelope)
        callback = callback_address(self._address, self._provider, envelope)
        reply = self._poster.post(self._provider.call(envelope.address, answer=answer, callback=callback))
        return outcome_of(reply, self._provider)

    def close(self) -> None:
        """Close the connections."""
        self._poster.close()
