"""Tables of the outbox: devices, messages that are owed to somebody, and each attempt to hand one over."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from server.core.tables import Base, Key, Sealed, words
from server.people.terms import Language


class ChannelName(StrEnum):
    """The ways a message can travel. The live stream in the app is no message: it reads the case events."""

    FCM = "fcm"
    WEBPUSH = "webpush"
    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"
    CONSOLE = "console"


PUSH = (ChannelName.FCM, ChannelName.WEBPUSH)
"""The channels that lead to a registered phone or browser."""

NUMBERS = (ChannelName.SMS, ChannelName.VOICE)
"""The channels that lead to a staff member's telephone number."""


class MessageState(StrEnum):
    """Queued → leased → sent; or back to queued; or dead, when this channel cannot reach the person."""

    QUEUED = "queued"
    LEASED = "leased"
    SENT = "sent"
    DEAD = "dead"


class Device(Base):
    """A phone or browser that can be notified, or a staff member's number; a fingerprint finds duplicates.

    `token` is sealed: the token of FCM, a browser's whole subscription as JSON, or a number (E.164). A number is
    here only once its owner gave back the code sent to it, belongs to no session and has one row for each channel.
    """

    __tablename__ = "devices"
    __table_args__ = (
        Index(None, "client_id"),
        Index(None, "staff_id"),
        Index(None, "session_id"),
        Index(None, "seen_at"),
        CheckConstraint("(client_id is null) <> (staff_id is null)", name="for_one_person"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id", ondelete="SET NULL"))
    channel: Mapped[ChannelName] = mapped_column(words(ChannelName))
    token: Mapped[Sealed]
    token_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


# Written out with their values, so that a prepared statement that uses them can be planned over their indexes.
IS_OWED = text("state in ('queued', 'leased')")
IS_DEAD_CALL = text("state = 'dead' and call_number is not null and noticed_at is null")
_ON_DEVICE = text("device_id is not null")
_TO_STAFF = text("staff_id is not null")
_OF_A_CASE = text("case_id is not null")


class Message(Base):
    """One obligation to tell one person one neutral thing over one channel.

    `obligation` is the same on every channel of the person; `dedupe_key` adds the channel and the address, so
    that nothing is owed twice. While leased, `send_after` is when the lease ends. `device_id` is only kept
    while the message is owed; `data` holds ids and, as "by", the instant named in the text.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "ix_messages_owed",
            "channel",
            "priority",
            "send_after",
            postgresql_where=IS_OWED,
            sqlite_where=IS_OWED,
        ),
        Index("ix_messages_dead_calls", "case_id", postgresql_where=IS_DEAD_CALL, sqlite_where=IS_DEAD_CALL),
        Index("ix_messages_device", "device_id", postgresql_where=_ON_DEVICE, sqlite_where=_ON_DEVICE),
        Index(
            "ix_messages_to_staff",
            "staff_id",
            "obligation",
            postgresql_where=_TO_STAFF,
            sqlite_where=_TO_STAFF,
        ),
        # Of calls alone: what asks for messages without a case would read half the table by it.
        Index("ix_messages_case_id", "case_id", postgresql_where=_OF_A_CASE, sqlite_where=_OF_A_CASE),
    )

    id: Mapped[Key]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    channel: Mapped[ChannelName] = mapped_column(words(ChannelName))
    device_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("devices.id", ondelete="SET NULL", onupdate="CASCADE")
    )
    kind: Mapped[str] = mapped_column(String(32))
    language: Mapped[Language] = mapped_column(words(Language))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    case_id: Mapped[UUID | None]
    call_number: Mapped[int | None]
    obligation: Mapped[str] = mapped_column(String(120))
    dedupe_key: Mapped[str] = mapped_column(String(168), unique=True)
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
    """One try to hand a message to its provider, and what came of it. A lease allows one, so its fence names it.

    `code` begins with the providers whose answer was lost, if any (`unheard`).
    """

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("message_id", "fence"),)

    id: Mapped[Key]
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"))
    fence: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(String(64))
    provider_id: Mapped[str | None] = mapped_column(String(200))


class Sounding(Base):
    """One synthetic case: its messages carry the obligation `sounding:` and this id. `turn` counts intervals."""

    __tablename__ = "soundings"

    id: Mapped[Key]
    turn: Mapped[int] = mapped_column(BigInteger, unique=True)
    started_at: Mapped[datetime] = mapped_column(index=True)


class ServedChannel(Base):
    """When any node last said that it carries a channel; a node that lacks the channel leaves it alone then."""

    __tablename__ = "served_channels"

    channel: Mapped[ChannelName] = mapped_column(words(ChannelName), primary_key=True)
    served_at: Mapped[datetime]
