"""What a new version of the rules would no longer raise: the answers to risk questions that nobody would be called for.

Each answer is judged by itself, as if it were given each time. A rule that compares with the client's own usual has
no answer of its own and is left out. Losing one is allowed; doing so unawares is not (see `questionnaires.add`).
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from checkins import flags
from checkins.definition import (
    DECLINED,
    HISTORY,
    Answer,
    ChangeFromUsual,
    Definition,
    Item,
    ItemKind,
    Unanswered,
    items_of,
)
from checkins.questions import MisfitError, read_answer
from notifications.escalations.tiers import Tier

_OPEN = "Prefer not to say"
_MOST_STEPS = 200
"""Steps of a scale or number that are tried one by one."""


class Loss(Struct, frozen=True):
    """One answer to a risk question: what it raised, and what it would raise now (None: nothing at all)."""

    question: str
    answer: str
    before: Tier
    now: Tier | None

    @property
    def sentence(self) -> str:
        """ "Nobody would be called for “No” to “Are you safe right now?” any more (until now: emergency)." """
        named, until_now = f"“{self.answer}” to “{self.question}”", f"(until now: {self.before.words})"
        if self.now is None:
            return f"Nobody would be called for {named} any more {until_now}."
        return f"The case for {named} would be {self.now.words} {until_now}."


def losses(before: Definition, new: Definition, *, still_asked: bool = False) -> tuple[Loss, ...]:
    """What the risk questions of `before` raised and `new` does not, or raises less urgently, in their order.

    A question is the same by its key or by its English words. `still_asked`: only of questions that `new` has.
    """
    found: list[Loss] = []
    for item in (*before.items, *before.rotating):
        if item.risk:
            same = _same(item, new)
            if same is not None or not still_asked:
                found += _of_item(item, before, same, new)
    return tuple(found)


def _same(item: Item, new: Definition) -> Item | None:
    every = (*new.items, *new.rotating)
    by_key = next((each for each in every if each.key == item.key), None)
    return by_key or next((each for each in every if each.text.en.strip() == item.text.en.strip()), None)


def _of_item(item: Item, before: Definition, same: Item | None, new: Definition) -> Iterator[Loss]:
    for words, answer in _answers(item):
        was = _tier(before, item, answer)
        now = _tier(new, same, answer) if same is not None else None
        if was is not None and (now is None or was.outranks(now)):
            yield Loss(item.text.en, words, was, now)


def _answers(item: Item) -> Iterator[tuple[str, Answer]]:
    """Every answer that can be given, with its words; last the refusal to give one."""
    if item.kind is ItemKind.YES_NO:
        yield from (("Yes", True), ("No", False))
    elif item.kind is ItemKind.SINGLE:
        yield from ((option.label.en, option.value) for option in item.options)
    elif item.kind is ItemKind.MULTIPLE:
        yield from ((option.label.en, [option.value]) for option in item.options)
    elif item.min is not None and item.max is not None and item.max - item.min <= _MOST_STEPS:
        yield from ((str(step), step) for step in range(item.min, item.max + 1))
    yield _OPEN, DECLINED


def _tier(definition: Definition, item: Item, answer: Answer) -> Tier | None:
    """What this answer alone raises, by the rules about its question and by the one that always holds."""
    try:
        read_answer(item, answer)
    except MisfitError:  # nobody can give this answer any more
        return None
    rules = tuple(
        replace(rule, items=(item.key,)) if isinstance(rule, Unanswered) else rule
        for rule in definition.rules
        if item.key in items_of(rule) and not isinstance(rule, ChangeFromUsual)
    )
    every = (*definition.items, *definition.rotating)
    others = tuple(replace(each, risk=False) for each in every if each.key != item.key)
    given = {item.key: answer}
    raised = flags.evaluate(Definition((item, *others), (), rules), (item,), given, [given] * HISTORY)
    return flags.tier_of(raised)
