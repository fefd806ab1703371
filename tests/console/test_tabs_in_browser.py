"""Two tabs of one browser: who signs out in one shows nobody's name in the other."""

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update

from server.people.models import SessionRow
from tests.console.conftest import AtDesk, cookie_of
from tests.phone.house import Site

NOBODY_HOME = ["401", "403"]


def caseload(context: BrowserContext) -> Page:
    """A tab with the clients' names in it."""
    page = context.new_page()
    page.goto("/caseload")
    expect(page.get_by_role("main").get_by_text("Noor").first).to_be_visible()
    return page


def is_covered(page: Page) -> None:
    expect(page.locator("#idle-cover")).to_contain_text("This session has ended")
    expect(page.get_by_text("Noor").first).to_be_hidden()


def test_maras_other_tabs_are_covered_when_she_signs_out(at_desk: AtDesk, site: Site) -> None:
    context = at_desk("Mara", expects=NOBODY_HOME)
    first, second = caseload(context), caseload(context)
    second.get_by_role("button", name="Sign out").click()
    second.wait_for_url("**/sign-in*")
    is_covered(first)
    second.go_back()
    expect(second.get_by_text("Noor").first).to_be_hidden()
    context.add_cookies([cookie_of(site, "Mara")])
    first.evaluate("dispatchEvent(new Event('focus'))")
    expect(first.locator("#idle-cover")).to_have_count(0)
    expect(first.get_by_role("main").get_by_text("Noor").first).to_be_visible()
    context.add_cookies([cookie_of(site, "Sol")])
    second.goto("/queue")
    first.wait_for_url(lambda url: not url.endswith("/caseload"))


def test_a_tab_that_is_looked_at_again_asks_whether_the_session_lasts(at_desk: AtDesk, site: Site) -> None:
    page = caseload(at_desk("Mara", expects=NOBODY_HOME))
    with page.expect_response("**/account/session"):
        page.evaluate("dispatchEvent(new Event('focus'))")
    page.wait_for_timeout(200)
    expect(page.locator("#idle-cover")).to_have_count(0)
    ended = update(SessionRow).where(SessionRow.staff_id == site.people["Mara"].id)
    site.home.db.write_now(lambda tx: tx.session.execute(ended.values(revoked_at=tx.now)))
    page.evaluate("dispatchEvent(new Event('focus'))")
    is_covered(page)


def test_a_refused_live_stream_covers_the_page(at_desk: AtDesk, site: Site) -> None:
    page = caseload(at_desk("Mara", expects=NOBODY_HOME))
    expect(page.locator("#live")).to_have_attribute("data-state", "connected")
    ended = update(SessionRow).where(SessionRow.staff_id == site.people["Mara"].id)
    site.home.db.write_now(lambda tx: tx.session.execute(ended.values(revoked_at=tx.now)))
    expect(page.locator("#idle-cover")).to_be_visible(timeout=60_000)
    is_covered(page)
