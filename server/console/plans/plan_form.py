"""A plan as the fields of a form and back, losing nothing. A field is named by its place: `coping.0.text`.

Rows may come with gaps and out of order; a row in which nothing stands is no entry. The id of an entry travels in
a hidden field, so that it outlives every rewording: check-ins and the client's phone know the entry by it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from crisisplans.lines import IN_EVERY_PLAN
from crisisplans.sections import (
    ENTRY_TYPES,
    AdvanceDirective,
    ClinicianOnly,
    Entry,
    PlanDocument,
    PlanDraft,
    SectionKey,
    WhatHelpsStaff,
    entries,
    with_national_lines,
)
from server.core.errors import FieldProblem, Invalid
from server.core.strict_json import explain

Fields = dict[str, list[str]]
"""A form as it is sent: the values under each name, in their order."""

COLUMNS: Mapping[SectionKey, tuple[str, ...]] = {
    section: tuple(name for name in kind.__struct_fields__ if name != "id")
    for section, kind in ENTRY_TYPES.items()
}
"""The fields of a row, in each section that is made of rows."""

LINES = SectionKey.CRISIS_LINES.value
_ALWAYS_SET = ("stage", "kind")
_WORDS = ("text", "name", "action")
_ROW = re.compile(r"([a-z_]{1,40})\.(\d{1,4})\.([a-z_]{1,40})")
_INDEX = re.compile(r"document\.([a-z_]+)\[(\d+)\](?:\.([a-z_]+))?")
Row = dict[str, str]


def fields_of(draft: PlanDraft) -> Fields:
    """The form that holds this draft."""
    document = draft.document
    fields: Fields = {}
    _put(fields, "alias", document.alias)
    for section in ENTRY_TYPES:
        for number, entry in enumerate(entries(document, section)):
            for name in entry.__struct_fields__:
                _put(fields, f"{section}.{number}.{name}", getattr(entry, name))
    fields[LINES] = [key for key in document.crisis_lines if key not in IN_EVERY_PLAN]
    _put_all(fields, "what_helps_staff", document.what_helps_staff)
    _put_all(fields, "clinician_only", draft.clinician_only)
    for section, reason in document.none_identified.items():
        _put(fields, f"none.{section}", reason)
    return fields


def _put_all(fields: Fields, under: str, value: msgspec.Struct) -> None:
    for name in value.__struct_fields__:
        held = getattr(value, name)
        if isinstance(held, msgspec.Struct):
            _put_all(fields, f"{under}.{name}", held)
        else:
            _put(fields, f"{under}.{name}", held, no="false")


def _put(fields: Fields, name: str, value: object, no: str = "") -> None:
    """Nothing and a tick that is not set are empty; only where "no" is an answer of its own it is written."""
    if value is True:
        text = "true"
    elif value is False:
        text = no
    else:
        text = "" if value is None else str(value)
    if text:
        fields[name] = [text]


def draft_of(fields: Fields, new_id: Callable[[], UUID]) -> PlanDraft:
    """The draft that this form holds; a row without an id is given one. Invalid names the fields that do not fit.

    The lines that open every plan are there whatever the form says.
    """
    faults: list[FieldProblem] = []
    held: dict[str, tuple[Entry, ...]] = {}
    for section in ENTRY_TYPES:
        made = (_entry(section, number, row, new_id, faults) for number, row in written(fields, section))
        held[section.value] = tuple(entry for entry in made if entry is not None)
    reasons = {section: _text(fields, f"none.{section}") for section in SectionKey}
    helps = _struct(WhatHelpsStaff, fields, "what_helps_staff", faults)
    own = _struct(ClinicianOnly, fields, "clinician_only", faults)
    if faults or helps is None or own is None:
        raise Invalid(errors=faults)
    document = PlanDocument(
        **held,  # pyright: ignore[reportArgumentType]  each section holds entries of its own kind
        alias=_text(fields, "alias"),
        crisis_lines=tuple(fields.get(LINES, ())),
        what_helps_staff=helps,
        none_identified={section: reason for section, reason in reasons.items() if reason},
    )
    return PlanDraft(document=with_national_lines(document, IN_EVERY_PLAN), clinician_only=own)


def _text(fields: Fields, name: str) -> str | None:
    text = fields.get(name, [""])[0]
    return text if text.strip() else None


def _entry(
    section: SectionKey, number: int, row: Row, new_id: Callable[[], UUID], faults: list[FieldProblem]
) -> Entry | None:
    given = {name: text for name, text in row.items() if text.strip()}
    if "id" not in given:
        given["id"] = str(new_id())
    # Empty words are told by the plan's own rules, which know the sentence for it.
    words = {name: "" for name in COLUMNS[section] if name in _WORDS}
    return _converted(ENTRY_TYPES[section], {**words, **given}, f"{section}.{number}", faults)


def _struct(kind: type[Any], fields: Fields, under: str, faults: list[FieldProblem]) -> Any:
    given: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        name = f"{under}.{field.name}"
        if field.type is AdvanceDirective:
            given[field.name] = _struct(AdvanceDirective, fields, name, faults)
        elif (text := _text(fields, name)) is not None:
            given[field.name] = text
    return _converted(kind, {name: each for name, each in given.items() if each is not None}, under, faults)


def _converted(kind: type[Any], given: Mapping[str, Any], place: str, faults: list[FieldProblem]) -> Any:
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        found = explain(error)
        faults.append(FieldProblem(f"{place}.{found.path}".rstrip("."), found.message))
        return None


def rows(fields: Fields, section: SectionKey) -> list[tuple[int, Row]]:
    """Every row of a section as it was sent, by its number."""
    found: dict[int, Row] = {}
    for name, values in fields.items():
        match = _ROW.fullmatch(name)
        if match and match[1] == section and (match[3] == "id" or match[3] in COLUMNS[section]):
            found.setdefault(int(match[2]), {})[match[3]] = values[0]
    return sorted(found.items())


def written(fields: Fields, section: SectionKey) -> list[tuple[int, Row]]:
    """The rows in which something stands. What a list offers first is no word of anybody's."""
    return [
        (number, row)
        for number, row in rows(fields, section)
        if any(text.strip() for name, text in row.items() if name != "id" and name not in _ALWAYS_SET)
    ]


def with_rows(fields: Fields, section: SectionKey, new: Iterable[Row]) -> Fields:
    """The same form with these rows in one section, numbered from 0."""
    prefix = f"{section}."
    kept = {name: values for name, values in fields.items() if not name.startswith(prefix)}
    placed = {
        f"{section}.{number}.{name}": [text] for number, row in enumerate(new) for name, text in row.items()
    }
    return {**kept, **placed}


def at_its_field(problem: FieldProblem, fields: Fields) -> FieldProblem:
    """A problem of the plan, told at the field of the form that it is about."""
    match = _INDEX.fullmatch(problem.path)
    if match is None:
        name = problem.path.removeprefix("document.").replace("none_identified.", "none.", 1)
    elif match[1] == LINES:
        name = LINES
    else:
        numbers = [number for number, _ in written(fields, SectionKey(match[1]))]
        name = f"{match[1]}.{numbers[int(match[2])]}.{match[3]}"
    return FieldProblem(name, problem.message)
