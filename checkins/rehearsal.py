"""Trying rules on the answers of the last 90 days: what they would have flagged, and what came of it.

Only answers of clients this person may see are read, each client's reading is recorded, and nothing is stored but
that. An answer counts where its check-in asked the same questions: those a rule looks at, with an answer that fits.
Clients are taken in order of their id, a batch at a time, so that a run over many may pause and go on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, and_, exists, func, select, true

from checkins import asking, flags, versions
from checkins.comparing import comparable, loses
from checkins.definition import HISTORY, Definition
from checkins.models import AnswerRow, Occurrence
from checkins.reading import Answers, answers_of
from crisisplans.queries import facts_of
from notifications.escalations.models import CaseCause, CauseKind, ContactAttempt
from server.core.db import Tx
from server.core.errors import NotFound
from server.core.vault import SealBroken
from server.people import access
from server.people.access import CLIENT_COLUMNS, ClientFacts
from server.people.models import Client
from server.people.roles import Action

WINDOW = timedelta(days=90)

_BATCH = 400
_CLIENTS_AT_ONCE = 100

_A, _O = AnswerRow, Occurrence


class Tally(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run has found so far. `fits` of the answers `read` were to the same questions.

    `flagged` of those would have flagged; `contacted` of the flagged belong to a case in which somebody reached
    the client afterwards; `already` were flagged, by any rule, when they came. `clients` would have had a flag.
    `lost` were flagged when they came, about the same questions, and would raise nothing now; `lost_contacted` of
    those belong to a case in which somebody reached the client afterwards. `by_rule` counts answers as (flagged,
    contacted) for each rule. `damaged` could not be opened.
    """

    read: int = 0
    fits: int = 0
    flagged: int = 0
    contacted: int = 0
    already: int = 0
    clients: int = 0
    damaged: int = 0
    lost: int = 0
    lost_contacted: int = 0
    by_rule: dict[str, tuple[int, int]] = {}

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        numbers = {
            name: getattr(self, name) + getattr(other, name)
            for name in self.__struct_fields__
            if name != "by_rule"
        }
        keys = dict.fromkeys((*self.by_rule, *other.by_rule))
        both = {key: (self.by_rule.get(key, (0, 0)), other.by_rule.get(key, (0, 0))) for key in keys}
        return Tally(**numbers, by_rule={key: (a[0] + b[0], a[1] + b[1]) for key, (a, b) in both.items()})


def total(tx: Tx, client_id: UUID | None = None) -> int:
    """How many answers of the last 90 days this person may read."""
    query = select(func.count()).select_from(_A).join(Client, Client.id == _A.client_id)
    return tx.session.scalar(query.where(*_in_reach(tx, client_id))) or 0


def next_clients(tx: Tx, after: UUID | None, client_id: UUID | None = None) -> list[ClientFacts]:
    """The next clients to read, about 400 answers together; empty when all were read. The look is recorded."""
    query = (
        select(*CLIENT_COLUMNS, func.count().label("answers"))
        .join(_A, _A.client_id == Client.id)
        .where(*_in_reach(tx, client_id), true() if after is None else Client.id > after)
        .group_by(Client.id)
        .order_by(Client.id)
        .limit(_CLIENTS_AT_ONCE)
    )
    found: list[ClientFacts] = []
    answers = 0
    for row in tx.session.execute(query):
        if found and answers + row.answers > _BATCH:
            break
        found.append(facts_of(row))
        answers += row.answers
    for client in found:
        access.looked(tx, "checkins.rehearsal.view", client)
    return found


def rehearse(tx: Tx, clients: Sequence[ClientFacts], tried: Definition) -> Tally:
    """What the rules of `tried` make of these clients' answers. Changes nothing."""
    ids = [client.id for client in clients]
    if not ids:
        return Tally()
    begins_at = tx.now - WINDOW
    rows: dict[UUID, list[Any]] = {client_id: [] for client_id in ids}
    for row in tx.session.execute(_answers(ids, begins_at)):
        rows[row.client_id].append(row)
    found = Tally()
    for client in clients:
        found += _of_client(tx, client, tried, rows[client.id], begins_at)
    return found


def _in_reach(tx: Tx, client_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    """Answers of the window, of clients this person may see, or of one of them."""
    whose = true() if client_id is None else Client.id == client_id
    return access.visible_clients(tx, Action.VIEW_CHECKINS), whose, _A.answered_at >= tx.now - WINDOW


def _answers(ids: list[UUID], begins_at: datetime) -> Any:
    """The answers of the window, and for each client the few before it that a rule may look back on, oldest first."""
    older = (
        select(
            _A.id,
            func.row_number().over(partition_by=_A.client_id, order_by=_A.answered_at.desc()).label("place"),
        )
        .where(_A.client_id.in_(ids), _A.answered_at < begins_at)
        .subquery()
    )
    wanted = (_A.answered_at >= begins_at) | _A.id.in_(select(older.c.id).where(older.c.place <= HISTORY))
    return (
        select(
            *(_A.id, _A.client_id, _A.body, _A.answered_at, _A.occurrence_id, _A.tier),
            *(_O.questionnaire_id, _O.rotation),
        )
        .join(_O, _O.id == _A.occurrence_id)
        .where(_A.client_id.in_(ids), wanted)
        .order_by(_A.answered_at, _A.id)
    )


def _of_client(tx: Tx, client: ClientFacts, tried: Definition, rows: list[Any], begins_at: datetime) -> Tally:
    history: list[Answers] = []
    fired: dict[UUID, set[str]] = {}
    lost: list[UUID] = []
    read = fits = damaged = already = 0
    for row in rows:
        counts = row.answered_at >= begins_at
        read += counts
        try:
            answers = answers_of(tx, client, row.id, row.body)
            before = versions.definition(tx, client, row.questionnaire_id)
            asked = asking.items_of(before, row.rotation)
        except (SealBroken, msgspec.MsgspecError, NotFound):
            damaged += counts
            continue
        same = comparable(tried, asked, answers) if counts else None
        if same is not None:
            fits += 1
            raised = flags.evaluate(same, same.items, answers, history)
            rules = {flag.rule for flag in raised} & {rule.key for rule in same.rules}
            if rules:
                fired[row.occurrence_id] = rules
                already += row.tier is not None
        if counts and row.tier is not None and loses(before, tried, asked, answers, history):
            lost.append(row.occurrence_id)
        history = [answers, *history[: HISTORY - 1]]
    reached = _reached(tx, [*fired, *lost])
    return Tally(
        read=read,
        fits=fits,
        flagged=len(fired),
        contacted=len(reached & fired.keys()),
        already=already,
        clients=bool(fired) + 0,
        damaged=damaged,
        lost=len(lost),
        lost_contacted=len(reached.intersection(lost)),
        by_rule=_by_rule(fired, reached),
    )


def _reached(tx: Tx, occurrence_ids: list[UUID]) -> set[UUID]:
    """Of these check-ins, those whose case holds a contact with the client from then on."""
    if not occurrence_ids:
        return set()
    contact = exists().where(
        ContactAttempt.case_id == CaseCause.case_id,
        ContactAttempt.reached,
        ContactAttempt.at >= CaseCause.at,
    )
    theirs = and_(CaseCause.kind == CauseKind.FLAGGED_ANSWER, CaseCause.source_id.in_(occurrence_ids))
    return set(tx.session.scalars(select(CaseCause.source_id).where(theirs, contact)))


def _by_rule(fired: dict[UUID, set[str]], reached: set[UUID]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for occurrence_id, rules in fired.items():
        for rule in rules:
            flagged, contacted = found.get(rule, (0, 0))
            found[rule] = (flagged + 1, contacted + (occurrence_id in reached))
    return found
