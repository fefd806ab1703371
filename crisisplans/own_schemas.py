"""Wire shapes of what happens with a plan: steps used, copies made by the client and given by staff."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from crisisplans.models import CopyChannel
from crisisplans.schemas import LARGEST_NUMBER
from crisisplans.sections import SectionKey
from server.people.schemas import Input, Line, Output

Instant = Annotated[datetime, Meta(tz=True)]
Purpose = Annotated[str, Meta(max_length=500)]
EntryId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$(?!\n)")]


class UseIn(Input):
    """A step of the plan was used: which (no `entry_id`: the section as a whole), when, and whether it helped."""

    at: Instant
    section: SectionKey
    helped: bool
    entry_id: EntryId | None = None


class CopyIn(Input):
    """A copy of the plan was printed or shared from the phone."""

    at: Instant
    channel: Literal["print", "share"]


class CopyGiven(Input):
    """A staff member gave a copy of revision `number`. No `recipient`: to the client. No `at`: now.

    With an `id` of the sender's choice the same copy sent twice is logged once. The client can read `recipient`
    and `purpose`.
    """

    number: Annotated[int, Meta(ge=1, le=LARGEST_NUMBER)]
    channel: Literal["print", "pdf", "mail", "fax", "read_aloud"]
    recipient: Line | None = None
    purpose: Purpose = ""
    at: Instant | None = None
    id: UUID | None = None


class UsedEntry(Output):
    """How often one step was used and helped. `text` is None where the plan no longer has it."""

    section: SectionKey
    entry_id: str | None
    text: str | None
    helped: int
    did_not_help: int
    last_used_at: datetime


class PlanUses(Output):
    """What the client shares about their plan, the step used last first; nothing without their consent."""

    consented: bool
    entries: list[UsedEntry]


class OneUse(Output):
    """One use of a step."""

    at: datetime
    section: SectionKey
    entry_id: str | None
    helped: bool


class OneCopy(Output):
    """One copy of the plan: how, when, and of which revision.

    `given_by` names the staff member who gave it (null: the client made it on the phone) and `recipient` who got
    it (null: the client).
    """

    id: UUID
    number: int
    channel: CopyChannel
    at: datetime
    given_by: str | None = None
    recipient: str | None = None
    purpose: str | None = None


class CopyList(Output):
    """Copies of the plan, newest first; `cursor` fetches older ones."""

    copies: list[OneCopy]
    cursor: UUID | None = None
