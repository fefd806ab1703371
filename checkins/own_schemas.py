"""Wire shapes of a client's own history and of the copy of all their data."""

from datetime import datetime
from typing import Any
from uuid import UUID

from checkins.definition import ItemKind
from crisisplans.own_schemas import OneCopy, OneUse
from crisisplans.schemas import ProposalOut
from crisisplans.sections import PlanDocument
from notifications.escalations.own_cases import OwnCase
from server.people.own_schemas import ConsentSaid, OwnDischarge, Preferences, View
from server.people.schemas import Me, Output


class OwnItem(Output):
    """One question in the client's language, and what they said to it, in words and as it is stored."""

    key: str
    kind: ItemKind
    text: str
    answer: str
    value: Any


class HistoryEntry(Output):
    """One check-in that was answered. `mood` is the answer to the question about mood, where it was given.

    `readable` is false where the stored answer was damaged and does not open; it then has no items.
    """

    id: UUID
    due_at: datetime
    answered_at: datetime
    received_at: datetime
    entered_by_staff: bool
    readable: bool
    items: list[OwnItem]
    mood: int | None


class History(Output):
    """A page of the client's own answers, newest first; `cursor` fetches older ones."""

    entries: list[HistoryEntry]
    cursor: UUID | None = None


class Reached(Output):
    """How the programme would reach the client: their own number and address, as it holds them."""

    phone: str | None
    address: str | None


class OwnRevision(Output):
    """One published plan as the client has it; no `document` where it was damaged and does not open."""

    number: int
    published_at: datetime
    published_by: str
    document: PlanDocument | None


class OwnCopy(Output):
    """Everything of the client's own, for them to keep. `notice` stands where answers are about substance use."""

    made_at: datetime
    profile: Me
    reached: Reached
    preferences: Preferences
    consents: list[ConsentSaid]
    plans: list[OwnRevision]
    proposals: list[ProposalOut]
    steps_used: list[OneUse]
    copies: list[OneCopy]
    checkins: list[HistoryEntry]
    cases: list[OwnCase]
    discharges: list[OwnDischarge]
    looks: list[View]
    notice: str | None
