"""The service worker in a real browser: what it keeps, what it never touches, and the notices it shows."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Worker

from tests.phone.site import Site

REGISTER = """async () => {
  const worker = await navigator.serviceWorker.register('/app/sw.js', { scope: '/app' })
  await navigator.serviceWorker.ready
  while (!navigator.serviceWorker.controller) await new Promise((go) => setTimeout(go, 10))
  return worker.scope
}"""
CACHED = """async () => {
  const found = {}
  for (const name of await caches.keys()) {
    const held = await (await caches.open(name)).keys()
    found[name] = held.map((request) => new URL(request.url).pathname).sort()
  }
  return found
}"""
NOTE_WHAT_IS_SHOWN = """() => {
  self.shown = []
  const show = self.registration.showNotification.bind(self.registration)
  self.registration.showNotification = async (title, options) => {
    await show(title, options)
    self.shown.push({ title, ...options })
  }
}"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    fresh = browser.new_context(locale="en-US")
    yield fresh
    fresh.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        made.publish("v1")
        yield made


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Page:
    context.grant_permissions(["notifications"], origin=site.origin)
    opened = context.new_page()
    opened.goto(f"{site.origin}/app")
    return opened


def cached(page: Page) -> dict[str, list[str]]:
    return page.evaluate(CACHED)


def push(context: BrowserContext, page: Page, origin: str, payload: str) -> None:
    """Deliver one push, as the browser does after it has decrypted it."""
    session = context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    ids: list[str] = []
    while not ids:
        page.wait_for_timeout(10)
        ids = [each["registrationId"] for each in found if each["scopeURL"].startswith(origin)]
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": ids[0], "data": payload},
    )
    session.detach()


@pytest.fixture
def worker(context: BrowserContext, page: Page) -> Worker:
    """The running worker, which notes what it shows. (Chromium without a screen forgets notices at once.)"""
    page.evaluate(REGISTER)
    running = context.service_workers[0]
    running.evaluate(NOTE_WHAT_IS_SHOWN)
    return running


def shown(worker: Worker, count: int) -> list[dict[str, Any]]:
    """What was shown, once there are so many."""
    wait = """async (count) => {
      while (self.shown.length < count) await new Promise((go) => setTimeout(go, 20))
      return self.shown
    }"""
    return worker.evaluate(wait, count)


def test_after_one_visit_the_app_starts_without_a_network_from_exactly_its_own_files(page: Page, site: Site):
    page.evaluate(REGISTER)
    assert cached(page) == {
        "handrail-v1": ["/app", "/app/s/v1/away.html", "/app/s/v1/look.css", "/app/s/v1/main.js"]
    }

    site.down = True
    page.reload()
    page.wait_for_function("() => document.body.textContent.includes('v1 runs')")
    page.goto(f"{site.origin}/app?source=home#/plan")
    page.wait_for_function("() => document.body.textContent.includes('v1 runs')")


def test_the_api_is_asked_every_time_and_is_never_kept(page: Page, site: Site):
    page.evaluate(REGISTER)
    before = site.asked.count("GET /api/me")
    for _ in range(2):
        page.evaluate("async () => (await fetch('/api/me')).json()")
    assert site.asked.count("GET /api/me") == before + 2

    site.down = True
    assert page.evaluate("() => fetch('/api/me').then(() => 'answered', () => 'no network')") == "no network"
    assert all(not path.startswith("/api") for paths in cached(page).values() for path in paths)


def test_a_file_that_is_missing_means_nothing_is_installed(page: Page, site: Site):
    site.publish("v1", missing="look.css")
    script = """async () => {
      const { installing } = await navigator.serviceWorker.register('/app/sw.js', { scope: '/app' })
      while (installing.state === 'installing') await new Promise((go) => setTimeout(go, 10))
      return installing.state
    }"""

    assert page.evaluate(script) == "redundant"
    assert cached(page) == {}


def test_a_shell_of_another_version_is_not_kept_with_these_files(page: Page, site: Site):
    site.pages["/app"] = (200, "text/html", b"<script src='/app/s/v2/main.js'></script>")
    script = """async () => {
      const { installing } = await navigator.serviceWorker.register('/app/sw.js', { scope: '/app' })
      while (installing.state === 'installing') await new Promise((go) => setTimeout(go, 10))
      return installing.state
    }"""

    assert page.evaluate(script) == "redundant"


def test_a_new_version_waits_for_the_open_page_and_takes_over_when_asked(page: Page, site: Site):
    page.evaluate(REGISTER)
    site.publish("v2")
    waiting = """async () => {
      const worker = await navigator.serviceWorker.ready
      await worker.update()
      while (!worker.waiting) await new Promise((go) => setTimeout(go, 10))
    }"""
    page.evaluate(waiting)
    assert sorted(cached(page)) == ["handrail-v1", "handrail-v2"]
    page.reload()
    page.wait_for_function("() => document.body.textContent.includes('v1 runs')")

    taken = """async () => {
      const changed = new Promise((go) => (navigator.serviceWorker.oncontrollerchange = go))
      const worker = await navigator.serviceWorker.ready
      worker.waiting.postMessage('take-over')
      await changed
      while ((await caches.keys()).length > 1) await new Promise((go) => setTimeout(go, 10))
    }"""
    page.evaluate(taken)
    assert list(cached(page)) == ["handrail-v2"]
    # The page is still the old one's: quick exit leads to its own empty page, which has gone from the phone.
    left = page.evaluate("async () => (await fetch('/app/s/v1/away.html')).text()")
    assert left == "<title>v2 is left</title>"
    page.reload()
    page.wait_for_function("() => document.body.textContent.includes('v2 runs')")


def test_a_wipe_took_every_cache_and_the_next_start_with_a_network_fills_it_again(page: Page, site: Site):
    page.evaluate(REGISTER)
    page.evaluate("async () => { for (const name of await caches.keys()) await caches.delete(name) }")
    assert cached(page) == {}

    page.reload()
    page.wait_for_function("async () => (await caches.match('/app')) !== undefined")
    site.down = True
    page.reload()
    page.wait_for_function("() => document.body.textContent.includes('v1 runs')")


def test_a_notice_is_shown_under_its_tag_with_nothing_but_its_id(
    context: BrowserContext, page: Page, site: Site, worker: Worker
):
    notice = {
        "title": "Riverside",
        "body": "You have something to look at.",
        "lang": "en",
        "tag": "message-1",
        "data": {"kind": "notice", "message": "message-1"},
        "navigate": f"{site.origin}/app",
    }
    push(context, page, site.origin, json.dumps({"web_push": 8030, "notification": notice}).ljust(2048))

    assert shown(worker, 1) == [
        {
            "title": "Riverside",
            "body": "You have something to look at.",
            "lang": "en",
            "tag": "message-1",
            "icon": "/app/s/v1/icons/plain-192.png",
            "renotify": False,
            "data": {"message": "message-1"},
        }
    ]


@pytest.mark.parametrize("payload", ["", "no json", "{}", '{"notification": {"title": 7}}', "null"])
def test_something_neutral_is_shown_whatever_came(
    context: BrowserContext, page: Page, site: Site, worker: Worker, payload: str
):
    push(context, page, site.origin, payload)

    (notice,) = shown(worker, 1)
    assert (notice["title"], notice["tag"]) == ("You have something to look at.", "notice")


def test_an_open_page_is_told_to_look(context: BrowserContext, page: Page, site: Site):
    page.evaluate(REGISTER)
    page.evaluate("() => navigator.serviceWorker.addEventListener('message', (e) => (window.told = e.data))")
    push(context, page, site.origin, "")

    page.wait_for_function("() => window.told?.type === 'sync'")


def test_a_tap_on_the_notice_wakes_the_open_page(page: Page, worker: Worker):
    page.evaluate("() => navigator.serviceWorker.addEventListener('message', (e) => (window.told = e.data))")
    tap = """async () => {
      await self.registration.showNotification('x', { tag: 't' })
      const [notification] = await self.registration.getNotifications()
      self.dispatchEvent(new NotificationEvent('notificationclick', { notification }))
    }"""
    worker.evaluate(tap)

    page.wait_for_function("() => window.told?.type === 'sync'")


def test_a_subscription_the_browser_changed_is_told_to_the_open_page(page: Page, worker: Worker):
    page.evaluate("() => navigator.serviceWorker.addEventListener('message', (e) => (window.told = e.data))")
    worker.evaluate("() => self.dispatchEvent(new ExtendableEvent('pushsubscriptionchange'))")

    page.wait_for_function("() => window.told?.type === 'push-changed'")
