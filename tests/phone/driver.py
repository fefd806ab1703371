"""A phone that a test uses as a person does: buttons by their words, fields by their place."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page

from server.people.terms import Language
from server.phone.assets import FOLDER

FINGER_DOWN = """async (chosen) => {
  await new Promise((done) => {
    let timer = setTimeout(done, 700)
    new MutationObserver(() => {
      clearTimeout(timer)
      timer = setTimeout(done, 700)
    }).observe(document.querySelector('main'), { childList: true, subtree: true })
  })
  const one = document.querySelector(chosen)
  one.scrollIntoView({ block: 'center', behavior: 'instant' })
  const touched = ({ target }) => target.closest(chosen)?.setAttribute('data-touched', '')
  addEventListener('pointerdown', touched, { once: true, capture: true })
  const { x, y, width, height } = one.getBoundingClientRect()
  return [x + width / 2, y + height / 2]
}"""


def finger_down(page: Page, chosen: str) -> None:
    """Press on the first element that fits, once the page stands still; it carries `data-touched` from then on."""
    page.mouse.move(*page.evaluate(FINGER_DOWN, chosen))
    page.mouse.down()


def all_words(language: Language) -> dict[str, str]:
    """Every sentence of the app in this language."""
    files = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / "words").glob("*.json"))
    ]
    return {key: said[language.value] for words in files for key, said in words.items()}


class Driver:
    """One phone in one language, driven by the words on its screens. With `look` every stop is looked at."""

    def __init__(
        self, page: Page, language: Language = Language.EN, look: Callable[[Page, str], None] | None = None
    ) -> None:
        self.page, self.language, self.look = page, language, look
        self.words = all_words(language)
        self.main = page.locator("main")
        self.dialog = page.get_by_role("dialog")

    def stop(self, name: str) -> None:
        """Look at what is shown now."""
        if self.look:
            self.look(self.page, name)
            self.page.evaluate("measures.begin()")

    def screen(self, name: str) -> Locator:
        """The main part of the page while this screen is shown."""
        return self.page.locator(f"main[data-screen={name}]")

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """What is done inside leads to a screen that is drawn anew; waits for it."""
        self.page.evaluate("document.querySelector('main').dataset.screen = ''")
        yield
        self.page.locator("main[data-screen]:not([data-screen=''])").wait_for()

    def go(self, route: str, stop: str | None = None) -> None:
        """Open another route than the one that is shown, and stop there."""
        if self.look:
            self.page.evaluate("measures.begin()")
        with self.drawn():
            self.page.evaluate("(route) => { location.hash = route }", f"#/{route}")
        if stop:
            self.stop(stop)

    def key(self, key: str, where: Locator | None = None) -> Locator:
        """The button or link with these words."""
        place = where or self.main
        words = self.page.get_by_text(self.words[key], exact=True)
        return place.locator("a, button, label, summary").filter(has=words).first

    def tap(self, key: str, where: Locator | None = None) -> None:
        """Tap the button or link with these words."""
        self.key(key, where).click()

    def tap_if_there(self, key: str) -> None:
        """Tap the button with these words, unless the screen has gone on without it."""
        press = "(main, words) => [...main.querySelectorAll('button')].find((one) => one.innerText === words)?.click()"
        self.main.evaluate(press, self.words[key])

    def see(self, key: str, where: Locator | None = None) -> None:
        """Wait until these words are on the screen."""
        (where or self.main).get_by_text(self.words[key], exact=True).first.wait_for()
