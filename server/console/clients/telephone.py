"""Answers told on the telephone: the questions as a form, and what was typed and chosen as the rules read it.

Three things are kept apart: an answer, "prefers not to say", and a question that was not asked or left without an
answer. The last two are told apart because a person chose the one, and nobody knows about the other.
"""

from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from checkins import by_telephone
from checkins.by_telephone import Sheet
from checkins.definition import Item, ItemKind
from checkins.questions import read_answers
from checkins.schemas import AnswerIn, Instant
from checkins.wording import YES_NO
from crisisplans.lines import IN_EVERY_PLAN, CrisisLine, LineKind, line_table
from server.console.clients import client
from server.console.page import Tried
from server.core.db import Tx
from server.core.errors import FieldProblem, Invalid
from server.people import access, queries
from server.people.roles import Action
from server.people.schemas import Input

ANYTIME = "anytime"
_ONE_OF = (ItemKind.SCALE, ItemKind.SINGLE, ItemKind.YES_NO)
_UNMARKED, _BOTH = {"unmarked": True}, {"both": True}
"""What no question takes as an answer, so that it is refused at its field, unless another answer calls for help."""


class Sent(Input):
    """What the form carries unseen: the check-in's id, which questions were shown, and when the call began."""

    checkin_id: UUID
    questionnaire_id: UUID
    begun_at: Instant


class Choice(Struct, frozen=True):
    """One thing to choose, in the client's language."""

    value: str
    label: str


class Question(Struct, frozen=True, kw_only=True):
    """One question as the form shows it. `english` helps a colleague along where the client speaks Spanish."""

    item: Item
    text: str
    english: str | None
    choices: list[Choice]
    low: str | None
    high: str | None
    one_of: bool


def shown(tx: Tx, client_id: UUID, tried: Tried, wish: str) -> dict[str, Any]:
    """The form: of the check-in that waits, of the one wished for, or of one that nobody planned."""
    facts = access.client(tx, Action.ENTER_ANSWERS, client_id)
    waiting = by_telephone.waiting(tx, client_id)
    if tried.sent:
        sent = tried.read(Sent)
        sheet = by_telephone.sheet(tx, client_id, sent.checkin_id, sent.questionnaire_id)
    else:
        ids = {str(one.id): one.id for one in waiting}
        chosen = None if wish == ANYTIME else ids.get(wish, waiting[0].id if waiting else None)
        sheet = by_telephone.sheet(tx, client_id, chosen)
    record = queries.client_out(tx, client_id)
    return {
        **client.head(tx, facts),
        "number": record.phone,
        "number_shut": "phone" in record.unreadable,
        "sheet": sheet,
        "questions": [_question(item, facts.language) for item in sheet.items],
        "waiting": waiting,
        "begun_at": tried.value("begun_at", tx.now.isoformat()),
        "emergency": numbers(),
    }


def numbers() -> list[CrisisLine]:
    """The emergency number and the line of every plan, from the checked table."""
    table = line_table()
    first = [line for line in table.values() if line.kind is LineKind.EMERGENCY]
    return [*first, table[IN_EVERY_PLAN[0]]]


def _question(item: Item, language: Any) -> Question:
    text = item.text.in_language(language)
    return Question(
        item=item,
        text=text,
        english=item.text.en if item.text.en != text else None,
        choices=_choices(item, language),
        low=item.low.in_language(language) if item.low else None,
        high=item.high.in_language(language) if item.high else None,
        one_of=item.kind in _ONE_OF,
    )


def _choices(item: Item, language: Any) -> list[Choice]:
    if item.kind is ItemKind.SCALE:
        return [Choice(f"={n}", str(n)) for n in range(item.min or 0, (item.max or 0) + 1)]
    if item.kind is ItemKind.YES_NO:
        yes, no = YES_NO[language]
        return [Choice("=yes", yes.capitalize()), Choice("=no", no.capitalize())]
    return [Choice(f"={one.value}", one.label.in_language(language)) for one in item.options]


def read(sheet: Sheet, sent: Sent, tried: Tried) -> tuple[AnswerIn, bool]:
    """The answers as the rules take them, and whether each of them fits its question."""
    answers: dict[str, Any] = {}
    for item in sheet.items:
        value = _value(item, tried)
        if value is not None:
            answers[item.key] = value
    given = AnswerIn(answered_at=sent.begun_at, answers=answers, questionnaire_id=sent.questionnaire_id)
    return given, not read_answers(sheet.items, answers)[1]


def _value(item: Item, tried: Tried) -> Any:
    """One answer: a value, "prefers not to say", None for a blank, or what is no answer and will be refused."""
    chosen = [text for text in tried.sent.get(f"answers.{item.key}", []) if text.strip()]
    if item.kind in _ONE_OF:
        return _one_of(item, chosen[0] if chosen else "")
    declined = tried.value(f"mark.{item.key}") == "declined"
    if declined and chosen:
        return _BOTH
    if declined:
        return {"declined": True}
    if not chosen:
        return None
    if item.kind is ItemKind.MULTIPLE:
        return [text.removeprefix("=") for text in chosen]
    return _number(chosen[0]) if item.kind is ItemKind.NUMBER else chosen[0].strip()


def _one_of(item: Item, chosen: str) -> Any:
    if chosen == "blank":
        return None
    if chosen == "declined":
        return {"declined": True}
    if not chosen.startswith("="):
        return _UNMARKED
    value = chosen.removeprefix("=")
    return int(value) if item.kind is ItemKind.SCALE and value.isdecimal() and len(value) < 6 else value


def _number(text: str) -> Any:
    """A number as people write it, with a point or a comma; other text stays and is refused at its field."""
    plain = text.strip().replace(",", ".")
    try:
        return int(plain) if plain.lstrip("-").isdecimal() and len(plain) < 12 else float(plain)
    except ValueError:
        return text


def explained(refusal: Invalid, given: AnswerIn) -> Invalid:
    """The refusal in words for whoever filled in the form."""

    def in_words(problem: FieldProblem) -> FieldProblem:
        value = given.answers.get(problem.path.removeprefix("answers."))
        if value == _UNMARKED:
            return replace(problem, message="Choose an answer, or say that it was not asked.")
        if value == _BOTH:
            return replace(problem, message="There is an answer and “prefers not to say”. Keep one of them.")
        return replace(problem, message=f"This {problem.message}.".replace("..", "."))

    return Invalid(refusal.detail, errors=[in_words(each) for each in refusal.errors])
