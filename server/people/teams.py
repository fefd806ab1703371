"""Teams, and who was called in for a client: tables, and the mark that says a calendar of duty has changed."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    column,
    exists,
    literal,
    table,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from server.core.db import Tx
from server.core.tables import Base, Id, Instant, Key, new_id

CALLED_IN = timedelta(days=3)
"""How long somebody who was called for a client sees them: over a weekend, until the team has taken over."""

CALENDAR, CHANGED = "calendar_mark", "calendar_changed"
"""Where a transaction keeps what it read of the acting person's programme, and that it changed a calendar itself."""


class Team(Base):
    """People of one programme who share a calendar of duty. The one made first is for every client without a team."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("programme_id", "name"),)

    id: Mapped[Key]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    name: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy's own idiom


class CalledIn(Base):
    """A stretch in which a staff member sees a client because they were called for them (HIPAA minimum necessary)."""

    __tablename__ = "called_in"
    __table_args__ = (Index(None, "staff_id", "client_id", "to_at"),)

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]


_Column = InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]
_PROGRAMMES = table("programmes", column("id", Id()), column("calendar_mark"))


def was_called_in(now: Instant, client_id: _Column, staff_id: _Column | UUID | None) -> ColumnElement[bool]:
    """The condition that this staff member was called for this client lately."""
    return exists().where(
        CalledIn.client_id == client_id,
        CalledIn.staff_id == staff_id,
        CalledIn.from_at <= now,
        CalledIn.to_at > now,
    )


def call_in(tx: Tx, client_id: UUID, staff_id: UUID) -> None:
    """From now on, for `CALLED_IN`, this staff member sees this client."""
    stretch = {"from_at": tx.now, "to_at": tx.now + CALLED_IN}
    tx.session.add(CalledIn(id=new_id(), client_id=client_id, staff_id=staff_id, **stretch))


def calendar_changed(tx: Tx, programme_id: UUID) -> None:
    """Mark that a calendar of the programme is another one from now on: nobody goes on with what they remember.

    The mark is a random number, so that one whose transaction is undone never comes again.
    """
    of_it = update(_PROGRAMMES).where(_PROGRAMMES.c.id == literal(programme_id, Id()))
    tx.connection.execute(of_it.values(calendar_mark=secrets.randbits(62) | 1))
    tx.seen[CHANGED] = True
    tx.seen.pop(CALENDAR, None)
