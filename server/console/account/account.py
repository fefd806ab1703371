"""A staff member's own account: their sessions, their passkeys, their second factor."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from notifications.delivery import emails
from server.core.db import Tx
from server.core.errors import NotFound
from server.people import passkeys, proofs, sessions
from server.people.models import Staff


class Alive(Struct, frozen=True):
    """How long this session lasts if it is not used before; `may_stay`: using it makes it last longer."""

    me: UUID
    seconds_left: int
    may_stay: bool


def shown(tx: Tx) -> dict[str, Any]:
    """The page's facts."""
    row = tx.session.get_one(Staff, tx.actor.id)
    return {
        "address": emails.own(tx),
        "second_factor_since": row.totp_confirmed_at,
        "sessions": sessions.own(tx),
        "passkeys": passkeys.own(tx),
        "fresh": proofs.is_fresh(tx),
    }


def alive(tx: Tx) -> Alive:
    """How long this session still lasts."""
    this = next((each for each in sessions.own(tx) if each.this), None)
    if this is None or tx.actor.id is None:
        raise NotFound
    return Alive(tx.actor.id, _seconds(tx.now, this.ends_at), this.ends_at < this.for_good_at)


def _seconds(now: datetime, until: datetime) -> int:
    return max(0, int((until - now).total_seconds()))


def stay(tx: Tx) -> Alive:
    """Somebody is at the desk: the session counts as used now."""
    if tx.actor.session_id is None:
        raise NotFound
    sessions.touch(tx, tx.actor.session_id)
    tx.session.expire_all()
    return alive(tx)
