"""Signing in as staff: long passwords, a second factor that counts once, and few tries."""

import asyncio
import subprocess
import sys
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from server.core.db import Tx
from server.core.errors import TooManyTries
from server.people import passwords
from server.people import sign_in as sign_in_rules
from server.people.caller import Caller
from server.people.models import SessionRow
from server.people.roles import Action
from tests.world import World

PASSWORD = "plain words in a row 26"


def activated(world: World, role: str = "clinician") -> dict[str, Any]:
    """A new staff member who has set a password."""
    new = {"name": "Lena Ortiz", "email": "Lena@Riverside.example", "role": role}
    answer = world.adi.api.post("/staff", new)
    assert answer.status_code == 201, answer.text
    done = world.anybody().post("/activate", {"code": answer.json()["activation_code"], "password": PASSWORD})
    assert done.status_code == 204, done.text
    return answer.json()


def enrolled(world: World) -> tuple[str, str]:
    """(token, totp secret) of a new staff member with a second factor."""
    activated(world)
    first = world.anybody().post("/sign-in", {"email": "lena@riverside.example", "password": PASSWORD})
    assert first.json()["second_factor_needed"] is True
    limited = {"Authorization": f"Bearer {first.json()['token']}"}
    secret = world.anybody().post("/me/totp", headers=limited).json()["secret"]
    otp = pyotp.TOTP(secret).at(world.clock.at)
    answer = world.anybody().put("/me/totp", {"otp": otp}, headers=limited)
    assert answer.status_code == 200, answer.text
    return answer.json()["token"], secret


def sign_in(world: World, otp: str | None, password: str = PASSWORD) -> Any:
    body = {"email": "lena@riverside.example", "password": password, "otp": otp}
    return world.anybody().post("/sign-in", {key: value for key, value in body.items() if value is not None})


def test_without_a_second_factor_only_its_enrolment_opens(world: World) -> None:
    activated(world)
    token = sign_in(world, None).json()["token"]
    limited = {"Authorization": f"Bearer {token}"}
    assert world.anybody().get("/clients", headers=limited).status_code == 403
    assert world.anybody().get("/cases", headers=limited).status_code == 403
    assert world.anybody().post("/me/totp", headers=limited).status_code == 200


def test_enrolment_ends_the_limited_session_and_opens_a_full_one(world: World) -> None:
    token, _ = enrolled(world)
    assert world.anybody().get("/clients", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_code_counts_once(world: World) -> None:
    _, secret = enrolled(world)
    world.clock.advance(minutes=2)
    otp = pyotp.TOTP(secret).at(world.clock.at)
    assert sign_in(world, otp).status_code == 200
    assert sign_in(world, otp).status_code == 401, "the same code again"
    world.clock.advance(seconds=30)
    assert sign_in(world, pyotp.TOTP(secret).at(world.clock.at)).status_code == 200


def test_a_code_from_before_the_last_one_used_no_longer_counts(world: World) -> None:
    _, secret = enrolled(world)
    world.clock.advance(minutes=2)
    older = pyotp.TOTP(secret).at(world.clock.at)
    newer = pyotp.TOTP(secret).at(world.clock.advance(seconds=30))
    assert sign_in(world, newer).status_code == 200
    assert sign_in(world, older).status_code == 401


def test_wrong_e_mail_password_and_code_answer_alike(world: World) -> None:
    _, secret = enrolled(world)
    world.clock.advance(minutes=2)
    otp = pyotp.TOTP(secret).at(world.clock.at)
    answers = [
        sign_in(world, "000000"),
        sign_in(world, None),
        sign_in(world, otp, password="not the password at all"),
        world.anybody().post(
            "/sign-in", {"email": "nobody@riverside.example", "password": PASSWORD, "otp": otp}
        ),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


def test_guessing_a_password_is_slowed_down_and_the_wait_is_told(world: World) -> None:
    _, secret = enrolled(world)
    world.clock.advance(minutes=20)
    for _ in range(10):
        assert sign_in(world, "123456", password="a wrong password here").status_code == 401
    stopped = sign_in(world, pyotp.TOTP(secret).at(world.clock.at))
    assert stopped.status_code == 429
    world.clock.advance(seconds=int(stopped.headers["retry-after"]) + 1)
    assert sign_in(world, pyotp.TOTP(secret).at(world.clock.at)).status_code == 200


def test_a_session_ends_by_idleness_by_age_and_at_once_when_revoked(world: World) -> None:
    token, _ = enrolled(world)
    api = {"Authorization": f"Bearer {token}"}
    for _ in range(3):
        world.clock.advance(minutes=25)
        assert world.anybody().get("/clients", headers=api).status_code == 200
    world.clock.advance(minutes=31)
    assert world.anybody().get("/clients", headers=api).status_code == 401


def test_a_session_in_use_ends_after_twelve_hours_all_the_same(world: World) -> None:
    token, _ = enrolled(world)
    api = {"Authorization": f"Bearer {token}"}
    for _ in range(28):
        world.clock.advance(minutes=25)
        assert world.anybody().get("/staff", headers=api).status_code == 200
    world.clock.advance(minutes=25)
    assert world.anybody().get("/staff", headers=api).status_code == 401


def test_signing_out_ends_the_session_at_once(world: World) -> None:
    token, _ = enrolled(world)
    api = {"Authorization": f"Bearer {token}"}
    assert world.anybody().post("/sign-out", headers=api).status_code == 204
    assert world.anybody().get("/clients", headers=api).status_code == 401


def test_somebody_who_left_is_out_at_once(world: World) -> None:
    staff = activated(world)["staff"]
    assert world.adi.api.delete(f"/staff/{staff['id']}").status_code == 204
    assert sign_in(world, None).status_code == 401


def test_a_lost_second_factor_is_reset_by_an_administrator(world: World) -> None:
    _, secret = enrolled(world)
    staff = next(row for row in world.adi.api.get("/staff").json()["staff"] if row["name"] == "Lena Ortiz")
    assert world.ida.api.delete(f"/staff/{staff['id']}/totp").status_code == 403
    assert world.adi.api.delete(f"/staff/{staff['id']}/totp").status_code == 204
    world.clock.advance(minutes=1)
    answer = sign_in(world, pyotp.TOTP(secret).at(world.clock.at))
    assert answer.json()["second_factor_needed"] is True


def test_browsers_get_a_cookie_that_no_script_and_no_other_site_can_use(world: World) -> None:
    activated(world)
    body = {"email": "lena@riverside.example", "password": PASSWORD}
    answer = world.anybody().post("/sign-in", body, headers={"Sec-Fetch-Site": "same-origin"})
    cookie = answer.headers["set-cookie"]
    assert "token" not in answer.json()
    for part in ("__Host-handrail-staff=", "HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert part.lower() in cookie.lower()
    value = cookie.split(";")[0]
    elsewhere = {"Cookie": value, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert world.anybody().post("/me/totp", headers=elsewhere).status_code == 403
    no_origin = {"Cookie": value}
    assert world.anybody().post("/me/totp", headers=no_origin).status_code == 403
    own = {"Cookie": value, "Origin": "https://handrail.example", "Sec-Fetch-Site": "same-origin"}
    assert world.anybody().post("/me/totp", headers=own).status_code == 200
    world.client.cookies.clear()


def test_noors_phone_app_and_maras_console_live_in_one_browser(world: World) -> None:
    both = {
        "Cookie": f"__Host-handrail={world.noor.token}; __Host-handrail-staff={world.mara.token}",
        "Origin": "https://handrail.example",
        "Sec-Fetch-Site": "same-origin",
    }
    browser = world.anybody()
    assert browser.get("/me", headers=both).json()["name"] == "Noor"
    assert browser.get("/cases", headers=both).status_code == 200
    alone = {**both, "Cookie": f"__Host-handrail-staff={world.mara.token}"}
    left = browser.post("/sign-out", headers=alone)
    assert left.status_code == 204
    assert "clear-site-data" not in left.headers
    assert browser.get("/cases", headers=both).status_code == 401
    gone = browser.post("/sign-out", headers=both)
    assert gone.headers["clear-site-data"] == '"cache", "storage"'
    assert "__Host-handrail=" in gone.headers["set-cookie"]
    world.client.cookies.clear()


@pytest.mark.parametrize("site", ["none", "same-site", "cross-site"])
def test_an_address_typed_beside_a_locked_phone_app_opens_nothing(world: World, site: str) -> None:
    token = world.noor.token
    cookie = {"Cookie": f"__Host-handrail={token}"}
    for path in ("/me", "/me/plan", "/me/plan.pdf", "/me/history", "/me/export"):
        assert world.anybody().get(path, headers={**cookie, "Sec-Fetch-Site": site}).status_code == 403
        assert (
            world.anybody().get(path, headers={**cookie, "Sec-Fetch-Site": "same-origin"}).status_code == 200
        )
    world.client.cookies.clear()


@pytest.mark.parametrize(
    ("password", "second_factor", "good"),
    [
        ("fourteen chars", False, False),
        ("fifteen chars ok", False, True),
        ("eightchr", True, True),
        ("seven77", True, False),
        ("password", True, False),
        ("passwordpassword", True, False),
        ("abcabcabcabcabc", False, False),
        ("12345678", True, False),
        ("aaaaaaaaaaaaaaaaaa", False, False),
        ("x" * 300, False, False),
    ],
)
def test_passwords_are_long_and_not_common(password: str, second_factor: bool, good: bool) -> None:
    assert (passwords.problem(password, second_factor=second_factor) is None) is good


def test_eight_characters_are_enough_for_whoever_has_an_authenticator_alone(world: World) -> None:
    short = "9 plums."
    new = {"name": "Rosa Lind", "email": "rosa@riverside.example", "role": "clinician"}
    made = world.adi.api.post("/staff", new).json()
    activate = {"code": made["activation_code"], "password": short}
    refused = world.anybody().post("/activate", activate)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "password")
    # Her code is still good for a longer one.
    assert world.anybody().post("/activate", {**activate, "password": PASSWORD}).status_code == 204

    _, secret = enrolled(world)
    (lena,) = [one for one in world.adi.api.get("/staff").json()["staff"] if one["name"] == "Lena Ortiz"]
    code = world.adi.api.post(f"/staff/{lena['id']}/invitations").json()["activation_code"]
    world.clock.advance(minutes=1)
    assert world.anybody().post("/activate", {"code": code, "password": short}).status_code == 204
    assert sign_in(world, pyotp.TOTP(secret).at(world.clock.at), short).status_code == 200


def test_passwords_are_argon2id_at_the_cost_of_its_rfc() -> None:
    asked = "from server.people import passwords; print(passwords.hashed('some words in a row'))"
    made = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    # RFC 9106, section 4, the second recommended option: 64 MiB, three times, four lanes.
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_stranger_elsewhere_cannot_lock_somebody_on_call_out(world: World) -> None:
    _, secret = enrolled(world)
    world.clock.advance(minutes=20)
    email = "lena@riverside.example"

    def wrong(tx: Tx) -> object:
        return sign_in_rules.find(tx, email, "203.0.113.9")

    found = [world.db.write_now(wrong) for _ in range(12)]
    assert isinstance(found[-1], TooManyTries)
    assert sign_in(world, pyotp.TOTP(secret).at(world.clock.at)).status_code == 200


def test_a_code_is_counted_before_anything_slow_is_done_for_a_stranger(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    real = passwords.hashed
    monkeypatch.setattr(passwords, "hashed", lambda password: hashed.append("once") or real(password))
    for _ in range(34):
        world.anybody().post("/activate", {"code": "A" * 10, "password": PASSWORD})
    assert len(hashed) == 30


def test_watching_the_stream_does_not_keep_a_session_alive(world: World) -> None:
    async def look(caller: Caller) -> None:
        await caller.whoami()

    token, _ = enrolled(world)
    row = select(SessionRow.last_used_at).order_by(SessionRow.id.desc()).limit(1)
    before = world.db.read_now(lambda tx: tx.session.scalar(row))
    world.clock.advance(minutes=5)
    caller = Caller.__new__(Caller)
    caller.db, caller.action, caller._token = world.db, Action.VIEW_CASES, token
    asyncio.run(look(caller))
    assert world.db.read_now(lambda tx: tx.session.scalar(row)) == before
    world.anybody().get("/staff", headers={"Authorization": f"Bearer {token}"})
    assert world.db.read_now(lambda tx: tx.session.scalar(row)) == world.clock.at
