"""What is owed to whom: channels, dedupe, withdrawal, dead calls, and what is kept."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from notifications.delivery import outbox
from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName, Message, MessageState
from notifications.delivery.retry import Priority
from server.core.db import Tx
from server.people import sessions
from server.people.models import Staff
from tests.delivery.house import House, Post

CASE = UUID("01990000-0000-7000-8000-0000000000aa")
FCM, EMAIL = ChannelName.FCM, ChannelName.EMAIL


def channels(house: House) -> list[ChannelName]:
    return sorted(row.channel for row in house.messages())


def tell_mara(house: House, **changes: object) -> int:
    def work(tx: Tx) -> int:
        options: dict[str, object] = {"dedupe": "task:1", "priority": Priority.NORMAL, **changes}
        return outbox.tell(tx, outbox.to_staff(tx, house.mara), Kind.CASE_JOINED, **options)  # pyright: ignore

    return house.db.write_now(work)


def test_an_emergency_goes_to_every_phone_and_by_mail_at_once(house: House):
    house.phone(house.mara, "mara-phone")
    house.phone(house.mara, "mara-tablet")

    assert house.call(house.mara, CASE) == 3
    assert channels(house) == [EMAIL, FCM, FCM]


def test_an_everyday_message_takes_the_phone_and_leaves_the_mailbox_alone(house: House):
    house.phone(house.mara, "mara-phone")

    assert tell_mara(house) == 1
    assert channels(house) == [FCM]


def test_an_everyday_message_goes_by_mail_when_there_is_no_phone(house: House):
    assert tell_mara(house) == 1
    assert channels(house) == [EMAIL]


def test_the_other_channel_is_the_mailbox_for_somebody_with_a_phone(house: House):
    house.phone(house.mara, "mara-phone")

    tell_mara(house, other_channel=True)
    assert channels(house) == [EMAIL]


def test_the_other_channel_of_somebody_with_one_channel_is_that_one(house: House):
    house.phone(house.noor, "noor-phone")

    assert house.tell_client(house.noor, other_channel=True) == 1
    assert channels(house) == [FCM]


def test_a_client_without_a_phone_can_be_told_by_nobody(house: House):
    assert house.tell_client(house.noor) == 0
    assert house.messages() == []


def test_somebody_who_has_left_can_be_told_by_nobody(house: House):
    house.phone(house.mara, "mara-phone")

    def leave(tx: Tx) -> None:
        tx.session.get_one(Staff, house.mara).left_at = tx.now

    house.db.write_now(leave)
    assert house.call(house.mara, CASE) == 0


def test_a_signed_out_phone_is_not_told_anything(house: House):
    house.phone(house.noor, "noor-phone")
    house.db.write_now(lambda tx: sessions.revoke(tx, client_id=house.noor))

    assert house.tell_client(house.noor) == 0


def test_a_clients_phone_whose_session_ended_by_itself_is_not_told_anything(house: House):
    house.phone(house.noor, "noor-phone")
    house.clock.advance(days=121)

    assert house.tell_client(house.noor) == 0


def test_the_phone_of_somebody_on_call_rings_long_after_the_session_has_idled_out(house: House):
    house.phone(house.mara, "mara-phone")
    house.clock.advance(days=3)

    assert house.call(house.mara, CASE) == 2
    assert channels(house) == [EMAIL, FCM]


def test_the_same_call_is_owed_once_however_often_the_job_repeats_it(house: House):
    house.phone(house.mara, "mara-phone")

    assert [house.call(house.mara, CASE) for _ in range(3)] == [2, 2, 2]
    assert len(house.messages()) == 2


def test_the_next_call_of_the_same_case_is_a_new_one_and_so_is_a_colleagues(house: House):
    house.call(house.mara, CASE, 0)
    house.call(house.mara, CASE, 1)
    house.call(house.ben, CASE, 1)

    assert len(house.messages()) == 3


def test_a_call_undone_with_its_cause_was_never_owed(house: House):
    def work(tx: Tx) -> None:
        recipient = outbox.to_staff(tx, house.mara)
        outbox.tell(tx, recipient, Kind.CASE_CALL, dedupe="x", priority=Priority.URGENT)
        raise LookupError

    with pytest.raises(LookupError):
        house.db.write_now(work)
    assert house.messages() == []


def test_a_key_too_long_to_be_kept_whole_is_refused_before_two_obligations_can_look_alike(house: House):
    with pytest.raises(ValueError, match="too long"):
        tell_mara(house, dedupe="x" * 121)


def test_a_message_without_an_end_of_its_own_lives_as_long_as_its_priority_allows(house: House):
    tell_mara(house, send_after=house.clock.at + timedelta(hours=2))

    (row,) = house.messages()
    assert row.send_after == house.clock.at + timedelta(hours=2)
    assert row.expires_at == house.clock.at + timedelta(hours=26)


def test_many_clients_are_told_in_one_go_and_only_once(house: House):
    clients = [house.add_client(f"Noor {n}") for n in range(3)]
    for number, client_id in enumerate(clients):
        house.phone(client_id, f"phone-{number}")
    notices = house.notices([*clients, house.noor], "checkin:open")

    assert house.db.write_now(lambda tx: outbox.tell_many(tx, notices)) == 3
    house.db.write_now(lambda tx: outbox.tell_many(tx, notices))
    rows = house.messages()
    assert {row.client_id for row in rows} == set(clients)
    assert len(rows) == 3
    assert all(row.data == {"checkin_id": "c"} for row in rows)


def test_calls_still_owed_are_withdrawn_when_somebody_answers_and_nothing_climbs_for_them(
    house: House, post: Post
):
    house.phone(house.mara, "mara-phone")
    house.call(house.mara, CASE)
    house.call(house.ben, uuid4())
    house.db.write_now(lambda tx: outbox.forget_case(tx, CASE))
    post.send_everything()

    assert post.pushed("mara-phone") == []
    assert post.mailed() == ["ben@riverside.example"]
    assert {row.outcome for row in house.messages() if row.case_id == CASE} == {"withdrawn"}
    assert house.dead_calls() == []


def test_the_all_clear_goes_to_whoever_was_called_and_not_to_whoever_was_spared(house: House, post: Post):
    house.call(house.mara, CASE, 0)
    post.send_everything()
    house.call(house.ben, CASE, 1)
    house.call(house.sol, CASE, 2)
    assert house.db.read_now(lambda tx: outbox.told(tx, CASE)) == [house.mara, house.ben, house.sol]

    house.db.write_now(lambda tx: outbox.forget_case(tx, CASE))
    assert house.db.read_now(lambda tx: outbox.told(tx, CASE)) == [house.mara]


def kill(house: House, *staff: UUID, channel: ChannelName | None = None) -> None:
    """As a sender leaves messages that no channel could carry."""

    def work(tx: Tx) -> None:
        query = select(Message).where(Message.staff_id.in_(staff))
        for row in tx.session.scalars(query):
            if channel in (None, row.channel):
                row.state = MessageState.DEAD

    house.db.write_now(work)


def test_a_call_is_undelivered_only_when_every_channel_of_the_person_is_dead(house: House):
    house.phone(house.mara, "mara-phone")
    house.call(house.mara, CASE)

    kill(house, house.mara, channel=FCM)
    assert house.dead_calls() == []
    kill(house, house.mara)
    (dead,) = house.dead_calls()
    assert (dead.case_id, dead.call_number, dead.staff_ids) == (CASE, 0, (house.mara,))


def test_two_unreachable_people_on_one_rung_are_one_undelivered_call(house: House):
    for person in (house.mara, house.ben, house.sol):
        house.call(person, CASE, 2)
    kill(house, house.mara, house.ben)

    (dead,) = house.dead_calls()
    assert set(dead.staff_ids) == {house.mara, house.ben}


def test_a_dead_call_is_climbed_for_once_even_by_two_workers(house: House):
    house.call(house.mara, CASE)
    kill(house, house.mara)
    first, second = house.dead_calls(), house.dead_calls()

    assert house.db.write_now(lambda tx: outbox.mark_noticed(tx, first[0])) is True
    assert house.db.write_now(lambda tx: outbox.mark_noticed(tx, second[0])) is False
    assert house.dead_calls() == []


def test_an_earlier_call_that_arrived_does_not_hide_that_the_same_rung_is_dead_now(house: House):
    """After a lapse the ladder starts anew, and its numbers with it."""
    house.call(house.mara, CASE, 0, dedupe="case:ladder-1:call-0")
    house.call(house.mara, CASE, 0, dedupe="case:ladder-2:call-0")

    def one_dies(tx: Tx) -> None:
        row = tx.session.scalars(select(Message).where(Message.obligation == "case:ladder-2:call-0")).one()
        row.state = MessageState.DEAD

    house.db.write_now(one_dies)
    assert [dead.case_id for dead in house.dead_calls()] == [CASE]


def test_dead_calls_of_more_cases_than_asked_for_wait_for_the_next_look(house: House):
    cases = sorted(uuid4() for _ in range(3))
    for case_id in cases:
        house.call(house.mara, case_id)
    kill(house, house.mara)

    seen = house.db.read_now(lambda tx: outbox.undelivered_calls(tx, 2))
    assert len(seen) == 2


def test_old_everyday_messages_go_and_messages_of_a_case_stay(house: House, post: Post):
    house.clock.set(datetime.now(UTC))  # ids carry the machine's time, and say what is old
    house.sign_in(house.noor)
    house.phone(house.noor, "noor-phone")
    house.tell_client(house.noor)
    house.call(house.mara, CASE)
    post.send_everything()

    house.clock.advance(days=399)
    assert house.db.write_now(outbox.clean) == 0
    house.clock.advance(days=2)
    assert house.db.write_now(outbox.clean) == 1
    assert [row.case_id for row in house.messages()] == [CASE]
    assert [attempt.message_id for attempt in house.attempts()] == [house.messages()[0].id]


def test_no_name_token_or_address_stands_in_a_plain_column(house: House):
    house.phone(house.mara, "MARKERtoken")
    house.call(house.mara, CASE)

    stored = [str(vars(row)) for row in [*house.messages(), *house.attempts()]]
    assert not any("MARKER" in text or "@" in text or "Mara" in text for text in stored)
