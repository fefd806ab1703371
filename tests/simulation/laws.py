"""What has to hold in the town, whatever went wrong. Each law is one question to the database; an answer breaks it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select, text

from checkins import planning
from checkins.models import AnswerRow, Occurrence, ScheduleRow, ScheduleState
from notifications.delivery.messages import Kind
from notifications.delivery.models import IS_OWED, Device, Message, MessageState
from notifications.escalations.calls import call_code
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case, CaseCause, CaseEvent, CauseKind, EventKind
from notifications.escalations.rows import IS_OPEN
from notifications.escalations.tiers import Tier
from server.core import audit
from server.core.audit import AuditSeal
from server.core.db import Database, Tx
from server.core.tables import UTCDateTime
from server.people.models import CareSpell, Client, Staff
from server.people.terms import Role
from tests.simulation.duty import Book

Broken = list[str]
_A, _O, _M = AnswerRow, Occurrence, Message
_NOW, _SINCE = (bindparam(name, type_=UTCDateTime()) for name in ("now", "since"))


def _told(kind: str, rows: Any) -> Broken:
    return [f"{kind}: {tuple(map(str, row))}" for row in rows]


_FLAGGED = exists().where(CaseCause.source_id == _A.occurrence_id, CaseCause.kind == CauseKind.FLAGGED_ANSWER)
_UNHEARD = select(_A.id, _A.client_id).where(_A.tier.is_not(None), _A.received_at >= _SINCE, ~_FLAGGED)


def risk_answers_have_cases(tx: Tx, since: datetime) -> Broken:
    """Every answer with a tier is a cause of a case of that client."""
    return _told("an answer with a risk has no case", tx.connection.execute(_UNHEARD, {"since": since}))


_LOST = select(Case.id).where(Case.state != CaseState.CLOSED, Case.next_call_at.is_(None))
_TWICE = select(Case.client_id).where(IS_OPEN).group_by(Case.client_id).having(func.count() > 1)


def open_cases_have_a_next_call(tx: Tx, _: datetime) -> Broken:
    """Until a person closes it, a case is due at some instant; and there is one open case for a client at most."""
    return [
        *_told("an open case has no next call", tx.connection.execute(_LOST)),
        *_told("a client has two open cases", tx.connection.execute(_TWICE)),
    ]


_LONGEST_WAIT = timedelta(minutes=10) + 3 * timedelta(minutes=10)
"""Between two calls of an urgent case in this town, and clocks that were set back three times since."""

_PUT_OFF = select(Case.id, Case.next_call_at).where(
    Case.state == CaseState.OPEN,
    Case.tier.in_((Tier.EMERGENCY, Tier.URGENT)),
    Case.next_call_at > _NOW,
)


def urgent_cases_wait_no_longer_than_a_rung(tx: Tx, _: datetime) -> Broken:
    """Who is being called for waits for the next person as long as the ladder says, and not for weeks."""
    waiting = tx.connection.execute(_PUT_OFF, {"now": tx.now + _LONGEST_WAIT})
    return _told("an urgent case is put off", waiting)


_CALLED = select(CaseEvent.case_id, CaseEvent.data).where(
    CaseEvent.kind == EventKind.CALLED, CaseEvent.at >= _SINCE
)
_OWED = select(_M.case_id, _M.staff_id, _M.call_number).where(
    _M.kind.in_(("case_call", "case_unreachable")), _M.created_at >= _SINCE
)


def calls_are_owed(tx: Tx, since: datetime) -> Broken:
    """Whoever the timeline says was called has a message for that call."""
    owed = tx.connection.execute(_OWED, {"since": since})
    has = {(row.case_id, str(row.staff_id), row.call_number) for row in owed}
    return [
        f"call {number} has no message: {row.case_id} {person}"
        for row in tx.connection.execute(_CALLED, {"since": since})
        for number in [call_code(row.data["ladder"], row.data["call"])]
        for person in row.data["people"]
        if (row.case_id, person, number) not in has and person != "emergency_contact"
    ]


_ON_THE_TEAM = (
    exists()
    .where(CareSpell.client_id == Case.client_id, CareSpell.staff_id == _M.staff_id)
    .where(CareSpell.from_at <= _M.created_at)
    .where(or_(CareSpell.to_at.is_(None), CareSpell.to_at > _M.created_at))
)
_BEYOND_THE_TEAM = (
    select(_M.case_id, _M.staff_id, _M.created_at)
    .join(Case, Case.id == _M.case_id)
    .join(Staff, Staff.id == _M.staff_id)
    .where(_M.created_at >= _SINCE, Staff.role.not_in((Role.SUPERVISOR, Role.ADMINISTRATOR)), ~_ON_THE_TEAM)
)
_CALLED_BEFORE = (
    select(_M.id)
    .where(
        _M.case_id == bindparam("case"), _M.staff_id == bindparam("person"), _M.created_at < bindparam("at")
    )
    .limit(1)
)


def messages_beyond_the_team(tx: Tx, since: datetime) -> list[Any]:
    """(staff, instant) of calls to staff who neither are on the client's team nor supervise, whom duty must explain.

    Somebody who was called for a case may hear more of it later. Supervisors may see every case; whether it was their
    turn is the property tests' matter, as is who is away (tests/notifications): the town's book does not know of rest.
    """
    # In two steps: PostgreSQL would read all messages for those few to see who was called before.
    return [
        (row.staff_id, row.created_at)
        for row in tx.connection.execute(_BEYOND_THE_TEAM, {"since": since}).all()
        if tx.connection.scalar(
            _CALLED_BEFORE, {"case": row.case_id, "person": row.staff_id, "at": row.created_at}
        )
        is None
    ]


_ABROAD = (
    select(_M.id, _M.staff_id, _M.case_id)
    .join(Case, Case.id == _M.case_id)
    .join(Staff, Staff.id == _M.staff_id)
    .where(_M.created_at >= _SINCE, Staff.programme_id != Case.programme_id)
)


def messages_stay_in_the_programme(tx: Tx, since: datetime) -> Broken:
    """Nobody of another programme hears of a case."""
    return _told("a message to another programme", tx.connection.execute(_ABROAD, {"since": since}))


_WAITS = exists().where(_O.schedule_id == ScheduleRow.id, planning.IS_SCHEDULED)
_OVER = select(ScheduleRow.id).where(ScheduleRow.state == ScheduleState.ACTIVE, ~_WAITS)


def schedules_have_their_next(tx: Tx, _: datetime) -> Broken:
    """An active schedule waits for exactly one next check-in (the database refuses a second)."""
    return _told("an active schedule has no next check-in", tx.connection.execute(_OVER))


_HAS_A_PHONE = exists().where(Device.client_id == _O.client_id, Device.created_at <= _O.opened_at)
_OPENED = select(_O.id).where(_O.opened_at >= _SINCE, _O.schedule_id.is_not(None), _HAS_A_PHONE)
_TOLD_OF = select(_M.obligation).where(_M.kind == Kind.CHECKIN_OPEN, _M.created_at >= _SINCE)


def openings_are_told(tx: Tx, since: datetime) -> Broken:
    """Whoever is asked, and has a phone, has a message that says so; that it is there once is kept by the database."""
    told = set(tx.connection.execute(_TOLD_OF, {"since": since}).scalars())
    opened = tx.connection.execute(_OPENED, {"since": since}).scalars()
    return [
        f"a check-in opened, and nobody was told: {each}" for each in opened if f"open:{each}" not in told
    ]


_SET_BACK = timedelta(minutes=20)
_REMINDED = select(_O.id, _O.opened_at, _O.reminded).where(
    planning.IS_OPEN, _O.closes_at > _NOW, _O.reminded > 0, _HAS_A_PHONE
)
_REMINDERS = select(_M.obligation).where(text("kind = 'checkin_reminder'"), _M.created_at >= _SINCE)


def reminders_are_told(tx: Tx, _: datetime) -> Broken:
    """Who is still asked, was reminded, and has a phone, has a message for each time; the database keeps it single.

    One that closes soon may have been past its end when it was due, before the clock was set back.
    """
    reminded = tx.connection.execute(_REMINDED, {"now": tx.now + _SET_BACK}).all()
    since = min((row.opened_at for row in reminded), default=tx.now) - _SET_BACK
    told = set(tx.connection.execute(_REMINDERS, {"since": since}).scalars()) if reminded else set[str]()
    owed = [(row.id, number) for row in reminded for number in range(1, row.reminded + 1)]
    return _told(
        "a reminder was noted, and nobody was told",
        (each for each in owed if f"remind{each[1]}:{each[0]}" not in told),
    )


_UNDONE = {
    "not opened": select(_O.id).where(planning.IS_SCHEDULED, _O.due_at <= _NOW, _O.retry_at.is_(None)),
    "not closed": select(_O.id).where(planning.IS_OPEN, _O.closes_at <= _NOW, _O.retry_at.is_(None)),
    "not reminded": select(_O.id).where(planning.IS_OPEN, _O.remind_at <= _NOW, _O.retry_at.is_(None)),
    "not resumed": select(ScheduleRow.id).where(
        ScheduleRow.state == ScheduleState.PAUSED,
        ScheduleRow.paused_until <= _NOW,
        ScheduleRow.retry_at.is_(None),
    ),
    "not called": select(Case.id).where(IS_OPEN, Case.next_call_at <= _NOW),
    "not sent": select(_M.id, _M.channel).where(
        IS_OWED, _M.state == MessageState.QUEUED, _M.send_after <= _NOW
    ),
    "not taken over": select(_M.id, _M.channel).where(
        IS_OWED, _M.state == MessageState.LEASED, _M.send_after <= _NOW
    ),
}


def nothing_is_late(tx: Tx, _: datetime) -> Broken:
    """After a tick in which nothing failed, nothing is due any more."""
    return [
        late
        for what, undone in _UNDONE.items()
        for late in _told(what, tx.connection.execute(undone, {"now": tx.now}))
    ]


def sealed_data_opens(tx: Tx, since: datetime) -> Broken:
    """What was answered can be read again, and every client's name."""
    found: Broken = []
    keys: dict[Any, Any] = {}
    for row in tx.connection.execute(select(Client.id, Client.wrapped_key, Client.name)):
        keys[row.id] = tx.vault.subject(row.id, row.wrapped_key)
        keys[row.id].open_text("clients.name", row.id, row.name)
    for row in tx.connection.execute(select(_A.id, _A.client_id, _A.body).where(_A.received_at >= since)):
        if not isinstance(keys[row.client_id].open_json("answers.body", row.id, row.body, dict), dict):
            found.append(f"an answer does not open: {row.id}")
    return found


_KNOWN = select(func.max(AuditSeal.number)).where(AuditSeal.sealed_at < _SINCE)


def the_trail_holds(tx: Tx, since: datetime) -> Broken:
    """The audit chain verifies."""
    broken = audit.first_broken_seal(tx, after=tx.connection.scalar(_KNOWN, {"since": since}))
    return [] if broken is None else [f"the audit chain breaks at link {broken}"]


FOUND_BY = (
    "CREATE INDEX town_answers ON answers (received_at)",
    "CREATE INDEX town_events ON case_events (at)",
    "CREATE INDEX town_messages ON messages (created_at)",
    "CREATE INDEX town_calls ON messages (case_id, staff_id, created_at)",
    "CREATE INDEX town_reminders ON messages (created_at) WHERE kind = 'checkin_reminder'",
    "CREATE INDEX town_openings ON occurrences (opened_at)",
)
"""What only the laws ask, and after each step: in a large town they would read everything each time."""

Law = Callable[[Tx, datetime], Broken]
ALWAYS: tuple[Law, ...] = (
    risk_answers_have_cases,
    open_cases_have_a_next_call,
    urgent_cases_wait_no_longer_than_a_rung,
    calls_are_owed,
    messages_stay_in_the_programme,
    schedules_have_their_next,
    openings_are_told,
    reminders_are_told,
)
AT_REST: tuple[Law, ...] = (nothing_is_late,)
NOW_AND_THEN: tuple[Law, ...] = (sealed_data_opens, the_trail_holds)


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def broken(db: Database, laws: tuple[Law, ...], since: datetime | None) -> Broken:
    """What these laws find; rows older than `since` were looked at before (None: all of them)."""
    return db.read_now(lambda tx: [one for law in laws for one in law(tx, since or _LONG_AGO)])


def strangers(db: Database, book: Book, since: datetime | None) -> Broken:
    """Calls to somebody whom neither the care team nor the town's own book of duty explains."""
    calls = db.read_now(lambda tx: messages_beyond_the_team(tx, since or _LONG_AGO))
    return [
        f"a call to somebody without the right: {who} {at}"
        for who, at in calls
        if not book.may_be_called(who, at)
    ]
