"""How easy a text is to read, and how it may not speak. Measures by textstat, limits of our own.

English: Flesch-Kincaid grade 6 or below (Kincaid 1975). Spanish: Fernández-Huerta 70 or above, which is sixth
grade on his scale; 80 is fifth grade (Fernández Huerta 1959, "Medidas sencillas de lecturabilidad", in the
form corrected by Law 2011). Both were made for samples of a hundred words. So a text of fewer than five words
is judged by the length of its words alone, and each source is measured as a whole too, in Spanish against 80.
"""

import re
from collections.abc import Iterator, Sequence

import textstat
from msgspec import Struct

from crisisplans.lines import national_lines
from server.people.terms import Language

GRADE = 6.0
EASE, EASE_OF_ALL = 70.0, 80.0
LONGEST_SENTENCE = 15
LONGEST_WORD = 14
FEWEST_WORDS = 5
NEUTRAL = "Ana"

SLOT = re.compile(r"\{(\w*)\}")
_WORD = re.compile(r"[^\W\d_]+")
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u27bf\ufe0f\U0001f000-\U0001faff]")
_LONG_NUMBER = re.compile(r"\d(?:[ ()./-]*\d){5,}")
BANNED = {
    Language.EN: r"just|simply|should|please don.t|commit\w* suicide|committed suicide",
    Language.ES: r"simplemente|nomás|deberías?|debes|usted|ustedes|cometer suicidio|suicidarse",
}
"""INTERFACE "Words", and the same in Spanish, which says tú."""


class Told(Struct, frozen=True):
    """One text in both languages. `key` says which one it is."""

    key: str
    en: str
    es: str

    def text(self, language: Language) -> str:
        """The words of one language."""
        return self.es if language is Language.ES else self.en


def filled(text: str) -> str:
    """The text with a neutral word in every slot."""
    return SLOT.sub(NEUTRAL, text)


def sentences(text: str) -> list[str]:
    """What a reader takes in one breath."""
    return [part for part in re.split(r"[.?…]+\s+|\n+", filled(text)) if part.strip()]


def measure(text: str, language: Language) -> float:
    """The grade of an English text, the ease of a Spanish one."""
    textstat.set_lang("es" if language is Language.ES else "en_US")
    if language is Language.ES:
        return textstat.fernandez_huerta(filled(text))
    return textstat.flesch_kincaid_grade(filled(text))


def hard_to_read(text: str, language: Language) -> Iterator[str]:
    """Everything that makes this text hard, in words."""
    words = _WORD.findall(filled(text))
    for sentence in sentences(text):
        count = len(sentence.split())
        if count > LONGEST_SENTENCE:
            yield f"{count} words in one sentence"
    if len(words) < FEWEST_WORDS:
        yield from (f"the long word {word!r}" for word in words if len(word) > LONGEST_WORD)
        return
    found = measure(text, language)
    if language is Language.EN and found > GRADE:
        yield f"grade {found:.1f}"
    if language is Language.ES and found < EASE:
        yield f"ease {found:.0f}"


def hard_as_a_whole(texts: Sequence[str], language: Language) -> bool:
    """True where all of a source's sentences together are above what our readers are promised."""
    found = measure(
        " ".join(f"{sentence.rstrip('.?:…')}." for text in texts for sentence in sentences(text)), language
    )
    return found < EASE_OF_ALL if language is Language.ES else found > GRADE


def badly_said(text: str, language: Language) -> Iterator[str]:
    """Every way this text breaks with how Handrail speaks."""
    if re.search(r"[!¡]", text):
        yield "an exclamation mark"
    if _EMOJI.search(text):
        yield "an emoji"
    for word in re.findall(rf"(?<!\w)(?:{BANNED[language]})(?!\w)", text.lower()):
        yield f"the words {word!r}"
    if _LONG_NUMBER.search(text) or set(re.findall(r"\d+", text)) & _known_numbers():
        yield "a number that looks like a help line's"


def _known_numbers() -> set[str]:
    return {line.number for line in national_lines() if line.number}
