"""Plans for property tests: any document the rules accept, written by nobody in particular."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from crisisplans.lines import IN_EVERY_PLAN
from crisisplans.sections import (
    AdvanceDirective,
    ClinicianOnly,
    Coping,
    Counselling,
    Distraction,
    DistractionKind,
    Entry,
    FirearmAccess,
    Helper,
    PlanDocument,
    PlanDraft,
    Professional,
    Reason,
    SaferStep,
    SectionKey,
    Stage,
    WarningSign,
    WhatHelpsStaff,
)

LOCAL_KEYS = ("county_line", "warm_line", "youth_line")

words = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=20).filter(str.strip)
maybe_words = st.none() | words
phones = st.none() | st.integers(100, 199).map(lambda last: f"(503) 555-0{last}")
days = st.none() | st.dates(date(2026, 1, 1), date(2028, 12, 31))

_BUILDERS: dict[SectionKey, Callable[[str], st.SearchStrategy[Any]]] = {
    SectionKey.WARNING_SIGNS: lambda id_: st.builds(
        WarningSign, id=st.just(id_), text=words, stage=st.sampled_from(Stage)
    ),
    SectionKey.COPING: lambda id_: st.builds(
        Coping,
        id=st.just(id_),
        text=words,
        likelihood=st.none() | st.integers(1, 5),
        obstacle=maybe_words,
    ),
    SectionKey.DISTRACTIONS: lambda id_: st.builds(
        Distraction,
        id=st.just(id_),
        text=words,
        kind=st.sampled_from(DistractionKind),
        where=maybe_words,
        phone=phones,
    ),
    SectionKey.HELPERS: lambda id_: st.builds(
        Helper,
        id=st.just(id_),
        name=words,
        phone=phones,
        relation=maybe_words,
        best_times=maybe_words,
        staff_may_contact=st.booleans(),
    ),
    SectionKey.PROFESSIONALS: lambda id_: st.builds(
        Professional,
        id=st.just(id_),
        name=words,
        role=maybe_words,
        phone=phones,
        address=maybe_words,
        hours=maybe_words,
    ),
    SectionKey.SAFER_SURROUNDINGS: lambda id_: st.builds(
        SaferStep, id=st.just(id_), action=words, who_helps=maybe_words, by_on=days, done=st.booleans()
    ),
    SectionKey.REASONS: lambda id_: st.builds(Reason, id=st.just(id_), text=words),
}

staff_notes = st.builds(
    WhatHelpsStaff,
    helps=maybe_words,
    does_not_help=maybe_words,
    preferred_hospital=maybe_words,
    advance_directive=st.builds(
        AdvanceDirective, exists=st.none() | st.booleans(), where=maybe_words, agent_phone=phones
    ),
)


def entry_for(section: SectionKey, id_: str) -> st.SearchStrategy[Entry]:
    """Any entry of this section with this id."""
    return _BUILDERS[section](id_)


@st.composite
def documents(draw: st.DrawFn) -> PlanDocument:
    """Any plan without a problem; a section draws from five ids of its own, so plans share entries often."""
    held: dict[str, Any] = {}
    none_identified: dict[SectionKey, str] = {}
    for place, section in enumerate(_BUILDERS):
        pool = [str(UUID(int=10 * place + number)) for number in range(1, 6)]
        taken = draw(st.lists(st.sampled_from(pool), unique=True, max_size=4))
        held[section.value] = tuple(draw(entry_for(section, id_)) for id_ in taken)
        if not taken and draw(st.booleans()):
            none_identified[section] = draw(words)
    local = draw(st.lists(st.sampled_from(LOCAL_KEYS), unique=True))
    return PlanDocument(
        **held,
        alias=draw(maybe_words),
        crisis_lines=(*IN_EVERY_PLAN, *local),
        what_helps_staff=draw(staff_notes),
        none_identified=none_identified,
    )


drafts = st.builds(
    PlanDraft,
    document=documents(),
    clinician_only=st.builds(
        ClinicianOnly,
        firearm_access=st.sampled_from(FirearmAccess),
        counselling=st.none() | st.sampled_from(Counselling),
        notes=maybe_words,
    ),
)
