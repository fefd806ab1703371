"""A staff member's telephone number: entered, proved with a code, used, removed."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from notifications.delivery import devices, outbox
from notifications.delivery.models import Attempt, ChannelName, Device, Message
from notifications.delivery.staff_models import PendingNumber
from server.core.audit import AuditRow
from server.core.db import Tx
from server.people import actions
from server.people.models import SessionRow
from tests.delivery.numbers import NUMBER, Exchange, exchange
from tests.fakes.sms import Fault
from tests.world import Person, World


@pytest.fixture
def lines(world: World) -> Iterator[Exchange]:
    with exchange(world.db) as made:
        made.send_everything()
        yield made


def enter(person: Person, number: str = NUMBER, *ways: str, status: int = 202) -> Any:
    answer = person.api.post("/staff/me/numbers", {"number": number, "ways": list(ways or ("sms",))})
    assert answer.status_code == status, answer.text
    return answer.json()


def give(person: Person, code: str, status: int = 200) -> Any:
    answer = person.api.post("/staff/me/numbers/code", {"code": code})
    assert answer.status_code == status, answer.text
    return answer.json()


def code_in(text: str) -> str:
    found = re.search(r"\d{6}", text)
    assert found, text
    return found[0]


def rows(world: World) -> list[tuple[ChannelName, bool]]:
    query = select(Device).where(Device.channel.in_((ChannelName.SMS, ChannelName.VOICE)))
    return world.db.read_now(
        lambda tx: [(row.channel, NUMBER.encode() in row.token) for row in tx.session.scalars(query)]
    )


def prove(world: World, at: datetime) -> None:
    """Everybody showed at this moment who they are."""

    def change(tx: Tx) -> None:
        tx.session.execute(update(SessionRow).values(proved_at=at))

    world.db.write_now(change)


def test_mara_proves_her_number_and_only_then_it_counts(world: World, lines: Exchange) -> None:
    shown = enter(world.mara, "(202) 555-0123", "sms", "voice")
    assert shown["pending"]["number"] == NUMBER
    assert shown["numbers"] == []
    assert rows(world) == []
    lines.send_everything()
    ((to, text),) = lines.first.texts
    assert (to, text) == (NUMBER, f"Riverside: your code is {code_in(text)}")
    found = give(world.mara, f" {code_in(text)[:3]} {code_in(text)[3:]} ")
    assert [(each["way"], each["number"]) for each in found["numbers"]] == [
        ("sms", NUMBER),
        ("voice", NUMBER),
    ]
    assert found["pending"] is None
    assert rows(world) == [(ChannelName.SMS, False), (ChannelName.VOICE, False)], "sealed"
    assert give(world.mara, code_in(text), 410)


def test_a_number_for_calls_alone_hears_its_code(world: World, lines: Exchange) -> None:
    enter(world.mara, NUMBER, "voice")
    lines.send_everything()
    (call,) = lines.first.calls
    spoken = "".join(re.findall(r"is ((?:\d, ){5}\d)", call.answer)[0].split(", "))
    assert [each["way"] for each in give(world.mara, spoken)["numbers"]] == ["voice"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("Mara", "this is not a telephone number"),
        ("0123", "too few or too many digits"),
        ("+1 202 555 01234567", "too few or too many digits"),
        ("+1 119 555 0123", "no telephone has such a number"),
        ("+1 900 555 0123", "costs whoever calls it"),
        ("202 555 0123 ext. 7", "a number with an extension"),
    ],
)
def test_what_is_no_number_is_said_at_its_field_and_changes_nothing(
    world: World, lines: Exchange, number: str, words: str
) -> None:
    problem = enter(world.mara, number, status=422)
    assert problem["errors"][0]["path"] == "number"
    assert words in problem["errors"][0]["message"]
    assert world.mara.api.get("/staff/me/numbers").json()["pending"] is None
    lines.send_everything()
    assert lines.first.taken == []


def test_five_wrong_codes_and_it_is_over(world: World, lines: Exchange) -> None:
    enter(world.mara)
    lines.send_everything()
    right = code_in(lines.first.texts[0][1])
    wrong = "000000" if right != "000000" else "111111"
    for left in (4, 3, 2, 1, 0):
        give(world.mara, wrong, 422)
        assert world.mara.api.get("/staff/me/numbers").json()["pending"]["tries_left"] == left
    give(world.mara, right, 410)
    assert rows(world) == []


def test_after_ten_minutes_it_is_over(world: World, lines: Exchange) -> None:
    enter(world.mara)
    lines.send_everything()
    world.clock.advance(minutes=10)
    give(world.mara, code_in(lines.first.texts[0][1]), 410)
    world.db.write_now(outbox.clean)
    assert world.db.read_now(lambda tx: list(tx.session.scalars(select(PendingNumber)))) == []


def test_a_second_number_takes_the_first_ones_place_before_its_code_is_sent(
    world: World, lines: Exchange
) -> None:
    enter(world.mara, "+12025550111")
    enter(world.mara, "+12025550122")
    lines.send_everything()
    ((to, text),) = lines.first.texts
    assert to == "+12025550122"
    assert give(world.mara, code_in(text))["numbers"][0]["number"] == "+12025550122"


def test_a_code_that_cannot_be_sent_is_said_and_goes_by_no_other_way(world: World, lines: Exchange) -> None:
    lines.first.fail(Fault.NOT_A_NUMBER)
    enter(world.mara)
    lines.send_everything()
    assert world.mara.api.get("/staff/me/numbers").json()["pending"]["could_not_be_sent"]
    assert lines.first.texts == []
    world.tick()
    world.mara.phone.nothing()


def test_the_code_stands_nowhere_in_the_open(world: World, lines: Exchange) -> None:
    enter(world.mara)
    lines.send_everything()
    code = code_in(lines.first.texts[0][1])

    def stored(tx: Tx) -> str:
        tables = (Message.__table__, Attempt.__table__, PendingNumber.__table__, AuditRow.__table__)
        return " ".join(str(list(tx.connection.execute(select(table)))) for table in tables)

    kept = world.db.read_now(stored)
    assert code not in kept.replace("-", " ").split("'")
    assert NUMBER not in kept


def test_one_number_may_belong_to_two_people(world: World, lines: Exchange) -> None:
    for person in (world.mara, world.otto):
        enter(person)
        lines.send_everything()
        give(person, code_in(lines.first.texts[-1][1]))
    for person in (world.mara, world.otto):
        assert len(person.api.get("/staff/me/numbers").json()["numbers"]) == 1


def test_removing_needs_a_fresh_proof_and_reaches_only_ones_own(world: World, lines: Exchange) -> None:
    enter(world.mara)
    lines.send_everything()
    (number,) = give(world.mara, code_in(lines.first.texts[0][1]))["numbers"]
    assert world.ben.api.delete(f"/staff/me/numbers/{number['id']}").status_code == 404
    prove(world, world.clock.at - timedelta(minutes=11))
    assert world.mara.api.delete(f"/staff/me/numbers/{number['id']}").status_code == 403
    enter(world.mara, status=403)
    prove(world, world.clock.at)
    assert world.mara.api.delete(f"/staff/me/numbers/{number['id']}").status_code == 204
    assert rows(world) == []


def test_adi_removes_a_lost_number_and_reads_no_more_than_its_last_digits(
    world: World, lines: Exchange
) -> None:
    enter(world.mara)
    lines.send_everything()
    give(world.mara, code_in(lines.first.texts[0][1]))
    theirs = f"/staff/{world.mara.id}/numbers"
    answer = world.adi.api.get(theirs)
    (seen,) = answer.json()["numbers"]
    assert seen["number"] == "…23"
    assert "555" not in answer.text
    assert world.sol.api.get(theirs).status_code == 403
    assert world.adi.api.get(f"/staff/{world.otto.id}/numbers").status_code == 404
    assert world.adi.api.delete(f"{theirs}/{uuid4()}").status_code == 404
    assert world.adi.api.delete(f"{theirs}/{seen['id']}").status_code == 204
    assert world.mara.api.get("/staff/me/numbers").json()["numbers"] == []


def test_a_number_outlives_signing_out_many_phones_and_a_year_but_not_leaving(
    world: World, lines: Exchange
) -> None:
    enter(world.mara)
    lines.send_everything()
    give(world.mara, code_in(lines.first.texts[0][1]))
    for count in range(devices.MOST + 2):
        body = {"channel": "fcm", "token": f"token-{count}"}
        assert world.mara.api.put(f"/me/devices/{uuid4()}", body).status_code == 200
    (number,) = world.mara.api.get("/staff/me/numbers").json()["numbers"]
    assert world.mara.api.delete(f"/me/devices/{number['id']}").status_code == 204
    world.clock.advance(days=400)
    world.db.write_now(outbox.clean)
    assert len(rows(world)) == 1
    world.db.write_now(lambda tx: actions.staff_leaves(tx, world.mara.id))
    world.db.write_now(outbox.clean)
    assert rows(world) == []


def test_without_a_provider_no_number_is_taken(world: World) -> None:
    problem = enter(world.mara, status=409)
    assert problem["detail"] == "This service is not set up for text messages."
    assert world.mara.api.get("/staff/me/numbers").json()["ways"] == []
