"""Phones through the real addresses: registering, changing hands, other people's ids, and what is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.testing import TestClient
from sqlalchemy import delete, select, text

from notifications.delivery import devices, outbox
from notifications.delivery.models import ChannelName, Device, Message
from notifications.delivery.routes import routes
from server.core.audit import AuditRow
from server.core.db import Tx
from server.core.settings import check
from server.people import sessions
from server.people.caller import StrictRequest, provide_caller
from server.people.models import SessionRow, SessionScope
from server.problems import HANDLERS
from tests.delivery.house import House, Post

PHONE = "fcm-token"


@contextmanager
def application(house: House, folder: Path, **settings: str) -> Iterator[TestClient[Litestar]]:
    """The addresses of this package alone, with the service's own requests and refusals."""
    router = Router(
        path="/api",
        route_handlers=routes,
        dependencies={"caller": Provide(provide_caller, sync_to_thread=False)},
    )
    app = Litestar(
        route_handlers=[router],
        request_class=StrictRequest,
        exception_handlers=HANDLERS,
        state=State({"db": house.db, "settings": check({"data": str(folder), **settings})}),
        logging_config=None,
    )
    with TestClient(app) as client:
        yield client


@pytest.fixture
def api(house: House, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    with application(house, tmp_path) as client:
        yield client


def sign_in(house: House, **who: Any) -> dict[str, str]:
    token = house.db.write_now(lambda tx: sessions.start(tx, programme_id=house.programme, **who))
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def noor(house: House) -> dict[str, str]:
    return sign_in(house, client_id=house.noor)


@pytest.fixture
def mara(house: House) -> dict[str, str]:
    return sign_in(house, staff_id=house.mara)


def put(api: Any, headers: dict[str, str], device_id: UUID, token: str = PHONE) -> Any:
    body = {"channel": "fcm", "token": token}
    return api.put(f"/api/me/devices/{device_id}", json=body, headers=headers)


def rows(house: House) -> list[Device]:
    return house.db.read_now(lambda tx: list(tx.session.scalars(select(Device).order_by(Device.id))))


def audited(house: House, what: str) -> int:
    query = select(AuditRow.number).where(AuditRow.what == what)
    return house.db.read_now(lambda tx: len(tx.session.scalars(query).all()))


def test_a_phone_registers_itself_and_may_repeat_it_at_every_start(
    api: Any, house: House, noor: dict[str, str]
):
    chosen = uuid4()
    first = put(api, noor, chosen)
    house.clock.advance(hours=1)
    second = put(api, noor, chosen)

    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert first.json()["id"] == str(chosen)
    assert PHONE not in first.text
    (row,) = rows(house)
    assert row.seen_at == house.clock.at
    assert audited(house, "device.register") == 1


def test_a_new_token_replaces_the_old_one_and_owed_messages_go_there(
    api: Any, house: House, noor: dict[str, str], post: Post
):
    chosen = uuid4()
    put(api, noor, chosen, "old-token")
    house.tell_client(house.noor)
    put(api, noor, chosen, "new-token")
    post.send_everything()

    assert post.pushed("new-token") == ["notice"]
    assert post.pushed("old-token") == []


def test_an_app_installed_anew_keeps_its_token_and_the_messages_owed_to_it(
    api: Any, house: House, noor: dict[str, str], post: Post
):
    put(api, noor, uuid4(), "same-token")
    house.tell_client(house.noor)
    put(api, noor, anew := uuid4(), "same-token")
    post.send_everything()

    assert [row.id for row in rows(house)] == [anew]
    assert post.pushed("same-token") == ["notice"]


def test_a_phone_that_changed_hands_gets_nothing_meant_for_its_former_owner(
    api: Any, house: House, noor: dict[str, str], post: Post
):
    put(api, noor, uuid4(), "shared-phone")
    house.tell_client(house.noor)
    luz = house.add_client("Luz")
    put(api, sign_in(house, client_id=luz), uuid4(), "shared-phone")
    post.send_everything()

    assert post.pushed("shared-phone") == []
    assert [row.client_id for row in rows(house)] == [luz]


def test_two_phones_swapping_tokens_end_with_one_each(api: Any, house: House, noor: dict[str, str]):
    one, two = uuid4(), uuid4()
    put(api, noor, one, "token-a")
    put(api, noor, two, "token-b")
    put(api, noor, one, "token-b")
    assert [row.id for row in rows(house)] == [one]
    put(api, noor, two, "token-a")

    assert {row.id for row in rows(house)} == {one, two}


def test_somebody_elses_device_id_is_not_there_and_stays_untouched(
    api: Any, house: House, noor: dict[str, str], mara: dict[str, str]
):
    chosen = uuid4()
    put(api, noor, chosen, "noor-token")
    (before,) = rows(house)

    assert put(api, mara, chosen, "mara-token").status_code == 404
    assert api.delete(f"/api/me/devices/{chosen}", headers=mara).status_code == 204
    (after,) = rows(house)
    assert (after.client_id, after.token) == (house.noor, before.token)


def test_a_device_is_forgotten_at_once_and_forgetting_may_be_repeated(
    api: Any, house: House, noor: dict[str, str], post: Post
):
    put(api, noor, chosen := uuid4(), "noor-token")
    house.tell_client(house.noor)
    answers = [api.delete(f"/api/me/devices/{chosen}", headers=noor) for _ in range(2)]
    post.send_everything()

    assert [answer.status_code for answer in answers] == [204, 204]
    assert rows(house) == []
    assert post.pushed("noor-token") == []
    assert audited(house, "device.forget") == 1


def test_an_eleventh_phone_takes_the_place_of_the_one_seen_longest_ago(
    api: Any, house: House, noor: dict[str, str]
):
    chosen = [uuid4() for _ in range(devices.MOST + 1)]
    for number, device_id in enumerate(chosen):
        put(api, noor, device_id, f"token-{number}")
        house.clock.advance(minutes=1)

    assert {row.id for row in rows(house)} == set(chosen[1:])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"channel": "fcm"}, "token"),
        ({"channel": "pigeon", "token": "x"}, "channel"),
        ({"channel": "email", "token": "x"}, "channel"),
        ({"channel": "fcm", "token": ""}, "token"),
        ({"channel": "fcm", "token": "two words"}, "token"),
        ({"channel": "fcm", "token": "x" * 4097}, "token"),
        ({"channel": "fcm", "token": 7}, "token"),
        ({"channel": "fcm", "token": "x", "client_id": "y"}, "client_id"),
    ],
)
def test_a_wrong_body_is_refused_with_its_field_and_nothing_is_stored(
    api: Any, house: House, noor: dict[str, str], body: dict[str, Any], path: str
):
    answer = api.put(f"/api/me/devices/{uuid4()}", json=body, headers=noor)

    assert answer.status_code == 422
    assert path in str(answer.json()["errors"])
    assert rows(house) == []


def test_nobody_registers_a_phone_without_a_session_or_with_half_of_one(api: Any, house: House):
    enrolling = sign_in(house, staff_id=house.mara, scope=SessionScope.ENROL)

    assert put(api, {}, uuid4()).status_code == 401
    assert put(api, enrolling, uuid4()).status_code == 403
    assert rows(house) == []


def test_the_token_is_sealed_for_this_device_alone(api: Any, house: House, noor: dict[str, str], mara: Any):
    put(api, noor, uuid4(), "MARKERtoken")
    put(api, mara, uuid4(), "MARKERstaff")

    def stored(tx: Tx) -> str:
        return str(tx.session.execute(text("select * from devices")).all())

    assert "MARKER" not in house.db.read_now(stored)


def test_signing_out_takes_the_phone_off_duty_and_housekeeping_forgets_it(
    api: Any, house: House, mara: dict[str, str]
):
    put(api, mara, uuid4())
    house.db.write_now(lambda tx: sessions.revoke(tx, staff_id=house.mara))
    assert house.db.read_now(lambda tx: devices.of_person(tx, staff_id=house.mara)) == ()

    house.db.write_now(outbox.clean)
    assert rows(house) == []


def test_an_old_session_row_may_go_and_the_phone_on_call_stays(api: Any, house: House, mara: dict[str, str]):
    put(api, mara, chosen := uuid4())
    house.clock.advance(days=3)
    house.db.write_now(lambda tx: tx.session.execute(delete(SessionRow)))

    assert house.db.read_now(lambda tx: devices.of_person(tx, staff_id=house.mara)) == (
        (ChannelName.FCM, chosen),
    )


def test_a_phone_nobody_has_opened_for_nine_months_is_forgotten(api: Any, house: House, mara: dict[str, str]):
    put(api, mara, uuid4())
    house.clock.advance(days=269)
    house.db.write_now(outbox.clean)
    assert len(rows(house)) == 1
    house.clock.advance(days=2)
    house.db.write_now(outbox.clean)
    assert rows(house) == []


def test_forgetting_a_phone_leaves_the_history_of_what_it_was_sent(
    api: Any, house: House, noor: dict[str, str], post: Post
):
    put(api, noor, chosen := uuid4())
    house.tell_client(house.noor, expires_at=house.clock.at + timedelta(hours=1))
    post.send_everything()
    api.delete(f"/api/me/devices/{chosen}", headers=noor)

    query = select(Message.sent_at)
    assert house.db.read_now(lambda tx: tx.session.scalars(query).all()) == [house.clock.at]
