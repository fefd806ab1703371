"""Wire shapes of plans, proposals and crisis lines. Unknown fields are refused everywhere."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from crisisplans.lines import CrisisLine, LineKind
from crisisplans.models import ProposalState
from crisisplans.quality import Hint
from crisisplans.revisions import Change
from crisisplans.sections import MAX_NOTES, MAX_TEXT, ClinicianOnly, PlanDocument, SectionKey
from server.core.errors import FieldProblem
from server.people.schemas import Input, Output

Text = Annotated[str, Meta(max_length=MAX_TEXT)]
LARGEST_NUMBER = 2**31 - 1
"""What a whole number in the database can hold."""
Number = Annotated[int, Meta(ge=0, le=LARGEST_NUMBER)]


class Who(Output):
    """A staff member, by name."""

    id: UUID
    name: str


class DraftOut(Output):
    """The draft as the editor needs it. `problems` stop a publish, `hints` never do.

    `version` is what If-Match and a publish name; 0 while nothing was saved. `changed` says whether publishing
    would change anything the client has.
    """

    version: int
    based_on: int
    document: PlanDocument
    clinician_only: ClinicianOnly
    changed: bool
    updated_at: datetime | None
    updated_by: Who | None
    hints: tuple[Hint, ...]
    problems: tuple[FieldProblem, ...]


class Publish(Input):
    """Publish the draft as it was at `draft_version`, with the reason for the change and how it was made."""

    draft_version: Number
    reason: Text
    client_took_part: bool
    caregiver_involved: bool
    without_client_because: Text | None = None


class RevisionSummary(Output):
    """One published revision. `on_phone_since` is when a phone of the client first confirmed it."""

    number: int
    published_at: datetime
    published_by: Who
    reason: str
    client_took_part: bool
    caregiver_involved: bool
    without_client_because: str | None
    on_phone_since: datetime | None


class RevisionOut(RevisionSummary):
    """A revision with its text. `clinician_only` is null for those who may not edit plans."""

    document: PlanDocument
    clinician_only: ClinicianOnly | None


class RevisionList(Output):
    """Revisions, newest first; `cursor` fetches older ones."""

    revisions: list[RevisionSummary]
    review_due_on: date | None
    cursor: int | None = None


class Difference(Output):
    """What revision `number` changed compared with revision `against` (0: an empty plan)."""

    number: int
    against: int
    changes: tuple[Change, ...]


class ReviewNew(Input):
    """The plan was gone through together and still holds; `number` is the revision that was looked at."""

    number: Number
    note: Annotated[str, Meta(max_length=MAX_NOTES)] | None = None


class ReviewOut(Output):
    """A review, and when the next one is due."""

    id: UUID
    number: int
    reviewed_at: datetime
    reviewed_by: Who
    note: str | None
    next_due_on: date


class ReviewList(Output):
    """Reviews, newest first."""

    reviews: list[ReviewOut]
    cursor: UUID | None = None


class ProposalNew(Input):
    """An entry the client would like in the plan.

    `entry` has the fields of that section. With the id of an entry in the plan it would replace that entry;
    without an id it is a new one.
    """

    section: SectionKey
    entry: dict[str, Any]


class ProposalOut(Output):
    """A proposal and what became of it; `answer` is what the clinician wrote back to the client."""

    id: UUID
    section: SectionKey
    entry: dict[str, Any]
    state: ProposalState
    proposed_at: datetime
    decided_at: datetime | None
    answer: str | None


class ProposalList(Output):
    """Open proposals first, the longest waiting on top, then the latest decided ones."""

    proposals: list[ProposalOut]


class Decision(Input):
    """Take the entry into the draft, or not; `answer` is read by the client."""

    accept: bool
    answer: Text | None = None


class ClientLine(Output):
    """A crisis line in the client's language. `press` is the key to press after the greeting.

    `keyword` is the word to text first; `other_keys` are further keys by audience. `stale`: its check is overdue.
    """

    key: str
    kind: LineKind
    name: str
    number: str | None
    href: str | None
    keyword: str | None
    press: str | None
    other_keys: dict[str, str]
    languages: tuple[str, ...]
    hours: str
    stale: bool


class ClientPlan(Output):
    """The plan on the phone. `number` is 0 while nothing is published; the national lines are there even then.

    `dial` holds the `tel:` address of every entry with a telephone number, by entry id; the agent of an advance
    directive is "advance_directive".
    """

    number: int
    published_at: datetime | None
    document: PlanDocument
    dial: dict[str, str]
    crisis_lines: tuple[ClientLine, ...]


class LineOut(CrisisLine, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A line of the checked table as staff see it, with what opens it on a phone and whether its check is overdue."""

    href: str | None
    stale: bool


class LineTable(Output):
    """The national lines and the programme's own; `stale` names those whose check is overdue."""

    lines: list[LineOut]
    stale: list[str]


class LineProblem(Output):
    """What is wrong with one line of the file; `line` is 0 when it is about a line that is missing from it."""

    line: int
    column: str
    message: str


class LineImport(Output):
    """What an import did, or would do: how many lines were read, and everything wrong with the file."""

    lines: int
    errors: list[LineProblem]
    applied: bool
