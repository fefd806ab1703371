"""Closing the check-ins that nobody answered, and what a run of silence leads to (the rule is `missed.py`).

Those that lead to nothing, or to a reminder, are closed in one batch. Those that raise a case are closed one
by one: one that fails harms no other, and stays open until it succeeds, tried again every five minutes.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from checkins import broken, planning
from checkins.missed import DEFAULT_POLICY, MissedAction, MissedPolicy, decide, problems, reminds, tier_for
from checkins.models import AnswerRow, Occurrence, OccurrenceState
from notifications.delivery.messages import Kind
from notifications.delivery.outbox import Notice, tell_many
from notifications.escalations.cases import raise_case
from notifications.escalations.models import CauseKind
from notifications.escalations.tiers import Tier
from server.core.db import Database, Tx
from server.people import access, programmes
from server.people.models import Client

log = logging.getLogger("handrail.checkins")

AFTER_MISS = timedelta(hours=12)
"""How long the reminder after a missed check-in is worth sending."""

_O = Occurrence
_silent = aliased(Occurrence)

# Correlated by name: within the count of the run it would otherwise be the last answer of anybody at all.
_LAST_ANSWER = AnswerRow.client_id == _O.client_id
_last_answered_at = (
    select(AnswerRow.answered_at)
    .where(_LAST_ANSWER)
    .order_by(AnswerRow.answered_at.desc())
    .limit(1)
    .correlate(_O)
    .scalar_subquery()
)
_last_tier = (
    select(AnswerRow.tier)
    .where(_LAST_ANSWER)
    .order_by(AnswerRow.answered_at.desc())
    .limit(1)
    .correlate(_O)
    .scalar_subquery()
)
# Check-ins never offered (the service was down) are our silence, not the client's.
_run = (
    select(func.count())
    .where(
        _silent.client_id == _O.client_id,
        _silent.due_at <= _O.due_at,
        _silent.opened_at.is_not(None),
        or_(
            _silent.state == OccurrenceState.MISSED,
            and_(_silent.state == OccurrenceState.OPEN, _silent.closes_at <= bindparam("now")),
        ),
        or_(_last_answered_at.is_(None), _silent.due_at > _last_answered_at),
    )
    .correlate(_O)
    .scalar_subquery()
)
_CLOSING = (
    select(
        _O.id,
        _O.client_id,
        Client.programme_id,
        Client.language,
        Client.risk_level,
        _last_tier.label("last_tier"),
        _run.label("run"),
    )
    .join(Client, Client.id == _O.client_id)
    .where(planning.IS_OPEN, _O.closes_at <= bindparam("now"), broken.not_set_aside(_O))
    .order_by(_O.closes_at)
    .limit(bindparam("most"))
    .with_for_update(of=_O, skip_locked=True)
)


def close_missed(db: Database, limit: int = 200) -> int:
    """Close what is past its window, at most `limit` at once; returns how many became missed."""
    done, serious = db.write_now(lambda tx: _close_quiet(tx, limit))
    for occurrence_id in serious:
        try:
            done += db.write_now(lambda tx, one=occurrence_id: _close_and_raise(tx, one))
        except OperationalError as error:  # the database's trouble, not this row's: it stays due
            log.error("missed check-in %s could not be raised: %s", occurrence_id, type(error).__name__)
        except Exception as error:
            broken.set_one_aside(db, _O, occurrence_id, "missed check-in", error)
    return done


def _close_quiet(tx: Tx, limit: int) -> tuple[int, list[UUID]]:
    """Close those that need no case; the ids of the others come back, still open."""
    rows = tx.claim(_CLOSING, {"now": tx.now, "most": limit})
    actions: list[tuple[Any, MissedAction]] = []
    aside: list[UUID] = []
    for row in rows:
        try:
            actions.append((row, _action(tx, row)))
        except broken.DAMAGE as error:
            broken.tell_of(row.id, "missed check-in", error)
            aside.append(row.id)
    broken.set_aside(tx, _O, aside)
    quiet = [(row, action) for row, action in actions if tier_for(action) is None]
    _close(tx, quiet)
    return len(quiet), [row.id for row, action in actions if tier_for(action) is not None]


def _close_and_raise(tx: Tx, occurrence_id: UUID) -> int:
    query = _CLOSING.where(_O.id == occurrence_id)
    row = tx.connection.execute(query, {"now": tx.now, "most": 1}).one_or_none()
    if row is None:
        return 0
    action = _action(tx, row)
    _close(tx, [(row, action)])
    tier = tier_for(action)
    if tier is not None:
        client = access.known_client(tx, row.client_id)
        note = f"{row.run} check-in{'s' if row.run != 1 else ''} in a row not answered."
        raise_case(tx, client, kind=CauseKind.MISSED_RUN, tier=tier, source_id=row.id, note=note)
    return 1


def _close(tx: Tx, closing: list[tuple[Any, MissedAction]]) -> None:
    if not closing:
        return
    missed = update(_O).where(_O.id.in_([row.id for row, _ in closing])).values(state=OccurrenceState.MISSED)
    tx.connection.execute(missed)
    reminders = [
        Notice(
            programme_id=row.programme_id,
            client_id=row.client_id,
            language=row.language,
            kind=Kind.CHECKIN_REMINDER,
            dedupe=f"missed:{row.id}",
            expires_at=tx.now + AFTER_MISS,
            data={"checkin_id": str(row.id)},
        )
        for row, action in closing
        if reminds(action)
    ]
    tell_many(tx, reminders)


def _action(tx: Tx, row: Any) -> MissedAction:
    # A routine request for help with a life domain is no alarm; what follows a real flag weighs more.
    alarming = row.last_tier is not None and row.last_tier != Tier.ROUTINE
    return decide(_policy(tx, row.programme_id), row.risk_level, row.run, alarming)


def _policy(tx: Tx, programme_id: UUID) -> MissedPolicy:
    try:
        found = programmes.section(programmes.facts(tx, programme_id), "missed", DEFAULT_POLICY)
    except msgspec.MsgspecError:
        log.error("programme %s: the settings section missed cannot be read", programme_id)
        return DEFAULT_POLICY
    return DEFAULT_POLICY if problems(found) else found
