"""The night desk is tried out before a case climbs to it: by mail, text and telephone, and in its own words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from notifications.delivery.channels.base import Channel
from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.models import NUMBERS, ChannelName, Message
from server.core.audit import AuditRow
from server.people.models import Programme
from server.worker import Jobs
from tests.console.desk import desk
from tests.delivery.numbers import Exchange, exchange
from tests.fakes.smtp import SmtpServer
from tests.flows.test_a_damaged_record import break_cell
from tests.world import World

TRY, PROVE = "/admin/programme/contact/try", "/admin/programme/contact/prove"
UNKNOWN = "Nobody knows whether the emergency contact hears of a case"
ASKS = "This is a test, and nobody needs help. Please tell the team that it came."


class Outside:
    """The post and the telephone lines of the town; with `numbers` the service texts and rings as well."""

    def __init__(self, world: World, smtp: SmtpServer, lines: Exchange) -> None:
        self.world, self.smtp, self.lines = world, smtp, lines

    def carry(self, numbers: Sequence[ChannelName] = NUMBERS) -> None:
        mail = EmailChannel("127.0.0.1", self.smtp.port, sender="calls@riverside.example", security="none")
        more: dict[ChannelName, Channel] = {each: self.lines.channels[each] for each in numbers}
        self.world.jobs.close()
        self.world.jobs = Jobs(
            self.world.db, {ChannelName.FCM: self.world.channel, ChannelName.EMAIL: mail, **more}
        )
        self.world.tick()

    def mails(self) -> list[str]:
        return [" ".join(mail.message.get_content().split()) for mail in self.smtp.mails]


@contextmanager
def _outside(world: World) -> Iterator[Outside]:
    with SmtpServer("none", sign_in=False) as smtp, exchange(world.db) as lines:
        yield Outside(world, smtp, lines)


@pytest.fixture
def outside(world: World) -> Iterator[Outside]:
    with _outside(world) as made:
        yield made


def enter(world: World, **changes: str) -> str:
    """The night desk as Adi enters it; the version of the settings after it."""
    settings = world.adi.api.get("/programme")
    body = {key: value for key, value in settings.json().items() if key != "version"}
    contact = {"name": "Night desk", "email": "desk@city.example", "phone": "202-555-0123"}
    body["emergency_contact"] = {**contact, **changes}
    saved = world.adi.api.put("/programme", body, headers={"If-Match": settings.headers["etag"]})
    assert saved.status_code == 200, saved.text
    return saved.headers["etag"]


def reach(world: World) -> str:
    """What Sol reads of who cannot be reached."""
    return desk(world, "Sol").get("/supervision/reach").text


def test_the_night_desk_is_tried_by_every_way_and_says_that_it_came(world: World, outside: Outside) -> None:
    outside.carry()
    adi = desk(world, "Adi")
    assert "Emergency contact" not in reach(world)
    assert adi.post(TRY).status == 409
    version = enter(world)
    assert UNKNOWN in reach(world)
    assert "they have not been tried since this was entered" in adi.get("/admin/programme").text
    assert adi.post(PROVE).status == 409

    assert adi.post(TRY).to == "/admin/programme?done=sent"
    assert adi.post(PROVE).status == 409, "nothing has gone out yet"
    world.tick()
    assert [ASKS in mail for mail in outside.mails()] == [True]
    assert [(to, "a test" in text) for to, text in outside.lines.first.texts] == [("+12025550123", True)]
    (call,) = outside.lines.first.calls
    assert ASKS in call.answer
    assert "Press" not in call.answer

    page = adi.get("/admin/programme")
    assert page.text.count("taken by the provider") == 3
    assert UNKNOWN in reach(world), "what a provider took may have reached a stranger"
    assert [adi.post(PROVE).to for _ in range(2)] == ["/admin/programme?done=proved"] * 2
    assert "they told the team that a test came" in adi.get("/admin/programme").text
    assert "Emergency contact" not in reach(world)
    assert world.adi.api.get("/programme").headers["etag"] == version, "open settings still fit"
    said = select(AuditRow.what).where(AuditRow.what.startswith("emergency_contact"))
    done = world.db.read_now(lambda tx: list(tx.session.scalars(said)))
    assert done == ["emergency_contact.try", "emergency_contact.prove"]


def test_another_number_is_tried_anew_and_another_name_is_not(world: World, outside: Outside) -> None:
    outside.carry(())
    enter(world)
    adi = desk(world, "Adi")
    adi.post(TRY)
    world.tick()
    assert adi.post(PROVE).status == 303
    enter(world, name="Night desk, second floor")
    assert UNKNOWN not in reach(world)
    outside.carry()
    assert UNKNOWN in reach(world), "now there are texts and calls, and nobody tried them"
    outside.carry(())
    enter(world, phone="202-555-0155")
    assert UNKNOWN in reach(world)
    assert adi.post(PROVE).status == 409


def test_a_test_that_does_not_go_proves_nothing(world: World, outside: Outside) -> None:
    outside.carry()
    enter(world)
    adi = desk(world, "Adi")
    adi.post(TRY)
    enter(world, email="other@city.example")
    world.tick()
    assert adi.post(PROVE).status == 409
    assert "not been tried since" in adi.get("/admin/programme").text


def test_only_an_administrator_tries_and_not_without_end(world: World, outside: Outside) -> None:
    outside.carry()
    enter(world)
    for name in ("Mara", "Ida", "Sol", "Otto"):
        assert [desk(world, name).post(path).status for path in (TRY, PROVE)] == [403, 403]
    adi = desk(world, "Adi")
    assert [adi.post(TRY).status for _ in range(11)] == [303] * 10 + [429]
    tests = select(Message.id).where(Message.kind == "outside_trial")
    assert len(world.db.read_now(lambda tx: tx.session.scalars(tests).all())) == 30


def test_one_that_no_longer_opens_is_said_to_be_so(world: World, outside: Outside) -> None:
    outside.carry()
    enter(world)
    break_cell(world, Programme.emergency_contact)
    assert "nobody outside is told of a case" in reach(world)
    page = desk(world, "Adi").get("/admin/programme")
    assert "Enter them anew below" in page.text
    assert desk(world, "Adi").post(TRY).status == 409
    enter(world)
    assert UNKNOWN in reach(world)
