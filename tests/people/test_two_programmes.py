"""One e-mail address in two programmes: neither hears of the other, and signing in stays by e-mail alone."""

from typing import Any

import pyotp
import pytest

from server import upkeep
from server.core.errors import Conflict, NotFound
from server.people import passwords
from server.people.terms import Role
from tests.world import Person, World

HERE, ELSEWHERE = "plain words for riverside", "other words for elsewhere"
EMAIL = "lena@town.example"


@pytest.fixture
def elsewhere(world: World) -> Person:
    """The administrator of Otto's programme."""
    return world.staff("Olga", Role.ADMINISTRATOR, world.other_programme_id)


def added(world: World, by: Person, password: str) -> str:
    """The id of a new staff member with the one address, whose password is set."""
    answer = by.api.post("/staff", {"name": "Lena Ortiz", "email": EMAIL, "role": "clinician"})
    assert answer.status_code == 201, answer.text
    body = {"code": answer.json()["activation_code"], "password": password}
    assert world.anybody().post("/activate", body).status_code == 204
    return answer.json()["staff"]["id"]


def sign_in(world: World, password: str, otp: str | None = None) -> Any:
    body = {"email": EMAIL, "password": password} | ({"otp": otp} if otp else {})
    return world.anybody().post("/sign-in", body)


def enrolled(world: World, password: str) -> pyotp.TOTP:
    limited = {"Authorization": f"Bearer {sign_in(world, password).json()['token']}"}
    totp = pyotp.TOTP(world.anybody().post("/me/totp", headers=limited).json()["secret"])
    done = world.anybody().put("/me/totp", {"otp": totp.at(world.clock.at)}, headers=limited)
    assert done.status_code == 200, done.text
    world.clock.advance(minutes=2)
    return totp


def test_an_administrator_learns_nothing_of_another_programmes_staff(world: World, elsewhere: Person) -> None:
    added(world, elsewhere, ELSEWHERE)
    mine = added(world, world.adi, HERE)
    assert [row["id"] for row in world.adi.api.get("/staff").json()["staff"] if row["email"] == EMAIL] == [
        mine
    ]
    twice = world.adi.api.post("/staff", {"name": "Lena", "email": EMAIL, "role": "clinician"})
    assert twice.status_code == 409, "in one's own programme it is still told"


def test_the_password_decides_which_programme_is_meant(world: World, elsewhere: Person) -> None:
    there, here = added(world, elsewhere, ELSEWHERE), added(world, world.adi, HERE)
    assert sign_in(world, HERE).json()["staff"]["id"] == here
    assert sign_in(world, ELSEWHERE).json()["staff"]["id"] == there
    assert sign_in(world, "neither of the two words").status_code == 401
    assert elsewhere.api.delete(f"/staff/{there}").status_code == 204
    assert sign_in(world, ELSEWHERE).status_code == 401
    assert sign_in(world, HERE).status_code == 200


def test_with_the_same_password_in_both_the_code_decides(world: World, elsewhere: Person) -> None:
    there, here = added(world, elsewhere, HERE), added(world, world.adi, HERE)
    first = enrolled(world, HERE)
    assert sign_in(world, HERE).json()["staff"]["id"] == here, "the one without a second factor is meant"
    second = enrolled(world, HERE)
    for totp, whose in ((second, here), (first, there)):
        answer = sign_in(world, HERE, totp.at(world.clock.at))
        assert (answer.json()["staff"]["id"], answer.json()["second_factor_needed"]) == (whose, False)
    assert sign_in(world, HERE).status_code == 401
    assert sign_in(world, HERE, first.at(world.clock.at)).status_code == 401, "a code counts once"


def test_a_wrong_code_for_one_programme_opens_nothing_in_the_other(world: World, elsewhere: Person) -> None:
    added(world, elsewhere, HERE)
    enrolled(world, HERE)
    added(world, world.adi, HERE)
    assert sign_in(world, HERE, "000000").status_code == 401


def test_signing_in_to_ones_own_account_gives_no_new_tries_at_anothers(
    world: World, elsewhere: Person
) -> None:
    added(world, elsewhere, ELSEWHERE)
    added(world, world.adi, HERE)
    answers: list[int] = []
    for _ in range(7):
        answers.append(sign_in(world, "a guess at the other one").status_code)
        answers.append(sign_in(world, HERE).status_code)
    assert answers[:2] == [401, 200]
    assert answers[-1] == 429


def test_a_sign_in_takes_the_same_work_for_no_account_one_or_two(
    world: World, elsewhere: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str | None] = []
    real = passwords._matches
    monkeypatch.setattr(passwords, "_matches", lambda p, each: hashed.append(each) or real(p, each))
    work: list[int] = []
    for before in (
        lambda: None,
        lambda: added(world, elsewhere, ELSEWHERE),
        lambda: added(world, world.adi, HERE),
    ):
        before()
        hashed.clear()
        assert sign_in(world, "neither of the two words").status_code == 401
        work.append(len(hashed))
    assert work == [passwords.ALIKE] * 3


def test_an_operator_says_which_programme_a_lost_account_belongs_to(world: World, elsewhere: Person) -> None:
    added(world, elsewhere, ELSEWHERE)
    here = added(world, world.adi, HERE)
    with pytest.raises(Conflict, match="Elsewhere"):
        world.db.write_now(lambda tx: upkeep.recover(tx, EMAIL))
    with pytest.raises(NotFound):
        world.db.write_now(lambda tx: upkeep.recover(tx, EMAIL, "Nowhere"))
    name = world.adi.api.get("/programme").json()["name"]
    code = world.db.write_now(lambda tx: upkeep.recover(tx, EMAIL, name))
    assert world.anybody().post("/activate", {"code": code, "password": HERE + "!"}).status_code == 204
    assert sign_in(world, HERE + "!").json()["staff"]["id"] == here
