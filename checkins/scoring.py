"""How answers are added up. Nothing is prorated: a score with items missing says that it is incomplete."""

import math
from collections.abc import Iterable, Sequence

from msgspec import Struct


class Score(Struct, frozen=True, forbid_unknown_fields=True):
    """A sum of `answered` out of `of` items. While some are missing, `total` is only what is known so far."""

    total: float
    answered: int
    of: int

    @property
    def complete(self) -> bool:
        """True when every item was answered, so that the total may be compared with published bands."""
        return self.answered == self.of


def add_up(values: Iterable[float | None]) -> Score:
    """The sum of one value per item, where None stands for a blank or declined item."""
    every = tuple(values)
    known = [value for value in every if value is not None]
    return Score(total=math.fsum(known), answered=len(known), of=len(every))


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two middle ones. Raises ValueError when there is none."""
    if not values:
        raise ValueError("a median needs at least one value")
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
