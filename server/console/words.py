"""Times, tiers and names as the console writes them, for the templates. Every time is in the reader's zone."""

from datetime import date, datetime, timedelta
from typing import Any

import phonenumbers
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from crisisplans.lines import NATIONWIDE, tel_href
from notifications.escalations.tiers import Tier
from server.core.zones import zone as zone_called
from server.people.looks import ROLES
from server.people.terms import Language, Role

TIERS = {tier: tier.words.capitalize() for tier in Tier}


def role_words(role: str) -> str:
    """A staff role: "Case manager"."""
    return ROLES[Role(role)][Language.EN].capitalize()


def span(length: timedelta) -> str:
    """A length of time in its two largest units: "1 h 20 min", "3 days 4 h", "under a minute"."""
    minutes = int(abs(length).total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} day{'s' if days > 1 else ''}" + (f" {hours} h" if hours and days < 4 else "")
    if hours:
        return f"{hours} h" + (f" {rest} min" if rest else "")
    return f"{rest} min" if rest else "under a minute"


def clock_words(local: datetime, today: date) -> str:
    """ "10:42" today, "Mon 10:42" within a week, else "Nov 3, 10:42", with the year where it is another one."""
    time = f"{local:%H:%M}"
    away = abs((local.date() - today).days)
    if away == 0:
        return time
    if away < 7:
        return f"{local:%a} {time}"
    return f"{day_words(local.date(), today)}, {time}"


def day_words(day: date, today: date) -> str:
    """ "Nov 3", with the year where it is another one."""
    return f"{day:%b} {day.day}" + ("" if day.year == today.year else f", {day.year}")


def place_words(zone: str) -> str:
    """The place a time zone is named after: "Denver", "Los Angeles"."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def dated_words(local: datetime, today: date) -> str:
    """ "10:42" today, else with its date, "Nov 3, 10:42": last week's Tuesday is not taken for the next."""
    time = f"{local:%H:%M}"
    return time if local.date() == today else f"{day_words(local.date(), today)}, {time}"


def readable(number: str | None) -> str | None:
    """A number as people here write it, "(503) 555-0142"; one from abroad with its country; anything else as it is."""
    try:
        parsed = phonenumbers.parse(number or "", NATIONWIDE)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    here = parsed.country_code == phonenumbers.country_code_for_region(NATIONWIDE)
    forms = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, forms.NATIONAL if here else forms.INTERNATIONAL)


def phone_link(number: str | None) -> Markup:
    """A number to press, as people write it; what no phone can dial stands as it was typed."""
    href = tel_href(number) if number else None
    if href is None:
        return escape(number or "")
    return Markup('<a href="{}">{}</a>').format(href, readable(number))


@pass_context
def when(context: Context, at: datetime | None, zone: str | None = None) -> Markup:
    """An instant as a <time> element in the reader's zone, or in another one, which is then named."""
    if at is None:
        return Markup("")
    own = _zone(context)
    here = zone_called(zone or own)
    now: datetime = context["now"]
    words = clock_words(at.astimezone(here), now.astimezone(here).date())
    named = f" in {place_words(zone)}" if zone and zone != own else ""
    return Markup('<time datetime="{}">{}{}</time>').format(at.isoformat(timespec="seconds"), words, named)


@pass_context
def dated(context: Context, at: datetime | None) -> Markup:
    """An instant in the reader's zone, with its date unless it is today: for lists that look back and ahead."""
    if at is None:
        return Markup("")
    here, now = zone_called(_zone(context)), context["now"]
    words = dated_words(at.astimezone(here), now.astimezone(here).date())
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), words)


@pass_context
def there(context: Context, at: datetime | None, zone: str) -> Markup:
    """An instant on the clock of somebody elsewhere: "Nov 3, 08:30 in Denver (09:30 here)"; one clock where
    theirs shows the same."""
    if at is None:
        return Markup("")
    now: datetime = context["now"]
    local, mine = at.astimezone(zone_called(zone)), at.astimezone(zone_called(_zone(context)))
    words = dated_words(local, now.astimezone(zone_called(zone)).date())
    if local.utcoffset() != mine.utcoffset():
        day = f"{mine:%a} " if mine.date() != local.date() else ""
        words += f" in {place_words(zone)} ({day}{mine:%H:%M} here)"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), words)


@pass_context
def ago(context: Context, at: datetime | None) -> str:
    """How long ago: "12 min ago"."""
    return "" if at is None else f"{span(context['now'] - at)} ago"


@pass_context
def left(context: Context, at: datetime | None) -> str:
    """How long until then: "12 min left", "5 min over"."""
    if at is None:
        return ""
    length = at - context["now"]
    return f"{span(length)} left" if length > timedelta(0) else f"{span(length)} over"


@pass_context
def local_day(context: Context, day: date | None) -> str:
    """A date: "Nov 3"."""
    if day is None:
        return ""
    return day_words(day, context["now"].astimezone(zone_called(_zone(context))).date())


def _zone(context: Context) -> str:
    frame: Any = context.get("frame")
    return frame.zone if frame is not None else "UTC"


def lines_of(text: str | None) -> Markup:
    """Somebody's words with their line breaks."""
    return Markup("<br>").join(escape(line) for line in (text or "").split("\n"))
