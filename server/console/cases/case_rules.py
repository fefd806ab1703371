"""The rules behind a case's answers, as the sentences that say what each of them does."""

import logging
from collections.abc import Collection
from uuid import UUID

import msgspec
from sqlalchemy import select

from checkins import rule_words, versions
from checkins.definition import Definition
from checkins.models import Occurrence
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people.access import ClientFacts

log = logging.getLogger("handrail.console")

_LEFT_OPEN = "Flags same day when a question about risk is left blank, or the client prefers not to say."
_UNWRITTEN = {"unanswered": _LEFT_OPEN}
"""Rules that hold in every questionnaire without standing in it, by their key (checkins/flags.py)."""

OTHER = "A rule of this questionnaire, which can no longer be read."


def sentences(tx: Tx, client: ClientFacts, checkin_ids: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """For each of a client's check-ins, what its questionnaire's rules do, by their key."""
    query = select(Occurrence.id, Occurrence.questionnaire_id).where(
        Occurrence.client_id == client.id, Occurrence.id.in_(checkin_ids)
    )
    rows = tx.connection.execute(query).all()
    return {row[0]: _of_version(tx, client, version) for row in rows if (version := row[1]) is not None}


def _of_version(tx: Tx, client: ClientFacts, version_id: UUID) -> dict[str, str]:
    try:
        return _of(versions.definition(tx, client, version_id))
    except (SealBroken, msgspec.MsgspecError):
        log.error("questionnaire version %s does not open", version_id)
        return {}


def _of(definition: Definition) -> dict[str, str]:
    return _UNWRITTEN | {rule.key: rule_words.sentence(rule, definition) for rule in definition.rules}
