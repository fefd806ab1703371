"""Codes by which staff prove that a number or an e-mail address is theirs.

Rule: a code has six digits, works for ten minutes and may be tried five times. It goes to what it proves, and nowhere
else.
"""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.models import Message, MessageState
from notifications.delivery.outbox import Obligation
from notifications.delivery.recipients import Recipient, Way
from notifications.delivery.retry import Priority
from notifications.delivery.staff_models import PendingEmail, PendingNumber
from server.core.db import Tx
from server.core.errors import Gone, Invalid, Refusal
from server.core.vault import SubjectKey
from server.people import programmes
from server.people.terms import Language

LIFETIME = timedelta(minutes=10)
TRIES = 5

Pending = PendingNumber | PendingEmail


def key(tx: Tx) -> SubjectKey:
    """The acting person's programme's, which seals what waits and its code."""
    return programmes.key(tx, programmes.of_actor(tx))


def new_code() -> str:
    """Six digits nobody can guess."""
    return f"{secrets.randbelow(10**6):06d}"


def send(tx: Tx, row: Pending, kind: Kind, way: Way) -> None:
    """Owe the code to what it proves. It stands in no message: the envelope opens it from its row."""
    obligation = Obligation(
        kind=kind.value,
        dedupe=_obligation(row.id),
        priority=Priority.NORMAL,
        send_after=tx.now,
        expires_at=row.expires_at,
        data={"pending": str(row.id)},
    )
    programme_id = programmes.of_actor(tx).id
    recipient = Recipient(programme_id=programme_id, staff_id=row.staff_id, language=Language.EN)
    outbox.owe(tx, recipient, obligation, [way])


def could_not_be_sent(tx: Tx, row: Pending) -> bool:
    """Whether no more is tried to send it."""
    sent = select(Message.state).where(
        Message.staff_id == row.staff_id, Message.obligation == _obligation(row.id)
    )
    return tx.session.scalar(sent) is MessageState.DEAD


def refusal(tx: Tx, row: Pending, sealed_as: str, given: str, *, over: str) -> Refusal | None:
    """Why what was given is not the code, the try counted; None where it is. `over` is said of one that ran out."""
    if tx.now >= row.expires_at or row.tries_left < 1:
        return Gone(over)
    right = key(tx).open_text(sealed_as, row.id, row.code)
    if not secrets.compare_digest(right.encode(), "".join(given.split()).encode()):
        row.tries_left -= 1
        return Invalid.field("code", "this is not the code that was sent")
    return None


def _obligation(pending_id: UUID) -> str:
    return f"code:{pending_id}"
