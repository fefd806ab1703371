"""Wire shapes of what a client does with their plan: steps used, copies made."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from crisisplans.models import CopyChannel
from crisisplans.sections import SectionKey
from server.people.schemas import Input, Output

Instant = Annotated[datetime, Meta(tz=True)]
EntryId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]


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
    """One copy of the plan: how, when, and of which revision."""

    id: UUID
    number: int
    channel: CopyChannel
    at: datetime


class CopyList(Output):
    """Copies of the plan, newest first; `cursor` fetches older ones."""

    copies: list[OneCopy]
    cursor: UUID | None = None
