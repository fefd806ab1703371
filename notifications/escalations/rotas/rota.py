"""The rota of a team as people write it: shifts that repeat, stand-ins, people who are away. Data only.

Each layer is one rung: PRIMARY is called first, BACKUP second. A person comes to be on duty in three steps,
and duty.py takes them in this order:

1. The shifts of the rota in force. On a holiday the holiday's shifts take the place of the usual ones.
2. Overrides: somebody stands in for a while. One made later wins over one made earlier.
3. Absences: who is away is never called. The person they named is, and if that one is away too, the next.

Nothing here fills a hole by itself: where the steps lead to nobody, nobody is on, and holes.py says so.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class Layer(StrEnum):
    """Who is called first, and who is called after them."""

    PRIMARY = "primary"
    BACKUP = "backup"

    @property
    def words(self) -> str:
        """The layer in running text: "the first rung"."""
        return "the first rung" if self is Layer.PRIMARY else "the second rung"


class Shift(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One person's duty, in a week of the cycle (from 1) on a weekday (1 is Monday, 7 is Sunday).

    From `start` until just before `end`; an end at or before the start is on the next day.
    """

    week: int = 1
    weekday: int
    start: time
    end: time
    person: UUID


class HolidayShift(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One person's duty on every holiday of the rota, in the same wall times."""

    start: time
    end: time
    person: UUID


class Rota(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Shifts that repeat every `weeks` weeks, from `starts_on` (a Monday, in `zone`) until the next rota starts.

    A shift that starts on a holiday falls away, and the holiday's shifts take its place; one that started
    the day before is finished. Where two shifts of a layer meet in this way, the one that started later
    counts. Handing over happens where one shift ends and the next begins.
    """

    zone: str
    weeks: int = 1
    starts_on: date
    primary: tuple[Shift, ...] = ()
    backup: tuple[Shift, ...] = ()
    holidays: tuple[date, ...] = ()
    holiday_primary: tuple[HolidayShift, ...] = ()
    holiday_backup: tuple[HolidayShift, ...] = ()
    min_rest_hours: int = 11

    def shifts(self, layer: Layer) -> tuple[Shift, ...]:
        """The shifts of one layer that repeat."""
        return self.primary if layer is Layer.PRIMARY else self.backup

    def holiday_shifts(self, layer: Layer) -> tuple[HolidayShift, ...]:
        """The shifts of one layer on a holiday."""
        return self.holiday_primary if layer is Layer.PRIMARY else self.holiday_backup


class Override(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From `from_at` until just before `to_at`, `person_in` stands in on a layer.

    With `person_out` only where that person would be on, by the rota or by an override made before; a swap
    is two of these. Without, whoever would be on, and also where nobody would be: this is how a hole is
    filled. No `person_in` means that nobody is on: a hole announced ahead.
    """

    layer: Layer
    from_at: datetime
    to_at: datetime
    person_in: UUID | None
    person_out: UUID | None = None


class Absence(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Out of office from `from_at` until just before `to_at`. `backup` is called in their place, or nobody."""

    person: UUID
    from_at: datetime
    to_at: datetime
    backup: UUID | None


class Calendar(Struct, frozen=True, kw_only=True):
    """Everything that says who is on duty in one team.

    A rota holds until one with a later `starts_on` begins, so that next month's is entered beside this
    month's. Overrides and absences come in the order they were made.
    """

    rotas: tuple[Rota, ...] = ()
    overrides: tuple[Override, ...] = ()
    absences: tuple[Absence, ...] = ()


class Why(StrEnum):
    """How it comes that somebody is on duty, or that nobody is."""

    SHIFT = "shift"
    HOLIDAY = "holiday"
    OVERRIDE = "override"
    ABSENCE = "absence"
    NO_SHIFT = "no_shift"
    ANNOUNCED = "announced"
    AWAY = "away"

    @property
    def is_hole(self) -> bool:
        """True for the ways in which nobody is on."""
        return self in (Why.NO_SHIFT, Why.ANNOUNCED, Why.AWAY)


class OnCall(Struct, frozen=True, kw_only=True):
    """Who is on a layer, and why; nobody where `person` is None.

    `instead_of`: whom they stand in for, or who is away and named nobody. None where a hole is filled.
    `duty_from`: when the shift began that this is part of, or the override that fills any hole.
    """

    layer: Layer
    person: UUID | None
    why: Why
    instead_of: UUID | None = None
    duty_from: datetime | None = None


class Stretch(Struct, frozen=True, kw_only=True):
    """From `from_at` until just before `to_at` the answer to "who is on" is one and the same."""

    from_at: datetime
    to_at: datetime
    on: OnCall


def stand_in(absences: Sequence[Absence], person: UUID, at: datetime) -> UUID | None:
    """Who is called in a person's place at `at`: they themselves unless away, else whom they named.

    The one named may be away too: then the one they named, and so on. Named by nobody, or round in a
    circle: None. Where a person entered two absences for one moment, the later-made counts.
    """
    asked: set[UUID] = set()
    named: UUID | None = person
    while named is not None and named not in asked:
        asked.add(named)
        gone = _absence(absences, named, at)
        if gone is None:
            return named
        named = gone.backup
    return None


def _absence(absences: Sequence[Absence], person: UUID, at: datetime) -> Absence | None:
    its = (gone for gone in reversed(absences) if gone.person == person and gone.from_at <= at < gone.to_at)
    return next(its, None)
