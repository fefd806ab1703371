"""What a page says was done: only while what is stored agrees. A bookmark or a reload tells nothing that is not so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Done(Generic[T]):
    """A deed's sentence (or how it is made of what is there now), and whether that is so now."""

    holds: Callable[[T], bool]
    sentence: str | Callable[[T], str]


def said(table: Mapping[str, Done[T]], word: str, there: T) -> str | None:
    """The sentence for the word a form left in the address; None for an unknown word and for what is not so."""
    deed = table.get(word)
    if deed is None or not deed.holds(there):
        return None
    return deed.sentence if isinstance(deed.sentence, str) else deed.sentence(there)
