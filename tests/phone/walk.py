"""A walk through the whole app on one phone, from the code to the sign-out, with a named stop at every screen.

`look(page, name)` is called at each stop; what it does there is its own affair.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from playwright.sync_api import Page

from server.people.terms import Language
from tests.phone.earlier import answer_on_earlier_days, ask_with_choices
from tests.phone.house import Site
from tests.phone.ways import How, Ways

PIN = "2468"
SECTIONS = ("warning_signs", "distractions", "helpers", "professionals", "crisis_lines", "safer_surroundings")
PARTS = ("language", "look", "reminders", "name", "lock", "agreed", "storage", "exit", "waiting", "leaving")


class Walk(Ways):
    """The whole way of one client; `everything()` walks it."""

    def __init__(self, page: Page, site: Site, language: Language, look: Callable[[Page, str], None]) -> None:
        super().__init__(page, language, look)
        self.site = site
        self.client = site.new_client("Noor", language=language, checkin=False)
        ask_with_choices(site, self.client)
        answer_on_earlier_days(site, self.client)
        site.open_checkin(self.client)

    def everything(self) -> None:
        """From a phone that nobody has used to one that is empty again."""
        self.before_pairing()
        self.setting_up()
        self.plan()
        self.help_before()
        self.checking_in()
        self.looking_back()
        self.a_risky_answer()
        self.asking_for_someone()
        self.without_a_network()
        self.settings()
        self.locked()
        self.leaving()

    def before_pairing(self) -> None:
        self.page.goto("/app")
        self.key("pair.go").wait_for()
        self.stop("pair")
        self.tap("pair.go")
        self.see("pair.empty")
        self.stop("pair-empty")
        self.page.locator("#pair-code").fill("ABCDE 23456")
        self.tap("pair.go")
        self.see("pair.wrong")
        if self.look:  # what the service says comes after the tap, on a busy machine late
            self.page.evaluate("measures.begin()")
        self.stop("pair-wrong")
        self.go("numbers", "numbers")
        self.go("pair")
        self.page.locator("#pair-code").fill(self.site.pairing_code(self.client))
        with self.drawn():
            self.tap("pair.go")

    def setting_up(self) -> None:
        self.stop("told-language")
        self.agree()
        self.see("told.lock")
        self.stop("told-lock")
        self.tap("told.lock_pin")
        self.type_pin_twice(PIN[:3])
        self.tap("told.pin_save")
        self.see("told.pin_shape")
        self.stop("told-pin")
        self.type_pin_twice(PIN)
        self.tap("told.pin_save")
        self.see("told.remind")
        self.stop("told-reminders")
        with self.drawn():
            self.tap("told.remind_no")
        self.key("home.start").wait_for()
        self.key("home.plan_open").wait_for()
        self.stop("home")

    def plan(self) -> None:
        self.go("plan", "plan")
        self.tap("plan.hard")
        self.see("plan.reasons")
        self.stop("plan-hard-day")
        self.go("plan/coping", "plan-step")
        self.tap("plan.yes")
        self.key("plan.stop").wait_for()
        self.stop("plan-step-helped")
        for section in SECTIONS:
            self.go(f"plan/{section}", f"plan-step-{section.replace('_', '-')}")
        self.go("plan/end", "plan-end")
        self.go("plan/suggest", "suggest")
        self.page.locator("#section-helpers").check()
        self.tap("suggest.send")
        self.see("suggest.needed")
        self.stop("suggest-person")
        self.page.locator("#idea-name").fill("Noel")
        self.tap("suggest.send")
        self.see("suggest.sent")
        self.stop("suggest-sent")
        self.go("people", "people")
        self.go("share", "share")

    def help_before(self) -> None:
        self.network(False)
        self.go("help", "help-offline")
        self.network(True)
        self.go("home")
        self.go("help", "help")
        # Some can write and not speak: own people can be reached both ways here too.
        assert self.main.locator("a[href^='sms:'][aria-label*=Leila]").count() == 1
        self.tap("help.ask")
        self.key("help.sure_yes", self.dialog).wait_for()
        self.stop("help-sure")
        self.tap("help.sure_no", self.dialog)

    def checking_in(self) -> None:
        self.go("home")
        with self.drawn():
            self.tap("home.start")
        self.answer(stops=True)
        self.key("after.home").wait_for()
        self.page.locator(".notice-good").wait_for()
        self.stop("after-calm")
        self.go("home")
        self.key("home.any").wait_for()
        self.stop("home-nothing-due")

    def looking_back(self) -> None:
        self.go("history")
        self.main.locator("a.choice").nth(3).wait_for()
        self.main.locator("svg[role=img]").wait_for()
        self.stop("history")
        with self.drawn():
            self.main.locator("a.choice").first.click()
        self.stop("history-one")
        self.go("looked")
        self.see("looked.all")
        self.stop("looked")

    def a_risky_answer(self) -> None:
        self.go("checkin/new")
        self.answer(How.RISKY)
        self.page.locator(".notice-good").wait_for()
        self.stop("after-risky")
        self.tap("after.safe")
        self.see("after.safe_thanks")
        self.stop("after-safe")
        self.go("home")
        self.see("home.case")
        self.stop("home-case")

    def asking_for_someone(self) -> None:
        self.go("help", "help-open-case")
        self._ask_for_someone()
        self.key("help.again").wait_for()
        self.stop("help-asked")
        with self.site.staff("Mara") as mara:
            case = mara.get("/cases").json()["cases"][0]["id"]
            self._as_mara(mara, f"/cases/{case}/acknowledge", {})
            self.main.get_by_text(
                self.words["help.seen"].split("{")[1].split("}")[1].strip()
            ).first.wait_for()
            self.stop("help-seen")
            self._as_mara(mara, f"/cases/{case}/contacts", {"channel": "phone", "reached": True})
            tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
            ending = {"disposition": "safe_with_plan", "reason": "safe", "next_contact_on": tomorrow}
            self._as_mara(mara, f"/cases/{case}/close", ending)
        self.see("help.clear")
        self.stop("help-all-clear")

    def _ask_for_someone(self) -> None:
        first = self.key("help.ask")
        (first if first.count() else self.key("help.ask_anew")).click()
        self.tap("help.sure_yes", self.dialog)

    def _as_mara(self, mara: httpx.Client, path: str, body: dict[str, Any]) -> None:
        answer = mara.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text

    def without_a_network(self) -> None:
        self.network(False)
        self.go("home")
        self.go("help", "help-all-clear-offline")
        self._ask_for_someone()
        self.see("help.not_sent_title")
        self.stop("help-offline-asked")
        self.go("checkin/new")
        self.answer(How.RISKY)
        self.see("sending.not_sent")
        self.stop("after-risky-offline")
        self.go("home", "home-unsent")
        # An earlier case is closed: what nobody has seen yet stands above it.
        assert self.main.locator("h2").first.inner_text() == self.words["home.unsent"]
        self.go("settings/waiting", "settings-waiting-unsent")
        self.go("looked")
        self.see("looked.offline")
        self.stop("looked-offline")
        self.network(True)

    def settings(self) -> None:
        self.go("settings", "settings")
        for part in PARTS:
            self.go(f"settings/{part}", f"settings-{part}")

    def locked(self) -> None:
        self.page.reload()
        self.page.locator("#pin").wait_for()
        self.stop("unlock")
        self.try_pin("1357")
        self.main.locator(".notice").wait_for()
        self.stop("unlock-wrong")
        self.go("help", "help-locked")
        self.go("plan", "plan-locked")
        with self.drawn():
            self.tap("plan.unlock")
        self.try_pin(PIN)
        self.key("plan.share").wait_for()

    def leaving(self) -> None:
        self.go("settings/leaving")
        self.tap("settings.leave_now")
        self.key("settings.leave_yes", self.dialog).wait_for()
        self.stop("leaving-sure")
        self.tap("settings.leave_yes", self.dialog)
        self.key("gone.pair").wait_for()
        self.stop("gone")
