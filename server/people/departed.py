"""The table of discharges: who left the programme, when and why, and when they came back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.core.tables import Base, Key, Sealed


class Discharge(Base):
    """One stretch outside the programme. Why is sealed: it may tell of an illness, or that somebody died."""

    __tablename__ = "discharges"

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), index=True)
    reason: Mapped[Sealed]
    discharged_at: Mapped[datetime]
    discharged_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    readmitted_at: Mapped[datetime | None]
    readmitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
