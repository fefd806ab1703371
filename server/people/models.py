"""Tables of who exists and who looks after whom. Names, addresses and e-mails are sealed."""

from datetime import date, datetime
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
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from server.core.tables import Base, Key, Sealed, SealedOrNone, words
from server.people.terms import CareRole, Language, LockChoice, RiskLevel, Role


class Installation(Base):
    """One row: a value sealed at `handrail init`, so that a start with other keys is refused."""

    __tablename__ = "installation"

    id: Mapped[Key]
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    keys_check: Mapped[Sealed]
    created_at: Mapped[datetime]


class Programme(Base):
    """A behavioural-health programme. Its people see nothing of any other programme's.

    `emergency_contact_trial` names the last test that was sent to the emergency contact, `emergency_contact_proved_at`
    is when they told the team that it came; whoever writes another address or number empties both.
    """

    __tablename__ = "programmes"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120))
    zone: Mapped[str] = mapped_column(String(64))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    emergency_contact: Mapped[SealedOrNone]
    emergency_contact_trial: Mapped[UUID | None]
    emergency_contact_proved_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    calendar_mark: Mapped[int] = mapped_column(BigInteger, default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy's own idiom


class Staff(Base):
    """A staff member of one programme. `email_index` is a keyed fingerprint, unique within the programme.

    Somebody who works for two programmes has two accounts, and neither programme hears of the other. `email_proved_at`
    is when its owner gave back a code that was mailed to the address; whoever writes another address empties it.
    """

    __tablename__ = "staff"
    __table_args__ = (Index(None, "programme_id", "role"), UniqueConstraint("email_index", "programme_id"))

    id: Mapped[Key]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    role: Mapped[Role] = mapped_column(words(Role))
    name: Mapped[Sealed]
    email: Mapped[Sealed]
    email_index: Mapped[bytes] = mapped_column(LargeBinary)
    email_proved_at: Mapped[datetime | None]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[SealedOrNone]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy's own idiom


class Client(Base):
    """A person the programme looks after. The wrapped key opens everything written by or about them.

    `readmitted_at` is when they last came back: no session that began before counts. `at_risk_since`: since when the
    risk has not been low, whatever it was in between; None while it is.
    """

    __tablename__ = "clients"
    __table_args__ = (Index(None, "programme_id", "id"),)

    id: Mapped[Key]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    zone: Mapped[str] = mapped_column(String(64))
    language: Mapped[Language] = mapped_column(words(Language))
    risk_level: Mapped[RiskLevel] = mapped_column(words(RiskLevel))
    at_risk_since: Mapped[datetime | None]
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id"))
    name: Mapped[Sealed]
    phone: Mapped[SealedOrNone]
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    address: Mapped[SealedOrNone]
    collateral_contacts: Mapped[SealedOrNone]
    plan_revision: Mapped[int] = mapped_column(default=0)
    plan_review_due_on: Mapped[date | None]
    created_at: Mapped[datetime]
    discharged_at: Mapped[datetime | None]
    readmitted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy's own idiom


_RUNS = text("to_at is null")


class CareSpell(Base):
    """A stretch of time in which a staff member is case manager, backup, supervisor or clinician of a client."""

    __tablename__ = "care_spells"
    __table_args__ = (
        Index(None, "client_id", "role", "from_at"),
        Index(None, "staff_id", "client_id", "from_at"),
        Index(
            "ix_care_spells_one_runs",
            "client_id",
            "role",
            unique=True,
            postgresql_where=_RUNS,
            sqlite_where=_RUNS,
        ),
        CheckConstraint("to_at is null or to_at > from_at", name="ends_after_start"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[CareRole] = mapped_column(words(CareRole))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]


class ConsentRow(Base):
    """What a client said to one item they were told or asked, at that item's version. Rows are only ever added.

    The newest row of a key counts. Agreeing, declining and taking back each add one; `agreed_at` is kept in the
    row that takes it back, and is empty where they said no from the start.
    """

    __tablename__ = "consents"
    __table_args__ = (Index(None, "client_id", "key", "id"),)

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    key: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    language: Mapped[Language] = mapped_column(words(Language))
    agreed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class PreferenceRow(Base):
    """How a client wants everyday notices, and the lock they chose on their phone. No row: the defaults.

    Quiet hours are wall time ("22:00") in the client's zone, both set or neither.
    """

    __tablename__ = "client_preferences"
    __table_args__ = (CheckConstraint("(quiet_from is null) = (quiet_to is null)", name="quiet_hours_whole"),)

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    reminders: Mapped[bool]
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_to: Mapped[str | None] = mapped_column(String(5))
    lock: Mapped[LockChoice | None] = mapped_column(words(LockChoice))
    changed_at: Mapped[datetime]


class Invitation(Base):
    """A one-time code. Its first part finds the row, its second part is checked and may be tried few times."""

    __tablename__ = "invitations"
    __table_args__ = (CheckConstraint("(client_id is null) <> (staff_id is null)", name="for_one_person"),)

    id: Mapped[Key]
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"), index=True)
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"), index=True)
    selector: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    verifier: Mapped[bytes] = mapped_column(LargeBinary)
    tries_left: Mapped[int]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SessionScope(StrEnum):
    """What a session may do: everything of its role, or only enrol a second factor."""

    FULL = "full"
    ENROL = "enrol"


class SessionRow(Base):
    """A signed-in phone or browser. Only the hash of its 256-bit token is kept.

    `proved_at` is when a staff member last showed in it who they are, by code or passkey.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index(None, "client_id"),
        Index(None, "staff_id"),
        Index(None, "expires_at"),
        Index(
            "ix_sessions_revoked",
            "revoked_at",
            postgresql_where=text("revoked_at is not null"),
            sqlite_where=text("revoked_at is not null"),
        ),
        CheckConstraint("(client_id is null) <> (staff_id is null)", name="for_one_person"),
    )

    id: Mapped[Key]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    scope: Mapped[SessionScope] = mapped_column(words(SessionScope))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Passkey(Base):
    """A staff member's passkey: the public half of a key pair whose other half never leaves their device."""

    __tablename__ = "passkeys"

    id: Mapped[Key]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[Sealed]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """Random bytes that a device is asked to sign, once and soon. `staff_id` is empty before a sign-in."""

    __tablename__ = "passkey_challenges"

    challenge: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Throttle(Base):
    """Tries counted against one account or one network address (both as keyed fingerprints) in one window."""

    __tablename__ = "throttles"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tries: Mapped[int]
    window_ends_at: Mapped[datetime] = mapped_column(index=True)
