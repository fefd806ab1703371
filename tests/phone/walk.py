"""A walk through the whole app on one phone, from the code to the sign-out, with a named stop at every screen.

`look(page, name)` is called at each stop; what it does there is its own affair.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from playwright.sync_api import Page

from server.people.terms import Language
from tests.phone.driver import Driver
from tests.phone.earlier import answer_on_earlier_days, ask_with_choices
from tests.phone.house import Site

PIN = "2468"
SECTIONS = ("warning_signs", "distractions", "helpers", "professionals", "crisis_lines", "safer_surroundings")
PARTS = ("language", "look", "reminders", "name", "lock", "agreed", "storage", "exit", "waiting", "leaving")


class Walk(Driver):
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
        self.stop("pair-wrong")
        self.go("numbers", "numbers")
        self.go("pair")
        self.page.locator("#pair-code").fill(self.site.pairing_code(self.client))
        with self.drawn():
            self.tap("pair.go")

    def setting_up(self) -> None:
        self.stop("told-language")
        self.main.locator(".button.primary").click()
        self._items("told.understand", "told-item")
        self._items("told.yes", "told-consent")
        self.see("told.lock")
        self.stop("told-lock")
        self.tap("told.lock_pin")
        self._pin("#pin-first", PIN[:3])
        self.tap("told.pin_save")
        self.see("told.pin_shape")
        self.stop("told-pin")
        self._pin("#pin-first", PIN)
        self.tap("told.pin_save")
        self.see("told.remind")
        self.stop("told-reminders")
        with self.drawn():
            self.tap("told.remind_no")
        self.key("home.start").wait_for()
        self.key("home.plan_open").wait_for()
        self.stop("home")

    def _items(self, key: str, name: str) -> None:
        """Says yes to one item after the other; stops at the first."""
        self.key(key).wait_for()
        self.stop(name)
        while self.key(key).is_visible():
            done = self.main.locator(".progress").first.inner_text()
            self.tap(key)
            self.main.locator(".progress", has_text=done).first.wait_for(state="detached")

    def _pin(self, first: str, pin: str) -> None:
        self.page.locator(first).fill(pin)
        self.page.locator("#pin-again").fill(pin)

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
        self._network(False)
        self.go("help", "help-offline")
        self._network(True)
        self.go("home")
        self.go("help", "help")
        self.tap("help.ask")
        self.key("help.sure_yes", self.dialog).wait_for()
        self.stop("help-sure")
        self.tap("help.sure_no", self.dialog)

    def checking_in(self) -> None:
        self.go("home")
        with self.drawn():
            self.tap("home.start")
        self._answer(stops=True)
        self.key("after.home").wait_for()
        self.page.locator(".notice-good").wait_for()
        self.stop("after-calm")
        self.go("home")
        self.key("home.any").wait_for()
        self.stop("home-nothing-due")

    def _answer(self, *, stops: bool = False, risky: bool = False) -> None:
        """Answers question by question, calmly or not; with `stops` looks at the first one of each kind."""
        seen: set[str] = set()
        while self.main.locator("#question").count():
            question = self.main.locator("#question").inner_text()
            kind = self._kind()
            if stops and kind not in seen:
                self.stop(f"checkin-{kind}")
            seen.add(kind)
            # The second half of a double tap is not an answer, so neither is what comes this quickly.
            self.page.wait_for_timeout(450)
            self._answer_one(kind, risky)
            self.main.locator("#question", has_text=question).wait_for(state="detached")

    def _kind(self) -> str:
        marks = {
            ".scale": "scale",
            "input[type=checkbox]": "multiple",
            "textarea": "text",
            ".field": "number",
        }
        found = next((kind for mark, kind in marks.items() if self.main.locator(mark).count()), None)
        if found:
            return found
        return "yes-no" if self.main.locator(".choices .choice").count() == 2 else "single"

    def _answer_one(self, kind: str, risky: bool) -> None:
        rows = self.main.locator(".choices .choice, .scale .choice")
        if kind == "number":
            self.main.locator("input").fill("7")
        elif kind == "multiple":
            rows.nth(0).click()
        elif kind == "text":
            self.main.locator("textarea").fill("Fig")
        elif kind == "yes-no":
            rows.nth(0 if risky else 1).click()
        else:
            rows.nth(0).click()
        if kind in ("number", "multiple", "text"):
            last = self.key("checkin.send")
            (last if last.count() else self.main.locator(".button.primary")).click()

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
        self._answer(risky=True)
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

    def _network(self, there: bool) -> None:
        self.page.context.set_offline(not there)
        self.page.locator(".state").wait_for(state="hidden" if there else "visible")

    def _as_mara(self, mara: httpx.Client, path: str, body: dict[str, Any]) -> None:
        answer = mara.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text

    def without_a_network(self) -> None:
        self._network(False)
        self.go("home")
        self.go("help", "help-all-clear-offline")
        self._ask_for_someone()
        self.see("help.not_sent_title")
        self.stop("help-offline-asked")
        self.go("checkin/new")
        self._answer(risky=True)
        self.see("sending.not_sent")
        self.stop("after-risky-offline")
        self.go("home", "home-unsent")
        self.go("settings/waiting", "settings-waiting-unsent")
        self.go("looked")
        self.see("looked.offline")
        self.stop("looked-offline")
        self._network(True)

    def settings(self) -> None:
        self.go("settings", "settings")
        for part in PARTS:
            self.go(f"settings/{part}", f"settings-{part}")

    def locked(self) -> None:
        with self.drawn_after_reload():
            self.page.reload()
        self.page.locator("#pin").wait_for()
        self.stop("unlock")
        self._try("1357")
        self.main.locator(".notice").wait_for()
        self.stop("unlock-wrong")
        self.go("plan", "plan-locked")
        self.go("help", "help-locked")
        self.go("home")
        self._try(PIN)
        self.key("home.plan_open").wait_for()

    @contextmanager
    def drawn_after_reload(self) -> Iterator[None]:
        """What is done inside loads the page anew."""
        yield
        self.page.locator("main[data-screen]").wait_for()

    def _try(self, pin: str) -> None:
        self.page.locator("#pin").fill(pin)
        self.tap("unlock.open")

    def leaving(self) -> None:
        self.go("settings/leaving")
        self.tap("settings.leave_now")
        self.key("settings.leave_yes", self.dialog).wait_for()
        self.stop("leaving-sure")
        self.tap("settings.leave_yes", self.dialog)
        self.key("gone.pair").wait_for()
        self.stop("gone")
