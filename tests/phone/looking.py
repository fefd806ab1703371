"""What is looked at on every screen: axe, sizes, order, motion, large text; and a picture, where somebody wants one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page, ViewportSize
from pypdf import PdfReader

MEASURES = Path(__file__).parent / "measures.js"
# Taken out of the environment: the service that is started from here stops at a setting it does not know.
PICTURES = os.environ.pop("HANDRAIL_SCREENS", None)
"""The folder for pictures; None where nobody wants any."""

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW: ViewportSize = {"width": 320, "height": 640}
SHEET: ViewportSize = {"width": 725, "height": 960}
ON_PAPER = ("plan", "share")
_AXE = "async (options) => (await axe.run(document, {resultTypes: ['violations'], ...options})).violations"


class Looker:
    """Looks at one screen after the other and keeps what is wrong, as {measure: [sentence, ...]}."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.wrong: dict[str, list[str]] = {}
        self.names: list[str] = []
        self.folder = Path(PICTURES) if PICTURES else None

    def equip(self, context: BrowserContext) -> None:
        """Put axe and our own measures into every page of this context."""
        context.add_init_script(path=MEASURES)
        context.add_init_script(AXE_SCRIPT)

    def look(self, page: Page, name: str) -> None:
        """Measure this screen in every way, in light and dark, and with large text on a narrow screen."""
        self.names.append(name)
        page.evaluate("measures.drawn()")
        self._note("shifts", name, page.evaluate("measures.shifts()"))
        self._note("moving", name, page.evaluate("measures.moving()"))
        self._note("small", name, page.evaluate("measures.small()"))
        with self._whole_page(page, PHONE):
            self._picture(page, "light", name)
            self._axe(page, name, {"runOnly": TAGS})
            self._dark(page, name)
        self._tabs(page, name)
        if name in ON_PAPER:
            self._paper(page, name)
        self._large(page, name)

    def _note(self, measure: str, name: str, found: list[str]) -> None:
        self.wrong.setdefault(measure, []).extend(f"{name}: {sentence}" for sentence in found)

    def _axe(self, page: Page, name: str, options: dict[str, Any]) -> None:
        violations = page.evaluate(_AXE, options)
        told = [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in violations
            for node in each["nodes"]
        ]
        self._note("axe", name, told)

    def _dark(self, page: Page, name: str) -> None:
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        self._axe(page, f"{name} (dark)", {"runOnly": {"type": "rule", "values": ["color-contrast"]}})
        self._picture(page, "dark", name)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")

    def _tabs(self, page: Page, name: str) -> None:
        found = None
        while found is None:  # news from the service may draw the screen anew on the way
            for _ in range(page.evaluate("measures.beforeTabs()")):
                page.keyboard.press("Tab")
            found = page.evaluate("measures.afterTabs()")
        self._note("keyboard", name, found)

    def _large(self, page: Page, name: str) -> None:
        """The largest size of the app's own, then letters twice as large as usual."""
        root = "document.documentElement"
        before = page.evaluate(f"{root}.dataset.text")
        page.set_viewport_size(NARROW)
        page.evaluate(f"{root}.dataset.text = 'largest'")
        page.evaluate("measures.drawn()")
        self._note("cut off", f"{name} (largest)", page.evaluate("measures.cutOff(320)"))
        self._note("broken", f"{name} (largest)", page.evaluate("measures.broken()"))
        if self.folder is not None:
            with self._whole_page(page, NARROW):
                self._picture(page, "large", name)
        page.evaluate(f"{root}.style.fontSize = '200%'")
        page.evaluate("measures.drawn()")
        self._note("cut off", f"{name} (200 %)", page.evaluate("measures.cutOff(320)"))
        # Dark with every rule: light at this size differs in contrast alone, and that is held at the usual one.
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        with self._whole_page(page, NARROW):
            self._axe(page, f"{name} (200 %, dark)", {"runOnly": TAGS})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.evaluate(f"{root}.style.fontSize = ''; {root}.dataset.text = '{before}'")
        page.set_viewport_size(PHONE)
        page.evaluate("measures.drawn()")

    @contextmanager
    def _whole_page(self, page: Page, size: ViewportSize) -> Iterator[None]:
        """The screen is as high as what is on it, so that the bar covers nothing and stands at the end."""
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
        yield
        page.set_viewport_size({"width": size["width"], "height": size["height"]})

    def _picture(self, page: Page, look: str, name: str) -> None:
        if self.folder is not None:
            page.screenshot(path=self.folder / f"{self.language}-{look}" / f"{len(self.names):02}-{name}.png")

    def _paper(self, page: Page, name: str) -> None:
        """How this screen looks when it is printed, and on how many sheets."""
        sheets = len(PdfReader(BytesIO(page.pdf(format="Letter"))).pages)
        self._note("paper", name, [f"takes {sheets} sheets"] if sheets > 1 else [])
        if self.folder is not None:
            page.set_viewport_size(SHEET)
            page.emulate_media(media="print", reduced_motion="reduce")
            path = self.folder / f"{self.language}-light" / f"{len(self.names):02}-{name}-on-paper.png"
            page.screenshot(path=path, full_page=True)
            page.emulate_media(media="null", reduced_motion="reduce")
            page.set_viewport_size(PHONE)
