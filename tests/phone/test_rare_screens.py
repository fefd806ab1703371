"""Screens that a usual walk does not meet: a lock of the phone's own, notices that are on, a phone that is full."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext

from server.people.terms import Language
from tests.fakes.push_service import PushService
from tests.phone import test_a_push_arrives as a_push
from tests.phone import test_every_screen as same
from tests.phone.conftest import PHONE, Watch
from tests.phone.every_screen import REFUSED
from tests.phone.house import Site
from tests.phone.looking import Looker
from tests.phone.ways import Ways
from tests.processes import wait_for

service, site = a_push.service, a_push.site

A_FACE = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "hasPrf": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A phone that knows its person by their face, and whose passkeys give a secret."""

SAID_NO = """() => {
  const get = navigator.credentials.get
  navigator.credentials.get = () => {
    navigator.credentials.get = get
    return Promise.reject(new DOMException('the person said no', 'NotAllowedError'))
  }
}"""
"""Once; what a stand-in for a face does when it does not fit is to lock itself for good."""

FULL = """() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError') }
}"""


@pytest.fixture(scope="module", params=list(Language))
def looker(
    request: pytest.FixtureRequest, browser: Chromium, site: Site, service: PushService
) -> Iterator[Looker]:
    language: Language = request.param
    options: dict[str, Any] = {
        "base_url": site.url,
        "locale": {Language.EN: "en-US", Language.ES: "es-US"}[language],
        "reduced_motion": "reduce",
        "is_mobile": False,
        "permissions": ["notifications"],
    }
    context = browser.new_context(**{**PHONE, **options})
    watch = Watch(site.url, [REFUSED, "QuotaExceededError"])
    watch.over(context)
    seen = Looker(language.value)
    seen.equip(context)
    context.set_default_timeout(20_000)
    try:
        Rare(context, site, service, language, seen).everything()
        seen.wrong["complaints"] = watch.left()
        yield seen
    finally:
        context.close()


class Rare(Ways):
    """One phone that has it all."""

    def __init__(
        self, context: BrowserContext, site: Site, service: PushService, language: Language, seen: Looker
    ) -> None:
        page = context.new_page()
        super().__init__(page, language, seen.look)
        self.site, self.noor = site, site.new_client("Noor", language=language, checkin=False)
        site.open_checkin(self.noor)
        session = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": A_FACE})
        with site.staff("Mara") as mara:
            subscription = service.subscribe(mara.get("/push-key").json()["key"]).address
        page.add_init_script(f"({a_push.SUBSCRIBED})({subscription})")

    def everything(self) -> None:
        self.setting_up()
        self.notices_are_on()
        self.locked()
        self.full()

    def setting_up(self) -> None:
        self.page.goto("/app")
        self.page.locator("#pair-code").fill(self.site.pairing_code(self.noor))
        self.page.keyboard.press("Enter")
        look, self.look = self.look, None
        self.agree()
        self.look = look
        self.see("told.lock")
        self.key("told.lock_passkey").wait_for()
        self.stop("rare-told-lock")
        self.tap("told.lock_passkey")
        self.tap("told.remind_no")
        self.screen("home").wait_for()

    def notices_are_on(self) -> None:
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.go("settings/reminders")
        self.page.get_by_label(self.words["settings.on"], exact=True).check()
        wait_for("the phone to be registered", lambda: self.site.devices(self.noor) == 1)
        self.stop("rare-settings-reminders-on")
        self.go("settings/lock", "rare-settings-lock")

    def locked(self) -> None:
        self.page.reload()
        self.key("unlock.passkey").wait_for()
        self.stop("rare-unlock")
        self.page.evaluate(SAID_NO)
        self.tap("unlock.passkey")
        self.see("unlock.passkey_not")
        self.stop("rare-unlock-not")
        with self.drawn():
            self.tap("unlock.passkey")

    def full(self) -> None:
        self.go("home")
        self.key("home.start").wait_for()
        self.network(False)
        self.page.evaluate(FULL)
        with self.drawn():
            self.tap("home.start")
        self.decline_everything()
        self.see("checkin.not_kept")
        self.stop("rare-full-checkin")
        self.go("help")
        self.tap("help.ask_later")
        self.tap("help.sure_yes", self.dialog)
        self.see("sending.keep_open")
        self.stop("rare-full-help")
        self.go("home")
        self.see("home.unsent_open")
        self.stop("rare-full-home")

    def decline_everything(self) -> None:
        """Every question, up to the sending of it."""
        while self.key("checkin.send").count() == 0:
            question = self.main.locator("#question").inner_text()
            self.page.wait_for_timeout(450)  # what comes more quickly is the second half of a double tap
            self.tap("checkin.decline")
            self.main.locator("#question", has_text=question).wait_for(state="detached")
        self.page.wait_for_timeout(450)
        self.tap("checkin.send")


test_axe_finds_nothing_in_light_or_dark = same.test_axe_finds_nothing_in_light_or_dark
test_nothing_is_cut_off = same.test_nothing_is_cut_off_with_large_text_on_a_narrow_screen
test_every_target_is_large_enough_for_a_thumb = same.test_every_target_is_large_enough_for_a_thumb
test_the_tab_key_reaches_everything = same.test_the_tab_key_reaches_everything_in_the_order_it_is_seen
test_nothing_moves_by_itself = same.test_nothing_moves_by_itself
test_the_browser_complains_of_nothing = same.test_the_browser_complains_of_nothing
