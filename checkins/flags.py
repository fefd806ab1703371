"""Which answers call for a human, and how soon. Machines only raise; a rule that cannot be evaluated raises.

`evaluate` is the whole of it. The rules themselves are data on the questionnaire (`definition.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from msgspec import Struct

from checkins.definition import (
    HISTORY,
    Answer,
    ChangeFromUsual,
    Chosen,
    Declined,
    Definition,
    InARow,
    Item,
    ItemKind,
    Rule,
    SumScore,
    Threshold,
    Unanswered,
)
from checkins.questions import MisfitError, is_blank, read_answer
from checkins.saying import about, said
from checkins.scoring import add_up, median
from notifications.escalations.tiers import Tier, most_urgent

__all__ = ["HISTORY", "Raised", "evaluate", "tier_of"]


class Raised(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule that fired: its key, the item (None for a sum), the tier, and exact words for staff.

    `why` quotes the answer and may hold the client's own words: seal it, never log it, never send it out.
    """

    rule: str
    item: str | None
    tier: Tier
    why: str


class JudgementError(Exception):
    """A rule cannot be evaluated on this check-in. Its words name no answer."""


def evaluate(
    definition: Definition,
    items: Sequence[Item],
    answers: Mapping[str, Answer],
    history: Sequence[Mapping[str, Answer]],
) -> tuple[Raised, ...]:
    """Every flag one check-in raises, most urgent first, whatever the order of the rules. Never throws.

    `items` is what was asked, `history` the client's earlier answers, newest first (the latest 14 count).
    """
    every = {item.key: item for item in reversed((*items, *definition.items, *definition.rotating))}
    sheet = _Sheet(definition, tuple(items), every, answers, history)
    rules = (*definition.rules, _guard(definition, sheet.asked))
    raised = [flag for rule in rules for flag in _judge(rule, sheet)]
    return tuple(sorted(raised, key=lambda flag: (flag.tier.rank, flag.rule, flag.item or "", flag.why)))


def tier_of(raised: Sequence[Raised]) -> Tier | None:
    """The most urgent tier raised, or None when nothing was."""
    return most_urgent(flag.tier for flag in raised)


def _guard(definition: Definition, asked: tuple[Item, ...]) -> Unanswered:
    """The rule that holds without being written down: no risk question is left open unseen."""
    watched = {key for rule in definition.rules if isinstance(rule, Unanswered) for key in rule.items}
    risky = {item.key for item in (*definition.items, *asked) if item.risk}
    return Unanswered(key="unanswered", tier=Tier.SAME_DAY, items=tuple(sorted(risky - watched)))


@dataclass(frozen=True)
class _Sheet:
    """One check-in as the rules look at it. An answer that does not fit its question cannot be judged."""

    definition: Definition
    asked: tuple[Item, ...]
    every: Mapping[str, Item]
    answers: Mapping[str, Answer]
    history: Sequence[Mapping[str, Answer]]

    def item(self, key: str) -> Item:
        if key in self.every:
            return self.every[key]
        raise JudgementError("it names a question that is not in this questionnaire")

    def answer(self, key: str) -> Answer | None:
        """Today's answer, or None when it is blank."""
        item, raw = self.item(key), self.answers.get(key)
        return None if is_blank(raw) else read_answer(item, raw)

    def left_open(self, item: Item) -> str:
        """Words for a blank or declined item; empty when answered, or rotating and not asked this time."""
        answer = self.answer(item.key)
        if isinstance(answer, Declined):
            return "prefers not to say"
        due = any(item.key == each.key for each in (*self.asked, *self.definition.items))
        return "left blank" if answer is None and due else ""

    def number(self, key: str) -> float | None:
        """Today's number, or None when the item is blank or declined."""
        return _as_number(self.answer(key))

    def earlier(self, key: str) -> list[float]:
        """Earlier numbers, newest first, leaving out what does not fit the question as it is asked today."""
        # Each was judged on its own day, and an older version of the questionnaire may use another scale.
        item, found = self.item(key), list[float]()
        for answers in self.history[:HISTORY]:
            try:
                number = _as_number(read_answer(item, answers.get(key)))
            except (MisfitError, JudgementError):
                continue
            if number is not None:
                found.append(number)
        return found


def _as_number(answer: Answer | None) -> float | None:
    if isinstance(answer, bool | str | list):
        raise JudgementError("its question is not answered with a number")
    return None if isinstance(answer, Declined) else answer


def _judge(rule: Rule, sheet: _Sheet) -> tuple[Raised, ...]:
    try:
        return tuple(_apply(rule, sheet))
    except JudgementError as known:
        reason = str(known)
    except MisfitError as known:
        reason = f"an answer {known}"
    except Exception as unknown:
        reason = f"internal fault {type(unknown).__name__}"
    why = f"This rule could not be evaluated: {reason}."
    return (Raised(rule.key, None, _at_least_same_day(rule.tier), why),)


def _at_least_same_day(tier: Tier) -> Tier:
    return Tier.SAME_DAY if Tier.SAME_DAY.outranks(tier) else tier


def _apply(rule: Rule, sheet: _Sheet) -> Iterator[Raised]:
    match rule:
        case Threshold():
            return _threshold(rule, sheet)
        case Chosen():
            return _chosen(rule, sheet)
        case SumScore():
            return _sum_score(rule, sheet)
        case ChangeFromUsual():
            return _change_from_usual(rule, sheet)
        case InARow():
            return _in_a_row(rule, sheet)
        case Unanswered():
            return _unanswered(rule, sheet)


def _threshold(rule: Threshold, sheet: _Sheet) -> Iterator[Raised]:
    value = sheet.number(rule.item)
    if value is not None and _limit_met(rule, value):
        yield _raise(rule, sheet, said(sheet.item(rule.item), value))


def _in_a_row(rule: InARow, sheet: _Sheet) -> Iterator[Raised]:
    today = sheet.number(rule.item)
    limit = _limit_met(rule, today)
    if today is None or not limit:
        return
    run = [today, *sheet.earlier(rule.item)][: max(rule.times, 1)]
    if len(run) >= rule.times and all(_limit_met(rule, value) for value in run):
        yield _raise(
            rule, sheet, f"{said(sheet.item(rule.item), today)}, {limit} for {len(run)} check-ins in a row"
        )


def _limit_met(rule: Threshold | InARow, value: float | None) -> str:
    """Words for the limit that `value` meets, empty when it meets none."""
    if rule.at_least is None and rule.at_most is None:
        raise JudgementError("it has no limit")
    if rule.at_least is not None and value is not None and value >= _sound(rule.at_least):
        return f"{rule.at_least:.10g} or more"
    if rule.at_most is not None and value is not None and value <= _sound(rule.at_most):
        return f"{rule.at_most:.10g} or less"
    return ""


def _chosen(rule: Chosen, sheet: _Sheet) -> Iterator[Raised]:
    answer = sheet.answer(rule.item)
    if answer is None or isinstance(answer, Declined):
        return
    item = sheet.item(rule.item)
    if item.kind == ItemKind.YES_NO:
        labels = {"yes": "yes", "no": "no"}
        chosen = ["yes" if answer else "no"]
    else:
        labels = {option.value: f"“{option.label.en}”" for option in item.options}
        chosen = answer if isinstance(answer, list) else [answer]
    flagged = [labels[value] for value in labels if value in chosen and value in rule.options]
    if flagged:
        yield _raise(rule, sheet, ", ".join(flagged))


def _sum_score(rule: SumScore, sheet: _Sheet) -> Iterator[Raised]:
    score = add_up(sheet.number(key) for key in rule.items)
    tier = rule.tier if score.total >= _sound(rule.at_least) else None if score.complete else rule.incomplete
    if tier is not None:
        part = "" if score.complete else f", incomplete ({score.answered} of {score.of} answered)"
        why = f"{rule.why or 'Sum of answers'}: {score.total:.10g}{part}"
        yield Raised(rule.key, None, tier, why)


def _change_from_usual(rule: ChangeFromUsual, sheet: _Sheet) -> Iterator[Raised]:
    today = sheet.number(rule.item)
    earlier = sheet.earlier(rule.item)
    if today is None or len(earlier) < max(rule.at_least_answers, 1):
        return
    usual = median(earlier)
    worse_by = usual - today if rule.worse == "lower" else today - usual
    if worse_by >= _sound(rule.by):
        item = sheet.item(rule.item)
        yield _raise(rule, sheet, f"{said(item, today)}, usually about {about(item, usual)}")


def _unanswered(rule: Unanswered, sheet: _Sheet) -> Iterator[Raised]:
    for item in map(sheet.item, rule.items):
        how = sheet.left_open(item)
        if how:
            tier = _at_least_same_day(rule.tier) if item.risk else rule.tier
            yield Raised(rule.key, item.key, tier, f"“{item.text.en}”: {how}, needs contact")


def _raise(rule: Threshold | Chosen | ChangeFromUsual | InARow, sheet: _Sheet, finding: str) -> Raised:
    name = rule.why or f"“{sheet.item(rule.item).text.en}”"
    return Raised(rule.key, rule.item, rule.tier, f"{name}: {finding}")


def _sound(limit: float) -> float:
    if not isfinite(limit):
        raise JudgementError("its limit is not a number")
    return limit
