"""Two people wrote on one draft: what differs, section by section, with what may be chosen for each difference.

An entry that stands on one side only may be new there or gone on the other: it is kept unless somebody says otherwise.
The text that both began from stands beside them where it is known, so that whoever chooses can see which it was.
"""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from crisisplans.lines import CrisisLine
from crisisplans.sections import (
    MAX_NOTES,
    MAX_TEXT,
    Entry,
    PlanDocument,
    PlanDraft,
    SectionKey,
    entries,
    words_of,
)
from server.console.plans.plan_words import COUNSELLING, FIREARMS, OWN, TITLES, field_name, value_words
from server.people.terms import Language

MINE, THEIRS, BOTH = "mine", "theirs", "both"

_LONG = ("helps", "does_not_help", "notes")
Lines = tuple[tuple[str, str], ...]


class Clash(Struct, frozen=True, kw_only=True):
    """One difference: what stands here and there as (field, words), what may be chosen, and what is kept unless told.

    `key` names it in the form. `private` is of the clinician's own and never shown to the client. `began_from` is
    what stood there before either wrote; None where that is not known.
    """

    key: str
    title: str
    what: str
    mine: Lines
    theirs: Lines
    choices: tuple[str, ...] = (MINE, THEIRS)
    kept: str = MINE
    private: bool = False
    began_from: Lines | None = None


def beside(
    found: tuple[Clash, ...], mine: PlanDraft, before: PlanDraft | None, lines: Mapping[str, CrisisLine]
) -> tuple[Clash, ...]:
    """The same differences of `mine` from another text, each with what both began from."""
    if before is None:
        return found
    moved = {clash.key: clash.theirs for clash in clashes(mine, before, lines)}
    return tuple(msgspec.structs.replace(each, began_from=moved.get(each.key, each.mine)) for each in found)


def clashes(mine: PlanDraft, theirs: PlanDraft, lines: Mapping[str, CrisisLine]) -> tuple[Clash, ...]:
    """Every difference, in plan order; empty exactly when the two say the same."""
    ours, other = mine.document, theirs.document
    found: list[Clash] = []
    if ours.alias != other.alias:
        found.append(_one("alias", "The plan", "Name of the plan", ours.alias, other.alias))
    for section in SectionKey:
        found += _of_section(section, ours, other, lines)
    found += _of_fields(
        "clinician_only", "Never shown to the client", mine.clinician_only, theirs.clinician_only
    )
    return tuple(found)


def _of_section(
    section: SectionKey, ours: PlanDocument, other: PlanDocument, lines: Mapping[str, CrisisLine]
) -> Iterator[Clash]:
    title = TITLES[section]
    here, there = ours.none_identified.get(section), other.none_identified.get(section)
    if here != there:
        yield _one(f"none.{section}", title, "None identified, because", here, there)
    if section is SectionKey.CRISIS_LINES and ours.crisis_lines != other.crisis_lines:
        yield Clash(
            key="crisis_lines",
            title=title,
            what="Lines in the plan",
            mine=_line_names(ours, lines),
            theirs=_line_names(other, lines),
            choices=(MINE, THEIRS, BOTH),
            kept=BOTH,
        )
    if section is SectionKey.WHAT_HELPS_STAFF:
        yield from _of_fields("what_helps_staff", title, ours.what_helps_staff, other.what_helps_staff)
    yield from _of_entries(section, entries(ours, section), entries(other, section))


def _line_names(document: PlanDocument, lines: Mapping[str, CrisisLine]) -> Lines:
    return tuple(("", lines[key].name[Language.EN] if key in lines else key) for key in document.crisis_lines)


def _of_entries(section: SectionKey, ours: tuple[Entry, ...], other: tuple[Entry, ...]) -> Iterator[Clash]:
    here, there = {one.id: one for one in ours}, {one.id: one for one in other}
    for id_ in together(list(here), list(there)):
        mine, theirs = here.get(id_), there.get(id_)
        if mine == theirs:
            continue
        known = mine or theirs
        yield Clash(
            key=f"{section}.{id_}",
            title=TITLES[section],
            what=words_of(known) if known else "",
            mine=_told(section, mine),
            theirs=_told(section, theirs),
            kept=MINE if mine else THEIRS,
        )
    shared = [id_ for id_ in here if id_ in there]
    shared_there = [id_ for id_ in there if id_ in here]
    if shared != shared_there:
        yield Clash(
            key=f"order.{section}",
            title=TITLES[section],
            what="The order of the entries",
            mine=tuple((f"{place}.", words_of(here[id_])) for place, id_ in enumerate(shared, 1)),
            theirs=tuple((f"{place}.", words_of(there[id_])) for place, id_ in enumerate(shared_there, 1)),
        )


def _told(section: SectionKey, entry: Entry | None) -> Lines:
    if entry is None:
        return ()
    held = ((name, getattr(entry, name)) for name in entry.__struct_fields__ if name != "id")
    return tuple(
        (
            field_name(section, name),
            value_words(value if isinstance(value, bool | int) else value and str(value)),
        )
        for name, value in held
        if value not in (None, "", False)
    )


def _of_fields(under: str, title: str, mine: Struct, theirs: Struct) -> Iterator[Clash]:
    for name in mine.__struct_fields__:
        here, there = getattr(mine, name), getattr(theirs, name)
        if isinstance(here, Struct):
            yield from _of_fields(f"{under}.{name}", title, here, there)
        elif here != there:
            label = OWN.get(name) or field_name(SectionKey.WHAT_HELPS_STAFF, _inner(f"{under}.{name}"))
            clash = _one(f"{under}.{name}", title, label, here, there, private=under == "clinician_only")
            both = name in _LONG and here and there and len(here) + len(there) < _most(name)
            yield msgspec.structs.replace(clash, choices=(MINE, THEIRS, BOTH), kept=BOTH) if both else clash


def _inner(path: str) -> str:
    return path.removeprefix("what_helps_staff.")


def _most(name: str) -> int:
    return MAX_NOTES if name == "notes" else MAX_TEXT


def _one(key: str, title: str, what: str, mine: object, theirs: object, *, private: bool = False) -> Clash:
    kept = MINE if mine else THEIRS
    return Clash(
        key=key, title=title, what=what, mine=_said(mine), theirs=_said(theirs), kept=kept, private=private
    )


def _said(value: object) -> Lines:
    if value in (None, ""):
        return ()
    own = {str(word): text for word, text in (*FIREARMS.items(), *COUNSELLING.items())}
    text = value_words(value) if isinstance(value, bool) else value_words(str(value))
    return (("", own.get(text, text)),)


def together(ours: list[str], other: list[str]) -> list[str]:
    """All ids: ours in our order, each of theirs after the one it follows there."""
    merged = list(ours)
    for place, id_ in enumerate(other):
        if id_ not in merged:
            before = next((merged.index(one) + 1 for one in reversed(other[:place]) if one in merged), 0)
            merged.insert(before, id_)
    return merged
