"""Web Push end to end: a browser registers over the real address, and the outbox reaches it through the stand-in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, text

from notifications.delivery import outbox
from notifications.delivery.models import ChannelName, Device, MessageState
from notifications.delivery.vapid import public_part
from server.core.db import Tx
from server.core.vault import Keys
from tests.delivery.house import House
from tests.delivery.line import KEY, Line
from tests.delivery.test_devices import application, sign_in
from tests.fakes.push_rules import Fault
from tests.fakes.push_service import PushService

WEBPUSH, EMAIL, FCM = ChannelName.WEBPUSH, ChannelName.EMAIL, ChannelName.FCM


@pytest.fixture
def line(house: House, tmp_path: Path) -> Iterator[Line]:
    with PushService() as service:
        settings = {"push_hosts": service.host, "push_contact": "mailto:ops@riverside.example"}
        with application(house, tmp_path, **settings) as api:
            made = Line(house, service, api)
            yield made
            made.close()


@pytest.fixture
def noor(house: House) -> dict[str, str]:
    return sign_in(house, client_id=house.noor)


def rows(house: House) -> list[Device]:
    return house.db.read_now(lambda tx: list(tx.session.scalars(select(Device).order_by(Device.id))))


def test_a_reminder_reaches_noors_browser_once_and_says_nothing(
    house: House, line: Line, noor: dict[str, str]
):
    browser = line.subscribed(noor)
    for _ in range(2):
        house.tell_client(house.noor)
        line.send_everything()

    (notice,) = browser.shown
    assert len(browser.got) == 1
    assert (notice["title"], notice["body"]) == ("You have something to look at.", "")
    (message,) = house.messages()
    assert notice["data"] == {"kind": "notice", "message": str(message.id)}
    assert notice["tag"] == str(message.id)
    assert (message.channel, message.state) == (WEBPUSH, MessageState.SENT)
    assert line.service.refused == []


def test_nothing_personal_is_in_what_a_client_gets(house: House, line: Line):
    marked = house.add_client("MARKERname")
    browser = line.subscribed(sign_in(house, client_id=marked))
    house.tell_client(marked, dedupe="checkin:MARKERdedupe:open", data={"checkin_id": "MARKERid"})
    line.send_everything()

    (push,) = browser.got
    assert b"something to look at" in push.plain
    assert b"MARKER" not in push.plain + push.body + str(push.headers).encode()
    assert b"checkin" not in push.plain


@pytest.mark.parametrize("fault", [Fault.GONE_410, Fault.NOT_FOUND_404])
def test_a_subscription_that_ended_is_forgotten(house: House, line: Line, noor: dict[str, str], fault: Fault):
    ended, alive = line.subscribed(noor), line.subscribed(noor)
    line.service.fail(fault, browser=ended)
    house.tell_client(house.noor)
    line.send_everything()

    assert len(rows(house)) == 1
    assert house.states() == [
        (WEBPUSH, MessageState.DEAD, "gone_address"),
        (WEBPUSH, MessageState.SENT, None),
    ]
    assert (len(ended.got), len(alive.got)) == (0, 1)


def test_a_busy_service_is_asked_again_when_it_wished_and_noor_sees_one_notice(
    house: House, line: Line, noor: dict[str, str]
):
    browser = line.subscribed(noor)
    line.service.fail(Fault.TOO_MANY_429, retry_after="600")
    house.tell_client(house.noor)
    line.send_everything()
    house.clock.advance(minutes=9)
    line.send_everything()
    assert browser.got == []
    house.clock.advance(minutes=2)
    line.send_everything()

    assert len(browser.shown) == 1
    assert [attempt.outcome for attempt in house.attempts()] == ["try_later", "sent"]


def test_an_answer_that_was_lost_sends_again_under_the_same_tag(
    house: House, line: Line, noor: dict[str, str]
):
    browser = line.subscribed(noor)
    line.service.fail(Fault.DROP_AFTER_ACCEPT)
    house.tell_client(house.noor)
    line.send_everything()
    house.clock.advance(minutes=5)
    line.send_everything()

    assert len(browser.got) == 2
    assert len(browser.shown) == 1


def test_a_subscription_made_anew_replaces_the_old_one_and_owed_notices_go_there(
    house: House, line: Line, noor: dict[str, str]
):
    old = line.subscribed(noor, chosen := uuid4())
    house.tell_client(house.noor)
    new = line.subscribed(noor, chosen)
    line.send_everything()

    assert len(rows(house)) == 1
    assert (len(old.got), len(new.got)) == (0, 1)


def test_a_native_app_and_a_browser_are_both_push_and_mail_is_the_other_way(house: House, line: Line):
    mara = sign_in(house, staff_id=house.mara)
    line.subscribed(mara)
    house.phone(house.mara, "token-of-mara")
    case_id = uuid4()
    house.call(house.mara, case_id, priority=2)
    assert sorted(row.channel for row in house.messages(case_id)) == [FCM, WEBPUSH]

    other = uuid4()
    house.call(house.mara, other, priority=2, other_channel=True)
    assert [row.channel for row in house.messages(other)] == [EMAIL]
    assert house.call(house.mara, uuid4()) == 3


def test_everyday_notices_to_many_go_by_each_ones_own_channel(house: House, line: Line, noor: dict[str, str]):
    luz = house.add_client("Luz")
    browser = line.subscribed(noor)
    house.phone(luz, "token-of-luz")
    notices = house.notices([house.noor, luz], "checkin")
    assert house.db.write_now(lambda tx: outbox.tell_many(tx, notices)) == 2
    line.send_everything()

    by_client = {row.client_id: row.channel for row in house.messages()}
    assert by_client == {house.noor: WEBPUSH, luz: FCM}
    assert len(browser.shown) == 1


def test_a_phone_that_changed_its_channel_never_gets_the_other_ones_address(
    house: House, line: Line, noor: dict[str, str]
):
    chosen = house.phone(house.noor, "fcm-token")
    house.tell_client(house.noor)
    browser = line.subscribed(noor, chosen)
    line.send_everything()

    assert house.states() == [(FCM, MessageState.DEAD, "gone_address"), (WEBPUSH, MessageState.SENT, None)]
    assert len(browser.shown) == 1
    assert len(rows(house)) == 1


def test_the_subscription_is_sealed_and_registering_says_nothing_of_it(
    house: House, line: Line, noor: dict[str, str]
):
    browser = line.service.subscribe(public_part(KEY))
    answer = line.put(noor, browser.subscription)

    assert answer.json()["channel"] == "webpush"
    assert "127.0.0.1" not in answer.text

    def stored(tx: Tx) -> str:
        return str(tx.session.execute(text("select * from devices")).all())

    assert "127.0.0.1" not in house.db.read_now(stored)


GOOD = {"p256dh": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"}
GOOD["auth"] = "tBHItJI5svbpez7KI4CCXg"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"endpoint": "https://evil.example/x"}, "subscription.endpoint"),
        ({"endpoint": "http://127.0.0.1/x"}, "subscription.endpoint"),
        ({"endpoint": "https://127.0.0.1/x"}, "subscription.endpoint"),
        ({"endpoint": "x" * 2049}, "subscription.endpoint"),
        ({"endpoint": 7}, "subscription.endpoint"),
        ({"keys": {**GOOD, "p256dh": "B" + "A" * 86}}, "subscription.keys.p256dh"),
        ({"keys": {**GOOD, "p256dh": "short"}}, "subscription.keys.p256dh"),
        ({"keys": {**GOOD, "auth": "short"}}, "subscription.keys.auth"),
        ({"keys": {"p256dh": GOOD["p256dh"]}}, "subscription.keys.auth"),
        ({"expirationTime": None}, "subscription"),
    ],
)
def test_a_wrong_subscription_is_refused_with_its_field_and_nothing_is_stored(
    house: House, line: Line, noor: dict[str, str], changes: dict[str, Any], path: str
):
    right = {"endpoint": f"{line.service.origin}/push/x", "keys": GOOD}
    chosen = uuid4()
    assert line.put(noor, right, chosen).status_code == 200
    line.api.delete(f"/api/me/devices/{chosen}", headers=noor)

    answer = line.put(noor, {**right, **changes})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == path
    assert rows(house) == []
    assert "evil" not in answer.text


def test_the_key_a_browser_subscribes_with_is_the_one_of_the_keys_file(
    house: House, line: Line, noor: dict[str, str], keys: Keys
):
    assert keys.push is not None
    private = ec.derive_private_key(int.from_bytes(keys.push, "big"), ec.SECP256R1())

    assert line.api.get("/api/push-key", headers=noor).json() == {"key": public_part(private)}
    assert line.api.get("/api/push-key").status_code == 401


def test_without_a_contact_there_is_no_key(house: House, noor: dict[str, str], tmp_path: Path):
    with application(house, tmp_path) as api:
        assert api.get("/api/push-key", headers=noor).json() == {"key": None}
