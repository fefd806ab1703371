"""A colleague's ways for an administrator: which work, what became of the last message on each, and their numbers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from notifications.delivery import numbers, serving, ways
from notifications.delivery.models import ChannelName, MessageState
from notifications.delivery.ways import Delivery, Standing
from server.console.account.numbers import WAYS
from server.console.oversight.reach import CHANNELS, why
from server.core.db import Tx
from server.people import access, proofs, queries
from server.people.roles import Action

_STATES = {
    MessageState.QUEUED: "waits to go",
    MessageState.LEASED: "is going",
    MessageState.SENT: "taken by the provider",
    MessageState.DEAD: "did not go",
}
_OUTCOMES = {
    "gone_address": "the address does not exist any more",
    "misconfigured": "this service is not set up for it",
    "expired": "its time was over",
}


class Line(Struct, frozen=True, kw_only=True):
    """One way: whether it works, and its last message in words."""

    channel: str
    words: str
    works: bool
    refused: bool
    addresses: int
    last_at: datetime | None
    last: str
    receipt: str | None
    receipt_at: datetime | None


def shown(tx: Tx, staff_id: UUID) -> dict[str, Any]:
    """The page of one colleague; NotFound for anybody of another programme."""
    row = access.colleague(tx, Action.MANAGE_STAFF, staff_id)
    found = ways.ways_of(tx, [row.id])[row.id]
    carried = serving.served(tx)
    printing = ChannelName.CONSOLE in carried
    lines = [
        _line(
            way,
            ways.last_delivery(tx, row.id, way.channel),
            printed=printing and way.channel not in carried,
        )
        for way in found
    ]
    return {
        "person": queries.staff_out(tx, row, with_email=True),
        "lines": lines,
        "reached": any(line.works for line in lines),
        "numbers": [(each, WAYS[each.way]) for each in numbers.of_colleague(tx, row.id)],
        "printing": printing,
        "fresh": proofs.is_fresh(tx),
    }


def _line(way: ways.Way, last: Delivery | None, *, printed: bool) -> Line:
    return Line(
        channel=CHANNELS[way.channel],
        words=why(way),
        works=way.standing is Standing.WORKS,
        refused=way.standing is Standing.REFUSED,
        addresses=way.addresses,
        last_at=(last.sent_at or last.at) if last else None,
        last=_last(last, printed=printed) if last else "",
        receipt=last.receipt.replace("_", " ") if last and last.receipt else None,
        receipt_at=last.receipt_at if last else None,
    )


def _last(last: Delivery, *, printed: bool) -> str:
    if printed and last.state is MessageState.SENT:
        return "printed here, sent to nobody"
    words = _STATES[last.state]
    if last.state is MessageState.DEAD and last.outcome:
        return f"{words}: {_OUTCOMES.get(last.outcome, last.outcome.replace('_', ' '))}"
    return words
