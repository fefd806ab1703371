"""The plan in the words of staff: what each section and field is called, what a field offers, what changed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from crisisplans.lines import CrisisLine
from crisisplans.revisions import Change, ChangeKind, FieldChange, Value
from crisisplans.sections import (
    ENTRY_TYPES,
    Counselling,
    DistractionKind,
    FirearmAccess,
    PlanDocument,
    SectionKey,
    Stage,
    entries,
    words_of,
)
from server.core.errors import FieldProblem
from server.people.terms import Language

_S = SectionKey

TITLES: Mapping[SectionKey, str] = {
    _S.WARNING_SIGNS: "Warning signs",
    _S.COPING: "Things they do alone",
    _S.DISTRACTIONS: "What takes the mind off it",
    _S.HELPERS: "People to ask for help",
    _S.PROFESSIONALS: "Professionals and agencies",
    _S.CRISIS_LINES: "Crisis lines",
    _S.SAFER_SURROUNDINGS: "Safer surroundings",
    _S.REASONS: "Reasons and strengths",
    _S.WHAT_HELPS_STAFF: "What helps, and what does not",
}
"""What staff call a section; the client's own card has its own words."""

ASKS: Mapping[SectionKey, str] = {
    _S.WARNING_SIGNS: "How do they notice that a crisis may be coming? Thoughts, feelings, what they do, the body.",
    _S.COPING: "What have they done by themselves that made the moment pass? Without calling anybody.",
    _S.DISTRACTIONS: "People they like to be near, places that are a little easier. Nobody has to be told anything.",
    _S.HELPERS: "Who may know that it is bad? Ask how to reach each, and when.",
    _S.PROFESSIONALS: "Who is at work for them, and where is care at night?",
    _S.CRISIS_LINES: "Taken from the checked table, never typed. The first two open every plan.",
    _S.SAFER_SURROUNDINGS: "What could they use to hurt themselves, and what puts time and distance in between?",
    _S.REASONS: "What matters to them, and what they are good at. The phone shows these first on a hard day.",
    _S.WHAT_HELPS_STAFF: "What the client wants people to know who meet them in a crisis.",
}
"""What to ask about, for each section."""

STAGES = {Stage.EARLY: "Early on", Stage.BREAKING_DOWN: "Getting worse", Stage.CRISIS: "In the crisis"}
KINDS = {
    DistractionKind.PERSON: "Person",
    DistractionKind.PLACE: "Place",
    DistractionKind.ACTIVITY: "Activity",
}
LIKELY = {"1": "1, hardly", "2": "2", "3": "3, maybe", "4": "4", "5": "5, surely"}
FIREARMS = {
    FirearmAccess.UNKNOWN: "Not known",
    FirearmAccess.YES: "Yes",
    FirearmAccess.NO: "No",
    FirearmAccess.DECLINED: "Did not want to answer",
}
COUNSELLING = {
    Counselling.COMPLETED: "Completed",
    Counselling.DECLINED: "Declined",
    Counselling.NO_ACCESS: "No access to lethal means",
    Counselling.NOT_APPLICABLE: "Does not apply",
}


class Field(Struct, frozen=True):
    """One field of a row: its name, label and shape; `choices` are (value, words), the first preset if `preset`."""

    name: str
    label: str
    shape: str = "line"
    choices: tuple[tuple[str, str], ...] = ()
    preset: bool = False


def _of(words: Mapping[Any, str]) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), text) for value, text in words.items())


FIELDS: Mapping[SectionKey, tuple[Field, ...]] = {
    _S.WARNING_SIGNS: (
        Field("text", "Sign, in their words", "words"),
        Field("stage", "When it shows", "choice", _of(STAGES), preset=True),
    ),
    _S.COPING: (
        Field("text", "What they do, in their words", "words"),
        Field("likelihood", "How likely to do it", "choice", _of(LIKELY)),
        Field("obstacle", "What could get in the way"),
    ),
    _S.DISTRACTIONS: (
        Field("text", "Who, where or what", "words"),
        Field("kind", "Kind", "choice", _of(KINDS), preset=True),
        Field("where", "Where"),
        Field("phone", "Phone", "phone"),
    ),
    _S.HELPERS: (
        Field("name", "Name"),
        Field("phone", "Phone", "phone"),
        Field("relation", "Relation"),
        Field("best_times", "Best times"),
        Field("staff_may_contact", "The client agrees that staff contact this person", "tick"),
    ),
    _S.PROFESSIONALS: (
        Field("name", "Name"),
        Field("role", "Role"),
        Field("phone", "Phone", "phone"),
        Field("hours", "Hours"),
        Field("address", "Address", "words"),
    ),
    _S.SAFER_SURROUNDINGS: (
        Field("action", "Step", "words"),
        Field("who_helps", "Who helps"),
        Field("by_on", "By", "date"),
        Field("done", "Done", "tick"),
    ),
    _S.REASONS: (Field("text", "Reason or strength, in their words", "words"),),
}
"""The fields of a row, in the order they are asked."""

_NAMES = {
    **{f"{section}.{field.name}": field.label for section, fields in FIELDS.items() for field in fields},
    "what_helps_staff.helps": "What helps",
    "what_helps_staff.does_not_help": "What does not help",
    "what_helps_staff.preferred_hospital": "Preferred hospital",
    "what_helps_staff.advance_directive.exists": "Advance directive",
    "what_helps_staff.advance_directive.where": "Where the advance directive is",
    "what_helps_staff.advance_directive.agent_phone": "Phone of who speaks for them",
}


def field_name(section: SectionKey | None, name: str) -> str:
    """What a field of the plan is called: for the alias, `section` is None."""
    if section is None:
        return "Name of the plan"
    if name == "none_identified":
        return "None identified, because"
    return _NAMES.get(f"{section}.{name}", name)


OWN = {
    "firearm_access": "Access to firearms",
    "counselling": "Counselling on lethal means",
    "notes": "Notes for the team",
}
"""The fields that are never shown to the client."""


def place_words(path: str) -> str:
    """Where in the plan something stands: "People to ask for help, row 2, Phone"; empty for the plan as a whole."""
    steps = re.sub(r"\[(\d+)\]", r".\1", path).removeprefix("document.").split(".")
    if steps[0] in ("none", "none_identified"):
        section, steps = steps[1], ["none_identified"]
    else:
        section, steps = steps[0], steps[1:]
    if section == "alias":
        return field_name(None, "")
    if section == "clinician_only":
        return f"Never shown to the client, {OWN.get(steps[0], '')}" if steps else "Never shown to the client"
    if section not in set(SectionKey):
        return ""
    row = [f"row {int(steps.pop(0)) + 1}"] if steps and steps[0].isdecimal() else []
    name = [field_name(SectionKey(section), ".".join(steps))] if steps and steps != ["id"] else []
    return ", ".join([TITLES[SectionKey(section)], *row, *name])


def problem_words(problem: FieldProblem) -> str:
    """A problem of the plan with the words of its place."""
    return ": ".join(part for part in (place_words(problem.path), problem.message) if part)


_ALL_CHOICES = {str(value): text for words in (STAGES, KINDS) for value, text in words.items()}


def value_words(value: Value) -> str:
    """A stored value as staff read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value in (None, "") else _ALL_CHOICES.get(str(value), str(value))


class Told(Struct, frozen=True):
    """One change in words: what happened, to which entry, and each field as (name, before, after)."""

    deed: str
    entry: str
    fields: tuple[tuple[str, str, str], ...] = ()


def told(
    changes: Sequence[Change], old: PlanDocument, new: PlanDocument, lines: Mapping[str, CrisisLine]
) -> list[tuple[str, list[Told]]]:
    """What changed, section by section in plan order; empty exactly when nothing did."""
    known = {**dict(_known(old)), **dict(_known(new))}
    known.update({key: line.name[Language.EN] for key, line in lines.items()})
    by_title: dict[str, list[Told]] = {}
    for change in changes:
        title = "The plan" if change.section is None else TITLES[change.section]
        by_title.setdefault(title, []).append(_told(change, known))
    return list(by_title.items())


def _known(document: PlanDocument) -> Iterator[tuple[str, str]]:
    for section in ENTRY_TYPES:
        for entry in entries(document, section):
            yield entry.id, words_of(entry)


def _told(change: Change, known: Mapping[str, str]) -> Told:
    entry = known.get(change.entry_id, "A line that left the table") if change.entry_id else ""
    if change.kind is ChangeKind.MOVED:
        before, after = change.position_before or 0, change.position_after or 0
        return Told(f"Moved from place {before + 1} to {after + 1}", entry)
    deed = {ChangeKind.ADDED: "Added", ChangeKind.REMOVED: "Removed"}.get(change.kind, "Changed")
    return Told(deed, entry, tuple(_field(change.section, each) for each in _worth_telling(change)))


def _worth_telling(change: Change) -> Iterable[FieldChange]:
    """An entry that came or went is told by its words; of its other fields those in which something stands."""
    if change.kind is ChangeKind.CHANGED:
        return change.fields
    words = ("text", "name", "action")
    return [
        each
        for each in change.fields
        if each.name not in words and (each.before or each.after) not in (None, "", False)
    ]


def _field(section: SectionKey | None, change: FieldChange) -> tuple[str, str, str]:
    return (field_name(section, change.name), value_words(change.before), value_words(change.after))
