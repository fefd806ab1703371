"""Tables of escalation: cases, their events (also the live stream), causes, attempts to reach the client."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Identity, Index, Integer, String, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from notifications.escalations.ladder import CaseState
from notifications.escalations.tiers import Tier
from server.core.tables import Base, Key, SealedOrNone, words


class CauseKind(StrEnum):
    """Why a case exists."""

    FLAGGED_ANSWER = "flagged_answer"
    MISSED_RUN = "missed_run"
    HELP_BUTTON = "help_button"
    RAISED_BY_STAFF = "raised_by_staff"
    UNDELIVERED = "undelivered"


class EventKind(StrEnum):
    """What a line of a case's timeline tells."""

    OPENED = "opened"
    JOINED = "joined"
    TIER_RAISED = "tier_raised"
    CALLED = "called"
    PASSED = "passed"
    UNREACHABLE_RECIPIENT = "unreachable_recipient"
    UNDELIVERED = "undelivered"
    LAPSED = "lapsed"
    OWNER_GONE = "owner_gone"
    RESCUED = "rescued"
    REMINDED = "reminded"
    ACKNOWLEDGED = "acknowledged"
    HANDED_OVER = "handed_over"
    CONTACT = "contact"
    CONTACT_WITHDRAWN = "contact_withdrawn"
    SILENCE = "silence"
    PACK_OPENED = "pack_opened"
    COSIGN_ASKED = "cosign_asked"
    COSIGN_REFUSED = "cosign_refused"
    CLOSING_WITHDRAWN = "closing_withdrawn"
    CLOSED = "closed"


class ContactChannel(StrEnum):
    """How somebody tried to reach the client."""

    PHONE = "phone"
    SMS = "sms"
    VIDEO = "video"
    IN_PERSON = "in_person"
    OTHER = "other"


class Copied(TypeDecorator[dict[str, Any]]):
    """JSON that a case goes on without: what cannot be read comes as None, so that the case itself is read."""

    impl = JSON
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        read = super().result_processor(dialect, coltype)

        def process(value: Any) -> Any:
            try:
                return read(value) if read else value
            except ValueError:
                return None

        return process


class Case(Base):
    """The unit of work: exactly one open case per client. Timings and roles are copied in at opening.

    A case without a client is practice (a drill): nothing that is about clients ever comes upon it.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "uq_cases_open_client",
            "client_id",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
            sqlite_where=text("state <> 'closed'"),
        ),
        Index(
            "ix_cases_next_call",
            "next_call_at",
            postgresql_where=text("state <> 'closed'"),
            sqlite_where=text("state <> 'closed'"),
        ),
        Index(None, "programme_id", "state", "id"),
        Index(None, "client_id", "id"),
    )

    id: Mapped[Key]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"))
    tier: Mapped[Tier] = mapped_column(words(Tier))
    state: Mapped[CaseState] = mapped_column(words(CaseState))
    policy: Mapped[dict[str, Any]] = mapped_column(Copied)
    opened_at: Mapped[datetime]
    ladder: Mapped[int] = mapped_column(default=1)
    calls_made: Mapped[int] = mapped_column(default=0)
    next_call_at: Mapped[datetime | None]
    acknowledge_by: Mapped[datetime]
    contact_by: Mapped[datetime]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    acknowledged_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    unreached: Mapped[int] = mapped_column(default=0)
    awaiting_cosign: Mapped[bool] = mapped_column(default=False)
    disposition: Mapped[str | None] = mapped_column(String(32))
    disposition_note: Mapped[SealedOrNone]
    next_contact_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    cosigned_at: Mapped[datetime | None]
    cosigned_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy's own idiom

    @property
    def practice(self) -> bool:
        """Whether this is a drill: nobody needs help."""
        return self.client_id is None


class CaseCause(Base):
    """One reason that opened or joined a case. `source_id` is the answer, check-in or request behind it."""

    __tablename__ = "case_causes"
    __table_args__ = (Index(None, "kind", "source_id", unique=True),)

    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[CauseKind] = mapped_column(words(CauseKind))
    tier: Mapped[Tier] = mapped_column(words(Tier))
    source_id: Mapped[UUID]
    note: Mapped[SealedOrNone]
    at: Mapped[datetime]


class CaseEvent(Base):
    """One line of a case's timeline. `number` orders the live stream; lines are only ever added."""

    __tablename__ = "case_events"
    __table_args__ = (Index(None, "case_id", "number"), Index(None, "programme_id", "number"))

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(always=False), primary_key=True
    )
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[SealedOrNone]
    note_row: Mapped[UUID | None]


class ContactAttempt(Base):
    """A try to reach the client: who, how, when, reached or not, with a sealed note."""

    __tablename__ = "contact_attempts"

    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    channel: Mapped[ContactChannel] = mapped_column(words(ContactChannel))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    reached: Mapped[bool]
    note: Mapped[SealedOrNone]
