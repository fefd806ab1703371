"""The worker: a metronome over jobs that find their work in the database.

APScheduler only beats time. Each job claims what is due in bounded batches, so it may be late, run twice, or run on
ten nodes at once. A guard on the monotonic clock starts the metronome anew when the wall clock was set back, or when
any one job falls silent (a connection that hangs), and failing that ends the process for its supervisor to restart.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from checkins import jobs as checkin_jobs
from notifications.delivery import outbox, sounding
from notifications.delivery.channels.base import Channel
from notifications.delivery.models import ChannelName
from notifications.delivery.sending import Sender
from notifications.delivery.sounding import Sinks
from notifications.escalations import jobs as case_jobs
from notifications.escalations.oncall import days, findings, silences
from server import set_back
from server.core import audit
from server.core.db import Database, Tx
from server.people import throttle
from server.worker_models import JobRun

log = logging.getLogger("handrail.worker")

Job = Callable[[], int]

STEP = 1.0
"""Seconds by which the wall clock may move against the monotonic one before that counts as a step."""

BATCHES = 20
"""A job goes on while there is work, this many batches at the most, then lets the others have a turn."""

SEALS = 400
"""Links added to the audit chain at the most; a busy minute leaves forty thousand rows, 250 for each."""


class Jobs:
    """The jobs of one node by name. Each returns how many items it handled; failures are logged."""

    def __init__(
        self, db: Database, channels: Mapping[ChannelName, Channel], sinks: Sinks | None = None
    ) -> None:
        self.db = db
        self.sinks = sinks or Sinks()
        self.sender = Sender(db, channels, self.sinks.addresses)
        self.every: dict[str, tuple[float, Job]] = {
            "send_due": (0.25, self.sender.send_due),
            "climb_due": (0.5, lambda: case_jobs.climb_due(db)),
            "open_due": (1.0, lambda: checkin_jobs.open_due(db)),
            "remind_due": (5.0, lambda: checkin_jobs.remind_due(db)),
            "close_missed": (5.0, lambda: checkin_jobs.close_missed(db)),
            "housekeeping": (60.0, self._housekeeping),
        }
        self._noted: dict[str, tuple[float, float]] = {}
        self._walk, self._too_far = checkin_jobs.Walk(), set_back.TooFarAhead()
        self.alive: Callable[[str], None] = lambda _: None
        """Told the name of a job after each of its batches: a long run of short batches is no silence."""

    def run(self, name: str) -> int:
        """Run one job until it finds nothing more (within its share), and note that it finished."""
        _, job = self.every[name]
        total = 0
        try:
            for _ in range(BATCHES):
                done = job()
                self.alive(name)
                total += done
                if not done:
                    break
        except (
            Exception
        ) as error:  # the next beat tries again; what was claimed comes back when its lease lapses
            log.error("job %s failed: %s", name, type(error).__name__)
            return total
        self._note(name, total)
        return total

    def _note(self, name: str, items: int) -> None:
        """Write the finish down, at most every ten seconds a job: health looks at minutes, not beats.

        After a step of the wall clock it is written at once: by this a step back is known (server/set_back.py).
        """
        at, led = self._noted.get(name, (-60.0, 0.0))
        if time.monotonic() - at < 10 and abs(_wall_leads() - led) < STEP:
            return
        try:
            self.db.write_now(lambda tx: _finished(tx, name, items))
            self._noted[name] = (time.monotonic(), _wall_leads())
        except Exception as error:
            log.error("job %s could not be noted: %s", name, type(error).__name__)

    def _housekeeping(self) -> int:
        """Each task by itself: one that fails keeps no other from its turn, and the job counts as failed."""
        tasks: tuple[Callable[[], object], ...] = (
            lambda: self._too_far.look(self.db),
            self._seal_the_trail,
            lambda: self.db.write_now(throttle.clean),
            lambda: self.db.write_now(outbox.clean),
            lambda: checkin_jobs.housekeeping(self.db, self._walk),
            lambda: findings.look_ahead(self.db),
            lambda: silences.look_at_duty(self.db),
            lambda: days.tell_days(self.db),
            lambda: self.db.write_now(lambda tx: sounding.sound(tx, self.sinks)),
        )
        failed: Exception | None = None
        for task in tasks:
            try:
                task()
            except Exception as error:
                log.error("a task of housekeeping failed: %s", type(error).__name__)
                failed = error
            self.alive("housekeeping")
        if failed is not None:
            raise failed
        return 0

    def _seal_the_trail(self) -> None:
        for _ in range(SEALS):
            sealed = self.db.write_now(audit.seal)
            self.alive("housekeeping")
            if not sealed:
                break

    def close(self) -> None:
        """Wait for sends in flight and let go."""
        self.sender.close()


def _finished(tx: Tx, name: str, items: int) -> None:
    set_back.catch_up(tx)
    row = {"finished_at": tx.now, "items": items}
    statement = tx.upsert(JobRun).values(job=name, failures=0, **row)
    tx.session.execute(statement.on_conflict_do_update(index_elements=[JobRun.job], set_=row))


class Worker:
    """The metronome and its guard. `start` returns at once; `stop` finishes what runs."""

    SILENT = 30.0
    """Seconds that any job may be late before the guard acts, on top of its own interval."""

    LOOK = 2.0
    """Seconds between two looks of the guard."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self._beats: dict[str, float] = {}
        jobs.alive = self._alive
        self._stopping = threading.Event()
        self._scheduler: Any = self._new_scheduler()
        self._guard = threading.Thread(target=self._watch, name="metronome-guard", daemon=True)

    def _new_scheduler(self) -> Any:
        scheduler: Any = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(len(self.jobs.every))},
            timezone="UTC",
        )
        for name, (seconds, _) in self.jobs.every.items():
            scheduler.add_job(
                self._beat,
                "interval",
                seconds=seconds,
                next_run_time=datetime.now(UTC),
                args=[name],
                id=name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        return scheduler

    def _beat(self, name: str) -> None:
        self.jobs.run(name)
        self._alive(name)

    def _alive(self, name: str) -> None:
        self._beats[name] = time.monotonic()

    def start(self) -> None:
        """Begin to beat; the first round runs at once."""
        for name in self.jobs.every:
            self._alive(name)
        self._scheduler.start()
        self._guard.start()

    def stop(self) -> None:
        """Stop beating, finish what runs, wait for sends in flight."""
        self._stopping.set()
        if self._guard.is_alive():
            self._guard.join()  # it may be starting the metronome anew at this moment
        self._scheduler.shutdown(wait=True)
        self.jobs.close()

    def silent(self) -> list[str]:
        """The jobs that have not come to the end of a batch for longer than they may."""
        now, every = time.monotonic(), self.jobs.every
        return [name for name, at in self._beats.items() if now - at > self.SILENT + every[name][0]]

    def _watch(self) -> None:
        try:
            self._look_after_the_beats()
        except Exception as error:
            # Without its guard a metronome that stops would stay silent.
            log.critical("the guard failed; ending the process for its supervisor: %s", type(error).__name__)
            os._exit(70)

    def _look_after_the_beats(self) -> None:
        rearmed_at: float | None = None
        wall_leads = _wall_leads()
        while not self._stopping.wait(self.LOOK):
            led, wall_leads = wall_leads, _wall_leads()
            silent = self.silent()
            if wall_leads < led - STEP:
                # Every next beat lies as far ahead as the clock went back: it is not waited for.
                log.warning("the machine's clock was set back; starting the metronome anew")
                self._rearm()
            elif not silent:
                rearmed_at = None
            elif rearmed_at is None:
                log.error("the metronome is silent; starting it anew: %s", ", ".join(silent))
                self._rearm()
                rearmed_at = time.monotonic()
            elif time.monotonic() - rearmed_at > self.SILENT:
                log.critical(
                    "the metronome stays silent; ending the process for its supervisor: %s", ", ".join(silent)
                )
                os._exit(70)

    def _rearm(self) -> None:
        self._scheduler.shutdown(wait=False)
        self._scheduler = self._new_scheduler()
        self._scheduler.start()


def _wall_leads() -> float:
    """Seconds by which the wall clock is ahead of the monotonic one; less than before when it was set back."""
    return time.time() - time.monotonic()
