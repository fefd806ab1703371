"""An installation whose auditor runs, with a dead-man address and a mail relay to hear it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from notifications.delivery.models import ChannelName, Message, MessageState
from notifications.escalations.models import Case
from server import health
from server.core.db import Tx
from server.core.vault import Keys
from server.worker_models import JobRun
from tests.fakes.deadman import DeadManServer, Ping
from tests.fakes.smtp import SmtpServer
from tests.processes import Installation, installed, wait_for

OPERATOR = "sol@ops.example"


@dataclass
class Watched:
    """The installation, and who hears its auditor."""

    home: Installation
    deadman: DeadManServer
    relay: SmtpServer

    def audit(self, *options: str) -> "subprocess.Popen[bytes]":
        """Start the auditor as its own process, a look a second."""
        environment = {**os.environ, **self.home.environment}
        arguments = [sys.executable, "-m", "server.watch", "--interval", "1", *options]
        with (self.home.folder / f"auditor-{len(self.home.running)}.log").open("wb") as log:
            process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
        self.home.running.append(process)
        return process

    def all_holds(self, seconds: float = 30) -> Ping:
        """Wait for a ping of now that says so."""
        since = time.monotonic()
        wait_for("a ping", lambda: [p for p in self.deadman.good() if p.at > since], seconds)
        return self.deadman.good()[-1]

    def alarm(self, word: str, seconds: float = 30) -> Ping:
        """Wait for the dead-man address to hear of this, and see that no ping said meanwhile that all holds."""
        since = time.monotonic()
        heard: Ping = wait_for(f"the alarm {word}", lambda: self.deadman.failed(word, since), seconds)[0]
        looks = len(self.deadman.pings)
        wait_for("another look", lambda: len(self.deadman.pings) > looks)
        assert not [ping for ping in self.deadman.good() if ping.at > heard.at]
        return heard

    def jobs_finished_a_minute_ago(self) -> None:
        """The minute is over in which a worker that is gone had just finished: nobody waits for it here."""

        def earlier(tx: Tx) -> None:
            for row in tx.session.query(JobRun):
                row.finished_at -= timedelta(seconds=61)

        self.home.db.write_now(earlier)

    def mail_is_out(self) -> None:
        """Wait until no mail is on its way: the relay works, and on a busy machine it takes its time."""
        waiting = select(Message.id).where(
            Message.channel == ChannelName.EMAIL, Message.state != MessageState.SENT
        )
        wait_for("the mail", lambda: not self.home.db.read_now(lambda tx: tx.session.scalars(waiting).all()))

    def called_a_minute_ago(self) -> None:
        """The minute is over that a call may take."""

        def earlier(tx: Tx) -> None:
            minute = timedelta(seconds=61)
            for case in tx.session.query(Case.id, Case.opened_at):
                changed = update(Case).where(Case.id == case.id).values(opened_at=case.opened_at - minute)
                tx.session.execute(changed)
            for message in tx.session.query(Message.id, Message.created_at):
                at = {"created_at": message.created_at - minute}
                tx.session.execute(update(Message).where(Message.id == message.id).values(**at))

        self.home.db.write_now(earlier)

    def jobs_are_fresh(self) -> None:
        """As if a worker had just finished each job."""

        def finished(tx: Tx) -> None:
            tx.session.execute(text("delete from job_runs"))
            for job in health.JOBS:
                tx.session.add(JobRun(job=job, finished_at=tx.now, items=0, failures=0))

        self.home.db.write_now(finished)

    def mails(self, word: str) -> list[str]:
        """The texts of the mails that name this in their subject."""
        found = [mail.message for mail in self.relay.mails if word in mail.message["Subject"]]
        return [mail.get_content() for mail in found]


@contextmanager
def watching(folder: Path, database_address: str, keys: Keys) -> Iterator[Watched]:
    """An installation that says how it is to a dead-man address and to one operator."""
    with (
        DeadManServer() as deadman,
        SmtpServer("none", sign_in=False) as relay,
        installed(folder, database_address, keys) as home,
    ):
        home.environment |= {
            "HANDRAIL_DEADMAN_URL": deadman.url,
            "HANDRAIL_OPERATORS": OPERATOR,
            "HANDRAIL_SMTP_HOST": "127.0.0.1",
            "HANDRAIL_SMTP_PORT": str(relay.port),
            "HANDRAIL_SMTP_SECURITY": "none",
            "HANDRAIL_SMTP_SENDER": "handrail@riverside.example",
        }
        yield Watched(home, deadman, relay)


@pytest.fixture
def watched(tmp_path: Path, database_address: str, keys: Keys) -> Iterator[Watched]:
    with watching(tmp_path, database_address, keys) as made:
        yield made
