"""Wire shapes of people, teams and sign-in. Unknown fields are refused everywhere."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from server.people.terms import CareRole, Language, LeavingReason, RiskLevel, Role

Name = Annotated[str, Meta(max_length=200)]
"""What somebody is called; the verb that takes it checks that it can be read (`given.checked_name`)."""
Line = Annotated[
    str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$(?!\n)")
]
"""One line with something on it: no line breaks, which other systems would read as their own."""
Note = Annotated[str, Meta(max_length=2000)]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$(?!\n)")]
"""As it is typed at sign-in; whether mail can reach it is asked of a new one (`given.checked_email`)."""
Secret = Annotated[str, Meta(min_length=1, max_length=256)]


class Input(Struct, forbid_unknown_fields=True):
    """What comes in."""


class Output(Struct):
    """What goes out."""


class SignIn(Input):
    """E-mail, password and the current code of the authenticator app."""

    email: Email
    password: Secret
    otp: Annotated[str, Meta(max_length=10)] | None = None


class Activate(Input):
    """A new staff member's code and the password they choose."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    password: Secret


class Pair(Input):
    """The code from the invitation."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]


class ConfirmTotp(Input):
    """The first code of a newly added authenticator app."""

    otp: Annotated[str, Meta(min_length=6, max_length=10)]


class StepUp(Input):
    """A fresh code of the authenticator app, for a sensitive act."""

    otp: Annotated[str, Meta(min_length=6, max_length=10)]


class TotpSecret(Output):
    """What an authenticator app needs: the secret, its address, and the same as a QR picture (SVG)."""

    secret: str
    address: str
    qr: str


class StaffOut(Output):
    """A staff member as colleagues see them; their e-mail address, and since when it is proved, for administrators."""

    id: UUID
    name: str
    role: Role
    email: str | None = None
    email_proved_at: datetime | None = None
    second_factor: bool = False
    left_at: datetime | None = None


class StaffNew(Input):
    """A new staff member; they get a code to set their own password."""

    name: Name
    email: Email
    role: Role


class StaffEmail(Input):
    """Another e-mail address for a staff member, in place of the one that is written down."""

    email: Email


class StaffCreated(Output):
    """The new staff member and the one-time code to hand over in person."""

    staff: StaffOut
    activation_code: str
    expires_at: datetime


class StaffList(Output):
    """A page of staff."""

    staff: list[StaffOut]
    cursor: UUID | None = None


class CollateralContact(Input):
    """Somebody who may know where the client is; `consented` says whether staff may call them."""

    name: Name
    relation: Annotated[str, Meta(max_length=80)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    consented: bool = False


class ClientNew(Input):
    """A new client, with what a welfare check would need. With an `id` of the sender's choice it may be sent twice."""

    name: Name
    zone: Annotated[str, Meta(max_length=64)]
    language: Language = Language.EN
    risk_level: RiskLevel = RiskLevel.LOW
    phone: Annotated[str, Meta(max_length=40)] | None = None
    address: Note | None = None
    collateral_contacts: Annotated[list[CollateralContact], Meta(max_length=10)] = []
    id: UUID | None = None


class ClientEdit(Input):
    """The whole client record as edited; send it with If-Match."""

    name: Name
    zone: Annotated[str, Meta(max_length=64)]
    language: Language
    risk_level: RiskLevel
    phone: Annotated[str, Meta(max_length=40)] | None = None
    address: Note | None = None
    collateral_contacts: Annotated[list[CollateralContact], Meta(max_length=10)] = []


class DischargeIn(Input):
    """Why a client leaves the programme. `note` says more; it is needed for "lost_touch" and "other"."""

    reason: LeavingReason
    note: Note | None = None


class CareHolder(Output):
    """Who holds a care role now."""

    role: CareRole
    staff: StaffOut
    from_at: datetime


class ClientSummary(Output):
    """One line of the caseload."""

    id: UUID
    name: str
    zone: str
    language: Language
    risk_level: RiskLevel
    plan_revision: int


ClientWord = Literal["phone", "address", "collateral_contacts"]


class ClientOut(Output):
    """A client's record. `discharged_at` is empty while they are in the programme.

    `unreadable` names what is stored and does not open, since it was damaged; it is shown as empty.
    """

    id: UUID
    name: str
    zone: str
    language: Language
    risk_level: RiskLevel
    plan_revision: int
    phone: str | None
    address: str | None
    collateral_contacts: list[CollateralContact]
    unreadable: list[ClientWord]
    care_team: list[CareHolder]
    discharged_at: datetime | None
    version: int


class ClientList(Output):
    """A page of clients; `cursor` fetches the next one."""

    clients: list[ClientSummary]
    cursor: UUID | None = None


class CareSpellNew(Input):
    """Give a care role to a staff member from now on; the one before ends. No `staff_id` leaves it empty."""

    role: CareRole
    staff_id: UUID | None = None


class InvitationOut(Output):
    """A pairing code, shown once; the QR (SVG) holds the same as a link."""

    code: str
    link: str
    qr: str
    expires_at: datetime


class Me(Output):
    """Who the phone belongs to, how their programme is called, and the name of their case manager of now."""

    id: UUID
    name: str
    programme: str
    zone: str
    language: Language
    plan_revision: int
    case_manager: str | None


class SignedIn(Output, omit_defaults=True):
    """A session has begun. A native app keeps `token`; a browser gets a cookie and no token."""

    token: str | None = None


class StaffSignedIn(SignedIn, kw_only=True):
    """A staff session; with `second_factor_needed` it opens nothing but adding one (/api/me/totp)."""

    staff: StaffOut
    second_factor_needed: bool


class ClientSignedIn(SignedIn, kw_only=True):
    """The session of a client's phone."""

    client: Me
