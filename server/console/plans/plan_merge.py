"""The plan made of two that were written at once, by what was chosen for each difference."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from crisisplans.sections import ENTRY_TYPES, Entry, PlanDocument, PlanDraft, SectionKey, entries
from server.console.plans.plan_clashes import BOTH, THEIRS, clashes, together

S = TypeVar("S", bound=Struct)
T = TypeVar("T")


def merged(mine: PlanDraft, theirs: PlanDraft, chosen: Mapping[str, str]) -> PlanDraft:
    """The draft made of the choices, by the key of each clash; where nothing was chosen, what `clashes` keeps."""
    kept = {clash.key: clash.kept for clash in clashes(mine, theirs, {})} | dict(chosen)
    ours, other = mine.document, theirs.document
    held = {section.value: _entries(section, ours, other, kept) for section in ENTRY_TYPES}
    reasons = {
        section: reason
        for section in SectionKey
        if (reason := _side(kept, f"none.{section}", ours, other).none_identified.get(section)) is not None
    }
    both = tuple(dict.fromkeys((*ours.crisis_lines, *other.crisis_lines)))
    lines = (
        both if kept.get("crisis_lines") == BOTH else _side(kept, "crisis_lines", ours, other).crisis_lines
    )
    document = PlanDocument(
        **held,  # pyright: ignore[reportArgumentType]  each section holds entries of its own kind
        alias=_side(kept, "alias", ours, other).alias,
        crisis_lines=lines,
        what_helps_staff=_fields("what_helps_staff", ours.what_helps_staff, other.what_helps_staff, kept),
        none_identified=reasons,
    )
    own = _fields("clinician_only", mine.clinician_only, theirs.clinician_only, kept)
    return PlanDraft(document=document, clinician_only=own)


def _side(kept: Mapping[str, str], key: str, mine: T, theirs: T) -> T:
    return theirs if kept.get(key) == THEIRS else mine


def _entries(
    section: SectionKey, ours: PlanDocument, other: PlanDocument, kept: Mapping[str, str]
) -> tuple[Entry, ...]:
    here = {one.id: one for one in entries(ours, section)}
    there = {one.id: one for one in entries(other, section)}
    order = (list(here), list(there))
    ids = together(*(reversed(order) if kept.get(f"order.{section}") == THEIRS else order))
    chosen = (_side(kept, f"{section}.{id_}", here.get(id_), there.get(id_)) for id_ in ids)
    return tuple(entry for entry in chosen if entry is not None)


def _fields(under: str, mine: S, theirs: S, kept: Mapping[str, str]) -> S:
    held: dict[str, object] = {}
    for name in mine.__struct_fields__:
        key, here, there = f"{under}.{name}", getattr(mine, name), getattr(theirs, name)
        if isinstance(here, Struct):
            held[name] = _fields(key, here, there, kept)
        elif kept.get(key) == BOTH:
            held[name] = f"{here}\n{there}"
        else:
            held[name] = _side(kept, key, here, there)
    return msgspec.structs.replace(mine, **held)
