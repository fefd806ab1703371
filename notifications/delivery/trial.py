"""A number on trial: what the code for it says and where it goes, until it is proved or its time is over."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from notifications.delivery.staff_models import PendingNumber
from server.core.db import Tx
from server.people.models import Programme, Staff

NUMBER = "pending_numbers.number"
CODE = "pending_numbers.code"


def on_trial(tx: Tx, staff_id: UUID | None, data: Mapping[str, Any]) -> tuple[str, str] | None:
    """(number, code) that this message is to carry; None when another number took its place meanwhile."""
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


def clean(tx: Tx) -> None:
    """Forget numbers that were never proved."""
    tx.session.execute(delete(PendingNumber).where(PendingNumber.expires_at <= tx.now))
