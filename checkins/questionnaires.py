"""What staff do with questionnaires: look at versions, choose warning signs, store a definition of their own."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from checkins import default_questionnaire, own_signs, rule_losses, versions
from checkins.definition import Definition
from checkins.models import QuestionnaireRow
from checkins.schemas import QuestionnaireList, QuestionnaireNew, QuestionnaireOut, QuestionnaireSummary
from checkins.soundness import problems
from crisisplans import queries as plans
from server.core import audit
from server.core.db import Tx
from server.core.errors import FieldProblem, Forbidden, Invalid, NotFound
from server.people import access, programmes
from server.people.access import ClientFacts
from server.people.models import Client
from server.people.roles import Action, Relation

PAGE = 50

_Q = QuestionnaireRow
_SUMMARY = (_Q.id, _Q.client_id, _Q.key, _Q.number, _Q.plan_revision, _Q.created_at, _Q.created_by)


def add(tx: Tx, new: QuestionnaireNew) -> QuestionnaireOut:
    """Store a new version; earlier ones stay as they are, with everything they asked.

    Invalid for one by which an answer to a risk question would raise less than it does now, unless that is said
    to be meant.
    """
    if (new.signs is None) == (new.definition is None):
        raise Invalid.field("signs", "send either the chosen signs or a whole definition")
    if new.client_id is None:
        version_id = _add_shared(tx, new)
    else:
        version_id = _add_own(tx, access.client(tx, Action.EDIT_QUESTIONNAIRES, new.client_id), new)
    audit.record(tx, "questionnaire.add", client_id=new.client_id, row_id=version_id)
    return one(tx, version_id)


def _add_shared(tx: Tx, new: QuestionnaireNew) -> UUID:
    if access.require(tx, Action.EDIT_QUESTIONNAIRES) is not Relation.PROGRAMME:
        raise Forbidden("A supervisor adds questionnaires for the whole programme.")
    if new.key == versions.DEFAULT:
        raise Invalid.field("key", "the default questionnaire is built in; give yours another name")
    if new.definition is None:
        raise Invalid.field("signs", "warning signs belong to a client; say whose")
    if any(item.sign_id is not None for item in (*new.definition.items, *new.definition.rotating)):
        raise Invalid.field("definition.items", "warning signs belong to a client; say whose")
    _sound(problems(new.definition))
    _meant(new, lost(tx, new.key, new.definition))
    programme = programmes.of_actor(tx)
    return versions.add_shared(tx, programme.id, new.key, new.definition, chosen_by=tx.actor.id)


def _add_own(tx: Tx, client: ClientFacts, new: QuestionnaireNew) -> UUID:
    _, signs = plans.warning_signs(tx, client)
    if new.definition is not None:
        definition, wrong = new.definition, _with_signs(new.definition, {sign.id for sign in signs})
    else:
        chosen = new.signs or []
        if len({choice.sign_id for choice in chosen}) != len(chosen):
            raise Invalid.field("signs", "each sign once")
        definition, wrong = own_signs.chosen(signs, {each.sign_id: each.threshold for each in chosen})
    _sound(wrong)
    if new.definition is not None:
        _meant(new, lost(tx, new.key, definition, client))
    return versions.add(tx, client, new.key, definition, chosen_by=tx.actor.id)


def lost(
    tx: Tx, key: str, definition: Definition, client: ClientFacts | None = None
) -> tuple[rule_losses.Loss, ...]:
    """What would no longer be raised if this became the next version of `key`.

    It is compared with the version before it, and with the built-in check-in as far as it asks the same.
    """
    version_id = versions.newest(tx, key, client)
    found = rule_losses.losses(default_questionnaire.build(()), definition, still_asked=True)
    if version_id is not None:
        before = (
            versions.definition(tx, client, version_id)
            if client is not None
            else versions.shared_definition(tx, programmes.of_actor(tx), version_id)
        )
        found = (*rule_losses.losses(before, definition), *found)
    return tuple(dict.fromkeys(found))


def _meant(new: QuestionnaireNew, found: tuple[rule_losses.Loss, ...]) -> None:
    if found and not new.accepts_losses:
        raise Invalid(errors=[FieldProblem("accepts_losses", each.sentence) for each in found[:30]])


def _with_signs(definition: Definition, known: set[str]) -> tuple[FieldProblem, ...]:
    unknown = [
        FieldProblem(f"items.{number}.sign_id", "is not a warning sign of the published plan")
        for number, item in enumerate(definition.items)
        if item.sign_id is not None and item.sign_id not in known
    ]
    found = (*problems(definition), *unknown)
    return tuple(FieldProblem(f"definition.{each.path}", each.message) for each in found)


def _sound(found: tuple[FieldProblem, ...]) -> None:
    if found:
        raise Invalid(errors=[FieldProblem(_bracketed(each.path), each.message) for each in found[:30]])


def _bracketed(path: str) -> str:
    """items.2.text as items[2].text, the way every other refusal names a place in a list."""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", path)


def one(tx: Tx, version_id: UUID) -> QuestionnaireOut:
    """One version, when it is the programme's own or of a client this person may see."""
    row = tx.session.execute(select(*_SUMMARY).where(_Q.id == version_id, _visible(tx))).one_or_none()
    if row is None:
        raise NotFound
    return QuestionnaireOut(*row, definition=_definition(tx, row))


def _definition(tx: Tx, row: Any) -> Definition:
    if row.client_id is None:
        return versions.shared_definition(tx, programmes.of_actor(tx), row.id)
    client = access.client(tx, Action.VIEW_QUESTIONNAIRES, row.client_id)
    access.looked(tx, "questionnaire.view", client, row.id)
    return versions.definition(tx, client, row.id)


def listed(tx: Tx, client_id: UUID | None, cursor: UUID | None) -> QuestionnaireList:
    """A page of versions, newest first: one client's, or those the programme shares."""
    if client_id is None:
        whose = _Q.client_id.is_(None)
    else:
        client = access.client(tx, Action.VIEW_QUESTIONNAIRES, client_id)
        access.looked(tx, "questionnaire.list", client)
        whose = _Q.client_id == client.id
    query = select(*_SUMMARY).where(whose, _visible(tx)).order_by(_Q.id.desc()).limit(PAGE + 1)
    if cursor is not None:
        query = query.where(_Q.id < cursor)
    rows = tx.session.execute(query).all()
    page = [QuestionnaireSummary(*row) for row in rows[:PAGE]]
    return QuestionnaireList(questionnaires=page, cursor=page[-1].id if len(rows) > PAGE else None)


def _visible(tx: Tx) -> ColumnElement[bool]:
    clients = select(Client.id).where(access.visible_clients(tx, Action.VIEW_QUESTIONNAIRES))
    shared = and_(_Q.client_id.is_(None), _Q.programme_id == tx.actor.programme_id)
    return or_(shared, _Q.client_id.in_(clients))
