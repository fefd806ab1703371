"""How far other rules can judge an answer that was given to an earlier version of the questions."""

from collections.abc import Sequence

from msgspec.structs import replace

from checkins import flags
from checkins.definition import Definition, Item, Rule, SumScore, Unanswered, items_of
from checkins.questions import MisfitError, is_blank, read_answer
from checkins.reading import Answers


def loses(
    before: Definition, tried: Definition, asked: Sequence[Item], answers: Answers, history: Sequence[Answers]
) -> bool:
    """Whether the rules of its day raised something about questions that `tried` asks too, and `tried` nothing."""
    same = same_questions(tried, asked, answers)
    then = flags.evaluate(before, asked, answers, history)
    if not any(_about(flag, before) <= same.keys() for flag in then):
        return False
    now = comparable(tried, asked, answers) or Definition(tuple(same.values()))
    return not flags.evaluate(now, now.items, answers, history)


def _about(flag: flags.Raised, definition: Definition) -> set[str]:
    """The questions a flag is about: one, or those of its sum; one without a name where that is not known."""
    rule = next((each for each in definition.rules if each.key == flag.rule), None)
    return {flag.item} if flag.item else set(items_of(rule)) if rule else {""}


def same_questions(tried: Definition, asked: Sequence[Item], answers: Answers) -> dict[str, Item]:
    """The questions of `tried` that one check-in asked, with an answer that fits."""
    were_asked = {item.key for item in asked}
    every = (*tried.items, *tried.rotating)
    return {item.key: item for item in every if item.key in were_asked and _fits(item, answers)}


def comparable(tried: Definition, asked: Sequence[Item], answers: Answers) -> Definition | None:
    """`tried` as far as one earlier check-in can be judged by it; None where it asked nothing a rule looks at.

    A sum needs every one of its questions; a rule on questions left open watches those that were asked.
    """
    same = same_questions(tried, asked, answers)
    rules = tuple(kept for rule in tried.rules if (kept := _as_far_as(rule, same)) is not None)
    return Definition(tuple(same.values()), (), rules) if rules else None


def _as_far_as(rule: Rule, same: dict[str, Item]) -> Rule | None:
    if isinstance(rule, Unanswered):
        left = tuple(key for key in rule.items if key in same)
        return replace(rule, items=left) if left else None
    needed = rule.items if isinstance(rule, SumScore) else items_of(rule)
    return rule if all(key in same for key in needed) else None


def _fits(item: Item, answers: Answers) -> bool:
    raw = answers.get(item.key)
    if is_blank(raw):
        return True
    try:
        read_answer(item, raw)
    except MisfitError:
        return False
    return True
