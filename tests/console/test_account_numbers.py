"""The page of one's telephone numbers, without script."""

import re
from collections.abc import Iterator

import pytest

from notifications.delivery.number_schemas import StaffNotices
from notifications.delivery.way_order import Sort
from tests.console.desk import desk
from tests.delivery.numbers import Exchange, exchange
from tests.world import World


@pytest.fixture
def lines(world: World) -> Iterator[Exchange]:
    with exchange(world.db) as made:
        made.send_everything()
        yield made


def test_mara_adds_a_number_mistypes_it_proves_it_and_removes_it(world: World, lines: Exchange) -> None:
    mara = desk(world, "Mara")
    assert "/account/numbers" in [each.attributes["href"] for each in mara.get("/account").main.all("a")]
    wrong = mara.post("/account/numbers", {"number": "555", "ways": "sms"})
    assert wrong.status == 422
    assert "this telephone number has too few or too many digits" in wrong.text
    assert wrong.main.one("input", id="number").attributes["value"] == "555"
    assert mara.post("/account/numbers", {"number": "202 555 0123"}).status == 422
    sent = mara.post("/account/numbers", {"number": "202 555 0123", "ways": "sms"})
    assert sent.to == "/account/numbers?done=sent"
    lines.send_everything()
    code = re.search(r"\d{6}", lines.first.texts[0][1])
    assert code
    refused = mara.post("/account/numbers/code", {"code": "1"})
    assert "this is not the code that was sent" in refused.text
    assert mara.post("/account/numbers/code", {"code": code[0]}).to == "/account/numbers?done=added"
    page = mara.get("/account/numbers?done=added")
    assert "+12025550123" in page.text
    assert "Text messages, verified" in page.text
    (form,) = [each for each in page.main.all("form") if each.attributes["action"].endswith("/remove")]
    assert mara.post(form.attributes["action"]).to == "/account/numbers?done=removed"
    assert "You have none yet." in mara.get("/account/numbers").text


def test_a_number_entered_by_mistake_is_dropped(world: World, lines: Exchange) -> None:
    mara = desk(world, "Mara")
    mara.post("/account/numbers", {"number": "202 555 0123", "ways": "voice"})
    assert "A call brings a code of six digits." in mara.get("/account/numbers").text
    assert mara.post("/account/numbers/code/drop").to == "/account/numbers?done=dropped"
    assert "Add a number" in mara.get("/account/numbers").text


def test_mara_chooses_the_order_and_her_quiet_hours(world: World) -> None:
    mara = desk(world, "Mara")
    assert "is not set up for text messages" in mara.get("/account/numbers").text
    given = {"first": "email", "second": "push", "quiet_from": "22:00", "quiet_to": ""}
    half = mara.post("/account/numbers/notices", given)
    assert half.status == 422
    assert "quiet hours need a beginning and an end" in half.text
    assert mara.post("/account/numbers/notices", {**given, "second": "email"}).status == 422
    kept = mara.post("/account/numbers/notices", {**given, "quiet_to": "07:00"})
    assert kept.to == "/account/numbers?done=kept"
    found = world.mara.api.get("/staff/me/notices").json()
    assert found == {"order": ["email", "push", "sms"], "quiet_from": "22:00", "quiet_to": "07:00"}
    assert StaffNotices([Sort(word) for word in found["order"]]).order[0] is Sort.EMAIL
    world.mara.api.put("/staff/me/notices", {"order": ["sms"]})
    assert world.mara.api.get("/staff/me/notices").json() == {
        "order": ["sms", "push", "email"],
        "quiet_from": None,
        "quiet_to": None,
    }
