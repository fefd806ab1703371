"""A clock was set back: what was due by the old one would wait for as long again. It is made due.

`catch_up` knows by how much: a job finished in the future, whichever process wrote that and however long ago, so a
restart forgets nothing. Only for the embedded database, whose processes all read the one clock.

`TooFarAhead` is for both, PostgreSQL with its own clock above all. It asks for no reason: what is urgent and waits
longer than anything of ours ever waits is due. It believes only what stands so at two looks a minute apart: for half a
minute after a step of PostgreSQL's clock one node reads the old time and another the new one, and what is made due by
the one would run ahead by the other.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update

from notifications.delivery.models import IS_OWED, ChannelName, Message, MessageState
from notifications.delivery.retry import LEASE, PACES, Priority
from notifications.escalations import jobs as case_jobs
from notifications.escalations.models import Case
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.core.db import Database, Tx
from server.worker_models import JobRun

log = logging.getLogger("handrail.worker")

MORE_THAN = timedelta(seconds=5)
"""A smaller step is corrected by waiting it out."""

Waiting = tuple[UUID, datetime]
"""A case or message, and the instant it waits for."""

_LONGEST_WAIT = PACES[Priority.URGENT].longest_asked


def catch_up(tx: Tx) -> timedelta | None:
    """Make due what emergency and urgent cases wait for by a clock that was ahead; by how much, or None.

    Calls still to be made come when they would have come. What comes too early by this is called early, not late.
    """
    if not tx.sqlite:
        return None
    last: datetime | None = tx.session.scalar(select(func.max(JobRun.finished_at)))
    if last is None or last - tx.now <= MORE_THAN:
        return None
    by: timedelta = last - tx.now
    log.error("the clock was set back by %d s: what waits by the old one is due", by.total_seconds())
    _messages(tx)
    _cases(tx, by)
    tx.connection.execute(update(JobRun).where(JobRun.finished_at > tx.now).values(finished_at=tx.now))
    return by


def _messages(tx: Tx) -> None:
    """Urgent ones that were written by the old clock, or wait longer than any of ours would; and leases given by it."""
    urgent = Message.priority <= Priority.URGENT
    queued = (
        Message.state == MessageState.QUEUED,
        Message.send_after > tx.now,
        or_(Message.created_at > tx.now, Message.send_after > tx.now + _LONGEST_WAIT),
    )
    leased = (Message.state == MessageState.LEASED, Message.send_after > tx.now + LEASE)
    for late in (queued, leased):
        tx.connection.execute(update(Message).where(urgent, *late).values(send_after=tx.now))


def _cases(tx: Tx, by: timedelta) -> None:
    """Who is called next is worked out from the opening: a case goes on as old as it was, by the clock there is now."""
    instants = (Case.opened_at, Case.acknowledge_by, Case.contact_by, Case.next_call_at)
    query = select(Case.id, *instants).where(
        IS_OPEN, Case.tier.in_((Tier.EMERGENCY, Tier.URGENT)), Case.next_call_at > tx.now
    )
    for row in tx.connection.execute(query).mappings().all():
        new = {column.key: row[column.key] - by for column in instants}
        tx.connection.execute(update(Case).where(Case.id == row["id"]).values(new))


class TooFarAhead:
    """What this node saw wait too long, and since when: (id, until when) and the instant of the first look."""

    MOST = 1000
    """So many messages are looked at in one round."""

    SEEN_FOR = timedelta(seconds=45)
    """Longer than nodes may differ after a step of the database's clock."""

    def __init__(self) -> None:
        self._cases: dict[Waiting, datetime] = {}
        self._messages: dict[Waiting, datetime] = {}

    def look(self, db: Database) -> int:
        """One look, every minute: what waited too long at an earlier one and still does is due. How much that was."""
        now, cases, messages = db.read_now(
            lambda tx: (tx.now, case_jobs.waiting_too_long(tx), _messages_too_far(tx))
        )
        self._cases = _still(self._cases, cases, now)
        self._messages = _still(self._messages, messages, now)
        held = [each for each, since in self._messages.items() if now - since >= self.SEEN_FOR]
        if held:
            log.error("%d urgent messages waited longer than any should: they are due", len(held))
            db.write_now(lambda tx: _make_due(tx, held))
        again = [case_id for (case_id, _), since in self._cases.items() if now - since >= self.SEEN_FOR]
        return len(held) + case_jobs.bring_back(db, again)


def _still(seen: dict[Waiting, datetime], found: set[Waiting], now: datetime) -> dict[Waiting, datetime]:
    """Since when each of these was seen; what was seen by a clock that was ahead is seen for the first time."""
    return {each: min(seen.get(each, now), now) for each in found}


def _messages_too_far(tx: Tx) -> set[Waiting]:
    """Urgent ones as in `_messages`; through the index of what is owed."""
    query = (
        select(Message.id, Message.state, Message.created_at, Message.send_after)
        .where(
            IS_OWED,
            Message.channel.in_(tuple(ChannelName)),
            Message.priority.in_((Priority.EMERGENCY, Priority.URGENT)),
            Message.send_after > tx.now,
        )
        .limit(TooFarAhead.MOST)
    )
    longest = {MessageState.QUEUED: _LONGEST_WAIT, MessageState.LEASED: LEASE}
    return {
        (row.id, row.send_after)
        for row in tx.connection.execute(query)
        if row.send_after > tx.now + longest[row.state] or row.created_at > tx.now + MORE_THAN
    }


def _make_due(tx: Tx, held: Iterable[Waiting]) -> None:
    for message_id, until in held:
        still = (Message.id == message_id, Message.send_after == until, IS_OWED)
        tx.connection.execute(update(Message).where(*still).values(send_after=tx.now))
