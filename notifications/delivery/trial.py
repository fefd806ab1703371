"""A number or an address on trial: what its code is and where it goes, until it is proved or its time is over."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from notifications.delivery.messages import Kind
from notifications.delivery.staff_models import PendingEmail, PendingNumber
from server.core.db import Tx
from server.people.models import Programme, Staff

NUMBER = "pending_numbers.number"
CODE = "pending_numbers.code"
EMAIL_CODE = "pending_emails.code"

CODES = (Kind.NUMBER_CODE, Kind.EMAIL_CODE)
"""Messages that go to what they prove, and by no other way."""


def on_trial(tx: Tx, kind: str, staff_id: UUID | None, data: Mapping[str, Any]) -> tuple[str, str] | None:
    """(number or address, code) that this message is to carry; None when another code took its place meanwhile."""
    return (_email if kind == Kind.EMAIL_CODE else _number)(tx, staff_id, data)


def _number(tx: Tx, staff_id: UUID | None, data: Mapping[str, Any]) -> tuple[str, str] | None:
    query = (
        select(PendingNumber, Programme.id, Programme.wrapped_key)
        .join(Staff, Staff.id == PendingNumber.staff_id)
        .join(Programme, Programme.id == Staff.programme_id)
        .where(PendingNumber.staff_id == staff_id, PendingNumber.expires_at > tx.now)
    )
    found = tx.session.execute(query).one_or_none()
    if found is None or str(found[0].id) != data.get("pending"):
        return None
    row, programme_id, wrapped = found
    key = tx.vault.subject(programme_id, wrapped)
    return key.open_text(NUMBER, row.id, row.number), key.open_text(CODE, row.id, row.code)


def _email(tx: Tx, staff_id: UUID | None, data: Mapping[str, Any]) -> tuple[str, str] | None:
    query = (
        select(PendingEmail, Staff.email, Programme.id, Programme.wrapped_key)
        .join(Staff, Staff.id == PendingEmail.staff_id)
        .join(Programme, Programme.id == Staff.programme_id)
        .where(
            PendingEmail.staff_id == staff_id,
            PendingEmail.email_index == Staff.email_index,
            PendingEmail.expires_at > tx.now,
        )
    )
    found = tx.session.execute(query).one_or_none()
    if found is None or str(found[0].id) != data.get("pending"):
        return None
    row, email, programme_id, wrapped = found
    key = tx.vault.subject(programme_id, wrapped)
    return key.open_text("staff.email", row.staff_id, email), key.open_text(EMAIL_CODE, row.id, row.code)


def clean(tx: Tx) -> None:
    """Forget codes that were never given back."""
    for table in (PendingNumber, PendingEmail):
        tx.session.execute(delete(table).where(table.expires_at <= tx.now))
