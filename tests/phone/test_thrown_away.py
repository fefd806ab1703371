"""Some browsers throw away all that a site keeps, its own mark included: Noor is told so, and finds her way back."""

from playwright.sync_api import expect

from tests.phone.conftest import NewPhone
from tests.phone.house import Site
from tests.phone.test_a_discharged_phone import has_said_everything
from tests.phone.ways import Ways
from tests.processes import wait_for

ALL_OF_IT = """async () => {
  localStorage.clear()
  for (const name of await caches.keys()) await caches.delete(name)
  for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister()
  await new Promise((done) => { indexedDB.deleteDatabase('handrail').onsuccess = () => done(true) })
}"""


def test_a_phone_that_lost_everything_says_so_and_a_new_code_leads_back(
    new_phone: NewPhone, site: Site
) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone(expects=["404"]).new_page()  # the browser asks for an icon beside the app
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    phone.key("home.plan_open").wait_for()
    wait_for("what Noor agreed to", lambda: has_said_everything(site, str(noor)))
    # The app is closed; a page of the same site can still reach what it kept.
    page.goto("/app/manifest.webmanifest")
    page.evaluate(ALL_OF_IT)
    page.goto("/app")
    phone.screen("gone").wait_for()
    phone.see("gone.evicted")

    phone.tap("gone.pair")
    phone.pair_again(site.pairing_code(noor))
    phone.go("plan")
    expect(page.get_by_text("Walk to the river and back")).to_be_visible()


def test_whoever_is_still_setting_up_goes_on_there(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone().new_page()
    page.goto("/app")
    page.locator("#pair-code").fill(site.pairing_code(noor))
    page.keyboard.press("Enter")
    Ways(page).screen("told").wait_for()
    page.goto("/app?again", wait_until="networkidle")
    Ways(page).screen("told").wait_for()
