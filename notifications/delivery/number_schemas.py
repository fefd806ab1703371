"""Wire shapes of a staff member's numbers, and of how they want to be told."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, field

from notifications.delivery.way_order import USUAL, Sort
from server.people.schemas import Input, Output

WallTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]


class NumberWay(StrEnum):
    """What a number is used for."""

    SMS = "sms"
    VOICE = "voice"


class NumberIn(Input):
    """A number to prove, and what it is for. Without a country code it is taken to be in the United States."""

    number: Annotated[str, Meta(min_length=1, max_length=40)]
    ways: Annotated[list[NumberWay], Meta(max_length=2)]


class NumberCodeIn(Input):
    """The code that was sent to it."""

    code: Annotated[str, Meta(min_length=1, max_length=20)]


class NumberOut(Output):
    """One use of one number. An administrator reads the last two digits of a colleague's."""

    id: UUID
    way: NumberWay
    number: str
    proved_at: datetime


class PendingOut(Output):
    """A number that waits for its code."""

    number: str
    ways: list[NumberWay]
    tries_left: int
    expires_at: datetime
    could_not_be_sent: bool = False


class NumbersOut(Output):
    """One's own numbers, the one that waits for its code, and what this service can use numbers for."""

    numbers: list[NumberOut]
    pending: PendingOut | None = None
    ways: list[NumberWay] = field(default_factory=list[NumberWay])


class NumberList(Output):
    """A colleague's numbers."""

    numbers: list[NumberOut]


class StaffNotices(Input):
    """How a staff member wants what is neither urgent nor a call.

    `order` names the ways, the first one first; what it leaves out comes last. Quiet hours are wall time in the
    programme's zone, both or neither.
    """

    order: Annotated[list[Sort], Meta(max_length=3)] = field(default_factory=lambda: list(USUAL))
    quiet_from: WallTime | None = None
    quiet_to: WallTime | None = None
