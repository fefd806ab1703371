"""The table of drills: beside each practice case, whose duty it tests, who asked for it, and how it ended."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.tables import Base, Id, words

_RUNS = text("ended_at is null")


class DrillOutcome(StrEnum):
    """How a drill ended; `broken` where the service itself could not go on with it."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    BROKEN = "broken"


class Drill(Base):
    """One drill. Its practice case has the same id; the calls and the answer are lines of that case's timeline."""

    __tablename__ = "drills"
    __table_args__ = (
        Index("uq_drills_running", "team_id", unique=True, postgresql_where=_RUNS, sqlite_where=_RUNS),
        Index(None, "programme_id", "started_at"),
    )

    case_id: Mapped[UUID] = mapped_column(Id(), ForeignKey("cases.id"), primary_key=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[DrillOutcome | None] = mapped_column(words(DrillOutcome))
