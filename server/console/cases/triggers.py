"""Why each open case is there, for the queue: the client's own words first, then what set it off, newest first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import and_, select

from checkins.models import AnswerRow, Occurrence
from checkins.own_words import SealedAnswer, written
from notifications.escalations.cases import CAUSE_NOTE, CLIENTS_OWN
from notifications.escalations.models import Case, CaseCause, CauseKind
from notifications.escalations.queries import UNREADABLE
from notifications.escalations.rows import IS_OPEN
from server.console.cases.case_words import CAUSES
from server.core.db import Tx
from server.core.vault import SealBroken
from server.people import access
from server.people.access import ClientFacts
from server.people.models import Client
from server.people.roles import Action

MOST = 3
"""Lines of triggers in a row of the queue; the causes whose texts are opened for it."""
LONGEST_LINE, LONGEST_WORDS = 200, 300

FROM_CLIENT, TAKEN_DOWN = "Client wrote", "The client said, as a colleague wrote it down"


class OwnWords(Struct, frozen=True):
    """What a client told in free words, and who wrote it down."""

    by: str
    words: str


class Trigger(Struct, frozen=True):
    """One thing that opened or joined a case: what it is, when, and the first lines of what it says."""

    what: str
    at: datetime
    text: str


class Told(Struct, frozen=True):
    """All of a case: the client's own words, the newest triggers, and how many lines more there are.

    `by_client`: some of it is what the client told, in their own words or as an answer.
    """

    own: tuple[OwnWords, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    more: int = 0
    by_client: bool = False


def of_open_cases(tx: Tx, clients: Mapping[UUID, ClientFacts]) -> dict[UUID, Told]:
    """What each of these open cases, by id with its client, tells. One statement; the newest texts are opened."""
    query = (
        select(*_COLUMNS)
        .join_from(CaseCause, Case, Case.id == CaseCause.case_id)
        .join(Client, Client.id == Case.client_id)
        .outerjoin(AnswerRow, _ITS_ANSWER)
        .outerjoin(Occurrence, Occurrence.id == AnswerRow.occurrence_id)
        .where(IS_OPEN, access.visible_clients(tx, Action.VIEW_CHECKINS))
        .order_by(CaseCause.at.desc(), CaseCause.id.desc())
    )
    found: dict[UUID, list[Any]] = {}
    for row in tx.connection.execute(query):
        found.setdefault(row.case_id, []).append(row)
    return {
        case_id: _told(tx, clients[case_id], rows) for case_id, rows in found.items() if case_id in clients
    }


_ITS_ANSWER = and_(CaseCause.kind == CauseKind.FLAGGED_ANSWER, AnswerRow.occurrence_id == CaseCause.source_id)
_COLUMNS: tuple[Any, ...] = (
    CaseCause.case_id,
    CaseCause.id.label("cause_id"),
    CaseCause.kind,
    CaseCause.note,
    CaseCause.at,
    AnswerRow.id.label("answer_id"),
    AnswerRow.body,
    AnswerRow.entered_by,
    Occurrence.questionnaire_id,
)


def _told(tx: Tx, client: ClientFacts, causes: list[Any]) -> Told:
    opened = [(cause, _note(tx, client, cause)) for cause in causes[:MOST]]
    own = [each for cause, note in opened for each in own_words(tx, client, cause, note)]
    lines = [_lines(cause.kind, note) for cause, note in opened]
    room = MOST - len(opened)
    kept = [each[: 1 + (room if at == 0 else 0)] for at, each in enumerate(lines)]
    hidden = sum(map(len, lines)) - sum(map(len, kept)) + len(causes) - len(opened)
    return Told(
        own=tuple(OwnWords(each.by, _short(each.words, LONGEST_WORDS)) for each in own[:2]),
        triggers=tuple(
            Trigger(CAUSES[cause.kind], cause.at, "\n".join(shown))
            for (cause, _), shown in zip(opened, kept, strict=True)
        ),
        more=hidden,
        by_client=any(cause.kind in CLIENTS_OWN for cause, _ in opened),
    )


def own_words(tx: Tx, client: ClientFacts, cause: Any, note: str | None) -> list[OwnWords]:
    """The client's own words in one cause: of the answer, or with the call for somebody."""
    if cause.kind is CauseKind.HELP_BUTTON:
        return [OwnWords(FROM_CLIENT, note)] if note else []
    if cause.answer_id is None or cause.questionnaire_id is None:
        return []
    by = TAKEN_DOWN if cause.entered_by else FROM_CLIENT
    answer = SealedAnswer(cause.answer_id, cause.body, cause.questionnaire_id)
    return [OwnWords(by, words) for words in written(tx, client, answer)]


def _lines(kind: CauseKind, note: str | None) -> tuple[str, ...]:
    """What a cause says, line by line; what the client wrote with a call stands above already."""
    if note is None or kind is CauseKind.HELP_BUTTON:
        return ("",)
    return tuple(_short(line, LONGEST_LINE) for line in note.splitlines() if line.strip())


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(maxsplit=1)[0]} …"


def _note(tx: Tx, client: ClientFacts, cause: Any) -> str | None:
    if cause.note is None:
        return None
    try:
        return access.key(tx, client).open_text(CAUSE_NOTE, cause.cause_id, cause.note)
    except SealBroken:
        return UNREADABLE
