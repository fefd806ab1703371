"""Client records: created with a first care-team member, edited without overwriting somebody."""

from tests.world import World

NEW = {
    "name": "Theo Marsh",
    "zone": "America/Denver",
    "language": "es",
    "risk_level": "high",
    "phone": "(303) 555-0142",
    "address": "12 Elm St",
    "collateral_contacts": [
        {"name": "June", "relation": "sister", "phone": "303-555-0188", "consented": True}
    ],
}


def test_who_adds_a_client_starts_on_the_care_team(world: World) -> None:
    answer = world.mara.api.post("/clients", NEW)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["phone"] == "+13035550142"
    assert [(holder["role"], holder["staff"]["name"]) for holder in body["care_team"]] == [
        ("case_manager", "Mara")
    ]
    assert world.mara.api.get(f"/clients/{body['id']}").json() == body


def test_two_people_edit_a_record_and_the_second_is_told(world: World) -> None:
    path = f"/clients/{world.noor.id}"
    etag = world.mara.api.get(path).headers["etag"]
    edit = {key: NEW[key] for key in ("name", "zone", "language", "risk_level")}
    assert world.mara.api.put(path, edit, headers={"If-Match": etag}).status_code == 200
    assert world.ida.api.put(path, {**edit, "name": "Lost"}, headers={"If-Match": etag}).status_code == 412
    assert world.ida.api.put(path, edit).status_code == 428
    assert world.mara.api.get(path).json()["name"] == "Theo Marsh"


def test_each_wrong_field_is_named(world: World) -> None:
    for field, value, path in (
        ("zone", "localtime", "zone"),
        ("zone", "America/Nowhere", "zone"),
        ("phone", "call me", "phone"),
        ("phone", "12", "phone"),
        ("language", "fr", "language"),
        ("name", "", "name"),
        ("nickname", "T", "nickname"),
        ("collateral_contacts", [{"name": "June", "phone": "x"}], "collateral_contacts[0].phone"),
    ):
        answer = world.mara.api.post("/clients", {**NEW, field: value})
        assert answer.status_code == 422, (field, answer.text)
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.json()["errors"][0]["path"] == path, answer.text
    assert [row["name"] for row in world.mara.api.get("/clients").json()["clients"]] == ["Noor"]


def test_an_e_mail_belongs_to_one_person(world: World) -> None:
    new = {"name": "Lena", "email": "lena@riverside.example", "role": "clinician"}
    assert world.adi.api.post("/staff", new).status_code == 201
    assert world.adi.api.post("/staff", {**new, "email": "LENA@riverside.example"}).status_code == 409


def test_staff_are_found_by_page_and_only_administrators_see_e_mails(world: World) -> None:
    names = [row["name"] for row in world.mara.api.get("/staff").json()["staff"]]
    assert names == ["Mara", "Ben", "Sol", "Ida", "Adi"]
    assert all(row["email"] is None for row in world.mara.api.get("/staff").json()["staff"])
    assert all("@" in row["email"] for row in world.adi.api.get("/staff").json()["staff"])
