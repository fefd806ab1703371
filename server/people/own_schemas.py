"""Wire shapes of a client's own side: what they agreed to, how they want notices, who looked."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from server.people.consent import ConsentKind
from server.people.schemas import Input, Output
from server.people.terms import Language, LeavingReason, LockChoice

WallTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]


class ConsentIn(Input):
    """What the client says to one item, at the version and in the language they read it in."""

    version: Annotated[int, Meta(ge=1, le=100_000)]
    agreed: bool
    language: Language


class ConsentOut(Output):
    """One item as it is told or asked now, and what the client last said to this version of it.

    `agreed_at` without `withdrawn_at`: agreed. Both: taken back. `withdrawn_at` alone: they said no. Neither: not
    answered yet, or its words have changed since.
    """

    key: str
    kind: ConsentKind
    version: int
    title: str
    text: str
    agreed_at: datetime | None
    withdrawn_at: datetime | None


class MyConsents(Output):
    """Everything a client is told and asked, in their language; `version` counts changes of any of it."""

    version: int
    language: Language
    items: list[ConsentOut]


class ConsentSaid(Output):
    """One thing the client said: to which version, in which language, and when."""

    key: str
    version: int
    language: Language
    agreed_at: datetime | None
    withdrawn_at: datetime | None


class ClientConsents(Output):
    """What staff see: every item in English as it stands, and everything the client ever said, newest first."""

    version: int
    items: list[ConsentOut]
    said: list[ConsentSaid]


class Preferences(Input):
    """How the client wants everyday notices; nothing about a case is ever held back by it.

    Quiet hours are wall time where the client is, both or neither, and may cross midnight.
    """

    language: Language
    reminders: bool
    quiet_from: WallTime | None = None
    quiet_to: WallTime | None = None
    lock: LockChoice | None = None


class OwnDischarge(Output):
    """One time outside the programme. `reason` is empty where it was damaged; `back_at` while it is the last word."""

    at: datetime
    reason: LeavingReason | None
    back_at: datetime | None


class View(Output):
    """Somebody looked: when, who (their name), their role and at what, in the client's words."""

    at: datetime
    who: str
    role: str
    what: str


class ViewList(Output):
    """A page of looks, newest first. The same look of the same person is told once a day, at its latest."""

    views: list[View]
    cursor: int | None = None
