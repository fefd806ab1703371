"""Two providers of text messages, and two mail relays: what one does not take, the other does in the same attempt."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from notifications.delivery import outbox, staff_wishes
from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.channels.switched import SwitchedChannel
from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName, MessageState
from notifications.delivery.number_schemas import StaffNotices
from notifications.delivery.outcomes import Ambiguous, Misconfigured, Sent
from notifications.delivery.retry import Priority
from notifications.delivery.switching import ASIDE
from notifications.delivery.way_order import Sort
from server.core.db import Tx
from tests.delivery.house import House
from tests.delivery.numbers import NUMBER, Exchange, exchange, give_number
from tests.delivery.test_sms_channel import envelope
from tests.fakes.sms import Fault
from tests.fakes.smtp import Fault as MailFault
from tests.fakes.smtp import SmtpServer

SMS, EMAIL, VOICE = ChannelName.SMS, ChannelName.EMAIL, ChannelName.VOICE


@pytest.fixture
def lines(house: House) -> Iterator[Exchange]:
    with exchange(house.db, timeout=1.0) as made:
        give_number(house.db, house.mara, SMS)
        yield made


def texts(lines: Exchange) -> tuple[int, int]:
    """How many each of the two took."""
    return len(lines.first.texts), len(lines.second.texts)


def sms_state(house: House) -> MessageState:
    (state,) = [row.state for row in house.messages() if row.channel is SMS]
    return state


@pytest.mark.parametrize(
    "fault", [Fault.BROKEN_500, Fault.TOO_MANY_429, Fault.WRONG_AUTH, Fault.SENDER_REFUSED]
)
def test_what_the_first_refuses_the_second_carries_in_the_same_attempt(
    house: House, lines: Exchange, fault: Fault
) -> None:
    lines.first.fail(fault)
    house.call(house.mara, uuid4())
    lines.send_everything()
    assert texts(lines) == (0, 1)
    assert sms_state(house) is MessageState.SENT
    assert [attempt.outcome for attempt in house.attempts() if attempt.provider_id] == ["sent"]


def test_a_lost_answer_to_a_pressing_call_goes_on_at_once_and_a_normal_one_waits(
    house: House, lines: Exchange
) -> None:
    lines.first.fail(Fault.HANG_AFTER_TAKING)
    house.call(house.mara, uuid4())
    lines.send_everything()
    assert texts(lines) == (1, 1), "heard twice rather than not at all"
    lines.first.fail(Fault.HANG_AFTER_TAKING)
    house.call(house.mara, uuid4(), priority=Priority.NORMAL, all_channels=True)
    lines.send_everything()
    assert texts(lines) == (2, 1)
    house.clock.advance(minutes=1)
    lines.send_everything()
    assert texts(lines) == (3, 1)


def test_a_number_that_is_gone_is_forgotten_and_the_second_is_not_asked(
    house: House, lines: Exchange
) -> None:
    lines.first.fail(Fault.OPTED_OUT)
    house.call(house.mara, uuid4())
    lines.send_everything()
    assert texts(lines) == (0, 0)
    assert lines.second.asked == 0
    assert sms_state(house) is MessageState.DEAD
    assert house.devices() == set()


def test_with_both_away_it_is_tried_again_until_one_is_back(house: House, lines: Exchange) -> None:
    lines.first.fail(Fault.BROKEN_500, times=2)
    lines.second.fail(Fault.RESET, times=2)
    house.call(house.mara, uuid4())
    for _ in range(3):
        lines.send_everything()
        house.clock.advance(seconds=15)
    assert texts(lines) == (1, 0)


def test_after_three_failures_the_first_rests_for_five_minutes(house: House, lines: Exchange) -> None:
    lines.first.fail(Fault.BROKEN_500, times=3)
    for _ in range(4):
        house.call(house.mara, uuid4())
        lines.send_everything()
    assert lines.first.asked == 3
    assert texts(lines) == (0, 4)
    lines.now += ASIDE
    house.call(house.mara, uuid4())
    lines.send_everything()
    assert texts(lines) == (1, 4)


def test_the_one_that_rests_is_asked_when_the_other_fails(house: House, lines: Exchange) -> None:
    lines.first.fail(Fault.BROKEN_500, times=3)
    for _ in range(3):
        house.call(house.mara, uuid4())
        lines.send_everything()
    lines.second.fail(Fault.BROKEN_500)
    house.call(house.mara, uuid4())
    lines.send_everything()
    assert texts(lines) == (1, 3)


def test_an_emergency_rings_at_once_and_an_urgent_case_from_its_second_call_on(
    house: House, lines: Exchange
) -> None:
    give_number(house.db, house.mara, VOICE)

    def rung(priority: Priority, number: int) -> int:
        before = len(lines.first.calls)
        house.call(house.mara, uuid4(), 1_000_000 + number, priority=priority)
        lines.send_everything()
        return len(lines.first.calls) - before

    assert rung(Priority.EMERGENCY, 0) == 1
    assert rung(Priority.URGENT, 0) == 0
    assert rung(Priority.URGENT, 1) == 1
    assert rung(Priority.NORMAL, 3) == 0


def test_the_telephone_rings_for_a_first_urgent_call_when_nothing_else_works(
    house: House, lines: Exchange
) -> None:
    give_number(house.db, house.mara, VOICE)
    lines.first.fail(Fault.TAKES_NO_TEXTS)
    house.call(house.mara, uuid4(), 1_000_000, priority=Priority.URGENT)
    lines.send_everything()
    house.clock.advance(seconds=1)
    lines.send_everything()
    # Nobody carries e-mail here, and the number takes no texts.
    assert {row.channel: row.state for row in house.messages()} == {
        SMS: MessageState.DEAD,
        EMAIL: MessageState.DEAD,
        VOICE: MessageState.SENT,
    }
    assert [call.to for call in lines.first.calls] == [NUMBER]


def test_mail_goes_by_the_second_relay_while_the_first_is_broken() -> None:
    with SmtpServer("none", sign_in=False) as first, SmtpServer("none", sign_in=False) as second:
        options = {"sender": "calls@riverside.example", "security": "none", "timeout": 2.0}
        both = [EmailChannel("127.0.0.1", each.port, **options) for each in (first, second)]  # type: ignore[arg-type]
        channel = SwitchedChannel(both)
        mail = envelope(address="mara@riverside.example", link="")
        assert isinstance(channel.send(mail), Sent)
        first.fault = MailFault.GREYLIST
        assert isinstance(channel.send(mail), Sent)
        assert (len(first.mails), len(second.mails)) == (1, 1)
        identities = {each.message["Message-ID"] for server in (first, second) for each in server.mails}
        assert len(identities) == 1, "shown once where both arrive"
        first.fault = MailFault.RELAY_DENIED
        second.fault = MailFault.RELAY_DENIED
        assert isinstance(channel.send(mail), Misconfigured)
        first.fault = MailFault.DROP_AFTER_DATA
        assert isinstance(channel.send(envelope(address="mara@riverside.example", priority=2)), Ambiguous)
        assert len(second.mails) == 1


def test_quiet_hours_and_order_are_for_what_does_not_press(house: House, lines: Exchange) -> None:
    def wish(tx: Tx) -> None:
        given = StaffNotices([Sort.SMS, Sort.EMAIL], "08:00", "10:00")
        staff_wishes.change(house.as_person(tx, house.mara), given)

    def join(tx: Tx) -> None:
        options = {"dedupe": "joined", "priority": Priority.NORMAL}
        outbox.tell(tx, outbox.to_staff(tx, house.mara), Kind.CASE_JOINED, **options)  # type: ignore[arg-type]

    house.db.write_now(wish)
    house.db.write_now(join)
    house.call(house.mara, uuid4(), priority=Priority.URGENT)
    lines.send_everything()
    assert len(lines.first.texts) == 1, "it is nine in the morning, and only the call goes"
    assert [row.channel for row in house.messages() if row.kind == "case_joined"] == [SMS]
    house.clock.set(house.clock.at + timedelta(hours=1))
    lines.send_everything()
    assert len(lines.first.texts) == 2
