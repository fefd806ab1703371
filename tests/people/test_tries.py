"""Tries at one account from many places: guessing ends, and nobody is locked out where they sign in from."""

from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import event

from server.core.errors import Refusal, TooManyTries
from server.people import sign_in, sign_in_tries
from server.people.sign_in import Candidate
from tests.console.account_desk import SECRET, give_password, give_second_factor
from tests.world import World

HOME, CLINIC = "203.0.113.5", "2001:0db8:0bad:0001"
PASSWORD = "plain words in a row 26"


def email(world: World) -> str:
    """Mara's."""
    return f"mara@{world.programme_id.hex[-6:]}.example"


def found(world: World, address: str) -> list[Candidate] | Refusal:
    """What a try at Mara's account from there finds."""
    return world.db.write_now(lambda tx: sign_in.find(tx, email(world), address))


def begins(world: World, address: str) -> None:
    """Mara signs in from there, with the code of now."""
    otp = pyotp.TOTP(SECRET).at(world.clock.advance(seconds=60))
    world.db.write_now(lambda tx: sign_in.sign_in(tx, [world.mara.id], email(world), otp, address))


def guesses(world: World, address: str) -> int:
    """Wrong codes that are looked at from there, of twelve, by somebody who has Mara's password."""
    counted = [
        world.db.write_now(lambda tx: sign_in_tries.count_codes(tx, [world.mara.id], "000000", address))
        for _ in range(12)
    ]
    return sum(map(len, counted))


def test_one_customers_addresses_do_not_lock_mara_out(world: World) -> None:
    for number in range(25):
        for _ in range(10):
            last = found(world, f"2001:0db8:0000:{number:04x}")
    assert isinstance(last, TooManyTries)
    assert not isinstance(found(world, HOME), Refusal)
    assert not isinstance(found(world, CLINIC), Refusal), "another network"


def test_strangers_everywhere_stop_strangers_and_not_mara_where_she_signs_in_from(world: World) -> None:
    give_second_factor(world, world.mara)
    begins(world, HOME)
    for number in range(21):
        for _ in range(10):
            found(world, f"198.51.100.{number}")
    assert isinstance(found(world, "198.51.100.99"), TooManyTries)
    candidates = found(world, HOME)
    assert [each.staff_id for each in candidates] == [world.mara.id]  # type: ignore[union-attr]
    for _ in range(9):
        found(world, HOME)
    assert isinstance(found(world, HOME), TooManyTries), "ten from one address, also from a known one"
    world.clock.advance(days=91)
    for number in range(21):
        for _ in range(10):
            found(world, f"198.51.100.{number}")
    assert isinstance(found(world, HOME), TooManyTries), "nobody has come in from there for three months"


def test_who_knows_the_password_has_ten_codes_wherever_they_send_them_from(world: World) -> None:
    give_second_factor(world, world.mara)
    begins(world, HOME)
    assert sum(guesses(world, f"2001:0db8:{number:04x}:0001") for number in range(20)) == 10
    assert guesses(world, HOME) == 10, "hers are her own"
    world.clock.advance(minutes=16)
    guesses(world, HOME)
    begins(world, HOME)
    assert guesses(world, HOME) == 10, "signing in forgives them"


def tried(world: World, by: str, **given: str) -> httpx.Response:
    """A try to sign in as Mara, at the page or by the API."""
    body = {"email": email(world), "otp": pyotp.TOTP(SECRET).at(world.clock.at), **given}
    return (
        world.client.post("/sign-in", data=body) if by == "page" else world.anybody().post("/sign-in", body)
    )


@pytest.mark.parametrize("by", ["page", "api"])
def test_the_eleventh_code_is_not_looked_at_and_tells_nobody_that_the_password_fits(
    world: World, by: str
) -> None:
    give_second_factor(world, world.mara)
    give_password(world, world.mara, PASSWORD)
    guesses(world, "198.51.100.7")
    right = tried(world, by, password=PASSWORD)
    wrong = tried(world, by, password="not the password at all")
    nobody = tried(world, by, password=PASSWORD, email="nobody@riverside.example")
    assert right.status_code == wrong.status_code == nobody.status_code == 401
    if by == "api":
        assert right.text == wrong.text == nobody.text
    assert "After many wrong tries, wait 15 minutes." in right.text
    assert "set-cookie" not in right.headers
    world.clock.advance(minutes=16)
    assert tried(world, by, password=PASSWORD).status_code in (200, 303)


def statements(world: World, **given: str) -> list[str]:
    """What the database is asked in the course of a try, without the values."""
    asked: list[str] = []

    def note(_c: Any, _k: Any, text: str, *_: Any) -> None:
        if not text.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            asked.append(text)

    event.listen(world.db.engine, "before_cursor_execute", note)
    try:
        assert tried(world, "api", **given).status_code == 401
    finally:
        event.remove(world.db.engine, "before_cursor_execute", note)
    return asked


def test_a_wrong_password_takes_the_same_steps_as_a_wrong_code(world: World) -> None:
    give_second_factor(world, world.mara)
    give_password(world, world.mara, PASSWORD)
    statements(world, password=PASSWORD, otp="000000")  # the programme is remembered from now on
    wrong_code = statements(world, password=PASSWORD, otp="000000")
    assert len(wrong_code) > 5
    assert statements(world, password="not the password at all", otp="000000") == wrong_code
    nobody = statements(world, password=PASSWORD, otp="000000", email="nobody@riverside.example")
    assert len(nobody) - len(wrong_code) <= 1, "somebody else's code is compared"


def test_a_clinic_behind_one_router_signs_in_as_often_as_it_likes(world: World) -> None:
    for _ in range(130):
        assert not isinstance(found(world, CLINIC), Refusal)
        # Without a second factor, since one person's codes would take an hour for as many.
        world.db.write_now(lambda tx: sign_in.sign_in(tx, [world.mara.id], email(world), None, CLINIC))
    assert not isinstance(found(world, HOME), Refusal), "nor is the account used up elsewhere"


def test_a_hundred_wrong_tries_from_one_address_are_the_end_there_whatever_the_accounts(world: World) -> None:
    for number in range(100):
        tried_at = world.db.write_now(
            lambda tx, number=number: sign_in.find(tx, f"someone{number}@riverside.example", HOME)
        )
        assert not isinstance(tried_at, Refusal)
    assert isinstance(found(world, HOME), TooManyTries)
    assert not isinstance(found(world, CLINIC), Refusal)
    world.clock.advance(minutes=16)
    assert not isinstance(found(world, HOME), Refusal)


def test_passkey_options_are_not_counted_as_tries_to_sign_in(world: World) -> None:
    for _ in range(120):
        assert world.client.post("/sign-in/passkey/options").status_code == 200
    wrong = {"email": email(world), "password": "not the password at all"}
    assert world.anybody().post("/sign-in", wrong).status_code == 401
    for _ in range(180):
        world.client.post("/sign-in/passkey/options")
    assert world.client.post("/sign-in/passkey/options").status_code == 429, "but they end as well"
    assert world.anybody().post("/sign-in", wrong).status_code == 401
