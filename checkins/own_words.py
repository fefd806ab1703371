"""What a client wrote in their own words, which staff read first; and when the client last answered by themselves."""

import logging
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import func, select

from checkins import versions
from checkins.definition import ItemKind
from checkins.models import AnswerRow
from checkins.questions import is_blank
from checkins.reading import answers_of
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people.access import ClientFacts

log = logging.getLogger("handrail.checkins")


class SealedAnswer(Struct, frozen=True):
    """An answer as it is stored: its id, its sealed body, and the version of the questions behind it."""

    id: UUID
    body: bytes
    questionnaire_id: UUID


def written(tx: Tx, client: ClientFacts, answer: SealedAnswer) -> tuple[str, ...]:
    """The free words of an answer, in the order of its questions; none where they do not open.

    What 42 CFR Part 2 protects is left out: it is read in its place, under its label.
    """
    try:
        definition = versions.definition(tx, client, answer.questionnaire_id)
        every = (*definition.items, *definition.rotating)
        free = [item.key for item in every if item.kind is ItemKind.TEXT and not item.part2]
        answers = answers_of(tx, client, answer.id, answer.body) if free else {}
    except (SealBroken, msgspec.MsgspecError):
        log.error("answer %s does not open", answer.id)
        return ()
    found = (answers.get(key) for key in free)
    return tuple(text.strip() for text in found if isinstance(text, str) and not is_blank(text))


def last_answered_at(tx: Tx, client: ClientFacts) -> datetime | None:
    """When the client last answered a check-in themselves; what a colleague entered for them does not count."""
    mine = (AnswerRow.client_id == client.id, AnswerRow.entered_by.is_(None))
    return tx.session.scalar(select(func.max(AnswerRow.answered_at)).where(*mine))
