"""Providers that fail, one after another: what still arrives, what waits, and what makes a case climb."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName, MessageState
from notifications.delivery.retry import Priority
from server.core.db import Database, Tx
from tests.clock import MovableClock
from tests.delivery.house import House, Post, post_office
from tests.fakes.fcm_rules import Fault
from tests.fakes.smtp import Fault as MailFault
from tests.processes import wait_for

CASE = UUID("01990000-0000-7000-8000-0000000000aa")
FCM, EMAIL = ChannelName.FCM, ChannelName.EMAIL
SENT, DEAD = MessageState.SENT, MessageState.DEAD
QUEUED, LEASED = MessageState.QUEUED, MessageState.LEASED


@pytest.fixture
def house(db: Database, clock: MovableClock) -> House:
    return House(db, clock)


@pytest.fixture
def post(house: House) -> Iterator[Post]:
    with post_office(house, timeout=1.5) as made:
        made.push_warm_up()
        yield made


@pytest.fixture
def patient(house: House) -> Iterator[Post]:
    """A post office that waits for push longer than a test lasts, until the stand-in lets go."""
    with post_office(house, timeout=60) as made:
        made.push_warm_up()
        yield made


def task_for_mara(house: House, dedupe: str = "task:1") -> None:
    def work(tx: Tx) -> None:
        recipient = outbox.to_staff(tx, house.mara)
        outbox.tell(tx, recipient, Kind.CASE_JOINED, dedupe=dedupe, priority=Priority.NORMAL)

    house.db.write_now(work)


# addresses that are gone


def test_the_app_was_removed_so_the_phone_is_forgotten_and_the_mailbox_asked(house: House, post: Post):
    house.phone(house.mara, "mara-phone")
    post.fcm.fail(Fault.UNREGISTERED, token="mara-phone")
    task_for_mara(house)
    post.send_everything()

    assert house.devices() == set()
    assert house.states() == [(EMAIL, SENT, None), (FCM, DEAD, "gone_address")]
    assert post.mailed() == ["mara@riverside.example"]


def test_one_of_two_phones_is_gone_and_the_other_has_it_so_no_mail_is_written(house: House, post: Post):
    house.phone(house.mara, "old-phone")
    new = house.phone(house.mara, "new-phone")
    post.fcm.fail(Fault.UNREGISTERED, token="old-phone")
    task_for_mara(house)
    post.send_everything()

    assert house.devices() == {new}
    assert post.pushed("new-phone") == ["case_joined"]
    assert post.mailed() == []


def test_a_phone_registered_after_the_old_one_went_silent_gets_what_was_owed(house: House, post: Post):
    house.phone(house.noor, "old-phone")
    house.tell_client(house.noor)
    house.phone(house.noor, "new-phone")
    post.fcm.fail(Fault.UNREGISTERED, token="old-phone")
    post.send_everything()

    assert post.pushed("new-phone") == ["notice"]


def test_both_channels_of_mara_are_gone_so_her_call_is_undelivered_once(house: House, post: Post):
    house.phone(house.mara, "mara-phone")
    post.fcm.fail(Fault.UNREGISTERED)
    post.smtp.fault = MailFault.REJECT_RECIPIENT
    house.call(house.mara, CASE)
    post.send_everything()

    (dead,) = house.dead_calls()
    assert (dead.case_id, dead.call_number, dead.staff_ids) == (CASE, 0, (house.mara,))
    assert house.db.write_now(lambda tx: outbox.mark_noticed(tx, dead)) is True
    post.send_everything()
    assert house.dead_calls() == []


def test_the_phone_is_gone_but_the_mail_arrived_so_nothing_climbs(house: House, post: Post):
    house.phone(house.mara, "mara-phone")
    post.fcm.fail(Fault.UNREGISTERED)
    house.call(house.mara, CASE)
    post.send_everything()

    assert post.mailed() == ["mara@riverside.example"]
    assert house.dead_calls() == []


# providers that are down


def test_a_provider_that_asks_for_twenty_minutes_gets_them_for_an_everyday_message(house: House, post: Post):
    house.phone(house.noor, "noor-phone")
    post.fcm.fail(Fault.QUOTA_EXCEEDED, times=1, retry_after="1200")
    house.tell_client(house.noor)
    post.send_everything()

    post.wait(minutes=19)
    assert post.pushed("noor-phone") == []
    post.wait(minutes=1)
    assert post.pushed("noor-phone") == ["notice"]


def test_a_provider_that_asks_for_twenty_minutes_gets_one_for_an_emergency(house: House, post: Post):
    house.phone(house.mara, "mara-phone")
    post.fcm.fail(Fault.QUOTA_EXCEEDED, times=1, retry_after="1200")
    house.call(house.mara, CASE)
    post.send_everything()

    post.wait(seconds=59)
    assert post.pushed("mara-phone") == []
    post.wait(seconds=1)
    assert post.pushed("mara-phone") == ["case_call"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault.INTERNAL_500,
        Fault.UNAVAILABLE_503,
        Fault.BAD_GATEWAY_HTML,
        Fault.NON_JSON_200,
        Fault.HANG,
        Fault.TOKEN_DOWN,
    ],
)
def test_a_provider_out_of_order_is_tried_again_until_it_answers_well(house: House, post: Post, fault: Fault):
    house.phone(house.mara, "mara-phone")
    if fault is Fault.TOKEN_DOWN:
        post.push_anew()
    post.fcm.fail(fault)
    house.call(house.mara, CASE)
    post.send_everything()
    assert (FCM, QUEUED, None) in house.states()
    assert post.mailed() == ["mara@riverside.example"]

    post.wait(seconds=5)
    assert (FCM, QUEUED, None) in house.states()
    post.fcm.heal()
    post.wait(minutes=1)
    assert post.pushed("mara-phone") == ["case_call"]
    assert {row.state for row in house.messages()} == {SENT}


def test_an_answer_lost_on_the_way_back_makes_a_second_push_under_the_same_id(house: House, post: Post):
    house.phone(house.mara, "mara-phone")
    post.fcm.fail(Fault.DROP_AFTER_ACCEPT, times=1)
    house.call(house.mara, CASE)
    post.send_everything()
    post.wait(minutes=1)

    assert len({delivery.message["data"]["message"] for delivery in post.fcm.inbox("mara-phone")}) == 1
    assert len(post.fcm.inbox("mara-phone")) == 2


def test_push_is_down_for_minutes_so_an_everyday_task_goes_by_mail_and_later_by_push(
    house: House, post: Post
):
    house.phone(house.mara, "mara-phone")
    post.fcm.fail(Fault.UNAVAILABLE_503)
    task_for_mara(house)
    post.send_everything()
    for _ in range(3):
        assert post.mailed() == []
        post.wait(minutes=3)

    assert post.mailed() == ["mara@riverside.example"]
    post.fcm.heal()
    post.wait(minutes=15)
    assert post.pushed("mara-phone") == ["case_joined"]


def test_push_is_down_for_a_day_so_the_message_ends_dead_and_never_rings_late(house: House, post: Post):
    house.phone(house.noor, "noor-phone")
    post.fcm.fail(Fault.UNAVAILABLE_503)
    house.tell_client(house.noor, expires_at=house.clock.at + timedelta(hours=2))
    for _ in range(10):
        post.wait(minutes=15)
    post.fcm.heal()
    post.wait(minutes=15)

    assert house.states() == [(FCM, DEAD, "expired")]
    assert post.pushed("noor-phone") == []


def test_push_and_mail_down_to_the_end_of_a_call_make_the_case_climb(house: House, post: Post):
    house.phone(house.mara, "mara-phone")
    post.fcm.fail(Fault.UNAVAILABLE_503)
    post.smtp.fault = MailFault.GREYLIST
    house.call(house.mara, CASE, expires_at=house.clock.at + timedelta(minutes=5))
    for _ in range(5):
        assert house.dead_calls() == []
        post.wait(minutes=1)

    assert [dead.staff_ids for dead in house.dead_calls()] == [(house.mara,)]


# providers that are slow


def test_push_hangs_and_the_mail_does_not_wait_for_it(house: House, patient: Post):
    house.phone(house.mara, "mara-phone")
    patient.fcm.fail(Fault.HANG)
    house.call(house.mara, CASE)
    patient.sender.send_due()
    wait_for("the mail", lambda: house.states() == [(EMAIL, SENT, None), (FCM, LEASED, None)])

    assert patient.mailed() == ["mara@riverside.example"]
    patient.fcm.let_go.set()
    assert patient.sender.drain()
    assert house.states() == [(EMAIL, SENT, None), (FCM, QUEUED, None)]


def test_everyday_pushes_hang_and_an_emergency_push_does_not_wait_for_them(house: House, patient: Post):
    for number in range(60):
        client = house.add_client(f"Client {number}")
        house.phone(client, f"slow-{number}")
        patient.fcm.fail(Fault.HANG, token=f"slow-{number}")
        house.tell_client(client)
    house.phone(house.mara, "mara-phone")
    patient.sender.send_due()
    house.call(house.mara, CASE)
    patient.sender.send_due()
    wait_for("the push", lambda: patient.pushed("mara-phone") == ["case_call"])

    everyday = [row.state for row in house.messages() if row.staff_id is None]
    assert LEASED in everyday
    assert set(everyday) <= {LEASED, QUEUED}
    patient.fcm.let_go.set()


def test_five_hundred_everyday_messages_in_the_queue_do_not_delay_an_emergency(house: House, post: Post):
    clients = [house.add_client(f"Client {number}") for number in range(10)]
    for number, client in enumerate(clients):
        house.phone(client, f"everyday-{number}")
    notices = [notice for turn in range(50) for notice in house.notices(clients, f"checkin:{turn}")]
    assert house.db.write_now(lambda tx: outbox.tell_many(tx, notices)) == 500
    house.phone(house.mara, "mara-phone")
    house.clock.advance(seconds=1)
    house.call(house.mara, CASE)
    post.sender.send_due(1)
    assert post.sender.drain()
    assert post.pushed("mara-phone") == ["case_call"]

    post.send_everything()
    assert len(post.fcm.deliveries) == 501
    assert post.mailed() == ["mara@riverside.example"]


def test_a_burst_of_calls_during_a_hang_leaves_every_call_owed_and_none_lost(house: House, post: Post):
    house.phone(house.mara, "mara-phone")
    post.fcm.fail(Fault.HANG)
    cases = [uuid4() for _ in range(20)]
    for case_id in cases:
        house.call(house.mara, case_id)
    post.sender.send_due()
    post.sender.drain()
    post.fcm.heal()
    for _ in range(3):
        post.wait(minutes=1)

    got = {delivery.message["data"]["case_id"] for delivery in post.fcm.inbox("mara-phone")}
    assert got == {str(case_id) for case_id in cases}
    assert {row.state for row in house.messages()} == {SENT}
