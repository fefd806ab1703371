"""Wire shapes of cases. What a client sees of a case is `ClientCase`, and nothing more."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from notifications.escalations.closing import LONGEST_REASON, Disposition
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import CauseKind, ContactChannel
from notifications.escalations.tiers import Tier
from server.people.schemas import Input, Note, Output

Moment = Annotated[datetime, Meta(tz=True)]
StateAsked = Literal["open", "closed", "all"]
Act = Literal["acknowledge", "take_over", "contact", "withdraw_contact", "hand_over", "close", "cosign"]
ClientState = Literal["waiting", "seen", "in_contact", "calling_again", "closed"]


class HelpAsked(Input):
    """What the client adds to "I need someone", if anything."""

    note: Note | None = None


class HelpReceived(Output):
    """The cry for help is stored and somebody is being called."""

    received_at: datetime
    case_id: UUID
    tier: Tier
    coverage: str


class CaseNew(Input):
    """A case raised by staff. With an `id` chosen by the sender the request may be repeated safely."""

    tier: Tier
    note: Note | None = None
    id: UUID | None = None


class Acknowledge(Input):
    """`take_over`: take the case even though a colleague has it."""

    take_over: bool = False


class ContactNew(Input):
    """A try to reach the client; `at` is now unless it is given.

    Sent again under the same `id`, which the sender chooses, it counts once.
    """

    channel: ContactChannel
    reached: bool
    note: Note | None = None
    at: Moment | None = None
    id: UUID | None = None


class HandOver(Input):
    """The colleague who gets the case."""

    to: UUID
    note: Note | None = None


class Close(Input):
    """How the case ended, why, and when the client is contacted next."""

    disposition: Disposition
    reason: Annotated[str, Meta(max_length=LONGEST_REASON)] | None = None
    next_contact_on: date | None = None


class Cosign(Input):
    """The second supervisor's word on a closing."""

    agree: bool
    note: Note | None = None


SOMEBODY = "Somebody"
"""For whom no name is found."""


class Named(Output):
    """A person by id and name."""

    id: UUID
    name: str

    @classmethod
    def of(cls, person: UUID, names: Mapping[UUID, str]) -> "Named":
        """Whoever stands under this id in `names`."""
        return cls(person, names.get(person, SOMEBODY))


class Cause(Output):
    """A reason for a case."""

    kind: CauseKind
    tier: Tier
    at: datetime


class CaseLine(Output):
    """One case in a list. Limits are instants; `next_call_at` is when the service acts next by itself."""

    id: UUID
    client: Named
    tier: Tier
    state: CaseState
    awaiting_cosign: bool
    causes: list[Cause]
    opened_at: datetime
    owner: Named | None
    acknowledged_at: datetime | None
    contacted_at: datetime | None
    next_call_at: datetime | None
    acknowledge_by: datetime
    contact_by: datetime
    closed_at: datetime | None
    version: int


class CaseList(Output):
    """A page of cases, newest first; `cursor` fetches the next one."""

    cases: list[CaseLine]
    cursor: UUID | None = None


class CauseInFull(Output):
    """A reason for a case with its note; `source_id` is the answer, check-in or request behind it."""

    kind: CauseKind
    tier: Tier
    at: datetime
    source_id: UUID
    note: str | None


class EventOut(Output):
    """One line of the timeline. `people` are the staff it speaks of, `actor` who did it (null: the service)."""

    number: int
    kind: str
    at: datetime
    actor: Named | None
    people: list[Named]
    data: dict[str, Any]
    note: str | None


class ContactOut(Output):
    """A recorded try to reach the client."""

    id: UUID
    staff: Named
    channel: ContactChannel
    at: datetime
    recorded_at: datetime
    reached: bool
    note: str | None


class CaseOut(CaseLine):
    """One case in full: the newest 500 lines of its timeline, and what this person may do with it next."""

    causes_in_full: list[CauseInFull]
    timeline: list[EventOut]
    contacts: list[ContactOut]
    tries_unanswered: int
    disposition: Disposition | None
    reason: str | None
    next_contact_on: date | None
    closed_by: Named | None
    cosigned_by: Named | None
    acts: list[Act]


class ClientCase(Output):
    """A case as the client may see it: one sentence to read, and the facts it is made of."""

    id: UUID
    state: ClientState
    sentence: str
    opened_at: datetime
    seen_by: str | None
    seen_at: datetime | None
    contact_by: datetime | None
    closed_at: datetime | None


class MyCase(Output):
    """The client's case, or nothing."""

    case: ClientCase | None
