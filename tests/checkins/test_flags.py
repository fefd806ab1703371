"""Flags: which answers call for a human, told with Noor; and what must hold for any answers at all."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkins.default_questionnaire import Sign, SignStage, build
from checkins.definition import (
    DECLINED,
    Answer,
    ChangeFromUsual,
    Definition,
    InARow,
    Item,
    ItemKind,
    Rule,
    SumScore,
    Text,
    Threshold,
)
from checkins.flags import HISTORY, Raised, evaluate, tier_of
from checkins.questions import items_for
from notifications.escalations.tiers import Tier

SIGNS = [
    Sign("s1", "My thoughts race at night", SignStage.EARLY),
    Sign("s2", "I stop answering my sister", SignStage.BREAKING_DOWN),
    Sign("s3", "I say goodbye in my head", SignStage.CRISIS),
]
NOORS = build(SIGNS)
CALM: dict[str, Answer] = {
    "mood": 6,
    "sleep": 7.5,
    "thoughts": False,
    "safe_now": "safe",
    "anything_else": "Hi",
}
CALM |= {"sign.s1": 0, "sign.s2": 1, "sign.s3": 0}
ASKED = items_for(NOORS, 0)
RISKY = [item.key for item in ASKED if item.risk]


def flags(
    changes: dict[str, Any], history: list[dict[str, Answer]] | None = None, turn: int = 0
) -> list[Raised]:
    return list(evaluate(NOORS, items_for(NOORS, turn), {**CALM, **changes}, history or []))


def without(key: str) -> dict[str, Answer]:
    return {each: value for each, value in CALM.items() if each != key}


def test_a_calm_check_in_raises_nothing() -> None:
    assert flags({}) == []
    assert tier_of([]) is None


def test_noors_racing_thoughts_reach_mara_with_the_exact_words() -> None:
    assert flags({"sign.s1": 4}) == [
        Raised("sign.s1", "sign.s1", Tier.SAME_DAY, "“My thoughts race at night”: very strong today (4 of 4)")
    ]


@pytest.mark.parametrize(
    ("changes", "tier"),
    [
        ({"sign.s1": 3}, Tier.SAME_DAY),
        ({"sign.s1": 2}, None),
        ({"sign.s2": 3}, Tier.URGENT),
        ({"sign.s3": 3}, Tier.EMERGENCY),
        ({"thoughts": True}, Tier.URGENT),
        ({"thoughts": "yes"}, Tier.URGENT),
        ({"thoughts": DECLINED}, Tier.SAME_DAY),
        ({"thoughts": True, "safe_now": "not_sure"}, Tier.EMERGENCY),
        ({"safe_now": "not_safe"}, Tier.EMERGENCY),
        ({"safe_now": DECLINED}, Tier.URGENT),
        ({"thoughts": True, "safe_now": "safe", "sign.s1": 4}, Tier.URGENT),
        ({"mood": DECLINED, "sleep": DECLINED, "anything_else": DECLINED}, None),
    ],
)
def test_how_soon_a_person_acts(changes: dict[str, Any], tier: Tier | None) -> None:
    assert tier_of(flags(changes)) == tier


def test_noor_says_she_is_not_sure_she_is_safe_and_her_own_choice_is_quoted() -> None:
    (flag,) = flags({"safe_now": "not_sure"})
    assert flag.why == "“Are you safe right now?”: “I am not sure”"


@pytest.mark.parametrize("turn", range(len(NOORS.rotating)))
def test_help_with_any_life_domain_is_a_routine_request_and_never_more(turn: int) -> None:
    domain = NOORS.rotating[turn].key
    (flag,) = flags({domain: "help"}, turn=turn)
    assert (flag.tier, flag.item) == (Tier.ROUTINE, domain)
    assert flags({domain: "managing"}, turn=turn) == []
    assert flags({domain: DECLINED}, turn=turn) == []


@pytest.mark.parametrize("key", RISKY)
def test_a_blank_or_declined_risk_question_needs_contact(key: str) -> None:
    for answers in (without(key), {**CALM, key: DECLINED}, {**CALM, key: []}, {**CALM, key: " "}):
        (flag,) = evaluate(NOORS, ASKED, answers, [])
        assert flag.item == key
        assert not Tier.SAME_DAY.outranks(flag.tier)
        assert flag.why.endswith("needs contact")


def test_a_risk_question_nobody_wrote_a_rule_for_still_needs_contact() -> None:
    forgotten = Definition(items=NOORS.items, rotating=NOORS.rotating)
    found = evaluate(forgotten, ASKED, without("thoughts"), [])
    assert [(flag.rule, flag.item, flag.tier) for flag in found] == [
        ("unanswered", "thoughts", Tier.SAME_DAY)
    ]


def test_noors_mood_falls_below_her_own_usual_only_once_there_is_a_usual() -> None:
    earlier: list[dict[str, Answer]] = [{"mood": value} for value in (8, 7, 9, 7)]
    assert flags({"mood": 4}, earlier) == []
    (flag,) = flags({"mood": 4}, [*earlier, {"mood": 7}])
    assert flag.why == "Mood today: 4 of 10, usually about 7"
    assert flags({"mood": 5}, [*earlier, {"mood": 7}]) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sign.s1": 3}, "“My thoughts race at night”: strong today (3 of 4)"),
        ({"mood": 1}, "Mood today: 1 of 10, usually about 4 to 5"),
        ({"sleep": 2.5}, "Hours of sleep: 2.5, usually about 6.8"),
    ],
)
def test_a_flag_is_understood_at_first_reading_and_names_no_rule(changes: dict[str, Any], why: str) -> None:
    earlier: list[dict[str, Answer]] = [
        {"mood": mood, "sleep": sleep} for mood, sleep in ((4, 6.5), (5, 7), (4, 6.5), (5, 7), (3, 7), (6, 6))
    ]
    assert [flag.why for flag in flags(changes, earlier)] == [why]


def test_only_the_latest_fourteen_check_ins_make_the_usual() -> None:
    low: list[dict[str, Answer]] = [{"mood": 4}] * HISTORY
    assert flags({"mood": 4}, [*low, *[{"mood": 10}] * 30]) == []


def test_three_low_days_in_a_row_flag_and_a_declined_day_does_not_hide_them() -> None:
    assert flags({"mood": 2}, [{"mood": 1}, {"mood": 3}]) == []
    (flag,) = flags({"mood": 2}, [{"mood": 1}, {"mood": DECLINED}, {}, {"mood": 2}])
    assert (flag.rule, flag.tier) == ("mood.low", Tier.SAME_DAY)
    assert flag.why == "Mood today: 2 of 10, 2 or less for 3 check-ins in a row"
    assert flags({"mood": 2}, [{"mood": 1}, {"mood": DECLINED}]) == []


def scales(*rules: Rule) -> Definition:
    words = Text(en="Q", es="P")
    keys = ("a", "b", "c")
    items = tuple(Item(key=key, kind=ItemKind.SCALE, text=words, min=0, max=3) for key in keys)
    return Definition(items=items, rules=rules)


def test_a_partial_sum_flags_once_it_reaches_the_limit_and_says_it_is_incomplete() -> None:
    total = SumScore(key="sum", tier=Tier.URGENT, items=("a", "b", "c"), at_least=5, incomplete=Tier.ROUTINE)
    asked = scales(total)
    (flag,) = evaluate(asked, asked.items, {"a": 3, "b": 2}, [])
    assert flag == Raised("sum", None, Tier.URGENT, "Sum of answers: 5, incomplete (2 of 3 answered)")
    (flag,) = evaluate(asked, asked.items, {"a": 3, "b": DECLINED, "c": 1}, [])
    assert flag.tier == Tier.ROUTINE
    assert evaluate(asked, asked.items, {"a": 3, "b": 0, "c": 1}, []) == ()
    quiet = scales(msgspec.structs.replace(total, incomplete=None))
    assert evaluate(quiet, quiet.items, {"a": 3}, []) == ()


@pytest.mark.parametrize(
    "rule",
    [
        Threshold(key="r", tier=Tier.ROUTINE, item="gone", at_least=1),
        Threshold(key="r", tier=Tier.ROUTINE, item="a"),
        Threshold(key="r", tier=Tier.ROUTINE, item="a", at_least=float("nan")),
        InARow(key="r", tier=Tier.ROUTINE, item="a", times=2),
        SumScore(key="r", tier=Tier.ROUTINE, items=("a", "gone"), at_least=9),
        SumScore(key="r", tier=Tier.ROUTINE, items=("a",), at_least=float("nan")),
        ChangeFromUsual(
            key="r", tier=Tier.ROUTINE, item="a", worse="lower", by=float("nan"), at_least_answers=1
        ),
    ],
)
def test_a_rule_that_cannot_be_evaluated_flags_the_same_day(rule: Rule) -> None:
    asked = scales(rule)
    (flag,) = evaluate(asked, asked.items, {"a": 2, "b": 0, "c": 0}, [{"a": 2}])
    assert (flag.rule, flag.tier) == ("r", Tier.SAME_DAY)
    assert flag.why.startswith("This rule could not be evaluated: ")


def test_an_answer_of_the_wrong_kind_flags_at_the_rules_tier_without_repeating_the_answer() -> None:
    found = flags({"sign.s3": "goodbye-marker"})
    assert ("sign.s3", Tier.EMERGENCY) in [(flag.rule, flag.tier) for flag in found]
    assert "goodbye-marker" not in msgspec.json.encode(found).decode()


def test_a_history_that_is_no_history_flags_instead_of_throwing() -> None:
    broken: Any = [None, 7]
    assert {flag.rule for flag in flags({"mood": 2}, broken)} == {"mood.change", "mood.low", "sleep.change"}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just(DECLINED),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from([item.key for item in (*NOORS.items, *NOORS.rotating)])
ANYTHING = st.dictionaries(KEYS, JUNK, max_size=12)


@settings(max_examples=200, deadline=None)
@given(ANYTHING, st.lists(ANYTHING | JUNK, max_size=8), st.integers())
def test_no_answers_and_no_history_make_it_throw(answers: Any, history: Any, turn: int) -> None:
    found = evaluate(NOORS, items_for(NOORS, turn), answers, history)
    silent = {key for key in RISKY if key not in answers or answers[key] in (None, DECLINED, [])}
    assert not silent or tier_of(found) in (Tier.SAME_DAY, Tier.URGENT, Tier.EMERGENCY)


def fitting(item: Item) -> st.SearchStrategy[Any]:
    match item.kind:
        case ItemKind.SCALE:
            return st.integers(item.min, item.max)
        case ItemKind.NUMBER:
            return st.floats(item.min, item.max)
        case ItemKind.YES_NO:
            return st.booleans()
        case ItemKind.TEXT:
            return st.text(max_size=9)
        case _:
            return st.sampled_from([option.value for option in item.options])


PROPER = st.fixed_dictionaries({}, optional={i.key: st.just(DECLINED) | fitting(i) for i in ASKED})
CROSSING = st.one_of(
    st.tuples(st.sampled_from(["sign.s1", "sign.s2", "sign.s3"]), st.sampled_from([3, 4])),
    st.tuples(st.just("safe_now"), st.sampled_from(["not_sure", "not_safe"])),
    st.just(("thoughts", True)),
)


@settings(max_examples=200, deadline=None)
@given(PROPER, st.lists(PROPER, max_size=16), CROSSING)
def test_an_answer_that_crosses_a_limit_never_lowers_the_tier(
    answers: dict[str, Any], history: list[Any], crossing: tuple[str, Any]
) -> None:
    before = tier_of(evaluate(NOORS, ASKED, answers, history))
    assert not any("could not" in flag.why for flag in evaluate(NOORS, ASKED, answers, history))
    after = tier_of(evaluate(NOORS, ASKED, {**answers, crossing[0]: crossing[1]}, history))
    assert after is not None
    assert before is None or not before.outranks(after)


@settings(max_examples=100, deadline=None)
@given(ANYTHING | PROPER, st.lists(PROPER, max_size=16), st.randoms())
def test_the_order_of_the_rules_does_not_matter(answers: Any, history: Any, chance: random.Random) -> None:
    shuffled = list(NOORS.rules)
    chance.shuffle(shuffled)
    other = msgspec.structs.replace(NOORS, rules=tuple(shuffled))
    assert evaluate(other, ASKED, answers, history) == evaluate(NOORS, ASKED, answers, history)
