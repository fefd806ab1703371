"""Tables of the outbox: devices, messages that are owed to somebody, and each attempt to hand one over."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.tables import Base, Key, Sealed, words
from server.people.terms import Language


class ChannelName(StrEnum):
    """The ways a message can travel."""

    FCM = "fcm"
    EMAIL = "email"
    INAPP = "inapp"
    CONSOLE = "console"


class MessageState(StrEnum):
    """Queued → leased → sent; or back to queued; or dead, when this channel cannot reach the person."""

    QUEUED = "queued"
    LEASED = "leased"
    SENT = "sent"
    DEAD = "dead"


class Device(Base):
    """A phone or browser that can be notified. The push token is sealed; its fingerprint finds duplicates."""

    __tablename__ = "devices"
    __table_args__ = (
        Index(None, "client_id"),
        Index(None, "staff_id"),
        CheckConstraint("(client_id is null) <> (staff_id is null)", name="for_one_person"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id"))
    channel: Mapped[ChannelName] = mapped_column(words(ChannelName))
    token: Mapped[Sealed]
    token_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Message(Base):
    """One obligation to tell one person one neutral thing over one channel. `dedupe_key` makes it unique."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "ix_messages_owed",
            "priority",
            "send_after",
            postgresql_where=text("state in ('queued', 'leased')"),
            sqlite_where=text("state in ('queued', 'leased')"),
        ),
        Index(
            "ix_messages_dead_calls",
            "case_id",
            postgresql_where=text("state = 'dead' and case_id is not null and noticed_at is null"),
            sqlite_where=text("state = 'dead' and case_id is not null and noticed_at is null"),
        ),
        Index("ix_messages_case_id", "case_id"),
    )

    id: Mapped[Key]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    channel: Mapped[ChannelName] = mapped_column(words(ChannelName))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("devices.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(32))
    language: Mapped[Language] = mapped_column(words(Language))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    case_id: Mapped[UUID | None]
    call_number: Mapped[int | None]
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    priority: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[MessageState] = mapped_column(words(MessageState), default=MessageState.QUEUED)
    send_after: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(64))
    noticed_at: Mapped[datetime | None]


class Attempt(Base):
    """One try to hand a message to its provider, and what came of it."""

    __tablename__ = "attempts"

    id: Mapped[Key]
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), index=True)
    fence: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(String(64))
    provider_id: Mapped[str | None] = mapped_column(String(200))
