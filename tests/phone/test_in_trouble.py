"""What Noor reads and can do when the service, the phone or her memory of a PIN lets her down."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.phone.conftest import NewPhone
from tests.phone.house import Site
from tests.phone.test_rare_screens import FULL
from tests.phone.ways import How, Ways

BAD_GATEWAY: dict[str, Any] = {"status": 502, "content_type": "text/html", "body": "<p>Bad gateway</p>"}
INVALID: dict[str, Any] = {
    "status": 422,
    "content_type": "application/problem+json",
    "body": '{"title": "Invalid", "status": 422}',
}


def answered_with(page: Page, address: str, answer: dict[str, Any]) -> None:
    """What the phone sends to this address is answered with this, until the route is taken away."""
    page.route(
        address, lambda route: route.fulfill(**answer) if route.request.method == "PUT" else route.continue_()
    )


def test_while_the_service_is_in_trouble_nobody_reads_that_help_is_being_told(
    new_phone: NewPhone, site: Site
) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone(expects=["502"]).new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    answered_with(page, "**/api/me/help/*", BAD_GATEWAY)
    phone.go("help")
    phone.tap("help.ask")
    phone.tap("help.sure_yes", phone.dialog)
    phone.see("help.not_sent_title")
    phone.see("sending.not_sent")
    expect(page.locator("main .notice-warn")).to_contain_text("You can call")
    expect(phone.main).not_to_contain_text("Sending now")

    phone.tap("sending.try_now")
    phone.see("sending.not_sent")
    page.unroute("**/api/me/help/*")
    expect(phone.main).to_contain_text("Received")

    # What was heard last names a time: without a network it says when that was.
    page.reload()
    phone.go("home")
    phone.see("home.case")
    phone.network(False)
    expect(phone.main).to_contain_text("Last updated today at")
    phone.go("help")
    expect(phone.main).to_contain_text("Last updated today at")


def test_a_check_in_that_was_refused_can_be_answered_again(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor")
    page = new_phone(expects=["422"]).new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    phone.key("home.start").wait_for()
    answered_with(page, "**/api/me/checkins/*/answer", INVALID)
    phone.tap("home.start")
    phone.answer(How.DECLINING)
    phone.see("sending.refused")

    page.unroute("**/api/me/checkins/*/answer")
    phone.go("home")
    phone.tap("home.start")
    phone.answer(How.DECLINING)
    expect(phone.screen("after")).to_contain_text("Received")


def test_a_forgotten_pin_and_a_new_code_lead_back_to_the_plan(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone().new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(noor), pin="246810")
    page.reload()
    phone.screen("unlock").wait_for()
    phone.tap("left.code")
    phone.tap("left.code_no", phone.dialog)
    phone.screen("unlock").wait_for()
    phone.tap("left.code")
    phone.tap("left.code_yes", phone.dialog)
    phone.pair_again(site.pairing_code(noor))
    phone.go("plan")
    expect(page.get_by_text("Walk to the river and back")).to_be_visible()


def test_a_full_phone_still_goes_on_with_the_plan_and_prints_it(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone(expects=["QuotaExceededError"]).new_page()
    page.add_init_script("window.print = () => { document.documentElement.dataset.printed = 'yes' }")
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    phone.key("home.plan_open").wait_for()
    phone.go("plan/coping")
    phone.go("share")
    phone.network(False)
    page.evaluate(FULL)
    phone.tap("share.print")
    expect(page.locator("html[data-printed=yes]")).to_be_attached()
    phone.go("plan/coping")
    phone.tap("plan.yes")
    phone.key("plan.stop").wait_for()


def test_an_idea_that_was_refused_keeps_its_words(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone(expects=["422"]).new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    phone.key("home.plan_open").wait_for()
    answered_with(page, "**/api/me/plan/proposals/*", INVALID)
    phone.go("plan/suggest")
    page.locator("#idea-text").fill("Call the radio")
    phone.tap("suggest.send")
    phone.see("suggest.not_taken")
    phone.tap("suggest.once_more")
    expect(page.locator("#idea-text")).to_have_value("Call the radio")


def test_the_settings_tell_the_home_screen_the_plain_name_and_take_no_empty_quiet_hours(
    new_phone: NewPhone, site: Site
) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone().new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    name = page.locator("meta[name=apple-mobile-web-app-title]")
    expect(name).to_have_attribute("content", "Handrail")
    phone.go("settings/name")
    page.get_by_label(phone.words["settings.name_plain"], exact=True).check()
    expect(name).to_have_attribute("content", "Notes")
    page.reload()
    expect(name).to_have_attribute("content", "Notes")

    phone.go("settings/reminders")
    phone.tap("settings.quiet_set")
    page.locator("#quiet-to").fill("22:00")
    page.locator("#quiet-to").dispatch_event("change")
    phone.see("settings.quiet_same")
    page.locator("#quiet-from").fill("21:00")
    page.locator("#quiet-from").dispatch_event("change")
    expect(phone.main.get_by_text(phone.words["settings.quiet_same"])).to_have_count(0)


def test_a_full_phone_without_a_network_says_that_a_choice_is_not_kept(
    new_phone: NewPhone, site: Site
) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone().new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    phone.go("settings/agreed")
    phone.key("settings.withdraw").wait_for()
    phone.network(False)
    page.evaluate(FULL)
    phone.tap("settings.withdraw")
    phone.tap("settings.withdraw_yes", phone.dialog)
    phone.see("checkin.not_kept")
    expect(phone.key("settings.withdraw")).to_be_visible()  # it stands as before
    for there in (True, False):  # the page draws itself anew, and still says so
        phone.network(there)
        phone.see("checkin.not_kept")

    phone.go("settings/language")
    page.get_by_text("Español", exact=True).click()
    phone.see("checkin.not_kept")
    expect(page.locator("input[value=en]")).to_be_checked()


def test_a_full_phone_that_is_paired_goes_on_when_there_is_room(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone().new_page()
    page.goto("/app")
    page.evaluate("() => { globalThis.roomy = IDBObjectStore.prototype.put }")
    page.evaluate(FULL)
    page.locator("#pair-code").fill(site.pairing_code(noor))
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("This phone has no room left")
    page.evaluate("() => { IDBObjectStore.prototype.put = globalThis.roomy }")
    page.keyboard.press("Enter")
    expect(page.locator("main[data-screen=told]")).to_be_visible()


def test_a_service_in_trouble_is_not_still_looking_for_answers(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone(expects=["503"]).new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(noor))
    page.route(
        "**/api/me/history",
        lambda route: route.fulfill(status=503, content_type="application/problem+json", body="{}"),
    )
    phone.go("history")
    phone.see("looked.trouble")
