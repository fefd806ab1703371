"""Schedules whose time or place has changed by itself: a pause that is over, a client who has travelled.

Both are found by looking at what is, not by being told: whoever changes a client's zone knows nothing of us.
"""

from uuid import UUID

from sqlalchemy import Executable, Text, and_, bindparam, cast, select, text, update
from sqlalchemy.exc import OperationalError

from checkins import broken, planning, schedules
from checkins.models import Occurrence, ScheduleRow
from server.core.db import Database, Tx
from server.people.models import Client

_O, _S = Occurrence, ScheduleRow

_RESTED = (
    select(_S.id)
    .where(text("schedules.state = 'paused'"), _S.paused_until <= bindparam("now"), broken.not_set_aside(_S))
    .order_by(_S.paused_until)
    .limit(bindparam("most"))
)
_HAS_MOVED = and_(planning.IS_SCHEDULED, _O.zone != Client.zone, _O.due_at > bindparam("now"))
_MOVED = (
    select(_O.id)
    .join(Client, Client.id == _O.client_id)
    .where(_HAS_MOVED, broken.not_set_aside(_O))
    .limit(bindparam("most"))
)
_FOLLOW = (
    select(
        _O.id,
        _O.client_id,
        _O.schedule_id,
        cast(_S.pattern, Text).label("pattern"),
        Client.zone.label("client_zone"),
    )
    .join(_S, _S.id == _O.schedule_id)
    .join(Client, Client.id == _O.client_id)
    .where(_HAS_MOVED)
    .with_for_update(of=_O, skip_locked=True)
)


def wake_rested(db: Database, limit: int = 100) -> int:
    """Resume schedules whose pause is over, as of its end: what was due since then counts.

    One that cannot be resumed is set aside and harms no other.
    """

    def find(tx: Tx) -> list[UUID]:
        return list(tx.session.scalars(_RESTED, {"now": tx.now, "most": limit}))

    woken = 0
    for schedule_id in db.read_now(find):
        try:
            woken += db.write_now(lambda tx, one=schedule_id: _wake(tx, one))
        except OperationalError:  # the database's trouble, not this row's: the next beat tries again
            raise
        except Exception as error:
            broken.set_one_aside(db, _S, schedule_id, "schedule", error)
    return woken


def _wake(tx: Tx, schedule_id: UUID) -> int:
    query = (
        select(_S, Client.zone)
        .join(Client, Client.id == _S.client_id)
        .where(_S.id == schedule_id, text("schedules.state = 'paused'"), _S.paused_until <= tx.now)
        .with_for_update(of=_S, skip_locked=True)
    )
    found = tx.session.execute(query).one_or_none()
    if found is None or found[0].paused_until is None:
        return 0
    schedules.wake(tx, found[0], found[1], found[0].paused_until)
    return 1


def replan_moved(db: Database, limit: int = 200) -> int:
    """Plan anew what waits in a zone its client has left; returns how many check-ins were looked at.

    What is due already is opened as it stands: it was asked for at this time, and must not slip away.
    """

    def find(tx: Tx) -> list[UUID]:
        return list(tx.session.scalars(_MOVED, {"now": tx.now, "most": limit}))

    moved = db.read_now(find)
    return db.write_now(lambda tx: _follow(tx, _FOLLOW.where(_O.id.in_(moved)))) if moved else 0


def follow_client(tx: Tx, client_id: UUID) -> None:
    """The same for one client, at once. What cannot be planned anew stays as it is."""
    _follow(tx, _FOLLOW.where(_O.client_id == client_id))


def _follow(tx: Tx, query: Executable) -> int:
    """Plan the next check-ins by the wall clock of where their clients are now."""
    rows = tx.connection.execute(query, {"now": tx.now}).all()
    aside: list[UUID] = []
    for row in rows:
        try:
            pattern = planning.pattern_in(row.pattern)
            planning.ahead(tx, row.schedule_id, pattern, row.client_zone, tx.now)
        except broken.DAMAGE as error:
            broken.tell_of(row.id, "check-in", error)
            aside.append(row.id)
            continue
        moved_at = update(_S).where(_S.id == row.schedule_id).values(asks_from_at=tx.now)
        tx.connection.execute(moved_at)
        planning.replan(tx, row.schedule_id, row.client_id, pattern, row.client_zone, not_before=tx.now)
    broken.set_aside(tx, _O, aside)
    return len(rows)
