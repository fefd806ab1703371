"""Wire shapes of what is handed over at the end of a turn of duty, and of turns that are offered to a colleague."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from notifications.escalations.oncall.models import OfferState
from notifications.escalations.rotas.rota import Layer
from notifications.escalations.schemas import Named
from server.people.schemas import Input, Output


class TurnOut(Output):
    """All the time somebody holds a rung without a break; cut to the days that are looked at."""

    layer: Layer
    person: Named
    from_at: datetime
    to_at: datetime


class SeenOut(Output):
    """Somebody who came on duty said that they have read what was handed over."""

    by: Named
    at: datetime


class HandoverNoteOut(Output):
    """A note of somebody who went off duty, and who has read it since."""

    id: UUID
    author: Named
    written_at: datetime
    for_at: datetime
    note: str
    seen: list[SeenOut]


class HandoverNoteNew(Input):
    """What the next one has to know. It is sealed, and never changed: something to add is another note."""

    note: Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"\S")]


class HandoverOut(Output):
    """A team's handover: whose turn ended last, whose are under way, whose comes next, and the notes since.

    `may_write` and `may_see`: what the acting person can do now. `unread`: they come on duty, and something is new.
    """

    team: Named
    since_at: datetime
    last: TurnOut | None
    on_now: list[TurnOut]
    next: TurnOut | None
    notes: list[HandoverNoteOut]
    may_write: bool
    may_see: bool
    unread: bool


class TimeOfDuty(Input):
    """A rung from an instant until just before another."""

    layer: Layer
    from_at: datetime
    to_at: datetime


class OfferNew(Input):
    """A duty of one's own for a colleague; `back` is one of theirs, taken in return.

    `despite_rest`: the acting person knows that somebody has too little rest by it. `despite_both_rungs`: that it puts
    one person on both rungs at once.
    """

    to: UUID
    duty: TimeOfDuty
    back: TimeOfDuty | None = None
    despite_rest: bool = False
    despite_both_rungs: bool = False


class OfferAnswer(Input):
    """Whether the duty is taken. `despite_rest`: with the knowledge that somebody has too little rest by it;
    `despite_both_rungs`: that one person is on both rungs at once."""

    accept: bool
    despite_rest: bool = False
    despite_both_rungs: bool = False


class DutyOut(Output):
    """A rung from an instant until just before another."""

    layer: Layer
    from_at: datetime
    to_at: datetime


class OfferOut(Output):
    """A duty that was offered. `lapsed`: it began before anybody answered.

    While it is open, in words: `short_rests`, who would have too little rest by it, and `both_rungs`, who would be on
    both rungs at once.
    """

    id: UUID
    by: Named
    to: Named
    duty: DutyOut
    back: DutyOut | None
    made_at: datetime
    state: OfferState
    answered_at: datetime | None
    lapsed: bool
    short_rests: list[str]
    both_rungs: list[str]


class OfferList(Output):
    """A team's offers whose duty is not over, newest first."""

    offers: list[OfferOut]
