"""Adi's pages: staff and their codes, moving clients, the programme's settings, channels, keys and health."""

from sqlalchemy import delete, select

from notifications.delivery import serving
from notifications.delivery.models import ChannelName, ServedChannel
from server.core.audit import AuditRow
from server.core.db import Tx
from server.people.models import CareSpell, Programme
from server.people.terms import CareRole
from tests.console.desk import Shown, desk
from tests.world import World

FORM_TAGS = ("input", "textarea", "select")


def filled(page: Shown, **changes: str) -> dict[str, str]:
    """The settings form as it stands, with these fields typed over."""
    form = page.main.one("form", action="/admin/programme")
    fields: dict[str, str] = {}
    for box in form.all("input"):
        own = box.attributes
        if own.get("type") != "checkbox" or "checked" in own:
            fields[own["name"]] = own["value"]
    for area in form.all("textarea"):
        fields[area.attributes["name"]] = "".join(str(child) for child in area.children)
    for choice in form.all("select"):
        fields[choice.attributes["name"]] = next(
            option.attributes["value"] for option in choice.all("option") if "selected" in option.attributes
        )
    return {**fields, **{name.replace("__", "."): value for name, value in changes.items()}}


def stored(world: World) -> dict[str, object]:
    return world.db.read_now(lambda tx: dict(tx.session.get_one(Programme, world.programme_id).settings))


def test_adi_adds_somebody_and_hands_over_a_code_that_is_shown_once(world: World) -> None:
    adi = desk(world, "Adi")
    new = {"name": "Lena Ortiz", "email": "lena@riverside.example", "role": "case_manager"}
    code = adi.post("/admin/staff", new).main.one("p", class_="one-time").text
    page = adi.get("/admin")
    assert code not in page.text
    row = next(row for row in page.main.one("tbody").all("tr") if "Lena Ortiz" in row.text)
    assert "not yet active: has not set a password" in row.text
    assert "Lena Ortiz (not yet active)" in adi.get("/admin/care-teams").text
    twice = adi.post("/admin/staff", {**new, "name": "Lena O."})
    assert twice.status == 409
    assert twice.main.one("input", id="name").attributes["value"] == "Lena O."
    wrong = adi.post("/admin/staff", {**new, "email": "nobody", "role": ""})
    assert wrong.status == 422
    second = next(f for f in row.all("form") if f.attributes["action"].endswith("/code")).attributes["action"]
    assert adi.post(second).main.one("p", class_="one-time").text != code
    assert adi.post(f"/admin/staff/{world.adi.id}/leave").status == 409, "nobody removes themselves"
    assert adi.post(f"/admin/staff/{world.otto.id}/leave").status == 404


def test_adi_moves_all_of_maras_clients_to_ben_after_seeing_how_many(world: World) -> None:
    pat = world.add_client("Pat")
    adi = desk(world, "Adi")
    chosen = {"role": "case_manager", "leaving": str(world.mara.id), "to": str(world.ben.id)}
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    page = adi.get(f"/admin/care-teams?{query}")
    assert "2 clients" in page.text
    assert "For 2 of them Ben has another role" in page.text
    assert "Noor" not in page.text
    world.add_client("Quinn")
    stale = adi.post("/admin/care-teams", {**chosen, "count": "2"})
    assert stale.status == 409
    assert "It was 2 when you looked and is 3 now" in stale.text
    world.clock.advance(minutes=1)
    assert adi.post("/admin/care-teams", {**chosen, "count": "3"}).to == "/admin/care-teams?done=moved"
    team = world.sol.api.get(f"/clients/{pat.id}").json()["care_team"]
    holders = {each["role"]: each["staff"]["name"] for each in team}
    assert holders == {"case_manager": "Ben", "backup": "Ben", "supervisor": "Sol", "clinician": "Ida"}
    assert world.mara.api.get(f"/clients/{pat.id}").status_code == 404
    moved = select(AuditRow).where(AuditRow.what == "care_team.set", AuditRow.actor_id == world.adi.id)
    assert len(world.db.read_now(lambda tx: tx.session.scalars(moved).all())) == 3
    ended = select(CareSpell).where(
        CareSpell.staff_id == world.mara.id, CareSpell.role == CareRole.CASE_MANAGER
    )
    assert all(spell.to_at for spell in world.db.read_now(lambda tx: tx.session.scalars(ended).all()))
    assert "holds this role for no client" in adi.get(f"/admin/care-teams?{query}").text
    nurse = adi.get(f"/admin/care-teams?role=supervisor&leaving={world.sol.id}&to={world.ben.id}")
    assert nurse.status == 422
    elsewhere = adi.get(f"/admin/care-teams?role=supervisor&leaving={world.sol.id}&to={world.otto.id}")
    assert elsewhere.status == 404


def test_the_settings_go_round_and_keep_to_the_defaults(world: World) -> None:
    adi = desk(world, "Adi")
    page = adi.get("/admin/programme")
    assert adi.post("/admin/programme", filled(page)).to == "/admin/programme?done=saved"
    assert stored(world) == {}, "what holds the defaults goes on following them"
    page = adi.get("/admin/programme")
    changed = filled(
        page,
        coverage__monday="08:00-12:00, 13:00-17:30",
        coverage__holidays="2026-12-25\r\n2027-01-01",
        escalation__urgent__rungs="Case manager, backup: 5\nsupervisor: 5\nall supervisors, emergency contact: 10",
        missed__high="1: task\n2: urgent",
        help__tier="emergency",
        emergency_contact__name="Night desk",
        emergency_contact__email="night@riverside.example",
    )
    assert adi.post("/admin/programme", changed).to == "/admin/programme?done=saved"
    kept = world.adi.api.get("/programme").json()
    assert kept["coverage"]["monday"] == [
        {"start": "08:00:00", "end": "12:00:00"},
        {"start": "13:00:00", "end": "17:30:00"},
    ]
    assert kept["coverage"]["holidays"] == ["2026-12-25", "2027-01-01"]
    first = kept["escalation"]["urgent"]["rungs"][0]
    assert (first["target"], first["wait_minutes"]) == (["case_manager", "backup"], 5)
    again = filled(adi.get("/admin/programme"))
    assert again["escalation.urgent.rungs"].strip().splitlines()[0] == "case manager, backup: 5"
    assert again["missed.high"].strip().splitlines() == ["1: routine", "2: urgent"]
    assert kept["missed"]["high"] == [{"after": 1, "do": "task"}, {"after": 2, "do": "urgent"}]
    assert (kept["help"]["tier"], kept["emergency_contact"]["name"]) == ("emergency", "Night desk")
    assert set(stored(world)) == {"coverage", "escalation", "missed", "help"}


def test_each_wrong_setting_is_said_at_its_field_and_nothing_is_kept(world: World) -> None:
    adi = desk(world, "Adi")
    page = adi.get("/admin/programme")
    for field, value, words in (
        ("coverage.tuesday", "nine to five", "entry 1 does not have the form"),
        ("coverage.tuesday", "09:00-17:00, 16:00-18:00", "overlap"),
        ("coverage.holidays", "Christmas", "entry 1"),
        ("escalation.emergency.rungs", "case manager: 3", "all supervisors or emergency contact"),
        ("escalation.urgent.rungs", "case manager: 3\nthe cat: 4", "entry 2"),
        ("escalation.urgent.acknowledge_minutes", "soon", "Write a number."),
        ("escalation.emergency.contact_minutes", "900", "twelve hours"),
        ("missed.low", "2: remind other channel", "endless silence"),
        ("review.high", "0", "Write a number, 1 or more."),
        ("zone", "Riverside", "no time zone we know"),
        ("emergency_contact.email", "night", "This does not have the form"),
    ):
        contact = {"emergency_contact.name": "Night desk"} if field.startswith("emergency") else {}
        refused = adi.post("/admin/programme", {**filled(page), **contact, field: value})
        assert refused.status == 422, field
        error = refused.main.one("small", id=f"{field}-error").text
        assert words in error, (field, error)
        assert filled(refused)[field].replace("\r", "") == value
    without = {
        name: value for name, value in filled(page).items() if name != "escalation.urgent.all_channels"
    }
    assert "must be on" in adi.post("/admin/programme", without).text
    assert stored(world) == {}


def test_who_is_called_after_hours_goes_round(world: World) -> None:
    adi = desk(world, "Adi")
    rungs = "case manager / backup: 5\nsupervisor: 5\nall supervisors: 10"
    typed = filled(adi.get("/admin/programme"), escalation__urgent__rungs=rungs, missed__high="2: routine")
    assert adi.post("/admin/programme", typed).status == 303
    kept = world.adi.api.get("/programme").json()
    assert kept["escalation"]["urgent"]["rungs"][0]["after_hours"] == ["backup"]
    assert kept["missed"]["high"] == [{"after": 2, "do": "task"}]
    again = filled(adi.get("/admin/programme"))
    assert again["escalation.urgent.rungs"].strip().splitlines() == rungs.splitlines()


def test_two_administrators_at_once_lose_nothing(world: World) -> None:
    adi = desk(world, "Adi")
    page = adi.get("/admin/programme")
    assert adi.post("/admin/programme", filled(page, name="Riverside East")).status == 303
    late = adi.post("/admin/programme", filled(page, name="Riverside West"))
    assert late.status == 412
    assert "Stored meanwhile: Riverside East" in late.text
    assert late.main.one("input", id="name").attributes["value"] == "Riverside West"
    assert adi.post("/admin/programme", filled(late)).status == 303
    assert adi.get("/admin/programme").main.one("input", id="name").attributes["value"] == "Riverside West"


def test_a_test_message_reaches_adi_and_says_nothing(world: World) -> None:
    adi = desk(world, "Adi")
    assert "Send me a test" in adi.get("/admin/service").text
    assert adi.post("/admin/service/test").to == "/admin/service?done=sent"
    world.tick()
    sent = world.adi.phone.take("test")
    assert "Noor" not in str(sent.message)
    rows = adi.get("/admin/service").main.text
    assert "Push to phones taken by the provider" in rows


def test_nobody_is_called_while_messages_are_only_printed(world: World) -> None:
    adi = desk(world, "Adi")

    def carried(*channels: ChannelName) -> str:
        def note(tx: Tx) -> None:
            tx.session.execute(delete(ServedChannel))
            serving.note_served(tx, channels)

        world.db.write_now(note)
        return adi.get("/admin/service").text

    assert adi.post("/admin/service/test").status == 303
    world.tick()
    world.adi.phone.take("test")
    printed = carried(ChannelName.CONSOLE)
    assert "Nobody is called outside this page." in printed
    assert "messages are printed by the service and sent to nobody" in printed
    assert "Push to phones printed here, sent to nobody" in printed
    assert "taken by the provider" not in printed
    assert "every open case is called for in time" not in printed
    assert "e-mail alone, which wakes nobody" in carried(ChannelName.EMAIL)
    real = carried(ChannelName.FCM, ChannelName.EMAIL)
    assert "Nobody is called outside this page" not in real
    assert "Push to phones taken by the provider" in real


def test_keys_and_health_in_words(world: World) -> None:
    adi = desk(world, "Adi")
    world.tick()
    page = adi.get("/admin/service").text
    assert "Stopped: housekeeping." in page
    assert "Stopped: sending messages." not in page
    assert "Wrapped by version 1: 2 of 2" in page, "Noor and the programme"


def test_who_may_administer(world: World) -> None:
    for path in ("/admin", "/admin/care-teams", "/admin/programme", "/admin/service"):
        assert desk(world, "Adi").get(path).status == 200
        for name in ("Mara", "Ida", "Sol", "Otto"):
            assert desk(world, name).get(path).status == 403
        assert desk(world, None).get(path).to == f"/sign-in?next={path}"
    for path in (
        f"/admin/staff/{world.ben.id}/leave",
        "/admin/service/test",
        "/admin/programme",
        "/admin/staff",
    ):
        assert desk(world, "Sol").post(path).status == 403
