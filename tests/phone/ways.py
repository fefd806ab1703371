"""What a person does more than once on the way: saying yes, typing a PIN, answering a check-in, losing the network."""

from tests.phone.driver import Driver


class Ways(Driver):
    """A driver that knows these ways. `stops`: it stops at what it meets for the first time."""

    def say_yes_to_all(self, key: str, name: str) -> None:
        """Says yes to one item after the other; stops at the first."""
        self.key(key).wait_for()
        self.stop(name)
        while self.key(key).is_visible():
            done = self.main.locator(".progress").first.inner_text()
            self.tap(key)
            self.main.locator(".progress", has_text=done).first.wait_for(state="detached")

    def type_pin_twice(self, first: str, pin: str) -> None:
        self.page.locator(first).fill(pin)
        self.page.locator("#pin-again").fill(pin)

    def answer(self, *, stops: bool = False, risky: bool = False) -> None:
        """Answers question by question, calmly or not; with `stops` looks at the first one of each kind."""
        seen: set[str] = set()
        while self.main.locator("#question").count():
            question = self.main.locator("#question").inner_text()
            kind = self.kind_of_question()
            if stops and kind not in seen:
                self.stop(f"checkin-{kind}")
            seen.add(kind)
            # The second half of a double tap is not an answer, so neither is what comes this quickly.
            self.page.wait_for_timeout(450)
            self.answer_one(kind, risky)
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

    def answer_one(self, kind: str, risky: bool) -> None:
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

    def network(self, there: bool) -> None:
        self.page.context.set_offline(not there)
        self.page.locator(".state").wait_for(state="hidden" if there else "visible")

    def try_pin(self, pin: str) -> None:
        self.page.locator("#pin").fill(pin)
        self.tap("unlock.open")
