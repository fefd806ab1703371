"""Questions and rules at Sol's desk: read in full, tried on past answers, and written without script."""

from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import select

from checkins import rehearsal, rule_words
from checkins.default_questionnaire import build
from server.core.audit import AuditRow
from tests.checkins.told import CALM, answer, publish
from tests.console.desk import Desk, Element, Shown, desk
from tests.world import Person, World

HOSTILE = "<script>alert(1)</script>"
SIGN = "0192c0de-0000-7000-8000-0000000005a1"
UNSAFE_PATH = "/questionnaires/built-in"


def checks_in(world: World, who: Person, **answers: Any) -> str:
    """An unscheduled check-in, answered now; its id."""
    checkin_id = str(uuid4())
    answer(who, checkin_id, world, {**CALM, **answers})
    return checkin_id


def quiet(world: World) -> None:
    """Let the phones ring; these tests are about the rules."""
    world.tick()
    for person in world.people.values():
        person.phone.take_all()


def reached(world: World) -> str:
    """Mara takes Noor's case and reaches her; the case."""
    case_id = world.mara.api.get("/cases").json()["cases"][0]["id"]
    assert world.mara.api.post(f"/cases/{case_id}/acknowledge").status_code in (200, 201)
    body = {"channel": "phone", "reached": True, "at": world.clock.at.isoformat()}
    response = world.mara.api.post(f"/cases/{case_id}/contacts", body)
    assert response.status_code in (200, 201), response.text
    return case_id


def row_of(shown: Shown, key: str) -> Element:
    """The line of one rule."""
    rows = [row for row in shown.main.all("tr") if row.all("input", value=key)]
    assert len(rows) == 1, shown.text
    return rows[0]


def looks(world: World, who: Person) -> int:
    """How many readings of answers for a rule are recorded about somebody."""
    query = select(AuditRow).where(AuditRow.what == "checkins.rehearsal.view", AuditRow.client_id == who.id)
    return world.db.read_now(lambda tx: len(tx.session.scalars(query).all()))


def test_a_rule_is_tried_on_past_answers_and_shows_what_came_of_it(world: World) -> None:
    pat = world.add_client("Pat")
    checks_in(world, world.noor)
    checks_in(world, world.noor, thoughts=True)
    quiet(world)
    world.clock.advance(minutes=5)
    reached(world)
    checks_in(world, pat)
    checks_in(world, pat, thoughts=True)
    quiet(world)
    mara = desk(world, "Mara")
    row = row_of(mara.get(UNSAFE_PATH), "thoughts.yes")
    assert "Flags urgent when “Since your last check-in" in row.text
    assert "2 flags in 2 cases; client reached in 1 of 2." in row.text
    tried = mara.post(f"{UNSAFE_PATH}/try", {"rule": "thoughts.yes"})
    assert "Would have flagged 2 answers of 4, 1 of which led to contact." in tried.text
    assert "All 4 answers of the last 90 days were read." in tried.text
    assert "2 of the 2 were flagged when they came" in tried.text
    assert "about 2 clients" in tried.text
    bar = tried.main.one("progress").attributes
    assert (bar["value"], bar["max"]) == ("4", "4")
    assert (looks(world, world.noor), looks(world, pat)) == (1, 1)
    said = world.noor.api.get("/me/access-log").json()
    assert "Used your answers to check our alerts" in str(said)
    whole = mara.post(f"{UNSAFE_PATH}/try")
    assert "Would have flagged 2 answers of 4" in whole.text
    assert len(whole.main.one("tbody").all("tr")) == len(build(()).rules)
    assert mara.post(f"{UNSAFE_PATH}/try", {"rule": "nothing"}).status == 404
    assert mara.post(f"{UNSAFE_PATH}/try", {"run": "{"}).status == 400
    world.clock.advance(days=91)
    late = desk(world, "Mara").post(f"{UNSAFE_PATH}/try", {"rule": "thoughts.yes"})
    assert "Would have flagged 0 answers of 0" in late.text
    quiet(world)


def test_a_long_run_stops_to_show_how_far_it_is_and_goes_on(world: World, monkeypatch: Any) -> None:
    others = [world.add_client(f"Client {number}", device=False) for number in range(3)]
    for who in (world.noor, *others):
        checks_in(world, who, mood=1)
    monkeypatch.setattr("server.console.questions.questionnaire_try.SECONDS", 0.0)
    monkeypatch.setattr(rehearsal, "_BATCH", 2)
    mara = desk(world, "Mara")
    tried = mara.post(f"{UNSAFE_PATH}/try", {"rule": "mood.low"})
    assert "So far 2 of 4 answers of the last 90 days were read." in tried.text
    for _ in range(5):
        forms = tried.main.all("form", action=f"{UNSAFE_PATH}/try")
        if not forms:
            break
        hidden = {each.attributes["name"]: each.attributes["value"] for each in forms[0].all("input")}
        tried = mara.post(f"{UNSAFE_PATH}/try", hidden)
    assert "All 4 answers of the last 90 days were read." in tried.text
    assert "Would have flagged 0 answers of 4" in tried.text  # low three times in a row is needed
    assert [looks(world, who) for who in (world.noor, *others)] == [1, 1, 1, 1]


def test_a_rule_looks_back_as_it_does_when_an_answer_arrives(world: World) -> None:
    for mood in (1, 2, 0, 1, 8, 1):
        checks_in(world, world.noor, mood=mood)
        world.clock.advance(minutes=1)
    quiet(world)
    row = row_of(desk(world, "Mara").get(UNSAFE_PATH), "mood.low")
    assert "2 flags in 1 case; client reached in 0 of 1." in row.text
    tried = desk(world, "Mara").post(f"{UNSAFE_PATH}/try", {"rule": "mood.low"})
    assert "Would have flagged 2 answers of 6, 0 of which led to contact." in tried.text


def test_false_alarms_are_counted_against_the_rule(world: World) -> None:
    checks_in(world, world.noor, thoughts=True)
    quiet(world)
    case_id = reached(world)
    body = {"disposition": "wrong_tap", "reason": "She pressed the wrong answer"}
    closed = world.mara.api.post(f"/cases/{case_id}/close", body)
    assert closed.status_code in (200, 201), closed.text
    quiet(world)
    row = row_of(desk(world, "Sol").get(UNSAFE_PATH), "thoughts.yes")
    assert "client reached in 1 of 1." in row.text
    assert "1 closed: 1 false alarm, 0 known baseline" in row.text


def test_who_may_see_questions_and_whose_answers_are_read(world: World) -> None:
    checks_in(world, world.noor, thoughts=True)
    quiet(world)
    stranger = world.add_client("Pat", team=False)
    checks_in(world, stranger, thoughts=True)
    quiet(world)
    paths = ("/questionnaires", "/questionnaires/clients", UNSAFE_PATH)
    for name, status in (("Mara", 200), ("Ida", 200), ("Sol", 200), ("Adi", 403), ("Otto", 200)):
        assert [desk(world, name).get(path).status for path in paths] == [status] * 3
    assert desk(world, None).get("/questionnaires").to == "/sign-in?next=/questionnaires"
    version = world.mara.api.get("/questionnaires", params={"client_id": str(world.noor.id)})
    version_id = version.json()["questionnaires"][0]["id"]
    otto = desk(world, "Otto")
    assert "Noor" not in otto.get("/questionnaires/clients").text
    assert otto.get(f"/questionnaires/clients/{world.noor.id}").status == 404
    assert otto.get(f"/questionnaires/{version_id}").status == 404
    assert otto.post(f"/questionnaires/{version_id}/try").status == 404
    assert "Would have flagged 0 answers of 0" in otto.post(f"{UNSAFE_PATH}/try").text
    assert "No flag" in row_of(otto.get(UNSAFE_PATH), "thoughts.yes").text
    mara = desk(world, "Mara")
    assert "Would have flagged 1 answer of 1," in mara.post(f"{UNSAFE_PATH}/try").text
    assert (looks(world, world.noor), looks(world, stranger)) == (1, 0)
    assert "Would have flagged 2 answers of 2," in desk(world, "Sol").post(f"{UNSAFE_PATH}/try").text
    own = mara.get("/questionnaires/clients")
    assert "Noor" in own.text
    assert "Pat" not in own.text
    assert "For Noor" in mara.get(f"/questionnaires/{version_id}").text
    assert "Questions asked of Noor" in mara.get(f"/questionnaires/clients/{world.noor.id}").text


def test_the_clients_own_words_show_as_words(world: World) -> None:
    publish(world, (SIGN, HOSTILE, "crisis"))
    checks_in(world, world.noor, **{f"sign.{SIGN}": 4})
    quiet(world)
    version = world.mara.api.get("/questionnaires", params={"client_id": str(world.noor.id)})
    shown = desk(world, "Mara").get(f"/questionnaires/{version.json()['questionnaires'][0]['id']}")
    assert HOSTILE in shown.text
    assert not shown.main.all("script")
    assert "Noor" not in shown.page.one("title").text
    tried = desk(world, "Mara").post(f"/questionnaires/{version.json()['questionnaires'][0]['id']}/try")
    assert "Would have flagged 1 answer of 1" in tried.text


def test_every_rule_of_the_built_in_check_in_reads_as_a_sentence() -> None:
    definition = build(())
    for rule in definition.rules:
        said = rule_words.sentence(rule, definition)
        assert said.startswith("Flags "), said
        assert said.endswith("."), said
        assert "the question “" not in said, said  # every question is known


def fields_of(shown: Shown) -> dict[str, Any]:
    """The form as a browser would send it: every field with what it holds."""
    sent: dict[str, Any] = {}
    form = shown.main.one("form", action="/questionnaires/new")
    for each in form.all("input"):
        name, kind = each.attributes.get("name"), each.attributes.get("type")
        if name and (kind != "checkbox" or "checked" in each.attributes):
            sent.setdefault(name, []).append(each.attributes.get("value", ""))
    for each in form.all("select"):
        chosen = [o for o in each.all("option") if "selected" in o.attributes] or each.all("option")[:1]
        sent[each.attributes["name"]] = [option.attributes["value"] for option in chosen]
    return sent


class Form:
    """Somebody in front of the form, pressing one button after the other."""

    def __init__(self, of: Desk, start: str | None = None) -> None:
        self.desk = of
        self.shown = of.get("/questionnaires/new" + (f"?start={start}" if start else ""))
        assert self.shown.status == 200

    def press(self, button: str, **typed: str | list[str]) -> Shown:
        """Type into fields (two underscores stand for a dot) and press a button that is there."""
        buttons = [each.attributes.get("value") for each in self.shown.main.all("button", name="do")]
        assert button in buttons, buttons
        fields = fields_of(self.shown) | {name.replace("__", "."): text for name, text in typed.items()}
        self.shown = self.desk.post("/questionnaires/new", {**fields, "do": button})
        return self.shown


def test_sol_writes_a_questionnaire_without_script_and_tries_it_first(world: World) -> None:
    checks_in(world, world.noor, mood=2)
    checks_in(world, world.noor, mood=7)
    quiet(world)
    form = Form(desk(world, "Sol"))
    form.press("item.add")
    form.press("item.add", key="evening", items__0__text_en="How is your mood?", items__0__key="mood")
    form.press(
        "item.open.1",
        items__0__text_es="¿Cómo estás?",
        items__1__kind="single",
        items__1__text_en="Who is there?",
    )
    form.press("option.add.1", items__1__text_es="¿Quién está?")
    form.press("rule.add", new_rule="threshold", items__1__options__0__en="Nobody")
    refused = form.press("store", rules__0__at_most="3")
    assert refused.status == 422
    assert "Question 2, answers:" in refused.text
    assert "Rule 1, question:" in refused.text
    kept = fields_of(refused)
    assert (kept["items.0.text_es"], kept["items.1.options.0.en"], kept["rules.0.at_most"]) == (
        ["¿Cómo estás?"],
        ["Nobody"],
        ["3"],
    )
    form.press("option.drop.1.0", items__1__options__0__es="Nadie")
    typed = {"items__1__options__0__en": "Nobody", "items__1__options__0__es": "Nadie"}
    seen = form.press(
        "look",
        **typed,
        items__1__options__1__en="A friend",
        items__1__options__1__es="Una amistad",
        rules__0__item="mood",
        rules__0__tier="urgent",
    )
    assert seen.status == 200, seen.text
    assert "Flags urgent when “How is your mood?” is answered 3 or less." in seen.text
    assert "¿Quién está?" in seen.main.one("section", aria_labelledby="asked-es").text
    tried = form.press("try")
    assert "Would have flagged 1 answer of 2, 0 of which led to contact." in tried.text
    assert "The other 1 would be new." in tried.text
    again = form.press("try")
    assert "Would have flagged 1 answer of 2," in again.text
    form.press("item.down.0")
    stored = form.press("store")
    assert stored.status == 303, stored.text
    page = desk(world, "Mara").get(stored.to or "")
    assert "evening, version 1" in page.text
    words = [each.text for each in page.main.one("section", aria_labelledby="asked-en").all("strong")]
    assert words == ["Who is there?", "How is your mood?"]
    next_one = Form(desk(world, "Sol"), stored.to.split("/")[-1].split("?")[0] if stored.to else "")
    assert fields_of(next_one.shown)["items.1.text_en"] == ["How is your mood?"]
    assert next_one.press("store").status == 303
    assert "evening , version 2" in desk(world, "Mara").get("/questionnaires").text


def test_the_built_in_check_in_is_a_start_and_its_rules_come_back_the_same(world: World) -> None:
    sol = desk(world, "Sol")
    form = Form(sol, "built-in")
    assert form.press("store").status == 422  # it has no name yet
    stored = form.press("store", key="ours")
    assert stored.status == 303, stored.text
    version_id = (stored.to or "").split("/")[-1].split("?")[0]
    made = world.sol.api.get(f"/questionnaires/{version_id}").json()["definition"]
    assert made == msgspec.json.decode(msgspec.json.encode(build(())))
    taken = Form(sol, "built-in")
    assert "the default questionnaire is built in" in taken.press("store", key="default").text
    assert taken.press("store", key="<Ours>").status == 422


def test_who_may_write_a_questionnaire_and_what_no_form_sends(world: World) -> None:
    checks_in(world, world.noor)
    quiet(world)
    for name in ("Mara", "Ida", "Adi"):
        assert desk(world, name).get("/questionnaires/new").status == 403
        assert desk(world, name).post("/questionnaires/new", {"do": "store", "key": "x"}).status == 403
    assert world.sol.api.get("/questionnaires").json()["questionnaires"] == []
    sol = desk(world, "Sol")
    own = world.sol.api.get("/questionnaires", params={"client_id": str(world.noor.id)}).json()
    own_id = own["questionnaires"][0]["id"]
    assert fields_of(sol.get(f"/questionnaires/new?start={own_id}"))["key"] == [""]
    assert desk(world, "Otto").get(f"/questionnaires/new?start={own_id}").status == 404
    odd = {
        "key": HOSTILE,
        "items.0.text_en": HOSTILE,
        "items.0.kind": "bogus",
        "items.999.key": "x",
        "rules.7.rule": "bogus",
        "rules.7.at_least": "NaN",
        "rules.x.y": "z",
    }
    for button in ("look", "store", "try", "item.drop.5", "option.drop.0.9", "rule.up.9", "..", "item.up.x"):
        shown = sol.post("/questionnaires/new", {**odd, "do": button})
        assert shown.status in (200, 422), (button, shown.text)
        assert not shown.main.all("script")
        assert HOSTILE in fields_of(shown)["items.0.text_en"]
    assert sol.post("/questionnaires/new", {"items.0.nonsense": "x"}).status in (200, 400, 422)
    assert sol.post("/questionnaires/new", {"key": "x" * 300_000}).status == 413


def test_what_sol_has_written_is_there_the_next_morning_and_nobody_is_asked_it(world: World) -> None:
    sol, path = desk(world, "Sol"), "/questionnaires/new"
    fresh = fields_of(sol.get(path))
    typed = {**fresh, "items.0.text_en": "How was the evening?", "items.0.kind": "scale", "key": "evening"}
    saved = sol.post(f"{path}/autosave", typed)
    assert (saved.status, "Saved" in saved.page.one("p", id="state").text) == (200, True)
    body = saved.page.one("body").attributes
    assert (body["data-saved"], body["data-version"]) == ("yes", "1")
    again = sol.post(f"{path}/autosave", typed)
    assert again.page.one("body").attributes["data-version"] == "1", "the same form again is no change"
    other = sol.post(f"{path}/autosave", {**typed, "key": "other window"})
    assert "data-clash" in other.page.one("body").attributes
    assert "open in another window" in other.page.one("p", id="state").text
    pressed = sol.post(path, {**typed, "key": "other-window", "do": "look"})
    assert "it is not kept yet" in pressed.text, "a button says it as well, and the words stand there"
    world.clock.advance(hours=14)
    sol = desk(world, "Sol")
    left = sol.get(path)
    assert "This is your form as you left it" in left.text
    assert fields_of(left)["items.0.text_en"] == ["How was the evening?"]
    assert "This is your form" not in sol.get(f"{path}?start=built-in").text, "each beginning has its own"
    assert world.sol.api.get("/questionnaires").json()["questionnaires"] == []
    assert desk(world, "Otto").get(path).main.all("div", class_="note") == [], "a draft is its writer's alone"
    for name in ("Mara", "Adi"):
        assert desk(world, name).post(f"{path}/autosave", typed).status == 403
        assert desk(world, name).post(f"{path}/drop", {"start": ""}).status == 403
    dropped = sol.post(f"{path}/drop", {"start": ""})
    assert dropped.status == 303
    shown = sol.get(dropped.to)
    assert "What you had written is gone" in shown.text
    assert "How was the evening?" not in shown.response.text


def test_a_stored_questionnaire_leaves_no_draft_and_a_button_keeps_what_it_did(world: World) -> None:
    form = Form(desk(world, "Sol"), start="built-in")
    form.press("look", key="evening")
    assert fields_of(desk(world, "Sol").get("/questionnaires/new?start=built-in"))["key"] == ["evening"]
    form.press("item.add")
    assert fields_of(form.shown)["version"] == ["2"]
    stored = Form(desk(world, "Sol"), start="built-in")
    last = max(int(name.split(".")[1]) for name in fields_of(stored.shown) if name.startswith("items."))
    stored.press(f"item.drop.{last}")
    assert stored.press("store").status == 303, stored.shown.text
    assert fields_of(desk(world, "Sol").get("/questionnaires/new?start=built-in"))["key"] == [""]
