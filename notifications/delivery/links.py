"""One-time links of a call: made when the call is owed, put into its messages, kept only as hashes.

A token is the keyed fingerprint of whom the call is to, so that every try of a message carries the same one though it
is stored nowhere. Without the keys file it cannot be made.
"""

import base64
import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, literal_column, select

from notifications.delivery.models import ChannelName
from notifications.delivery.staff_models import CallLink, LinkUse
from server.core.db import Tx

_BYTES = 16
LONGEST = 40
"""Letters of a token that is looked for at all."""

_PATHS = {LinkUse.PAGE: "/a/", LinkUse.VOICE: "/api/voice/"}
_USES = {
    ChannelName.SMS: LinkUse.PAGE,
    ChannelName.EMAIL: LinkUse.PAGE,
    ChannelName.VOICE: LinkUse.VOICE,
}
"""Push leads into the app, where the person is signed in: no link goes along."""

_NEW_END = literal_column("excluded.expires_at", CallLink.expires_at.type)
"""By name: `Insert.excluded` builds every column of the table anew for each call of a case."""


def path(tx: Tx, channel: ChannelName, case_id: UUID, staff_id: UUID, call_number: int) -> str:
    """The path that a message over this channel carries; empty where it carries none."""
    use = _USES.get(channel)
    return _PATHS[use] + _token(tx, use, case_id, staff_id, call_number) if use else ""


def issue(
    tx: Tx,
    channels: Collection[ChannelName],
    *,
    case_id: UUID,
    staff_id: UUID,
    call_number: int,
    expires_at: datetime,
) -> None:
    """Make the links of one call to one person over these channels; one that exists lives until the later end."""
    uses = sorted({_USES[channel] for channel in channels if channel in _USES})
    for use in uses:
        row: dict[str, Any] = {
            "token_hash": _hash(_token(tx, use, case_id, staff_id, call_number)),
            "use": use,
            "case_id": case_id,
            "staff_id": staff_id,
            "call_number": call_number,
            "expires_at": expires_at,
        }
        made = tx.upsert(CallLink).values(**row)
        made = made.on_conflict_do_update(
            index_elements=[CallLink.token_hash],
            set_={"expires_at": _NEW_END},
            where=CallLink.expires_at < _NEW_END,
        )
        tx.session.execute(made)


def find(tx: Tx, use: LinkUse, token: str, *, lock: bool = False) -> CallLink | None:
    """The link of this token, if there ever was one for this use and it is not long over."""
    if len(token) > LONGEST:
        return None
    query = select(CallLink).where(CallLink.token_hash == _hash(token), CallLink.use == use)
    if lock:
        query = query.with_for_update()
    return tx.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def clean(tx: Tx) -> None:
    """Forget links that are over."""
    tx.session.execute(delete(CallLink).where(CallLink.expires_at <= tx.now))


def _token(tx: Tx, use: LinkUse, case_id: UUID, staff_id: UUID, call_number: int) -> str:
    about = f"{use} {case_id} {staff_id} {call_number}"
    return base64.urlsafe_b64encode(tx.vault.blind("call_links.token", about)[:_BYTES]).decode().rstrip("=")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
