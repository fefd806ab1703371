"""What a person does more than once: setting up, saying yes, a PIN, answering a check-in, losing the network."""

from enum import StrEnum

from tests.phone.driver import Driver


class How(StrEnum):
    """How a check-in is answered: no and the lowest step, yes and the highest one, or "prefer not to say"."""

    CALM = "calm"
    RISKY = "risky"
    DECLINING = "declining"


class Ways(Driver):
    """A driver that knows these ways. `stops`: it stops at what it meets for the first time."""

    def pair(self, code: str, *, pin: str | None = None) -> None:
        """From the code to the first screen: yes to everything, no reminders, and a lock only with a PIN."""
        self.page.goto("/app")
        self.page.locator("#pair-code").fill(code)
        self.page.keyboard.press("Enter")
        self.agree()
        if pin is None:
            self.tap("told.lock_none")
        else:
            self.tap("told.lock_pin")
            self.type_pin_twice(pin)
            self.tap("told.pin_save")
        self.tap("told.remind_no")
        self.screen("home").wait_for()

    def pair_again(self, code: str) -> None:
        """From the screen that asks for a code to the first screen: what was agreed to before still holds."""
        self.page.locator("#pair-code").fill(code)
        self.page.keyboard.press("Enter")
        self.screen("told").locator(f"button[lang={self.language}]").click()
        self.tap("told.lock_none")
        self.tap("told.remind_no")
        self.screen("home").wait_for()

    def agree(self) -> None:
        """Chooses the language, and says yes to everything that is told and asked in it."""
        self.screen("told").locator(f"button[lang={self.language}]").click()
        self.say_yes_to_all("told.understand", "told-item")
        self.say_yes_to_all("told.yes", "told-consent")

    def say_yes_to_all(self, key: str, name: str) -> None:
        """Says yes to one item after the other; stops at the first."""
        self.key(key).wait_for()
        self.stop(name)
        while self.key(key).is_visible():
            done = self.main.locator(".progress").first.inner_text()
            self.tap(key)
            self.main.locator(".progress", has_text=done).first.wait_for(state="detached")

    def type_pin_twice(self, pin: str) -> None:
        self.page.locator("#pin-first").fill(pin)
        self.page.locator("#pin-again").fill(pin)

    def answer(self, how: How = How.CALM, *, text: str = "Fig", stops: bool = False) -> None:
        """Answers question by question and sends it; with `stops` looks at the first one of each kind."""
        seen: set[str] = set()
        self.main.locator("#question").wait_for()
        while self.main.locator("#question").count():
            question = self.main.locator("#question").inner_text()
            kind = self.kind_of_question()
            if stops and kind not in seen:
                self.stop(f"checkin-{kind}")
            seen.add(kind)
            # The second half of a double tap is not an answer, so neither is what comes this quickly.
            self.page.wait_for_timeout(450)
            last = self.key("checkin.send").count() > 0
            self.answer_one(kind, how, text)
            if last:
                self.tap("checkin.send")
            elif how is not How.DECLINING and kind in ("number", "multiple", "text"):
                self.main.locator(".button.primary").click()
            self.main.locator("#question", has_text=question).wait_for(state="detached")

    def kind_of_question(self) -> str:
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

    def answer_one(self, kind: str, how: How, text: str) -> None:
        rows = self.main.locator(".choices .choice, .scale .choice")
        if how is How.DECLINING:
            self.tap("checkin.decline")
        elif kind == "number":
            self.main.locator("input").fill("7")
        elif kind == "text":
            self.main.locator("textarea").fill(text)
        elif kind == "yes-no":
            (rows.first if how is How.RISKY else rows.last).click()
        elif kind == "scale":
            (rows.last if how is How.RISKY else rows.first).click()
        else:
            rows.first.click()

    def network(self, there: bool) -> None:
        self.page.context.set_offline(not there)
        self.page.locator(".state").wait_for(state="hidden" if there else "visible")

    def try_pin(self, pin: str) -> None:
        self.page.locator("#pin").fill(pin)
        self.tap("unlock.open")
