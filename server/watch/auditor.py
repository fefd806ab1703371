"""The auditor's rounds: look, write down, ping the dead-man address, tell the operators; then wait."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from typing import TypeVar

from sqlalchemy import Engine

from server.core.engines import DatabaseUnusable, embedded_engine, server_engine
from server.core.settings import Settings, SettingsError
from server.core.vault import Keys
from server.watch import deadman, mail, memory, nodes, telling
from server.watch.findings import Finding, Rule, in_one_line, merged
from server.watch.look import Place, Synthetic, clock_of, look
from server.watch.telling import Pace

log = logging.getLogger("handrail.watch")

T = TypeVar("T")

LOOK_LASTS = 20.0
"""Seconds that a look may take; a database that takes longer cannot be seen."""

PING_LASTS = 15.0
"""Seconds that a ping may take in all."""

MAIL_LASTS = 60.0
"""Seconds that mail to the operators may take in all."""

NOBODY = "nobody would hear of it: set deadman_url, or operators and smtp_host"


class Limited:
    """Runs one piece of work at a time and waits for it no longer than `seconds`; what hangs, hangs alone."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._thread: threading.Thread | None = None

    def run(self, work: Callable[[], T]) -> T:
        """The work's result or error. TimeoutError: it, or the one before it, has not come to an end."""
        if self._thread is not None and self._thread.is_alive():
            raise TimeoutError
        box: SimpleQueue[Callable[[], T]] = SimpleQueue()

        def do() -> None:
            try:
                result = work()
            except BaseException as error:
                caught = error
                box.put(lambda: _raise(caught))
            else:
                box.put(lambda: result)

        self._thread = threading.Thread(target=do, daemon=True)
        self._thread.start()
        self._thread.join(self._seconds)
        if box.empty():
            raise TimeoutError
        return box.get()()


def _raise(error: BaseException) -> T:  # pyright: ignore[reportInvalidTypeVarUse]  it never returns one
    raise error


def opener(settings: Settings) -> Callable[[], Engine]:
    """Opens the database anew for each look, so that a look also tells whether it can still be opened."""
    if not settings.embedded:
        return lambda: server_engine(settings.database, pool_size=1)
    key = Keys.read(settings.keys_path).database
    file = settings.data / "handrail.db"

    def embedded() -> Engine:
        if not file.exists():  # opening would make an empty one
            raise DatabaseUnusable(f"there is no database at {file}")
        return embedded_engine(file, key)

    return embedded


class Auditor:
    """One auditor. `round` is one look with all that follows from it; `watch` goes on until told to stop."""

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._settings, self._pace = settings, pace
        self._open = opener(settings)
        self._place = Place()
        self._synthetic = Synthetic(tuple(settings.sinks), timedelta(minutes=settings.sink_minutes))
        self._nodes = [nodes.Node(address) for address in settings.node_addresses]
        self._looking = Limited(LOOK_LASTS)
        self._pinging, self._mailing = Limited(PING_LASTS), Limited(MAIL_LASTS)
        self._matters = telling.without_others(memory.read(settings.data), settings.operator_addresses)

    def watch(self, stopped: threading.Event) -> None:
        """Go round until `stopped`. Refuses to start where nobody would hear."""
        if not (self._settings.deadman_url or self._settings.operator_addresses):
            raise SettingsError(NOBODY)
        while not stopped.is_set():
            began = time.monotonic()
            findings = self.find()
            self.ping(findings)
            self.tell(findings, datetime.now(UTC))
            unseen = any(finding.rule is Rule.DATABASE for finding in findings)
            pause = self._pace.soon if unseen else self._pace.interval
            stopped.wait(max(began + pause.total_seconds() - time.monotonic(), 0))

    def find(self, *, everything: bool = False) -> list[Finding]:
        """What does not hold now; with `everything` all schedules are walked, not only the next slice."""
        try:
            findings = self._looking.run(lambda: self._look(everything))
        except Exception as error:  # whatever it is, we cannot see: that is a finding by itself
            findings = [Finding(rule=Rule.DATABASE, about=type(error).__name__)]
        findings = merged([*findings, *self._silent_nodes()])
        for finding in findings:
            log.error("does not hold: %s", in_one_line(finding))
        return findings

    def _silent_nodes(self) -> list[Finding]:
        return [Finding(rule=Rule.WEB, about=nodes.shown(each)) for each in nodes.silent(self._nodes)]

    def _look(self, everything: bool) -> list[Finding]:
        engine = self._open()
        try:
            with engine.execution_options(deferred=True, postgresql_readonly=True).connect() as connection:
                now, found = clock_of(connection)
                found += look(connection, self._place, now, self._pace.allowed, self._synthetic)
                while everything and not self._place.at_the_start:
                    found += look(connection, self._place, now, self._pace.allowed)
                return merged(found)
        finally:
            engine.dispose()

    def ping(self, findings: list[Finding]) -> None:
        """Tell the dead-man address; what fails is tried again at the next round."""
        url = self._settings.deadman_url
        if not url:
            return
        try:
            self._pinging.run(lambda: deadman.ping(url, findings))
        except (deadman.PingFailed, TimeoutError) as error:
            log.warning("the dead-man address was not reached: %s", error or "no answer")

    def tell(self, findings: list[Finding], now: datetime) -> None:
        """Mail the operators what they have to hear now."""
        before, found = self._matters, {finding.rule: finding for finding in findings}
        self._matters = telling.after_look(before, found, now)
        self._mail_alarms(found, now)
        self._mail_recoveries(now)
        if self._matters != before and self._settings.operator_addresses:
            memory.write(self._settings.data, self._matters)

    def _mail_alarms(self, found: Mapping[Rule, Finding], now: datetime) -> None:
        rules_for = telling.to_tell(self._matters, self._settings.operator_addresses, now)
        mails = {
            operator: (
                f"Handrail: {', '.join(rules)}",
                mail.alarm(self._settings, rules, self._matters, found),
            )
            for operator, rules in rules_for.items()
        }
        for operator in self._sent(mails):
            self._matters = telling.told(self._matters, operator, rules_for[operator], now)

    def _mail_recoveries(self, now: datetime) -> None:
        rules_for = telling.recovered(self._matters, now, self._pace)
        mails = {
            operator: (
                f"Handrail: recovered: {', '.join(rules)}",
                mail.all_clear(self._settings, rules, self._matters),
            )
            for operator, rules in rules_for.items()
        }
        for operator in self._sent(mails):
            self._matters = telling.closed(self._matters, operator, rules_for[operator])

    def _sent(self, mails: dict[str, tuple[str, str]]) -> list[str]:
        """Send the mails; returns who was reached. Whoever was not is tried again at the next round."""
        if not mails:
            return []
        try:
            failed = self._mailing.run(lambda: mail.send(self._settings, mails))
        except TimeoutError:
            failed = dict.fromkeys(mails, "no answer")
        for number, why in enumerate(failed.values(), start=1):
            log.error("an operator was not told (%d of %d): %s", number, len(mails), why)
        return [operator for operator in mails if operator not in failed]


def pace_of(interval: float, allowed: float) -> Pace:
    """The pace in seconds."""
    return Pace(interval=timedelta(seconds=interval), allowed=timedelta(seconds=allowed))
