"""The phone app's cold start: a browser started anew, its files and the plan from the phone itself, 4 x slower.

Chromium's own throttle makes its processor four times slower. Each start is a new browser process on the profile of a
paired phone, without a network; the clock runs from the navigation to the largest contentful paint, a text of the plan.
Nothing of the app has run in that browser before: no page, no service worker. It is measured in turns when the browser
has come to rest (the app's own start, which the aim is for) and at once, while the browser is still starting beside it.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from server import migrations
from server.core.engines import embedded_engine
from server.core.vault import Keys
from tests.phone.conftest import PHONE, QUIET, chromium
from tests.phone.house import a_site, as_root
from tests.phone.ways import Ways

SLOWER = 4
REST = 2.0
"""Seconds after which a new browser is done with its own start; twice as long makes no difference."""

_SEEN = """async () => {
  const entries = (type) => new Promise((go) => {
    new PerformanceObserver((list) => go(list.getEntries())).observe({ type, buffered: true })
    setTimeout(() => go([]), 500)
  })
  const largest = (await entries('largest-contentful-paint')).at(-1)
  const onThePlan = largest && largest.element && largest.element.closest('main[data-screen=plan]')
  const shifts = await entries('layout-shift')
  return [onThePlan ? largest.startTime : null, shifts.reduce((sum, one) => sum + one.value, 0)]
}"""
"""The browser's own record, asked for when all is over: whatever watches a page from within makes it slower."""


@dataclass
class Starts:
    """Milliseconds until the plan was seen, start by start, and the largest sum of layout shifts."""

    rested: list[float]
    at_once: list[float]
    shift: float

    @property
    def typical(self) -> float:
        """The start in the middle, in a browser at rest."""
        return median(self.rested)


def measure(rounds: int) -> Starts:
    """Pair one phone with a real service, stop the service, and start the phone again and again."""
    keys = Keys.fresh()
    with tempfile.TemporaryDirectory(prefix="handrail-phone-") as name, sync_playwright() as playwright:
        profile = Path(name) / "profile"
        template, folder = Path(name) / "template.db", Path(name) / "site"
        folder.mkdir()
        engine = embedded_engine(template, keys.database)
        migrations.upgrade(engine)
        engine.dispose()
        with a_site(folder, template, keys) as site:
            context = _browser(playwright, profile, site.url)
            page = context.pages[0]
            Ways(page).pair(site.pairing_code())
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            page.wait_for_timeout(3000)  # the worker fills its cache
            context.close()
            url = site.url
        _start(playwright, profile, url, REST)  # the first one after the pairing still tidies up
        pairs = [[_start(playwright, profile, url, rest) for rest in (REST, 0)] for _ in range(rounds)]
        shutil.rmtree(profile, ignore_errors=True)
    rested, at_once = ([took for took, _ in starts] for starts in zip(*pairs, strict=True))
    return Starts(rested, at_once, max(shift for starts in pairs for _, shift in starts))


def _start(playwright: Playwright, profile: Path, url: str, rest: float) -> tuple[float, float]:
    context = _browser(playwright, profile, url)
    try:
        page = context.pages[0]
        page.wait_for_timeout(1000 * rest)
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto("/app#/plan", wait_until="commit")
        page.wait_for_timeout(2000)  # asking the page meanwhile would cost it time
        took, shift = page.evaluate(_SEEN)
        if took is None:
            raise RuntimeError("the plan was not the largest thing on the screen")
        return float(took), float(shift)
    finally:
        context.close()


def _browser(playwright: Playwright, profile: Path, url: str) -> BrowserContext:
    options: dict[str, Any] = {**PHONE, "base_url": url, "headless": True}
    arguments = [*QUIET, *(["--no-sandbox"] if as_root() else [])]
    return playwright.chromium.launch_persistent_context(
        str(profile), executable_path=chromium(), args=arguments, **options
    )
