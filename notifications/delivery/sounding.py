"""The synthetic case: a message that belongs to nobody goes down every channel that has a sink, every so often.

Rule: it goes through the same outbox, the same lanes and the same channels as an urgent call, and has to be handed over
within a minute; whether it was is asked from outside, by server/watch. It carries no more than that it is a test.
Where several providers carry a channel, each of them has to take it: who only steps in is tried as well.
Its addresses come from the settings at the moment of the sending and are stored nowhere.
"""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct
from sqlalchemy import delete, select

from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName, Sounding
from notifications.delivery.outbox import Obligation, owe
from notifications.delivery.recipients import Recipient
from notifications.delivery.retry import Priority
from server.core.db import Tx
from server.core.tables import new_id
from server.people.models import Programme
from server.people.terms import Language

HANDED_OVER = timedelta(seconds=60)
"""By then a provider has taken it on every channel, or nobody can count on the channel."""

KEPT = timedelta(days=30)


class Sinks(Struct, frozen=True, kw_only=True):
    """Where the synthetic case goes, by channel, and how often. Without an address it goes nowhere."""

    addresses: Mapping[ChannelName, str] = {}
    every: timedelta = timedelta(minutes=15)


def sound(tx: Tx, sinks: Sinks) -> int:
    """Send one if the time has come; returns on how many channels. Any number of nodes make one of it."""
    if not sinks.addresses:
        return 0
    programme = tx.session.scalar(select(Programme.id).order_by(Programme.id).limit(1))
    if programme is None:
        return 0
    row = {
        "id": new_id(),
        "turn": int(tx.now.timestamp() // sinks.every.total_seconds()),
        "started_at": tx.now,
    }
    kept = tx.upsert(Sounding).values(**row).on_conflict_do_nothing().returning(Sounding.id)
    sounding = tx.session.scalar(kept)
    if sounding is None:
        return 0
    tx.session.execute(delete(Sounding).where(Sounding.started_at < tx.now - KEPT))
    obligation = Obligation(
        kind=Kind.SOUNDING.value,
        dedupe=f"sounding:{sounding}",
        priority=Priority.URGENT,
        send_after=tx.now,
        expires_at=tx.now + HANDED_OVER,
        data={},
    )
    nobody = Recipient(programme_id=programme, language=Language.EN)
    return owe(tx, nobody, obligation, [(channel, sounding) for channel in sinks.addresses])
