"""What no draft may hold, and what a publish needs. What is only thin is hinted at in quality.py.

A draft is kept while somebody is still typing it: half a telephone number loses no word that stands beside it, and
is told about until it is whole, for a publish refuses it.
"""

import unicodedata
from collections.abc import Container, Iterator, Mapping
from typing import cast
from uuid import UUID

import msgspec

from crisisplans.lines import IN_EVERY_PLAN, CrisisLine, is_phone
from crisisplans.sections import (
    ENTRY_TYPES,
    MAX_ENTRIES,
    MAX_NOTES,
    MAX_TEXT,
    Attestation,
    PlanDocument,
    PlanDraft,
    SectionKey,
    WhatHelpsStaff,
    entries,
    with_national_lines,
)
from server.core.errors import FieldProblem


def problems(draft: PlanDraft, known_lines: Mapping[str, CrisisLine]) -> tuple[FieldProblem, ...]:
    """Everything that is wrong with this draft; `known_lines` is the checked table, by line key."""
    return (*unstorable(draft, known_lines), *unfinished(draft, known_lines))


def unstorable(draft: PlanDraft, known_lines: Mapping[str, CrisisLine]) -> tuple[FieldProblem, ...]:
    """What stops this draft from being stored: what could not be read, told apart, or shown afterwards."""
    document = draft.document
    return (
        *_text_problems(draft, ""),
        *_id_problems(document),
        *_line_problems(document, known_lines),
        *_section_problems(document),
    )


def unfinished(draft: PlanDraft, known_lines: Mapping[str, CrisisLine]) -> tuple[FieldProblem, ...]:
    """What a draft may hold while it is written, and no published plan: a number that would not ring, no words."""
    return (*_half_written(draft, _national_numbers(known_lines)), *_none_and_some(draft.document))


def publishable(
    draft: PlanDraft, *, reason: str, attestation: Attestation | None, known_lines: Mapping[str, CrisisLine]
) -> tuple[FieldProblem, ...]:
    """Everything that stops this draft from becoming a revision; run `with_national_lines` on it first."""
    document = draft.document
    found = [*problems(draft, known_lines), *_text_problems(reason, "reason")]
    if not document.warning_signs and SectionKey.WARNING_SIGNS not in document.none_identified:
        found.append(
            FieldProblem("document.warning_signs", "Name a warning sign, or record why there is none.")
        )
    if document != with_national_lines(document, IN_EVERY_PLAN):
        found.append(FieldProblem("document.crisis_lines", "The national lines come first in every plan."))
    if not reason.strip():
        found.append(FieldProblem("reason", "Say why the plan changes."))
    if attestation is None:
        found.append(FieldProblem("attestation", "State whether the client and a caregiver took part."))
    else:
        found += _text_problems(attestation, "attestation")
        if not attestation.client_took_part and not (attestation.without_client_because or "").strip():
            found.append(FieldProblem("attestation.without_client_because", "Say why not with the client."))
    return tuple(found)


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every text under `value` with its path, as in `document.helpers[0].name`."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name), f"{path}.{name}".lstrip("."))
    elif isinstance(value, dict):
        for key, one in cast("dict[str, object]", value).items():
            yield from _texts(one, f"{path}.{key}")
    elif isinstance(value, tuple):
        for index, one in enumerate(cast("tuple[object, ...]", value)):
            yield from _texts(one, f"{path}[{index}]")


def _national_numbers(known_lines: Mapping[str, CrisisLine]) -> frozenset[str]:
    return frozenset(line.number for line in known_lines.values() if line.national and line.number)


def _text_problems(value: object, root: str) -> Iterator[FieldProblem]:
    for path, text in _texts(value, root):
        field = path.rpartition(".")[2]
        longest = MAX_NOTES if field == "notes" else MAX_TEXT
        if len(text) > longest:
            yield FieldProblem(path, f"This is longer than {longest} characters.")
        if any(unicodedata.category(mark) in ("Cc", "Cs") and mark not in "\n\r\t" for mark in text):
            yield FieldProblem(path, "This holds a character that cannot be stored or read.")


def _half_written(draft: PlanDraft, national_numbers: frozenset[str]) -> Iterator[FieldProblem]:
    for path, text in _texts(draft, ""):
        field = path.rpartition(".")[2]
        if field in ("text", "name", "action") and not text.strip():
            yield FieldProblem(path, "This needs words, or the entry can go.")
        if field in ("phone", "agent_phone") and text.strip() and not is_phone(text):
            digits = "".join(mark for mark in text if mark.isdigit())
            crisis = national_numbers & {digits, digits.removeprefix("1")}
            yield FieldProblem(path, _A_CRISIS_LINE if crisis else _NOT_A_PHONE)


_A_CRISIS_LINE = "This is a crisis line. Add it under crisis lines, where its number is kept checked."
_NOT_A_PHONE = "This is not a telephone number. Write it with its area code, or + and the country."


def _id_problems(document: PlanDocument) -> Iterator[FieldProblem]:
    seen: set[str] = set()
    for section in ENTRY_TYPES:
        for index, entry in enumerate(entries(document, section)):
            path = f"document.{section}[{index}].id"
            if not _is_uuid(entry.id):
                yield FieldProblem(path, "An id is a UUID in small letters.")
            if entry.id in seen:
                yield FieldProblem(path, "This id is used twice in the plan.")
            seen.add(entry.id)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _line_problems(document: PlanDocument, known_lines: Container[str]) -> Iterator[FieldProblem]:
    for index, key in enumerate(document.crisis_lines):
        path = f"document.crisis_lines[{index}]"
        if key not in known_lines:
            yield FieldProblem(path, "This line is not in the table of checked lines.")
        if key in document.crisis_lines[:index]:
            yield FieldProblem(path, "This line is listed twice.")


def _section_problems(document: PlanDocument) -> Iterator[FieldProblem]:
    for section in SectionKey:
        held = getattr(document, section)
        if isinstance(held, tuple) and len(cast("tuple[object, ...]", held)) > MAX_ENTRIES:
            yield FieldProblem(f"document.{section}", f"A section holds at most {MAX_ENTRIES} entries.")
    for section, reason in document.none_identified.items():
        path = f"document.none_identified.{section}"
        if section is SectionKey.CRISIS_LINES:
            yield FieldProblem(path, "Every plan has crisis lines.")
        if not reason.strip():
            yield FieldProblem(path, "Say why none was identified.")


def _none_and_some(document: PlanDocument) -> Iterator[FieldProblem]:
    for section in document.none_identified:
        if section is not SectionKey.CRISIS_LINES and getattr(document, section) not in (
            (),
            WhatHelpsStaff(),
        ):
            yield FieldProblem(
                f"document.none_identified.{section}", "The section has entries, so this cannot be recorded."
            )
