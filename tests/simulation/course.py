"""The course of time in the town: the clock jumps to whatever is due next, and after each step the real jobs run,
unless the workers are down, and the laws of the town are looked at."""

import heapq
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, true

from checkins import planning
from checkins.models import AnswerRow, Occurrence
from notifications.delivery.models import IS_OWED, ChannelName, Message, MessageState
from notifications.escalations.models import Case
from notifications.escalations.rows import IS_OPEN
from server.core.db import Database
from server.worker import Jobs
from tests.clock import MovableClock
from tests.simulation import laws
from tests.simulation.town import Town
from tests.simulation.trouble import Provider, Statements

BEATS = ("open_due", "remind_due", "close_missed", "climb_due", "send_due")
_NEXT = select(
    select(func.min(Occurrence.due_at)).where(planning.IS_SCHEDULED).scalar_subquery(),
    select(func.min(Occurrence.remind_at)).where(planning.IS_OPEN).scalar_subquery(),
    select(func.min(Occurrence.closes_at)).where(planning.IS_OPEN).scalar_subquery(),
    select(func.min(Case.next_call_at)).where(IS_OPEN).scalar_subquery(),
    select(func.min(Message.send_after)).where(IS_OWED).scalar_subquery(),
)
ONCE_A_DAY = timedelta(days=1)
PART = 10_000
"""Rows read at once of what grows with the months."""
"""How often what was stored in two days is opened, the audit chain followed, and what phones were told and what went
out counted; at the end, all of it."""
LOOKED_BACK = timedelta(minutes=30)
"""A look goes this far behind the one before it: the clock is set back by up to ten minutes."""

_OURS = logging.getLogger("handrail")
_OF_CLOCKS = ("clock",)
"""Clocks are set back here, and the service says so."""


class LawBroken(AssertionError):
    """Something that must never be so was so; the text says what, and when."""


class Errors(logging.Handler):
    """Errors the service wrote into its log, and what its jobs swallowed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if not any(word in said for word in _OF_CLOCKS):
            self.found.append(said)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Nothing is printed, and errors are kept."""
        before = _OURS.propagate, _OURS.level
        _OURS.propagate = False
        _OURS.setLevel(logging.ERROR)
        _OURS.addHandler(self)
        try:
            yield
        finally:
            _OURS.removeHandler(self)
            _OURS.propagate, level = before
            _OURS.setLevel(level)


class Heard(NamedTuple):
    """What a phone was told of its answer, and when."""

    tier: Any
    at: datetime


class Course:
    """The time of one run. `checks` counts the looks at the laws, `did` what happened.

    Two beats are at least `stride` apart: a large town has something to do at every second, and no year is that long.
    """

    def __init__(
        self,
        db: Database,
        clock: MovableClock,
        town: Town,
        seed: int,
        stride: timedelta = timedelta(seconds=1),
    ) -> None:
        self.stride = stride
        self.db, self.clock, self.town = db, clock, town
        self.dice = Random(seed)
        self.did: Counter[str] = Counter()
        self.checks = 0
        self.statements = Statements(db)
        self.errors = Errors()
        self.providers = {
            name: Provider(name.value, Random(f"{seed} {name}"), clock.now)
            for name in (ChannelName.FCM, ChannelName.EMAIL)
        }
        self.jobs = self._workers()
        self._plan: list[tuple[datetime, int, Callable[[], None]]] = []
        self._turn = count()
        self.received: dict[UUID, Heard] = {}
        self._down_until: datetime | None = None
        self._statements_of_a_tick = 60
        self._looked_at = clock.at
        self._thorough_at = clock.at + ONCE_A_DAY / 2

    def _workers(self) -> Jobs:
        return Jobs(self.db, self.providers)

    def at(self, when: datetime, do: Callable[[], None]) -> None:
        """Something happens at an instant."""
        heapq.heappush(self._plan, (when, next(self._turn), do))

    def run(self, days: float) -> None:
        """So many days; at the end everything is mended, everything comes to rest, and every law is looked at."""
        end = self.clock.at + timedelta(days=days)
        try:
            with self.statements.watched(), self.errors.listening():
                while self._step(end):
                    pass
                self._rest()
        finally:
            self.jobs.close()
            self.did["hand-overs killed"] = sum(one.killed for one in self.providers.values())

    def _step(self, end: datetime) -> bool:
        due = self._down_until
        if due is None:
            dues = self.db.read_now(lambda tx: tx.session.execute(_NEXT).one())
            due = min((when for when in dues if when is not None), default=end)
        planned = self._plan[0][0] if self._plan else end
        following = min(due, planned)
        if following > end:
            return False
        # A tick that leaves something undone (a fault) beats again, as the metronome does.
        self.clock.set(max(self.clock.at + self.stride, following))
        while self._plan and self._plan[0][0] <= self.clock.at:
            heapq.heappop(self._plan)[2]()
        if self._down_until is not None and self.clock.at >= self._down_until:
            self._down_until = None
        if self._down_until is None:
            self._tick()
        self.look_around()
        return True

    def look_around(self) -> None:
        """What people see and hear after a step."""

    def _tick(self) -> None:
        self.errors.found.clear()
        if (self.did["ticks"] + 1) % 40 == 0:
            self.jobs.run("housekeeping")  # it owes messages as well, which the beats send
        began, failed = self.statements.seen, self.statements.failed
        if self.dice.random() < 0.05:
            # Anywhere in the tick: as far in as the one before it went.
            self.statements.fail_at(self.dice.randint(1, max(20, self._statements_of_a_tick)))
        for _ in range(50):
            done = sum(self.jobs.run(name) for name in BEATS)
            self.jobs.sender.drain()
            if not done:
                break
        self.statements.fail_at(None)
        self._statements_of_a_tick = self.statements.seen - began
        self.did["ticks"] += 1
        self.did["statements failed"] += self.statements.failed - failed
        at_rest = self.statements.failed == failed
        self.insist([f"an error without a fault: {said}" for said in self.errors.found] if at_rest else [])
        self._check(at_rest=at_rest)

    def _check(self, *, at_rest: bool) -> None:
        since = self._looked_at - LOOKED_BACK
        found = laws.broken(self.db, laws.ALWAYS, since)
        found += laws.strangers(self.db, self.town.book, since)
        if at_rest:
            found += laws.broken(self.db, laws.AT_REST, None)
        if self.clock.at >= self._thorough_at:
            self._thorough_at = self.clock.at + ONCE_A_DAY
            found += laws.broken(self.db, laws.NOW_AND_THEN, self.clock.at - 2 * ONCE_A_DAY)
            found += self._ledger(self.clock.at - 2 * ONCE_A_DAY)
        self._looked_at = self.clock.at
        self.checks += 1
        self.insist(found)

    def insist(self, found: list[str]) -> None:
        """LawBroken, with the first of what was found."""
        if found:
            raise LawBroken(f"at {self.clock.at:%Y-%m-%d %H:%M:%S}: " + "; ".join(found[:5]))

    def _rest(self) -> None:
        """The end: providers and database work again, leases lapse, and all that is owed is done."""
        for provider in self.providers.values():
            provider.troubles, provider.out_until = False, None
        self._down_until = None
        for _ in range(6):
            self.clock.advance(minutes=10)
            self._tick_quietly()
        self.jobs.run("housekeeping")
        self._tick_quietly()
        every = (*laws.ALWAYS, *laws.AT_REST, *laws.NOW_AND_THEN)
        self.insist(laws.broken(self.db, every, None))
        self.insist(laws.strangers(self.db, self.town.book, None))
        self.insist(self._ledger(None))

    def _tick_quietly(self) -> None:
        for _ in range(50):
            done = sum(self.jobs.run(name) for name in BEATS)
            self.jobs.sender.drain()
            if not done:
                return

    def _wrong_addresses(self, since: datetime | None) -> list[str]:
        """Everything went to a phone or mailbox of the very person it was for, as the town knows them."""
        when = true() if since is None else Message.created_at >= since
        told = select(Message.id, Message.channel, Message.staff_id, Message.client_id).where(when)

        def went_astray(row: Any) -> bool:
            person, went = row.staff_id or row.client_id, self.providers[row.channel].to.get(str(row.id))
            return went is not None and (person is None or went not in self.town.addresses(person))

        # Part by part: after months all of them at once take longer than PostgreSQL waits within a transaction.
        parts = told.execution_options(yield_per=PART)
        return self.db.read_now(
            lambda tx: [
                f"a message for {row.staff_id or row.client_id} went to somebody else: {row.id}"
                for row in tx.connection.execute(parts)
                if went_astray(row)
            ]
        )

    def _ledger(self, since: datetime | None) -> list[str]:
        """What phones were told is stored, what counts as sent was taken, and nothing went out twice without reason.

        With `since`, only answers that phones heard of and messages made after it are looked at.
        """
        sent_since = select(Message.id).where(
            Message.state == MessageState.SENT, true() if since is None else Message.created_at >= since
        )
        # A phone may hear at the second try of what was stored at the first.
        stored_since = select(AnswerRow.occurrence_id).where(
            true() if since is None else AnswerRow.received_at >= since - ONCE_A_DAY
        )
        stored, sent = self.db.read_now(
            lambda tx: [
                set(tx.connection.scalars(asked.execution_options(yield_per=PART)))
                for asked in (stored_since, sent_since)
            ]
        )
        found = self._wrong_addresses(since)
        confirmed = [one for one, heard in self.received.items() if since is None or heard.at >= since]
        providers = self.providers.values()
        found += [f"an answer that was confirmed is gone: {lost}" for lost in confirmed if lost not in stored]
        found += [
            f"a message counts as sent that nobody took: {lost}"
            for lost in sent
            if not any(str(lost) in provider.taken for provider in providers)
        ]
        for provider in providers:
            for message, times in provider.taken.items():
                if times > 1 + provider.excused[message]:
                    found.append(f"a message went out {times} times over {provider.name}: {message}")
        return found
