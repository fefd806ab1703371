"""Where a plan is thin: hints for the clinician who writes it. No score, no block, nothing the client sees.

The odds of a later crisis were 2.11 times as high where a plan named no help contact, and 2.45 times as high
where it named neither help contacts nor distractions (San Diego VA 2022); these hints are loud.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from crisisplans.lines import tel_href
from crisisplans.sections import DistractionKind, PlanDocument, SectionKey, Stage

UNLIKELY = 2
"""A coping step rated this or lower, of 5, needs a thought about what could get in the way."""


class HintCode(StrEnum):
    """What a hint is about; stable, for tests and for the editor's gutter."""

    NO_HELPERS = "no_helpers"
    NO_DISTRACTIONS = "no_distractions"
    NO_HELPERS_OR_DISTRACTIONS = "no_helpers_or_distractions"
    GENERIC_ENTRY = "generic_entry"
    SHORT_ENTRY = "short_entry"
    NO_NUMBER = "no_number"
    REPEATED_PERSON = "repeated_person"
    NO_REASONS = "no_reasons"
    NO_CRISIS_SIGN = "no_crisis_sign"
    NO_SAFER_STEPS = "no_safer_steps"
    UNLIKELY_STEP = "unlikely_step"


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the clinician could ask about; `entry_id` is None when it is about the whole section."""

    code: HintCode
    section: SectionKey
    entry_id: str | None = None
    message: str
    loud: bool = False


def hints(document: PlanDocument) -> tuple[Hint, ...]:
    """Every hint for this plan, loud ones first, then in plan order."""
    return (
        *_missing_people(document),
        *_missing_sections(document),
        *_thin_words(document),
        *_unlikely_steps(document),
        *_contacts(document),
    )


def _missing_people(document: PlanDocument) -> Iterator[Hint]:
    """Loud even where "none identified" is recorded: the reason explains the gap, it does not close it."""
    if not document.helpers and not document.distractions:
        message = (
            "Nobody to ask for help, and nothing that takes the mind off it. Look for one of each together."
        )
        code, section = HintCode.NO_HELPERS_OR_DISTRACTIONS, SectionKey.HELPERS
    elif not document.helpers:
        message = "Nobody to ask for help yet. Who noticed last time? Who would pick up the phone?"
        code, section = HintCode.NO_HELPERS, SectionKey.HELPERS
    elif not document.distractions:
        message = "No people or places that take the mind off it yet. Where is it a little easier to be?"
        code, section = HintCode.NO_DISTRACTIONS, SectionKey.DISTRACTIONS
    else:
        return
    yield Hint(code=code, section=section, message=message, loud=True)


def _missing_sections(document: PlanDocument) -> Iterator[Hint]:
    recorded = document.none_identified
    if all(sign.stage is not Stage.CRISIS for sign in document.warning_signs):
        message = "No sign for the crisis itself. What was it like at its worst?"
        yield Hint(code=HintCode.NO_CRISIS_SIGN, section=SectionKey.WARNING_SIGNS, message=message)
    if not document.safer_surroundings and SectionKey.SAFER_SURROUNDINGS not in recorded:
        message = "No step to make the surroundings safer yet."
        yield Hint(code=HintCode.NO_SAFER_STEPS, section=SectionKey.SAFER_SURROUNDINGS, message=message)
    if not document.reasons and SectionKey.REASONS not in recorded:
        message = "When the moment is right, ask what matters to them. It is fine to leave this for later."
        yield Hint(code=HintCode.NO_REASONS, section=SectionKey.REASONS, message=message)


def _thin_words(document: PlanDocument) -> Iterator[Hint]:
    """Reasons for living are left alone: one name can be the whole reason."""
    written = [
        *((SectionKey.WARNING_SIGNS, sign.id, sign.text, True) for sign in document.warning_signs),
        *((SectionKey.COPING, way.id, way.text, True) for way in document.coping),
        *(
            (SectionKey.DISTRACTIONS, one.id, one.text, one.kind is DistractionKind.ACTIVITY)
            for one in document.distractions
        ),
        *((SectionKey.HELPERS, who.id, who.name, False) for who in document.helpers),
        *(
            (SectionKey.SAFER_SURROUNDINGS, step.id, step.action, True)
            for step in document.safer_surroundings
        ),
    ]
    for section, entry_id, text, needs_words in written:
        words = plain_words(text)
        if words in _GENERIC:
            message = "This could be anybody's. Ask who, what, where, for how long, in their own words."
            yield Hint(code=HintCode.GENERIC_ENTRY, section=section, entry_id=entry_id, message=message)
        elif needs_words and " " not in words:
            message = "One word may be hard to follow on a bad day. Ask for a little more."
            yield Hint(code=HintCode.SHORT_ENTRY, section=section, entry_id=entry_id, message=message)


def _unlikely_steps(document: PlanDocument) -> Iterator[Hint]:
    for way in document.coping:
        if way.likelihood is not None and way.likelihood <= UNLIKELY and not (way.obstacle or "").strip():
            message = "Not likely to be done. Ask what could get in the way, or look for another step."
            yield Hint(
                code=HintCode.UNLIKELY_STEP, section=SectionKey.COPING, entry_id=way.id, message=message
            )


def _contacts(document: PlanDocument) -> Iterator[Hint]:
    seen: set[str] = set()
    for helper in document.helpers:
        same = {plain_words(helper.name), tel_href(helper.phone or "") or ""} - {""}
        if same & seen:
            message = "This person is already on the list. Is there somebody else?"
            yield Hint(
                code=HintCode.REPEATED_PERSON, section=SectionKey.HELPERS, entry_id=helper.id, message=message
            )
        seen |= same
    contacts = [
        *((SectionKey.HELPERS, helper.id, helper.phone) for helper in document.helpers),
        *((SectionKey.PROFESSIONALS, one.id, one.phone) for one in document.professionals),
    ]
    for section, entry_id, phone in contacts:
        if not (phone or "").strip():
            message = "No number. Looking it up is hard in a crisis."
            yield Hint(code=HintCode.NO_NUMBER, section=section, entry_id=entry_id, message=message)


def plain_words(text: str) -> str:
    """The words of a text in small letters, without accents or punctuation, one space apart."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return " ".join(re.findall(r"[^\W_]+", bare.casefold()))


_GENERIC = frozenset(
    plain_words(phrase)
    for phrase in (
        # English
        *(
            "call someone",
            "call somebody",
            "call a friend",
            "talk to someone",
            "talk to a friend",
            "reach out",
        ),
        *(
            "ask for help",
            "get help",
            "think positive",
            "think positively",
            "stay positive",
            "positive thinking",
        ),
        *(
            "breathe",
            "breathing",
            "deep breaths",
            "deep breathing",
            "take deep breaths",
            "take a deep breath",
        ),
        *("relax", "calm down", "stay calm", "distract myself", "self care", "exercise", "meditate", "rest"),
        *("listen to music", "go for a walk", "go outside", "watch tv", "stay safe", "be safe", "keep busy"),
        *("feeling sad", "feeling down", "feel bad", "feeling bad", "sad", "depressed", "anxious", "stress"),
        *(
            "friend",
            "friends",
            "a friend",
            "family",
            "my family",
            "someone",
            "somebody",
            "anyone",
            "therapist",
        ),
        # Spanish
        *(
            "llamar a alguien",
            "llama a alguien",
            "llamar a un amigo",
            "llamar a una amiga",
            "hablar con alguien",
        ),
        *("hablar con un amigo", "pedir ayuda", "buscar ayuda", "pensar positivo", "pensar en positivo"),
        *("ser positivo", "ser positiva", "respirar", "respirar hondo", "respirar profundo", "relajarme"),
        *("relajarse", "calmarme", "calmarse", "distraerme", "distraerse", "hacer ejercicio", "meditar"),
        *("descansar", "escuchar música", "salir a caminar", "caminar", "salir", "ver tele", "estar a salvo"),
        *("sentirme triste", "sentirme mal", "triste", "deprimido", "deprimida", "ansiedad", "estrés"),
        *(
            "amigo",
            "amiga",
            "amigos",
            "un amigo",
            "una amiga",
            "familia",
            "mi familia",
            "alguien",
            "terapeuta",
        ),
    )
)
