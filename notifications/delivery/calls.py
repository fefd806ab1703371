"""The calls of a case as delivery sees them: who was told, which died, which are pointless by now."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from notifications.delivery.models import IS_DEAD_CALL, ChannelName, Message, MessageState
from server.core.db import Tx
from server.core.tables import Id
from server.people.models import Staff

WITHDRAWN = "withdrawn"
OWED = (MessageState.QUEUED, MessageState.LEASED)


def may_reach(message: type[Message]) -> ColumnElement[bool]:
    """Whether a message goes where its person is known to be: an address nobody proved may be a stranger's."""
    proved = exists().where(Staff.id == message.staff_id, Staff.email_proved_at.is_not(None))
    return or_(message.channel != ChannelName.EMAIL, proved)


def _died_everywhere() -> ColumnElement[bool]:
    """Dead, not climbed for, and no other channel that may reach the person carried it or still may."""
    sibling = aliased(Message)
    carried = exists().where(
        sibling.staff_id == Message.staff_id,
        sibling.obligation == Message.obligation,
        sibling.state != MessageState.DEAD,
        may_reach(sibling),
    )
    return and_(IS_DEAD_CALL, Message.staff_id.is_not(None), ~carried)


# Reads all that died and was not climbed for, by an index of nothing else.
_CASES = (
    select(Message.case_id)
    .where(_died_everywhere())
    .group_by(Message.case_id)
    .order_by(func.min(Message.priority), func.min(Message.created_at))
    .limit(bindparam("most"))
)
_DEAD = (
    select(Message.case_id, Message.call_number, Message.staff_id, Message.obligation)
    .where(Message.case_id.in_(bindparam("cases", expanding=True, type_=Id())), _died_everywhere())
    .order_by(Message.case_id, Message.call_number, Message.id)
)


class DeadCall(Struct, frozen=True, kw_only=True):
    """A call that reached none of these people over any channel: the case has to climb now."""

    case_id: UUID
    call_number: int
    staff_ids: tuple[UUID, ...]
    obligations: frozenset[str]


def forget_case(tx: Tx, case_id: UUID) -> None:
    """Somebody answered, or it is closed: calls still owed are withdrawn, dead ones need no climbing."""
    owed = _calls(case_id) & Message.state.in_(OWED)
    _settle(tx, owed, state=MessageState.DEAD, outcome=WITHDRAWN, device_id=None)
    unnoticed = _calls(case_id) & (Message.state == MessageState.DEAD) & Message.noticed_at.is_(None)
    _settle(tx, unnoticed)


def forget_closed(tx: Tx, case_id: UUID) -> None:
    """It is closed: nothing that is still owed about it asks anybody for anything any more, be it a call or not."""
    forget_case(tx, case_id)
    owed = (Message.case_id == case_id) & Message.state.in_(OWED)
    _settle(tx, owed, state=MessageState.DEAD, outcome=WITHDRAWN, device_id=None)


def forget_client(tx: Tx, client_id: UUID) -> None:
    """The client is discharged: what is still owed to them is withdrawn."""
    owed = (Message.client_id == client_id) & Message.state.in_(OWED)
    _settle(tx, owed, state=MessageState.DEAD, outcome=WITHDRAWN, device_id=None)


def told(tx: Tx, case_id: UUID) -> list[UUID]:
    """Staff who were called for this case or may have been, in the order of their first call."""
    tried = and_(Message.outcome == WITHDRAWN, Message.attempts > 0)
    query = (
        select(Message.staff_id)
        .where(_calls(case_id), or_(Message.state != MessageState.DEAD, tried))
        .order_by(Message.created_at, Message.id)
    )
    return list(dict.fromkeys(staff_id for staff_id in tx.session.scalars(query) if staff_id is not None))


def told_outside(tx: Tx, case_id: UUID) -> bool:
    """Whether the programme's emergency contact was told of this case, or may have been."""
    outside = Message.staff_id.is_(None) & Message.client_id.is_(None) & (Message.state != MessageState.DEAD)
    return tx.session.scalar(select(exists().where(_calls(case_id), outside))) or False


def undelivered_calls(tx: Tx, limit: int = 100) -> list[DeadCall]:
    """Calls that died for somebody on every channel and were not climbed for; of at most `limit` cases.

    The most urgent cases come first, then those whose dead call is the oldest.
    """
    connection = tx.connection
    cases = list(connection.execute(_CASES, {"most": limit}).scalars())
    if not cases:
        return []
    place = {case_id: number for number, case_id in enumerate(cases)}
    found: dict[tuple[Any, Any], list[tuple[Any, str]]] = {}
    for case_id, call_number, staff_id, obligation in connection.execute(_DEAD, {"cases": cases}):
        found.setdefault((case_id, call_number), []).append((staff_id, obligation))
    return [
        DeadCall(
            case_id=case_id,
            call_number=call_number,
            staff_ids=tuple(dict.fromkeys(staff_id for staff_id, _ in dead)),
            obligations=frozenset(obligation for _, obligation in dead),
        )
        for (case_id, call_number), dead in sorted(found.items(), key=lambda each: place[each[0][0]])
    ]


def mark_noticed(tx: Tx, call: DeadCall) -> bool:
    """Note that the case climbs for this dead call. False when somebody else noted it first: do not climb."""
    theirs = (
        _calls(call.case_id)
        & Message.staff_id.in_(call.staff_ids)
        & Message.obligation.in_(call.obligations)
        & (Message.state == MessageState.DEAD)
        & Message.noticed_at.is_(None)
    )
    return _settle(tx, theirs) > 0


def _calls(case_id: UUID) -> ColumnElement[bool]:
    return and_(Message.case_id == case_id, Message.call_number.is_not(None))


def _settle(tx: Tx, which: ColumnElement[bool], **values: Any) -> int:
    query = update(Message).where(which).values(noticed_at=tx.now, **values).returning(Message.id)
    return len(tx.session.execute(query.execution_options(synchronize_session=False)).all())


class Telling(Struct, frozen=True, kw_only=True):
    """One message about a case to one colleague, and how far it came. Ids and outcomes only.

    `staff_id` None: the programme's emergency contact. `call_number` None: nobody had to answer it.
    """

    kind: str
    staff_id: UUID | None
    call_number: int | None
    channel: ChannelName
    state: MessageState
    outcome: str | None
    attempts: int
    created_at: datetime
    sent_at: datetime | None


_TELLING = tuple(getattr(Message, name) for name in Telling.__struct_fields__)


def tellings(tx: Tx, case_id: UUID, limit: int = 2000) -> list[Telling]:
    """The newest messages about this case of the acting person's programme, oldest first."""
    query = (
        select(*_TELLING)
        .where(
            Message.case_id == case_id,
            Message.programme_id == tx.actor.programme_id,
            Message.client_id.is_(None),
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(limit)
    )
    return [Telling(**row._mapping) for row in tx.session.execute(query)][::-1]  # pyright: ignore[reportPrivateUsage]  SQLAlchemy's documented name
