"""Who is acting. Every change and every look is done by an actor and is recorded with it."""

from enum import StrEnum
from uuid import UUID

import msgspec


class ActorKind(StrEnum):
    """A person of one of two kinds, or the service itself."""

    STAFF = "staff"
    CLIENT = "client"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in one programme, with the role they act in and the session they came by.

    `may_only_enrol` marks a staff session before a second factor exists: it opens nothing but its enrolment.
    """

    kind: ActorKind
    id: UUID | None = None
    programme_id: UUID | None = None
    role: str = "system"
    session_id: UUID | None = None
    may_only_enrol: bool = False


SYSTEM = Actor(kind=ActorKind.SYSTEM)
NOBODY = Actor(kind=ActorKind.SYSTEM, role="nobody")
