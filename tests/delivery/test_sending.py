"""The sender on both databases: killed workers, late workers, two workers, and any order of things."""

import threading
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifications.delivery import leasing, outbox, settling
from notifications.delivery.leasing import Job, Order
from notifications.delivery.models import ChannelName, Message, MessageState
from notifications.delivery.outcomes import (
    Ambiguous,
    GoneAddress,
    Misconfigured,
    Outcome,
    Sent,
    TryLater,
)
from notifications.delivery.retry import LEASE, Priority
from notifications.delivery.sending import Sender
from tests.delivery.house import House, Post

CASE = UUID("01990000-0000-7000-8000-0000000000aa")
FCM, EMAIL = ChannelName.FCM, ChannelName.EMAIL
SENT, DEAD, LEASED, QUEUED = MessageState.SENT, MessageState.DEAD, MessageState.LEASED, MessageState.QUEUED
PAST_LEASE = LEASE.total_seconds() + 1


def claim(house: House, *channels: ChannelName, urgent: bool = True, room: int = 50) -> list[Job]:
    """What one worker takes; the test then lets it die, or speak late."""
    order = Order(channels=channels or (FCM, EMAIL), urgent=urgent, room=room)
    return house.db.write_now(lambda tx: leasing.claim(tx, order)).jobs


def settle(house: House, job: Job, outcome: Outcome) -> bool:
    at = house.clock.at
    return house.db.write_now(lambda tx: settling.settle(tx, job.held, outcome, started_at=at, jitter=1.0))


# workers that die


def test_a_worker_killed_between_claim_and_send_costs_the_lease_and_no_message(house: House, post: Post):
    house.phone(house.mara, "mara-phone")
    house.call(house.mara, CASE)
    assert len(claim(house)) == 2

    post.send_everything()
    assert post.pushed("mara-phone") == []
    post.wait(seconds=PAST_LEASE)
    assert post.pushed("mara-phone") == ["case_call"]
    assert post.mailed() == ["mara@riverside.example"]
    assert {row.state for row in house.messages()} == {SENT}


def test_a_worker_killed_after_the_provider_took_it_costs_a_duplicate_under_the_same_id(
    house: House, post: Post
):
    house.phone(house.mara, "mara-phone")
    house.call(house.mara, CASE)
    (job,) = claim(house, FCM)
    assert isinstance(post.push.send(job.envelope), Sent)

    post.wait(seconds=PAST_LEASE)
    first, second = post.fcm.inbox("mara-phone")
    assert first.message["data"]["message"] == second.message["data"]["message"] == job.envelope.message_id
    assert first.message["android"]["notification"]["tag"] == second.message["android"]["notification"]["tag"]


def test_a_mail_sent_twice_bears_the_same_message_id(house: House, post: Post):
    house.call(house.mara, CASE)
    (job,) = claim(house, EMAIL)
    post.email.send(job.envelope)

    post.wait(seconds=PAST_LEASE)
    assert len({mail.message["Message-ID"] for mail in post.smtp.mails}) == 1
    assert len(post.smtp.mails) == 2


def test_a_worker_that_comes_back_late_changes_nothing(house: House):
    house.call(house.mara, CASE)
    (late,) = claim(house)
    house.clock.advance(seconds=PAST_LEASE)
    (newer,) = claim(house)

    assert newer.held.fence == late.held.fence + 1
    assert settle(house, late, Misconfigured("certificate")) is False
    assert house.states() == [(EMAIL, LEASED, None)]
    assert settle(house, newer, Sent()) is True
    assert settle(house, late, GoneAddress("smtp_550")) is False
    assert house.states() == [(EMAIL, SENT, None)]
    assert [attempt.fence for attempt in house.attempts()] == [1, 2], "one lease, one try on record"


def test_a_try_whose_record_was_stored_and_the_answer_to_that_lost_is_on_record_once(house: House):
    house.phone(house.mara, "mara-phone")
    house.call(house.mara, CASE)
    job = claim(house, FCM)[0]
    assert settle(house, job, Sent("provider-1")) is True
    assert settle(house, job, Sent("provider-1")) is False
    assert [(attempt.fence, attempt.provider_id) for attempt in house.attempts()] == [(1, "provider-1")]


def test_a_worker_late_but_not_replaced_may_still_say_that_it_was_sent(house: House):
    house.call(house.mara, CASE)
    (job,) = claim(house)
    house.clock.advance(seconds=PAST_LEASE)

    assert settle(house, job, Sent()) is True
    assert claim(house) == []


def test_a_call_withdrawn_while_on_its_way_stays_withdrawn_and_its_sending_is_on_record(house: House):
    house.call(house.mara, CASE)
    (job,) = claim(house)
    house.db.write_now(lambda tx: outbox.forget_case(tx, CASE))

    assert settle(house, job, Sent("provider-1")) is False
    assert house.states() == [(EMAIL, DEAD, "withdrawn")]
    assert [(attempt.outcome, attempt.provider_id) for attempt in house.attempts()] == [
        ("sent", "provider-1")
    ]
    assert house.db.read_now(lambda tx: outbox.told(tx, CASE)) == [house.mara]


def test_a_sender_that_closes_finishes_what_it_began(house: House, post: Post):
    for number in range(30):
        house.call(house.mara, uuid4(), number, priority=Priority.NORMAL)
    post.sender.send_due()
    post.sender.close()
    states = {row.state for row in house.messages()}
    assert LEASED not in states
    assert all(row.attempts == 0 for row in house.messages() if row.state is QUEUED)
    assert post.sender.send_due() == 0

    successor = post.new_sender()
    while successor.send_due():
        successor.drain()
    assert len(post.mailed()) == 30


def test_a_token_renewed_while_the_old_one_was_refused_is_kept_and_tried(house: House, post: Post):
    chosen = house.phone(house.noor, "old-token")
    house.tell_client(house.noor)
    (job,) = claim(house, FCM, urgent=False)
    house.phone(house.noor, "new-token", chosen)
    settle(house, job, GoneAddress("unregistered"))

    assert house.devices() == {chosen}
    post.wait(minutes=1)
    assert post.pushed("new-token") == ["notice"]


def test_an_app_installed_anew_during_the_refusal_of_its_token_is_forgotten_with_it(house: House):
    house.phone(house.noor, "same-token")
    house.tell_client(house.noor)
    (job,) = claim(house, FCM, urgent=False)
    house.phone(house.noor, "same-token")
    settle(house, job, GoneAddress("unregistered"))

    assert house.devices() == set()
    assert house.states() == [(FCM, DEAD, "gone_address")]


# several workers


def test_two_senders_at_once_double_nothing(house: House, post: Post):
    people = [house.add_staff(f"Helper{n}", "case_manager") for n in range(20)]  # type: ignore[arg-type]  a word
    for number, person in enumerate(people):
        house.phone(person, f"phone-{number}")
        house.call(person, CASE)
    other = post.new_sender()
    start = threading.Barrier(2)

    def work(sender: Sender) -> None:
        start.wait()
        while sender.send_due(7):
            pass

    threads = [threading.Thread(target=work, args=(sender,)) for sender in (post.sender, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for sender in (post.sender, other, post.sender):
        while sender.send_due():
            sender.drain()
        sender.drain()

    assert sorted(delivery.token for delivery in post.fcm.deliveries) == sorted(
        f"phone-{n}" for n in range(20)
    )
    assert len(post.mailed()) == len(set(post.mailed())) == 20
    assert {row.attempts for row in house.messages()} == {1}


def test_a_lane_takes_no_more_than_it_can_start_before_the_lease_ends(house: House):
    for number in range(9):
        house.call(house.mara, uuid4(), number)

    assert len(claim(house, EMAIL, room=4)) == 4
    assert len(claim(house, EMAIL, room=50)) == 5


def test_the_most_pressing_and_then_the_oldest_goes_first(house: House):
    for dedupe, priority in (
        ("low", Priority.LOW),
        ("normal", Priority.NORMAL),
        ("normal-2", Priority.NORMAL),
    ):
        house.call(house.mara, CASE, dedupe=dedupe, priority=priority)
        house.clock.advance(seconds=1)
    order = {row.id: row.obligation for row in house.messages()}

    jobs = claim(house, urgent=False)
    assert [order[job.held.message_id] for job in jobs] == ["normal", "normal-2", "low"]


# whatever the order of things

OUTCOMES: tuple[Outcome, ...] = (
    Sent("provider-1"),
    GoneAddress("smtp_550"),
    TryLater("smtp_451"),
    Misconfigured("certificate"),
    Ambiguous("timeout"),
)
STEPS = st.lists(
    st.one_of(
        st.just("claim"),
        st.just("withdraw"),
        st.sampled_from([1, 31, 700]).map(lambda seconds: ("wait", seconds)),
        st.tuples(st.just("settle"), st.integers(0, 5), st.sampled_from(OUTCOMES)),
        st.tuples(st.just("give back"), st.integers(0, 5)),
    ),
    max_size=12,
)


def _do(house: House, step: object, held: list[Job], case_id: UUID) -> None:
    match step:
        case "claim":
            held += claim(house, room=3)
        case "withdraw":
            house.db.write_now(lambda tx: outbox.forget_case(tx, case_id))
        case ("wait", int(seconds)):
            house.clock.advance(seconds=seconds)
        case ("settle", int(which), outcome) if held:
            settle(house, held[which % len(held)], outcome)  # pyright: ignore  drawn from OUTCOMES
        case ("give back", int(which)) if held:
            job = held[which % len(held)]
            house.db.write_now(lambda tx: settling.give_back(tx, job.held))
        case _:
            pass


def _whole(row: Message) -> bool:
    """Sent with its time, or dead without one, or still owed with neither."""
    if row.state is SENT:
        return row.sent_at is not None and row.outcome is None and row.device_id is None
    if row.state is DEAD:
        return row.sent_at is None and row.outcome is not None and row.device_id is None
    return row.sent_at is None and row.noticed_at is None


@given(steps=STEPS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_workers_do_in_whatever_order_a_message_ends_once_and_stays_ended(
    house: House, steps: list[object]
):
    case_id = uuid4()
    house.phone(house.mara, f"phone-{case_id}")
    house.call(house.mara, case_id)
    held: list[Job] = []
    ended: dict[UUID, MessageState] = {}
    for step in steps:
        _do(house, step, held, case_id)
        rows = house.messages(case_id)
        assert len({row.dedupe_key for row in rows}) == len(rows)
        assert all(_whole(row) for row in rows)
        assert all(row.state is ended.get(row.id, row.state) for row in rows)
        assert all(0 <= row.attempts <= row.fence for row in rows)
        ended |= {row.id: row.state for row in rows if row.state in (SENT, DEAD)}
    house.db.write_now(lambda tx: outbox.forget_case(tx, case_id))
