"""Somebody who is on duty soon falls silent: found within minutes, and told once for each spell of silence.

Rule: every five minutes each programme with a calendar is asked who is on duty from now until its next look of the
day, and for four hours at the least, and has no way that works. Supervisors are told at once, at any hour. A way that
works ends the spell, and the next one is told anew. Whoever is on duty later is told of by the look of the day, every
day that it lasts, but not within twelve hours of the notice before.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select

from notifications.delivery import reachable
from notifications.delivery.messages import Kind
from notifications.delivery.retry import Priority
from notifications.escalations.oncall import looks, unreachable
from notifications.escalations.oncall.models import DutyLook, Silence
from server.core.db import Database, Tx
from server.core.tables import new_id
from server.people import queries
from server.people.models import Programme

EVERY = timedelta(minutes=5)
SOON = timedelta(hours=4)
"""How long before a duty somebody has to know at the least, so that there is time to find another."""


def look_at_duty(db: Database) -> int:
    """Look at every programme whose turn it is; returns at how many. Safe to run twice, and anywhere."""
    return looks.look_at_each(db, _due, _look, "who is on duty")


def _due(tx: Tx) -> list[UUID]:
    query = (
        select(Programme.id)
        .outerjoin(DutyLook, DutyLook.programme_id == Programme.id)
        .where(
            Programme.calendar_mark != 0,
            or_(DutyLook.looked_at.is_(None), _is_due(tx)),
        )
    )
    return list(tx.session.scalars(query))


def _is_due(tx: Tx) -> ColumnElement[bool]:
    """Long enough ago; or in days to come, when the clock was set back."""
    return or_(DutyLook.looked_at <= tx.now - EVERY, DutyLook.looked_at > tx.now + EVERY)


def _look(tx: Tx, programme_id: UUID) -> int:
    """0 where another node looked at this moment."""
    claim = tx.upsert(DutyLook).values(programme_id=programme_id, looked_at=tx.now)
    claim = claim.on_conflict_do_update(
        index_elements=[DutyLook.programme_id],
        set_={"looked_at": tx.now},
        where=_is_due(tx),
    )
    if tx.session.execute(claim.returning(DutyLook.programme_id)).one_or_none() is None:
        return 0
    ahead = max(looks.next_look(tx, programme_id) - tx.now, SOON)
    if newly_silent(tx, programme_id, unreachable.silent_on_duty(tx, programme_id, ahead)):
        # urgent, so that it goes by every way and waits for nobody's quiet hours
        tell(tx, programme_id, f"silent:soon:{new_id()}", Priority.URGENT)
    return 1


def tell(tx: Tx, programme_id: UUID, dedupe: str, priority: Priority) -> None:
    """Tell supervisors that somebody is silent; they alone may open the page that says who it is."""
    people = queries.supervisors(tx, programme_id)
    looks.tell(tx, people, Kind.DUTY_UNREACHABLE, dedupe, priority=priority)


def newly_silent(
    tx: Tx, programme_id: UUID, silent: Collection[UUID], *, again_after: timedelta | None = None
) -> bool:
    """Whether any of these was not told of yet, or not since `again_after`; from now on each of them was."""
    _forget_heard(tx, programme_id)
    found = False
    for person in sorted(silent):
        row = {"staff_id": person, "programme_id": programme_id, "told_at": tx.now}
        kept = tx.upsert(Silence).values(**row)
        if again_after is None:
            kept = kept.on_conflict_do_nothing()
        else:
            kept = kept.on_conflict_do_update(
                index_elements=[Silence.staff_id],
                set_={"told_at": tx.now},
                where=Silence.told_at <= tx.now - again_after,
            )
        found |= tx.session.execute(kept.returning(Silence.staff_id)).one_or_none() is not None
    return found


def _forget_heard(tx: Tx, programme_id: UUID) -> None:
    """End the spell of everybody who has a way again, or has left."""
    known = list(tx.session.scalars(select(Silence.staff_id).where(Silence.programme_id == programme_id)))
    if not known:
        return
    hard = reachable.without_channel(tx, known, programme_id)
    heard = set(known) - {each.staff_id for each in hard if each.silent}
    tx.session.execute(delete(Silence).where(Silence.staff_id.in_(heard)))
