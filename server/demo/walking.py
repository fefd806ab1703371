"""Walking through three weeks in seconds: the clock jumps to whatever is due next, and the real jobs run there.

Check-ins open, are answered or missed, rules flag, cases open and are worked on, exactly as in service; only
nothing is sent.
"""

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select

from checkins import answering, asking, jobs, planning
from checkins.models import Occurrence
from checkins.schemas import AnswerIn
from notifications.escalations import jobs as case_jobs
from notifications.escalations.models import Case
from notifications.escalations.rows import IS_OPEN
from server.core.actor import Actor
from server.core.db import Database, Tx
from server.core.tables import new_id
from server.core.zones import zone
from server.demo.caring import Care, whose
from server.demo.history import Teller
from server.demo.voices import Answered, Ending, HardDay, Voice
from server.people import access
from server.people.roles import Action

_NEXT = select(
    select(func.min(Occurrence.due_at)).where(planning.IS_SCHEDULED).scalar_subquery(),
    select(func.min(Occurrence.remind_at)).where(planning.IS_OPEN).scalar_subquery(),
    select(func.min(Occurrence.closes_at)).where(planning.IS_OPEN).scalar_subquery(),
    select(func.min(Case.next_call_at)).where(IS_OPEN).scalar_subquery(),
)
_OFFERED = select(Occurrence.id, Occurrence.client_id, Occurrence.due_at, Occurrence.closes_at).where(
    planning.IS_OPEN
)
_CASES = select(Case.id, Case.client_id, Case.tier, Case.opened_at).where(IS_OPEN)


_UNKEPT = timedelta(days=7)
"""Contacts promised for the last days are still owed: there is something to do."""


class MovableClock:
    """The clock of the database while the demonstration is loaded."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The instant the walk has come to."""
        return self.at


class Living(Struct, frozen=True):
    """A client on the walk."""

    id: UUID
    voice: Voice
    actor: Actor
    teller: Teller


class Walk:
    """From where the clock is to `end`. The first `leave_open` clients leave open what is open at the end."""

    def __init__(
        self,
        db: Database,
        clock: MovableClock,
        clients: Sequence[Living],
        care: Care,
        end: datetime,
        *,
        leave_open: int,
    ) -> None:
        self._db, self._clock, self._care = db, clock, care
        self._clients = {client.id: client for client in clients}
        self._waiting = {client.id for client in clients[:leave_open]}
        self._start, self._end = clock.at, end
        self._plan: list[tuple[datetime, int, Callable[[], None]]] = []
        self._turn = count()
        self._seen: set[UUID] = set()
        self._left_open: set[UUID] = set()
        for client in clients:
            if client.voice.story.ending is not None:
                self._prepare(client, client.voice.story.ending)

    def at(self, when: datetime, do: Callable[[], None]) -> None:
        """Do something at an instant of the walk."""
        heapq.heappush(self._plan, (when, next(self._turn), do))

    def go(self) -> None:
        """Walk to the end. At the end exactly the cases of the endings are open."""
        self._look_around()
        while True:
            dues = self._dues()
            due = min((when for when in dues if when is not None), default=self._end)
            planned = self._plan[0][0] if self._plan else self._end
            if min(due, planned) > self._end:
                break
            self._clock.at = max(self._clock.at, min(due, planned))
            if planned <= due:
                if not self._plan:
                    break
                heapq.heappop(self._plan)[2]()
            elif not self._work(dues):
                raise RuntimeError("the walk does not come on: a job leaves what is due undone")
            self._look_around()
        self._clock.at = self._end
        self._settle(None)

    def _dues(self) -> Sequence[datetime | None]:
        return self._db.read_now(lambda tx: tx.session.execute(_NEXT).one())

    def _work(self, dues: Sequence[datetime | None]) -> int:
        beat = (jobs.open_due, jobs.remind_due, jobs.close_missed, case_jobs.climb_due)
        now = self._clock.at
        return sum(
            job(self._db) for job, due in zip(beat, dues, strict=True) if due is not None and due <= now
        )

    def _look_around(self) -> None:
        """Clients see new check-ins, staff see new cases."""
        offered, cases = self._db.read_now(
            lambda tx: (tx.session.execute(_OFFERED).all(), tx.session.execute(_CASES).all())
        )
        for row in offered:
            if row.id not in self._seen:
                self._seen.add(row.id)
                self._decide(self._clients[row.client_id], row)
        for row in cases:
            if row.id not in self._seen and row.client_id not in self._left_open:
                self._seen.add(row.id)
                self.at(self._care.looks_at(row.tier, row.opened_at), lambda case=row.id: self._tend(case))

    # clients

    def _decide(self, client: Living, row: Any) -> None:
        if row.client_id in self._waiting and row.closes_at > self._end:
            return
        trouble = client.teller.hard_day(int(self._day(client, row.due_at)))
        delay = client.teller.delay(row.closes_at - row.due_at, must=trouble is not None)
        if delay is not None:
            self.at(row.due_at + delay, lambda: self._answer(client, row.id, trouble))

    def _answer(self, client: Living, checkin_id: UUID, special: Answered | None) -> None:
        def answer(tx: Tx) -> None:
            tx.actor = client.actor
            facts = access.oneself(tx, Action.ANSWER_OWN)
            asked = asking.find_or_begin(tx, facts, checkin_id, tx.now, None)
            answers = client.teller.answers(asked.items, self._day(client, tx.now), special)
            given = AnswerIn(answered_at=tx.now, answers=answers)
            answering.answer(tx, facts, checkin_id, given)

        if isinstance(special, HardDay):
            self._care.knows(client.id, special)
        self._db.write_now(answer)

    def _day(self, client: Living, at: datetime) -> float:
        """Local days since the walk began; the whole part changes at midnight."""
        here = zone(client.voice.profile.zone)
        local, first = at.astimezone(here), self._start.astimezone(here).date()
        return (local.date() - first).days + (local.hour + local.minute / 60) / 24

    # staff

    def _tend(self, case_id: UUID) -> None:
        def step(tx: Tx) -> tuple[timedelta | None, datetime | None, UUID]:
            after = self._care.step(tx, case_id)
            return after, self._care.keeps_at(tx, case_id), whose(tx.session.get_one(Case, case_id))

        after, keeps_at, client_id = self._db.write_now(step)
        if after is not None:
            self.at(self._clock.at + after, lambda: self._tend(case_id))
        elif keeps_at is not None and keeps_at < self._end - _UNKEPT:
            self.at(keeps_at, lambda: self._db.write_now(lambda tx: self._care.keep(tx, client_id)))

    def _settle(self, client_id: UUID | None) -> None:
        """Close what is still open, of one client or of everybody but those whose case stays open."""
        rows = self._db.read_now(lambda tx: tx.session.execute(_CASES).all())
        for row in rows:
            if row.client_id == client_id or (client_id is None and row.client_id not in self._left_open):
                while self._db.write_now(lambda tx, case=row.id: self._care.step(tx, case)) is not None:
                    pass

    # the two cases that stay open

    def _prepare(self, client: Living, ending: Ending) -> None:
        begins = self._end - timedelta(minutes=ending.minutes_ago)

        def begin() -> None:
            self._settle(client.id)
            self._left_open.add(client.id)
            self._answer(client, new_id(), ending)

        self.at(begins, begin)
        if ending.acknowledged_after is not None:
            when = begins + timedelta(minutes=ending.acknowledged_after)
            self.at(when, lambda: self._on_case_of(client, self._care.take))
        if ending.contact_after is not None:
            reach: Callable[[Tx, UUID], None] = lambda tx, case: self._care.try_to_reach(  # noqa: E731
                tx, case, ending.contact, reached=ending.contact_reached
            )
            when = begins + timedelta(minutes=ending.contact_after)
            self.at(when, lambda: self._on_case_of(client, reach))

    def _on_case_of(self, client: Living, act: Callable[[Tx, UUID], None]) -> None:
        def do(tx: Tx) -> None:
            act(tx, tx.session.execute(_CASES.where(Case.client_id == client.id)).one().id)

        self._db.write_now(do)
