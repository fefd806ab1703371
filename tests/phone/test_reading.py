"""Every word a client may read is easy, short and kind, complete in both languages, and holds no help line's number."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from checkins.default_questionnaire import Sign, SignStage, build
from checkins.definition import Text
from crisisplans import print_words
from crisisplans.lines import national_lines
from notifications.delivery.messages import say
from notifications.delivery.sentences import SENTENCES, Sentence
from server.people import consent, looks
from server.people.terms import Language
from tests.notifications.telling import MENU
from tests.notifications.telling import told as told_to_clients
from tests.phone.reading import (
    SLOT,
    Told,
    badly_said,
    hard_as_a_whole,
    hard_to_read,
    measure,
)

ROOT = Path(__file__).parents[2]
WORDS = sorted((ROOT / "server/phone/static/words").glob("*.json"))
EN, ES = Language.EN, Language.ES


def from_words(path: Path) -> list[Told]:
    """One file of the phone's words."""
    return [Told(key, both["en"], both["es"]) for key, both in json.loads(path.read_bytes()).items()]


def from_sentences() -> list[Told]:
    """What the service tells, as told: with names, times and a line."""
    both = zip(told_to_clients(EN), told_to_clients(ES), strict=True)
    return [Told(f"told {number}", english, spanish) for number, (english, spanish) in enumerate(both)]


def from_default_questionnaire() -> list[Told]:
    """Every question with its answers; a client's own warning sign stands for all."""
    definition = build([Sign("s1", "I stay up late", SignStage.EARLY)])
    found: list[Told] = []

    def add(key: str, text: Text | None) -> None:
        if text is not None:
            found.append(Told(key, text.en, text.es))

    for item in (*definition.items, *definition.rotating):
        add(item.key, item.text)
        add(f"{item.key}: low", item.low)
        add(f"{item.key}: high", item.high)
        for option in item.options:
            add(f"{item.key}: {option.value}", option.label)
    return found


def from_consents() -> list[Told]:
    """What a client is told and asked before they begin, the sentence about the help line included."""
    line = {language: say(Sentence.IF_NEEDED, language, MENU) for language in Language}
    found: list[Told] = []
    for item in consent.ITEMS:
        found.append(Told(f"{item.key}: title", item.title[EN], item.title[ES]))
        both = [consent.text_of(item, language, line) for language in (EN, ES)]
        found.append(Told(item.key, *both))
    return found


def from_tables(module: ModuleType) -> list[Told]:
    """Every text in a module's tables, however deep; a table of both languages is one text."""

    def texts_in(key: str, value: object) -> Iterator[Told]:
        if isinstance(value, Mapping):
            if set(value) == set(Language):
                yield Told(key, value[EN], value[ES])
            else:
                yield from (told for name, each in value.items() for told in texts_in(f"{key}: {name}", each))

    public = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return [told for name, value in public.items() for told in texts_in(name, value)]


SOURCES: dict[str, Callable[[], list[Told]]] = {
    "sentences": from_sentences,
    "default questionnaire": from_default_questionnaire,
    "consents": from_consents,
    "access log": lambda: from_tables(looks),
    "printed plan": lambda: from_tables(print_words),
    **{path.name: (lambda path=path: from_words(path)) for path in WORDS},
}

every_source = pytest.mark.parametrize("source", SOURCES)
in_both = pytest.mark.parametrize("language", Language)


@cache
def texts(source: str) -> list[Told]:
    return SOURCES[source]()


def slots(text: str) -> list[str]:
    return sorted(SLOT.findall(text))


def failing(source: str, language: Language, judge: Callable[[str, Language], object]) -> list[str]:
    return [
        f"{told.key} ({', '.join(found)}): {told.text(language)}"
        for told in texts(source)
        if (found := list(judge(told.text(language), language)))
    ]


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.name)
def test_every_key_of_the_phones_words_has_both_languages_and_nothing_else(path: Path) -> None:
    pairs = json.loads(path.read_bytes(), object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), "a key stands twice"
    lacking = [key for key, both in pairs if sorted(name for name, _ in both) != ["en", "es"]]
    lacking += [key for key, both in pairs if not all(text.strip() == text != "" for _, text in both)]
    assert not lacking
    assert not [key for key in keys if key.count(".") != 1]


def test_no_key_stands_in_two_files() -> None:
    keys = [told.key for path in WORDS for told in from_words(path)]
    assert len(keys) == len(set(keys))


@every_source
def test_both_languages_have_the_same_slots(source: str) -> None:
    differ = [each for each in texts(source) if slots(each.en) != slots(each.es)]
    assert not [each.key for each in differ]


@every_source
@in_both
def test_every_text_is_easy_and_short(source: str, language: Language) -> None:
    found = failing(source, language, hard_to_read)
    assert not found, "\n" + "\n".join(found)


@every_source
@in_both
def test_all_texts_together_are_easy(source: str, language: Language) -> None:
    assert not hard_as_a_whole([told.text(language) for told in texts(source)], language)


@every_source
@in_both
def test_no_text_shouts_scolds_or_types_a_number(source: str, language: Language) -> None:
    found = failing(source, language, badly_said)
    assert not found, "\n" + "\n".join(found)


def test_each_sentence_of_the_service_has_the_same_slots_in_both_languages() -> None:
    assert SENTENCES[EN].keys() == SENTENCES[ES].keys()
    for sentence, english in SENTENCES[EN].items():
        assert slots(english) == slots(SENTENCES[ES][sentence]), sentence


def test_the_measures_can_tell_hard_from_easy() -> None:
    hard = "The determination regarding intervention necessitates multidisciplinary consideration."
    duro = "La determinación sobre la intervención necesita consideraciones multidisciplinarias."
    assert list(hard_to_read(hard, EN))
    assert list(hard_to_read(duro, ES))
    assert not list(hard_to_read("You can stop here, or go on.", EN))
    assert not list(hard_to_read("Puedes parar aquí o seguir con {name}.", ES))
    assert measure("You can call {name}.", EN) == measure("You can call Ana.", EN)
    assert list(
        hard_to_read("one two three four five six seven eight nine ten one two three four five six", EN)
    )
    assert list(hard_to_read("Unbelievablenesses here", EN))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("You did it!", EN),
        ("You should call.", EN),
        ("It is just a check-in.", EN),
        ("Call 555 010 0199.", EN),
        *((f"Call {line.number} now.", EN) for line in national_lines() if line.number),
        ("¡Qué bueno!", ES),
        ("Deberías llamar.", ES),
        ("¿Cómo está usted?", ES),
        ("Well done \U0001f389", EN),
    ],
)
def test_bad_manners_are_found(text: str, language: Language) -> None:
    assert list(badly_said(text, language))
