"""What is wrong with a questionnaire, told before its use. A rule that can never fire is as bad as none."""

import math
from collections import Counter
from collections.abc import Iterator

from checkins.definition import (
    HISTORY,
    KEY,
    ChangeFromUsual,
    Chosen,
    Definition,
    InARow,
    Item,
    ItemKind,
    Rule,
    SumScore,
    Threshold,
    Unanswered,
    is_clean,
    items_of,
)
from notifications.escalations.tiers import Tier
from server.core.errors import FieldProblem

MOST_ITEMS = 30
MOST_SIGNS = 7
MOST_STEPS = 20

_WITH_OPTIONS = frozenset({ItemKind.SINGLE, ItemKind.MULTIPLE})
_CHOICES = _WITH_OPTIONS | {ItemKind.YES_NO}
_NUMBERS = frozenset({ItemKind.SCALE, ItemKind.NUMBER})


def problems(definition: Definition) -> tuple[FieldProblem, ...]:
    """Everything that must be put right before the questionnaire may be used; empty when it may."""
    return (
        *_problems_of_the_whole(definition),
        *(found for path, item in _with_paths(definition) for found in _problems_of_item(path, item)),
        *(
            found
            for number, rule in enumerate(definition.rules)
            for found in _problems_of_rule(f"rules.{number}", rule, definition)
        ),
    )


def _with_paths(definition: Definition) -> Iterator[tuple[str, Item]]:
    for number, item in enumerate(definition.items):
        yield f"items.{number}", item
    for number, item in enumerate(definition.rotating):
        yield f"rotating.{number}", item


def _problems_of_the_whole(definition: Definition) -> Iterator[FieldProblem]:
    items = (*definition.items, *definition.rotating)
    if not definition.items:
        yield FieldProblem("items", "asks nothing")
    if len(items) > MOST_ITEMS:
        yield FieldProblem("items", f"holds more than {MOST_ITEMS} questions, rotating ones included")
    if sum(item.sign_id is not None for item in items) > MOST_SIGNS:
        yield FieldProblem("items", f"asks about more than {MOST_SIGNS} warning signs")
    repeated = {key for key, times in Counter(item.key for item in items).items() if times > 1}
    for path, item in _with_paths(definition):
        if item.key in repeated:
            yield FieldProblem(f"{path}.key", "is used by another question too")
    again = {key for key, times in Counter(rule.key for rule in definition.rules).items() if times > 1}
    for number, rule in enumerate(definition.rules):
        if rule.key in again:
            yield FieldProblem(f"rules.{number}.key", "is used by another rule too")
    guarded = {key for rule in definition.rules if isinstance(rule, Unanswered) for key in rule.items}
    for path, item in _with_paths(definition):
        if item.risk and item.key not in guarded:
            yield FieldProblem(path, "is a risk question that no rule watches for being left unanswered")


def _problems_of_item(path: str, item: Item) -> Iterator[FieldProblem]:
    if not KEY.fullmatch(item.key):
        yield FieldProblem(f"{path}.key", "must be 1 to 64 of a-z, 0-9, dot, dash and underscore")
    words = [item.text, item.low, item.high, *(option.label for option in item.options)]
    if any(not said.strip() or not is_clean(said) for text in words if text for said in (text.en, text.es)):
        yield FieldProblem(f"{path}.text", "needs plain words in every language")
    if item.risk and item.domain is not None:
        yield FieldProblem(path, "is a life domain or a risk question, not both")
    values = [option.value for option in item.options]
    if item.kind in _WITH_OPTIONS:
        if len(values) < 2:
            yield FieldProblem(f"{path}.options", "needs at least two options")
        if len(set(values)) != len(values) or not all(KEY.fullmatch(value) for value in values):
            yield FieldProblem(
                f"{path}.options", "needs distinct values of a-z, 0-9, dot, dash and underscore"
            )
    elif values:
        yield FieldProblem(f"{path}.options", f"do not belong to a {item.kind} question")
    yield from _problems_of_range(path, item)


def _problems_of_range(path: str, item: Item) -> Iterator[FieldProblem]:
    if item.kind not in _NUMBERS:
        if item.min is not None or item.max is not None:
            yield FieldProblem(f"{path}.min", f"does not belong to a {item.kind} question")
        return
    if item.min is not None and item.max is not None:
        if item.min >= item.max:
            yield FieldProblem(f"{path}.min", "must be below max")
        elif item.kind == ItemKind.SCALE and item.max - item.min > MOST_STEPS:
            yield FieldProblem(f"{path}.max", f"makes more than {MOST_STEPS} steps")
    elif item.kind == ItemKind.SCALE:
        yield FieldProblem(f"{path}.min", "and max are needed by a scale")


def _problems_of_rule(path: str, rule: Rule, definition: Definition) -> Iterator[FieldProblem]:
    if not KEY.fullmatch(rule.key):
        yield FieldProblem(f"{path}.key", "must be 1 to 64 of a-z, 0-9, dot, dash and underscore")
    known = {item.key: item for item in (*definition.items, *definition.rotating)}
    field = "items" if isinstance(rule, SumScore | Unanswered) else "item"
    named = items_of(rule)
    if not named or len(set(named)) != len(named):
        yield FieldProblem(f"{path}.{field}", "must name one question or more, each once")
    if isinstance(rule, SumScore) and not rule.at_least <= sum(
        known[k].max or 0 for k in named if k in known
    ):
        yield FieldProblem(f"{path}.at_least", "must not be above the highest possible sum")
    for key in named:
        item = known.get(key)
        if item is None:
            yield FieldProblem(f"{path}.{field}", "names a question that is not in this questionnaire")
            continue
        if item.kind not in _kinds_for(rule):
            yield FieldProblem(f"{path}.{field}", f"cannot be used on a {item.kind} question")
        if item.domain is not None and rule.tier != Tier.ROUTINE:
            yield FieldProblem(
                f"{path}.tier", "must be routine: asking for help with a life domain is no crisis"
            )
        if isinstance(rule, Unanswered) and item.risk and rule.tier == Tier.ROUTINE:
            yield FieldProblem(f"{path}.tier", "must be same_day or more urgent for a risk question")
        yield from _problems_of_limits(path, rule, item)


def _kinds_for(rule: Rule) -> frozenset[ItemKind]:
    if isinstance(rule, Unanswered):
        return frozenset(ItemKind)
    return _CHOICES if isinstance(rule, Chosen) else _NUMBERS


def _problems_of_limits(path: str, rule: Rule, item: Item) -> Iterator[FieldProblem]:
    match rule:
        case Threshold():
            yield from _problems_of_reach(path, rule, item)
        case InARow():
            yield from _problems_of_reach(path, rule, item)
            if not 2 <= rule.times <= HISTORY + 1:
                yield FieldProblem(f"{path}.times", f"must be from 2 to {HISTORY + 1}")
        case Chosen():
            choices = {"yes", "no"} if item.kind == ItemKind.YES_NO else {each.value for each in item.options}
            if not rule.options or not choices.issuperset(rule.options):
                yield FieldProblem(f"{path}.options", "must name one option of the question or more")
        case ChangeFromUsual():
            if not (math.isfinite(rule.by) and rule.by > 0):
                yield FieldProblem(f"{path}.by", "must be above 0")
            if not 1 <= rule.at_least_answers <= HISTORY:
                yield FieldProblem(f"{path}.at_least_answers", f"must be from 1 to {HISTORY}")
        case SumScore():
            if item.min is None or item.max is None:
                yield FieldProblem(f"{path}.items", "must have a lowest and a highest answer to be added up")
        case Unanswered():
            return


def _problems_of_reach(path: str, rule: Threshold | InARow, item: Item) -> Iterator[FieldProblem]:
    limits = [limit for limit in (rule.at_least, rule.at_most) if limit is not None]
    if len(limits) != 1 or not math.isfinite(limits[0]):
        yield FieldProblem(f"{path}.at_least", "or at_most is needed, one of the two")
        return
    low = -math.inf if item.min is None else item.min
    high = math.inf if item.max is None else item.max
    if rule.at_least is not None and not low < rule.at_least <= high:
        yield FieldProblem(f"{path}.at_least", "must be above the lowest and not above the highest answer")
    if rule.at_most is not None and not low <= rule.at_most < high:
        yield FieldProblem(f"{path}.at_most", "must be below the highest and not below the lowest answer")
