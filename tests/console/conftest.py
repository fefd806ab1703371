"""Staff at the console in a real Chromium: a real service with its worker, and a browser that must not complain."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, BrowserContext, Page

from server.people import sessions
from server.people.caller import STAFF_COOKIE
from tests.phone.conftest import Watch
from tests.phone.conftest import browser as browser
from tests.phone.conftest import browser_arguments as browser_arguments
from tests.phone.conftest import playwright as playwright
from tests.phone.conftest import site as site
from tests.phone.house import Site

LAPTOP: dict[str, Any] = {
    "viewport": {"width": 1280, "height": 800},
    "locale": "en-US",
    "timezone_id": "America/Chicago",
}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_AXE = "async (options) => (await axe.run(document, {resultTypes: ['violations'], ...options})).violations"


class AtDesk(Protocol):
    """Makes a signed-in browser: at_desk("Mara"), at_desk("Sol", expects=["409"], color_scheme="dark").

    `expects` are parts of complaints of the browser that belong to the test.
    """

    def __call__(self, name: str, *, expects: Iterable[str] = (), **options: Any) -> BrowserContext: ...


@pytest.fixture
def at_desk(browser: Browser, site: Site) -> Iterator[AtDesk]:
    """Signed-in browsers of Mara, Ben, Sol or Ida that fail the test when they complain about something.

    Each has axe in every page. Pages are asked for by path: at_desk("Mara").new_page().goto("/queue").
    """
    watches: list[Watch] = []
    with ExitStack() as stack:

        def make(name: str, *, expects: Iterable[str] = (), **options: Any) -> BrowserContext:
            settings: dict[str, Any] = {**LAPTOP, "base_url": site.url, **options}
            context = browser.new_context(**settings)
            stack.callback(context.close)
            context.add_cookies([cookie_of(site, name)])
            context.add_init_script(AXE_SCRIPT)
            watch = Watch(site.url, expects)
            watch.over(context)
            watches.append(watch)
            return context

        yield make
    assert [said for watch in watches for said in watch.left()] == []


def cookie_of(site: Site, name: str) -> SetCookieParam:
    """The cookie of a session of this staff member's, begun now."""
    staff_id, programme = site.people[name].id, site.home.programme_id
    token = site.home.db.write_now(lambda tx: sessions.start(tx, programme_id=programme, staff_id=staff_id))
    return {
        "name": STAFF_COOKIE,
        "value": token,
        "url": "https://localhost",  # a __Host- cookie is taken from a safe address alone; ports do not count
        "secure": True,
        "httpOnly": True,
        "sameSite": "Lax",
    }


def violations(page: Page) -> list[str]:
    """What axe finds on this page, in light and in dark."""
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for each in page.evaluate(_AXE, {"runOnly": TAGS}):
            found += [f"{scheme}: {each['id']}: {node['target']}" for node in each["nodes"]]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found
