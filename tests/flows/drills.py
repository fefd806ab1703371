"""What the tests of drills share: a house with every channel, and the words to hold a drill in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.models import ChannelName
from server.core.db import Tx
from server.people.models import Programme
from server.people.programmes import EmergencyContact, facts, seal_emergency_contact
from server.worker import Jobs
from tests.delivery.numbers import ADDRESS, Exchange, exchange, give_number, told_to_the_web
from tests.escalations.oncall import enter, nights_and_days
from tests.escalations.telling import ok
from tests.fakes.smtp import SmtpServer
from tests.world import Person, World

NUMBERS = {"Mara": "+12025550111", "Ben": "+12025550122", "Sol": "+12025550133"}
CLINICAL = ("noor", "client", "risk", "crisis", "emergency", "flag")


@dataclass
class House:
    """Every channel there is, and the phones, numbers and mailboxes behind them."""

    world: World
    exchange: Exchange
    mail: SmtpServer

    def reached(self, person: Person) -> set[str]:
        """On which channels something of the drill arrived here; each of them says that it is practice."""
        number = NUMBERS.get(person.name)
        texts = [words for to, words in self.exchange.first.texts if to == number]
        mails = [each for each in self.mail.mails if each.recipients[0].startswith(person.name.lower())]
        for text in [*texts, *(f"{m.message['subject']} {m.message.get_content()}" for m in mails)]:
            assert "practice" in text, text
            assert not [word for word in CLINICAL if word in text.lower()], text
        found = {"push": person.phone.waiting(), "mail": mails, "sms": texts}
        found["voice"] = [each for each in self.exchange.first.calls if each.to == number]
        return {name for name, arrived in found.items() if arrived}

    def link(self, person: Person) -> str:
        """The path in the latest text to this person."""
        text = [words for to, words in self.exchange.first.texts if to == NUMBERS[person.name]][-1]
        found = re.fullmatch(
            r"Riverside: practice call, answer it.* Take it: https://handrail\.example(/a/[\w-]{22})", text
        )
        assert found, text
        return found[1]


@contextmanager
def opened(world: World) -> Iterator[House]:
    """Mara is on duty by day, Ida by night, Ben behind them; the programme has a contact outside."""
    enter(world, nights_and_days(world, world.mara, world.ida, world.ben))
    outside = EmergencyContact(name="Night desk", email="desk@outside.example")

    def write(tx: Tx) -> None:
        sealed = seal_emergency_contact(tx, facts(tx, world.programme_id), outside)
        tx.session.get_one(Programme, world.programme_id).emergency_contact = sealed

    world.db.write_now(write)
    with exchange(world.db) as made, SmtpServer("none", sign_in=False) as smtp:
        for person in (world.mara, world.ben, world.sol):
            for channel in (ChannelName.SMS, ChannelName.VOICE):
                give_number(world.db, person.id, channel, NUMBERS[person.name])
        mail = EmailChannel(
            "127.0.0.1", smtp.port, sender="calls@riverside.example", security="none", address=ADDRESS
        )
        channels = {ChannelName.FCM: world.channel, ChannelName.EMAIL: mail, **made.channels}
        told_to_the_web(world, made)
        before, world.jobs = world.jobs, Jobs(world.db, channels)
        yield House(world, made, smtp)
        world.jobs.close()
        world.jobs = before


def held(world: World, by: Person | None = None, **body: Any) -> Any:
    """Sol, or somebody else, starts a drill."""
    return ok((by or world.sol).api.post("/drills", body), 201)


def last(world: World) -> Any:
    """The newest drill, as Sol sees it."""
    return ok(world.sol.api.get("/drills"))["drills"][0]


def by_name(drill: Any) -> dict[str, Any]:
    return {one["person"]["name"]: one for one in drill["people"]}
