"""The synthetic case: it goes down every channel with a sink, and a dead channel is found before a call needs it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from notifications.delivery import sounding
from notifications.delivery.models import ChannelName, Message, Sounding
from notifications.delivery.sounding import HANDED_OVER, Sinks
from server import sinks as sinks_of
from server.core.settings import SettingsError, check
from server.core.tables import new_id
from server.watch import look as looking
from server.watch.findings import Finding, Rule
from server.watch.look import Place, Synthetic, look
from server.worker import Jobs
from tests.delivery.numbers import Exchange, exchange
from tests.fakes.fcm_rules import Fault
from tests.fakes.sms import Fault as SmsFault
from tests.world import World

SINKS = {
    ChannelName.SMS: "+12025550181",
    ChannelName.VOICE: "+12025550182",
    ChannelName.FCM: "phone-of-the-sink",
}
QUARTER = timedelta(minutes=15)


@pytest.fixture
def lines(world: World) -> Iterator[Exchange]:
    """Texts, calls and pushes, each with a sink."""
    with exchange(world.db) as made:
        before = world.jobs
        channels = {ChannelName.FCM: world.channel, **made.channels}
        world.jobs = Jobs(world.db, channels, Sinks(addresses=SINKS, every=QUARTER))
        yield made
        world.jobs.close()
        world.jobs = before


def beat(world: World) -> None:
    """The worker keeps house, and sends what is due."""
    world.jobs.run("housekeeping")
    world.tick()


def found(world: World, *channels: str) -> list[Finding]:
    """What the auditor says of the synthetic case that goes down these channels."""
    asked = Synthetic(channels or tuple(SINKS), QUARTER)
    with world.db.engine.connect() as connection:
        every = look(connection, Place(), world.clock.at, timedelta(seconds=60), asked)
    return [finding for finding in every if finding.rule is Rule.SYNTHETIC]


def pushed(world: World) -> int:
    return len(world.fcm.inbox(SINKS[ChannelName.FCM]))


def test_it_leaves_on_every_channel_once_in_a_quarter_of_an_hour_and_nobody_else_hears_of_it(
    world: World, lines: Exchange
) -> None:
    beat(world)
    beat(world)
    assert [to for to, _ in lines.first.texts] == ["+12025550181"]
    assert "a test of this channel" in lines.first.texts[0][1]
    (call,) = lines.first.calls
    assert (call.to, "nothing to do" in call.answer) == ("+12025550182", True)
    assert (len(lines.second.texts), len(lines.second.calls)) == (1, 1), "whoever steps in is tried as well"
    assert pushed(world) == 1
    assert found(world) == []
    world.clock.advance(seconds=60)
    assert found(world) == []
    world.clock.advance(minutes=15)
    beat(world)
    assert (len(lines.first.texts), len(lines.first.calls), pushed(world)) == (2, 2, 2)
    world.clock.advance(seconds=60)
    assert found(world) == []
    kept = world.db.read_now(lambda tx: str(list(tx.connection.execute(select(Message.__table__)))))
    assert not [address for address in SINKS.values() if address in kept], "no address of a sink is stored"
    assert not [each for each in ("client_id", "case_id") if _any(world, each)]


def _any(world: World, column: str) -> bool:
    query = select(getattr(Message, column)).where(getattr(Message, column).is_not(None))
    return bool(world.db.read_now(lambda tx: tx.session.execute(query).all()))


def test_one_dead_channel_is_a_finding_that_names_it_until_the_next_one_has_left(
    world: World, lines: Exchange
) -> None:
    world.fcm.fail(Fault.UNAVAILABLE_503)
    beat(world)
    assert found(world) == [], "it has its minute"
    world.clock.advance(seconds=60)
    world.tick()
    (finding,) = found(world)
    assert (finding.count, finding.about) == (1, "fcm")
    assert found(world, "sms", "voice") == []
    world.fcm.heal()
    world.clock.advance(minutes=15)
    beat(world)
    assert found(world)[0].about == "fcm", "the new one has its time first"
    world.clock.advance(seconds=60)
    assert found(world) == []


def test_a_second_provider_that_is_dead_is_found_before_the_first_one_fails(
    world: World, lines: Exchange
) -> None:
    lines.second.fail(SmsFault.WRONG_AUTH, times=2)
    beat(world)
    world.clock.advance(seconds=60)
    world.tick()
    (finding,) = found(world)
    assert finding.about == "sms, voice"
    assert len(lines.first.texts) >= 1, "the first one carries what is asked of it"


def test_a_worker_that_sends_none_is_found_as_well(world: World, lines: Exchange) -> None:
    assert [finding.about for finding in found(world)] == ["none was sent"]
    beat(world)
    assert found(world) == []
    world.clock.advance(minutes=18)
    (finding,) = found(world)
    assert finding.about == "none was sent"
    world.db.write_now(lambda tx: tx.session.execute(delete(Sounding)))
    assert [finding.about for finding in found(world)] == ["none was sent"]


def test_a_sink_that_is_gone_is_never_replaced_by_a_person(world: World, lines: Exchange) -> None:
    world.jobs.close()
    world.jobs = Jobs(world.db, {ChannelName.FCM: world.channel})
    every = Sinks(addresses=SINKS, every=QUARTER)
    assert world.db.write_now(lambda tx: sounding.sound(tx, every)) == 3
    world.tick()
    outcomes = world.db.read_now(
        lambda tx: {(row.channel, row.outcome) for row in tx.session.scalars(select(Message))}
    )
    assert {outcome for _, outcome in outcomes} == {"misconfigured"}
    assert len(outcomes) == 3, "no other way was asked"
    world.clock.advance(seconds=60)
    assert found(world)[0].about == "sms, voice, fcm"


def test_without_a_sink_nothing_is_sent_and_nothing_is_looked_for(world: World) -> None:
    beat(world)
    with world.db.engine.connect() as connection:
        every = look(connection, Place(), world.clock.at, timedelta(seconds=60))
    assert Rule.SYNTHETIC not in {finding.rule for finding in every}
    assert world.db.write_now(lambda tx: sounding.sound(tx, Sinks())) == 0


def test_settings_name_the_sink_that_is_wrong_and_the_auditors_figures_are_the_services(
    tmp_path: Path,
) -> None:
    mail = {"smtp_host": "127.0.0.1", "smtp_sender": "calls@riverside.example"}
    for wrong, word in (
        ({"sink_sms": "+12025550181"}, "sink_sms: nothing carries it"),
        ({"sink_email": "x@riverside.example"}, "sink_email: nothing carries it"),
        ({**mail, "sink_email": "nobody"}, "sink_email: give one"),
        ({**mail, "sink_email": "x@riverside.example", "sink_minutes": 1}, "sink_minutes: from 5"),
        ({"push_contact": "mailto:x@riverside.example", "sink_webpush": "/nowhere.json"}, "sink_webpush: "),
    ):
        with pytest.raises(SettingsError, match=word):
            check(wrong)
    (tmp_path / "browser.json").write_text('{"endpoint": 1}\n')
    settings = check(
        {
            **mail,
            "sink_email": "x@riverside.example",
            "push_contact": "mailto:x@riverside.example",
            "sink_webpush": str(tmp_path / "browser.json"),
            "sink_minutes": 30,
        }
    )
    made = sinks_of.sinks(settings)
    assert made.addresses == {
        ChannelName.EMAIL: "x@riverside.example",
        ChannelName.WEBPUSH: '{"endpoint": 1}',
    }
    assert (made.every, set(settings.sinks)) == (timedelta(minutes=30), {"email", "webpush"})
    assert looking.HANDED_OVER == HANDED_OVER
    assert looking._key(one := new_id(), "sms") == f"sounding:{one}:sms:{one}"
