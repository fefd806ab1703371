"""A case from its live arrival to its closing, in a real browser: one tap to take it, two to log a try."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from playwright.sync_api import Page, expect

from notifications.escalations.cases import raise_case
from notifications.escalations.models import CauseKind
from notifications.escalations.tiers import Tier
from server.core.db import Tx
from server.core.tables import new_id
from server.people import access
from tests.console.conftest import AtDesk, violations
from tests.phone.driver import finger_down
from tests.phone.house import Site

FRESH = "**/cases/fresh"


def flag(site: Site, client_id: UUID, tier: Tier = Tier.URGENT, words: str = "I cannot do this") -> UUID:
    """An answer of this client's is flagged, somewhere else."""

    def raise_it(tx: Tx) -> UUID:
        client = access.known_client(tx, client_id)
        kind = CauseKind.FLAGGED_ANSWER
        return raise_case(tx, client, kind=kind, tier=tier, source_id=new_id(), note=words).id

    return site.home.db.write_now(raise_it)


def at_queue(page: Page) -> Page:
    """The queue, listening."""
    page.goto("/queue")
    expect(page.locator("#live")).to_have_text("connected")
    return page


def test_a_case_arrives_is_taken_tried_handed_over_and_closed(site: Site, at_desk: AtDesk) -> None:
    noor = site.new_client("Noor", checkin=False)
    mara = at_queue(at_desk("Mara").new_page())
    other_tab = at_queue(mara.context.new_page())
    assert violations(mara) == []
    other_tab.route(FRESH, lambda route: route.abort())
    mara.route(FRESH, lambda route: (time.sleep(0.5), route.continue_()))  # the alarm speaks here, and last
    case_id = flag(site, noor)
    for tab in (mara, other_tab):
        expect(tab.get_by_role("link", name="Noor")).to_be_visible()
    expect(mara.get_by_text("An urgent case waits for somebody to take it.")).to_have_count(1)
    expect(mara.get_by_text("A new case is in the queue.")).to_have_count(1)
    mara.unroute(FRESH)
    other_tab.unroute(FRESH)
    assert violations(mara) == []
    mara.get_by_role("button", name="Take Noor").click()
    expect(mara).to_have_url(f"{site.url}/cases/{case_id}?done=taken")
    expect(other_tab.get_by_text("You have it")).to_be_visible()
    assert violations(mara) == []

    ben = at_desk("Ben").new_page()
    ben.goto(f"/cases/{case_id}")
    expect(ben.locator("#live")).to_have_text("connected")
    mara.keyboard.press("c")
    expect(mara.get_by_role("button", name="Reached by phone")).to_be_focused()
    mara.get_by_role("button", name="No answer by phone").click()
    expect(mara.locator(".said")).to_have_text("Logged: no answer. The clock goes on.")
    expect(ben.locator("#timeline")).to_contain_text("Mara called Noor, no answer")
    expect(ben.locator("#state")).to_contain_text("Mara has it")
    mara.get_by_text("Log a contact attempt").click()
    mara.get_by_role("button", name="Reached by phone").click()

    mara.locator("#act-hand-over > summary").click()
    mara.get_by_label("To whom").select_option("Ben")
    mara.locator("#act-hand-over button").click()
    expect(ben.locator("#state")).to_contain_text("You have it")
    ben.locator("#act-close > summary").click()
    ben.get_by_label("How it ended").select_option("Safe, with the plan")
    ben.get_by_label("Next contact on").fill((datetime.now(UTC).date() + timedelta(days=2)).isoformat())
    ben.get_by_role("button", name="Close the case").click()
    expect(ben.locator("#state")).to_contain_text("Closed")
    expect(mara.locator("#state")).to_contain_text("Closed")
    assert violations(ben) == []


def test_an_emergency_is_counted_in_the_title_on_every_page_and_what_is_typed_stays(
    site: Site, at_desk: AtDesk
) -> None:
    quiet, loud = site.new_client("Pat", checkin=False), site.new_client("Noor", checkin=False)
    quiet_case = flag(site, quiet, Tier.ROUTINE)
    page = at_desk("Mara").new_page()
    page.goto(f"/cases/{quiet_case}")
    expect(page.locator("#live")).to_have_text("connected")
    page.get_by_role("button", name="Take this case").click()
    page.locator("#act-close > summary").click()
    page.get_by_label("Reason").fill("She was at her sister's")
    loud_case = flag(site, loud, Tier.EMERGENCY)
    expect(page).to_have_title("(1) Case · Handrail")
    expect(page.get_by_role("link", name="An emergency waits for somebody to take it.")).to_be_visible()
    page.wait_for_function("localStorage.getItem('handrail-heard')?.includes('" + str(loud_case) + "')")
    flag(site, quiet, Tier.ROUTINE, "Nothing helps")
    expect(page.locator("#facts")).to_contain_text("Nothing helps")
    expect(page.get_by_label("Reason")).to_have_value("She was at her sister's")
    assert violations(page) == []
    page.get_by_role("button", name="Sound is on").click()
    page.reload()
    expect(page.get_by_role("button", name="Sound is off")).to_have_attribute("aria-pressed", "false")
    page.locator("h1").click()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys on this page")
    expect(keys).to_contain_text("Log a contact attempt")
    expect(keys).to_contain_text("Go to Queue")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.goto(f"/cases/{loud_case}")
    expect(page).to_have_title("(1) Case · Handrail")
    expect(page.locator(".alarm")).to_be_hidden()
    page.goto(f"/cases/{quiet_case}")
    expect(page.locator(".alarm")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page).to_have_url(f"{site.url}/queue")
    expect(page).to_have_title("(1) Queue · Handrail")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page).to_have_url(f"{site.url}/cases/{loud_case}?done=taken")
    expect(page).to_have_title("Case · Handrail")


def test_a_row_stays_under_the_pointer_until_its_click_is_done(site: Site, at_desk: AtDesk) -> None:
    case_id = flag(site, site.new_client("Noor", checkin=False))
    mara = at_queue(at_desk("Mara").new_page())
    pat = site.new_client("Pat", checkin=False)
    finger_down(mara, f"#take-{case_id}")
    with mara.expect_response("**/queue/rows*"):
        flag(site, pat, Tier.EMERGENCY)  # it comes first
    mara.wait_for_timeout(300)
    mara.mouse.up()
    expect(mara).to_have_url(f"{site.url}/cases/{case_id}?done=taken")
    mara.goto("/queue")
    mara.get_by_role("button", name="Take Pat").click()
    expect(mara).to_have_url(re.compile("done=taken"))


def test_the_line_comes_back_after_the_service_was_away(site: Site, at_desk: AtDesk) -> None:
    noor = site.new_client("Nell", checkin=False)
    page = at_queue(at_desk("Mara", expects=["Failed to load resource"]).new_page())
    follower = at_queue(page.context.new_page())
    site.stop()
    expect(page.locator("#live")).to_have_text("reconnecting")
    flag(site, noor)
    site.start_again()
    for tab in (page, follower):
        expect(tab.locator("#live")).to_have_text("connected", timeout=60_000)
        expect(tab.get_by_role("link", name="Nell")).to_be_visible()
    page.close()
    flag(site, site.new_client("Rae", checkin=False))
    expect(follower.get_by_role("link", name="Rae")).to_be_visible()


PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False}
PARTS = ("Facts", "Timeline", "Plan and people")


def test_on_a_phone_without_script_to_act_comes_first_and_the_three_parts_are_tabs(
    site: Site, at_desk: AtDesk
) -> None:
    case_id = flag(site, site.new_client("Noor", checkin=False))
    mara = at_desk("Mara", **PHONE).new_page()
    mara.goto(f"/cases/{case_id}")
    for name in ("Take this case", "Welfare-check pack"):
        expect(mara.locator("#acts").get_by_text(name)).to_be_in_viewport(ratio=1)
    expect(mara.locator("#act-contact > summary")).to_be_in_viewport(ratio=1)

    def alone(chosen: str) -> None:
        for part in PARTS:
            expect(mara.get_by_role("region", name=part)).to_have_count(int(part == chosen))

    alone("Facts")
    tabs = mara.get_by_role("navigation", name="On this page")
    for chosen in ("Timeline", "Plan and people", "Facts"):
        tabs.get_by_role("link", name=chosen).click()
        alone(chosen)
        expect(tabs.get_by_role("link", name=chosen)).to_be_in_viewport(ratio=1)
    tabs.get_by_role("link", name="Act", exact=True).click()
    expect(mara.get_by_role("button", name="Take this case")).to_be_in_viewport(ratio=1)
    mara.set_viewport_size({"width": 1280, "height": 800})
    for part in PARTS:
        expect(mara.get_by_role("region", name=part)).to_be_visible()


BUTTONS = (
    "[...document.querySelectorAll('#acts > form, #acts > a, .act > summary')]"
    ".map((each) => [each.offsetLeft, each.offsetTop])"
)


PLACES = """(ids) => ids.map((id) => {
  const { x, y, width, height } = document.getElementById(id).getBoundingClientRect()
  return { x, y, width, height }
})"""


def test_no_button_moves_when_a_panel_opens_and_to_take_stands_beside_the_name(
    site: Site, at_desk: AtDesk
) -> None:
    six_lines = "\n".join(f"“Sign {number}”: very strong today (4 of 4)" for number in range(6))
    case_id = flag(site, site.new_client("Nima", checkin=False), Tier.URGENT, six_lines)
    mara = at_desk("Mara").new_page()
    mara.goto(f"/cases/{case_id}")
    for width in (1280, 390):
        mara.set_viewport_size({"width": width, "height": 844})
        before = mara.evaluate(BUTTONS)
        for name in ("contact", "raise", "close"):
            mara.locator(f"#act-{name} > summary").click()
            expect(mara.locator(f"#act-{name} .panel")).to_be_visible()
            assert mara.evaluate(BUTTONS) == before
        mara.locator("#act-close > summary").click()
    mara.goto("/queue")
    mara.get_by_role("button", name="Take Nima").wait_for()
    # In one step: the queue may draw itself anew between two.
    take, name = mara.evaluate(PLACES, [f"take-{case_id}", f"case-{case_id}"])
    assert abs(take["y"] + take["height"] / 2 - name["y"] - name["height"] / 2) < 12
    assert take["x"] > name["x"] + name["width"]
    assert violations(mara) == []
