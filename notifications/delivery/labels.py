"""Who a message is for, in words that somebody who watches the demonstration understands.

For the channel that prints, and for no other. Staff appear by name and role; their names are opened from the
seal here, so that channel belongs to a demonstration and never to a service with real people in it. A client
is never named, not even by initials: two clients are told apart by the last digits of their ids.
"""

from typing import Any

from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName
from server.core.db import Tx
from server.people import queries

_WAYS = {
    ChannelName.FCM: "push",
    ChannelName.WEBPUSH: "web push",
    ChannelName.EMAIL: "e-mail",
    ChannelName.SMS: "text message",
    ChannelName.VOICE: "telephone call",
}


def label(tx: Tx, row: Any) -> str:
    """The reader and the way, like "Mara Lindqvist (case manager) by e-mail". `row` is a claimed message."""
    return f"{_reader(tx, row)} by {_WAYS.get(row.channel, row.channel)}"


def _reader(tx: Tx, row: Any) -> str:
    if row.kind == Kind.SOUNDING:
        return "the sink"
    if row.staff_id is not None:
        name = queries.names(tx, [row.staff_id])[row.staff_id]
        return f"{name} ({row.staff_role.replace('_', ' ')})"
    return f"client …{row.client_id.hex[-4:]}" if row.client_id is not None else "the emergency contact"
