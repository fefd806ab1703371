"""This machine's clock was set back: what was due by the old clock would wait for as long again. It is made due.

Noticed by a job that finished in the future, whichever process wrote that and however long ago; so a restart forgets
nothing. Only for the embedded database, whose processes all read the one clock: PostgreSQL has its own.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update

from notifications.delivery.models import Message, MessageState
from notifications.delivery.retry import LEASE, PACES, Priority
from notifications.escalations.models import Case
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.worker_models import JobRun

log = logging.getLogger("handrail.worker")

MORE_THAN = timedelta(seconds=5)
"""A smaller step is corrected by waiting it out."""

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
