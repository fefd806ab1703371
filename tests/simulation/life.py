"""Days in the town: one seed gives one sequence of what people do and what goes wrong."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update

from checkins import schedules
from checkins.models import ScheduleRow, ScheduleState
from checkins.schemas import Pause
from crisisplans.queries import main_line
from notifications.escalations import client_side
from notifications.escalations.oncall import acts as acts_of_duty
from notifications.escalations.oncall import leaving
from server.core.db import Tx
from server.people import actions, sessions
from server.people.models import Client
from server.people.schemas import CareSpellNew
from server.people.terms import CareRole, Role
from tests.simulation.duty import leave_of
from tests.simulation.people import People
from tests.simulation.town import ZONES


class Life(People):
    """One run of ordinary days, with what happens to everybody in them."""

    def live(self, days: float) -> None:
        """So many days, from the first hour with something that happens."""
        self.at(self.clock.at + timedelta(hours=1), self._something_happens)
        self.run(days)

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

        first = self.attempt("cries for help", client, ask)
        again = self.attempt("cries for help again", client, ask)
        if first and again:
            self.insist([] if first.case_id == again.case_id else ["one cry for help became two cases"])

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
            self.attempt("resumed", manager, lambda tx: schedules.resume(tx, client.id, row.id).id)
        else:
            until = self.clock.at + timedelta(hours=self.dice.randint(2, 80))
            self.attempt(
                "pauses", manager, lambda tx: schedules.pause(tx, client.id, row.id, Pause(until, "Away")).id
            )

    def _outage(self) -> None:
        self.dice.choice(list(self.providers.values())).outage(timedelta(minutes=self.dice.randint(5, 60)))
        self.did["outages"] += 1

    def _workers_down(self) -> None:
        """Every worker ends in good order, and after a while a new one comes."""
        self._down_until = self.clock.at + timedelta(minutes=self.dice.randint(2, 120))
        self.jobs.close()
        self.jobs = self._workers()
        self.did["workers stopped"] += 1

    def _clock_steps(self) -> None:
        """The machine's clock is set forward, and back again later, by up to ten minutes."""
        self.clock.advance(minutes=self.dice.randint(-10, 10))
        self.did["clock steps"] += 1

    def _team_changes(self) -> None:
        client = self.dice.choice(list(self.town.clients.values()))
        supervisor, one = client.team[CareRole.SUPERVISOR], self.dice.choice(self.town.of(Role.CASE_MANAGER))
        new = CareSpellNew(role=CareRole.CASE_MANAGER, staff_id=one.id)

        def known(_: Any) -> None:
            client.team[CareRole.CASE_MANAGER] = one

        if supervisor.here:
            self.attempt(
                "teams changed", supervisor, lambda tx: actions.set_care_role(tx, client.id, new), known
            )

    def _goes_away(self) -> None:
        """A case manager takes some days off; half of them name somebody who stands in."""
        one, other = self.dice.sample(self.town.of(Role.CASE_MANAGER), 2)
        instead = other.id if self.dice.random() < 0.5 else None
        leave = leave_of(one.id, instead, self.dice, self.clock.at)

        def known(_: Any) -> None:
            if instead:
                self.town.book.away.append((leave.from_at, leave.to_at, instead))

        self.attempt("vacations", one, lambda tx: acts_of_duty.add_absence(tx, leave), known)

    def _leaves(self) -> None:
        """A case manager leaves for good; at least two stay."""
        managers, admin = self.town.of(Role.CASE_MANAGER), self.town.of(Role.ADMINISTRATOR)[0]
        if len(managers) < 3 or self.dice.random() < 0.7:
            return
        one = self.dice.choice(managers)

        def known(_: Any) -> None:
            one.here = False

        def leave(tx: Tx) -> None:
            token = sessions.start(tx, programme_id=self.town.programme_id, staff_id=admin.id)
            tx.actor = sessions.authenticate(tx, token)  # who has just signed in has shown who they are
            leaving.staff_leaves(tx, one.id)

        self.attempt("staff left", admin, leave, known)
