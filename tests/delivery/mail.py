"""What the tests of e-mail addresses share: a relay as a stand-in, the service over it, and addresses with a slip."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.models import ChannelName
from server.core.db import Tx
from server.people import programmes
from server.people.models import Staff
from server.worker import Jobs
from tests.delivery.numbers import ADDRESS
from tests.fakes.smtp import PASSWORD, USERNAME, SmtpServer
from tests.world import Person, World

SLIP = "marra@riverside.example"
"""Mara's address as it was typed by mistake; it is a stranger's."""


class Relay:
    """A mail relay that the service really speaks to, and what came of it."""

    def __init__(self, world: World, smtp: SmtpServer) -> None:
        self.world, self.smtp = world, smtp

    def bodies(self, address: str) -> list[str]:
        """What was mailed to this address, oldest first, each on one line."""
        mails = [mail.message for mail in self.smtp.mails if address in mail.recipients]
        return [" ".join(mail.get_content().split()) for mail in mails]

    def code(self, address: str) -> str:
        """The code in the latest mail to this address."""
        self.world.tick()
        found = re.search(r"Your code is (\d{6})\.", self.bodies(address)[-1])
        assert found, self.bodies(address)
        return found[1]


@contextmanager
def relay(world: World) -> Iterator[Relay]:
    """The service with push and e-mail, for the length of a test."""
    with SmtpServer() as smtp:
        channel = EmailChannel(
            "127.0.0.1",
            smtp.port,
            sender="noreply@riverside.example",
            security="starttls",
            username=USERNAME,
            password=PASSWORD,
            ca_file=smtp.ca_file,
            address=ADDRESS,
        )
        before = world.jobs
        world.jobs = Jobs(world.db, {ChannelName.FCM: world.channel, ChannelName.EMAIL: channel})
        world.tick()
        yield Relay(world, smtp)
        world.jobs.close()
        world.jobs = before


def typed(world: World, person: Person, address: str) -> None:
    """An administrator wrote this address down for them, and nobody proved it."""

    def write(tx: Tx) -> None:
        row = tx.session.get_one(Staff, person.id)
        key = programmes.key(tx, programmes.facts(tx, row.programme_id))
        row.email = key.seal_text("staff.email", row.id, address)
        row.email_index = tx.vault.blind("staff.email", address)
        row.email_proved_at = None

    world.db.write_now(write)


def ask(person: Person, status: int = 202) -> Any:
    answer = person.api.post("/staff/me/email/code")
    assert answer.status_code == status, answer.text
    return answer.json()


def give(person: Person, code: str, status: int = 200) -> Any:
    answer = person.api.post("/staff/me/email/proof", {"code": code})
    assert answer.status_code == status, answer.text
    return answer.json()
