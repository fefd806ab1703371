"""What the client sees of a plan: the cards of the phone, in its own words and order, for staff to look at.

Only a `PlanDocument` goes in, so nothing of the clinician's own can come out.
"""

from collections.abc import Iterator

from msgspec import Struct

from crisisplans import queries
from crisisplans.client_plan import line_for_client
from crisisplans.lines import CrisisLine, LineKind, stale, tel_href
from crisisplans.print_words import day_words
from crisisplans.schemas import ClientLine
from crisisplans.sections import (
    PROPOSABLE,
    Distraction,
    Entry,
    Helper,
    PlanDocument,
    Professional,
    SaferStep,
    SectionKey,
    Stage,
    WarningSign,
    entries,
    words_of,
)
from server.console.plans.plan_saying import Saying
from server.core.db import Tx
from server.people.access import ClientFacts
from server.people.terms import Language


class Item(Struct, frozen=True, kw_only=True):
    """One entry: the words, what stands small below, and the number that one tap calls (and another texts)."""

    text: str
    detail: str = ""
    number: str = ""
    key: str = ""
    icon: str = "phone"
    person: bool = False


class Part(Struct, frozen=True):
    """Entries under a heading of their own; an empty heading stands for none."""

    heading: str
    items: tuple[Item, ...]


class Card(Struct, frozen=True):
    """One step of the plan. `said` stands where there is no entry yet."""

    section: SectionKey
    title: str
    parts: tuple[Part, ...]
    said: str = ""


class Seen(Struct, frozen=True):
    """The plan on the phone: its title, and a card for each step the client has."""

    title: str
    cards: tuple[Card, ...]
    language: Language

    def card(self, section: SectionKey) -> Card | None:
        """The card of one section; None where the phone shows none."""
        return next((card for card in self.cards if card.section is section), None)


NOT_AGREED = "the client has not agreed that staff call"
NOT_CALLED = "company, not for staff to call"
"""What stands for staff instead of such a number; the client's own page has it."""


def seen(
    tx: Tx,
    client: ClientFacts,
    document: PlanDocument,
    language: Language | None = None,
    *,
    for_staff: bool = False,
) -> Seen:
    """The plan in the client's language, unless another is asked for.

    `for_staff`: as those read it who would call: no number of a helper whom the client does not want called.
    """
    language = language or client.language
    table = queries.lines_for(tx, client.programme_id, document)
    today = queries.today(tx, client.programme_id)
    lines = [
        _line(table[key], language, old=stale(table[key], today))
        for key in document.crisis_lines
        if key in table
    ]
    return drawn(document, tuple(lines), language, for_staff=for_staff)


def drawn(
    document: PlanDocument, lines: tuple[Item, ...], language: Language, *, for_staff: bool = False
) -> Seen:
    """The same from plain data."""
    say = Saying(language, for_staff=for_staff)
    cards = (_card(document, section, lines, say) for section in SectionKey)
    return Seen(
        document.alias or say("plan.title"), tuple(card for card in cards if card is not None), language
    )


def _card(document: PlanDocument, section: SectionKey, lines: tuple[Item, ...], say: Saying) -> Card | None:
    parts = tuple(part for part in _parts(document, section, lines, say) if part.items)
    if parts:
        return Card(section, say(f"plan.{section}"), parts)
    return Card(section, say(f"plan.{section}"), (), say("plan.none_idea")) if section in PROPOSABLE else None


def _parts(
    document: PlanDocument, section: SectionKey, lines: tuple[Item, ...], say: Saying
) -> Iterator[Part]:
    if section is SectionKey.WARNING_SIGNS:
        for stage in Stage:
            signs = tuple(_item(sign, say) for sign in document.warning_signs if sign.stage is stage)
            yield Part(say(f"plan.{stage}"), signs)
    elif section is SectionKey.CRISIS_LINES:
        yield Part("", lines)
    elif section is SectionKey.WHAT_HELPS_STAFF:
        yield from _wishes(document, say)
    else:
        yield Part("", tuple(_item(entry, say) for entry in entries(document, section)))


def _item(entry: Entry, say: Saying) -> Item:
    text, call = words_of(entry), say("frame.row_call")
    match entry:
        case WarningSign():
            return Item(text=text)
        case Distraction() if say.for_staff and entry.phone:
            return _person(text, _joined(entry.where, NOT_CALLED), None, call)
        case Distraction():
            return (
                _person(text, entry.where or "", entry.phone, call)
                if entry.phone
                else Item(text=text, detail=entry.where or "")
            )
        case Helper():
            best = say("plan.best_times", text=entry.best_times) if entry.best_times else None
            detail = _joined(entry.relation, best)
            if say.for_staff and not entry.staff_may_contact:
                return _person(text, _joined(detail, NOT_AGREED), None, call)
            return _person(
                text, detail or ("" if entry.phone else say("people.no_number")), entry.phone, call
            )
        case Professional():
            detail = _joined(entry.role, entry.hours, entry.address)
            return _person(
                text, detail or ("" if entry.phone else say("people.no_number")), entry.phone, call
            )
        case SaferStep():
            return Item(text=text, detail=_step(entry, say))
        case _:
            obstacle = getattr(entry, "obstacle", None)
            return Item(text=text, detail=say("plan.obstacle", text=obstacle) if obstacle else "")


def _person(name: str, detail: str, phone: str | None, call: str) -> Item:
    key = call if phone and tel_href(phone) else ""
    return Item(text=name, detail=detail, number=phone or "", key=key, person=True)


def _step(step: SaferStep, say: Saying) -> str:
    by = None
    if step.by_on and not step.done:
        by = say("plan.by", date=day_words(step.by_on, say.language))
    who = say("plan.with", name=step.who_helps) if step.who_helps else None
    return _joined(say("plan.is_done") if step.done else None, who, by)


def _line(line: CrisisLine, language: Language, *, old: bool) -> Item:
    say, known = Saying(language), line_for_client(line, language, old=old)
    on_the_web = known.kind in (LineKind.CHAT, LineKind.VIDEO)
    web = (known.href or "").removeprefix("https://").rstrip("/")
    word = {
        LineKind.TEXT: "frame.row_text",
        LineKind.CHAT: "frame.row_open",
        LineKind.VIDEO: "frame.row_open",
    }
    key = word.get(known.kind, "frame.row_call")
    return Item(
        text=known.name,
        detail=" ".join(_line_details(known, say)),
        number=web if on_the_web else known.number or "",
        key=say(key) if known.href else "",
        icon={"frame.row_text": "text", "frame.row_open": "eye"}.get(key, "phone"),
        person=True,
    )


def _line_details(line: ClientLine, say: Saying) -> Iterator[str]:
    if line.keyword:
        yield say("numbers.word", word=line.keyword)
    if line.press:
        yield say("numbers.press", key=line.press)
    for who, key in line.other_keys.items():
        own = f"numbers.press_{who}"
        yield say(own, key=key) if say.known(own) else say("numbers.press_other", who=who, key=key)
    if line.hours:
        yield f"{line.hours}."
    if line.stale:
        yield say("numbers.stale")


def _wishes(document: PlanDocument, say: Saying) -> Iterator[Part]:
    held = document.what_helps_staff
    directive = held.advance_directive
    for key, text in (
        ("plan.helps", held.helps),
        ("plan.does_not_help", held.does_not_help),
        ("plan.hospital", held.preferred_hospital),
    ):
        if text:
            yield Part(say(key), (Item(text=text),))
    if directive.exists:
        kept = say("plan.directive_kept", text=directive.where) if directive.where else ""
        yield Part(say("plan.directive"), (Item(text=kept),))
        if directive.agent_phone:
            yield Part(say("plan.agent"), (_person(directive.agent_phone, "", None, ""),))


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)
