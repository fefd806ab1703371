"""Times that have passed are told no more; a wrong clock neither hides a check-in nor keeps a promise alive."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from crisisplans.queries import main_line
from tests.phone.conftest import NewPhone
from tests.phone.house import Site
from tests.phone.ways import How, Ways

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

CLOCK = """
globalThis.wrongBy = %d
const Own = Date
globalThis.Date = class extends Own {
  constructor(...given) { given.length ? super(...given) : super(Own.now() + globalThis.wrongBy) }
  static now() { return Own.now() + globalThis.wrongBy }
}
globalThis.underWay = 0
const call = globalThis.fetch
globalThis.fetch = async (...given) => {
  globalThis.underWay += 1
  try {
    const reply = await call(...given)
    await reply.clone().text()
    return reply
  } finally {
    setTimeout(() => { globalThis.underWay -= 1 }, 50)
  }
}
"""


def _with_clock(context: BrowserContext, wrong_by: int = 0) -> Page:
    page = context.new_page()
    page.add_init_script(CLOCK % wrong_by)
    return page


def _later(phone: Ways, milliseconds: int) -> None:
    """That much time passes, on a phone without a network, once no reply is under way: it would tell the old time."""
    phone.network(False)
    phone.page.wait_for_function("() => globalThis.underWay === 0")
    phone.page.evaluate("(by) => { globalThis.wrongBy += by }", milliseconds)


@pytest.mark.parametrize("wrong_by", [0, -3 * HOUR, 5 * HOUR])
def test_a_promise_is_told_no_longer_than_it_can_stand(
    new_phone: NewPhone, site: Site, wrong_by: int
) -> None:
    phone = Ways(_with_clock(new_phone(), wrong_by))
    phone.pair(site.pairing_code(site.new_client("Noor")))
    phone.tap("home.start")
    phone.answer(How.CALM)
    promise = phone.screen("after").locator("p:not([class])").first
    expect(promise).to_contain_text(main_line().number)
    words = promise.inner_text()
    after = phone.page.evaluate("location.hash.slice(2)")
    _later(phone, 20 * MINUTE)
    phone.go("home")
    phone.go(after)
    expect(phone.screen("after")).to_contain_text("Received")
    expect(phone.screen("after")).not_to_contain_text(words)


def test_what_was_last_heard_of_a_case_says_when(new_phone: NewPhone, site: Site) -> None:
    phone = Ways(_with_clock(new_phone()))
    phone.pair(site.pairing_code(site.new_client("Noor")))
    phone.tap("home.start")
    phone.answer(How.RISKY)
    # what exactly is promised depends on the hour in which this test runs
    expect(phone.screen("after").locator(".big").first).to_contain_text(main_line().number)
    expect(phone.screen("after")).not_to_contain_text("Last updated")
    after = phone.page.evaluate("location.hash.slice(2)")
    phone.go("home")
    phone.see("home.case")
    _later(phone, 20 * MINUTE)
    phone.go(after)
    expect(phone.screen("after")).to_contain_text("Last updated")


def test_so_it_is_with_a_call_for_help_from_a_phone_whose_clock_is_slow(
    new_phone: NewPhone, site: Site
) -> None:
    phone = Ways(_with_clock(new_phone(), -3 * HOUR))
    phone.pair(site.pairing_code(site.new_client("Noor")))
    phone.go("help")
    phone.tap("help.ask")
    phone.tap("help.sure_yes", phone.dialog)
    promise = phone.screen("help").locator(".big").first
    expect(promise).to_contain_text(main_line().number)
    words = promise.inner_text()
    _later(phone, 20 * MINUTE)
    phone.go("home")
    phone.go("help")
    expect(phone.screen("help")).to_contain_text("This is the last we heard")
    expect(phone.screen("help")).not_to_contain_text(words)


def test_a_clock_that_is_days_fast_hides_no_check_in(new_phone: NewPhone, site: Site) -> None:
    phone = Ways(_with_clock(new_phone(), 3 * DAY))
    phone.pair(site.pairing_code(site.new_client("Noor")))
    expect(phone.key("home.start")).to_be_visible()


def test_a_check_in_that_was_begun_is_offered_after_its_time_too(new_phone: NewPhone, site: Site) -> None:
    phone = Ways(_with_clock(new_phone()))
    phone.pair(site.pairing_code(site.new_client("Noor")))
    phone.tap("home.start")
    first = phone.main.locator("#question").inner_text()
    phone.page.wait_for_timeout(450)
    phone.answer_one(phone.kind_of_question(), How.RISKY, "")
    phone.main.locator("#question", has_text=first).wait_for(state="detached")
    _later(phone, 3 * DAY)
    phone.go("home")
    phone.see("home.begun")
    phone.tap("home.resume")
    phone.see("checkin.time_passed")
    phone.network(True)
    phone.answer(How.CALM)
    expect(phone.screen("after")).to_contain_text("Received")
    phone.go("home")
    expect(phone.key("home.resume")).to_have_count(0)


def test_what_was_said_of_this_morning_is_not_sent_as_of_tonight(new_phone: NewPhone, site: Site) -> None:
    phone = Ways(_with_clock(new_phone()))
    phone.pair(site.pairing_code(site.new_client("Noor", checkin=False)))
    phone.page.locator("a[href='#/checkin/new']").wait_for()
    phone.go("checkin/new")
    first = phone.main.locator("#question").inner_text()
    phone.page.wait_for_timeout(450)
    phone.answer_one(phone.kind_of_question(), How.CALM, "")
    phone.main.locator("#question", has_text=first).wait_for(state="detached")
    second = phone.main.locator("#question").inner_text()
    phone.go("home")
    phone.go("checkin/new")
    expect(phone.main.locator("#question")).to_have_text(second)  # a moment ago is still now
    _later(phone, 5 * HOUR)
    phone.go("home")
    phone.go("checkin/new")
    expect(phone.main).to_contain_text(re.compile("You began this (today|yesterday) at"))
    phone.tap("checkin.anew")
    expect(phone.main.locator("#question")).to_have_text(first)
    expect(phone.main.locator("[aria-pressed=true]")).to_have_count(0)
