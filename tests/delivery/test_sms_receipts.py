"""What providers report later: verified, kept beside the attempt, and without any effect on the clock."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import delete, select

from notifications.delivery.models import Attempt, ChannelName, Message, MessageState
from notifications.delivery.staff_models import Receipt
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.worker import Jobs
from tests.delivery.numbers import Exchange, exchange, give_number, told_to_the_web
from tests.escalations.telling import flagged, hush, row
from tests.fakes.sms import Fault, Taken
from tests.world import World


@pytest.fixture
def lines(world: World) -> Iterator[Exchange]:
    """Mara has a number, an emergency has called it, and the web process knows both providers."""
    with exchange(world.db) as made:
        told_to_the_web(world, made)
        give_number(world.db, world.mara.id, ChannelName.SMS)
        before, world.jobs = world.jobs, Jobs(world.db, {ChannelName.FCM: world.channel, **made.channels})
        yield made
        world.jobs.close()
        world.jobs = before
        hush(world)


def report(world: World, taken: Taken, body: bytes, headers: dict[str, Any]) -> int:
    answer: httpx.Response = world.client.post(urlsplit(taken.callback).path, content=body, headers=headers)
    return answer.status_code


def kept(world: World) -> list[tuple[str, str]]:
    query = select(Receipt.provider, Receipt.status).order_by(Receipt.id)
    return world.db.read_now(lambda tx: [(name, status) for name, status in tx.session.execute(query)])


def test_a_delivered_text_stops_no_clock(world: World, lines: Exchange) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    (text,) = lines.first.taken
    due = row(world, case_id).next_call_at
    for status in ("sent", "delivered", "delivered", "a word we do not know"):
        assert report(world, text, *lines.first.report(text, status)) == 204
    assert kept(world) == [("sms", "sent"), ("sms", "delivered")]
    case = row(world, case_id)
    assert (case.next_call_at, case.acknowledged_at, case.state) == (due, None, "open")


def test_a_report_without_the_right_signature_changes_nothing(world: World, lines: Exchange) -> None:
    flagged(world, Tier.EMERGENCY)
    world.tick()
    (text,) = lines.first.taken
    body, headers = lines.first.report(text, "delivered")
    assert report(world, text, body.replace(b"delivered", b"failed"), headers) == 403
    assert report(world, text, body, {**headers, "X-Twilio-Signature": ""}) == 403
    assert report(world, text, body, {**headers, "X-Twilio-Signature": "ü".encode()}) == 403
    elsewhere = lines.first.report(text, "delivered", url=text.callback.replace("handrail", "elsewhere"))
    assert report(world, text, *elsewhere) == 403
    assert kept(world) == []


def test_a_report_on_somebody_elses_message_or_of_nobody_we_know_is_not_kept(
    world: World, lines: Exchange
) -> None:
    flagged(world, Tier.EMERGENCY)
    world.tick()
    (text,) = lines.first.taken
    path = f"/api/providers/sms/status/{uuid4()}"
    body, headers = lines.first.report(text, "delivered", url=f"https://handrail.example{path}")
    assert world.client.post(path, content=body, headers=headers).status_code == 404
    assert world.client.post(path.replace("/sms/", "/sms3/"), content=body).status_code == 404
    other = Taken("SM999", text.to, text.sender, text.text, "", text.callback)
    assert report(world, text, *lines.first.report(other, "delivered")) == 404
    assert kept(world) == []


def test_the_first_took_it_its_answer_was_lost_and_its_report_is_kept_beside_the_seconds(
    world: World, lines: Exchange
) -> None:
    lines.first.fail(Fault.HANG_AFTER_TAKING)
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    (one,), (other,) = lines.first.taken, lines.second.taken
    due = row(world, case_id).next_call_at
    body, headers = lines.first.report(one, "delivered")
    assert report(world, one, body.replace(b"delivered", b"failed"), headers) == 403
    assert report(world, one, body, headers) == 204
    assert report(world, other, *lines.second.report(other, "delivered", world.clock.at)) == 204
    assert kept(world) == [("sms", "delivered"), ("sms2", "delivered")]
    strange = Taken("no-id-of-ours", other.to, other.sender, other.text, "", other.callback)
    assert report(world, other, *lines.second.report(strange, "delivered", world.clock.at)) == 404
    assert len(kept(world)) == 2, "the second's own answer was heard"
    assert row(world, case_id).next_call_at == due


def test_a_lost_answer_of_the_only_one_asked_lets_nobody_else_report(world: World, lines: Exchange) -> None:
    lines.first.fail(Fault.HANG_AFTER_TAKING)
    lines.second.fail(Fault.BROKEN_500)
    flagged(world, Tier.EMERGENCY)
    world.tick()
    (text,) = lines.first.taken
    path = urlsplit(text.callback).path.replace("/sms/", "/sms2/")
    elsewhere = Taken("elsewhere", text.to, text.sender, text.text, "", f"https://handrail.example{path}")
    assert report(world, elsewhere, *lines.second.report(elsewhere, "delivered", world.clock.at)) == 404
    assert report(world, text, *lines.first.report(text, "delivered")) == 204
    assert kept(world) == [("sms", "delivered")]


def test_what_the_first_refused_it_cannot_report(world: World, lines: Exchange) -> None:
    lines.first.fail(Fault.BROKEN_500)
    flagged(world, Tier.EMERGENCY)
    world.tick()
    (text,) = lines.second.taken
    path = urlsplit(text.callback).path.replace("/sms2/", "/sms/")
    forged = Taken("SM999", text.to, text.sender, text.text, "", f"https://handrail.example{path}")
    assert report(world, forged, *lines.first.report(forged, "delivered")) == 404
    assert kept(world) == []


def test_the_second_providers_signature_bears_a_time(world: World, lines: Exchange) -> None:
    lines.first.fail(Fault.BROKEN_500)
    flagged(world, Tier.EMERGENCY)
    world.tick()
    (text,) = lines.second.taken
    old = world.clock.at - timedelta(minutes=6)
    assert report(world, text, *lines.second.report(text, "delivered", old)) == 403
    body, headers = lines.second.report(text, "delivered", world.clock.at)
    assert report(world, text, body + b" ", headers) == 403
    assert report(world, text, body, {**headers, "Telnyx-Timestamp": "x"}) == 403
    assert report(world, text, body, headers) == 204
    assert kept(world) == [("sms2", "delivered")]


def test_a_report_may_overtake_our_own_record_of_the_attempt(world: World, lines: Exchange) -> None:
    flagged(world, Tier.EMERGENCY)
    world.tick()
    (text,) = lines.first.taken
    message_id = UUID(text.callback.rpartition("/")[2])

    def as_leased(tx: Tx) -> None:
        tx.session.execute(delete(Attempt))
        tx.session.get_one(Message, message_id).state = MessageState.LEASED

    world.db.write_now(as_leased)
    assert report(world, text, *lines.first.report(text, "queued")) == 204
    assert kept(world) == [("sms", "queued")]
