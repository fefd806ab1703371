"""Who sits down at Mara's open desk cannot make a code for Noor's phone, nor change what clients are told to call."""

from typing import Any

import pytest

from tests.console.account_desk import code, give_second_factor
from tests.console.desk import desk
from tests.console.test_crisis_lines import applies, tries
from tests.crisisplans.test_line_table import WARM, local, send
from tests.crisisplans.test_lines import file_of
from tests.world import Person, World


class Session:
    """One session of an API client: a native app with its bearer token."""

    def __init__(self, world: World, person: Person) -> None:
        self._api = world.anybody()
        self._headers = {"Authorization": f"Bearer {world.new_session(person)}"}

    def post(self, path: str, json: Any = None) -> Any:
        return self._api.post(path, json, headers=self._headers)


def test_an_api_client_shows_the_code_again_before_it_makes_a_pairing_code(world: World) -> None:
    give_second_factor(world, world.mara)
    app, other = Session(world, world.mara), Session(world, world.mara)
    path = f"/clients/{world.noor.id}/invitations"
    assert app.post(path).status_code == 201, "just signed in"
    world.clock.advance(minutes=10)
    refused = app.post(path)
    assert (refused.status_code, refused.json()["type"].endswith("proof-needed")) == (403, True), refused.text
    assert app.post("/step-up", {"otp": "000000"}).status_code == 422
    given = {"otp": code(world)}
    assert app.post("/step-up", given).status_code == 204
    assert app.post(path).status_code == 201
    assert other.post(path).status_code == 403, "another session of hers has shown nothing"
    assert other.post("/step-up", given).status_code == 422, "a code counts once"
    world.clock.advance(minutes=10)
    assert app.post(path).status_code == 403, "ten minutes are over"


def test_who_guesses_codes_for_the_step_up_is_stopped_and_clients_have_none(world: World) -> None:
    give_second_factor(world, world.mara)
    app = Session(world, world.mara)
    answers = [app.post("/step-up", {"otp": "000000"}).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    assert world.noor.api.post("/step-up", {"otp": "000000"}).status_code == 403
    assert world.anybody().post("/step-up", {"otp": "000000"}).status_code == 401


def test_lines_are_imported_by_who_has_just_shown_who_they_are(world: World) -> None:
    assert send(world.adi, file_of(WARM)).status_code == 200
    world.clock.advance(minutes=11)
    body = file_of()
    dry = world.adi.api.post(
        "/crisis-lines/import?dry_run=true", content=body, headers={"Content-Type": "text/csv"}
    )
    assert dry.status_code == 200, "to try a file needs no proof"
    real = world.adi.api.post("/crisis-lines/import", content=body, headers={"Content-Type": "text/csv"})
    assert (real.status_code, real.json()["type"].endswith("proof-needed")) == (403, True)
    assert local(world.mara) == ["warm_line"]


def test_at_the_console_the_code_is_given_in_the_form(world: World) -> None:
    give_second_factor(world, world.adi)
    give_second_factor(world, world.mara)
    adi, mara = desk(world, "Adi"), desk(world, "Mara")
    tried = tries(adi, file_of(WARM))
    assert not tried.main.all("input", name="otp"), "a fresh sign-in is proof enough"
    world.clock.advance(minutes=11)
    refused = applies(adi, tried)
    assert refused.status == 403
    assert "Give the code again" in refused.text
    assert local(world.mara) == []
    form = refused.main.one("form", action="/crisis-lines/import/apply")
    form.one("input", name="otp")
    assert applies(adi, refused, otp=code(world)).to == "/crisis-lines?done=imported"
    assert local(world.mara) == ["warm_line"]

    page = f"/clients/{world.noor.id}"
    mara.get(page).main.one("form", action=f"{page}/invitations").one("input", name="otp")
    blank = mara.post(f"{page}/invitations")
    assert (blank.status, "Give the code again" in blank.text) == (403, True)
    assert "A code was given" not in blank.text
    wrong = mara.post(f"{page}/invitations", {"otp": "000000"})
    assert (wrong.status, "this code does not fit" in wrong.text) == (422, True)
    right = mara.post(f"{page}/invitations", {"otp": code(world)})
    paired = world.anybody().post("/pair", {"code": right.main.one("p", class_="code").text})
    assert paired.status_code == 200
    assert not mara.get(page).main.one("form", action=f"{page}/invitations").all("input", name="otp")


@pytest.mark.parametrize("name", ["Sol", "Adi"])
def test_sensitive_pages_still_open_without_a_proof(world: World, name: str) -> None:
    at = desk(world, name)
    world.clock.advance(minutes=20)
    assert at.get("/crisis-lines/import").status == 200
