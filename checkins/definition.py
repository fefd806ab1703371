"""The shape of a questionnaire: texts, items, answers and flag rules. Plain data, never changed once used.

What is asked and how it is read is in `questions.py`, what the rules mean in `flags.py`, and what makes a
questionnaire fit for use in `soundness.py`.
"""

import re
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from notifications.escalations.tiers import Tier
from server.people.terms import Language

HISTORY = 14
"""How many earlier check-ins a rule may look back on."""

KEY = re.compile(r"[a-z0-9_.\-]{1,64}")
"""What the key of an item, an option or a rule looks like (match the whole of it)."""


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in every language the client surface speaks."""

    en: str
    es: str

    def in_language(self, language: Language) -> str:
        """The sentence as a client with this language reads it."""
        return self.es if language == Language.ES else self.en


class ItemKind(StrEnum):
    """How an item is answered."""

    SCALE = "scale"
    SINGLE = "single"
    MULTIPLE = "multiple"
    YES_NO = "yes_no"
    NUMBER = "number"
    TEXT = "text"


class Option(Struct, frozen=True, forbid_unknown_fields=True):
    """One choice of a single or multiple item: the value that is stored and the words the client reads."""

    value: str
    label: Text


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question. `sign_id` is the plan's warning sign it asks about, `domain` the life domain.

    `low` and `high` are the words at both ends of a scale. `part2` labels substance-use answers (42 CFR 2).
    """

    key: str
    kind: ItemKind
    text: Text
    options: tuple[Option, ...] = ()
    min: int | None = None
    max: int | None = None
    low: Text | None = None
    high: Text | None = None
    risk: bool = False
    sign_id: str | None = None
    domain: str | None = None
    part2: bool = False


class Declined(Struct, frozen=True, forbid_unknown_fields=True):
    """The client chose "prefer not to say"; on the wire `{"declined": true}`."""

    declined: bool = True

    def __post_init__(self) -> None:
        """Refuse `{"declined": false}`: it would be no answer at all."""
        if not self.declined:
            raise ValueError("declined can only be true")


DECLINED = Declined()

Answer = str | int | float | bool | list[str] | Declined
"""Scale: int. Number: int or float. Yes/no: bool. Single and text: str. Multiple: list of option values."""


class FlagRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="rule"):
    """What every rule has: a stable `key` for its statistics, the tier it raises, and short words for staff.

    Empty `why` means the English question is quoted instead.
    """

    key: str
    tier: Tier
    why: str = ""


class Threshold(FlagRule, frozen=True, kw_only=True, tag="threshold"):
    """Flags one scale or number that is at least, or at most, the limit."""

    item: str
    at_least: float | None = None
    at_most: float | None = None


class Chosen(FlagRule, frozen=True, kw_only=True, tag="chosen"):
    """Flags when any of `options` was chosen; for a yes/no item they are "yes" and "no"."""

    item: str
    options: tuple[str, ...]


class SumScore(FlagRule, frozen=True, kw_only=True, tag="sum_score"):
    """Flags when the sum of the answered items reaches `at_least`, also while some are missing.

    `incomplete` is the tier raised while items are missing and the sum stays below; None raises nothing.
    """

    items: tuple[str, ...]
    at_least: float
    incomplete: Tier | None = None


class ChangeFromUsual(FlagRule, frozen=True, kw_only=True, tag="change_from_usual"):
    """Flags an answer that is worse by `by` or more than this client's own median of recent answers."""

    item: str
    worse: Literal["lower", "higher"]
    by: float
    at_least_answers: int = 5


class InARow(FlagRule, frozen=True, kw_only=True, tag="in_a_row"):
    """Flags one limit met `times` times in a row, today included. Blanks neither count nor break the run."""

    item: str
    times: int
    at_least: float | None = None
    at_most: float | None = None


class Unanswered(FlagRule, frozen=True, kw_only=True, tag="unanswered"):
    """Flags each of `items` that is blank or declined when asked: "needs contact", never "no risk"."""

    items: tuple[str, ...]


Rule = Threshold | Chosen | SumScore | ChangeFromUsual | InARow | Unanswered


def items_of(rule: Rule) -> tuple[str, ...]:
    """The keys of the items a rule looks at."""
    return rule.items if isinstance(rule, SumScore | Unanswered) else (rule.item,)


class Definition(Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a questionnaire: items asked every time, rotating ones (one a check-in), flag rules."""

    items: tuple[Item, ...]
    rotating: tuple[Item, ...] = ()
    rules: tuple[Rule, ...] = ()


def is_clean(text: str) -> bool:
    """True when the text holds no NUL and no lone surrogate, so that it can be stored and sent anywhere."""
    return not any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in text)
