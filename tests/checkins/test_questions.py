"""What is asked and how answers are read: strict about kinds, kind to blanks, silent about what was sent."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkins.default_questionnaire import Sign, SignStage, build
from checkins.questions import (
    DECLINED,
    Declined,
    Definition,
    Item,
    ItemKind,
    MisfitError,
    Option,
    Text,
    items_for,
    problems,
    read_answer,
    read_answers,
    wire,
)
from server.people.terms import Language

NOORS = build(
    [
        Sign("s1", "My thoughts race at night", SignStage.EARLY),
        Sign("s2", "I stop answering my sister", SignStage.BREAKING_DOWN),
        Sign("s3", "I say goodbye in my head", SignStage.CRISIS, threshold=1),
    ]
)
WORDS = Text(en="A question", es="Una pregunta")
OPTIONS = (Option("a", WORDS), Option("b", WORDS))


def item(kind: ItemKind, **more: object) -> Item:
    return msgspec.convert({"key": "q", "kind": kind, "text": {"en": "Q", "es": "P"}, **more}, Item)


SCALE = item(ItemKind.SCALE, min=0, max=4)
NUMBER = item(ItemKind.NUMBER, min=0, max=24)
FREE_NUMBER = item(ItemKind.NUMBER)
YES_NO = item(ItemKind.YES_NO)
TEXT = item(ItemKind.TEXT)
SINGLE = msgspec.structs.replace(item(ItemKind.SINGLE), options=OPTIONS)
MULTIPLE = msgspec.structs.replace(item(ItemKind.MULTIPLE), options=OPTIONS)


@pytest.mark.parametrize(
    ("asked", "raw", "kept"),
    [
        (SCALE, 0, 0),
        (SCALE, 4, 4),
        (NUMBER, 7.5, 7.5),
        (NUMBER, 24, 24),
        (FREE_NUMBER, -3, -3),
        (YES_NO, True, True),
        (YES_NO, "no", False),
        (SINGLE, "b", "b"),
        (MULTIPLE, ["b", "a"], ["b", "a"]),
        (MULTIPLE, [], []),
        (TEXT, "Ño 🙂\nline two", "Ño 🙂\nline two"),
        (TEXT, "x" * 2000, "x" * 2000),
    ],
)
def test_a_good_answer_is_kept_as_it_is(asked: Item, raw: object, kept: object) -> None:
    answer = read_answer(asked, raw)
    assert answer == kept
    assert type(answer) is type(kept)


@pytest.mark.parametrize(
    ("asked", "raw"),
    [
        *((SCALE, raw) for raw in (True, -1, 5, 2.0, "2", 10**400, float("nan"), None, [1], [], "")),
        *((NUMBER, raw) for raw in (False, -0.1, 24.5, float("nan"), float("inf"), "7", None, [])),
        *((FREE_NUMBER, raw) for raw in (10**400, -(10**10), float("-inf"))),
        *((YES_NO, raw) for raw in (1, 0, "maybe", "YES", "", None, ["yes"])),
        *((SINGLE, raw) for raw in ("c", "", 1, True, ["a"], None, "A Question")),
        *((MULTIPLE, raw) for raw in ("a", ["c"], ["a", "a"], ["a", 1], [["a"]], [{}], None, True)),
        *((TEXT, raw) for raw in ("nul\0", "lone \ud83d", "\udc00", "x" * 2001, 5, True, None, ["a"])),
    ],
)
def test_a_bad_answer_is_refused_and_never_repeated(asked: Item, raw: object) -> None:
    with pytest.raises(MisfitError):
        read_answer(asked, raw)
    answers, wrong = read_answers([asked], {"q": raw})
    assert answers == {}
    assert [problem.path for problem in wrong] == ["answers.q"]
    assert msgspec.json.encode(wrong)


def test_the_words_about_a_bad_answer_do_not_hold_it() -> None:
    _, wrong = read_answers([SINGLE, TEXT], {"q": "goodbye-marker\0"})
    assert len(wrong) == 1
    assert "goodbye-marker" not in wrong[0].message


@pytest.mark.parametrize("asked", [SCALE, NUMBER, YES_NO, SINGLE, MULTIPLE, TEXT])
def test_every_question_can_be_declined_but_only_in_the_one_spelling(asked: Item) -> None:
    assert read_answer(asked, {"declined": True}) == DECLINED
    assert read_answer(asked, DECLINED) == DECLINED
    for spelling in ({}, {"declined": False}, {"declined": 1}, {"declined": True, "why": "x"}, {"value": 1}):
        with pytest.raises(MisfitError):
            read_answer(asked, spelling)


def test_a_blank_is_no_problem_and_an_unasked_key_is_one() -> None:
    answers, wrong = read_answers(NOORS.items, {"mood": 5, "moood": 5})
    assert answers == {"mood": 5}
    assert [problem.path for problem in wrong] == ["answers.moood"]


@pytest.mark.parametrize("key", ["", "Ünknown", "x" * 65, "nul\0", "lone \ud83d", "mood\n", "I want to die"])
def test_a_key_that_cannot_be_ours_is_not_echoed(key: str) -> None:
    answers, wrong = read_answers(NOORS.items, {key: 5})
    assert answers == {}
    assert [problem.path for problem in wrong] == ["answers"]


def test_ten_thousand_unknown_keys_give_a_short_list() -> None:
    _, wrong = read_answers(NOORS.items, {f"k{n}": n for n in range(10_000)})
    assert 1 <= len(wrong) <= 30


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([each.key for each in NOORS.items]) | st.text(), JUNK, max_size=12))
def test_reading_anything_at_all_keeps_or_reports_each_key_and_keeps_only_what_can_be_stored(
    raw: dict[str, object],
) -> None:
    answers, wrong = read_answers(NOORS.items, raw)
    assert len(answers) + len(wrong) == len(raw)
    stored = msgspec.json.encode(answers)
    again = msgspec.json.decode(stored, type=dict[str, str | int | float | bool | list[str] | Declined])
    assert read_answers(NOORS.items, again) == (answers, ())


def test_rotating_items_take_turns_before_the_closing_free_text() -> None:
    seen = [items_for(NOORS, turn) for turn in range(len(NOORS.rotating) * 2)]
    assert [asked[-2] for asked in seen] == [*NOORS.rotating, *NOORS.rotating]
    assert all(asked[-1].kind == ItemKind.TEXT for asked in seen)
    assert all(len(asked) == len(NOORS.items) + 1 for asked in seen)


def test_without_closing_text_or_rotating_items_nothing_is_lost() -> None:
    assert items_for(Definition(items=(SCALE,)), 7) == (SCALE,)
    other = msgspec.structs.replace(YES_NO, key="r")
    assert items_for(Definition(items=(SCALE,), rotating=(other,)), -1) == (SCALE, other)


def test_a_phone_gets_what_it_needs_in_its_own_language_and_no_rule() -> None:
    plain = msgspec.to_builtins(wire(items_for(NOORS, 0), Language.ES))
    by_key = {each["key"]: each for each in plain}
    sign = by_key["sign.s1"]
    assert sign["sign_id"] == "s1"
    assert sign["text"] == "De tu plan: “My thoughts race at night”. ¿Cuánto te ha pasado esto hoy?"
    assert (sign["min"], sign["max"], sign["low"], sign["risk"]) == (0, 4, "Nada", True)
    assert by_key["mood"]["risk"] is False
    assert by_key["safe_now"]["options"][1] == {"value": "not_sure", "label": "No lo sé"}
    assert "options" not in by_key["mood"]
    allowed = {"key", "kind", "text", "risk", "options", "min", "max", "low", "high", "sign_id"}
    assert set().union(*plain) <= allowed


@pytest.mark.parametrize("written", ["I stop eating", "I stop eating. ", "I stop eating ..."])
def test_a_warning_sign_is_asked_about_in_the_clients_own_words_however_they_end(written: str) -> None:
    item = build([Sign("s1", written, SignStage.EARLY)]).items[2]
    assert item.text.en == "From your plan: “I stop eating”. How much has this been there today?"
    assert item.text.es == "De tu plan: “I stop eating”. ¿Cuánto te ha pasado esto hoy?"


def test_noors_questionnaire_is_sound_and_survives_storage() -> None:
    assert problems(NOORS) == ()
    assert problems(build([])) == ()
    assert msgspec.json.decode(msgspec.json.encode(NOORS), type=Definition) == NOORS


def own_sentences(definition: Definition) -> list[Text]:
    every = (*definition.items, *definition.rotating)
    asked = [text for each in every for text in (each.text, each.low, each.high) if text]
    return [*asked, *(option.label for each in every for option in each.options)]


def grade(sentence: str) -> float:
    """Flesch–Kincaid grade (Kincaid 1975) of one English sentence, syllables counted by vowel groups."""
    words = re.findall(r"[a-z']+", sentence.lower())
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e\b", "", word)))) for word in words)
    return 0.39 * len(words) + 11.8 * syllables / len(words) - 15.59


def test_the_grade_helper_tells_hard_from_easy() -> None:
    assert grade("Are you safe right now?") < 3
    assert grade("Indicate approximate frequency of suicidal ideation experienced recently.") > 12


def test_our_own_sentences_are_short_and_easy_in_both_languages() -> None:
    for text in own_sentences(build([])):
        assert len(text.en.split()) <= 15
        assert len(text.es.split()) <= 15
        assert len(text.en.split()) < 4 or grade(text.en) <= 6, text.en
        both = f"{text.en} {text.es}".lower()
        assert not re.search(r"!|¡|\bjust\b|\bsimply\b|\bshould\b|suicid|\d", both)
