"""Noor's phone from the pairing code to the answer that Mara sees, with the network gone in between."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from server.people.terms import Language
from tests.phone.conftest import PHONE, NewPhone, Watch, chromium
from tests.phone.house import CLINIC, Site
from tests.phone.ways import How, Ways

DUMP = """async () => {
  const done = (asked) => new Promise((ready) => { asked.onsuccess = () => ready(asked.result) })
  const text = (bytes) => new TextDecoder('utf-8').decode(bytes)
  function words(value) {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return text(value)
    if (!value || typeof value !== 'object') return String(value)
    if (value instanceof CryptoKey) return 'key'
    return Object.entries(value).map(([name, part]) => `${name}: ${words(part)}`).join(' ')
  }
  const found = []
  for (const { name } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name))
    for (const store of db.objectStoreNames) {
      const rows = await done(db.transaction(store).objectStore(store).getAll())
      found.push([store, rows.length, rows.map(words).join(' ')])
    }
    db.close()
  }
  return found
}"""
OWN_WORDS = ("I stop answering my sister", "Walk to the river", "Leila", "My cat Fig", "Riverside clinic")


def stored(page: Page) -> list[Any]:
    """Everything in the phone's databases, as text: [store, rows, text]."""
    return page.evaluate(DUMP)


@pytest.fixture
def lasting(playwright: Playwright, browser_arguments: list[str], tmp_path: Path, site: Site):
    """A phone whose browser can be closed and started again with what it kept."""
    watch = Watch(site.url)
    running: list[BrowserContext] = []

    def start(**options: Any) -> BrowserContext:
        for context in running:
            context.close()
        running[:] = [
            playwright.chromium.launch_persistent_context(
                str(tmp_path / "profile"),
                executable_path=chromium(),
                args=browser_arguments,
                headless=True,
                base_url=site.url,
                **{**PHONE, **options},
            )
        ]
        watch.over(running[0])
        return running[0]

    yield start
    for context in running:
        context.close()
    site.bring_back()
    assert watch.left() == []


def test_a_risk_answered_without_a_network_reaches_mara_once_and_noor_hears_by_whom(
    lasting: Callable[..., BrowserContext], site: Site
) -> None:
    noor = site.new_client("Noor")
    context = lasting()
    page = context.pages[0]
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    phone.key("home.start").wait_for()  # the phone holds today's questions
    phone.go("plan")
    expect(page.get_by_text("Walk to the river and back")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    # Airplane mode, and the browser is closed and opened again.
    site.stop()
    context = lasting()
    page = context.pages[0]
    phone = Ways(page)
    context.set_offline(True)
    page.goto("/app#/plan")
    expect(page.get_by_text("Walk to the river and back")).to_be_visible()
    expect(page.get_by_text("Leila").first).to_be_visible()

    phone.go("home")
    phone.tap("home.start")
    phone.answer(How.RISKY)
    after = phone.screen("after")
    expect(after).to_contain_text("Not sent yet")
    expect(after).to_contain_text("No one has seen")
    assert page.locator("main a[href^='tel:']").count() >= 1
    assert all(word not in text for _, _, text in stored(page) for word in OWN_WORDS)

    # The network comes back.
    site.start_again()
    context.set_offline(False)
    phone.tap_if_there("sending.try_now")  # the phone may have noticed first
    expect(after).to_contain_text("Received")
    with site.staff("Mara") as mara:
        cases = [
            case
            for case in mara.get("/cases?state=open").json()["cases"]
            if case["client"]["id"] == str(noor)
        ]
        assert len(cases) == 1
        assert mara.post(f"/cases/{cases[0]['id']}/acknowledge", json={}).status_code in (200, 201, 204)
    expect(after).to_contain_text("Mara has seen this")


def test_a_phone_whose_session_ended_while_it_was_off_holds_nothing_readable_at_the_next_start(
    new_phone: NewPhone, site: Site
) -> None:
    noor = site.new_client("Noor")
    context = new_phone(expects=["401"])
    page = context.new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    phone.go("plan")
    expect(page.get_by_text("Walk to the river and back")).to_be_visible()
    page.close()

    site.sign_out_phones(noor)
    page = context.new_page()
    page.goto("/app")
    expect(Ways(page).screen("gone")).to_be_visible()
    for text in OWN_WORDS:
        assert page.get_by_text(text).count() == 0
    left = stored(page)
    assert all(rows == 0 for store, rows, _ in left if store != "meta"), left
    assert all(word not in text for _, _, text in left for word in OWN_WORDS)
    expect(page.locator("nav a[href^='tel:']").first).to_be_visible()  # the help numbers stay


def test_one_tap_and_one_confirmation_ask_for_someone_and_the_all_clear_comes_by_itself(
    new_phone: NewPhone, site: Site
) -> None:
    noor = site.new_client("Noor", checkin=False)
    phone = Ways(new_phone().new_page())
    phone.pair(site.pairing_code(noor))
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    phone.go("help")
    phone.tap("help.ask")
    phone.tap("help.sure_yes", phone.dialog)
    expect(phone.screen("help")).to_contain_text("Received")
    with site.staff("Mara") as mara:
        (case,) = [
            one for one in mara.get("/cases?state=open").json()["cases"] if one["client"]["id"] == str(noor)
        ]
        address = f"/cases/{case['id']}"
        assert mara.post(f"{address}/acknowledge", json={}).is_success
        expect(phone.screen("help")).to_contain_text("Mara has seen this")
        assert mara.post(f"{address}/contacts", json={"channel": "phone", "reached": True}).is_success
        closed = mara.post(
            f"{address}/close", json={"disposition": "safe_with_plan", "next_contact_on": tomorrow}
        )
        assert closed.is_success, closed.text
    with site.staff("Sol") as sol:
        if sol.get(address).json()["awaiting_cosign"]:
            assert sol.post(f"{address}/cosign", json={"agree": True}).is_success
    expect(phone.screen("help")).to_contain_text("This is closed for now")


def test_a_phone_in_another_zone_tells_its_own_time_and_a_zone_that_changes_doubles_nothing(
    lasting: Callable[..., BrowserContext], site: Site
) -> None:
    noor = site.new_client("Noor")
    Ways(lasting(timezone_id="Asia/Kathmandu").pages[0]).pair(site.pairing_code(noor))
    phone = Ways(lasting(timezone_id="Pacific/Honolulu").pages[0])
    phone.page.goto("/app#/home")
    phone.tap("home.start")
    phone.answer()
    expect(phone.screen("after")).to_contain_text("Received")
    with site.staff("Mara") as mara:
        found = mara.get(f"/clients/{noor}/checkins").json()["checkins"]
        answered = [one for one in found if one["answer"]]
        assert len(answered) == 1
        assert answered[0]["answer"]["late"] is False


def test_an_answer_from_a_phone_whose_clock_is_days_ahead_arrives_as_given_now(
    new_phone: NewPhone, site: Site
) -> None:
    noor = site.new_client("Noor")
    page = new_phone().new_page()
    ahead = 3 * 86_400_000
    page.add_init_script(f"const now = Date.now; Date.now = () => now() + {ahead};" + _DATES_AHEAD)
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    assert page.evaluate("new Date().getTime()") > datetime.now(UTC).timestamp() * 1000 + ahead / 2
    phone.tap("home.start")
    phone.answer(How.DECLINING)
    expect(phone.screen("after")).to_contain_text("Received")
    with site.staff("Mara") as mara:
        (one,) = [each for each in mara.get(f"/clients/{noor}/checkins").json()["checkins"] if each["answer"]]
        assert datetime.fromisoformat(one["answer"]["answered_at"]) <= datetime.now(UTC)


def test_the_language_noor_chose_is_spoken_on_the_lock_as_well(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone(locale="es-US").new_page()
    page.goto("/app")
    expect(page.locator("html[lang=es]")).to_be_attached()
    phone = Ways(page, Language.EN)
    phone.pair(site.pairing_code(noor), pin="246810")
    page.reload()
    expect(phone.screen("unlock")).to_be_visible()
    expect(page.locator("html[lang=en]")).to_be_attached()


def test_a_cry_for_help_that_never_got_out_is_not_dropped_in_silence_when_the_session_ended(
    new_phone: NewPhone, site: Site
) -> None:
    noor = site.new_client("Noor", checkin=False)
    context = new_phone(expects=["401"])
    page = context.new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.network(False)
    phone.go("help")
    phone.tap("help.ask_later")
    phone.tap("help.sure_yes", phone.dialog)
    expect(phone.screen("help")).to_contain_text("Not sent yet")

    site.sign_out_phones(noor)
    context.set_offline(False)
    never_sent = "One thing was not sent. No one has seen it."
    expect(phone.screen("gone")).to_contain_text(never_sent, timeout=40_000)
    page.reload()
    expect(phone.screen("gone")).to_contain_text(never_sent)


_DATES_AHEAD = """
const Own = Date
globalThis.Date = class extends Own {
  constructor(...given) { given.length ? super(...given) : super(Own.now()) }
  static now() { return Own.now() }
}
"""

EVIL = (
    '<img src=x onerror="window.hurt=1">',
    '"><script>window.hurt=1</script>',
    "javascript:window.hurt=1",
    "{{constructor.constructor('window.hurt=1')()}}",
    "<svg onload=window.hurt=1>",
    "&lt;script&gt;window.hurt=1&lt;/script&gt;",
    "\u202egnp.exe <b>bold</b>",
)


def test_words_that_look_like_code_are_shown_as_words_and_run_nothing(
    new_phone: NewPhone, site: Site
) -> None:
    ids = iter(range(1, 100))

    def an_id() -> str:
        return f"0192c0de-0000-7000-8000-{next(ids):012d}"

    plan = {
        "alias": EVIL[0],
        "warning_signs": [{"id": an_id(), "text": text, "stage": "early"} for text in EVIL],
        "coping": [{"id": an_id(), "text": text, "obstacle": text} for text in EVIL],
        "distractions": [{"id": an_id(), "text": text, "kind": "place", "where": text} for text in EVIL],
        "helpers": [{"id": an_id(), "name": text, "relation": text, "best_times": text} for text in EVIL],
        "professionals": [
            {"id": CLINIC, "name": EVIL[1], "role": EVIL[2], "address": EVIL[4], "hours": EVIL[3]}
        ],
        "safer_surroundings": [{"id": an_id(), "action": text, "who_helps": text} for text in EVIL],
        "reasons": [{"id": an_id(), "text": text} for text in EVIL],
        "what_helps_staff": {"helps": EVIL[0], "does_not_help": EVIL[1], "preferred_hospital": EVIL[4]},
    }
    noor = site.new_client(EVIL[0], plan=plan)
    page = new_phone().new_page()
    page.add_init_script("window.hurt = 0")
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    for route in (
        "home",
        "plan",
        "plan/coping",
        "plan/helpers",
        "people",
        "numbers",
        "share",
        "help",
        "history",
    ):
        page.goto(f"/app#/{route}")
        page.wait_for_timeout(300)
        assert page.evaluate("window.hurt") == 0, route
        assert page.locator("main img[src=x], main script, main svg[onload]").count() == 0
    page.goto("/app#/plan")
    expect(page.get_by_text(EVIL[0]).first).to_be_visible()
    phone.go("home")
    phone.tap("home.start")
    phone.answer(How.RISKY, text=EVIL[1])
    expect(phone.screen("after")).to_contain_text("Received")
    page.goto("/app#/history")
    page.wait_for_timeout(500)
    assert page.evaluate("window.hurt") == 0
