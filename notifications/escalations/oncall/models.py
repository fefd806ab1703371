"""Tables of the calendar of duty: rotas, overrides, absences, offers to swap, what is handed over, and days looked at.

Nothing of a calendar is ever deleted: what was taken back keeps its row, so that it can be told who was on call, and
why.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from notifications.escalations.models import Copied
from notifications.escalations.rotas.rota import Layer
from server.core.tables import Base, Key, Sealed, words

_STANDS = text("withdrawn_at is null")


class RotaRow(Base):
    """A team's rota from a Monday on. `body` is the `Rota`; `starts_on` stands beside it, should it not be readable."""

    __tablename__ = "rotas"
    __table_args__ = (
        Index(
            "uq_rotas_team_starts_on",
            "team_id",
            "starts_on",
            unique=True,
            postgresql_where=_STANDS,
            sqlite_where=_STANDS,
        ),
    )

    id: Mapped[Key]
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    starts_on: Mapped[date]
    body: Mapped[dict[str, Any]] = mapped_column(Copied)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy's own idiom


class OverrideRow(Base):
    """Somebody stands in for a while. Ids are in the order in which these were made, and the later one counts."""

    __tablename__ = "rota_overrides"
    __table_args__ = (
        Index(None, "team_id", "to_at"),
        CheckConstraint("to_at > from_at", name="ends_after_start"),
    )

    id: Mapped[Key]
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    layer: Mapped[Layer] = mapped_column(words(Layer))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    person_in: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    person_out: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]


class AbsenceRow(Base):
    """A staff member is out of office. `backup` is called in their place; nobody is where it is empty."""

    __tablename__ = "absences"
    __table_args__ = (
        Index(None, "programme_id", "to_at"),
        CheckConstraint("to_at > from_at", name="ends_after_start"),
    )

    id: Mapped[Key]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    person: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    backup: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]


class RotaLook(Base):
    """A programme's calendar was looked ahead in on this day of its own; found: how many holes and short rests."""

    __tablename__ = "rota_looks"

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"), primary_key=True)
    looked_on: Mapped[date] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime]
    found: Mapped[int]


class DutyLook(Base):
    """When it was last looked at who is on duty in a programme soon. Whoever writes the row looks."""

    __tablename__ = "duty_looks"

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"), primary_key=True)
    looked_at: Mapped[datetime]


class Silence(Base):
    """Somebody on duty has no way that works, and supervisors were told. The row goes when a way works again."""

    __tablename__ = "silences"
    __table_args__ = (Index(None, "programme_id"),)

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    told_at: Mapped[datetime]


class DayTold(Base):
    """A case manager's day began, and what it held was told, or was nothing. The key keeps it to once a day."""

    __tablename__ = "days_told"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    told_on: Mapped[date] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]
    cases: Mapped[int]
    contacts: Mapped[int]


class HandoverNote(Base):
    """What somebody who goes off duty leaves for who comes on, sealed under the programme's key. Never changed.

    `for_at` is the end of the turn it was written in, as the calendar had it then.
    """

    __tablename__ = "handover_notes"
    __table_args__ = (Index(None, "team_id", "written_at"),)

    id: Mapped[Key]
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    written_at: Mapped[datetime]
    for_at: Mapped[datetime]
    note: Mapped[Sealed]


class HandoverSeen(Base):
    """Somebody who comes on duty said that they have read what is handed over, up to that moment."""

    __tablename__ = "handovers_seen"
    __table_args__ = (Index(None, "team_id", "seen_at"),)

    id: Mapped[Key]
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    seen_at: Mapped[datetime]


class OfferState(StrEnum):
    """Open until the other one answers, the offer is taken back, or the duty begins."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class DutyOffer(Base):
    """A turn of duty that its holder offers to a colleague, on request for one of theirs (`back_…`, all or none).

    Nothing of it counts before the colleague accepts; then overrides are made.
    """

    __tablename__ = "duty_offers"
    __table_args__ = (
        Index(None, "team_id", "to_at"),
        CheckConstraint("to_at > from_at", name="ends_after_start"),
        CheckConstraint(
            "(back_layer is null) = (back_from_at is null) and (back_layer is null) = (back_to_at is null)",
            name="back_is_whole",
        ),
        CheckConstraint("back_layer in ('primary', 'backup')", name="back_layer"),
    )

    id: Mapped[Key]
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    by_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    layer: Mapped[Layer] = mapped_column(words(Layer))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    back_layer: Mapped[str | None] = mapped_column(String(32))
    back_from_at: Mapped[datetime | None]
    back_to_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    state: Mapped[OfferState] = mapped_column(words(OfferState), default=OfferState.OPEN)
    answered_at: Mapped[datetime | None]
