"""Reading an answer and judging it, before anything is stored.

Something that does not fit is a problem with its place; questions or earlier answers that can no longer be read
are judged towards the human.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from checkins import flags
from checkins.asking import Asked
from checkins.definition import HISTORY, Answer, ChangeFromUsual, Definition, InARow
from checkins.flags import Raised
from checkins.models import AnswerRow
from checkins.questions import read_answers
from checkins.schemas import AnswerIn
from notifications.escalations.tiers import Tier
from server.core.clock import WRONG_PHONE_CLOCK, phone_instant
from server.core.db import Tx
from server.core.errors import FieldProblem
from server.core.prepared import Prepared
from server.core.vault import SealBroken
from server.people import access
from server.people.access import ClientFacts
from server.people.sessions import CLIENT_OF_TOKEN, by_token

log = logging.getLogger("handrail.checkins")

BODY = "answers.body"
Answers = dict[str, Answer]


_answers = msgspec.json.Decoder(Answers)
_A = AnswerRow
_LATEST = select(_A.id, _A.body).order_by(_A.answered_at.desc()).limit(HISTORY)
_EARLIER = Prepared(_LATEST.where(_A.client_id == bindparam("client_id")))
_OWN_EARLIER = Prepared(_LATEST.where(_A.client_id == CLIENT_OF_TOKEN))


def when(answered_at: datetime, now: datetime) -> tuple[datetime, list[FieldProblem]]:
    """When it was answered; on arrival, with a problem, where the phone's clock cannot be right."""
    was = phone_instant(answered_at, now)
    return (now, [FieldProblem("answered_at", WRONG_PHONE_CLOCK)]) if was is None else (was, [])


def read(asked: Asked, given: AnswerIn) -> tuple[Answers, list[FieldProblem]]:
    """The answers that fit, and a problem for each that does not; all of them where the questions cannot be read."""
    raw = {key: value for key, value in given.answers.items() if value is not None}
    if asked.definition is None:
        return cast("Answers", raw), []
    answers, wrong = read_answers(asked.items, raw)
    return answers, list(wrong)


def judge(
    tx: Tx, client: ClientFacts, asked: Asked, answers: Answers, earlier: Sequence[Any] | None = None
) -> Sequence[Raised]:
    """What the rules raise. Questions that can no longer be read cannot be judged: a person reads the answers.

    `earlier` are the rows of earlier answers, where they came ahead; None has them looked up.
    """
    if asked.definition is None:
        why = "The questions of this check-in could not be read, so nobody judged the answers. Read them."
        return (Raised("unreadable", None, Tier.URGENT, why),)
    history = _history(tx, client, asked.definition, answers, earlier)
    return flags.evaluate(asked.definition, asked.items, answers, history)


def alarming(raised: Sequence[Raised], answers: Answers) -> bool:
    """Whether something that was answered shows a risk; what was left out, or did not fit, is no answer."""
    return any(flag.item is None or flag.item in answers for flag in raised)


def ask_for_history(tx: Tx, client: ClientFacts) -> None:
    """Most questionnaires compare with earlier answers, which can come together with the check-in itself."""
    _EARLIER.ahead(tx, {"client_id": client.id})


def ask_for_own_history(tx: Tx, token: str) -> None:
    """The same together with the session, for the client whose session `token` began."""
    _OWN_EARLIER.ahead(tx, by_token(token))


def told_own_history(tx: Tx) -> list[Any] | None:
    """What came of it; None where it was not asked for."""
    return _OWN_EARLIER.told_ahead(tx)


def _history(
    tx: Tx, client: ClientFacts, definition: Definition, answers: Answers, earlier: Sequence[Any] | None
) -> Sequence[Answers]:
    """Earlier answers, newest first, where a rule compares with them."""
    if not _looks_back(definition, answers):
        return ()
    rows = _EARLIER.all(tx, {"client_id": client.id}) if earlier is None else earlier
    key = access.key(tx, client)
    try:
        return [_answers.decode(key.open(BODY, row.id, row.body)) for row in rows]
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
