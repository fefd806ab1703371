"""Each law of the town cries when what it forbids is so: the town is broken in one place, looked at, and mended."""
# pyright: reportPrivateUsage=false  one step of a run is the run's own

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from notifications.delivery.models import Message
from notifications.escalations.models import Case
from notifications.escalations.rows import IS_OPEN
from server.core.db import Database, Tx
from server.core.vault import SealBroken
from server.people.models import CareSpell, Staff
from server.people.terms import Role
from tests.clock import MovableClock
from tests.simulation import laws
from tests.simulation.course import Heard
from tests.simulation.laws import Broken, Law
from tests.simulation.life import Life
from tests.simulation.town import settle
from tests.watch.test_look import no_triggers, run

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_OF_CASES = "kind in ('case_call', 'case_unreachable')"
_OTHER_NAME = "(select name from clients other where other.id > clients.id order by id limit 1)"
_ELSEWHERE = (
    "(select staff.id from staff join cases on cases.id = messages.case_id"
    " where staff.programme_id <> cases.programme_id limit 1)"
)

BREAKS: dict[str, tuple[Law, str]] = {
    "a flagged answer without its case": (
        laws.risk_answers_have_cases,
        "delete from case_causes where kind = 'flagged_answer'",
    ),
    "a case that is called for no more": (
        laws.open_cases_have_a_next_call,
        "update cases set next_call_at = null where state <> 'closed'",
    ),
    "a case that is put off for weeks": (
        laws.urgent_cases_wait_no_longer_than_a_rung,
        "update cases set state = 'open', tier = 'urgent', next_call_at = :later where state <> 'closed'",
    ),
    "a call that nobody has to carry": (
        laws.calls_are_owed,
        f"update messages set call_number = call_number + 500 where {_OF_CASES}",  # noqa: S608
    ),
    "a call into another programme": (
        laws.messages_stay_in_the_programme,
        f"update messages set staff_id = {_ELSEWHERE} where {_OF_CASES}",  # noqa: S608
    ),
    "a schedule that asks no more": (
        laws.schedules_have_their_next,
        "delete from occurrences where state = 'scheduled'",
    ),
    "a check-in that nobody hears of": (
        laws.openings_are_told,
        "update messages set obligation = 'none' where kind = 'checkin_open'",
    ),
    "a check-in that is not opened": (
        laws.nothing_is_late,
        "update occurrences set due_at = :ago where state = 'scheduled'",
    ),
    "a check-in that is not closed": (
        laws.nothing_is_late,
        "update occurrences set state = 'open', closes_at = :ago where state = 'scheduled'",
    ),
    "a reminder that is overdue": (
        laws.nothing_is_late,
        "update occurrences set state = 'open', remind_at = :ago where state = 'scheduled'",
    ),
    "a pause that does not end": (
        laws.nothing_is_late,
        "update schedules set state = 'paused', paused_until = :ago",
    ),
    "a reminder that nobody gets": (
        laws.reminders_are_told,
        "update occurrences set state = 'open', opened_at = due_at, reminded = 1 where state = 'scheduled'",
    ),
    "a case whose call is overdue": (
        laws.nothing_is_late,
        "update cases set next_call_at = :ago where state <> 'closed'",
    ),
    "a message that is not sent": (
        laws.nothing_is_late,
        "update messages set state = 'queued', send_after = :ago",
    ),
    "a message in the hands of a worker that is gone": (
        laws.nothing_is_late,
        "update messages set state = 'leased', send_after = :ago",
    ),
    "a name under another client's seal": (
        laws.sealed_data_opens,
        f"update clients set name = {_OTHER_NAME} where exists {_OTHER_NAME}",  # noqa: S608
    ),
    "an answer under another one's seal": (
        laws.sealed_data_opens,
        "update answers set body = (select body from answers other where other.id <> answers.id limit 1)",
    ),
    "a row of the trail that was changed": (
        laws.the_trail_holds,
        "update audit set what = 'nothing' where number = (select min(number) from audit)",
    ),
}


class _TakenBack(Exception):
    """Nothing of what was broken stays."""


def _found(db: Database, breaks: Callable[[Tx], object], asks: Callable[[Tx], Broken]) -> Broken:
    found: Broken = []

    def try_it(tx: Tx) -> None:
        breaks(tx)
        found.extend(asks(tx))
        raise _TakenBack

    with pytest.raises(_TakenBack):
        db.write_now(try_it)
    return found


def _asked(law: Law) -> Callable[[Tx], Broken]:
    def ask(tx: Tx) -> Broken:
        try:
            return law(tx, _LONG_AGO)
        except SealBroken as error:
            return [str(error)]

    return ask


def _changed_by(statement: str) -> Callable[[Tx], object]:
    def change(tx: Tx) -> None:
        for table in ("answers", "audit"):
            no_triggers(tx.connection, table)
        instants = {"ago": _LONG_AGO, "later": datetime(2030, 1, 1, tzinfo=UTC)}
        run(
            tx.connection, statement, **{name: at for name, at in instants.items() if f":{name}" in statement}
        )

    return change


def _town_with_a_case(db: Database, clock: MovableClock) -> Life:
    """A town after a day in which nothing was broken, with a case open."""
    clock.set(datetime(2026, 3, 2, 15, tzinfo=UTC))
    life = Life(db, clock, settle(db, Random(1), clients=12, staff=8), seed=1)
    life.live(days=1)
    life._help()
    life.jobs = life._workers()
    life._tick()
    assert db.read_now(lambda tx: tx.session.scalar(select(func.count()).select_from(Case).where(IS_OPEN)))
    return life


def test_each_law_cries_when_what_it_forbids_is_so(db: Database, clock: MovableClock) -> None:
    life = _town_with_a_case(db, clock)
    every = {law for law, _ in BREAKS.values()}
    assert every == {*laws.ALWAYS, *laws.AT_REST, *laws.NOW_AND_THEN}
    assert laws.broken(db, tuple(every), None) == []
    for name, (law, statement) in BREAKS.items():
        assert _found(db, _changed_by(statement), _asked(law)), name
    assert laws.broken(db, tuple(every), None) == []
    _a_call_without_the_right_is_found(life)
    _the_ledger_counts(life)


def _a_call_without_the_right_is_found(life: Life) -> None:
    at = life.clock.at

    def call_a_stranger(tx: Tx) -> None:
        case_id, client_id = tx.session.execute(select(Case.id, Case.client_id).where(IS_OPEN).limit(1)).one()
        team = select(CareSpell.staff_id).where(CareSpell.client_id == client_id)
        others = select(Staff.id).where(Staff.role == Role.CLINICIAN, Staff.id.not_in(team))
        stranger = tx.session.scalars(others.limit(1)).one()
        assert not life.town.book.may_be_called(stranger, at)
        tx.session.execute(update(Message).where(Message.case_id == case_id).values(staff_id=stranger))

    assert laws.strangers(life.db, life.town.book, None) == []
    assert _found(life.db, call_a_stranger, lambda tx: list(laws.messages_beyond_the_team(tx, _LONG_AGO)))


def _the_ledger_counts(life: Life) -> None:
    """What phones were told is stored, what counts as sent was taken, and once."""
    assert life._ledger(None) == []
    one = next(iter(life.providers.values()))
    message, times = next(iter(one.taken.items()))
    one.taken[message] += 1 + one.excused[message]
    assert "went out" in life._ledger(None)[0]
    del one.taken[message]
    assert "that nobody took" in life._ledger(None)[0]
    one.taken[message] = times
    arrived, address = next(iter(one.to.items()))
    one.to[arrived] = "phone of nobody"
    assert "went to somebody else" in life._ledger(None)[0]
    one.to[arrived] = address
    life.received[uuid4()] = Heard(None, life.clock.at)
    assert "confirmed is gone" in life._ledger(None)[0]
