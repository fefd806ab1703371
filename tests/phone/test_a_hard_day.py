"""On a hard day Noor's reasons come first until midnight, and help is in view wherever she reads."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.phone.conftest import NewPhone
from tests.phone.house import PLAN, Site
from tests.phone.ways import Ways

AGENT = "(503) 555-0177"
WISHES = {"advance_directive": {"exists": True, "where": "In the blue folder", "agent_phone": AGENT}}
SMALL = {"width": 320, "height": 454}


def test_a_hard_day_lasts_over_a_restart_until_the_day_is_over(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor", checkin=False)
    page = new_phone().new_page()
    phone = Ways(page)
    phone.pair(site.pairing_code(noor), pin="246810")
    phone.key("home.plan_open").wait_for()
    phone.go("plan")
    hard = page.locator("#hard-day")
    expect(hard).to_have_attribute("aria-checked", "false")
    hard.click()
    expect(hard).to_have_attribute("aria-checked", "true")
    first = phone.main.locator("section.card h2").first
    expect(first).to_have_text(phone.words["plan.reasons"])

    phone.go("home")
    page.reload()
    phone.try_pin("246810")
    phone.screen("home").wait_for()
    phone.go("plan")
    expect(hard).to_have_attribute("aria-checked", "true")
    expect(first).to_have_text(phone.words["plan.reasons"])

    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=1))
    phone.go("home")
    page.reload()
    phone.try_pin("246810")
    phone.screen("home").wait_for()
    phone.go("plan")
    expect(hard).to_have_attribute("aria-checked", "false")


@pytest.mark.parametrize("route", ["plan", "plan/coping"])
def test_help_is_in_view_on_a_small_phone_from_the_first_line_to_the_last(
    new_phone: NewPhone, site: Site, route: str
) -> None:
    phone = Ways(new_phone(viewport=SMALL).new_page())
    phone.pair(site.pairing_code(site.new_client("Noor", checkin=False)))
    phone.key("home.plan_open").wait_for()
    phone.go(route)
    expect(phone.key("plan.skip")).to_be_in_viewport(ratio=1)
    phone.page.evaluate("() => [...document.querySelectorAll('main a, main button')].at(-1).scrollIntoView()")
    assert phone.page.evaluate("scrollY") > 0
    expect(phone.key("plan.skip")).to_be_in_viewport(ratio=1)
    phone.tap("plan.skip")
    phone.screen("help").wait_for()


def test_whoever_speaks_for_noor_can_be_called_and_texted(new_phone: NewPhone, site: Site) -> None:
    noor = site.new_client("Noor", plan={**PLAN, "what_helps_staff": WISHES}, checkin=False)
    phone = Ways(new_phone().new_page())
    phone.pair(site.pairing_code(noor))
    phone.key("home.plan_open").wait_for()
    phone.go("plan")
    called = phone.main.locator("a[href='tel:+15035550177']")
    expect(called).to_contain_text(AGENT)
    expect(called).to_contain_text(phone.words["plan.agent"])
    expect(phone.main.locator("a[href='sms:+15035550177']")).to_be_visible()
