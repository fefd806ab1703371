"""Everything a client may be told and every notice, with believable slots."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from notifications.delivery.messages import (
    HelpLine,
    Kind,
    Moment,
    Sentence,
    coverage_sentence,
    in_contact_sentence,
    not_seen_sentence,
    render,
    say,
    seen_sentence,
)
from notifications.delivery.timewords import by_time
from server.people.terms import Language

ZONE = "America/Chicago"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday, nine in the morning in Chicago
LINE = HelpLine("LINE")
MENU = HelpLine("LINE", press={"en": "KEY", "es": "KEY"}, keywords={"en": "WORD", "es": "WORD"})
EN, ES = Language.EN, Language.ES
TO_CLIENTS = [
    *(Kind.CHECKIN_OPEN, Kind.CHECKIN_REMINDER, Kind.PLAN_UPDATED),
    *(Kind.CASE_SEEN, Kind.CASE_CLOSED),
]


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    return datetime(2026, 3, 2 + days, hour, minute, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def told(language: Language) -> list[str]:
    """Everything a client may be told, with believable slots."""
    by_and_start = [
        (None, None),
        (at(10, 40), None),
        (at(10, 40, days=2), None),
        (None, at(9, days=5)),
        (None, at(9, days=12)),
    ]
    coverage = [
        coverage_sentence(
            moment, name=name, by=by, starts_at=starts_at, language=language, zone=ZONE, line=line, now=NOW
        )
        for line in (LINE, MENU)
        for moment in Moment
        for by, starts_at in by_and_start
        for name in ("Mara", None)
    ]
    return [
        *coverage,
        *(say(Sentence.CLOSED, language, line) for line in (LINE, MENU)),
        *(
            seen_sentence(name, by, language=language, zone=ZONE, line=LINE, now=NOW)
            for name in ("Mara", None)
            for by in (at(10, 40, days=1), None)
        ),
        *(in_contact_sentence(name, language) for name in ("Mara", None)),
        not_seen_sentence(language, LINE),
        *(
            render(kind, language, "Handrail", by_time(at(10, 40), NOW, ZONE, language)).body
            for kind in TO_CLIENTS
        ),
    ]


def notices(language: Language) -> list[str]:
    by = by_time(at(10, 40, days=2), NOW, ZONE, language)
    texts = [render(kind, language, "Handrail", given, "012345") for kind in Kind for given in (by, None)]
    return [line for text in texts for line in (text.subject, text.body)]
