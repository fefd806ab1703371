"""What the tests of numbers share: the first provider as a stand-in, a sender over it, and people with numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx

from notifications.delivery.channels.base import Channel
from notifications.delivery.channels.sms import SmsChannel
from notifications.delivery.channels.switched import SwitchedChannel
from notifications.delivery.channels.voice import VoiceChannel
from notifications.delivery.devices import SEALED_AS
from notifications.delivery.models import ChannelName, Device
from notifications.delivery.providers.telnyx import Telnyx
from notifications.delivery.providers.twilio import Twilio
from notifications.delivery.sending import Sender
from server.core.db import Database, Tx
from server.core.settings import check
from server.core.tables import new_id
from server.people import programmes
from server.people.models import Staff
from tests.fakes.sms import Taken, TelnyxServer, TwilioServer
from tests.world import World, an_app

ADDRESS = "https://handrail.example"
NUMBER = "+12025550123"


class Exchange:
    """Both providers, and one switched channel each for texts and calls. Time on its clock is moved by hand."""

    def __init__(self, db: Database, first: TwilioServer, second: TelnyxServer, *, timeout: float) -> None:
        self.first, self.second = first, second
        self.now = 0.0
        both = (Twilio(first.account()), Telnyx(second.account()))
        texts: list[Channel] = [SmsChannel(each, address=ADDRESS, timeout=timeout) for each in both]
        calls: list[Channel] = [VoiceChannel(each, address=ADDRESS, timeout=timeout) for each in both]
        self.channels: dict[ChannelName, Channel] = {
            ChannelName.SMS: SwitchedChannel(texts, clock=lambda: self.now),
            ChannelName.VOICE: SwitchedChannel(calls, clock=lambda: self.now),
        }
        self.sender = Sender(db, self.channels)

    def send_everything(self) -> None:
        while self.sender.send_due():
            assert self.sender.drain()

    def close(self) -> None:
        self.sender.close()
        for channel in self.channels.values():
            channel.close()


@contextmanager
def exchange(db: Database, *, timeout: float = 2.0) -> Iterator[Exchange]:
    with TwilioServer() as first, TelnyxServer() as second:
        made = Exchange(db, first, second, timeout=timeout)
        yield made
        made.close()


def told_to_the_web(world: World, made: Exchange, **changes: object) -> None:
    """The web process knows both providers, who make calls as well."""
    given: dict[str, object] = {"data": str(world.folder), "base_url": ADDRESS}
    for account, kind in ((made.first.account(), "twilio"), (made.second.account(), "telnyx")):
        given |= {f"{account.name}_provider": kind, f"{account.name}_calls": True}
        for name in ("account", "secret", "sender", "base_url", "callback_key"):
            given |= {f"{account.name}_{name}": getattr(account, name)}
    an_app(world.db, check({**given, **changes}))


def ask(world: World, made: Exchange, call: Taken, path: str = "", **said: str) -> httpx.Response:
    """As the provider that has this call asks what to say, and tells what was pressed: signed."""
    url = call.answer + path
    provider = made.second if call in made.second.calls else made.first
    body, headers = provider.asks(call, url, said, world.clock.at)
    return world.client.post(url.removeprefix(ADDRESS), content=body, headers=headers)


def give_number(db: Database, staff_id: UUID, channel: ChannelName, number: str = NUMBER) -> UUID:
    """This person has proved this number."""

    def give(tx: Tx) -> UUID:
        staff = tx.session.get_one(Staff, staff_id)
        key = programmes.key(tx, programmes.facts(tx, staff.programme_id))
        row = Device(id=new_id(), staff_id=staff_id, channel=channel, created_at=tx.now, seen_at=tx.now)
        row.token = key.seal_text(SEALED_AS, row.id, number)
        row.token_index = tx.vault.blind(SEALED_AS, f"{channel} {staff_id} {number}")
        tx.session.add(row)
        return row.id

    return db.write_now(give)
