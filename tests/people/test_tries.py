"""Tries at one account from many places: guessing ends, and nobody is locked out where they sign in from."""

import pyotp
import pytest

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
    return counted.count(None)


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


@pytest.mark.parametrize("by", ["page", "api"])
def test_the_eleventh_code_is_told_to_wait_and_is_not_looked_at(world: World, by: str) -> None:
    give_second_factor(world, world.mara)
    give_password(world, world.mara, PASSWORD)
    guesses(world, "198.51.100.7")
    given = {"email": email(world), "password": PASSWORD, "otp": pyotp.TOTP(SECRET).at(world.clock.at)}
    ways = {"page": lambda: world.client.post("/sign-in", data=given)}
    refused = ways.get(by, lambda: world.anybody().post("/sign-in", given))()
    assert refused.status_code == 429
    assert "Wait a little before the next try." in refused.text
    assert "set-cookie" not in refused.headers


def test_passkey_options_are_not_counted_as_tries_to_sign_in(world: World) -> None:
    for _ in range(120):
        assert world.client.post("/sign-in/passkey/options").status_code == 200
    wrong = {"email": email(world), "password": "not the password at all"}
    assert world.anybody().post("/sign-in", wrong).status_code == 401
    for _ in range(180):
        world.client.post("/sign-in/passkey/options")
    assert world.client.post("/sign-in/passkey/options").status_code == 429, "but they end as well"
    assert world.anybody().post("/sign-in", wrong).status_code == 401
