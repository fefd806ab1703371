"""A real Chromium, a real service, and a phone that fails the test when anything in it complains."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from server.core.vault import Keys
from tests.browser import found
from tests.phone.house import Site, a_site, as_root

expect.set_options(timeout=20_000)
"""Longer than a step takes on a busy machine; what is there at once is not waited for."""

QUIET = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
    "locale": "en-US",
    "timezone_id": "America/Chicago",
}


def chromium() -> str:
    """Where this machine's Chromium is."""
    path = found()
    if path is None:
        pytest.fail(
            "Chromium is missing: `make browser` installs Debian's where it can and says why where it cannot"
        )
    return path


@pytest.fixture(scope="session")
def browser_arguments() -> list[str]:
    """What Chromium is started with: quiet, and without a sandbox only where there can be none."""
    return [*QUIET, *(["--no-sandbox"] if as_root() else [])]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    """Gone after each file: while it runs, no other test of this process could start an event loop."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Any, browser_arguments: list[str]) -> Iterator[Browser]:
    """One Chromium for all tests of a process; each phone is a context of its own in it."""
    running = playwright.chromium.launch(executable_path=chromium(), args=browser_arguments, headless=True)
    yield running
    running.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys: Keys) -> Iterator[Site]:
    """The running service, one for each test file."""
    with a_site(tmp_path_factory.mktemp("site"), sqlite_template, keys) as running:
        yield running


# Being offline is part of the product; the browser's own line about it is not a complaint.
OFFLINE = (
    "net::ERR_INTERNET_DISCONNECTED",
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_CONNECTION_RESET",
    "net::ERR_CONTENT_LENGTH_MISMATCH",
    "net::ERR_FAILED",
)


class Watch:
    """What a phone complained about: its console, its scripts, its policy, and every address outside the site.

    `expects` are parts of complaints that belong to the test.
    """

    def __init__(self, url: str, expects: Iterable[str] = ()) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.allowed = (*OFFLINE, *expects)

    def over(self, context: BrowserContext) -> None:
        """Listen to every page of this context, and to its service worker."""
        context.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", lambda request: self._address(request.url))

    def _address(self, address: str) -> None:
        if not address.startswith((f"{self.url}/", "data:", "blob:", "about:")):
            self.complaints.append(f"a request to {address}")

    def left(self) -> list[str]:
        """Complaints nobody expected."""
        return [said for said in self.complaints if not any(part in said for part in self.allowed)]


class NewPhone(Protocol):
    """Makes a phone as the test needs it: new_phone(locale="es-US"), new_phone(expects=["401"])."""

    def __call__(self, *, expects: Iterable[str] = (), **options: Any) -> BrowserContext: ...


@pytest.fixture
def new_phone(browser: Browser, site: Site) -> Iterator[NewPhone]:
    """Phones that fail the test when they complain about something it does not expect."""
    watches: list[Watch] = []
    with ExitStack() as stack:

        def make(*, expects: Iterable[str] = (), **options: Any) -> BrowserContext:
            context = browser.new_context(**{**PHONE, "base_url": site.url, **options})
            stack.callback(context.close)
            watch = Watch(site.url, expects)
            watch.over(context)
            watches.append(watch)
            return context

        yield make
    complaints = [said for watch in watches for said in watch.left()]
    assert complaints == []


@pytest.fixture
def phone(new_phone: NewPhone) -> Page:
    """One phone with an empty page."""
    return new_phone().new_page()
