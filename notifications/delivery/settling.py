"""Writing down what came of a try, and asking the person's other channels when one fails.

Only the worker whose fence the message still bears may write to it, and only while it is leased: a worker
that comes back late records its try, and changes nothing else. A record that is written again, because the answer
to its COMMIT was lost, is the same row: it is known by the message and the fence.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Update, and_, bindparam, delete, select, update

from notifications.delivery import recipients, retry, trial, unheard
from notifications.delivery.calls import may_reach
from notifications.delivery.messages import Kind
from notifications.delivery.models import Attempt, Device, Message, MessageState
from notifications.delivery.outbox import Obligation, owe
from notifications.delivery.outcomes import GoneAddress, Outcome, TryLater
from notifications.delivery.retry import Dead, DeadReason, MarkSent, Priority, TryAgain
from notifications.delivery.way_order import as_called, may_ring
from server.core.db import Tx
from server.core.tables import Id, new_id

PATIENCE = 4
"""After this many tries of one channel the person's other channels are asked as well."""


class Held(Struct, frozen=True, kw_only=True):
    """A lease on one message. `token_index` is the fingerprint of the push token that is tried, if it is one.

    `priority` is as the message is carried and tried again, whatever its place in the queue.
    """

    message_id: UUID
    fence: int
    attempts: int
    priority: int
    expires_at: datetime
    token_index: bytes | None


_MINE = and_(
    Message.id == bindparam("message_id", type_=Id()),
    Message.fence == bindparam("held_fence"),
    Message.state == MessageState.LEASED,
)
_SENT = update(Message).where(_MINE).values(state=MessageState.SENT, sent_at=bindparam("at"), device_id=None)
_AGAIN = (
    update(Message)
    .where(_MINE)
    .values(state=MessageState.QUEUED, send_after=bindparam("at"), attempts=bindparam("tries"))
)
_DEAD = update(Message).where(_MINE).values(state=MessageState.DEAD, outcome=bindparam("why"), device_id=None)


def settle(tx: Tx, held: Held, outcome: Outcome, *, started_at: datetime, jitter: float) -> bool:
    """Write what a try came to. False when the lease had passed on: then only the try itself is recorded."""
    _record(tx, held, outcome, started_at)
    if isinstance(outcome, GoneAddress) and held.token_index is not None and _has_newer_token(tx, held):
        outcome = TryLater("token_renewed")
    following = retry.after(
        outcome,
        held.attempts,
        expires_at=held.expires_at,
        priority=Priority(held.priority),
        now=tx.now,
        jitter=jitter,
    )
    match following:
        case MarkSent():
            return _write(tx, held, _SENT, at=tx.now)
        case TryAgain(at):
            written = _write(tx, held, _AGAIN, at=at, tries=held.attempts)
            failing = held.attempts == PATIENCE
        case Dead(why):
            written = _write(tx, held, _DEAD, why=why.value)
            failing = True
    if written and failing and tx.now < held.expires_at:
        _ask_other_ways(tx, tx.session.get_one(Message, held.message_id, populate_existing=True))
    return written


def _has_newer_token(tx: Tx, held: Held) -> bool:
    """Forget the token that is gone; True when the phone registered another one while this was on its way."""
    gone = delete(Device).where(Device.token_index == held.token_index)
    tx.session.execute(gone.execution_options(synchronize_session=False))
    phone = (
        select(Device.id).join(Message, Message.device_id == Device.id).where(Message.id == held.message_id)
    )
    return tx.session.execute(phone).one_or_none() is not None


def expire(tx: Tx, held: Held) -> None:
    """The message's time is over before it could be tried again."""
    _write(tx, held, _DEAD, why=DeadReason.EXPIRED.value)


def give_back(tx: Tx, held: Held) -> None:
    """A worker that stops before it tried: the message is due again at once, and this was no attempt."""
    _write(tx, held, _AGAIN, at=tx.now, tries=held.attempts - 1)


def _write(tx: Tx, held: Held, statement: Update, **values: Any) -> bool:
    """Whether the lease still held, and the message was written to."""
    whose = {"message_id": held.message_id, "held_fence": held.fence}
    return tx.connection.execute(statement, {**whose, **values}).rowcount == 1


def _record(tx: Tx, held: Held, outcome: Outcome, started_at: datetime) -> None:
    tag = str(outcome.__struct_config__.tag)
    row = {
        "id": new_id(),
        "message_id": held.message_id,
        "fence": held.fence,
        "started_at": started_at,
        "ended_at": tx.now,
        "outcome": tag,
        "code": unheard.written(outcome),
        "provider_id": (getattr(outcome, "provider_id", None) or "")[:200] or None,
    }
    tx.connection.execute(
        tx.upsert(Attempt).on_conflict_do_nothing(index_elements=["message_id", "fence"]), row
    )


def _ask_other_ways(tx: Tx, row: Message) -> None:
    """Owe the same over the person's other channels and newer phones, unless one of them has it in hand.

    Where nothing else has reached somebody who is called, the telephone rings. A code goes to its number only, and
    the synthetic case to its sinks.
    """
    if row.kind in (*trial.CODES, Kind.SOUNDING):
        return
    if row.staff_id is not None:
        others = select(Message.id).where(
            Message.staff_id == row.staff_id,
            Message.obligation == row.obligation,
            Message.id != row.id,
            Message.state != MessageState.DEAD,
            may_reach(Message),
        )
        if tx.session.execute(others.limit(1)).one_or_none() is not None:
            return
    recipient = recipients.again(
        tx,
        programme_id=row.programme_id,
        client_id=row.client_id,
        staff_id=row.staff_id,
        language=row.language,
    )
    obligation = Obligation(
        kind=row.kind,
        dedupe=row.obligation,
        priority=row.priority,
        send_after=tx.now,
        expires_at=row.expires_at,
        data=row.data,
        case_id=row.case_id,
        call_number=row.call_number,
    )
    ring = may_ring(as_called(row.priority, row.kind), row.call_number)
    owe(tx, recipient, obligation, recipients.all_ways(recipient, ring=ring))
