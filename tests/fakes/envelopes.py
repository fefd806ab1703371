"""An ordinary message for channel tests; each test changes only what it is about."""

from typing import Any

from msgspec.structs import replace

from notifications.delivery.channels.base import Envelope
from server.people.terms import Language

_CALL = Envelope(
    message_id="01990000-0000-7000-8000-000000000001",
    address="nobody",
    subject="Handrail",
    body="Somebody needs you. Please open the app.",
    language=Language.EN,
    priority=0,
    ttl_seconds=300,
    data={"kind": "case_call", "case_id": "01990000-0000-7000-8000-0000000000aa"},
)


def envelope(address: str, **changes: Any) -> Envelope:
    """A staff member's call to a case."""
    return replace(_CALL, address=address, **changes)
