"""The emergency contact of a programme, tried out before it matters.

Rule: a test goes to them by every way this service has, the telephone too. They count as proved once every way took
it and they told the team that it came: what a provider took may have reached a stranger. Another address or number has
to be tried anew. A call goes to somebody who is not proved as well, since losing one may cost a life.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select, update

from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName, Message, MessageState
from notifications.delivery.outbox import Obligation
from notifications.delivery.recipients import all_ways, to_emergency_contact
from notifications.delivery.retry import Priority, expiry
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict
from server.core.tables import new_id
from server.people import access, programmes, throttle
from server.people.models import Programme
from server.people.roles import Action
from server.people.throttle import Limit


class Tried(Struct, frozen=True, kw_only=True):
    """What became of the last test on one way; `state` is None where it did not go this way at all."""

    channel: ChannelName
    state: MessageState | None
    at: datetime | None


class Standing(Struct, frozen=True, kw_only=True):
    """How the emergency contact stands: every way of theirs now, and when they said that all of it came.

    `readable` is False where what is on record no longer opens. `proved` holds until a way is added that no test
    went over.
    """

    readable: bool
    ways: list[Tried]
    proved_at: datetime | None

    @property
    def arrived(self) -> bool:
        """Whether every way took the last test."""
        return bool(self.ways) and all(way.state is MessageState.SENT for way in self.ways)

    @property
    def proved(self) -> bool:
        """Whether they are known to hear of a case."""
        return self.arrived and self.proved_at is not None


def standing(tx: Tx, programme_id: UUID) -> Standing | None:
    """How the programme's emergency contact stands; None where none is on record."""
    columns = (Programme.emergency_contact_trial, Programme.emergency_contact_proved_at)
    query = select(Programme.emergency_contact.is_not(None), *columns).where(Programme.id == programme_id)
    there, trial_id, proved_at = tx.connection.execute(query).one()
    if not there:
        return None
    channels = [channel for channel, _ in all_ways(to_emergency_contact(tx, programme_id))]
    keys = {channel: f"{_obligation(trial_id)}:{channel}:{programme_id}" for channel in channels}
    rows = select(Message.channel, Message.state, Message.created_at).where(
        Message.dedupe_key.in_(keys.values() if trial_id else [])
    )
    found = {row.channel: row for row in tx.connection.execute(rows)}
    return Standing(
        readable=programmes.emergency_contact(tx, programme_id) is not None,
        ways=[
            Tried(channel=channel, state=row.state if row else None, at=row.created_at if row else None)
            for channel in channels
            for row in [found.get(channel)]
        ],
        proved_at=proved_at,
    )


def try_out(tx: Tx) -> None:
    """Send the emergency contact a test by every way. Conflict where there is none to send it by."""
    access.require(tx, Action.EDIT_PROGRAMME)
    programme_id = programmes.of_actor(tx).id
    throttle.insist(tx, Limit.SECOND_FACTOR, f"emergency contact {programme_id}")
    recipient = to_emergency_contact(tx, programme_id)
    ways = all_ways(recipient)
    if not ways:
        raise Conflict(
            "No emergency contact is on record, or what is there no longer opens. Enter one first."
        )
    trial_id = new_id()
    trial = Obligation(
        kind=Kind.OUTSIDE_TRIAL.value,
        dedupe=_obligation(trial_id),
        priority=Priority.NORMAL,
        send_after=tx.now,
        expires_at=expiry(tx.now, Priority.NORMAL),
        data={},
    )
    outbox.owe(tx, recipient, trial, ways)
    _keep(tx, programme_id, trial_id, None)
    audit.record(tx, "emergency_contact.try", row_id=programme_id, data={"messages": len(ways)})


def prove(tx: Tx) -> None:
    """They told the team that the test came by every way. Conflict where it cannot have. Repeatable."""
    access.require(tx, Action.EDIT_PROGRAMME)
    programme_id = programmes.of_actor(tx).id
    trial_id = tx.session.scalar(
        select(Programme.emergency_contact_trial).where(Programme.id == programme_id).with_for_update()
    )
    now = standing(tx, programme_id)
    if now is None or not now.arrived:
        raise Conflict("The test has not gone out by every way. Send it once more, or mend what is entered.")
    if now.proved_at is None:
        _keep(tx, programme_id, trial_id, tx.now)
        audit.record(tx, "emergency_contact.prove", row_id=programme_id)


def forget(tx: Tx, programme_id: UUID) -> None:
    """Another address or number: what was tried before says nothing of it."""
    _keep(tx, programme_id, None, None)


def _keep(tx: Tx, programme_id: UUID, trial_id: UUID | None, proved_at: datetime | None) -> None:
    # Not through the mapped row: the settings somebody has open now still fit.
    values = {"emergency_contact_trial": trial_id, "emergency_contact_proved_at": proved_at}
    tx.session.execute(update(Programme).where(Programme.id == programme_id).values(**values))


def _obligation(trial_id: UUID | None) -> str:
    return f"outside_trial:{trial_id}"
