"""Writing down what came of a try, and asking the person's other channels when one fails.

Only the worker whose fence the message still bears may write to it, and only while it is leased: a worker
that comes back late records its try, and changes nothing else.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, insert, select, update

from notifications.delivery import recipients, retry
from notifications.delivery.models import Attempt, Device, Message, MessageState
from notifications.delivery.outbox import Obligation, owe
from notifications.delivery.outcomes import GoneAddress, Outcome
from notifications.delivery.retry import Dead, DeadReason, MarkSent, Priority, TryAgain
from server.core.db import Tx
from server.core.tables import new_id

PATIENCE = 4
"""After this many tries of one channel the person's other channels are asked as well."""


class Held(Struct, frozen=True, kw_only=True):
    """A lease on one message. `token_index` tells whether the device still has the token that was tried."""

    message_id: UUID
    fence: int
    attempts: int
    priority: int
    expires_at: datetime
    device_id: UUID | None
    token_index: bytes | None


def settle(tx: Tx, held: Held, outcome: Outcome, *, started_at: datetime, jitter: float) -> bool:
    """Write what a try came to. False when the lease had passed on: then only the try itself is recorded."""
    _record(tx, held, outcome, started_at)
    if isinstance(outcome, GoneAddress) and held.device_id is not None:
        same = (Device.id == held.device_id) & (Device.token_index == held.token_index)
        tx.session.execute(delete(Device).where(same).execution_options(synchronize_session=False))
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
            row = _write(tx, held, state=MessageState.SENT, sent_at=tx.now, outcome=None, device_id=None)
        case TryAgain(at):
            row = _write(tx, held, state=MessageState.QUEUED, send_after=at)
        case Dead(why):
            row = _write(tx, held, state=MessageState.DEAD, outcome=why, device_id=None)
    failing = isinstance(following, Dead) or (isinstance(following, TryAgain) and held.attempts == PATIENCE)
    if row is not None and failing and tx.now < held.expires_at:
        _ask_other_ways(tx, row)
    return row is not None


def expire(tx: Tx, held: Held) -> None:
    """The message's time is over before it could be tried again."""
    _write(tx, held, state=MessageState.DEAD, outcome=DeadReason.EXPIRED, device_id=None)


def give_back(tx: Tx, held: Held) -> None:
    """A worker that stops before it tried: the message is due again at once, and this was no attempt."""
    _write(tx, held, state=MessageState.QUEUED, send_after=tx.now, attempts=held.attempts - 1)


def _write(tx: Tx, held: Held, **values: Any) -> Message | None:
    """The message after writing to it, or None when this lease no longer holds."""
    mine = (
        (Message.id == held.message_id)
        & (Message.fence == held.fence)
        & (Message.state == MessageState.LEASED)
    )
    query = update(Message).where(mine).values(**values).returning(Message)
    return tx.session.scalars(query.execution_options(synchronize_session=False)).one_or_none()


def _record(tx: Tx, held: Held, outcome: Outcome, started_at: datetime) -> None:
    tag = str(outcome.__struct_config__.tag)
    row = {
        "id": new_id(),
        "message_id": held.message_id,
        "fence": held.fence,
        "started_at": started_at,
        "ended_at": tx.now,
        "outcome": tag,
        "code": getattr(outcome, "code", None),
        "provider_id": (getattr(outcome, "provider_id", None) or "")[:200] or None,
    }
    tx.session.connection().execute(insert(Attempt), row)


def _ask_other_ways(tx: Tx, row: Message) -> None:
    """Owe the same over the person's other channels and newer phones, unless one of them has it in hand."""
    if row.staff_id is not None:
        others = select(Message.id).where(
            Message.staff_id == row.staff_id,
            Message.obligation == row.obligation,
            Message.id != row.id,
            Message.state != MessageState.DEAD,
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
    owe(tx, recipient, obligation, recipients.all_ways(recipient))
