"""The twelve people of the demonstration: one JSON file each, in that person's own way of speaking.

Everybody is invented. Texts hold no crisis number (lines are named by their key in the checked table) and
nothing about methods; phone numbers are of the kind set aside for fiction (555-01xx).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from checkins.schedule import Recurrence
from crisisplans.sections import ENTRY_TYPES, Attestation, ClinicianOnly, PlanDocument, PlanDraft, SectionKey
from notifications.escalations.closing import Disposition
from server.people.schemas import ClientNew
from server.people.terms import CareRole

_IDS = UUID("6f1d3c2e-8a57-4d8b-9a43-0b7b1f5f2d11")


class _Data(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Answered(_Data, frozen=True, kw_only=True):
    """What is special about one check-in; `signs` is warning sign (its place in the plan) to answer."""

    mood: int
    sleep: float
    signs: dict[int, int] = {}
    thoughts: bool = False
    safe_now: str = "safe"
    declined: tuple[str, ...] = ()
    remark: str


class HardDay(Answered, frozen=True, kw_only=True):
    """A day of the three weeks that needed somebody, and how that ended."""

    day: int
    contact: str
    disposition: Disposition
    next_in_days: int


class Ending(Answered, frozen=True, kw_only=True):
    """An unscheduled check-in shortly before now whose case is still open. Minutes, all but the texts."""

    minutes_ago: int
    acknowledged_after: int | None = None
    contact_after: int | None = None
    contact: str = ""
    contact_reached: bool = False


class Remarks(_Data, frozen=True, kw_only=True):
    """Words left at the end of check-ins, by how the day went."""

    low: tuple[str, ...]
    fair: tuple[str, ...]
    good: tuple[str, ...]


class Story(_Data, frozen=True, kw_only=True):
    """Three weeks of one person: mood (0 to 10) and hours of sleep as (day, value) points on a line.

    `answered` is the share of check-ins answered, `help` the life domains they ask for help with.
    """

    answered: float
    mood: tuple[tuple[int, float], ...]
    sleep: tuple[tuple[int, float], ...]
    help: tuple[str, ...] = ()
    hard: tuple[HardDay, ...] = ()
    ending: Ending | None = None
    remarks: Remarks


class Published(_Data, frozen=True, kw_only=True):
    """Why the first plan was written, and with whom."""

    reason: str
    attestation: Attestation


class Later(_Data, frozen=True, kw_only=True):
    """The last entry of a section came only on this day of the story, with a second revision."""

    section: SectionKey
    reason: str
    day: int = 14


class Asked(_Data, frozen=True, kw_only=True):
    """When the person is asked."""

    recurrence: Recurrence
    window_minutes: int
    reminders: tuple[int, ...] = ()


class Voice(_Data, frozen=True, kw_only=True):
    """One person. `plan` is the plan document without ids; safer steps may have `by_in_days` for a date."""

    key: str
    profile: ClientNew
    team: Mapping[CareRole, str]
    publish: Published
    later: Later | None = None
    plan: dict[str, Any]
    clinician_only: ClinicianOnly
    schedules: tuple[Asked, ...]
    story: Story

    def draft(self, today: date) -> PlanDraft:
        """The whole plan as the editor would save it; `today` is the client's."""
        document = {name: self._entries(name, value, today) for name, value in self.plan.items()}
        return PlanDraft(document=msgspec.convert(document, PlanDocument), clinician_only=self.clinician_only)

    def first_draft(self, today: date) -> PlanDraft:
        """The plan as first published: without what came later."""
        draft = self.draft(today)
        if self.later is None:
            return draft
        section = self.later.section
        before = getattr(draft.document, section)[:-1]
        shorter = msgspec.structs.replace(draft.document, **{section.value: before})
        return msgspec.structs.replace(draft, document=shorter)

    def _entries(self, name: str, value: Any, today: date) -> Any:
        if name not in ENTRY_TYPES:
            return value
        return [self._entry(f"{name}/{number}", entry, today) for number, entry in enumerate(value)]

    def _entry(self, place: str, entry: dict[str, Any], today: date) -> dict[str, Any]:
        plain = {key: value for key, value in entry.items() if key != "by_in_days"}
        if "by_in_days" in entry:
            plain["by_on"] = (today + timedelta(days=entry["by_in_days"])).isoformat()
        return {"id": str(uuid5(_IDS, f"{self.key}/{place}")), **plain}


@cache
def everybody() -> tuple[Voice, ...]:
    """All twelve, in the order they are shown; the first three have a check-in open at the first start."""
    files = sorted(
        (file for file in resources.files("server.demo").iterdir() if file.name.startswith("plans_")),
        key=lambda file: file.name,
    )
    return tuple(msgspec.json.decode(file.read_bytes(), type=Voice) for file in files)
