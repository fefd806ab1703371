"""Tables of check-ins: questionnaires, schedules, occurrences, answers and flags."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifications.escalations.tiers import Tier
from server.core.tables import Base, Key, Sealed, SealedOrNone, words


def _set_aside(table: str) -> Index:
    """Finds the few rows of a table that no job could work on."""
    where = text("retry_at is not null")
    return Index(f"ix_{table}_set_aside", "retry_at", postgresql_where=where, sqlite_where=where)


class QuestionnaireRow(Base):
    """One immutable version of a questionnaire: a programme's own, or one client's with their warning signs.

    A client's version is sealed under the client's key (it holds their own words), a programme's under the
    programme's. `number` counts versions of the same `key` for the same client or programme. `created_by` is
    who chose what is asked, and stays so when a new plan refreshes the texts; None: taken from the plan.
    """

    __tablename__ = "questionnaires"
    __table_args__ = (
        Index(None, "client_id", "key", "number", unique=True),
        Index(
            "uq_questionnaires_of_programme",
            "programme_id",
            "key",
            "number",
            unique=True,
            postgresql_where=text("client_id is null"),
            sqlite_where=text("client_id is null"),
        ),
    )

    id: Mapped[Key]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"))
    key: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    plan_revision: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    # Last, so that SQLite finds the other columns without reading through it.
    definition: Mapped[Sealed]


class QuestionnaireDraft(Base):
    """A questionnaire that somebody is writing: the form as they left it, theirs alone, one for each version they
    began from (`start`; empty: from nothing). Sealed under the programme's key."""

    __tablename__ = "questionnaire_drafts"
    __table_args__ = (UniqueConstraint("staff_id", "start"),)

    id: Mapped[Key]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    start: Mapped[str] = mapped_column(String(40))
    body: Mapped[Sealed]
    version: Mapped[int]
    updated_at: Mapped[datetime]


class ScheduleState(StrEnum):
    """A schedule asks, rests for a while, or was taken away."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class ScheduleRow(Base):
    """When one client is asked one questionnaire. `pattern` is wall time; the zone is the client's.

    Paused without `paused_until`: the client was discharged, and it rests until somebody resumes it.

    `asks_from_at` is when it was saved, resumed, or found to have moved to another zone: nothing due before
    that is asked. `version` is its ETag. `retry_at`: as for an occurrence.
    """

    __tablename__ = "schedules"
    __table_args__ = (
        Index(None, "client_id"),
        Index(
            "ix_schedules_paused_until",
            "paused_until",
            postgresql_where=text("state = 'paused'"),
            sqlite_where=text("state = 'paused'"),
        ),
        _set_aside("schedules"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    questionnaire_key: Mapped[str] = mapped_column(String(64))
    pattern: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[ScheduleState] = mapped_column(words(ScheduleState))
    paused_until: Mapped[datetime | None]
    pause_reason: Mapped[SealedOrNone]
    asks_from_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    retry_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy's own idiom


class OccurrenceState(StrEnum):
    """Scheduled → open → answered | missed | excused; a missed one may still be answered late."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    ANSWERED = "answered"
    ANSWERED_LATE = "answered_late"
    MISSED = "missed"
    EXCUSED = "excused"


class Occurrence(Base):
    """One check-in of one client. An unscheduled one has no schedule and the id its phone chose.

    An active schedule has exactly one SCHEDULED row, its next. `opened_at` stays empty where the client was
    never asked (the service was down until the window was over). `rotation` below 0: no rotating question.
    `retry_at`: no job could work on the row, and none takes it up before then.
    """

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("schedule_id", "slot"),
        Index(
            "uq_occurrences_next",
            "schedule_id",
            unique=True,
            postgresql_where=text("state = 'scheduled'"),
            sqlite_where=text("state = 'scheduled'"),
        ),
        Index(
            "ix_occurrences_scheduled",
            "due_at",
            postgresql_where=text("state = 'scheduled'"),
            sqlite_where=text("state = 'scheduled'"),
        ),
        Index(
            "ix_occurrences_closing",
            "closes_at",
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index(
            "ix_occurrences_reminding",
            "remind_at",
            postgresql_where=text("state = 'open' and remind_at is not null"),
            sqlite_where=text("state = 'open' and remind_at is not null"),
        ),
        Index(None, "client_id", "due_at"),
        _set_aside("occurrences"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    schedule_id: Mapped[UUID | None] = mapped_column(ForeignKey("schedules.id"))
    questionnaire_id: Mapped[UUID | None] = mapped_column(ForeignKey("questionnaires.id"))
    slot: Mapped[str | None] = mapped_column(String(16))
    zone: Mapped[str] = mapped_column(String(64))
    tzdata: Mapped[str] = mapped_column(String(16))
    rotation: Mapped[int]
    due_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0)
    state: Mapped[OccurrenceState] = mapped_column(words(OccurrenceState))


_WITH_TIER = text("tier is not null")


class AnswerRow(Base):
    """What was answered, sealed. Accepted once per occurrence; `fingerprint` recognises the same body."""

    __tablename__ = "answers"
    __table_args__ = (
        Index(None, "client_id", "answered_at"),
        Index(None, "occurrence_id", unique=True),
        Index("ix_answers_with_tier", "id", postgresql_where=_WITH_TIER, sqlite_where=_WITH_TIER),
    )

    id: Mapped[Key]
    occurrence_id: Mapped[UUID] = mapped_column(ForeignKey("occurrences.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    body: Mapped[Sealed]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    reply: Mapped[SealedOrNone]
    tier: Mapped[Tier | None] = mapped_column(words(Tier))
    late: Mapped[bool]
    part2: Mapped[bool]
    answered_at: Mapped[datetime]
    received_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class FlagRow(Base):
    """A rule that fired on an answer. Which rule, on which question and why is sealed: it tells what was answered.

    `rule_index` is the rule's keyed fingerprint, so that firings of one rule can be counted.
    """

    __tablename__ = "flags"
    __table_args__ = (Index(None, "rule_index", "raised_at"),)

    id: Mapped[Key]
    answer_id: Mapped[UUID] = mapped_column(ForeignKey("answers.id"), index=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    rule_index: Mapped[bytes] = mapped_column(LargeBinary)
    tier: Mapped[Tier] = mapped_column(words(Tier))
    raised: Mapped[Sealed]
    raised_at: Mapped[datetime]
