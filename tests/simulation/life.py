"""Days in the town: one seed gives one sequence of what people do and what goes wrong.

The clock jumps to whatever is due next. After each step the real jobs run, unless the workers are down, and the laws
of the town are looked at. People act as people do: they answer early, late, twice, or never; they take a case at once
or sleep; they reach somebody, or do not.
"""

import heapq
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from checkins import answering, asking, planning, schedules
from checkins.definition import Item, ItemKind
from checkins.models import AnswerRow, Occurrence, ScheduleRow, ScheduleState
from checkins.schemas import AnswerIn, Pause
from crisisplans.queries import main_line
from notifications.delivery.models import ChannelName, Message, MessageState
from notifications.escalations import acts, client_side, endings
from notifications.escalations.closing import Disposition
from notifications.escalations.models import Case, ContactChannel
from notifications.escalations.oncall import acts as acts_of_duty
from notifications.escalations.rows import IS_OPEN
from server.core.db import Database, Tx
from server.core.errors import Refusal
from server.people import access, actions
from server.people.models import Client
from server.people.roles import Action
from server.people.schemas import CareSpellNew
from server.people.terms import CareRole, Role
from server.worker import Jobs
from tests.clock import MovableClock
from tests.simulation import laws
from tests.simulation.duty import leave_of
from tests.simulation.town import ZONES, Someone, Town
from tests.simulation.trouble import Provider, Statements

BEATS = ("open_due", "remind_due", "close_missed", "climb_due", "send_due")
_NEXT = select(
    select(func.min(Occurrence.due_at)).where(planning.IS_SCHEDULED).scalar_subquery(),
    select(func.min(Occurrence.remind_at)).where(planning.IS_OPEN).scalar_subquery(),
    select(func.min(Occurrence.closes_at)).where(planning.IS_OPEN).scalar_subquery(),
    select(func.min(Case.next_call_at)).where(IS_OPEN).scalar_subquery(),
    select(func.min(Message.send_after))
    .where(Message.state.in_((MessageState.QUEUED, MessageState.LEASED)))
    .scalar_subquery(),
)
_TRANSIENT = logging.CRITICAL + 1


class LawBroken(AssertionError):
    """Something that must never be so was so; the text says what, and when."""


class Life:
    """One run. `checks` counts the looks at the laws, `did` what happened.

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
        self.providers = {
            name: Provider(name.value, Random(f"{seed} {name}"), clock.now)
            for name in (ChannelName.FCM, ChannelName.EMAIL)
        }
        self.jobs = self._workers()
        self._plan: list[tuple[datetime, int, Callable[[], None]]] = []
        self._turn = count()
        self._offered: set[UUID] = set()
        self._woken: set[UUID] = set()
        self._received: dict[UUID, Any] = {}
        self._down_until: datetime | None = None

    def _workers(self) -> Jobs:
        return Jobs(self.db, self.providers)

    # time

    def at(self, when: datetime, do: Callable[[], None]) -> None:
        """Something happens at an instant."""
        heapq.heappush(self._plan, (when, next(self._turn), do))

    def live(self, days: float) -> None:
        """So many days; at the end everything is mended, everything comes to rest, and every law is looked at."""
        end = self.clock.at + timedelta(days=days)
        self.at(self.clock.at + timedelta(hours=1), self._something_happens)
        logging.disable(_TRANSIENT)
        try:
            with self.statements.watched():
                while self._step(end):
                    pass
                self._rest()
        finally:
            logging.disable(logging.NOTSET)
            self.jobs.close()

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
        self._look_around()
        return True

    def _tick(self) -> None:
        if (self.did["ticks"] + 1) % 40 == 0:
            self.jobs.run("housekeeping")  # it owes messages as well, which the beats send
        faulty = self.dice.random() < 0.05
        if faulty:
            self.statements.fail_at(self.dice.randint(1, 60))
        failed = self.statements.failed
        for _ in range(50):
            done = sum(self.jobs.run(name) for name in BEATS)
            self.jobs.sender.drain()
            if not done:
                break
        self.statements.fail_at(None)
        self.did["ticks"] += 1
        self.did["statements failed"] += self.statements.failed - failed
        self._check(at_rest=self.statements.failed == failed)

    def _check(self, *, at_rest: bool) -> None:
        found = laws.broken(self.db, laws.ALWAYS, timedelta(hours=6))
        found += laws.strangers(self.db, self.town.book, timedelta(hours=6))
        if at_rest:
            found += laws.broken(self.db, laws.AT_REST, None)
        if self.did["ticks"] % 200 == 0:
            found += laws.broken(self.db, laws.NOW_AND_THEN, timedelta(days=2))
        self.checks += 1
        self._insist(found)

    def _insist(self, found: list[str]) -> None:
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
        strangers = laws.strangers(self.db, self.town.book, None)
        self._insist([*laws.broken(self.db, every, None), *strangers, *self._ledger()])

    def _tick_quietly(self) -> None:
        for _ in range(50):
            done = sum(self.jobs.run(name) for name in BEATS)
            self.jobs.sender.drain()
            if not done:
                return

    def _ledger(self) -> list[str]:
        """What phones were told is stored, what counts as sent was taken, and nothing went out twice without reason."""
        stored, sent = self.db.read_now(
            lambda tx: (
                set(tx.session.scalars(select(AnswerRow.occurrence_id))),
                set(tx.session.scalars(select(Message.id).where(Message.state == MessageState.SENT))),
            )
        )
        taken = {UUID(message) for provider in self.providers.values() for message in provider.taken}
        found = [f"an answer that was confirmed is gone: {lost}" for lost in set(self._received) - stored]
        found += [f"a message counts as sent that nobody took: {lost}" for lost in sent - taken]
        for provider in self.providers.values():
            for message, times in provider.taken.items():
                if times > 1 + provider.excused[message]:
                    found.append(f"a message went out {times} times over {provider.name}: {message}")
        return found

    # what people do

    def _as(self, who: Someone, work: Callable[[Tx], Any]) -> Any:
        """One request. What the database refused is tried again by the phone or the person, as in life."""

        def acting(tx: Tx) -> Any:
            tx.actor = who.actor
            return work(tx)

        if self.dice.random() < 0.03:
            self.statements.fail_at(self.dice.randint(1, 12))
        try:
            return self.db.write_now(acting)
        finally:
            self.statements.fail_at(None)

    def _try(self, what: str, who: Someone, work: Callable[[Tx], Any]) -> Any:
        try:
            found = self._as(who, work)
        except Refusal:
            self.did[f"{what}, refused"] += 1
            return None
        except Exception as error:
            if "disk I/O error" not in str(error):
                raise
            self.did[f"{what}, failed"] += 1
            self.at(self.clock.at + timedelta(seconds=20), lambda: self._try(what, who, work))
            return None
        self.did[what] += 1
        return found

    def _look_around(self) -> None:
        """Clients see check-ins that opened, staff hear their phones."""
        offered = select(Occurrence.id, Occurrence.client_id, Occurrence.closes_at).where(planning.IS_OPEN)
        for row in self.db.read_now(lambda tx: tx.session.execute(offered).all()):
            if row.id not in self._offered:
                self._offered.add(row.id)
                self._decide(self.town.clients[row.client_id], row.id, row.closes_at)
        for provider in self.providers.values():
            for address, data in provider.take_arrived():
                person = (
                    self.town.staff.get(UUID(address.removeprefix("phone of ")))
                    if " of " in address
                    else None
                )
                if person is not None and "case_id" in data and data["kind"] == "case_call":
                    self._wake(person, UUID(data["case_id"]))

    def _decide(self, client: Someone, checkin_id: UUID, closes_at: datetime) -> None:
        chance, window = self.dice.random(), closes_at - self.clock.at
        if chance < 0.2:
            return
        delay = (
            window * self.dice.random()
            if chance < 0.9
            else window + timedelta(minutes=self.dice.randint(1, 900))
        )
        self.at(self.clock.at + delay, lambda: self._answer(client, checkin_id, None))

    def _answer(self, client: Someone, checkin_id: UUID, again: AnswerIn | None) -> None:
        risky = self.dice.random() < 0.04
        kept: list[AnswerIn] = [again] if again else []

        def answer(tx: Tx) -> Any:
            facts = access.oneself(tx, Action.ANSWER_OWN)
            if not kept:
                asked = asking.find_or_begin(tx, facts, checkin_id, tx.now, None)
                kept.append(AnswerIn(answered_at=tx.now, answers=_answers(asked.items, risky, self.dice)))
            return answering.answer(tx, facts, checkin_id, kept[0])

        reply = self._try("answers again" if again else "answers", client, answer)
        if reply is None:
            return
        before = self._received.setdefault(checkin_id, reply.tier)
        self._insist([] if before == reply.tier else [f"the same answer was judged twice: {checkin_id}"])
        if again is None and self.dice.random() < 0.1:
            when = self.clock.at + timedelta(minutes=self.dice.randint(0, 3000))
            self.at(when, lambda: self._answer(client, checkin_id, kept[0]))

    def _wake(self, person: Someone, case_id: UUID) -> None:
        """A call arrived. At night most sleep through it; who wakes takes the case, if nobody has it yet."""
        missed = 0.95 if self.town.book.sleeps(person.id, self.clock.at) else 0.5
        if self.dice.random() < missed or case_id in self._woken:
            return
        self._woken.add(case_id)
        self.at(
            self.clock.at + timedelta(minutes=self.dice.randint(1, 8)), lambda: self._take(person, case_id)
        )

    def _take(self, person: Someone, case_id: UUID) -> None:
        self._woken.discard(case_id)
        if person.here and self._try("cases taken", person, lambda tx: acts.acknowledge(tx, case_id).id):
            self._later(2, 90, lambda: self._contact(person, case_id))

    def _contact(self, person: Someone, case_id: UUID) -> None:
        if not person.here or self.dice.random() < 0.1:  # forgot it: it lapses, and calling resumes
            return
        reached = self.dice.random() < 0.7

        def contact(tx: Tx) -> Any:
            return acts.record_contact(
                tx, case_id, ContactChannel.PHONE, None, reached=reached, note="Rang."
            ).id

        if not self._try("contacts", person, contact):
            return
        if reached and self.dice.random() < 0.05:
            self._try("contacts withdrawn", person, lambda tx: acts.withdraw_contact(tx, case_id).id)
        self._later(
            5, 120, lambda: self._close(person, case_id) if reached else self._contact(person, case_id)
        )

    def _close(self, person: Someone, case_id: UUID) -> None:
        if not person.here:
            return
        tomorrow = (self.clock.at + timedelta(days=1)).date()

        def close(tx: Tx) -> Any:
            return endings.close(
                tx, case_id, Disposition.SAFE_WITH_PLAN, "Safe now.", tomorrow
            ).awaiting_cosign

        if self._try("closings", person, close):
            other = self.dice.choice(self.town.of(Role.SUPERVISOR))
            agree = self.dice.random() < 0.8
            self._later(
                5,
                300,
                lambda: self._try(
                    "signatures", other, lambda tx: endings.cosign(tx, case_id, agree=agree, note=None).id
                ),
            )

    def _later(self, least: int, most: int, do: Callable[[], Any]) -> None:
        self.at(self.clock.at + timedelta(minutes=self.dice.randint(least, most)), lambda: do() and None)

    # what happens to everybody

    def _something_happens(self) -> None:
        """About every two hours one of these, whatever the size of the town."""
        self.at(self.clock.at + timedelta(minutes=self.dice.randint(20, 220)), self._something_happens)
        self.dice.choice(
            (
                self._help,
                self._help,
                self._travels,
                self._pauses,
                self._outage,
                self._workers_down,
                self._clock_steps,
                self._team_changes,
                self._leaves,
                self._goes_away,
            )
        )()

    def _help(self) -> None:
        client, help_id = self.dice.choice(list(self.town.clients.values())), uuid4()

        def ask(tx: Tx) -> Any:
            return client_side.ask_for_help(tx, help_id, "Please call.", main_line())

        first = self._try("cries for help", client, ask)
        again = self._try("cries for help again", client, ask)
        if first and again:
            self._insist([] if first.case_id == again.case_id else ["one cry for help became two cases"])

    def _travels(self) -> None:
        client, zone = self.dice.choice(list(self.town.clients.values())), self.dice.choice(ZONES)
        self.db.write_now(
            lambda tx: tx.connection.execute(update(Client).where(Client.id == client.id).values(zone=zone))
        )
        self.did["journeys"] += 1
        self.jobs.run("housekeeping")

    def _pauses(self) -> None:
        client = self.dice.choice(list(self.town.clients.values()))
        rows = select(ScheduleRow.id, ScheduleRow.state).where(ScheduleRow.client_id == client.id)
        row = self.db.read_now(lambda tx: tx.session.execute(rows).first())
        manager = client.team[CareRole.CASE_MANAGER]
        if row is None or not manager.here:
            return
        if row.state is ScheduleState.PAUSED:
            self._try("resumed", manager, lambda tx: schedules.resume(tx, client.id, row.id).id)
        else:
            until = self.clock.at + timedelta(hours=self.dice.randint(2, 80))
            self._try(
                "pauses", manager, lambda tx: schedules.pause(tx, client.id, row.id, Pause(until, "Away")).id
            )

    def _outage(self) -> None:
        self.dice.choice(list(self.providers.values())).outage(timedelta(minutes=self.dice.randint(5, 60)))
        self.did["outages"] += 1

    def _workers_down(self) -> None:
        """Every worker is gone for a while, and a new one comes."""
        self._down_until = self.clock.at + timedelta(minutes=self.dice.randint(2, 120))
        self.jobs.close()
        self.jobs = self._workers()
        self.did["workers killed"] += 1

    def _clock_steps(self) -> None:
        """The machine's clock is set forward, and back again later, by up to ten minutes."""
        self.clock.advance(minutes=self.dice.randint(-10, 10))
        self.did["clock steps"] += 1

    def _team_changes(self) -> None:
        client = self.dice.choice(list(self.town.clients.values()))
        supervisor, one = client.team[CareRole.SUPERVISOR], self.dice.choice(self.town.of(Role.CASE_MANAGER))
        new = CareSpellNew(role=CareRole.CASE_MANAGER, staff_id=one.id)
        if supervisor.here and self._try(
            "teams changed", supervisor, lambda tx: actions.set_care_role(tx, client.id, new) or True
        ):
            client.team[CareRole.CASE_MANAGER] = one

    def _goes_away(self) -> None:
        """A case manager takes some days off; half of them name somebody who stands in."""
        one, other = self.dice.sample(self.town.of(Role.CASE_MANAGER), 2)
        instead = other.id if self.dice.random() < 0.5 else None
        leave = leave_of(one.id, instead, self.dice, self.clock.at)
        if self._try("vacations", one, lambda tx: acts_of_duty.add_absence(tx, leave).id) and instead:
            self.town.book.away.append((leave.from_at, leave.to_at, instead))

    def _leaves(self) -> None:
        """A case manager leaves for good; at least two stay."""
        managers, admin = self.town.of(Role.CASE_MANAGER), self.town.of(Role.ADMINISTRATOR)[0]
        if len(managers) < 3 or self.dice.random() < 0.7:
            return
        one = self.dice.choice(managers)
        if self._try("staff left", admin, lambda tx: actions.staff_leaves(tx, one.id) or True):
            one.here = False


def _answers(items: tuple[Item, ...], risky: bool, dice: Random) -> dict[str, Any]:
    """A calm day, or one that shows something."""
    given: dict[str, Any] = {}
    for item in items:
        if dice.random() < 0.05 and not item.risk:
            continue
        match item.kind:
            case ItemKind.YES_NO:
                given[item.key] = risky
            case ItemKind.SCALE | ItemKind.NUMBER:
                low, high = item.min or 0, item.max if item.max is not None else 10
                given[item.key] = (
                    int(low if item.sign_id else high) if not risky else int(high if item.sign_id else low)
                )
            case ItemKind.SINGLE:
                given[item.key] = (item.options[-1] if risky else item.options[0]).value
            case ItemKind.MULTIPLE:
                given[item.key] = []
            case _:
                given[item.key] = "Words"
    return given
