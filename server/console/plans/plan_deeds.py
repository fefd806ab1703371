"""What a button of the plan editor asks for, and what it does to the form: `do` is "save", "up.coping.2" and so on."""

from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from msgspec import Struct

from crisisplans.sections import ENTRY_TYPES, SectionKey
from server.console.plans.plan_form import LINES, Fields, with_rows, written
from server.core.errors import Unreadable

T = TypeVar("T")


class Kind(StrEnum):
    """The buttons there are. Every one of them saves the draft."""

    SAVE = "save"
    PUBLISH = "publish"
    ADD = "add"
    UP = "up"
    DOWN = "down"
    REMOVE = "remove"
    ACCEPT = "accept"
    DECLINE = "decline"


_ROWS = (Kind.UP, Kind.DOWN, Kind.REMOVE)
_PROPOSALS = (Kind.ACCEPT, Kind.DECLINE)


class Deed(Struct, frozen=True):
    """One press: which button, of which section and row, or about which proposal and whether with an answer."""

    kind: Kind = Kind.SAVE
    section: SectionKey | None = None
    row: int = 0
    proposal: UUID | None = None
    answered: bool = False


def deed_of(fields: Fields) -> Deed:
    """The button that was pressed; Enter in a field saves. Unreadable for what no button of ours says."""
    word, _, rest = fields.get("do", ["save"])[0].partition(".")
    place, _, number = rest.partition(".")
    try:
        kind = Kind(word)
        if kind in _PROPOSALS:
            return Deed(kind, proposal=UUID(rest), answered=bool(answer_to(fields, UUID(rest))))
        if kind is Kind.ADD:
            return Deed(kind, _of_rows(place))
        if kind in _ROWS:
            return Deed(kind, _of_rows(place), int(number))
    except ValueError:
        raise Unreadable("This is not a button of this page.") from None
    return Deed(kind)


def answer_to(fields: Fields, proposal: UUID) -> str | None:
    """What was written for the client beside a proposal."""
    return fields.get(f"answer.{proposal}", [""])[0].strip() or None


def _of_rows(place: str) -> SectionKey:
    section = SectionKey(place)
    if section not in ENTRY_TYPES and section != LINES:
        raise ValueError(place)
    return section


def done_to(fields: Fields, deed: Deed) -> Fields:
    """The form after a row went up, down or away; any other button leaves it as it is."""
    if deed.kind not in _ROWS or deed.section is None:
        return fields
    if deed.section == LINES:
        lines = list(fields.get(LINES, ()))
        return {**fields, LINES: _moved(lines, deed.row, deed.kind)}
    numbered = written(fields, deed.section)
    numbers = [number for number, _ in numbered]
    if deed.row not in numbers:
        return fields
    moved = _moved([row for _, row in numbered], numbers.index(deed.row), deed.kind)
    return with_rows(fields, deed.section, moved)


def _moved(things: list[T], place: int, kind: Kind) -> list[T]:
    if not 0 <= place < len(things):
        return things
    thing, rest = things[place], things[:place] + things[place + 1 :]
    if kind is Kind.REMOVE:
        return rest
    to = place - 1 if kind is Kind.UP else place + 1
    return [*rest[: max(0, to)], thing, *rest[max(0, to) :]]
