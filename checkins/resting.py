"""Schedules whose time or place has changed by itself: a pause that is over, a client who has travelled.

Both are found by looking at what is, not by being told: whoever changes a client's zone knows nothing of us.
"""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import Executable, Text, and_, bindparam, cast, or_, select, text, update
from sqlalchemy.exc import OperationalError

from checkins import broken, planning, schedules
from checkins.models import Occurrence, ScheduleRow
from server.core.db import Database, Tx
from server.core.tables import Id
from server.people.models import Client

_O, _S = Occurrence, ScheduleRow

_RESTED = (
    select(_S.id)
    .where(text("schedules.state = 'paused'"), _S.paused_until <= bindparam("now"), broken.not_set_aside(_S))
    .order_by(_S.paused_until)
    .limit(bindparam("most"))
)
_HAS_MOVED = and_(planning.IS_SCHEDULED, _O.zone != Client.zone, _O.due_at > bindparam("now"))
_part = (
    select(_O.id, _O.client_id, _O.zone, _O.due_at, _O.retry_at)
    .where(planning.IS_SCHEDULED, _O.schedule_id > bindparam("after", type_=Id()))
    .order_by(_O.schedule_id)
    .limit(bindparam("slice"))
    .subquery("part")
)
_MOVED = (
    select(_part.c.id)
    .join(Client, Client.id == _part.c.client_id)
    .where(
        _part.c.zone != Client.zone,
        _part.c.due_at > bindparam("now"),
        or_(_part.c.retry_at.is_(None), _part.c.retry_at <= bindparam("now")),
    )
)
_LAST_OF_SLICE = (
    select(_O.schedule_id)
    .where(planning.IS_SCHEDULED, _O.schedule_id > bindparam("after", type_=Id()))
    .order_by(_O.schedule_id)
    .limit(1)
    .offset(bindparam("others"))
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


SLICE = 2_000
"""So many waiting check-ins are looked at in one round."""


class Walk(Struct):
    """Where a walk through all that waits stands: what schedules up to `after` wait for was looked at in this turn."""

    after: UUID = UUID(int=0)


def replan_moved(db: Database, walk: Walk | None = None, limit: int = 200, slice_: int = SLICE) -> int:
    """Plan anew what waits in a zone its client has left; returns how many check-ins were looked at again.

    One round looks at `slice_` that wait, in the order of their schedules, and moves the walk on: its work does not
    grow with the number of clients. A client who opens the app is followed at once. What is due already is opened as it
    stands: it was asked for at this time, and must not slip away.
    """
    walk = walk or Walk()

    def find(tx: Tx) -> tuple[list[UUID], UUID | None]:
        here = {"after": walk.after, "slice": slice_, "others": slice_ - 1}
        moved = tx.session.scalars(_MOVED, {"now": tx.now, **here}).all()
        return list(moved), tx.session.scalar(_LAST_OF_SLICE, here)

    moved, last = db.read_now(find)
    walk.after = last or UUID(int=0)
    pieces = [moved[first : first + limit] for first in range(0, len(moved), limit)]
    return sum(
        db.write_now(lambda tx, some=some: _follow(tx, _FOLLOW.where(_O.id.in_(some)))) for some in pieces
    )


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
