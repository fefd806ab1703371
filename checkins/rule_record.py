"""How each rule has done: the flags it raised in the last 90 days and what people made of them. Counts only."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import and_, case, distinct, exists, func, select, true

from checkins.models import AnswerRow, FlagRow
from checkins.rehearsal import WINDOW
from notifications.escalations.closing import Disposition
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseCause, CauseKind, ContactAttempt
from server.core.db import Tx
from server.people import access
from server.people.models import Client
from server.people.roles import Action

FALSE_ALARMS = (Disposition.FALSE_POSITIVE, Disposition.WRONG_TAP)
"""Endings that say there was nothing behind the flag."""


class Record(Struct, frozen=True, kw_only=True):
    """One rule's 90 days. Of the `cases` its flags opened or joined: in how many somebody reached the client,
    how many are closed, and how many of those were called a false alarm or the client's known baseline."""

    flags: int = 0
    cases: int = 0
    contacted: int = 0
    closed: int = 0
    false_alarms: int = 0
    baseline: int = 0


def records(tx: Tx, rules: Iterable[str], client_id: UUID | None = None) -> dict[str, Record]:
    """The record of each of these rule keys among the clients this person may see, or one of them."""
    named = {tx.vault.blind("flags.rule", key): key for key in rules}
    reached = exists().where(ContactAttempt.case_id == Case.id, ContactAttempt.reached)
    is_closed = Case.state == CaseState.CLOSED

    def cases_where(condition: Any) -> Any:
        return func.count(distinct(case((condition, Case.id))))

    joined_case = and_(
        CaseCause.source_id == AnswerRow.occurrence_id, CaseCause.kind == CauseKind.FLAGGED_ANSWER
    )
    query = (
        select(
            FlagRow.rule_index,
            func.count(distinct(FlagRow.id)),
            func.count(distinct(Case.id)),
            cases_where(reached),
            cases_where(is_closed),
            cases_where(and_(is_closed, Case.disposition.in_(FALSE_ALARMS))),
            cases_where(and_(is_closed, Case.disposition == Disposition.KNOWN_BASELINE)),
        )
        .join(Client, Client.id == FlagRow.client_id)
        .join(AnswerRow, AnswerRow.id == FlagRow.answer_id)
        .outerjoin(CaseCause, joined_case)
        .outerjoin(Case, Case.id == CaseCause.case_id)
        .where(
            access.visible_clients(tx, Action.VIEW_CHECKINS),
            true() if client_id is None else Client.id == client_id,
            FlagRow.raised_at >= tx.now - WINDOW,
            FlagRow.rule_index.in_(list(named)),
        )
        .group_by(FlagRow.rule_index)
    )
    found = {key: Record() for key in named.values()}
    for index, raised, cases, contacted, closed, false_alarms, baseline in tx.session.execute(query):
        found[named[index]] = Record(
            flags=raised,
            cases=cases,
            contacted=contacted,
            closed=closed,
            false_alarms=false_alarms,
            baseline=baseline,
        )
    return found
