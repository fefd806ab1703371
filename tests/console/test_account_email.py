"""Proving one's e-mail address at the console, without script."""

from collections.abc import Iterator

import pytest

from tests.console.desk import desk
from tests.delivery.mail import SLIP, Relay, relay, typed
from tests.world import World

RIGHT = "mara@riverside.example"
HINT = "Your e-mail address is not verified yet"


@pytest.fixture
def post(world: World) -> Iterator[Relay]:
    with relay(world) as made:
        typed(world, world.mara, RIGHT)
        yield made


def test_mara_is_told_on_every_page_until_she_has_given_the_code_back(world: World, post: Relay) -> None:
    mara = desk(world, "Mara")
    for path in ("/queue", "/today", "/caseload"):
        page = mara.get(path).page
        (note,) = [each for each in page.all("p") if HINT in each.text]
        assert note.one("a").attributes["href"] == "/account#email"
    assert HINT not in desk(world, "Ben").get("/queue").page.text
    account = mara.get("/account")
    assert HINT not in account.page.text, "the page itself says it"
    card = account.main.one("section", aria_labelledby="email")
    assert f"Send a code to {RIGHT}" in card.text
    assert mara.post(card.one("form").attributes["action"]).to == "/account?done=mailed#email"
    code = post.code(RIGHT)
    assert "A mail brings a code of six digits." in mara.get("/account").text
    refused = mara.post("/account/email/proof", {"code": "1"})
    assert refused.status == 422
    assert "this is not the code that was sent" in refused.text
    assert mara.post("/account/email/proof", {"code": f" {code} "}).to == "/account?done=verified"
    page = mara.get("/account?done=verified")
    assert "Your e-mail address is verified." in page.text
    assert page.main.all("section", aria_labelledby="email") == []
    assert HINT not in mara.get("/queue").page.text
    again = mara.post("/account/email/code")
    assert again.status == 409
    assert "This address is verified already." in again.text


def test_where_no_mail_is_sent_nobody_is_asked_to_prove_anything(world: World) -> None:
    typed(world, world.mara, RIGHT)
    mara = desk(world, "Mara")
    assert HINT not in mara.get("/queue").page.text
    assert "This service is not set up for e-mail now." in mara.get("/account").text


def test_sol_and_adi_see_that_maras_address_is_not_proved(world: World, post: Relay) -> None:
    typed(world, world.mara, SLIP)
    assert world.mara.api.delete(f"/me/devices/{world.mara.device_id}").status_code == 204
    others = desk(world, "Sol").get("/supervision/reach").main.one("section", aria_labelledby="others").text
    assert "Mara no way works" in others
    assert "E-mail: address not verified: the code has not been given back" in others
    assert "Have a code mailed to them under Account, and give it back" in others
    adi = desk(world, "Adi")
    page = adi.get(f"/admin/staff/{world.mara.id}")
    assert f"{SLIP} (not verified" in page.text
    assert "No way leads to this colleague." in page.text
    assert "If it never comes, the address may be wrong" in page.text
    assert f"{SLIP} (not verified)" in adi.get("/admin").text
    assert "verified" in adi.get(f"/admin/staff/{world.ben.id}").text


def test_adi_mends_the_slip_on_the_colleagues_page(world: World, post: Relay) -> None:
    typed(world, world.mara, SLIP)
    path = f"/admin/staff/{world.mara.id}"
    adi = desk(world, "Adi")
    form = adi.get(path).main.one("section", aria_labelledby="address").one("form")
    assert form.one("input", id="email").attributes["value"] == SLIP
    wrong = adi.post(form.attributes["action"], {"email": "mara@nowhere"})
    assert wrong.status == 422
    assert wrong.main.one("input", id="email").attributes["value"] == "mara@nowhere"
    assert adi.post(form.attributes["action"], {"email": RIGHT}).to == f"{path}?done=mended"
    page = adi.get(f"{path}?done=mended")
    assert "The address is changed." in page.text
    assert f"{RIGHT} (not verified" in page.text
    desk(world, "Mara").post("/account/email/code")
    assert post.code(RIGHT)
    assert post.bodies(SLIP) == []
