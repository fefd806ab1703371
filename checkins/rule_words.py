"""Flag rules as plain sentences, so that a clinician can check a questionnaire by reading it aloud."""

from collections.abc import Iterable

from checkins.definition import (
    HISTORY,
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
)


def sentence(rule: Rule, definition: Definition) -> str:
    """What the rule does, in one or two sentences: "Flags urgent when “…” is answered “yes”."."""
    known = {item.key: item for item in (*definition.items, *definition.rotating)}
    return f"Flags {rule.tier.words} when {_when(rule, known)}"


def _when(rule: Rule, known: dict[str, Item]) -> str:
    match rule:
        case Threshold():
            return f"{_question(rule.item, known)} is answered {_limit(rule)}."
        case InARow():
            return (
                f"{_question(rule.item, known)} is answered {_limit(rule)} in {rule.times} check-ins in a row. "
                "Blank answers neither count nor break the run."
            )
        case Chosen():
            return f"{_question(rule.item, known)} is answered {_either(_labels(rule, known))}."
        case SumScore():
            return _adds_up(rule, known)
        case ChangeFromUsual():
            return (
                f"{_question(rule.item, known)} is {rule.worse} than this client's own usual "
                f"by {rule.by:.10g} or more. Usual is the middle one (median) of up to {HISTORY} earlier answers, "
                f"once there are {rule.at_least_answers}."
            )
        case Unanswered():
            questions = _either(_question(key, known) for key in rule.items)
            return f"{questions} is left blank, or the client prefers not to say: they need contact."


def _adds_up(rule: SumScore, known: dict[str, Item]) -> str:
    questions = _joined([_question(key, known) for key in rule.items], "and")
    said = f"the answers to {questions} add up to {rule.at_least:.10g} or more, also while some are missing."
    if rule.incomplete is None:
        return said
    return f"{said} While some are missing and the sum is lower, it flags {rule.incomplete.words}."


def _question(key: str, known: dict[str, Item]) -> str:
    return f"“{known[key].text.en}”" if key in known else f"the question “{key}”"


def _limit(rule: Threshold | InARow) -> str:
    if rule.at_least is not None:
        return f"{rule.at_least:.10g} or more"
    return f"{rule.at_most:.10g} or less" if rule.at_most is not None else "with no limit set"


def _labels(rule: Chosen, known: dict[str, Item]) -> list[str]:
    item = known.get(rule.item)
    labels = {option.value: option.label.en for option in item.options} if item else {}
    if item is not None and item.kind is ItemKind.YES_NO:
        labels = {"yes": "yes", "no": "no"}
    return [f"“{labels.get(value, value)}”" for value in rule.options]


def _either(words: Iterable[str]) -> str:
    return _joined(list(words), "or")


def _joined(words: list[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words) or "nothing"
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
