"""Tables of the crisis plan: drafts, immutable revisions, receipts, reviews, proposals, and crisis lines."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.core.tables import Base, Key, Sealed, SealedOrNone, words


class CrisisLineRow(Base):
    """A crisis line of one programme's area, with the day it was last checked and by whom."""

    __tablename__ = "crisis_lines"
    __table_args__ = (UniqueConstraint("programme_id", "key"),)

    id: Mapped[Key]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    key: Mapped[str] = mapped_column(String(64))
    line: Mapped[dict[str, Any]] = mapped_column(JSON)
    check_again_by: Mapped[date] = mapped_column(index=True)
    updated_at: Mapped[datetime]


class PlanDraft(Base):
    """The one draft of a client's plan. `version` is its ETag: two clinicians cannot overwrite each other.

    It outlives a publish, so that a version number never means two different texts; `based_on` is the revision
    it started from or was published as. `before` is the text as it was, in `before_version`, when whoever saved last
    began to: what two who write at once both began from.
    """

    __tablename__ = "plan_drafts"

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    body: Mapped[Sealed]
    version: Mapped[int]
    based_on: Mapped[int]
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    before: Mapped[SealedOrNone]
    before_version: Mapped[int | None]


class PlanRevision(Base):
    """A published plan. It never changes (a trigger refuses it); a better plan is a new number."""

    __tablename__ = "plan_revisions"
    __table_args__ = (UniqueConstraint("client_id", "number"),)

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    number: Mapped[int]
    body: Mapped[Sealed]
    clinician_only: Mapped[Sealed]
    reason: Mapped[Sealed]
    client_took_part: Mapped[bool]
    caregiver_involved: Mapped[bool]
    without_client_because: Mapped[SealedOrNone]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))


class PlanReceipt(Base):
    """A phone said that it holds this revision."""

    __tablename__ = "plan_receipts"
    __table_args__ = (UniqueConstraint("client_id", "number", "session_id"),)

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    number: Mapped[int]
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id"))
    received_at: Mapped[datetime]


class PlanReview(Base):
    """A clinician looked at the plan with the client; recorded apart from changing it."""

    __tablename__ = "plan_reviews"

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), index=True)
    number: Mapped[int]
    reviewed_at: Mapped[datetime]
    reviewed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[SealedOrNone]
    next_due_on: Mapped[date]


class ProposalState(StrEnum):
    """What became of a client's proposal."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class PlanProposal(Base):
    """An entry the client would like in the plan (coping, helpers, reasons). The phone chose its id."""

    __tablename__ = "plan_proposals"
    __table_args__ = (Index(None, "client_id", "state"),)

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    section: Mapped[str] = mapped_column(String(32))
    body: Mapped[Sealed]
    state: Mapped[ProposalState] = mapped_column(words(ProposalState))
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    answer: Mapped[SealedOrNone]


class PlanUse(Base):
    """The client used a step of the plan and said whether it helped. Which step is sealed: it tells how they were.

    The phone chose the id. Kept only while they agree to share it; rows are never changed.
    """

    __tablename__ = "plan_uses"
    __table_args__ = (Index(None, "client_id", "used_at"),)

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    body: Mapped[Sealed]
    used_at: Mapped[datetime]
    received_at: Mapped[datetime]


class CopyChannel(StrEnum):
    """How a copy of the plan went out. The phone prints, shares, and fetches PDFs; staff may do all but share."""

    PRINT = "print"
    SHARE = "share"
    PDF = "pdf"
    MAIL = "mail"
    FAX = "fax"
    READ_ALOUD = "read_aloud"


class PlanCopy(Base):
    """A copy of the plan. `number` is the revision it was made of (0: before the first); rows are never changed.

    `given_by` is the staff member who gave it, None where the client made it on the phone. Of a copy that staff
    gave, `recipient` says who got it; None: the client.
    """

    __tablename__ = "plan_copies"
    __table_args__ = (Index(None, "client_id", "made_at"),)

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    number: Mapped[int]
    channel: Mapped[CopyChannel] = mapped_column(words(CopyChannel))
    made_at: Mapped[datetime]
    received_at: Mapped[datetime]
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    recipient: Mapped[SealedOrNone]
    purpose: Mapped[SealedOrNone]
