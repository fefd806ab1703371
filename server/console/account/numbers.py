"""The page of one's telephone numbers: what it shows, and what its forms hold."""

from typing import Annotated, Any

from msgspec import Meta

from notifications.delivery import numbers, staff_wishes
from notifications.delivery.number_schemas import NumberIn, NumberWay, StaffNotices
from notifications.delivery.way_order import Sort
from server.console.page import Tried
from server.core.db import Tx
from server.core.errors import Invalid
from server.people import proofs
from server.people.schemas import Input

WAYS = {NumberWay.SMS: "Text messages", NumberWay.VOICE: "Telephone calls"}
SORTS = {Sort.PUSH: "Push", Sort.EMAIL: "E-mail", Sort.SMS: "Text message"}


class NumberForm(Input):
    """A number and what it is for."""

    number: Annotated[str, Meta(max_length=40)] = ""
    ways: list[NumberWay] = []  # noqa: RUF012  msgspec copies it


class NoticesForm(Input):
    """The first way, and the quiet hours."""

    first: Sort = Sort.PUSH
    second: Sort = Sort.EMAIL
    quiet_from: str | None = None
    quiet_to: str | None = None


def shown(tx: Tx) -> dict[str, Any]:
    """The page's facts."""
    found = numbers.own(tx)
    wishes = staff_wishes.own(tx)
    return {
        "numbers": [(each, WAYS[each.way]) for each in found.numbers],
        "pending": found.pending,
        "pending_by": WAYS[found.pending.ways[0]] if found.pending else "",
        "ways": [(way.value, WAYS[way]) for way in found.ways],
        "wishes": wishes,
        "sorts": [(sort.value, words) for sort, words in SORTS.items()],
        "fresh": proofs.is_fresh(tx),
    }


def number_of(tried: Tried) -> NumberIn:
    """The number as entered."""
    form = tried.read(NumberForm)
    if not form.number.strip():
        raise Invalid.field("number", "enter a telephone number")
    return NumberIn(form.number.strip(), form.ways)


def notices_of(tried: Tried) -> StaffNotices:
    """The wishes as chosen; the way that was not named comes last."""
    form = tried.read(NoticesForm)
    if form.first is form.second:
        raise Invalid.field("second", "choose another one than the first")
    return tried.read(StaffNotices, order=[form.first.value, form.second.value])
