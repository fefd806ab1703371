"""The outbox: what is owed to whom, written in the same transaction as its cause.

An obligation ("call 2 of this case to Mara") becomes one message per channel and device. Its key keeps it
single, however often the work that owes it is repeated. Nothing is sent here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from notifications.delivery import everyday, links, retry, way_order
from notifications.delivery.calls import (
    DeadCall,
    forget_case,
    mark_noticed,
    told,
    told_outside,
    undelivered_calls,
)
from notifications.delivery.cleaning import clean
from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName, MessageState
from notifications.delivery.recipients import (
    Recipient,
    Way,
    all_ways,
    first_choice,
    that_count,
    to_client,
    to_emergency_contact,
    to_staff,
)
from notifications.delivery.retry import Priority
from server.core.bulk import Row, insert_many
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

LONGEST_DEDUPE = 120
_CHUNK = 500


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
    """Owe this to the person, once; returns by how many addresses they can be told (0: by none that is known theirs).

    Urgent and emergency messages go by all channels at once, and so do others with `all_channels`; when the
    telephone rings says `way_order`. Otherwise the first channel in the person's order carries it (with
    `other_channel` the second one where there is one), and the others follow only when it fails. `by` is the
    instant the text names, `data` holds ids for the app. `dedupe`, at most 120 characters, need not name them.
    """
    start = max(tx.now, send_after) if send_after else tx.now
    obligation = Obligation(
        kind=kind.value,
        dedupe=dedupe,
        priority=priority,
        send_after=start,
        expires_at=expires_at or retry.expiry(start, priority),
        data=_with_by(data, by),
        case_id=case_id,
        call_number=call_number,
    )
    everywhere = all_channels or priority <= Priority.URGENT
    if not everywhere:
        return owe(tx, recipient, obligation, first_choice(recipient, other_channel=other_channel))
    pressing = way_order.as_called(priority, kind)
    ways = all_ways(recipient, ring=way_order.rings(pressing, call_number))
    if not that_count(recipient, ways) and way_order.may_ring(pressing, call_number):
        ways = all_ways(recipient)
    return owe(tx, recipient, obligation, ways)


def owe(tx: Tx, recipient: Recipient, obligation: Obligation, ways: Sequence[Way]) -> int:
    """Queue the obligation over these ways, as the person wishes; what is owed, sent or dead stays as it is."""
    kind, at, until = obligation.kind, obligation.send_after, obligation.expires_at
    when = everyday.when_to(tx, recipient.client_id, kind, at, until)
    if when is None:
        return 0
    call, priority = obligation.call_number, obligation.priority
    when = way_order.send_at(
        recipient.wishes, kind, priority=priority, call_number=call, at=when, expires_at=until
    )
    obligation = replace(obligation, send_after=when)
    _insert(tx, [_row(tx.now, recipient, obligation, way) for way in ways])
    if recipient.staff_id and obligation.case_id and call is not None:
        links.issue(
            tx,
            {channel for channel, _ in ways},
            case_id=obligation.case_id,
            staff_id=recipient.staff_id,
            call_number=call,
            expires_at=until,
        )
    return that_count(recipient, ways)


def tell_many(tx: Tx, notices: Sequence[Notice]) -> int:
    """Owe many clients an everyday message, on every phone they have, as they wish; returns how many phones."""
    total = 0
    for first in range(0, len(notices), _CHUNK):
        chunk = notices[first : first + _CHUNK]
        whose = {notice.client_id for notice in chunk}
        reached = everyday.reached(tx, whose)
        rows = [row for notice in chunk for row in _notice_rows(tx, notice, reached.get(notice.client_id))]
        _insert(tx, rows)
        total += len(rows)
    return total


def _notice_rows(tx: Tx, notice: Notice, reached: everyday.Reached | None) -> list[Row]:
    if reached is None:
        return []
    start = max(tx.now, notice.send_after or tx.now)
    when = everyday.when(reached.wishes, notice.kind.value, start, notice.expires_at)
    if when is None:
        return []
    recipient = Recipient(
        programme_id=notice.programme_id, client_id=notice.client_id, language=notice.language
    )
    obligation = Obligation(
        kind=notice.kind.value,
        dedupe=notice.dedupe,
        priority=notice.priority,
        send_after=when,
        expires_at=notice.expires_at,
        data=_with_by(notice.data, notice.by),
    )
    return [_row(tx.now, recipient, obligation, phone) for phone in reached.phones]


def _with_by(data: Mapping[str, str], by: datetime | None) -> dict[str, str]:
    return {**data, "by": by.isoformat()} if by else dict(data)


def _row(now: datetime, recipient: Recipient, obligation: Obligation, way: Way) -> Row:
    """One message."""
    if len(obligation.dedupe) > LONGEST_DEDUPE:
        raise ValueError("this dedupe key is too long to be kept whole")
    channel, address = way
    # a number on trial, a sink, or somebody outside
    no_device = obligation.kind in (Kind.NUMBER_CODE, Kind.SOUNDING) or address == recipient.programme_id
    return {
        "id": new_id(),
        "programme_id": recipient.programme_id,
        "client_id": recipient.client_id,
        "staff_id": recipient.staff_id,
        "channel": channel.value,
        "device_id": None if channel is ChannelName.EMAIL or no_device else address,
        "kind": obligation.kind,
        "language": recipient.language.value,
        "data": dict(obligation.data),
        "case_id": obligation.case_id,
        "call_number": obligation.call_number,
        "obligation": obligation.dedupe,
        "dedupe_key": f"{obligation.dedupe}:{channel}:{address}",
        "priority": int(obligation.priority),
        "state": MessageState.QUEUED.value,
        "send_after": obligation.send_after,
        "expires_at": obligation.expires_at,
        "attempts": 0,
        "fence": 0,
        "created_at": now,
    }


def _insert(tx: Tx, rows: Sequence[Row]) -> None:
    if rows:
        tx.session.flush()
        insert_many(tx, "messages", rows, unless="dedupe_key")
