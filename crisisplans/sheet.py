"""The printed plan before it is drawn: what stands on the sheet, in plan order and in the client's language.

Only what the client sees on the phone is on it, and no name: paper is left lying about. A section without entries
is left out. Numbers stand by themselves, so that they can be drawn large.
"""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from crisisplans import print_words as words
from crisisplans.schemas import ClientLine, ClientPlan
from crisisplans.sections import (
    Coping,
    Distraction,
    Entry,
    Helper,
    PlanDocument,
    Professional,
    SaferStep,
    SectionKey,
    WarningSign,
    entries,
    words_of,
)
from server.people.terms import Language


class Row(Struct, frozen=True):
    """One entry: the client's own words, the number to call, and what else helps to know."""

    text: str
    number: str = ""
    detail: str = ""


class Part(Struct, frozen=True):
    """One section with its heading."""

    heading: str
    rows: tuple[Row, ...]


class Sheet(Struct, frozen=True, kw_only=True):
    """Everything that is printed. `note` is told where a sign had to be replaced."""

    title: str
    programme: str
    parts: tuple[Part, ...]
    opening: str
    foot: str
    note: str
    language: Language


def sheet(
    plan: ClientPlan, *, programme: str, published_on: date | None, today: date, language: Language
) -> Sheet:
    """The plan as it goes on paper. Dates are local ones; before the first revision only the lines are there."""
    printed = words.PRINTED[language].format(words.day_words(today, language))
    if published_on is not None:
        version = words.REVISION[language].format(plan.number, words.day_words(published_on, language))
        printed = f"{version} · {printed}"
    return Sheet(
        title=plan.document.alias or words.TITLE[language],
        programme=programme,
        parts=tuple(part for part in _parts(plan, language) if part.rows),
        opening="" if plan.number else words.NO_PLAN[language],
        foot=printed,
        note=words.NOT_PRINTABLE[language],
        language=language,
    )


def _parts(plan: ClientPlan, language: Language) -> Iterator[Part]:
    for section in SectionKey:
        if section is SectionKey.CRISIS_LINES:
            rows = tuple(_line(line, language) for line in plan.crisis_lines)
        elif section is SectionKey.WHAT_HELPS_STAFF:
            rows = tuple(_what_helps(plan.document, language))
        else:
            rows = tuple(_row(entry, language) for entry in entries(plan.document, section))
        yield Part(words.HEADINGS[section][language], rows)


def _row(entry: Entry, language: Language) -> Row:
    said: list[str | None] = []
    number: str | None = None
    match entry:
        case WarningSign():
            said = [words.STAGES[entry.stage][language]]
        case Coping():
            said = [words.OBSTACLE[language].format(entry.obstacle) if entry.obstacle else None]
        case Distraction():
            said, number = [entry.where], entry.phone
        case Helper():
            said, number = [entry.relation, entry.best_times], entry.phone
        case Professional():
            said, number = [entry.role, entry.address, entry.hours], entry.phone
        case SaferStep():
            said = [
                words.WHO_HELPS[language].format(entry.who_helps) if entry.who_helps else None,
                _by(entry, language),
            ]
        case _:
            pass
    return Row(words_of(entry), number or "", _joined(*said))


def _by(step: SaferStep, language: Language) -> str | None:
    if step.done:
        return words.DONE[language]
    return words.BY_DAY[language].format(words.day_words(step.by_on, language)) if step.by_on else None


def _line(line: ClientLine, language: Language) -> Row:
    keyword = words.SEND_WORD[language].format(line.keyword) if line.keyword else None
    press = words.PRESS[language].format(line.press) if line.press else None
    return Row(line.name, line.number or line.href or "", _joined(press, keyword, line.hours))


def _what_helps(document: PlanDocument, language: Language) -> Iterator[Row]:
    known = document.what_helps_staff
    directive = known.advance_directive
    said = {
        "helps": known.helps,
        "does_not_help": known.does_not_help,
        "preferred_hospital": known.preferred_hospital,
        "directive_where": directive.where,
    }
    for key, text in said.items():
        if text:
            yield Row(words.HELPS[key][language].format(text))
    if directive.agent_phone:
        yield Row(words.HELPS["agent_phone"][language].format("").strip(), directive.agent_phone)


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
