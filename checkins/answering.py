"""An answer arrives: it is read, judged, sealed and stored, and what it calls for is done, in one transaction.

This is the path every client takes every day, so it is few statements: the check-in, earlier answers where a
rule needs them, the answer, the check-in's state, the audit line. Only when all of it is stored does the phone
hear "received"; sent again, the same answer gives the same reply.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, insert, select, update

from checkins import asking, flags
from checkins.asking import Asked
from checkins.definition import HISTORY, Answer, ChangeFromUsual, Definition, InARow
from checkins.flags import Raised
from checkins.models import AnswerRow, FlagRow, Occurrence, OccurrenceState
from checkins.questions import is_blank, read_answers
from checkins.schemas import AnswerIn, Received
from crisisplans import queries as plans
from notifications.delivery.messages import Moment
from notifications.escalations.cases import coverage_for, raise_case
from notifications.escalations.models import CauseKind
from notifications.escalations.tiers import Tier
from server.core import audit
from server.core.actor import ActorKind
from server.core.db import Tx
from server.core.errors import Conflict, Invalid
from server.core.tables import new_id
from server.core.vault import SealBroken
from server.people import access
from server.people.access import ClientFacts

log = logging.getLogger("handrail.checkins")

BODY, REPLY, RAISED = "answers.body", "answers.reply", "flags.raised"
Answers = dict[str, Answer]

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
FASTEST_CLOCK = timedelta(hours=26)
"""How far ahead a phone's clock may be: the width of all time zones. Its answer counts as given on arrival."""

_answers = msgspec.json.Decoder(Answers)
_A, _O = AnswerRow, Occurrence
_STORED = select(_A.id, _A.fingerprint, _A.reply, _A.late, _A.received_at).where(
    _A.occurrence_id == bindparam("occurrence_id")
)
_EARLIER = (
    select(_A.id, _A.body)
    .where(_A.client_id == bindparam("client_id"))
    .order_by(_A.answered_at.desc())
    .limit(HISTORY)
)
_ANSWERED = (
    update(_O)
    .where(_O.id == bindparam("row"))
    .values(state=bindparam("new_state"), questionnaire_id=bindparam("version_id"), remind_at=None)
)
_STORE = insert(_A)
_FLAG = insert(FlagRow)


def answer(tx: Tx, client: ClientFacts, checkin_id: UUID, given: AnswerIn) -> Received:
    """Store the client's answer, once. NotFound for somebody else's check-in, Conflict for a second answer."""
    answered_at = _plausible(given.answered_at, tx.now)
    asked = asking.find_or_begin(tx, client, checkin_id, answered_at, given.questionnaire_id)
    answers = _read(asked, given)
    fingerprint = _fingerprint(tx, asked, given, answers)
    if asked.answered:
        return _again(tx, client, asked, fingerprint)
    raised = flags.evaluate(
        asked.definition, asked.items, answers, _history(tx, client, asked.definition, answers)
    )
    tier = flags.tier_of(raised)
    late = asked.state is OccurrenceState.MISSED or tx.now > asked.closes_at
    reply = _calm(tx, client, late) if tier is None else _raise(tx, client, asked, raised, tier, late)
    answer_id, key = new_id(), access.key(tx, client)
    row = {
        "id": answer_id,
        "occurrence_id": asked.id,
        "client_id": client.id,
        "body": key.seal_json(BODY, answer_id, answers),
        "fingerprint": fingerprint,
        "reply": key.seal_json(REPLY, answer_id, reply) if tier else None,
        "tier": tier,
        "late": late,
        "part2": any(item.part2 and not is_blank(answers.get(item.key)) for item in asked.items),
        "answered_at": answered_at,
        "received_at": tx.now,
        "entered_by": tx.actor.id if tx.actor.kind is ActorKind.STAFF else None,
    }
    tx.session.connection().execute(_STORE, row)
    _settle(tx, asked, late)
    if raised:
        _keep_flags(tx, client, answer_id, raised)
    audit.record(tx, "checkin.answer", client_id=client.id, row_id=asked.id)
    return reply


def _plausible(answered_at: datetime, now: datetime) -> datetime:
    if answered_at < EARLIEST or answered_at > now + FASTEST_CLOCK:
        raise Invalid.field("answered_at", "this cannot be when it was answered; check the phone's clock")
    return min(answered_at.astimezone(UTC), now)


def _read(asked: Asked, given: AnswerIn) -> Answers:
    answers, wrong = read_answers(
        asked.items, {key: value for key, value in given.answers.items() if value is not None}
    )
    if wrong:
        raise Invalid(errors=wrong)
    return answers


def _fingerprint(tx: Tx, asked: Asked, given: AnswerIn, answers: Answers) -> bytes:
    """Recognises the same answers to the same check-in again; tells nothing without the key."""
    body = (asked.id, given.answered_at.astimezone(UTC), sorted(answers.items()))
    return tx.vault.blind(BODY, msgspec.json.encode(body))


def _history(tx: Tx, client: ClientFacts, definition: Definition, answers: Answers) -> Sequence[Answers]:
    """Earlier answers, newest first, where a rule compares with them."""
    if not _looks_back(definition, answers):
        return ()
    rows = tx.session.connection().execute(_EARLIER, {"client_id": client.id}).all()
    try:
        return [answers_of(tx, client, row.id, row.body) for row in rows]
    except (SealBroken, msgspec.MsgspecError):
        log.error("an earlier answer of client %s does not open", client.id)
        return _Unreadable()


def answers_of(tx: Tx, client: ClientFacts, answer_id: UUID, body: bytes) -> Answers:
    """The answers of one stored row, in the open."""
    return _answers.decode(access.key(tx, client).open(BODY, answer_id, body))


class _Unreadable(Sequence[Answers]):
    """A history that does not open. A rule that asks for it cannot be evaluated, and so it flags."""

    def __len__(self) -> int:
        """Nobody knows how long it is."""
        return 0

    def __getitem__(self, index: Any) -> Any:
        """Nothing in it can be read."""
        raise SealBroken(BODY)


def _looks_back(definition: Definition, answers: Answers) -> bool:
    return any(
        isinstance(rule, ChangeFromUsual | InARow) and isinstance(answers.get(rule.item), int | float)
        for rule in definition.rules
    )


def _settle(tx: Tx, asked: Asked, late: bool) -> None:
    state = OccurrenceState.ANSWERED_LATE if late else OccurrenceState.ANSWERED
    values = {"row": asked.id, "new_state": state, "version_id": asked.version_id}
    tx.session.connection().execute(_ANSWERED, values)


def _calm(tx: Tx, client: ClientFacts, late: bool) -> Received:
    line = plans.main_line_number()
    return Received(
        received_at=tx.now,
        late=late,
        tier=None,
        case_id=None,
        coverage=coverage_for(tx, client, Moment.AFTER_CALM_ANSWER, None, line),
        next_steps=[],
        plan_revision=client.plan_revision,
    )


def _raise(
    tx: Tx, client: ClientFacts, asked: Asked, raised: Sequence[Raised], tier: Tier, late: bool
) -> Received:
    """Call a human, and tell the client who will look by when and what helps meanwhile."""
    note = "\n".join(flag.why for flag in raised)
    kind = CauseKind.FLAGGED_ANSWER
    case = raise_case(tx, client, kind=kind, tier=tier, source_id=asked.id, note=note)
    line = plans.main_line_number()
    return Received(
        received_at=tx.now,
        late=late,
        tier=tier,
        case_id=case.id,
        coverage=coverage_for(tx, client, Moment.AFTER_FLAGGED_ANSWER, case.acknowledge_by, line),
        next_steps=plans.next_steps(tx, client),
        plan_revision=client.plan_revision,
    )


def _keep_flags(tx: Tx, client: ClientFacts, answer_id: UUID, raised: Sequence[Raised]) -> None:
    key = access.key(tx, client)
    rows: list[dict[str, Any]] = []
    for flag in raised:
        flag_id = new_id()
        rows.append(
            {
                "id": flag_id,
                "answer_id": answer_id,
                "client_id": client.id,
                "rule_index": tx.vault.blind("flags.rule", flag.rule),
                "tier": flag.tier,
                "raised": key.seal_json(RAISED, flag_id, flag),
                "raised_at": tx.now,
            }
        )
    tx.session.connection().execute(_FLAG, rows)


def _again(tx: Tx, client: ClientFacts, asked: Asked, fingerprint: bytes) -> Received:
    """The reply of the first time, when this is the same answer; Conflict when it is another one."""
    row = tx.session.connection().execute(_STORED, {"occurrence_id": asked.id}).one()
    if row.fingerprint != fingerprint:
        raise Conflict("This check-in has been answered already, with other answers.")
    if row.reply is not None:
        return access.key(tx, client).open_json(REPLY, row.id, row.reply, Received)
    return _calm(replace(tx, now=row.received_at), client, row.late)
