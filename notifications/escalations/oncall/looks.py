"""When the calendars of a programme are looked at, and how supervisors and administrators are told what was found."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import exists, select

from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.retry import Priority
from notifications.escalations.holders import administrators
from notifications.escalations.oncall.models import RotaLook
from notifications.escalations.rotas.duty import instant
from server.core.db import Database, Tx
from server.core.zones import zone
from server.people import programmes, queries

log = logging.getLogger("handrail.escalations")

LOOKED_FROM = 8
"""The hour from which a programme is looked at: nobody is woken for next week."""

OF_USE = timedelta(hours=12)
"""How long a notice is of use, and what it told counts as told."""


def look_at_each(
    db: Database, due: Callable[[Tx], list[UUID]], look: Callable[[Tx, UUID], int], what: str
) -> int:
    """Look at every programme whose turn it is; returns at how many. One whose look fails holds up no other."""
    done = 0
    for programme_id in db.read_now(due):
        try:
            done += db.write_now(lambda tx, programme_id=programme_id: look(tx, programme_id))
        except Exception as error:  # the next beat tries again
            log.error("programme %s: %s could not be looked at: %s", programme_id, what, type(error).__name__)
    return done


def next_look(tx: Tx, programme_id: UUID) -> datetime:
    """When the programme is looked at next; it may be over, where the look of today is still to come."""
    zone_name = programmes.facts(tx, programme_id).zone
    today = tx.now.astimezone(zone(zone_name)).date()
    todays = (RotaLook.programme_id == programme_id, RotaLook.looked_on == today)
    looked = tx.session.scalar(select(exists().where(*todays)))
    return instant(zone_name, today + timedelta(days=bool(looked)), time(LOOKED_FROM))


def menders(tx: Tx, programme_id: UUID) -> list[UUID]:
    """Every supervisor and administrator, so that somebody is told who can mend it."""
    return [*queries.supervisors(tx, programme_id), *administrators(tx, programme_id)]


def tell(
    tx: Tx,
    people: Sequence[UUID],
    kind: Kind,
    dedupe: str,
    *,
    priority: Priority = Priority.NORMAL,
    expires_at: datetime | None = None,
) -> None:
    """Owe each of them this notice, which is of use for twelve hours unless said otherwise."""
    until = expires_at or tx.now + OF_USE
    for person in people:
        told = outbox.to_staff(tx, person)
        outbox.tell(tx, told, kind, dedupe=dedupe, priority=priority, expires_at=until)
