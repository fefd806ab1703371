"""What a check-in asks, how it goes to a phone, and how an answer is read before any rule sees it.

The shapes are in `definition.py`, the fitness of a questionnaire in `soundness.py`; both are offered here.
Words about a bad answer never repeat it.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from msgspec import Struct

from checkins.definition import (
    DECLINED,
    KEY,
    Answer,
    Declined,
    Definition,
    Item,
    ItemKind,
    Option,
    Text,
    is_clean,
)
from checkins.soundness import problems
from server.core.errors import FieldProblem
from server.people.terms import Language

__all__ = [
    "DECLINED",
    "Answer",
    "Declined",
    "Definition",
    "FieldProblem",
    "Item",
    "ItemKind",
    "MisfitError",
    "Option",
    "Text",
    "WireItem",
    "WireOption",
    "is_blank",
    "items_for",
    "problems",
    "read_answer",
    "read_answers",
    "wire",
]

LONGEST_TEXT = 2000
LARGEST_NUMBER = 10**9
MOST_PROBLEMS = 30

_YES_NO = {"yes": True, "no": False}


class WireOption(Struct, frozen=True):
    """One choice in the client's language."""

    value: str
    label: str


class WireItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question as an open check-in carries it to a phone, in the client's language."""

    key: str
    kind: ItemKind
    text: str
    risk: bool
    options: tuple[WireOption, ...] = ()
    min: int | None = None
    max: int | None = None
    low: str | None = None
    high: str | None = None
    sign_id: str | None = None


def items_for(definition: Definition, rotation: int) -> tuple[Item, ...]:
    """What one check-in asks: every fixed item and one rotating item, put before a closing free-text item."""
    fixed = definition.items
    if not definition.rotating:
        return fixed
    turn = definition.rotating[rotation % len(definition.rotating)]
    if fixed and fixed[-1].kind == ItemKind.TEXT:
        return (*fixed[:-1], turn, fixed[-1])
    return (*fixed, turn)


def wire(items: Sequence[Item], language: Language) -> list[WireItem]:
    """The items as a phone gets them; "prefer not to say" goes with every one and is not listed."""
    return [
        WireItem(
            key=item.key,
            kind=item.kind,
            text=item.text.in_language(language),
            risk=item.risk,
            options=tuple(WireOption(each.value, each.label.in_language(language)) for each in item.options),
            min=item.min,
            max=item.max,
            low=item.low.in_language(language) if item.low else None,
            high=item.high.in_language(language) if item.high else None,
            sign_id=item.sign_id,
        )
        for item in items
    ]


class MisfitError(ValueError):
    """An answer does not fit its question. Its words never hold the answer."""


def is_blank(answer: object) -> bool:
    """True for no answer, an empty text and an empty choice. "Prefer not to say" is declined, not blank."""
    return answer is None or answer == [] or (isinstance(answer, str) and not answer.strip())


def read_answers(
    items: Sequence[Item], raw: Mapping[str, object]
) -> tuple[dict[str, Answer], tuple[FieldProblem, ...]]:
    """The answers that fit, and a problem for each that does not. A key left out is a blank, no problem."""
    asked = {item.key: item for item in items}
    answers: dict[str, Answer] = {}
    wrong: list[FieldProblem] = []
    for key, value in raw.items():
        if key not in asked:
            # A key that cannot be one of ours is the sender's own text, and errors carry no input.
            path = f"answers.{key}" if KEY.fullmatch(key) else "answers"
            wrong.append(FieldProblem(path, "was not asked in this check-in"))
            continue
        try:
            answers[key] = read_answer(asked[key], value)
        except MisfitError as misfit:
            wrong.append(FieldProblem(f"answers.{key}", str(misfit)))
    return answers, tuple(wrong[:MOST_PROBLEMS])


def read_answer(item: Item, raw: object) -> Answer:
    """The answer as it is stored, or Declined. Raises MisfitError when it is not an answer to this question.

    A yes/no item also takes the words "yes" and "no": no safety answer is lost over a phone's spelling.
    """
    if isinstance(raw, Declined):
        return raw
    if isinstance(raw, dict):
        fields = cast("dict[object, object]", raw)
        if len(fields) == 1 and fields.get("declined") is True:
            return DECLINED
        raise MisfitError('must be a plain value or {"declined": true}')
    match item.kind:
        case ItemKind.SCALE:
            return _whole_number(item, raw)
        case ItemKind.NUMBER:
            return _number(item, raw)
        case ItemKind.YES_NO:
            return _yes_no(raw)
        case ItemKind.SINGLE:
            return _choices(item, [raw])[0]
        case ItemKind.MULTIPLE:
            if not isinstance(raw, list):
                raise MisfitError("must be a list of option values")
            return _choices(item, cast("list[object]", raw))
        case ItemKind.TEXT:
            return _text(raw)


def _whole_number(item: Item, raw: object) -> int:
    # To Python True is the integer 1; to a client "yes" is not a mood of 1.
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise MisfitError("must be a whole number")
    _in_range(item, raw)
    return raw


def _number(item: Item, raw: object) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise MisfitError("must be a number")
    _in_range(item, raw)
    return raw


def _in_range(item: Item, value: float) -> None:
    low = -LARGEST_NUMBER if item.min is None else item.min
    high = LARGEST_NUMBER if item.max is None else item.max
    if not low <= value <= high:  # also what NaN and both infinities run into
        raise MisfitError(f"must be from {low} to {high}")


def _yes_no(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw in _YES_NO:
        return _YES_NO[raw]
    raise MisfitError("must be true or false")


def _choices(item: Item, raw: list[object]) -> list[str]:
    known = {option.value for option in item.options}
    chosen = [value for value in raw if isinstance(value, str) and value in known]
    if len(chosen) != len(raw):
        raise MisfitError("must be one of the option values")
    if len(set(chosen)) != len(chosen):
        raise MisfitError("must name each option once")
    return chosen


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise MisfitError("must be text")
    if len(raw) > LONGEST_TEXT:
        raise MisfitError(f"must be {LONGEST_TEXT} characters or fewer")
    if not is_clean(raw):
        raise MisfitError("must be plain text without NUL or broken characters")
    return raw
