"""What goes out in which words, and what does not go: expired, removed, unconfigured, unreadable."""

import io
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

from notifications.delivery import outbox
from notifications.delivery.channels.console import ConsoleChannel
from notifications.delivery.messages import Kind
from notifications.delivery.models import ChannelName, Device, MessageState
from notifications.delivery.retry import Priority
from notifications.delivery.sending import Sender
from server.core.db import Tx
from server.people import sessions
from server.people.models import Programme, Staff
from server.people.terms import Language
from tests.delivery.house import House, Post

CASE = UUID("01990000-0000-7000-8000-0000000000aa")
FCM, EMAIL = ChannelName.FCM, ChannelName.EMAIL
SENT, DEAD = MessageState.SENT, MessageState.DEAD


# what cannot go


def test_a_message_whose_time_is_over_is_dead_and_not_sent(house: House, post: Post):
    house.phone(house.noor, "noor-phone")
    house.tell_client(house.noor, expires_at=house.clock.at + timedelta(hours=4))

    post.wait(hours=4)
    assert post.pushed("noor-phone") == []
    assert house.states() == [(FCM, DEAD, "expired")]
    assert house.attempts() == []


def test_a_message_for_later_waits_for_its_time(house: House, post: Post):
    house.phone(house.noor, "noor-phone")
    house.tell_client(house.noor, send_after=house.clock.at + timedelta(minutes=10))

    post.wait(minutes=9)
    assert post.pushed("noor-phone") == []
    post.wait(minutes=1)
    assert post.pushed("noor-phone") == ["notice"]


def test_without_a_configured_channel_a_call_dies_at_once_so_that_its_case_climbs(house: House):
    house.call(house.mara, CASE)
    sender = Sender(house.db, {})
    assert sender.send_due() == 1
    sender.close()

    assert house.states() == [(EMAIL, DEAD, "misconfigured")]
    assert [attempt.code for attempt in house.attempts()] == ["no_such_channel"]
    assert [dead.staff_ids for dead in house.dead_calls()] == [(house.mara,)]


def printed(house: House) -> list[str]:
    """What the demo's channel prints of everything owed now."""
    stream = io.StringIO()
    sender = Sender(house.db, {ChannelName.CONSOLE: ConsoleChannel(stream)})
    while sender.send_due():
        assert sender.drain()
    sender.close()
    return stream.getvalue().splitlines()


def test_the_console_stands_in_for_missing_channels_and_prints_neither_token_nor_address(house: House):
    house.phone(house.mara, "MARKERtoken")
    house.call(house.mara, CASE)
    lines = "\n".join(sorted(printed(house)))

    assert "emergency case call to Mara (case manager) by e-mail: Riverside: someone needs an answer" in lines
    assert "emergency case call to Mara (case manager) by push: " in lines
    assert not any(hidden in lines for hidden in ("MARKER", "@", str(house.mara), str(CASE)))
    assert {row.state for row in house.messages()} == {SENT}


def test_the_console_names_no_client(house: House):
    house.phone(house.noor, "noor-phone")
    house.tell_client(house.noor)
    (line,) = printed(house)

    assert f" to client …{house.noor.hex[-4:]} by push: " in line
    assert "Noor" not in line
    assert str(house.noor) not in line


def test_the_console_prints_a_call_whose_readers_name_does_not_open(house: House):
    def damage(tx: Tx) -> None:
        row = tx.session.get_one(Staff, house.mara)
        row.name = row.name[:-1] + bytes([row.name[-1] ^ 1])

    house.db.write_now(damage)
    house.call(house.mara, CASE)
    assert all(" to A colleague (case manager) by " in line for line in printed(house))
    assert {row.state for row in house.messages()} == {SENT}


def test_a_phone_signed_out_after_the_call_was_owed_is_not_rung_and_the_mail_still_goes(
    house: House, post: Post
):
    house.phone(house.mara, "mara-phone")
    house.call(house.mara, CASE)
    house.db.write_now(lambda tx: sessions.revoke(tx, staff_id=house.mara))
    post.send_everything()

    assert post.pushed("mara-phone") == []
    assert post.mailed() == ["mara@riverside.example"]


def test_a_call_to_somebody_who_left_meanwhile_is_dead_and_climbs(house: House, post: Post):
    house.call(house.mara, CASE)

    def leave(tx: Tx) -> None:
        tx.session.get_one(Staff, house.mara).left_at = tx.now

    house.db.write_now(leave)
    post.send_everything()
    assert post.mailed() == []
    assert [dead.staff_ids for dead in house.dead_calls()] == [(house.mara,)]


def test_one_token_that_does_not_open_stops_nobody_elses_call(house: House, post: Post):
    broken = house.phone(house.mara, "mara-phone")
    house.phone(house.ben, "ben-phone")
    house.call(house.mara, CASE)
    house.call(house.ben, CASE)

    def damage(tx: Tx) -> None:
        device = tx.session.get_one(Device, broken)
        device.token = device.token[:-1] + bytes([device.token[-1] ^ 1])

    house.db.write_now(damage)
    post.send_everything()
    assert post.pushed("ben-phone") == ["case_call"]
    assert sorted(post.mailed()) == ["ben@riverside.example", "mara@riverside.example"]
    assert "SealBroken" in {attempt.code for attempt in house.attempts()}


# the words


def test_staff_read_the_time_in_the_programmes_zone_and_ids_alone_go_along(house: House, post: Post):
    house.phone(house.mara, "mara-phone")
    by = house.clock.at + timedelta(minutes=40)
    house.call(house.mara, CASE, by=by, data={"client_id": str(house.noor)})
    post.send_everything()

    (push,) = post.fcm.inbox("mara-phone")
    body = push.message["notification"]["body"]
    assert body == "Someone needs an answer by 9:40 am. Open Riverside to see who, and to take it."
    data = push.message["data"]
    assert data == {
        "kind": "case_call",
        "message": data["message"],
        "case_id": str(CASE),
        "client_id": str(house.noor),
    }
    mail: EmailMessage = post.smtp.mails[0].message
    assert mail["Subject"] == "Riverside: someone needs an answer by 9:40 am"
    assert mail["To"] == "mara@riverside.example"


def test_a_time_that_has_passed_while_the_message_waited_is_not_named(house: House, post: Post):
    house.call(house.mara, CASE, by=house.clock.at + timedelta(minutes=5))

    post.wait(minutes=6)
    assert post.smtp.mails[0].message["Subject"] == "Riverside: someone needs an answer"


def test_a_client_reads_the_notice_in_their_language_and_learns_of_no_case(house: House, post: Post):
    luz = house.add_client("Luz", Language.ES)
    house.phone(luz, "luz-phone")
    house.tell_client(luz, case_id=CASE)
    post.send_everything()

    (push,) = post.fcm.inbox("luz-phone")
    assert push.message["notification"] == {"title": "Tienes algo que ver."}
    assert str(CASE) not in str(push.message)
    assert push.message["android"]["priority"] == "normal"


def test_the_provider_is_told_to_forget_the_message_when_its_time_is_over(house: House, post: Post):
    house.phone(house.noor, "noor-phone")
    house.tell_client(house.noor, expires_at=house.clock.at + timedelta(minutes=90))

    post.wait(minutes=30)
    (push,) = post.fcm.inbox("noor-phone")
    assert push.message["android"]["ttl"] == "3600s"


def test_a_renamed_programme_is_named_as_it_is_called_at_the_time_of_sending(house: House, post: Post):
    house.call(house.mara, CASE)

    def rename(tx: Tx) -> None:
        tx.session.get_one(Programme, house.programme).name = "Lakeside"

    house.db.write_now(rename)
    post.send_everything()
    assert post.smtp.mails[0].message["Subject"].startswith("Lakeside: ")


def test_every_kind_the_service_knows_can_be_put_into_words_and_sent(house: House, post: Post):
    told = set(Kind) - {
        Kind.NUMBER_CODE,
        Kind.EMAIL_CODE,
        Kind.SOUNDING,
    }  # go to the number or the address to be proved, and to the sinks alone

    def work(tx: Tx) -> None:
        for kind in told:
            recipient = outbox.to_staff(tx, house.mara)
            outbox.tell(tx, recipient, kind, dedupe=kind, priority=Priority.NORMAL, by=tx.now)

    house.db.write_now(work)
    post.send_everything()
    assert len(post.mailed()) == len(told)
