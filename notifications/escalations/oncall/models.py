"""Tables of the calendar of duty: rotas, overrides, absences, and the days on which holes ahead were looked for.

Nothing is ever deleted: what was taken back keeps its row, so that it can be told who was on call, and why.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from notifications.escalations.models import Copied
from notifications.escalations.rotas.rota import Layer
from server.core.tables import Base, Key, words

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
