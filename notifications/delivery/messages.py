"""Which sentence is told when, and what fills its gaps; the words themselves stand in
`notices`, `call_lines` and `sentences`.

A person and a time are named only when the caller has worked out from the coverage calendar that they hold.
A help line is named with what its own menu asks of this reader: the key to press, the word to send first.
"""

from datetime import datetime

from msgspec import Struct

from notifications.delivery.call_lines import CALL_LINES, CallLine
from notifications.delivery.notices import CLIENT_NOTICE, NOTICES, Kind, Rendered
from notifications.delivery.sentences import SENTENCES, Moment, Sentence
from notifications.delivery.timewords import at_time, by_time, until_time
from server.people.terms import Language

_OPENINGS = {
    Moment.AFTER_CALM_ANSWER: (Sentence.THANKS_CALM,),
    Moment.AFTER_FLAGGED_ANSWER: (Sentence.THANKS_FLAGGED,),
    Moment.AFTER_HELP_BUTTON: (Sentence.THANKS_HELP,),
    Moment.BEFORE_CHECKIN: (),
}
PRESSING = frozenset({Moment.AFTER_FLAGGED_ANSWER, Moment.AFTER_HELP_BUTTON})

_CALL_OR_TEXT = frozenset({Sentence.AFTER_THAT, Sentence.DO_NOT_WAIT, Sentence.IF_NEEDED, Sentence.CLOSED})


class HelpLine(Struct, frozen=True):
    """A help line as the checked table has it.

    `number` is dialled as it stands. `press` is the key its menu wants after the greeting and `keywords` the
    word to text first, each by language; a language that is missing needs neither.
    """

    number: str
    press: dict[str, str] = {}
    keywords: dict[str, str] = {}


SHORT_NAME = 20
"""Letters of the programme's name that are kept where there is little room."""

NO_LINE = HelpLine("")
"""For sentences that name no line."""


def render(
    kind: Kind, language: Language, app_name: str, by: str | None = None, code: str = "", todo: str = ""
) -> Rendered:
    """The notification in words. `by` is a phrase from `by_time` in the reader's own zone, or None.

    `todo` is what a day holds, from `daywords`.
    """
    text = NOTICES[language].get(kind, CLIENT_NOTICE[language])
    slots = {"app": _one_line(app_name), "by": f" {_one_line(by)}" if by else "", "code": code}
    slots["todo"] = todo or _SOMETHING[language]
    return Rendered(text.subject.format(**slots), text.body.format(**slots))


_SOMETHING = {Language.EN: "something to do today", Language.ES: "algo que hacer hoy"}


def short(
    kind: Kind, language: Language, app_name: str, by: str | None = None, code: str = "", todo: str = ""
) -> tuple[str, ...]:
    """The notification in one short line, the fullest wording first, for where there is little room."""
    whole, cut = _one_line(app_name), _one_line(app_name)[:SHORT_NAME].rstrip()
    wordings = ((whole, by), (cut, by), (cut, None))
    return tuple(
        dict.fromkeys(render(kind, language, app, until, code, todo).subject for app, until in wordings)
    )


def call_line(which: CallLine, language: Language, app_name: str = "", key: str = "") -> str:
    """A sentence that goes along with a call to staff; `key` is the one to press."""
    return CALL_LINES[language][which].format(app=_one_line(app_name), key=key)


def say(sentence: Sentence, language: Language, line: HelpLine = NO_LINE) -> str:
    """A sentence that names nobody. Where it names the line, the language's own way through it follows."""
    words = SENTENCES[language]
    parts = [words[sentence].format(line=_one_line(line.number))]
    press, keyword = line.press.get(language), line.keywords.get(language)
    if sentence in _CALL_OR_TEXT and (press or keyword):
        one = Sentence.PRESS_FIRST if press else Sentence.SEND_FIRST
        way = Sentence.PRESS_OR_SEND if press and keyword else one
        parts.append(words[way].format(press=press, keyword=keyword))
    return " ".join(parts)


def coverage_sentence(
    moment: Moment,
    *,
    name: str | None = None,
    by: datetime | None = None,
    looks_until: datetime | None = None,
    starts_at: datetime | None = None,
    calling: bool = False,
    language: Language,
    zone: str,
    line: HelpLine,
    now: datetime,
) -> str:
    """Who will look by when, or until when somebody looks, or when the team is back; then the line for all else.

    With `by`, a person is promised (by `name`, or as someone on the team). With `looks_until`, that somebody is on duty
    until then. With `starts_at`, only the team's return; where people are being called at this hour (`calling`), that
    instead. With none of these, nothing is promised. A time that has passed is never told.
    """
    words = SENTENCES[language]
    parts = [words[opening] for opening in _OPENINGS[moment]]
    pressing = moment in PRESSING
    if by is not None and by > now:
        who = _who(name, language)
        parts.append(words[Sentence.WILL_LOOK].format(name=who, by=by_time(by, now, zone, language)))
        return " ".join([*parts, say(Sentence.IF_NEEDED, language, line)])
    if looks_until is not None and looks_until > now:
        parts.append(words[Sentence.LOOKS].format(until=until_time(looks_until, now, zone, language)))
        return " ".join([*parts, say(Sentence.AFTER_THAT, language, line)])
    if calling:
        parts.append(words[Sentence.CALLING])
    elif starts_at is not None and starts_at > now:
        parts.append(words[Sentence.TEAM_BACK].format(at=at_time(starts_at, now, zone, language)))
    parts.append(say(Sentence.DO_NOT_WAIT if pressing else Sentence.IF_NEEDED, language, line))
    return " ".join(parts)


def seen_sentence(
    name: str | None, by: datetime | None, *, language: Language, zone: str, line: HelpLine, now: datetime
) -> str:
    """Who has seen it, and by when that person will make contact; with no time to tell, the line instead.

    A time that has passed is never told, nor one that belongs to nobody: `name` is None where it is not known who.
    Without a time nothing is promised.
    """
    words, who = SENTENCES[language], _who(name, language)
    if name is not None and by is not None and by > now:
        return words[Sentence.SEEN_AND_BY].format(name=who, by=by_time(by, now, zone, language))
    return f"{words[Sentence.SEEN].format(name=who)} {say(Sentence.IF_NEEDED, language, line)}"


def in_contact_sentence(name: str | None, language: Language) -> str:
    """After somebody reached the client: who it was, if that is known, and that the plan stays."""
    return SENTENCES[language][Sentence.IN_CONTACT].format(name=_who(name, language))


def not_seen_sentence(language: Language, line: HelpLine, *, again: bool = False) -> str:
    """For somebody who waits while nobody has answered yet, or no longer answers (`again`)."""
    sentence = Sentence.CALLING_AGAIN if again else Sentence.NOT_SEEN
    return f"{say(sentence, language)} {say(Sentence.DO_NOT_WAIT, language, line)}"


def _who(name: str | None, language: Language) -> str:
    return _one_line(name or "") or SENTENCES[language][Sentence.SOMEONE]


def _one_line(text: str) -> str:
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
