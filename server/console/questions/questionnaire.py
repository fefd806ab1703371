"""The pages of questions and rules: which versions there are, each in full, and how its rules have done."""

from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select

from checkins import questionnaires, rule_record, rule_words
from checkins.default_questionnaire import build
from checkins.definition import Definition, ItemKind, Rule
from checkins.models import QuestionnaireRow
from checkins.questions import WireItem, wire
from checkins.rule_record import Record
from checkins.schemas import QuestionnaireOut, QuestionnaireSummary
from checkins.versions import DEFAULT
from crisisplans.queries import facts_of
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.people import access, queries
from server.people.access import CLIENT_COLUMNS
from server.people.models import Client
from server.people.roles import Action, Relation, reach
from server.people.terms import Language

BUILT_IN = build(())
"""The check-in every programme begins with, without anybody's own warning signs."""

KINDS = {
    ItemKind.SCALE: "Scale",
    ItemKind.SINGLE: "One of several",
    ItemKind.MULTIPLE: "Any of several",
    ItemKind.YES_NO: "Yes or no",
    ItemKind.NUMBER: "Number",
    ItemKind.TEXT: "Own words",
}
_PAGE = 50


class Seen(Struct, frozen=True, kw_only=True):
    """One version as it is listed."""

    id: UUID
    key: str
    number: int
    author: str
    at: Any
    newest: bool


class OfClient(Struct, frozen=True):
    """A client who has versions of their own, and how many."""

    id: UUID
    name: str
    versions: int


class RuleShown(Struct, frozen=True):
    """One rule: the sentence it makes, its tier, and its record of the last 90 days."""

    key: str
    tier: Tier
    sentence: str
    why: str
    record: Record | None


class Full(Struct, frozen=True, kw_only=True):
    """A version in full, as a page shows it: what is asked in both languages, and what flags."""

    english: list[WireItem]
    spanish: list[WireItem]
    rotating_english: list[WireItem]
    rotating_spanish: list[WireItem]
    part2: frozenset[str]
    domains: dict[str, str]
    rules: list[RuleShown]


def may_write(tx: Tx) -> bool:
    """Whether this person may add a version for the whole programme."""
    return reach(tx.actor.role, Action.EDIT_QUESTIONNAIRES) is Relation.PROGRAMME


def listed(tx: Tx, cursor: UUID | None) -> dict[str, Any]:
    """The programme's own versions, newest first."""
    found = questionnaires.listed(tx, None, cursor)
    return {"versions": _seen(tx, found.questionnaires), "cursor": found.cursor, "may_write": may_write(tx)}


def of_client(tx: Tx, client_id: UUID, cursor: UUID | None) -> dict[str, Any]:
    """One client's own versions, newest first."""
    found = questionnaires.listed(tx, client_id, cursor)
    client = access.client(tx, Action.VIEW_QUESTIONNAIRES, client_id)
    return {
        "versions": _seen(tx, found.questionnaires),
        "cursor": found.cursor,
        "client_id": client_id,
        "client": access.name_of(tx, client),
    }


def clients(tx: Tx, cursor: UUID | None) -> dict[str, Any]:
    """The clients with versions of their own, a page at a time. Each name seen is recorded."""
    count = func.count(QuestionnaireRow.id).label("versions")
    query = (
        select(*CLIENT_COLUMNS, count)
        .join(QuestionnaireRow, QuestionnaireRow.client_id == Client.id)
        .where(access.visible_clients(tx, Action.VIEW_QUESTIONNAIRES))
        .group_by(Client.id)
        .order_by(Client.id)
        .limit(_PAGE + 1)
    )
    rows = tx.session.execute(query if cursor is None else query.where(Client.id > cursor)).all()
    found: list[OfClient] = []
    for row in rows[:_PAGE]:
        facts = facts_of(row)
        access.looked(tx, "questionnaire.list", facts)
        found.append(OfClient(facts.id, access.name_of(tx, facts), row.versions))
    return {
        "clients": sorted(found, key=lambda each: each.name.casefold()),
        "cursor": found[-1].id if len(rows) > _PAGE else None,
    }


def _seen(tx: Tx, rows: list[QuestionnaireSummary]) -> list[Seen]:
    names = queries.names(tx, [row.created_by for row in rows])
    newest: set[str] = set()
    found: list[Seen] = []
    for row in rows:
        author = names.get(row.created_by, "a colleague") if row.created_by else "the plan"
        found.append(
            Seen(
                id=row.id,
                key=row.key,
                number=row.number,
                author=author,
                at=row.created_at,
                newest=row.key not in newest,
            )
        )
        newest.add(row.key)
    return found


def version(tx: Tx, version_id: UUID | None) -> tuple[Definition, QuestionnaireOut | None]:
    """A stored version, or the built-in one."""
    if version_id is None:
        access.require(tx, Action.VIEW_QUESTIONNAIRES)
        return BUILT_IN, None
    found = questionnaires.one(tx, version_id)
    return found.definition, found


def shown(tx: Tx, version_id: UUID | None) -> dict[str, Any]:
    """One version in full, with the record of each rule."""
    definition, stored = version(tx, version_id)
    client_id = stored.client_id if stored else None
    of_rules = rule_record.records(tx, [rule.key for rule in definition.rules], client_id)
    client = access.client(tx, Action.VIEW_QUESTIONNAIRES, client_id) if client_id else None
    return {
        "full": in_full(definition, of_rules),
        "stored": stored,
        "author": _seen(tx, [stored])[0].author if stored else "Handrail",
        "client": access.name_of(tx, client) if client else None,
        "address": f"/questionnaires/{version_id or 'built-in'}",
        "may_write": may_write(tx),
        "kinds": KINDS,
        "title": "Built-in check-in" if stored is None else f"{title(stored.key)}, version {stored.number}",
    }


def title(key: str) -> str:
    """What a questionnaire is called on a page."""
    return "Check-in" if key == DEFAULT else key


def in_full(definition: Definition, of_rules: dict[str, Record] | None = None) -> Full:
    """A definition as it is read: by the client in each language, and by staff as sentences."""
    every = (*definition.items, *definition.rotating)
    return Full(
        english=wire(definition.items, Language.EN),
        spanish=wire(definition.items, Language.ES),
        rotating_english=wire(definition.rotating, Language.EN),
        rotating_spanish=wire(definition.rotating, Language.ES),
        part2=frozenset(item.key for item in every if item.part2),
        domains={item.key: item.domain for item in every if item.domain},
        rules=[_rule(rule, definition, of_rules) for rule in definition.rules],
    )


def _rule(rule: Rule, definition: Definition, of_rules: dict[str, Record] | None) -> RuleShown:
    record = of_rules.get(rule.key) if of_rules is not None else None
    return RuleShown(rule.key, rule.tier, rule_words.sentence(rule, definition), rule.why, record)
