"""An answer arrives: it is read, judged, sealed and stored, and what it calls for is done, in one transaction.

This is the path every client takes every day, so it is few statements: the check-in, earlier answers where a
rule needs them, the answer, the check-in's state, the audit line. Only when all of it is stored does the phone
hear "received"; sent again, the same answer gives the same reply.
"""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, insert, select, update

from checkins import asking, flags, reading, replies
from checkins.asking import Asked
from checkins.flags import Raised
from checkins.models import AnswerRow, FlagRow, Occurrence, OccurrenceState
from checkins.questions import is_blank
from checkins.reading import BODY, Answers
from checkins.schemas import AnswerIn, Received
from notifications.escalations.cases import raise_case
from notifications.escalations.models import Case, CauseKind
from notifications.escalations.tiers import Tier
from server.core import audit
from server.core.actor import ActorKind
from server.core.db import Tx
from server.core.errors import Conflict, Invalid, NotFound
from server.core.prepared import Prepared, Together
from server.core.tables import new_id
from server.core.vault import SealBroken
from server.people import access
from server.people.access import ClientFacts

log = logging.getLogger("handrail.checkins")

REPLY, RAISED = "answers.reply", "flags.raised"

_A, _O = AnswerRow, Occurrence
_STORED = select(_A.id, _A.fingerprint, _A.reply, _A.tier, _A.late, _A.received_at).where(
    _A.occurrence_id == bindparam("occurrence_id")
)
_ANSWERED = Prepared(
    update(_O)
    .where(_O.id == bindparam("row"))
    .values(state=bindparam("new_state"), questionnaire_id=bindparam("version_id"), remind_at=None)
)
_STORE = Prepared(insert(_A))
_ALL_THREE = Together(_STORE, _ANSWERED, audit.INSERT)
_FLAG = insert(FlagRow)


def ask_ahead(tx: Tx, token: str, checkin_id: UUID) -> None:
    """Ask for what `answer` looks at in one round trip with the session: first the check-in, which locks it, and
    behind the lock earlier answers, so that of two sent at once the second is judged by the first."""
    asking.ask_ahead(tx, token, checkin_id)
    reading.ask_for_own_history(tx, token)


def answer(tx: Tx, client: ClientFacts, checkin_id: UUID, given: AnswerIn) -> Received:
    """Store the client's answer, once. NotFound for somebody else's check-in, Conflict for a second answer.

    Something in it that does not fit refuses the whole of it, so that nothing is lost unseen; but never where
    what does fit shows a risk: then somebody is called, and what can be read is kept.
    """
    answered_at, wrong = reading.when(given.answered_at, tx.now)
    told, earlier = asking.told_ahead(tx), reading.told_own_history(tx)
    if told is None:
        # What came ahead is of before the check-in was locked, or of before it was there: look again.
        earlier = None
        reading.ask_for_history(tx, client)
    asked = asking.find_or_begin(tx, client, checkin_id, answered_at, given.questionnaire_id, told)
    answers, misfits = reading.read(asked, given)
    wrong += misfits
    fingerprint = _fingerprint(tx, asked, given, answers)
    if asked.answered:
        return _again(tx, client, asked, fingerprint)
    raised = reading.judge(tx, client, asked, answers, earlier)
    if wrong and not reading.alarming(raised, answers):
        raise Invalid(errors=wrong)
    tier = flags.tier_of(raised)
    late = asked.state is OccurrenceState.MISSED or tx.now > asked.closes_at
    reply = (
        replies.calm(tx, client, tx.now, late)
        if tier is None
        else _raise(tx, client, asked.id, raised, tier, late)
    )
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
    unread: dict[str, object] | None = {"unread": len(wrong)} if wrong else None
    line = audit.values(tx, "checkin.answer", client_id=client.id, row_id=asked.id, data=unread)
    if not raised:
        _ALL_THREE.at_the_end(tx, row, _settled(asked, late), line)
        return reply
    _ALL_THREE.run(tx, row, _settled(asked, late), line)
    _keep_flags(tx, client, answer_id, raised)
    return reply


def _fingerprint(tx: Tx, asked: Asked, given: AnswerIn, answers: Answers) -> bytes:
    """Recognises the same answers to the same check-in again; tells nothing without the key."""
    body = (asked.id, given.answered_at.isoformat(), sorted(answers.items()))
    return tx.vault.blind(BODY, msgspec.json.encode(body))


def _settled(asked: Asked, late: bool) -> dict[str, Any]:
    state = OccurrenceState.ANSWERED_LATE if late else OccurrenceState.ANSWERED
    return {"row": asked.id, "new_state": state, "version_id": asked.version_id}


def _raise(
    tx: Tx, client: ClientFacts, checkin_id: UUID, raised: Sequence[Raised], tier: Tier, late: bool
) -> Received:
    """Call a human, and tell the client who will look by when and what helps meanwhile."""
    note = "\n".join(flag.why for flag in raised)
    kind = CauseKind.FLAGGED_ANSWER
    case = raise_case(tx, client, kind=kind, tier=tier, source_id=checkin_id, note=note)
    return Received(
        received_at=tx.now,
        late=late,
        tier=tier,
        case_id=case.id,
        coverage=replies.promise(tx, client, case),
        next_steps=replies.next_steps(tx, client),
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
    tx.connection.execute(_FLAG, rows)


def _again(tx: Tx, client: ClientFacts, asked: Asked, fingerprint: bytes) -> Received:
    """The reply of the first time, when this is the same answer; Conflict when it is another one."""
    row = tx.connection.execute(_STORED, {"occurrence_id": asked.id}).one()
    if row.fingerprint != fingerprint:
        raise Conflict("This check-in has been answered already, with other answers.")
    return _reply(tx, client, asked.id, row)


def told_again(tx: Tx, client: ClientFacts, checkin_id: UUID) -> Received:
    """The reply to an answer that is stored, as of now. NotFound where there is none of this client's."""
    mine = _STORED.where(_A.client_id == client.id)
    row = tx.connection.execute(mine, {"occurrence_id": checkin_id}).one_or_none()
    if row is None:
        raise NotFound
    return _reply(tx, client, checkin_id, row)


def _reply(tx: Tx, client: ClientFacts, checkin_id: UUID, row: Any) -> Received:
    if row.reply is None:
        return replies.calm(tx, client, row.received_at, row.late)
    try:
        stored = access.key(tx, client).open_json(REPLY, row.id, row.reply, Received)
    except (SealBroken, msgspec.MsgspecError):
        log.error("the reply to an answer of client %s does not open", client.id)
        told = _raise(tx, client, checkin_id, (), row.tier, row.late)
        return msgspec.structs.replace(told, received_at=row.received_at)
    case = tx.session.get(Case, stored.case_id)
    return msgspec.structs.replace(stored, coverage=replies.promise(tx, client, case))
