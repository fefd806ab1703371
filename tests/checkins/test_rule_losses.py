"""Rules that are taken away: which answers to risk questions would call nobody any more."""

from msgspec.structs import replace

from checkins.default_questionnaire import build
from checkins.definition import Definition, InARow, Item, ItemKind, SumScore, Text, Threshold
from checkins.rule_losses import losses
from notifications.escalations.tiers import Tier

BUILT_IN = build(())


def without(*keys: str) -> Definition:
    return replace(BUILT_IN, rules=tuple(rule for rule in BUILT_IN.rules if rule.key not in keys))


def rules_about(item: str) -> list[str]:
    return [rule.key for rule in BUILT_IN.rules if getattr(rule, "item", "") == item]


def pains(*rules: Threshold | InARow | SumScore, most: int = 4) -> Definition:
    item = Item(key="pain", kind=ItemKind.SCALE, text=Text("Pain?", "¿Dolor?"), min=0, max=most, risk=True)
    return Definition((item,), (), rules)


def test_the_same_rules_lose_nothing() -> None:
    assert losses(BUILT_IN, BUILT_IN) == ()


def test_nobody_would_be_called_for_noor_who_says_she_is_not_safe() -> None:
    told = [each.sentence for each in losses(BUILT_IN, without(*rules_about("safe_now")))]
    assert (
        "Nobody would be called for “No, I am not safe” to “Are you safe right now?” any more (until now: emergency)."
        in told
    )
    assert not any("ending your life" in each for each in told)


def test_a_case_that_would_come_later_is_told_as_well() -> None:
    lower = tuple(
        replace(rule, tier=Tier.ROUTINE) if rule.key in rules_about("safe_now") else rule
        for rule in BUILT_IN.rules
    )
    told = [each.sentence for each in losses(BUILT_IN, replace(BUILT_IN, rules=lower))]
    assert (
        "The case for “No, I am not safe” to “Are you safe right now?” would be routine (until now: emergency)."
        in told
    )


def test_a_question_that_is_asked_no_more_counts_only_against_the_version_before() -> None:
    other = pains()
    assert losses(BUILT_IN, other)
    assert losses(BUILT_IN, other, still_asked=True) == ()


def test_a_question_under_another_key_is_known_by_its_words() -> None:
    renamed = tuple(replace(item, key=f"our.{item.key}") for item in BUILT_IN.items)
    assert losses(BUILT_IN, Definition(renamed), still_asked=True)


def test_scales_runs_and_sums_are_judged_answer_by_answer() -> None:
    limit = Threshold(key="pain.high", tier=Tier.URGENT, item="pain", at_least=3)
    before = pains(limit)
    assert [each.answer for each in losses(before, pains())] == ["3", "4"]
    run = InARow(key="pain.run", tier=Tier.URGENT, item="pain", times=3, at_least=3)
    total = SumScore(key="pain.sum", tier=Tier.URGENT, items=("pain",), at_least=4)
    assert losses(before, pains(run)) == ()
    assert [each.answer for each in losses(before, pains(total))] == ["3"]
    assert [each.answer for each in losses(before, pains(limit, most=3))] == ["4"]


def test_a_question_that_is_no_risk_any_more_may_be_left_open() -> None:
    plain = replace(BUILT_IN, items=tuple(replace(item, risk=False) for item in BUILT_IN.items), rules=())
    assert any(each.answer == "Prefer not to say" for each in losses(BUILT_IN, plain))
