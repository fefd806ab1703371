"""Wire shapes of check-ins, schedules and questionnaires. Unknown fields are refused everywhere."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from checkins.definition import Definition, ItemKind
from checkins.models import OccurrenceState, ScheduleState
from checkins.questions import WireItem
from checkins.schedule import Recurrence
from crisisplans.sections import NextStep
from notifications.escalations.tiers import Tier
from server.people.schemas import Input, Output

Key = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9_.\-]+$(?!\n)")]
Instant = Annotated[datetime, Meta(tz=True)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]


class ScheduleIn(Input):
    """When to ask, by the wall clock where the client is. Send an edit with If-Match."""

    recurrence: Recurrence
    window_minutes: int
    starts_on: date
    ends_on: date | None = None
    reminders: Annotated[tuple[int, ...], Meta(max_length=20)] = ()
    questionnaire_key: Key = "default"


class Pause(Input):
    """Rest until an instant; the reason is for the team."""

    until: Instant
    reason: Reason


class ScheduleOut(Output):
    """A schedule and when it asks next. Paused without an end: the client was discharged; somebody has to resume it."""

    id: UUID
    questionnaire_key: str
    recurrence: Recurrence
    window_minutes: int
    reminders: tuple[int, ...]
    starts_on: date
    ends_on: date | None
    state: ScheduleState
    paused_until: datetime | None
    pause_reason: str | None
    next_due_at: datetime | None
    version: int


class ScheduleList(Output):
    """The schedules of one client."""

    schedules: list[ScheduleOut]


class SignChoice(Input):
    """One warning sign of the published plan to ask about; the answer (0 to 4) flags from `threshold` on."""

    sign_id: Annotated[str, Meta(max_length=64)]
    threshold: Annotated[int, Meta(ge=1, le=4)] = 3


class QuestionnaireNew(Input):
    """A new version: a client's by choosing warning signs, or anybody's by a whole definition.

    `accepts_losses`: it is meant that answers to risk questions raise less than before, or nothing.
    """

    client_id: UUID | None = None
    key: Key = "default"
    signs: Annotated[list[SignChoice], Meta(min_length=1, max_length=7)] | None = None
    definition: Definition | None = None
    accepts_losses: bool = False


class QuestionnaireSummary(Output):
    """One version of a questionnaire."""

    id: UUID
    client_id: UUID | None
    key: str
    number: int
    plan_revision: int | None
    created_at: datetime
    created_by: UUID | None


class QuestionnaireOut(QuestionnaireSummary):
    """One version with everything it asks and flags."""

    definition: Definition


class QuestionnaireList(Output):
    """A page of versions, newest first; `cursor` fetches the next one."""

    questionnaires: list[QuestionnaireSummary]
    cursor: UUID | None = None


class AnswerIn(Input):
    """The answers by item key: a value of the item's kind, or {"declined": true}. What is left out is blank.

    `questionnaire_id` says which questions an unscheduled check-in asked; for any other it is known.
    """

    answered_at: Instant
    answers: Annotated[dict[str, Any], Meta(max_length=100)]
    questionnaire_id: UUID | None = None


class Received(Output):
    """The answer is stored. What was raised, what helps now, and who will look by when."""

    received_at: datetime
    late: bool
    tier: Tier | None
    case_id: UUID | None
    coverage: str
    next_steps: list[NextStep]
    plan_revision: int


class OpenCheckIn(Output):
    """A check-in that waits for an answer."""

    id: UUID
    due_at: datetime
    closes_at: datetime
    questionnaire_id: UUID
    items: list[WireItem]


class NextCheckIn(Output):
    """When the next one opens."""

    due_at: datetime


class RecentCheckIn(Output):
    """One that is over."""

    id: UUID
    due_at: datetime
    state: OccurrenceState
    answered_at: datetime | None


class AnytimeCheckIn(Output):
    """What an unscheduled check-in asks; the phone chooses its id and names this questionnaire."""

    questionnaire_id: UUID
    items: list[WireItem]


class MyCheckIns(Output):
    """Everything the phone needs to ask, also later without a network."""

    open: list[OpenCheckIn]
    next: NextCheckIn | None
    recent: list[RecentCheckIn]
    anytime: AnytimeCheckIn
    coverage: str


class MyCheckIn(Output):
    """One check-in of one's own, with one's answers once they are given."""

    id: UUID
    due_at: datetime
    closes_at: datetime
    state: OccurrenceState
    questionnaire_id: UUID
    items: list[WireItem]
    answered_at: datetime | None
    received_at: datetime | None
    answers: dict[str, Any] | None


class AnsweredItem(Output):
    """One question as it was asked and what was answered, in words for staff."""

    key: str
    kind: ItemKind
    question: str
    answer: str
    value: Any
    risk: bool
    part2: bool


class FlagOut(Output):
    """One rule that fired: its tier and exact words."""

    rule: str
    item: str | None
    tier: Tier
    why: str


class AnswerOut(Output):
    """What a client answered; `entered_by` is the staff member who entered it on their behalf.

    `readable` is false where the stored answer was damaged and does not open.
    """

    answered_at: datetime
    received_at: datetime
    late: bool
    part2: bool
    tier: Tier | None
    entered_by: UUID | None
    readable: bool
    items: list[AnsweredItem]
    flags: list[FlagOut]


class CheckInOut(Output):
    """One check-in as staff see it. `offered` is false where the service was down and nobody was asked."""

    id: UUID
    state: OccurrenceState
    scheduled: bool
    offered: bool
    due_at: datetime
    closes_at: datetime
    answer: AnswerOut | None


class CheckInList(Output):
    """A page of a client's check-ins, newest first; `cursor` fetches the next one."""

    checkins: list[CheckInOut]
    cursor: UUID | None = None
