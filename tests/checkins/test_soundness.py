"""A questionnaire that would fail the client is refused before it is used."""

import msgspec
import pytest

from checkins.default_questionnaire import Sign, SignStage, build
from checkins.definition import ChangeFromUsual, Chosen, InARow, SumScore, Threshold, Unanswered
from checkins.questions import Definition, Item, ItemKind, Option, Text, problems
from notifications.escalations.tiers import Tier

WORDS = Text(en="A question", es="Una pregunta")
OPTIONS = (Option("a", WORDS), Option("b", WORDS))


def item(kind: ItemKind, **more: object) -> Item:
    return msgspec.convert({"key": "q", "kind": kind, "text": {"en": "Q", "es": "P"}, **more}, Item)


SCALE = item(ItemKind.SCALE, min=0, max=4)
TEXT = item(ItemKind.TEXT)
SINGLE = msgspec.structs.replace(item(ItemKind.SINGLE), options=OPTIONS)


def broken(**more: object) -> Definition:
    guarded = msgspec.structs.replace(SCALE, risk=True)
    guard = Unanswered(key="open", tier=Tier.SAME_DAY, items=("q",))
    return msgspec.structs.replace(Definition(items=(guarded,), rules=(guard,)), **more)


def limit(**more: object) -> Threshold:
    return msgspec.convert(
        {"rule": "threshold", "key": "t", "tier": "urgent", "item": "q", **more}, Threshold
    )


HELP = msgspec.structs.replace(SINGLE, domain="money")


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        (broken(items=(), rules=()), "items"),
        (broken(rules=()), "items.0"),
        (broken(rules=(Unanswered(key="open", tier=Tier.ROUTINE, items=("q",)),)), "rules.0.tier"),
        (broken(rotating=(SCALE,)), "rotating.0.key"),
        (
            broken(items=tuple(msgspec.structs.replace(TEXT, key=f"k{n}") for n in range(31)), rules=()),
            "items",
        ),
        (broken(items=(msgspec.structs.replace(TEXT, key="Mood today"),), rules=()), "items.0.key"),
        (broken(items=(item(ItemKind.SINGLE),), rules=()), "items.0.options"),
        (broken(items=(msgspec.structs.replace(TEXT, options=OPTIONS),), rules=()), "items.0.options"),
        (broken(items=(msgspec.structs.replace(SINGLE, options=OPTIONS * 2),), rules=()), "items.0.options"),
        (broken(items=(item(ItemKind.SCALE, min=4, max=4),), rules=()), "items.0.min"),
        (broken(items=(item(ItemKind.SCALE),), rules=()), "items.0.min"),
        (broken(items=(item(ItemKind.SCALE, min=0, max=100),), rules=()), "items.0.max"),
        (broken(items=(item(ItemKind.TEXT, text={"en": "Q", "es": " "}),), rules=()), "items.0.text"),
        (broken(items=(SCALE,), rules=(limit(item="gone", at_least=1),)), "rules.0.item"),
        (broken(items=(SCALE,), rules=(limit(),)), "rules.0.at_least"),
        (broken(items=(SCALE,), rules=(limit(at_least=5),)), "rules.0.at_least"),
        (broken(items=(SCALE,), rules=(limit(at_least=0),)), "rules.0.at_least"),
        (broken(items=(SCALE,), rules=(limit(at_least=1), limit(at_least=2))), "rules.0.key"),
        (broken(items=(TEXT,), rules=(limit(at_least=1),)), "rules.0.item"),
        (
            broken(items=(SINGLE,), rules=(Chosen(key="c", tier=Tier.URGENT, item="q", options=("z",)),)),
            "rules.0.options",
        ),
        (
            broken(items=(HELP,), rules=(Chosen(key="c", tier=Tier.URGENT, item="q", options=("a",)),)),
            "rules.0.tier",
        ),
        (broken(items=(msgspec.structs.replace(HELP, risk=True),)), "items.0"),
        (
            broken(items=(SCALE,), rules=(InARow(key="r", tier=Tier.URGENT, item="q", at_most=1, times=16),)),
            "rules.0.times",
        ),
        (
            broken(
                items=(SCALE,),
                rules=(ChangeFromUsual(key="r", tier=Tier.URGENT, item="q", worse="lower", by=0),),
            ),
            "rules.0.by",
        ),
        (
            broken(items=(SCALE,), rules=(SumScore(key="r", tier=Tier.URGENT, items=("q",), at_least=5),)),
            "rules.0.at_least",
        ),
        (
            broken(items=(SCALE,), rules=(SumScore(key="r", tier=Tier.URGENT, items=(), at_least=0),)),
            "rules.0.items",
        ),
    ],
)
def test_a_questionnaire_that_would_fail_the_client_is_refused(definition: Definition, path: str) -> None:
    assert path in [problem.path for problem in problems(definition)]


def test_eight_warning_signs_and_the_same_sign_twice_are_refused() -> None:
    eight = build([Sign(f"s{n}", "I pace", SignStage.EARLY) for n in range(8)])
    assert [problem.path for problem in problems(eight)] == ["items"]
    twice = build([Sign("s1", "I pace", SignStage.EARLY)] * 2)
    assert {"items.2.key", "items.3.key", "rules.6.key"} <= {problem.path for problem in problems(twice)}
