"""A schedule in words, and its next occurrences in two zones, with the nights the clock changes marked. Pure."""

from datetime import UTC, datetime, time, timedelta

from msgspec import Struct

from checkins.schedule import Frequency, Recurrence, SchedulePattern, Slot, slots
from server.console.words import place_words, span
from server.core.zones import zone as zone_called

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOW_MANY = 10


class Next(Struct, frozen=True, kw_only=True):
    """One occurrence to come: the wall time that was set, the instant, until when, and what is unusual about it."""

    slot: Slot
    there: datetime
    here: datetime
    notes: tuple[str, ...]


def in_words(it: Recurrence) -> str:
    """The days and times: "Monday and Friday, every 2 weeks, at 09:00 and 18:00"."""
    times = f"at {_and(it.times)}"
    if it.frequency is Frequency.DAILY:
        return f"Every day {times}"
    if it.frequency is Frequency.MONTHLY:
        day = it.day_of_month or 1
        short = " (the last day of a shorter month)" if day > 28 else ""
        return f"Every month on day {day}{short} {times}"
    days = _and([WEEKDAYS[day - 1] for day in it.weekdays if 1 <= day <= 7])
    if it.frequency is Frequency.EVERY_N_WEEKS and it.interval_weeks > 1:
        return f"{days}, every {it.interval_weeks} weeks, {times}"
    return f"{days} {times}"


def elsewhere(times: tuple[str, ...], zone: str, mine: str, now: datetime) -> str:
    """Whose clock the times are on, with today's times on the reader's: " in Denver (09:30 here)".

    Empty where both clocks show the same today.
    """
    there, here = now.astimezone(zone_called(zone)), now.astimezone(zone_called(mine))
    if there.utcoffset() == here.utcoffset():
        return ""
    found: list[str] = []
    for at in times:
        local = datetime.combine(there.date(), time.fromisoformat(at), there.tzinfo)
        moved = local.astimezone(UTC).astimezone(here.tzinfo)
        days = (moved.date() - local.date()).days
        found.append(f"{moved:%H:%M}" + {1: " the day after", -1: " the day before"}.get(days, ""))
    return f" in {place_words(zone)} ({_and(found)} here)"


def window_words(minutes: int, reminders: tuple[int, ...]) -> str:
    """How long a check-in waits, and when it is reminded of."""
    words = f"Open for {span(timedelta(minutes=minutes))}"
    if reminders:
        words += f", reminded after {_and([span(timedelta(minutes=each)) for each in reminders])}"
    return words


def _and(parts: list[str] | tuple[str, ...]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def preview(pattern: SchedulePattern, zone: str, mine: str, after: str | None, now: datetime) -> list[Next]:
    """The next ten occurrences as the rules of `checkins.schedule` give them."""
    there, here = zone_called(zone), zone_called(mine)
    found: list[Next] = []
    before = now
    for slot in slots(pattern, zone, after=after, not_before=now, limit=HOW_MANY):
        notes = _notes(slot, zone, before)
        if mine != zone:
            notes += _changes(mine, before, slot.due_at)
        local = slot.due_at.astimezone(there)
        found.append(Next(slot=slot, there=local, here=slot.due_at.astimezone(here), notes=notes))
        before = slot.due_at
    return found


def _notes(slot: Slot, zone: str, before: datetime) -> tuple[str, ...]:
    local = slot.due_at.astimezone(zone_called(zone))
    asked = f"{local:%H:%M}"
    notes = _changes(zone, before, slot.due_at)
    if local.date() != slot.on:
        return (*notes, f"There is no {slot.on:%B} {slot.on.day} there: it is asked the day after.")
    if asked != slot.at:
        return (*notes, f"The clock skips {slot.at} that night: it is asked at {asked}.")
    if local.replace(fold=1).utcoffset() != local.replace(fold=0).utcoffset():
        return (*notes, f"The clock shows {slot.at} twice that night: it is asked the first time only.")
    return notes


def _changes(zone: str, before: datetime, until: datetime) -> tuple[str, ...]:
    """The clock changes of a zone after one instant and up to another."""
    there = zone_called(zone)
    found: list[str] = []
    at = before
    while at < until:
        following = min(at + timedelta(days=1), until)
        moved = _offset(following, zone) - _offset(at, zone)
        if moved:
            when = _moment(at, following, zone).astimezone(there)
            way = "forward" if moved > timedelta(0) else "back"
            found.append(f"Clocks in {zone} go {way} {span(moved)} on {when:%b} {when.day}.")
        at = following
    return tuple(found)


def _offset(at: datetime, zone: str) -> timedelta:
    return at.astimezone(zone_called(zone)).utcoffset() or timedelta(0)


def _moment(before: datetime, after: datetime, zone: str) -> datetime:
    """The first whole minute in the new offset."""
    old = _offset(before, zone)
    low, high = before.astimezone(UTC), after.astimezone(UTC)
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if _offset(middle, zone) == old else (low, middle)
    return high
