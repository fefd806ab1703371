"""The outbox: what is owed to whom, written in the same transaction as its cause.

An obligation ("call 2 of this case to Mara") becomes one message per channel and device. Its key keeps it
single, however often the work that owes it is repeated. Nothing is sent here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from notifications.delivery import devices, retry
from notifications.delivery.calls import (
    DeadCall,
    forget_case,
    mark_noticed,
    told,
    told_outside,
    undelivered_calls,
)
from notifications.delivery.messages import Kind
from notifications.delivery.models import Attempt, ChannelName, Device, Message, MessageState
from notifications.delivery.recipients import (
    Recipient,
    Way,
    all_ways,
    first_choice,
    to_client,
    to_emergency_contact,
    to_staff,
)
from notifications.delivery.retry import Priority
from server.core.db import Tx
from server.core.tables import new_id
from server.people.terms import Language

__all__ = [
    "DeadCall",
    "Notice",
    "Obligation",
    "Recipient",
    "clean",
    "forget_case",
    "mark_noticed",
    "owe",
    "tell",
    "tell_many",
    "to_client",
    "to_emergency_contact",
    "to_staff",
    "told",
    "told_outside",
    "undelivered_calls",
]

KEPT = timedelta(days=400)
"""How long a settled message is kept that belongs to no case. Messages of a case stay with the case."""

LONGEST_DEDUPE = 120
_CHUNK = 500
_CLEANED_AT_ONCE = 2000


class Notice(Struct, frozen=True, kw_only=True):
    """One everyday message to one client, for `tell_many`; the fields mean what they mean in `tell`."""

    programme_id: UUID
    client_id: UUID
    language: Language
    kind: Kind
    dedupe: str
    expires_at: datetime
    priority: Priority = Priority.NORMAL
    send_after: datetime | None = None
    by: datetime | None = None
    data: Mapping[str, str] = {}


class Obligation(Struct, frozen=True, kw_only=True):
    """What every message of one obligation has in common."""

    kind: str
    dedupe: str
    priority: int
    send_after: datetime
    expires_at: datetime
    data: Mapping[str, str]
    case_id: UUID | None = None
    call_number: int | None = None


def tell(
    tx: Tx,
    recipient: Recipient,
    kind: Kind,
    *,
    dedupe: str,
    priority: Priority,
    expires_at: datetime | None = None,
    by: datetime | None = None,
    case_id: UUID | None = None,
    call_number: int | None = None,
    data: Mapping[str, str] = {},
    all_channels: bool = False,
    other_channel: bool = False,
    send_after: datetime | None = None,
) -> int:
    """Owe this to the person, once; returns by how many addresses they can be told (0: by none).

    Urgent and emergency messages go by all channels at once, and so do others with `all_channels`. Otherwise
    the first channel carries it (push where there is a phone, else e-mail; with `other_channel` the second
    one where there is one), and the others follow only when it fails. `by` is the instant the text names,
    `data` holds ids for the app. `dedupe`, at most 120 characters, need not name the person.
    """
    start = max(tx.now, send_after) if send_after else tx.now
    obligation = Obligation(
        kind=kind,
        dedupe=dedupe,
        priority=priority,
        send_after=start,
        expires_at=expires_at or retry.expiry(start, priority),
        data=_with_by(data, by),
        case_id=case_id,
        call_number=call_number,
    )
    everywhere = all_channels or priority <= Priority.URGENT
    ways = all_ways(recipient) if everywhere else first_choice(recipient, other_channel=other_channel)
    owe(tx, recipient, obligation, ways)
    return len(ways)


def owe(tx: Tx, recipient: Recipient, obligation: Obligation, ways: Sequence[Way]) -> None:
    """Queue the obligation over these ways; what is owed, sent or dead already stays as it is."""
    _insert(tx, [_row(tx, recipient, obligation, way) for way in ways])


def tell_many(tx: Tx, notices: Sequence[Notice]) -> int:
    """Owe many clients an everyday message, on every phone they have; returns how many phones."""
    total = 0
    for first in range(0, len(notices), _CHUNK):
        chunk = notices[first : first + _CHUNK]
        whose = {notice.client_id for notice in chunk}
        query = select(Device.client_id, Device.id).where(
            Device.client_id.in_(whose), devices.usable_at(tx.now)
        )
        phones: dict[UUID | None, list[UUID]] = {}
        for client_id, device_id in tx.session.execute(query):
            phones.setdefault(client_id, []).append(device_id)
        rows = [row for notice in chunk for row in _notice_rows(tx, notice, phones.get(notice.client_id, []))]
        _insert(tx, rows)
        total += len(rows)
    return total


def _notice_rows(tx: Tx, notice: Notice, phones: Sequence[UUID]) -> list[dict[str, Any]]:
    recipient = Recipient(
        programme_id=notice.programme_id, client_id=notice.client_id, language=notice.language
    )
    obligation = Obligation(
        kind=notice.kind,
        dedupe=notice.dedupe,
        priority=notice.priority,
        send_after=max(tx.now, notice.send_after or tx.now),
        expires_at=notice.expires_at,
        data=_with_by(notice.data, notice.by),
    )
    return [_row(tx, recipient, obligation, (ChannelName.FCM, device_id)) for device_id in phones]


def _with_by(data: Mapping[str, str], by: datetime | None) -> dict[str, str]:
    return {**data, "by": by.isoformat()} if by else dict(data)


def _row(tx: Tx, recipient: Recipient, obligation: Obligation, way: Way) -> dict[str, Any]:
    if len(obligation.dedupe) > LONGEST_DEDUPE:
        raise ValueError("this dedupe key is too long to be kept whole")
    channel, address = way
    return {
        "id": new_id(),
        "programme_id": recipient.programme_id,
        "client_id": recipient.client_id,
        "staff_id": recipient.staff_id,
        "channel": channel,
        "device_id": None if channel is ChannelName.EMAIL else address,
        "kind": obligation.kind,
        "language": recipient.language,
        "data": dict(obligation.data),
        "case_id": obligation.case_id,
        "call_number": obligation.call_number,
        "obligation": obligation.dedupe,
        "dedupe_key": f"{obligation.dedupe}:{channel}:{address}",
        "priority": int(obligation.priority),
        "state": MessageState.QUEUED,
        "send_after": obligation.send_after,
        "expires_at": obligation.expires_at,
        "attempts": 0,
        "fence": 0,
        "created_at": tx.now,
    }


def _insert(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    tx.session.flush()
    insert = sqlite_insert if tx.sqlite else postgresql_insert
    statement = insert(Message).on_conflict_do_nothing(index_elements=[Message.dedupe_key])
    tx.session.connection().execute(statement, list(rows))


def clean(tx: Tx) -> int:
    """Remove a bounded number of long settled messages of no case, and devices that no longer count."""
    devices.clean(tx)
    before = tx.now - KEPT
    query = select(Message.id).where(
        Message.id < _first_id_of(before),
        Message.case_id.is_(None),
        Message.state.in_((MessageState.SENT, MessageState.DEAD)),
        Message.created_at < before,
    )
    old = list(tx.session.scalars(query.order_by(Message.id).limit(_CLEANED_AT_ONCE)))
    tx.session.execute(delete(Attempt).where(Attempt.message_id.in_(old)))
    tx.session.execute(delete(Message).where(Message.id.in_(old)))
    return len(old)


def _first_id_of(at: datetime) -> UUID:
    """The lowest UUIDv7 of that moment: ids are in time order, so the primary key finds what is old."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62)
