"""What is handed over when duty changes hands: a short note, and who said that they have read it (rule: `turns`).

It is for those who take turns in the team and for supervisors; for anybody else there is none. A note may name clients,
so it is sealed under the programme's key, shown behind the sign-in alone, and stands in no message.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from notifications.escalations.oncall import acts
from notifications.escalations.oncall.calendars import calendar_of, people_of
from notifications.escalations.oncall.duty_schemas import HandoverNoteOut, HandoverOut, SeenOut, TurnOut
from notifications.escalations.oncall.models import HandoverNote, HandoverSeen
from notifications.escalations.rotas import turns
from notifications.escalations.rotas.turns import Turn
from notifications.escalations.schemas import Named
from server.core import audit
from server.core.db import Tx
from server.core.errors import Conflict, Invalid, NotFound
from server.core.tables import new_id
from server.core.vault import SealBroken
from server.people import access, programmes, queries
from server.people.roles import Action
from server.people.teams import Team
from server.people.terms import Role

NOTE = "handover_notes.note"
NOT_YOURS = "You were not on duty in this team in the last hours."
NOT_ON = "Whoever comes on duty says that they have read it. That is not you at the moment."
_UNREADABLE = "(This note can no longer be read.)"
_MOST = 20


class Desk(Struct, frozen=True):
    """A team's turns around now, and the acting person."""

    team: Team
    turns: tuple[Turn, ...]
    me: UUID


def leave_note(tx: Tx, team_id: UUID, note: str) -> HandoverNote:
    """A note for who comes on next, by whoever is on duty or went off lately; Conflict for anybody else."""
    desk = _desk(tx, team_id)
    turn = turns.hands_over(desk.turns, desk.me, tx.now)
    if turn is None:
        raise Conflict(NOT_YOURS)
    if not note.strip():
        raise Invalid.field("note", "write what the next one has to know")
    row = HandoverNote(id=new_id(), team_id=desk.team.id, author_id=desk.me, written_at=tx.now)
    row.for_at = turn.to_at
    row.note = programmes.key(tx, programmes.of_actor(tx)).seal_text(NOTE, row.id, note.strip())
    tx.session.add(row)
    tx.session.flush()
    audit.record(tx, "handover.note", row_id=row.id, data={"team": str(desk.team.id)})
    return row


def say_seen(tx: Tx, team_id: UUID) -> None:
    """Whoever comes on duty has read everything up to now; Conflict for anybody else."""
    desk = _desk(tx, team_id)
    if turns.comes_on(desk.turns, desk.me, tx.now) is None:
        raise Conflict(NOT_ON)
    row = HandoverSeen(id=new_id(), team_id=desk.team.id, staff_id=desk.me, seen_at=tx.now)
    tx.session.add(row)
    tx.session.flush()
    audit.record(tx, "handover.seen", row_id=row.id, data={"team": str(desk.team.id)})


def handover(tx: Tx, team_id: UUID) -> HandoverOut:
    """The team's handover as it stands; NotFound for whoever takes no turns in it."""
    desk = _desk(tx, team_id)
    last = turns.last_over(desk.turns, tx.now)
    since_at = last.from_at if last else tx.now - turns.LOOKED_BACK
    on_now = turns.under_way(desk.turns, tx.now)
    coming = turns.next_up(desk.turns, tx.now)
    notes, seen = _notes(tx, desk.team.id, since_at), _seen(tx, desk.team.id, since_at)
    told = [each for each in (last, *on_now, coming) if each is not None]
    people = [*(each.person for each in told), *(row.author_id for row in notes)]
    names = queries.names(tx, [*people, *(row.staff_id for row in seen)])
    comes_on = turns.comes_on(desk.turns, desk.me, tx.now) is not None
    return HandoverOut(
        team=Named(desk.team.id, desk.team.name),
        since_at=since_at,
        last=_turn(last, names) if last else None,
        on_now=[_turn(each, names) for each in on_now],
        next=_turn(coming, names) if coming else None,
        notes=[_note(tx, row, seen, names) for row in notes],
        may_write=turns.hands_over(desk.turns, desk.me, tx.now) is not None,
        may_see=comes_on,
        unread=comes_on and _is_unread(notes, seen, desk.me),
    )


def to_read(tx: Tx, team_id: UUID | None) -> bool:
    """Whether a note waits for the acting person, who comes on duty in this team."""
    if team_id is None or tx.actor.id is None:
        return False
    earliest = tx.now - turns.LOOKED_BACK
    if not _is_unread(_notes(tx, team_id, earliest), _seen(tx, team_id, earliest), tx.actor.id):
        return False
    found = _around(tx, team_id)
    if turns.comes_on(found, tx.actor.id, tx.now) is None:
        return False
    last = turns.last_over(found, tx.now)
    since_at = last.from_at if last else earliest
    return _is_unread(_notes(tx, team_id, since_at), _seen(tx, team_id, earliest), tx.actor.id)


def _desk(tx: Tx, team_id: UUID) -> Desk:
    team = acts.team_of(tx, Action.VIEW_CASES, team_id)
    me = access.acting(tx)
    takes_turns = me in people_of(calendar_of(tx, team.programme_id, team.id))
    found = _around(tx, team.id)
    # Somebody who stands in for a colleague who is away stands in no shift, and has a turn all the same.
    has_turn = any(each.person == me for each in found)
    if not takes_turns and not has_turn and tx.actor.role != Role.SUPERVISOR:
        raise NotFound
    return Desk(team, found, me)


def _around(tx: Tx, team_id: UUID) -> tuple[Turn, ...]:
    return turns.around(calendar_of(tx, programmes.of_actor(tx).id, team_id), tx.now)


def _notes(tx: Tx, team_id: UUID, since_at: datetime) -> list[HandoverNote]:
    query = select(HandoverNote).where(HandoverNote.team_id == team_id, HandoverNote.written_at >= since_at)
    return list(tx.session.scalars(query.order_by(HandoverNote.id.desc()).limit(_MOST)))


def _seen(tx: Tx, team_id: UUID, since_at: datetime) -> list[HandoverSeen]:
    query = select(HandoverSeen).where(HandoverSeen.team_id == team_id, HandoverSeen.seen_at >= since_at)
    return list(tx.session.scalars(query.order_by(HandoverSeen.id)))


def _is_unread(notes: list[HandoverNote], seen: list[HandoverSeen], me: UUID) -> bool:
    read_at = max((row.seen_at for row in seen if row.staff_id == me), default=None)
    others = (row for row in notes if row.author_id != me)
    return any(read_at is None or row.written_at > read_at for row in others)


def _note(tx: Tx, row: HandoverNote, seen: list[HandoverSeen], names: dict[UUID, str]) -> HandoverNoteOut:
    try:
        words = programmes.key(tx, programmes.of_actor(tx)).open_text(NOTE, row.id, row.note)
    except SealBroken:
        words = _UNREADABLE
    first: dict[UUID, datetime] = {}
    for each in seen:
        if each.seen_at >= row.written_at and each.staff_id != row.author_id:
            first.setdefault(each.staff_id, each.seen_at)
    return HandoverNoteOut(
        id=row.id,
        author=Named.of(row.author_id, names),
        written_at=row.written_at,
        for_at=row.for_at,
        note=words,
        seen=[SeenOut(Named.of(who, names), at) for who, at in first.items()],
    )


def _turn(turn: Turn, names: dict[UUID, str]) -> TurnOut:
    return TurnOut(turn.layer, Named.of(turn.person, names), turn.from_at, turn.to_at)
