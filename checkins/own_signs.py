"""Which of the client's own warning signs a check-in asks about, and what a new plan changes in that.

While nobody has chosen, the most alarming signs of the plan are asked. What somebody chose is kept: a new
plan brings new wordings and takes away signs that are gone, it never adds one or moves a threshold. Where no
chosen sign is left, the plan's own order counts again: a client is never quietly asked about nothing.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from checkins.default_questionnaire import Sign, SignStage, build
from checkins.definition import Definition, Item, Rule, SumScore, Threshold, Unanswered, items_of
from checkins.soundness import MOST_SIGNS, problems
from crisisplans.sections import WarningSign
from server.core.errors import FieldProblem

_ALARM = (SignStage.CRISIS, SignStage.BREAKING_DOWN, SignStage.EARLY)
_THRESHOLD = 3


def taken_from_plan(signs: Sequence[WarningSign]) -> Definition:
    """The default questionnaire around at most 7 signs of the plan, those of the crisis stage first."""
    by_alarm = sorted(map(_sign, signs), key=lambda sign: _ALARM.index(sign.stage))
    return build(by_alarm[:MOST_SIGNS])


def chosen(
    signs: Sequence[WarningSign], thresholds: Mapping[str, int]
) -> tuple[Definition, tuple[FieldProblem, ...]]:
    """The default questionnaire around chosen signs (id to threshold), and what is wrong with the choice."""
    known = {sign.id: sign for sign in signs}
    unknown = tuple(
        FieldProblem(f"signs.{number}.sign_id", "is not a warning sign of the published plan")
        for number, sign_id in enumerate(thresholds)
        if sign_id not in known
    )
    picked = [_sign(known[sign_id], limit) for sign_id, limit in thresholds.items() if sign_id in known]
    definition = build(picked)
    return definition, unknown or problems(definition)


def refreshed(old: Definition, signs: Sequence[WarningSign]) -> Definition:
    """`old` in the words of the new plan: wordings and stages follow it, thresholds stay.

    Signs that are gone are dropped. Where that would leave an unsound questionnaire, `old` stays in force.
    """
    known = {sign.id: sign for sign in signs}
    asked = [item for item in (*old.items, *old.rotating) if item.sign_id is not None]
    kept = [item for item in asked if item.sign_id in known]
    if asked and signs and not kept:
        return taken_from_plan(signs)
    limits = {rule.item: rule.at_least for rule in old.rules if isinstance(rule, Threshold)}
    own = build(
        [
            _sign(known[item.sign_id], round(limits.get(item.key) or _THRESHOLD))
            for item in kept
            if item.sign_id is not None and item.key == f"sign.{item.sign_id}"
        ]
    )
    gone = {item.key for item in asked} - {item.key for item in kept}
    new = Definition(
        items=_reworded(old.items, own, gone),
        rotating=_reworded(old.rotating, own, gone),
        rules=tuple(_rules(old, own, gone)),
    )
    return old if problems(new) else new


def _sign(sign: WarningSign, threshold: int = _THRESHOLD) -> Sign:
    return Sign(sign.id, sign.text, SignStage(sign.stage.value), threshold)


def _reworded(items: tuple[Item, ...], own: Definition, gone: set[str]) -> tuple[Item, ...]:
    fresh = {item.key: item for item in own.items if item.sign_id is not None}
    return tuple(fresh.get(item.key, item) for item in items if item.key not in gone)


def _rules(old: Definition, own: Definition, gone: set[str]) -> list[Rule]:
    fresh = {rule.key: rule for rule in own.rules if isinstance(rule, Threshold)}
    kept: list[Rule] = []
    for rule in old.rules:
        left = tuple(key for key in items_of(rule) if key not in gone)
        if isinstance(rule, SumScore | Unanswered):
            rule = replace(rule, items=left)  # noqa: PLW2901  the same rule without what is gone
        if left:
            kept.append(fresh.get(rule.key, rule) if isinstance(rule, Threshold) else rule)
    return kept
