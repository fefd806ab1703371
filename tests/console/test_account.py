"""The account: the first password and second factor, own sessions, passkeys, and showing again who it is."""

import re

import pyotp
import pytest
from sqlalchemy import func, select

from server.people.models import Passkey, PasskeyChallenge, Staff
from tests.console.account_desk import code, give_password, give_second_factor, send_json, with_token
from tests.console.desk import Desk, desk
from tests.fakes.passkey import Authenticator
from tests.world import World

PASSWORD = "plain words in a row 26"


def registered(world: World, who: Desk, device: Authenticator, name: str = "Office laptop") -> None:
    options = send_json(world, who, "/account/passkeys/options", {})
    assert options.status_code == 200, options.text
    answer = {"credential": device.create(options.json()), "name": name}
    kept = send_json(world, who, "/account/passkeys", answer)
    assert kept.status_code == 200, kept.text


def test_lena_sets_her_password_and_second_factor_and_only_then_everything_opens(world: World) -> None:
    adi = desk(world, "Adi")
    shown = adi.post(
        "/admin/staff", {"name": "Lena Ortiz", "email": "lena@riverside.example", "role": "clinician"}
    )
    assert shown.status == 200
    one_time = shown.main.one("p", class_="one-time").text
    assert shown.main.one("img", class_="qr").attributes["src"].startswith("data:image/svg+xml")
    stranger = desk(world, None)
    short = stranger.post("/activate", {"code": one_time, "password": "too short"})
    assert short.status == 422
    assert "use at least 15 characters" in short.text
    assert (
        stranger.post("/activate", {"code": one_time, "password": PASSWORD}).to == "/sign-in?done=activated"
    )
    assert stranger.post("/activate", {"code": one_time, "password": PASSWORD}).status == 410
    given = {"email": "lena@riverside.example", "password": PASSWORD, "otp": "", "next": "/queue"}
    first = stranger.post("/sign-in", given)
    assert first.to == "/account/second-factor"
    lena = with_token(world, first.response)
    for closed in ("/queue", "/account", "/supervision"):
        assert lena.get(closed).status == 403
    page = lena.get("/account/second-factor")
    secret = page.main.one("code").text.replace(" ", "")
    wrong = lena.post("/account/second-factor", {"otp": "000000"})
    assert wrong.status == 422
    assert wrong.main.one("code").text.replace(" ", "") == secret, "the picture that was scanned still counts"
    right = lena.post("/account/second-factor", {"otp": pyotp.TOTP(secret).at(world.clock.at)})
    assert right.to == "/account?done=enrolled"
    assert lena.get("/account/second-factor").status == 303, "the session that could only enrol has ended"
    again = with_token(world, right.response)
    assert "Authenticator app: set up" in again.get("/account?done=enrolled").text
    assert again.get("/account/second-factor").to == "/account"


def test_mara_sees_where_she_is_signed_in_and_ends_what_she_does_not_know(world: World) -> None:
    here, elsewhere = desk(world, "Mara"), desk(world, "Mara")
    rows = here.get("/account").main.one("tbody").all("tr")
    assert "This one" in rows[0].text
    ends = [form.attributes["action"] for row in rows for form in row.all("form")]
    assert len(ends) == len(rows) - 1 >= 1
    assert desk(world, "Ben").post(ends[0]).status == 404, "nobody ends another person's session"
    assert elsewhere.get("/account").status == 200
    for end in ends:
        assert here.post(end).to == "/account?done=session"
    assert elsewhere.get("/account").to == "/sign-in?next=/account"
    third = desk(world, "Mara")
    out = here.post("/account/sign-out-everywhere")
    assert out.to == "/sign-in?done=everywhere"
    assert "You are signed out everywhere." in desk(world, None).get(out.to).text
    assert third.get("/account").status == here.get("/account").status == 303
    assert desk(world, "Ben").get("/account").status == 200


def test_ida_signs_in_by_passkey_alone_and_takes_it_away(world: World) -> None:
    ida, device = desk(world, "Ida"), Authenticator()
    registered(world, ida, device)
    stranger = desk(world, None)
    options = send_json(world, stranger, "/sign-in/passkey/options", {}).json()
    assert options["userVerification"] == "required"
    assert options["rpId"] == "handrail.example"
    answer = {"credential": device.get(options), "next": "/account"}
    inside = send_json(world, stranger, "/sign-in/passkey", answer)
    assert (inside.status_code, inside.json()) == (200, {"to": "/account"})
    page = with_token(world, inside).get("/account")
    assert "Office laptop" in page.text
    assert "under a minute ago" in page.text
    again = send_json(world, stranger, "/sign-in/passkey", answer)
    assert again.status_code == 401, "the same answer counts once"
    assert "set-cookie" not in again.headers
    remove = next(
        form.attributes["action"]
        for form in page.main.all("form")
        if "/passkeys/" in form.attributes.get("action", "")
    )
    assert desk(world, "Mara").post(remove).status == 404
    assert ida.post(remove).to == "/account?done=removed"
    options = send_json(world, stranger, "/sign-in/passkey/options", {}).json()
    gone = send_json(world, stranger, "/sign-in/passkey", {"credential": device.get(options)})
    assert gone.status_code == 401


def test_passkeys_that_prove_nothing_open_nothing(world: World) -> None:
    ida, stranger, device = desk(world, "Ida"), desk(world, None), Authenticator()
    registered(world, ida, device)

    def tries(who: Authenticator, wait: int = 0) -> int:
        options = send_json(world, stranger, "/sign-in/passkey/options", {}).json()
        world.clock.advance(minutes=wait)
        return send_json(world, stranger, "/sign-in/passkey", {"credential": who.get(options)}).status_code

    device.origin = "https://handrail.example.evil.example"
    assert tries(device) == 401, "a page that only looks like ours"
    device.origin, device.verifies = "https://handrail.example", False
    assert tries(device) == 401, "a device that did not check its user"
    device.verifies = True
    unknown = Authenticator()
    unknown.credential_id = device.credential_id
    assert tries(unknown) == 401, "another key under the same name"
    assert tries(device, wait=6) == 401, "a challenge of six minutes ago"
    assert tries(device) == 200
    device.count -= 2
    assert tries(device) == 401, "a copy of the device counts behind it"
    for junk in ({}, {"credential": {}}, {"credential": {"rawId": 3, "response": "?"}}, {"credential": []}):
        assert send_json(world, stranger, "/sign-in/passkey", junk).status_code in (400, 401)
    other = Authenticator("https://elsewhere.example")
    options = send_json(world, ida, "/account/passkeys/options", {})
    refused = send_json(world, ida, "/account/passkeys", {"credential": other.create(options.json())})
    assert refused.status_code == 400
    assert world.db.read_now(lambda tx: tx.session.scalar(select(func.count()).select_from(Passkey))) == 1


def test_a_challenge_is_for_one_purpose_and_one_person(world: World) -> None:
    ida, mara, device = desk(world, "Ida"), desk(world, "Mara"), Authenticator()
    registered(world, ida, device)
    proof = send_json(world, ida, "/account/proof/options", {}).json()
    assert [each["id"] for each in proof["allowCredentials"]] == [device.create({**_NOBODY, **proof})["id"]]
    credential = device.get(proof)
    assert (
        send_json(world, desk(world, None), "/sign-in/passkey", {"credential": credential}).status_code == 401
    )
    assert send_json(world, mara, "/account/proof/passkey", {"credential": credential}).status_code == 400
    assert send_json(world, ida, "/account/proof/passkey", {"credential": credential}).status_code == 200
    assert send_json(world, ida, "/account/proof/passkey", {"credential": credential}).status_code == 400
    own = device.get(send_json(world, mara, "/account/proof/options", {}).json())
    assert send_json(world, mara, "/account/proof/passkey", {"credential": own}).status_code == 400, (
        "Ida's passkey"
    )
    left = world.db.read_now(lambda tx: tx.session.scalar(select(func.count()).select_from(PasskeyChallenge)))
    assert left == 0


_NOBODY = {"user": {"id": ""}, "rp": {"id": "handrail.example"}}


def test_somebody_who_left_or_lost_the_device_no_longer_comes_in_by_passkey(world: World) -> None:
    ben, ida = Authenticator(), Authenticator()
    registered(world, desk(world, "Ben"), ben)
    registered(world, desk(world, "Ida"), ida)
    adi, stranger = desk(world, "Adi"), desk(world, None)
    assert adi.post(f"/admin/staff/{world.ben.id}/leave").to == "/admin?done=left"
    assert adi.post(f"/admin/staff/{world.ida.id}/reset").to == "/admin?done=reset"
    for device in (ben, ida):
        options = send_json(world, stranger, "/sign-in/passkey/options", {}).json()
        assert (
            send_json(world, stranger, "/sign-in/passkey", {"credential": device.get(options)}).status_code
            == 401
        )


@pytest.mark.parametrize("by", ["code", "passkey"])
def test_after_ten_minutes_a_sensitive_act_asks_again_who_it_is(world: World, by: str) -> None:
    give_second_factor(world, world.adi)
    adi, device = desk(world, "Adi"), Authenticator()
    registered(world, adi, device)
    world.clock.advance(minutes=11)
    new = {"name": "Lena Ortiz", "email": "lena@riverside.example", "role": "clinician"}
    refused = adi.post("/admin/staff", new)
    assert refused.status == 403
    assert "The last proof is over ten minutes old." in refused.text
    assert refused.main.one("input", id="name").attributes["value"] == "Lena Ortiz", "nothing typed is lost"
    assert world.adi.api.post("/staff", new).status_code == 403, "the API asks as well"
    if by == "code":
        wrong = adi.post("/admin/staff", {**new, "otp": "000000"})
        assert (wrong.status, "this code does not fit" in wrong.text) == (422, True)
        assert adi.post("/admin/staff", {**new, "otp": code(world)}).status == 200
    else:
        options = send_json(world, adi, "/account/proof/options", {}).json()
        proved = send_json(world, adi, "/account/proof/passkey", {"credential": device.get(options)})
        assert proved.status_code == 200
        assert adi.post("/admin/staff", new).status == 200
    assert adi.post(f"/admin/staff/{world.ben.id}/leave").status == 303, "it holds for ten minutes"
    world.clock.advance(minutes=10)
    assert adi.post(f"/admin/staff/{world.ida.id}/leave").status == 403


def test_a_code_that_was_shown_once_cannot_be_shown_again(world: World) -> None:
    give_second_factor(world, world.adi)
    adi = desk(world, "Adi")
    world.clock.advance(minutes=11)
    otp = code(world)
    assert adi.post("/account/proof", {"otp": otp}).to == "/account?done=proved"
    assert adi.post("/account/proof", {"otp": otp}).status == 422
    page = adi.get("/account")
    assert not re.search(otp, page.text)


def test_who_may_open_the_account(world: World) -> None:
    for name in ("Mara", "Ida", "Sol", "Adi", "Otto"):
        assert desk(world, name).get("/account").status == 200
    assert desk(world, None).get("/account").to == "/sign-in?next=/account"
    for path in ("/account/passkeys/options", "/account/proof/options", "/account/session"):
        assert send_json(world, desk(world, None), path, {}).status_code == 401


def test_bens_secret_stays_until_he_asks_for_another_and_nobody_else_sees_it(world: World) -> None:
    give_password(world, world.ben, PASSWORD)
    given = {"email": f"ben@{world.programme_id.hex[-6:]}.example", "password": PASSWORD, "otp": ""}
    stranger = desk(world, None)

    def secret(of: Desk) -> str:
        return of.get("/account/second-factor").main.one("code").text

    ben = with_token(world, stranger.post("/sign-in", given).response)
    first = secret(ben)
    link = {"Sec-Fetch-Site": "cross-site"}
    assert ben.get("/account/second-factor", **link).main.one("code").text == first, "looking changes nothing"
    assert ben.post("/account/second-factor/new").to == "/account/second-factor"
    second = secret(ben)
    assert second != first
    old = pyotp.TOTP(first.replace(" ", "")).at(world.clock.at)
    assert ben.post("/account/second-factor", {"otp": old}).status == 422
    somebody = with_token(world, stranger.post("/sign-in", given).response)
    assert secret(somebody) not in (first, second), "whoever knows the password begins anew"
    assert ben.get("/account/second-factor").status == 303, "and the enrolment before has ended"
    enrolling = with_token(world, stranger.post("/sign-in", given).response)
    world.db.write_now(lambda tx: setattr(tx.session.get_one(Staff, world.ben.id), "totp_secret", None))
    empty = enrolling.get("/account/second-factor")
    assert (empty.status, empty.main.all("code")) == (200, [])
    assert enrolling.post("/account/second-factor", {"otp": "123456"}).to == "/account/second-factor"
