"""Mara adds a client: what she typed is never lost, and what she sent twice is one client."""

from server.people.models import Client
from tests.checkins.told import count
from tests.console.desk import desk
from tests.console.test_caseload import XSS, lines
from tests.world import World


def test_mara_adds_a_client_and_a_refused_form_keeps_what_was_typed(world: World) -> None:
    mara = desk(world, "Mara")
    typed = {
        "name": XSS,
        "risk_level": "high",
        "language": "es",
        "zone": "Mars/Olympus",
        "address": "12 Elm Street\nback door",
        "collateral_contacts[2].name": "Leila",
        "collateral_contacts[2].phone": "12",
        "collateral_contacts[2].consented": "true",
    }
    refused = mara.post("/caseload/new", typed)
    assert refused.status == 422
    assert refused.main.one("input", id="name").attributes["value"] == XSS
    assert "no time zone we know" in refused.main.one("small", id="zone-error").text
    assert refused.main.one("input", id="collateral_contacts[0].name").attributes["value"] == "Leila"
    wrong = mara.post("/caseload/new", {**typed, "zone": "America/Chicago"})
    assert "too few" in wrong.main.one("small", id="collateral_contacts[0].phone-error").text
    good = {**typed, "zone": "America/Chicago", "collateral_contacts[2].phone": "+1 503 555 0142"}
    added = mara.post("/caseload/new", good)
    assert added.status == 303
    assert added.to
    page = mara.get(added.to)
    assert page.main.one("h1").text == " ".join(XSS.split())
    assert not page.main.all("img")
    assert "49" not in page.main.one("h1").text
    assert "Leila" in page.text
    assert set(lines(mara.get("/caseload").main)) == {"Noor", " ".join(XSS.split())}


def test_a_form_sent_twice_adds_one_client_and_the_risk_is_never_guessed(world: World) -> None:
    mara = desk(world, "Mara")
    form = mara.get("/caseload/new").main
    first = form.one("select", id="risk_level").all("option")[0]
    assert (first.attributes["value"], first.text) == ("", "Choose")
    typed = {
        "id": form.one("input", name="id").attributes["value"],
        "name": "Pat",
        "zone": "America/Chicago",
        "language": "en",
        "phone": "(503) 555-0142",
    }
    refused = mara.post("/caseload/new", typed)
    assert (refused.status, refused.main.one("small", id="risk_level-error").text) == (
        422,
        "Choose how you judge it now.",
    )
    assert refused.main.one("input", name="id").attributes["value"] == typed["id"]
    added = mara.post("/caseload/new", {**typed, "risk_level": "high"})
    assert added.to == f"/clients/{typed['id']}?done=added"
    assert mara.post("/caseload/new", {**typed, "risk_level": "high"}).to == added.to
    assert count(world, Client) == 2
    said = mara.get(added.to).main.one("p", class_="said").text
    assert said == (
        "The client is added. No address yet: a welfare check could not be sent. Next: the rest of their care team, "
        "check-ins and the code for their phone."
    )
    assert "(503) 555-0142" in mara.get(added.to).text
    other = mara.post("/caseload/new", {**typed, "risk_level": "high", "name": "Pat Two"})
    assert (other.status, "A client was added with this form already" in other.text) == (409, True)
    taken = {**typed, "risk_level": "high", "id": str(world.other_programme_id)}
    assert mara.post("/caseload/new", taken).status == 303
    foreign = desk(world, "Otto").post("/caseload/new", {**typed, "risk_level": "high"})
    assert (foreign.status, "Pat" in foreign.main.one("div", role="alert").text) == (409, False)
    assert count(world, Client) == 3
