"""The worker's own table: when each job last finished, so that health can see a worker that stopped."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from server.core.tables import Base


class JobRun(Base):
    """The last finish of one job on any node."""

    __tablename__ = "job_runs"

    job: Mapped[str] = mapped_column(String(32), primary_key=True)
    finished_at: Mapped[datetime]
    items: Mapped[int]
    failures: Mapped[int] = mapped_column(default=0)
