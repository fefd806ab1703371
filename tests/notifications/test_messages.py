"""Every sentence: neutral outside, plain and kind inside, complete in both languages, and true."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications import delivery
from notifications.delivery.messages import (
    Kind,
    Moment,
    Sentence,
    coverage_sentence,
    in_contact_sentence,
    render,
    say,
    seen_sentence,
)
from notifications.delivery.sentences import SENTENCES
from notifications.delivery.timewords import at_time, by_time, until_time
from server.people.terms import Language
from tests.notifications.telling import EN, ES, LINE, NOW, TO_CLIENTS, ZONE, at, notices, told

FORBIDDEN = {
    EN: "just|simply|should|must|please don't|unfortunately|commit|user|patient|error",
    ES: "simplemente|solo|debes|deberías|usted|su|sus|error|paciente|usuario",
}
CLINICAL = {
    *("suicid", "crisis", "risk", "riesgo", "mood", "ánimo", "flag", "alert", "emergenc", "urgent", "medic"),
    *("therap", "terap", "safety", "seguridad", "plan", "check-in", "noor", "client"),
}


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"[.?:!]\s+|[.?:!]$", text) if part]


@pytest.mark.parametrize("language", Language)
def test_no_text_scolds_shouts_or_stays_unfilled(language: Language) -> None:
    for text in [*told(language), *notices(language)]:
        assert not re.search(rf"(?<!\w)({FORBIDDEN[language]})(?!\w)", text.lower()), text
        assert not re.search(r"[!¡{}]|\s{2}|\s[.,:?]|\.\.", text), text
        assert text == text.strip()
        assert all(len(part.split()) <= 15 for part in sentences(text)), text


@pytest.mark.parametrize("language", Language)
def test_notices_hold_nothing_clinical_and_read_alike_to_clients(language: Language) -> None:
    for text in notices(language):
        assert not any(word in text.lower() for word in CLINICAL), text
    alike = {render(kind, language, "Handrail", "by noon") for kind in TO_CLIENTS}
    assert len(alike) == 1
    staff = [render(kind, language, "Handrail") for kind in Kind if kind not in TO_CLIENTS]
    assert len(set(staff)) == len(staff)
    assert alike.isdisjoint(staff)


def test_no_number_of_any_line_stands_in_the_texts() -> None:
    begins = {
        "notices.py": "CLIENT_NOTICE = ",
        "call_lines.py": "CALL_LINES: ",
        "sentences.py": "SENTENCES: ",
    }
    folder = Path(delivery.__path__[0])
    texts = [(folder / name).read_text(encoding="utf-8").split(begin)[1] for name, begin in begins.items()]
    templates = "".join(re.findall(r'"([^"]*)"', "".join(texts)))
    assert "{line}" in templates
    assert not re.search(r"\d", templates)


def test_both_languages_are_complete_with_the_same_slots() -> None:
    for kind in Kind:
        both = [render(kind, language, "ZAPP", "ZBY") for language in Language]
        assert both[0] != both[1], kind
        shapes = [[re.findall("ZAPP|ZBY", line) for line in (text.subject, text.body)] for text in both]
        assert shapes[0] == shapes[1], kind
    for sentence in Sentence:
        english, spanish = (SENTENCES[language][sentence] for language in Language)
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", spanish))
        assert english != spanish


def test_the_replies_read_as_agreed() -> None:
    def reply(language: Language, **facts: object) -> str:
        return coverage_sentence(
            Moment.AFTER_FLAGGED_ANSWER, language=language, zone=ZONE, line=LINE, now=NOW, **facts
        )

    assert (
        reply(EN, name="Mara", by=at(10, 40))
        == "Thank you for telling us. Mara will look at this by 10:40 am. "
        "If you need someone now, call or text LINE."
    )
    assert (
        reply(ES, name="Mara", by=at(10, 40))
        == "Gracias por contarnos. Mara va a ver esto antes de las 10:40 am. "
        "Si necesitas a alguien ahora, llama o escribe al LINE."
    )
    assert reply(EN, starts_at=at(9, days=3)) == (
        "Thank you for telling us. Our team is back Thursday at 9:00 am. "
        "You don't have to wait: call or text LINE now."
    )
    assert reply(ES, starts_at=at(9, days=3)) == (
        "Gracias por contarnos. Nuestro equipo vuelve el jueves a las 9:00 am. "
        "No tienes que esperar: llama o escribe al LINE ahora."
    )
    before = partial(coverage_sentence, Moment.BEFORE_CHECKIN, zone=ZONE, line=LINE, now=NOW)
    assert before(looks_until=at(17), language=EN) == (
        "Someone looks at your answers today until 5:00 pm. "
        "After that, or if you need someone now, call or text LINE."
    )
    assert before(looks_until=at(9, days=3), language=ES) == (
        "Alguien mira tus respuestas hasta el jueves a las 9:00 am. "
        "Después, o si necesitas a alguien ahora, llama o escribe al LINE."
    )
    assert seen_sentence("Mara", at(13), language=ES, zone=ZONE, line=LINE, now=NOW) == (
        "Mara ya lo vio y te va a contactar antes de la 1:00 pm."
    )
    assert seen_sentence("Mara", at(13), language=EN, zone=ZONE, line=LINE, now=NOW) == (
        "Mara has seen this and will contact you by 1:00 pm."
    )
    assert say(Sentence.CLOSED, EN, LINE) == (
        "This is closed for now. You can ask for someone again at any time. Your plan is here. "
        "If you need someone now, call or text LINE."
    )
    assert say(Sentence.CLOSED, ES, LINE) == (
        "Esto se cerró por ahora. Puedes pedir ayuda otra vez cuando quieras. Tu plan está aquí. "
        "Si necesitas a alguien ahora, llama o escribe al LINE."
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("moment", [Moment.AFTER_FLAGGED_ANSWER, Moment.AFTER_HELP_BUTTON])
def test_after_a_flag_or_a_call_for_help_the_line_stands_in_every_reply(
    language: Language, moment: Moment
) -> None:
    for by, starts_at in ((at(10, 40), None), (None, at(9, days=1)), (None, None)):
        reply = coverage_sentence(
            moment, by=by, starts_at=starts_at, language=language, zone=ZONE, line=LINE, now=NOW
        )
        assert reply.count("LINE") == 1
        assert "LINE" in sentences(reply)[-1]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("moment", Moment)
def test_without_a_promise_nobody_is_named_and_the_line_is(language: Language, moment: Moment) -> None:
    past = NOW - timedelta(minutes=1)
    facts = {"name": "Mara", "language": language, "zone": ZONE, "line": LINE, "now": NOW}
    nothing = coverage_sentence(moment, **facts)
    assert "Mara" not in nothing
    assert "LINE" in nothing
    assert coverage_sentence(moment, by=past, starts_at=past, **facts) == nothing
    assert coverage_sentence(moment, by=NOW, **facts) == nothing
    assert "Mara" not in coverage_sentence(moment, starts_at=at(9, days=1), **facts)


def test_a_late_owner_is_named_without_a_time() -> None:
    text = seen_sentence("Mara", NOW - timedelta(minutes=5), language=EN, zone=ZONE, line=LINE, now=NOW)
    assert text == "Mara has seen this. If you need someone now, call or text LINE."


@pytest.mark.parametrize("language", Language)
def test_somebody_whose_name_is_not_known_is_somebody_on_the_team(language: Language) -> None:
    someone = say(Sentence.SOMEONE, language)
    seen = seen_sentence(None, at(13), language=language, zone=ZONE, line=LINE, now=NOW)
    assert seen.startswith(f"{someone} ")
    assert "1:00" not in seen
    assert "LINE" in seen
    assert in_contact_sentence(None, language).startswith(f"{someone} ")


@pytest.mark.parametrize(
    ("moment", "english", "spanish"),
    [
        (at(10, 40), ("by 10:40 am", "today at 10:40 am"), ("antes de las 10:40 am", "hoy a las 10:40 am")),
        (at(22, 5), ("by 10:05 pm", "today at 10:05 pm"), ("antes de las 10:05 pm", "hoy a las 10:05 pm")),
        (at(13), ("by 1:00 pm", "today at 1:00 pm"), ("antes de la 1:00 pm", "hoy a la 1:00 pm")),
        (
            at(0, days=1),
            ("by midnight tonight", "at midnight tonight"),
            ("antes de la medianoche de hoy", "a la medianoche de hoy"),
        ),
        (
            at(9, days=6),
            ("by 9:00 am on Sunday", "Sunday at 9:00 am"),
            ("el domingo antes de las 9:00 am", "el domingo a las 9:00 am"),
        ),
        (
            at(9, days=7),
            ("by 9:00 am on March 9", "March 9 at 9:00 am"),
            ("el 9 de marzo antes de las 9:00 am", "el 9 de marzo a las 9:00 am"),
        ),
    ],
)
def test_times_are_said_in_the_readers_zone_and_language(moment, english, spanish) -> None:
    for language, expected in ((EN, english), (ES, spanish)):
        assert (by_time(moment, NOW, ZONE, language), at_time(moment, NOW, ZONE, language)) == expected


def test_duty_until_the_midnight_to_come_and_until_a_later_one() -> None:
    assert until_time(at(0, days=1), NOW, ZONE, EN) == "until midnight tonight"
    assert until_time(at(0, days=1), NOW, ZONE, ES) == "hasta la medianoche de hoy"
    assert until_time(at(0, days=2), NOW, ZONE, EN) == "until Wednesday at 12:00 am"


def test_today_is_today_in_the_readers_zone() -> None:
    late = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
    assert by_time(late + timedelta(hours=1), late, ZONE, EN) == "by 10:00 pm"
    assert by_time(late, NOW, ZONE, EN) == "by 9:00 pm"
    assert by_time(late, NOW, "UTC", EN) == "by 3:00 am tomorrow"


@settings(max_examples=150, deadline=None)
@given(
    seconds=st.integers(1, 10 * 86400),
    language=st.sampled_from(Language),
    zone=st.sampled_from([ZONE, "Asia/Kathmandu"]),
)
def test_a_told_time_is_never_before_the_real_one(seconds: int, language: Language, zone: str) -> None:
    moment = NOW + timedelta(seconds=seconds)
    whole = NOW + timedelta(minutes=-(-seconds // 60))
    assert by_time(moment, NOW, zone, language) == by_time(whole, NOW, zone, language)
    local, today = whole.astimezone(ZoneInfo(zone)), NOW.astimezone(ZoneInfo(zone)).date()
    clock = f"{local.hour % 12 or 12}:{local.minute:02} {'pm' if local.hour >= 12 else 'am'}"
    if (local.date() - today, clock) == (timedelta(days=1), "12:00 am"):
        clock = {EN: "midnight", ES: "medianoche"}[language]
    assert clock in by_time(moment, NOW, zone, language)


def test_a_programmes_name_cannot_break_a_subject_line() -> None:
    text = render(Kind.CASE_CALL, EN, "Plan\r\nBcc: all\x00 {by} {0}", "by\n10:40 am")
    assert text.subject == "Plan Bcc: all {by} {0}: someone needs an answer by 10:40 am"
    assert "\n" not in text.body
