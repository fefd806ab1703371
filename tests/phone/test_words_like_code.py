"""Words that look like code, from everybody who can put words on Noor's phone: her team, the table of lines, herself.

The programme's name comes to the phone and is shown on no screen; her plan's own words are in `test_the_journey`.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from playwright.sync_api import Page, expect

from checkins.default_questionnaire import Sign, SignStage, build
from checkins.definition import Item, ItemKind, Option, Text
from server.core.db import Tx
from server.people import actions, sessions
from server.people.schemas import StaffNew
from server.people.terms import CareRole, Role
from tests.phone.conftest import NewPhone
from tests.phone.house import PLAN, SIGN, Site
from tests.phone.test_the_journey import EVIL
from tests.phone.ways import How, Ways
from tests.processes import Somebody

NAME, LINE, IDEA, NOTE = EVIL[0], EVIL[1], EVIL[4], EVIL[3]
ROW = (
    "key,kind,name_en,name_es,number,url,sms_keywords,press,languages,hours_en,hours_es,area,checked_on,checked_by,"
    'check_again_by\nevil_line,call,"{name}","{name}",(503) 555-0150,,,,en es,"{hours}","{hours}",OR,{day},Sol,{then}\n'
)
ROUTES = (
    "home",
    "plan",
    "plan/crisis_lines",
    "people",
    "numbers",
    "share",
    "help",
    "history",
    "looked",
    "settings",
)


def a_colleague(site: Site) -> Somebody:
    """A case manager whose name would be code."""
    programme = site.home.programme_id

    def create(tx: Tx) -> Somebody:
        new = StaffNew(name=NAME, email="evil@riverside.example", role=Role.CASE_MANAGER)
        row, _, _ = actions.create_staff(tx, programme, new)
        return Somebody(row.id, sessions.start(tx, programme_id=programme, staff_id=row.id), "")

    return site.home.db.write_now(create)


def client_of_evil(site: Site) -> UUID:
    """A client with such a name, of a case manager with such a name, with a plan, a line and questions of that kind."""
    evil = site.people["Evil"] = a_colleague(site)
    client = site.home.client(EVIL[4], evil)
    for name, role in (("Sol", CareRole.SUPERVISOR), ("Ida", CareRole.CLINICIAN)):
        site.home.add_to_team(Somebody(client.id, "", ""), site.people[name], role)
    day = (datetime.now(UTC) - timedelta(days=2)).date()
    name = LINE.replace('"', '""')
    row = ROW.format(name=name, hours=EVIL[4], day=day, then=day + timedelta(days=90))
    with site.staff("Sol") as sol:
        table = {"Content-Type": "text/csv"}
        taken = sol.post("/crisis-lines/import", content=row.encode(), headers=table)
        assert taken.status_code == 200, taken.text
    site.publish(client.id, {**PLAN, "crisis_lines": ["evil_line", "lifeline_call"]})
    questions = [
        Item(
            key=f"evil{n}",
            kind=ItemKind.SINGLE,
            text=Text(en=words, es=words),
            options=tuple(Option(f"o{at}", Text(en=each, es=each)) for at, each in enumerate(EVIL[:2])),
        )
        for n, words in enumerate(EVIL[:6])
    ]
    usual = build([Sign(id=SIGN, text=NOTE, stage=SignStage.EARLY)])
    rules = tuple(rule for rule in usual.rules if not rule.key.startswith("help."))
    asked = msgspec.structs.replace(usual, items=(*questions, *usual.items), rotating=(), rules=rules)
    with site.staff("Ida") as ida:
        body = {"client_id": str(client.id), "definition": msgspec.to_builtins(asked)}
        made = ida.post("/questionnaires", json=body)
        assert made.status_code == 201, made.text
    return client.id


def harmless(page: Page, where: str) -> None:
    """Nothing of it ran, and nothing of it became an element."""
    assert page.evaluate("window.hurt") == 0, where
    made = (
        "main img, main script, main svg[onload], main b, main a[href^='javascript:' i], header img, nav img"
    )
    assert page.locator(made).count() == 0, where


def test_whoever_writes_it_it_stays_words(new_phone: NewPhone, site: Site) -> None:
    client_id = client_of_evil(site)
    page = new_phone().new_page()
    page.add_init_script("window.hurt = 0")
    phone = Ways(page)
    phone.pair(site.pairing_code(client_id, by="Evil"))
    phone.key("home.plan_open").wait_for()
    expect(phone.main).to_contain_text(NAME)  # her case manager
    harmless(page, "home")

    phone.go("checkin/new")
    expect(phone.main.locator("#question")).to_have_text(EVIL[0])
    expect(phone.main.locator(".choices").first).to_contain_text(EVIL[1])
    harmless(page, "checkin")
    phone.answer(How.RISKY, text=EVIL[4])
    expect(phone.screen("after")).to_contain_text("Received")
    harmless(page, "after")

    phone.go("plan/suggest")
    page.locator("#idea-text").fill(IDEA)
    phone.tap("suggest.send")
    phone.see("suggest.sent")
    phone.go("plan")
    phone.go("plan/suggest")
    harmless(page, "suggest")

    phone.go("help")
    phone.main.locator("summary").click()
    page.locator("#help-note").fill(NOTE)
    phone.tap("help.ask")
    phone.tap("help.sure_yes", phone.dialog)
    phone.key("help.again").wait_for()
    with site.staff("Evil") as evil:
        assert evil.get(f"/clients/{client_id}").status_code == 200
        (case,) = [one for one in evil.get("/cases").json()["cases"] if one["client"]["id"] == str(client_id)]
        assert evil.post(f"/cases/{case['id']}/acknowledge", json={}).status_code == 200
    expect(phone.main).to_contain_text(f"{NAME} has seen this")
    harmless(page, "seen")

    shown: dict[str, str] = {}
    for route in ROUTES:
        if not page.url.endswith(f"#/{route}"):
            phone.go(route)
        page.wait_for_load_state("networkidle")
        if route == "looked":
            expect(phone.main).to_contain_text(NAME)
        harmless(page, route)
        shown[route] = phone.main.inner_text()
    assert LINE in shown["plan/crisis_lines"]
    assert LINE in shown["numbers"]
    assert EVIL[4] in shown["numbers"]  # when that line is open
    assert NAME in shown["looked"]
    phone.go("history")
    with phone.drawn():
        phone.main.locator("a.choice").first.click()
    expect(phone.main).to_contain_text(EVIL[1])
    harmless(page, "history-one")
