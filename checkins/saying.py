"""A number a client answered, as staff read it in a flag: exact, and at first reading."""

from math import ceil, floor

from checkins.definition import Item, ItemKind

_STRENGTHS = ((1.0, "very strong"), (0.7, "strong"), (0.45, "moderate"))
"""From which share of its scale on a warning sign is called so; less is slight. A word of ours beside the number."""


def said(item: Item, value: float) -> str:
    """The answer in words: "1 of 10", "3.5"; of a warning sign "strong today (3 of 4)"."""
    number = f"{value:.10g} of {item.max}" if item.kind == ItemKind.SCALE else f"{value:.10g}"
    strength = _strength(item, value)
    return f"{strength} today ({number})" if strength else number


def about(item: Item, usual: float) -> str:
    """What is usual for this client: "7", or "4 to 5" where it lies between two answers of a scale."""
    if item.kind == ItemKind.SCALE and usual % 1:
        return f"{floor(usual)} to {ceil(usual)}"
    return f"{round(usual, 1):.10g}"


def _strength(item: Item, value: float) -> str:
    if item.sign_id is None or item.min is None or item.max is None or not item.min < value <= item.max:
        return ""
    share = (value - item.min) / (item.max - item.min)
    return next((word for least, word in _STRENGTHS if share >= least), "slight")
