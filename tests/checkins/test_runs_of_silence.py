"""A run of misses ends with the client's own answer, and with nobody else's."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from checkins import answering, asking
from checkins.models import Occurrence, OccurrenceState
from checkins.schemas import AnswerIn
from notifications.escalations.models import Case
from server.core.db import Database, Tx
from server.people import access
from server.people.roles import Action
from server.people.terms import RiskLevel
from tests.clock import MovableClock
from tests.reliability.riverside import Riverside
from tests.simulation.town import Someone

CALM = {"mood": 7, "sleep": 7, "thoughts": False, "safe_now": "safe"}


def answer(here: Riverside, who: Someone) -> None:
    """The open check-in of this client, answered calmly."""
    mine = select(Occurrence.id).where(
        Occurrence.client_id == who.id, Occurrence.state == OccurrenceState.OPEN
    )

    def work(tx: Tx) -> None:
        facts = access.oneself(tx, Action.ANSWER_OWN)
        one: UUID = tx.session.scalars(mine).one()
        asking.find_or_begin(tx, facts, one, tx.now, None)
        answering.answer(tx, facts, one, AnswerIn(answered_at=tx.now, answers=CALM))

    here.as_(who, work)


def cases_of(db: Database, who: Someone) -> int:
    return db.read_now(lambda tx: len(tx.session.scalars(select(Case).where(Case.client_id == who.id)).all()))


def days(here: Riverside, answering_: Someone, count: int) -> None:
    """Both are asked at ten each day; one of them answers."""
    for _ in range(count):
        here.work("open_due")
        here.clock.advance(minutes=10)
        answer(here, answering_)
        here.clock.advance(hours=2)
        here.work("close_missed")
        here.clock.set(here.clock.at + timedelta(days=1) - timedelta(hours=2, minutes=10))


def test_somebody_elses_answers_do_not_hide_a_silence(db: Database, clock: MovableClock) -> None:
    """Theo is silent for three days while Uma answers each time: his third miss is a task for his case manager."""
    here = Riverside(db, clock)
    theo, uma = here.client("Theo", RiskLevel.LOW), here.client("Uma", RiskLevel.LOW)
    here.asks("10:00", window=60, who=theo)
    here.asks("10:00", window=60, who=uma)
    clock.advance(hours=1)
    days(here, uma, 2)
    assert cases_of(db, theo) == 0, "two misses lead to a reminder"
    days(here, uma, 1)
    assert cases_of(db, theo) == 1
    assert cases_of(db, uma) == 0


def test_an_own_answer_ends_the_run(db: Database, clock: MovableClock) -> None:
    here = Riverside(db, clock)
    theo, uma = here.client("Theo", RiskLevel.LOW), here.client("Uma", RiskLevel.LOW)
    here.asks("10:00", window=60, who=theo)
    here.asks("10:00", window=60, who=uma)
    clock.advance(hours=1)
    days(here, uma, 2)
    days(here, theo, 1)
    days(here, uma, 2)
    assert cases_of(db, theo) == 0
