"""Push, the only channel here, is down for half an hour: once in simulated time, once in real time.

The provider is the stand-in on its socket, reached by the genuine library. While it is down nobody listens there. In
simulated time the jobs run in this process; in real time web nodes and workers are processes of their own.
"""

import logging
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

from msgspec.structs import replace
from sqlalchemy import select

from crisisplans.queries import main_line
from notifications.delivery.channels.base import Envelope
from notifications.delivery.channels.fcm import FcmChannel
from notifications.delivery.models import ChannelName
from notifications.delivery.outcomes import Outcome
from notifications.escalations import client_side
from notifications.escalations.models import Case, CaseEvent, EventKind
from server import migrations
from server.core.db import Database, Tx, embedded_engine, server_engine
from server.core.vault import Keys, Vault
from server.worker import Jobs
from tests.clock import MovableClock
from tests.fakes.fcm import Delivery, FcmServer
from tests.processes import wait_for
from tests.reliability.clusters import cluster
from tests.reliability.laws import Fault, look
from tests.reliability.phones import AT_ONCE, Phones
from tests.reliability.plan import at_home
from tests.reliability.riverside import BEATS, run
from tests.reliability.scenarios import called_for
from tests.reliability.site import Node
from tests.simulation import laws as town_laws
from tests.simulation.town import Someone, settle

LENGTH, STEP = timedelta(minutes=30), timedelta(seconds=30)


@dataclass
class Waited:
    """What came of it. Times are simulated seconds since the provider came back."""

    broken: list[str] = field(default_factory=list)
    cases: int = 0
    owed: int = 0
    first: float = -1.0
    last: float = -1.0
    calls: int = 0
    twice: int = 0


class Push(FcmChannel):
    """The genuine channel, to phones whose tokens have no blanks, as the town's have."""

    def send(self, envelope: Envelope) -> Outcome:
        """One try."""
        return super().send(replace(envelope, address=envelope.address.replace(" ", "-")))


def half_an_hour(db: Database, clock: MovableClock, cases: int = 40, step: timedelta = STEP) -> Waited:
    """Half the cases are open when the provider goes, the others come while it is away."""
    clients = list(settle(db, Random(1), clients=cases, staff=8).clients.values())
    waited = Waited(cases=cases)
    with FcmServer() as fcm:
        channel = Push(fcm.service_account(), base_url=fcm.base_url, timeout=5.0)
        jobs = Jobs(db, {ChannelName.FCM: channel})
        _ask(db, clients[: cases // 2])
        run(jobs, (*BEATS, "send_due"))
        before = len(_arrived(fcm))
        fcm.go_away()
        began, coming = clock.at, iter(clients[cases // 2 :])
        while clock.at < began + LENGTH:
            clock.set(clock.at + step)
            _ask(db, [each for each in (next(coming, None),) if each is not None])
            run(jobs, (*BEATS, "send_due"))
            waited.broken += town_laws.broken(db, town_laws.ALWAYS, None)
        waited.broken += db.read_now(lambda tx: _climbed(tx, began))
        fcm.come_back()
        _after(db, clock, jobs, lambda: _arrived(fcm)[before:], waited)
        waited.broken += _doubled(_arrived(fcm), waited)
    jobs.close()
    channel.close()
    waited.broken += town_laws.broken(db, (*town_laws.ALWAYS, *town_laws.NOW_AND_THEN), None)
    return waited


def _after(
    db: Database, clock: MovableClock, jobs: Jobs, arrived: Callable[[], list[Delivery]], waited: Waited
) -> None:
    back = clock.at
    open_cases = set(db.read_now(lambda tx: tx.session.scalars(select(Case.id)).all()))
    waited.owed = len(open_cases)
    while clock.at < back + timedelta(minutes=15):
        run(jobs, (*BEATS, "send_due"))
        heard = {each.message["data"].get("case_id") for each in arrived()}
        if heard and waited.first < 0:
            waited.first = (clock.at - back).total_seconds()
        if {str(one) for one in open_cases} <= heard:
            waited.last = (clock.at - back).total_seconds()
            return
        clock.advance(seconds=1)
    waited.broken.append("a case was not called for within a quarter of an hour of the provider's return")


EARLY, MEANWHILE, CALM = 10, 60, 30
"""Clients in need before the provider goes, those in need while it is away, and calm answers meanwhile."""


LONG_ENOUGH = 300.0
"""Seconds after which health has to have spoken: two minutes after the first case that came meanwhile."""


def really_told(kind: str, minutes: float) -> tuple[list[str], list[str]]:
    """Figures, and broken laws, of real processes that wait for real minutes."""
    with at_home(kind) as (here, _):
        fcm = here.home.fcm
        early = Phones(here).prepare(EARLY, 0).start()
        wait_for("the first cases", early.through)
        pause = 0.9 * AT_ONCE * minutes * 60 / (MEANWHILE + CALM)
        meanwhile = Phones(here, pause=pause).prepare(MEANWHILE, CALM)
        fcm.go_away()
        gone_at = time.monotonic()
        meanwhile.start()
        told_after, broken = _health_until(here.webs[0], gone_at, minutes * 60)
        fcm.come_back()
        back_at = time.monotonic()
        meanwhile.stop()
        everybody = Phones(here, [*early.asked, *meanwhile.asked])
        try:
            wait_for("everybody to be called for", lambda: called_for(here, everybody) and here.well(), 300)
        except AssertionError as late:
            broken.append(str(late))
        first = min((each.at / 1e9 for each in _arrived(fcm) if each.at / 1e9 >= back_at), default=back_at)
        found = look(here, everybody, Fault(gone_at, back_at, doubles=False))
        cases, last = len(everybody.acked(risk=True)), max(0.0, found.last_call - found.lasted)
        return [
            f"  {cases} cases, {EARLY} of them from before; {found.requests} requests answered meanwhile",
            f"  /health/escalations said after {told_after:.0f} s that nobody is reached",
            f"  first call {first - back_at:.0f} s after the return, each case called for by {last:.0f} s",
            f"  {found.calls} calls arrived, {found.twice} of them a second time",
        ], broken + found.broken


def _health_until(web: Node, gone_at: float, seconds: float) -> tuple[float, list[str]]:
    """After how many seconds /health/escalations said that nobody is reached; and broken laws.

    The ladder waits for no provider, so no case is late meanwhile.
    """
    told_after, broken = 0.0, list[str]()
    while (after := time.monotonic() - gone_at) < seconds:
        said = web.said("/health/escalations")
        if said.get("late_cases") != 0:
            broken.append(f"a case stood still {after:.0f} s after the provider had gone: {said}")
        if said.get("unheard_cases") and not told_after:
            told_after = after
        time.sleep(5)
    if not told_after and seconds > LONG_ENOUGH:
        broken.append("/health/escalations never said that nobody is reached")
    return told_after, broken


def _arrived(fcm: FcmServer) -> list[Delivery]:
    return [each for each in fcm.deliveries if "case_id" in each.message["data"]]


def _doubled(arrived: list[Delivery], waited: Waited) -> list[str]:
    times = Counter(each.message["data"]["message"] for each in arrived)
    waited.calls, waited.twice = len(arrived), sum(number - 1 for number in times.values())
    return [f"a message came {number} times" for number in times.values() if number > 1]


def _climbed(tx: Tx, began: datetime) -> list[str]:
    """While nobody could be reached, each case went on calling: the ladder waits for no provider."""
    called = select(CaseEvent.case_id).where(CaseEvent.kind == EventKind.CALLED, CaseEvent.at >= began)
    climbed = set(tx.session.scalars(called))
    return [f"a case stood still: {one}" for one in tx.session.scalars(select(Case.id)) if one not in climbed]


def _ask(db: Database, clients: list[Someone]) -> None:
    for each in clients:

        def ask(tx: Tx, each: Someone = each) -> None:
            tx.actor = each.actor
            client_side.ask_for_help(tx, uuid4(), None, main_line())

        db.write_now(ask)


def told(kind: str) -> tuple[list[str], list[str]]:
    """Figures, and broken laws, on a database of its own."""
    with ExitStack() as behind:
        folder = Path(behind.enter_context(tempfile.TemporaryDirectory(prefix="handrail-rel-")))
        keys, clock = Keys.fresh(), MovableClock()
        if kind == "sqlite":
            engine = embedded_engine(folder / "handrail.db", keys.database)
        else:
            engine = server_engine(behind.enter_context(cluster()).address)
        migrations.upgrade(engine)
        db = Database(engine, Vault(keys), clock=clock)
        behind.callback(db.close)
        logging.disable(logging.CRITICAL)  # each try in vain is logged
        behind.callback(logging.disable, logging.NOTSET)
        found = half_an_hour(db, clock)
        return [
            f"  {found.cases} cases, half of them opened while it was gone; {found.owed} were called for at its return",
            f"  first call {found.first:.0f} s after the return, each case called by {found.last:.0f} s (simulated)",
            f"  {found.calls} calls arrived, {found.twice} of them a second time",
        ], found.broken
