"""What a crisis plan holds, and what it tells the client to do now.

Sections follow safety planning (Stanley & Brown 2012), with reasons for living as crisis response planning
has them (Bryan). `PlanDocument` is all the client sees; `ClinicianOnly` stays beside it, never inside it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, cast

import msgspec

from crisisplans.lines import IN_EVERY_PLAN, CrisisLine, line_href, line_table, tel_href
from server.people.terms import Language

MAX_ENTRIES = 30
MAX_TEXT = 500
MAX_NOTES = 2000


class SectionKey(StrEnum):
    """The stable names of the sections, in the order a plan is read."""

    WARNING_SIGNS = "warning_signs"
    COPING = "coping"
    DISTRACTIONS = "distractions"
    HELPERS = "helpers"
    PROFESSIONALS = "professionals"
    CRISIS_LINES = "crisis_lines"
    SAFER_SURROUNDINGS = "safer_surroundings"
    REASONS = "reasons"
    WHAT_HELPS_STAFF = "what_helps_staff"


class Stage(StrEnum):
    """How far a crisis has come when a warning sign shows."""

    EARLY = "early"
    BREAKING_DOWN = "breaking_down"
    CRISIS = "crisis"


class DistractionKind(StrEnum):
    """What takes my mind off it."""

    PERSON = "person"
    PLACE = "place"
    ACTIVITY = "activity"


class FirearmAccess(StrEnum):
    """What the client said about access to firearms; `declined`: did not want to answer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    DECLINED = "declined"


class Counselling(StrEnum):
    """Whether safe storage of lethal means has been talked through with the client."""

    COMPLETED = "completed"
    DECLINED = "declined"
    NO_ACCESS = "no_access"
    NOT_APPLICABLE = "not_applicable"


class WarningSign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One personal sign. Check-ins ask about it by `id`, so the id outlives every rewording."""

    id: str
    text: str
    stage: Stage


class Coping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing I do alone; `likelihood` 1 (hardly) to 5 (surely), `obstacle` what could get in the way."""

    id: str
    text: str
    likelihood: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    obstacle: str | None = None


class Distraction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person, place or activity that takes my mind off it; nobody has to be told anything."""

    id: str
    text: str
    kind: DistractionKind
    where: str | None = None
    phone: str | None = None


class Helper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person I ask for help; staff may contact them only where the client consented."""

    id: str
    name: str
    phone: str | None = None
    relation: str | None = None
    best_times: str | None = None
    staff_may_contact: bool = False


class Professional(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A professional, an agency or an urgent care place."""

    id: str
    name: str
    role: str | None = None
    phone: str | None = None
    address: str | None = None
    hours: str | None = None


class SaferStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step that makes my surroundings safer."""

    id: str
    action: str
    who_helps: str | None = None
    by_on: date | None = None
    done: bool = False


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reason for living, or a strength."""

    id: str
    text: str


class AdvanceDirective(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an advance directive is, if there is one (None: not asked); a plan is never one itself."""

    exists: bool | None = None
    where: str | None = None
    agent_phone: str | None = None


class WhatHelpsStaff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the client wants staff to know when they meet in a crisis."""

    helps: str | None = None
    does_not_help: str | None = None
    preferred_hospital: str | None = None
    advance_directive: AdvanceDirective = AdvanceDirective()


Entry = WarningSign | Coping | Distraction | Helper | Professional | SaferStep | Reason

ENTRY_TYPES: Mapping[SectionKey, type[Entry]] = {
    SectionKey.WARNING_SIGNS: WarningSign,
    SectionKey.COPING: Coping,
    SectionKey.DISTRACTIONS: Distraction,
    SectionKey.HELPERS: Helper,
    SectionKey.PROFESSIONALS: Professional,
    SectionKey.SAFER_SURROUNDINGS: SaferStep,
    SectionKey.REASONS: Reason,
}
"""The sections made of entries with an id, and what an entry of each looks like."""

PROPOSABLE = (SectionKey.COPING, SectionKey.HELPERS, SectionKey.REASONS)
"""The sections a client may propose entries for; the clinician accepts or declines each."""


class PlanDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole plan as the client sees it; `none_identified` says, by section, why nothing was named."""

    alias: str | None = None
    warning_signs: tuple[WarningSign, ...] = ()
    coping: tuple[Coping, ...] = ()
    distractions: tuple[Distraction, ...] = ()
    helpers: tuple[Helper, ...] = ()
    professionals: tuple[Professional, ...] = ()
    crisis_lines: tuple[str, ...] = IN_EVERY_PLAN
    safer_surroundings: tuple[SaferStep, ...] = ()
    reasons: tuple[Reason, ...] = ()
    what_helps_staff: WhatHelpsStaff = WhatHelpsStaff()
    none_identified: dict[SectionKey, str] = {}


class ClinicianOnly(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the clinician keeps about lethal means; no client surface ever reads it."""

    firearm_access: FirearmAccess = FirearmAccess.UNKNOWN
    counselling: Counselling | None = None
    notes: str | None = None


class PlanDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the plan editor saves: the client's document and, apart from it, the clinician's own fields."""

    document: PlanDocument = msgspec.field(default_factory=PlanDocument)
    clinician_only: ClinicianOnly = ClinicianOnly()


class Attestation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the publishing clinician states about how the plan was made."""

    client_took_part: bool
    caregiver_involved: bool
    without_client_because: str | None = None


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do now; `href` opens it, `keyword` is texted first, `press` is the language's key."""

    section: SectionKey
    id: str
    text: str
    phone: str | None = None
    href: str | None = None
    keyword: str | None = None
    press: str | None = None


def entries(document: PlanDocument, section: SectionKey) -> tuple[Entry, ...]:
    """One section's entries in plan order; empty for crisis lines and what helps staff."""
    return cast("tuple[Entry, ...]", getattr(document, section)) if section in ENTRY_TYPES else ()


def words_of(entry: Entry) -> str:
    """The words an entry is known by: a person's name, an action, or the text."""
    if isinstance(entry, Helper | Professional):
        return entry.name
    return entry.action if isinstance(entry, SaferStep) else entry.text


def with_national_lines(document: PlanDocument, national_keys: Sequence[str]) -> PlanDocument:
    """The same plan with the national lines first, in their order, and the other lines after them."""
    others = tuple(key for key in document.crisis_lines if key not in national_keys)
    return msgspec.structs.replace(document, crisis_lines=(*national_keys, *others))


def next_steps(
    document: PlanDocument, lines: Mapping[str, CrisisLine], language: Language, limit: int = 2
) -> tuple[NextStep, ...]:
    """The client's own first steps after a flagged answer: coping, helpers with a phone, crisis lines.

    At most `limit` of each, but the lines that open every plan are always there, even if `lines` lacks them.
    A local line that left the table is left out. Own plan and own people come before numbers: after 221
    automatic prompts nobody used a crisis service (JMIR Ment Health 2024).
    """
    coping = [NextStep(section=SectionKey.COPING, id=way.id, text=way.text) for way in document.coping]
    helpers = [
        NextStep(
            section=SectionKey.HELPERS, id=who.id, text=who.name, phone=who.phone, href=tel_href(who.phone)
        )
        for who in document.helpers
        if who.phone and who.phone.strip()
    ]
    wanted = with_national_lines(document, IN_EVERY_PLAN).crisis_lines[: max(limit, len(IN_EVERY_PLAN))]
    table = line_table(lines.values())
    calls = [_line_step(table[key], language) for key in wanted if key in table]
    return (*coping[:limit], *helpers[:limit], *calls)


def merge_proposal(document: PlanDocument, section: SectionKey, entry: Entry) -> PlanDocument:
    """The plan with a client's proposed entry in place of the one with its id, else last in its section.

    Clients propose for coping, helpers and reasons only; anything else raises ValueError.
    """
    if section not in PROPOSABLE or not isinstance(entry, ENTRY_TYPES[section]):
        raise ValueError(f"a client cannot propose this for {section}")
    old = entries(document, section)
    if any(one.id == entry.id for one in old):
        new = tuple(entry if one.id == entry.id else one for one in old)
    else:
        new = (*old, entry)
    still_none = {key: reason for key, reason in document.none_identified.items() if key != section}
    return msgspec.structs.replace(document, **{section.value: new}, none_identified=still_none)


def _line_step(line: CrisisLine, language: Language) -> NextStep:
    return NextStep(
        section=SectionKey.CRISIS_LINES,
        id=line.key,
        text=line.name[language],
        phone=line.number,
        href=line_href(line),
        keyword=line.sms_keywords.get(language),
        press=line.press.get(language),
    )
