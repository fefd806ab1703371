"""A programme with one client, Noor, with Mara, Ben and Sol: small, and made by the service's own verbs."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

from checkins import schedules
from checkins.schedule import Frequency, Recurrence
from checkins.schemas import ScheduleIn
from crisisplans.queries import main_line
from notifications.delivery import devices
from notifications.delivery.channels.base import Envelope
from notifications.delivery.models import ChannelName
from notifications.delivery.outcomes import GoneAddress, Outcome, Sent
from notifications.delivery.schemas import FcmDeviceIn
from notifications.delivery.sounding import Sinks
from notifications.escalations import client_side
from server.core.db import Database, Tx
from server.people import actions, sessions
from server.people.schemas import CareSpellNew, ClientNew
from server.people.terms import CareRole, RiskLevel, Role
from server.worker import Jobs
from tests.clock import MovableClock
from tests.simulation.town import Someone, Town, settle

ZONE = "America/Chicago"
SINKS = Sinks(addresses={ChannelName.FCM: "phone of the sink"})
BEATS = ("open_due", "remind_due", "close_missed", "climb_due")


@dataclass
class Post:
    """A provider that takes everything, save for addresses that are gone. Both channels of staff are of this kind."""

    name: str
    gone: set[str] = field(default_factory=set)
    taken: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, envelope: Envelope) -> Outcome:
        """Take it."""
        with self._lock:
            if envelope.address in self.gone:
                return GoneAddress("unregistered")
            self.taken[f"{envelope.address} {envelope.data.get('kind')} {envelope.message_id}"] += 1
            return Sent(envelope.message_id)

    def close(self) -> None:
        """Nothing is open."""


class Riverside:
    """The programme with one client, and what people and workers do there."""

    def __init__(self, db: Database, clock: MovableClock) -> None:
        self.db, self.clock = db, clock
        self.town: Town = settle(db, Random(1), clients=0, staff=6)
        self.posts = {name: Post(name.value) for name in (ChannelName.FCM, ChannelName.EMAIL)}
        self.mara, self.ben = self.town.of(Role.CASE_MANAGER)[:2]
        self.sol = self.town.of(Role.SUPERVISOR)[0]
        self.noor = self.client("Noor", RiskLevel.HIGH)

    def client(self, name: str, risk: RiskLevel) -> Someone:
        """A client of Mara, Ben and Sol with a phone."""

        def arrive(tx: Tx) -> Someone:
            tx.actor = self.mara.actor
            client_id = actions.create_client(tx, ClientNew(name=name, zone=ZONE, risk_level=risk)).id
            for role, who in ((CareRole.BACKUP, self.ben), (CareRole.SUPERVISOR, self.sol)):
                actions.set_care_role(tx, client_id, CareSpellNew(role=role, staff_id=who.id))
            token = sessions.start(tx, programme_id=self.town.programme_id, client_id=client_id)
            tx.seen.clear()
            tx.actor = sessions.authenticate(tx, token)
            devices.register(tx, uuid4(), FcmDeviceIn(token=f"phone of {client_id}"))
            return Someone(tx.actor, name)

        return self.db.write_now(arrive)

    def as_(self, who: Someone, work: Callable[[Tx], Any]) -> Any:
        """One request."""

        def acting(tx: Tx) -> Any:
            tx.actor = who.actor
            return work(tx)

        return self.db.write_now(acting)

    def asks(
        self, at: str, *, window: int = 60, reminders: tuple[int, ...] = (), who: Someone | None = None
    ) -> UUID:
        """A daily check-in at this wall time; gives the schedule."""
        rhythm = Recurrence(frequency=Frequency.DAILY, times=(at,))
        new = ScheduleIn(
            recurrence=rhythm, window_minutes=window, reminders=reminders, starts_on=self.clock.at.date()
        )
        client = who or self.noor
        return self.as_(self.mara, lambda tx: schedules.create(tx, client.id, new).id)

    def calls_for_help(self) -> UUID:
        """Noor's cry for help; gives the case."""
        asked = self.as_(
            self.noor, lambda tx: client_side.ask_for_help(tx, uuid4(), "Please call.", main_line())
        )
        return asked.case_id

    def work(self, *names: str) -> None:
        """These jobs until they find nothing more, and everything that was taken up recorded."""
        jobs = Jobs(self.db, self.posts, SINKS)
        run(jobs, names)
        jobs.close()


def run(jobs: Jobs, names: tuple[str, ...]) -> None:
    """Ticks until nothing is due at this instant."""
    for _ in range(30):
        done = sum(jobs.run(name) for name in names)
        jobs.sender.drain()
        if not done:
            return
    raise AssertionError("the jobs never came to rest")
