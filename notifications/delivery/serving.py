"""Which channels some node carries now: each says so while it lives."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select

from notifications.delivery.models import ChannelName, ServedChannel
from server.core.db import Tx

SERVED = timedelta(minutes=2)
"""A node that has not said for this long that it carries a channel is taken to be gone."""


def note_served(tx: Tx, channels: Collection[ChannelName]) -> None:
    """Say that a node carries these channels."""
    row = {"served_at": tx.now}
    for channel in sorted(channels):
        noted = tx.upsert(ServedChannel).values(channel=channel, **row)
        tx.session.execute(noted.on_conflict_do_update(index_elements=[ServedChannel.channel], set_=row))


def served(tx: Tx) -> set[ChannelName]:
    """The channels that some node has carried lately."""
    lately = select(ServedChannel.channel).where(ServedChannel.served_at > tx.now - SERVED)
    return set(tx.connection.execute(lately).scalars())
