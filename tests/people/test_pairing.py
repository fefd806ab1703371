"""A phone becomes the client's with a one-time code."""

from server.people.invitations import ALPHABET
from tests.world import World


def invite(world: World) -> str:
    answer = world.mara.api.post(f"/clients/{world.noor.id}/invitations")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["link"].endswith(f"#pair={body['code']}"), (
        "the code travels in the fragment, never to a server's log"
    )
    assert body["qr"].startswith("<svg")
    return body["code"]


def test_noor_pairs_her_phone_and_reads_who_she_is(world: World) -> None:
    code = invite(world)
    answer = world.anybody().post("/pair", {"code": f" {code[:5].lower()}-{code[5:]} "})
    assert answer.status_code == 200, answer.text
    assert answer.json()["client"]["name"] == "Noor"
    me = world.anybody().get("/me", headers={"Authorization": f"Bearer {answer.json()['token']}"})
    assert me.json() == answer.json()["client"]


def test_a_code_works_once(world: World) -> None:
    code = invite(world)
    assert world.anybody().post("/pair", {"code": code}).status_code == 200
    assert world.anybody().post("/pair", {"code": code}).status_code == 410


def test_a_code_ends_after_72_hours(world: World) -> None:
    code = invite(world)
    world.clock.advance(hours=72)
    assert world.anybody().post("/pair", {"code": code}).status_code == 410


def test_a_new_code_ends_the_one_before(world: World) -> None:
    first, second = invite(world), invite(world)
    assert world.anybody().post("/pair", {"code": first}).status_code == 422
    assert world.anybody().post("/pair", {"code": second}).status_code == 200


def test_five_wrong_guesses_end_a_code_even_for_who_then_knows_it(world: World) -> None:
    code = invite(world)
    other = next(letter for letter in ALPHABET if letter != code[-1])
    for _ in range(5):
        assert world.anybody().post("/pair", {"code": code[:-1] + other}).status_code == 422
    assert world.anybody().post("/pair", {"code": code}).status_code == 422


def test_guessing_from_one_address_is_slowed_down(world: World) -> None:
    for n in range(30):
        guess = ALPHABET[n % 30] * 10
        assert world.anybody().post("/pair", {"code": guess}).status_code == 422
    assert world.anybody().post("/pair", {"code": "A" * 10}).status_code == 429
    world.clock.advance(minutes=16)
    assert world.anybody().post("/pair", {"code": "A" * 10}).status_code == 422


def test_a_staff_code_does_not_pair_and_a_pairing_code_sets_no_password(world: World) -> None:
    new = {"name": "Lena", "email": "lena@riverside.example", "role": "clinician"}
    staff_code = world.adi.api.post("/staff", new).json()["activation_code"]
    assert world.anybody().post("/pair", {"code": staff_code}).status_code == 422
    body = {"code": invite(world), "password": "plain words in a row 26"}
    assert world.anybody().post("/activate", body).status_code == 422


def test_a_lost_phone_is_signed_out_at_once(world: World) -> None:
    assert world.noor.api.get("/me").status_code == 200
    assert world.mara.api.delete(f"/clients/{world.noor.id}/sessions").status_code == 204
    assert world.noor.api.get("/me").status_code == 401


def test_codes_have_no_letters_that_look_alike() -> None:
    assert not set("01IOLU") & set(ALPHABET)
