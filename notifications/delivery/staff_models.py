"""Tables of what staff are reached by beside the outbox: wishes, what is not yet verified, links, receipts."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.core.tables import Base, Key, Sealed, words


class StaffWishesRow(Base):
    """How a staff member wants what is neither urgent nor a call. No row: the usual order, no quiet hours.

    `first_ways` are the ways in order, with commas between them. Quiet hours are wall time ("22:00") in the
    programme's zone, both set or neither.
    """

    __tablename__ = "staff_preferences"
    __table_args__ = (CheckConstraint("(quiet_from is null) = (quiet_to is null)", name="quiet_hours_whole"),)

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    first_ways: Mapped[str] = mapped_column(String(40))
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_to: Mapped[str | None] = mapped_column(String(5))
    changed_at: Mapped[datetime]


class PendingNumber(Base):
    """A number that waits for the code sent to it; one for each person. Number and code are sealed."""

    __tablename__ = "pending_numbers"
    __table_args__ = (CheckConstraint("by_sms or by_voice", name="for_something"),)

    id: Mapped[Key]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), unique=True)
    number: Mapped[Sealed]
    code: Mapped[Sealed]
    by_sms: Mapped[bool]
    by_voice: Mapped[bool]
    tries_left: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PendingEmail(Base):
    """An e-mail address that waits for the code sent to it; one for each person. The code is sealed.

    `email_index` is the address's fingerprint when the code was made: of another address it proves nothing.
    """

    __tablename__ = "pending_emails"

    id: Mapped[Key]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), unique=True)
    email_index: Mapped[bytes] = mapped_column(LargeBinary)
    code: Mapped[Sealed]
    tries_left: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LinkUse(StrEnum):
    """Where a link is used: on a page with a button, or by pressing a key in a call."""

    PAGE = "page"
    VOICE = "voice"


class CallLink(Base):
    """A one-time link by which the person called says that they have the case. Only the token's hash is kept.

    `call_number` is the call's, with its ladder, as on the messages of the call.
    """

    __tablename__ = "call_links"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    use: Mapped[LinkUse] = mapped_column(words(LinkUse))
    case_id: Mapped[UUID]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    call_number: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class Receipt(Base):
    """What a provider says later of a message it took. Shown beside the attempt; it decides nothing."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("message_id", "provider_id", "status"),)

    id: Mapped[Key]
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"))
    provider: Mapped[str] = mapped_column(String(8))
    provider_id: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
