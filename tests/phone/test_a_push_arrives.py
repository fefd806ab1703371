"""A notice from the worker to the lock screen: the genuine channel, a stand-in service, a real service worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from server.core.vault import Keys
from tests.fakes.push_service import Browser, PushService
from tests.phone.conftest import NewPhone
from tests.phone.house import PLAN, Site, a_site
from tests.phone.test_worker import NOTE_WHAT_IS_SHOWN, push, shown
from tests.phone.ways import Ways
from tests.processes import wait_for

SUBSCRIBED = """(subscription) => {
  // A browser under test has no push service of its own: it is given the stand-in's subscription.
  const made = {
    endpoint: subscription.endpoint,
    toJSON: () => subscription,
    unsubscribe: async () => true,
    options: {},
  }
  let held = null
  PushManager.prototype.subscribe = async (options) => ((made.options = options), (held = made))
  PushManager.prototype.getSubscription = async () => held
}"""


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys: Keys, service: PushService
) -> Iterator[Site]:
    """A site whose worker trusts the stand-in and may send to it."""
    settings = {
        "HANDRAIL_PUSH_CONTACT": "mailto:ops@riverside.example",
        "HANDRAIL_PUSH_HOSTS": service.host,
        "REQUESTS_CA_BUNDLE": str(service.ca_file),
    }
    with a_site(tmp_path_factory.mktemp("site"), sqlite_template, keys, **settings) as running:
        yield running


def test_a_new_plan_is_a_neutral_notice_on_the_phone_and_a_tap_brings_the_plan(
    new_phone: NewPhone, site: Site, service: PushService
) -> None:
    noor = site.new_client("Noor", checkin=False)
    context = new_phone(permissions=["notifications"])
    page = context.new_page()
    phone = Ways(page)
    with site.staff("Mara") as mara:
        browser: Browser = service.subscribe(mara.get("/push-key").json()["key"])
    page.add_init_script(f"({SUBSCRIBED})({browser.address})")
    phone.pair(site.pairing_code(noor))
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/app#/settings/reminders")
    expect(page.get_by_label("Off", exact=True)).to_be_checked()
    page.get_by_label("On", exact=True).check()
    wait_for("the phone to be registered", lambda: site.devices(noor) == 1)
    wait_for("the wish to be stored", lambda: site.wants_reminders(noor))

    worker = context.service_workers[0]
    worker.evaluate(NOTE_WHAT_IS_SHOWN)
    site.publish(
        noor, {**PLAN, "coping": [{"id": "0192c0de-0000-7000-8000-0000000000c1", "text": "Call the river"}]}
    )
    # A first try that fails on a busy machine is repeated by the rule, half a minute later or more.
    wait_for("the push", lambda: browser.got, seconds=120)
    push(context, page, site.url, browser.got[-1].plain.decode())
    (notice,) = shown(worker, 1)
    assert (notice["title"], notice["body"]) == ("You have something to look at.", "")
    assert "river" not in str(notice)
    assert notice["data"] == {"message": notice["tag"]}

    phone.go("plan")
    expect(phone.screen("plan")).to_contain_text("Call the river")
