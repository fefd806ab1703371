"""Screens of days that are not like others: no plan yet, a missed day, half a check-in, trouble, the end of it all."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from server.people.terms import Language
from tests.phone import test_every_screen as same
from tests.phone.conftest import PHONE, Watch
from tests.phone.house import Site
from tests.phone.looking import Looker
from tests.phone.test_in_trouble import BAD_GATEWAY, INVALID, answered_with
from tests.phone.walk import PIN
from tests.phone.ways import How, Ways

# What the settings draw breaks, not the card that says so; home may draw itself once more in the meantime.
BREAKS_SETTINGS = """() => {
  const make = document.createElementNS
  document.createElementNS = (...all) => {
    const broken = new Error('a screen that breaks')
    if (location.hash === '#/settings' && broken.stack.includes('render')) throw broken
    return make.apply(document, all)
  }
}"""
KEEPS_NOTHING = "IDBFactory.prototype.open = () => { throw new DOMException('private', 'SecurityError') }"
THROWN_AWAY = """() => new Promise((done) => {
  localStorage.clear()
  indexedDB.deleteDatabase('handrail').onsuccess = () => done(true)
})"""
EXPECTED = (
    *(f"the server responded with a status of {status}" for status in (401, 403, 422, 502)),
    *("a screen that breaks", "store: SecurityError"),
)


@pytest.fixture(scope="module", params=list(Language))
def looker(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Looker]:
    seen, watch = Looker(request.param.value), Watch(site.url, EXPECTED)
    with ExitStack() as stack:
        Moments(site, request.param, seen, lambda: _a_phone(stack, browser, site, seen, watch)).everything()
        seen.wrong["complaints"] = watch.left()
        yield seen


def _a_phone(stack: ExitStack, browser: Browser, site: Site, seen: Looker, watch: Watch) -> Ways:
    locale = {"en": "en-US", "es": "es-US"}[seen.language]
    own: dict[str, Any] = {"base_url": site.url, "locale": locale, "reduced_motion": "reduce"}
    context = browser.new_context(**{**PHONE, **own, "is_mobile": False})
    stack.callback(context.close)
    watch.over(context)
    seen.equip(context)
    context.set_default_timeout(20_000)
    return Ways(context.new_page(), Language(seen.language))


class Moments:
    """One person after the other, each with a phone of their own; what comes before the moment is not looked at."""

    def __init__(self, site: Site, language: Language, seen: Looker, new_phone: Callable[[], Ways]) -> None:
        self.site, self.language, self.seen, self.new_phone = site, language, seen, new_phone

    def everything(self) -> None:
        self.nothing_can_be_kept()
        self.without_a_network_from_the_start()
        self.no_plan_yet()
        self.a_missed_day_and_the_end()
        self.half_way_and_not_taken()
        self.service_in_trouble()
        self.too_many_tries()
        self.thrown_away()

    def look(self, phone: Ways, name: str) -> None:
        self.seen.look(phone.page, f"rare-{name}")
        phone.page.evaluate("measures.begin()")

    def go(self, phone: Ways, route: str, name: str) -> None:
        phone.page.evaluate("measures.begin()")
        phone.go(route)
        self.look(phone, name)

    def nothing_can_be_kept(self) -> None:
        phone = self.new_phone()
        phone.page.add_init_script(KEEPS_NOTHING)
        phone.page.goto("/app")
        phone.main.get_by_text(phone.words["frame.no_store"]).wait_for()
        self.look(phone, "keeps-nothing")

    def without_a_network_from_the_start(self) -> None:
        """Ana loses the network with the code typed, then with the language chosen."""
        phone = self.new_phone()
        ana = self.site.new_client("Ana", language=self.language, checkin=False)
        phone.page.goto("/app")
        phone.page.locator("#pair-code").fill(self.site.pairing_code(ana))
        phone.page.context.set_offline(True)
        phone.tap("pair.go")
        phone.see("pair.offline")
        self.look(phone, "pair-offline")
        phone.page.context.set_offline(False)
        phone.tap("pair.go")
        phone.screen("told").locator(f"button[lang={self.language}]").wait_for()
        phone.page.context.set_offline(True)
        phone.screen("told").locator(f"button[lang={self.language}]").click()
        phone.see("told.offline")
        self.look(phone, "told-offline")

    def no_plan_yet(self) -> None:
        """Mina's plan is still being written; one day she is told something new."""
        phone = self.new_phone()
        mina = self.site.new_client("Mina", language=self.language, plan=None, checkin=False)
        phone.pair(self.site.pairing_code(mina))
        phone.see("home.plan_none")
        phone.see("home.next_none")
        self.look(phone, "home-no-plan")
        self.go(phone, "plan", "plan-none")
        self.go(phone, "people", "people-none")
        self.go(phone, "history", "history-none")
        self.go(phone, "checkin/0192c0de-0000-7000-8000-00000000dead", "checkin-not-open")
        self.go(phone, "after/0192c0de-0000-7000-8000-00000000dead", "after-unknown")
        phone.page.route("**/api/me/consents", _one_is_new)
        phone.page.reload()
        phone.go("home")
        phone.see("home.told")
        self.look(phone, "home-told")
        self.go(phone, "told", "told-new")

    def a_missed_day_and_the_end(self) -> None:
        """Theo misses a day, and is discharged some time later."""
        phone = self.new_phone()
        theo = self.site.new_client("Theo", language=self.language, checkin=False)
        self.site.let_pass(self.site.open_checkin(theo))
        phone.pair(self.site.pairing_code(theo))
        phone.see("home.welcome")
        phone.key("home.plan_open").wait_for()
        self.look(phone, "home-missed")
        phone.page.evaluate(BREAKS_SETTINGS)
        phone.go("settings")
        phone.see("frame.broke_title", phone.page.locator("header"))
        self.look(phone, "broke")
        with self.site.staff("Mara") as mara:
            assert mara.post(f"/clients/{theo}/discharge", json={"reason": "finished"}).status_code == 200
        phone.page.reload()
        phone.go("home")
        phone.see("left.title")
        self.look(phone, "home-left")
        self.go(phone, "help", "help-left")
        self.go(phone, "home", "home-left-again")
        phone.tap("left.code")
        phone.key("left.code_yes", phone.dialog).wait_for()
        self.look(phone, "left-sure")

    def half_way_and_not_taken(self) -> None:
        """Noor puts her phone away in the middle; what she sends at last is not taken."""
        phone = self.new_phone()
        noor = self.site.new_client("Noor", language=self.language)
        phone.pair(self.site.pairing_code(noor))
        phone.tap("home.start")
        for _ in range(2):
            question = phone.main.locator("#question").inner_text()
            phone.page.wait_for_timeout(450)  # what comes more quickly is the second half of a double tap
            phone.tap("checkin.decline")
            phone.main.locator("#question", has_text=question).wait_for(state="detached")
        phone.go("home")
        phone.page.reload()
        phone.key("home.resume").wait_for()
        phone.key("home.plan_open").wait_for()
        self.look(phone, "home-resume")
        phone.tap("home.resume")
        phone.main.locator("#question").wait_for()
        self.look(phone, "checkin-resumed")
        answered_with(phone.page, "**/api/me/checkins/*/answer", INVALID)
        phone.answer(How.DECLINING)
        phone.see("sending.refused")
        self.look(phone, "after-refused")
        phone.go("home")
        phone.see("home.refused")
        self.look(phone, "home-refused")

    def service_in_trouble(self) -> None:
        """Leo asks for someone while the service answers nothing; then Mara ends the session of his lost phone."""
        phone = self.new_phone()
        leo = self.site.new_client("Leo", language=self.language, checkin=False)
        phone.pair(self.site.pairing_code(leo))
        answered_with(phone.page, "**/api/me/help/*", BAD_GATEWAY)
        phone.go("help")
        phone.tap("help.ask")
        phone.tap("help.sure_yes", phone.dialog)
        phone.see("help.not_sent_title")
        self.look(phone, "help-trouble")
        self.go(phone, "home", "home-trouble")
        self.site.sign_out_phones(leo)
        phone.page.unroute("**/api/me/help/*")
        phone.screen("gone").wait_for(timeout=60_000)
        phone.see("gone.unsent_one")
        self.look(phone, "gone-unsent")

    def too_many_tries(self) -> None:
        phone = self.new_phone()
        ida = self.site.new_client("Ida", language=self.language, checkin=False)
        phone.pair(self.site.pairing_code(ida), pin=PIN)
        phone.page.reload()
        for left in (4, 3, 2, 1, 0):
            phone.try_pin("1357")
            key = {1: "unlock.wrong_one", 0: "unlock.pause"}.get(left, "unlock.wrong_left")
            phone.main.get_by_text(phone.words[key].format(left=left)).first.wait_for()
        # What her last try moved came after her tap, on a busy machine late.
        phone.page.evaluate("measures.begin()")
        self.look(phone, "unlock-pause")

    def thrown_away(self) -> None:
        """The browser needed room."""
        phone = self.new_phone()
        sol = self.site.new_client("Sol", language=self.language, checkin=False)
        phone.pair(self.site.pairing_code(sol))
        phone.page.evaluate(THROWN_AWAY)
        phone.page.reload()
        phone.see("gone.evicted")
        self.look(phone, "gone-evicted")


def _one_is_new(route: Route) -> None:
    """Its words have changed since they were said yes to."""
    answer = route.fetch()
    said = answer.json()
    said["items"][0]["agreed_at"] = None
    route.fulfill(response=answer, json=said)


test_axe_finds_nothing = same.test_axe_finds_nothing_in_light_or_dark
test_nothing_is_cut_off = same.test_nothing_is_cut_off_with_large_text_on_a_narrow_screen
test_every_target_is_large_enough_for_a_thumb = same.test_every_target_is_large_enough_for_a_thumb
test_the_tab_key_reaches_everything = same.test_the_tab_key_reaches_everything_in_the_order_it_is_seen
test_nothing_moves_by_itself = same.test_nothing_moves_by_itself
test_the_browser_complains_of_nothing = same.test_the_browser_complains_of_nothing
