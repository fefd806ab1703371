"""The form of a schedule: what was typed as the verbs take it, what is shown again, and the preview beside it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import or_, select

from checkins import planning, schedule, staff_queries, versions
from checkins.models import QuestionnaireRow
from checkins.schedule import Frequency, SchedulePattern
from checkins.schemas import Pause, ScheduleIn, ScheduleOut
from server.console.clients import client, schedule_words
from server.console.page import Tried
from server.console.words import span
from server.core.db import Tx
from server.core.errors import EditedMeanwhile, FieldProblem, Invalid
from server.core.zones import zone
from server.people import access, programmes
from server.people.access import ClientFacts
from server.people.roles import Action

FREQUENCIES = (
    (Frequency.DAILY.value, "Every day"),
    (Frequency.WEEKDAYS.value, "On some weekdays"),
    (Frequency.EVERY_N_WEEKS.value, "Every few weeks"),
    (Frequency.MONTHLY.value, "Every month"),
)
_WINDOWS = (30, 60, 90, 120, 180, 240, 360, 480, 720, 1440)
_REMINDERS = (15, 30, 60, 120, 180, 240, 360)
MOST_TIMES, MOST_REMINDERS = 12, 3
_SPARE_TIMES = 2

_TIMES, _DAYS, _REMIND = "recurrence.times", "recurrence.weekdays", "reminders"
_WEEKS, _DAY = "recurrence.interval_weeks", "recurrence.day_of_month"


def read(tried: Tried) -> ScheduleIn:
    """The schedule as typed. Fields of another kind of schedule are passed over, for they may stand hidden."""
    kind = tried.value("recurrence.frequency")
    weekly = kind in (Frequency.WEEKDAYS, Frequency.EVERY_N_WEEKS)
    given: dict[str, Any] = {"frequency": kind, "times": _filled(tried, _TIMES)}
    if weekly:
        given["weekdays"] = _filled(tried, _DAYS)
    if kind == Frequency.EVERY_N_WEEKS:
        given["interval_weeks"] = tried.value(_WEEKS)
    if kind == Frequency.MONTHLY:
        given["day_of_month"] = tried.value(_DAY)
    tried.sent[_TIMES] = given["times"]
    recurrence = _converted(given, schedule.Recurrence, "recurrence.")
    reminders = _converted({_REMIND: _filled(tried, _REMIND)}, _Reminders, "").reminders
    return tried.read(ScheduleIn, recurrence=recurrence, reminders=reminders)


class _Reminders(msgspec.Struct):
    reminders: tuple[int, ...]


def _converted(given: dict[str, Any], kind: type[Any], start: str) -> Any:
    """Every value by itself, so that a problem names its field."""
    for field in msgspec.structs.fields(kind):
        if field.encode_name in given:
            try:
                msgspec.convert(given[field.encode_name], field.type, strict=False)
            except msgspec.ValidationError:
                raise Invalid.field(f"{start}{field.encode_name}", "This does not fit here.") from None
    return msgspec.convert(given, kind, strict=False)


def _filled(tried: Tried, name: str) -> list[str]:
    return [text.strip() for text in tried.values(name) if text.strip()]


def pattern_of(given: ScheduleIn | ScheduleOut) -> SchedulePattern:
    """When it asks, without the rest."""
    return SchedulePattern(
        recurrence=given.recurrence,
        window_minutes=given.window_minutes,
        reminders=given.reminders,
        starts_on=given.starts_on,
        ends_on=given.ends_on,
    )


def read_pause(tried: Tried, zone_name: str) -> Pause:
    """The pause as typed: a day and time on the clock where the client is."""
    reason = tried.value("reason").strip()
    try:
        until = datetime.fromisoformat(tried.value("until"))
    except ValueError:
        raise Invalid.field("until", "Choose a day and a time.") from None
    if not reason:
        raise Invalid.field("reason", "Write why, for the team.")
    if len(reason) > 500:
        raise Invalid.field("reason", "This is longer than 500 characters.")
    return Pause(until=until.replace(tzinfo=zone(zone_name)), reason=reason)


def usual(tx: Tx, facts: ClientFacts) -> ScheduleIn:
    """What a new schedule starts with: every day at ten in the morning, open for two hours, from today on."""
    today = tx.now.astimezone(zone(facts.zone)).date()
    recurrence = schedule.Recurrence(frequency=Frequency.DAILY, times=("10:00",))
    return ScheduleIn(recurrence=recurrence, window_minutes=120, reminders=(60,), starts_on=today)


def shown(
    tx: Tx, client_id: UUID, schedule_id: UUID | None, tried: Tried, *, version: str | None = None
) -> dict[str, Any]:
    """The editor: the fields as stored or as typed, and the next ten occurrences of what stands in them."""
    facts = access.client(tx, Action.EDIT_SCHEDULE, client_id)
    access.looked(tx, "client.view", facts)
    stored = staff_queries.schedule_of(tx, client_id, schedule_id) if schedule_id else None
    start = stored or usual(tx, facts)
    clash = isinstance(tried.problem, EditedMeanwhile)
    typed = "recurrence.frequency" in tried.sent
    head = client.head(tx, facts)
    times = _filled(tried, _TIMES) if typed else list(start.recurrence.times)
    return {
        **head,
        "stored": stored,
        "start": start,
        "clash": clash,
        "saved_words": schedule_words.in_words(stored.recurrence) if stored else "",
        "saved_window": schedule_words.window_words(stored.window_minutes, stored.reminders)
        if stored
        else "",
        "version": stored.version if stored and (clash or version is None) else version,
        "frequencies": FREQUENCIES,
        "weekdays": tuple(enumerate(schedule_words.WEEKDAYS, 1)),
        "chosen_days": tried.values(_DAYS) if typed else [str(day) for day in start.recurrence.weekdays],
        "times": [*times, *[""] * min(_SPARE_TIMES, max(0, MOST_TIMES - len(times)))],
        "windows": _choices(_WINDOWS, start.window_minutes),
        "reminder_choices": _choices(_REMINDERS, *start.reminders),
        "reminders": _three(_filled(tried, _REMIND) if typed else list(map(str, start.reminders))),
        "questionnaires": _questionnaires(tx, facts),
        "mine": programmes.of_actor(tx).zone,
        **_preview(tx, facts, stored, start, tried if typed else None),
    }


def _choices(usual: tuple[int, ...], *stored: int) -> list[tuple[int, str]]:
    return [(minutes, span(timedelta(minutes=minutes))) for minutes in sorted({*usual, *stored})]


def _three(values: list[str]) -> list[str]:
    return [*values, *[""] * MOST_REMINDERS][: max(MOST_REMINDERS, len(values))]


def _questionnaires(tx: Tx, facts: ClientFacts) -> list[tuple[str, str]]:
    """The names this client can be asked by, the usual one first."""
    row = QuestionnaireRow
    shared = (row.client_id.is_(None)) & (row.programme_id == facts.programme_id)
    query = select(row.key).where(or_(row.client_id == facts.id, shared)).distinct().order_by(row.key)
    keys = [key for key in tx.connection.execute(query).scalars() if key != versions.DEFAULT]
    return [(versions.DEFAULT, "The usual check-in"), *((key, key) for key in keys)]


def _preview(
    tx: Tx,
    facts: ClientFacts,
    stored: ScheduleOut | None,
    start: ScheduleIn | ScheduleOut,
    tried: Tried | None,
) -> dict[str, Any]:
    """The next occurrences; none while the form has something wrong in it, which then stands at its field."""
    try:
        pattern = pattern_of(read(tried) if tried else start)
        found = [FieldProblem(wrong.path, wrong.message) for wrong in schedule.problems(pattern)]
        if found:
            raise Invalid(errors=found)
    except Invalid as refusal:
        if tried is not None and tried.problem is None:
            tried.problem = refusal
        return {"next": [], "words": "", "window": "", "sound": False}
    last = planning.last_slot(tx, stored.id) if stored else None
    mine = programmes.of_actor(tx).zone
    return {
        "next": schedule_words.preview(pattern, facts.zone, mine, last, tx.now),
        "words": schedule_words.in_words(pattern.recurrence),
        "window": schedule_words.window_words(pattern.window_minutes, pattern.reminders),
        "sound": True,
    }
