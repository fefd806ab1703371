"""Times as people say them, in the reader's zone and language, without the machine's locale.

A time is rounded up to the whole minute. Today needs no day, then comes tomorrow, then a weekday within the
week, then the date. The midnight to come is called that: few are sure which day 12:00 am belongs to. Spanish keeps
am and pm: they are short, and nobody takes ten at night for ten in the morning.
"""

from datetime import date, datetime, timedelta

from server.core.zones import zone as zone_called
from server.people.terms import Language

_WEEKDAYS = {
    Language.EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    Language.ES: ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS = {
    Language.EN: "January February March April May June July August September October November December",
    Language.ES: "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
_MIDNIGHT = {Language.EN: "midnight tonight", Language.ES: "la medianoche de hoy"}
_NEAR = {Language.EN: ("today", "tomorrow"), Language.ES: ("hoy", "mañana")}


def by_time(at: datetime, now: datetime, zone: str, language: Language) -> str:
    """The latest moment something happens: "by 10:40 am on Monday", "el lunes antes de las 10:40 am"."""
    local, today = _local(at, now, zone)
    if _is_tonight(local, today):
        return f"{'antes de' if language is Language.ES else 'by'} {_MIDNIGHT[language]}"
    near = local.date() <= today + timedelta(days=1)
    day = "" if local.date() == today else _day(local.date(), today, language)
    if language is Language.ES:
        return f"{day} antes de {_clock(local, language)}".strip()
    return f"by {_clock(local, language)} {day if near else f'on {day}'}".strip()


def at_time(at: datetime, now: datetime, zone: str, language: Language) -> str:
    """The moment something begins: "Monday at 9:00 am", "el lunes a las 9:00 am"."""
    local, today = _local(at, now, zone)
    joint = "a" if language is Language.ES else "at"
    if _is_tonight(local, today):
        return f"{joint} {_MIDNIGHT[language]}"
    return f"{_day(local.date(), today, language)} {joint} {_clock(local, language)}"


def until_time(at: datetime, now: datetime, zone: str, language: Language) -> str:
    """How long something lasts: "today until 5:00 pm", "until Monday at 9:00 am". Seconds are left out, never added."""
    whole = at.replace(second=0, microsecond=0)
    local, today = _local(whole, now, zone)
    word = "hasta" if language is Language.ES else "until"
    if local.date() == today:
        return f"{_NEAR[language][0]} {word} {_clock(local, language)}"
    if _is_tonight(local, today):
        return f"{word} {_MIDNIGHT[language]}"
    return f"{word} {at_time(whole, now, zone, language)}"


def _local(at: datetime, now: datetime, zone: str) -> tuple[datetime, date]:
    here = zone_called(zone)
    whole = at.replace(second=0, microsecond=0)
    rounded = whole if whole == at else whole + timedelta(minutes=1)
    return rounded.astimezone(here), now.astimezone(here).date()


def _is_tonight(local: datetime, today: date) -> bool:
    """The midnight at which today ends."""
    return (local.hour, local.minute) == (0, 0) and local.date() == today + timedelta(days=1)


def _day(day: date, today: date, language: Language) -> str:
    ahead = (day - today).days
    if ahead in (0, 1):
        return _NEAR[language][ahead]
    month = _MONTHS[language].split()[day.month - 1]
    if language is Language.ES:
        return f"el {_WEEKDAYS[language][day.weekday()]}" if 1 < ahead < 7 else f"el {day.day} de {month}"
    return _WEEKDAYS[language][day.weekday()] if 1 < ahead < 7 else f"{month} {day.day}"


def _clock(local: datetime, language: Language) -> str:
    hour = local.hour % 12 or 12
    words = f"{hour}:{local.minute:02} {'am' if local.hour < 12 else 'pm'}"
    if language is Language.ES:
        return f"{'la' if hour == 1 else 'las'} {words}"
    return words
