"""On a phone Sol sees work, not a header: the pages stand in a menu, opened by thumb, by key and without script."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import AtDesk, violations

HEIGHT = """() => {
  const alarm = document.querySelector('.alarm')
  const below = document.querySelector('.strip').getBoundingClientRect().bottom
  return below - (alarm && !alarm.hidden ? alarm.getBoundingClientRect().height : 0)
}"""
WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
MOST = 110
"""Pixels of the frame above a page on a phone."""


def opened(at_desk: AtDesk, width: int, **options: Any) -> Page:
    page = at_desk("Sol", viewport={"width": width, "height": 800}, **options).new_page()
    page.goto("/queue")
    return page


def test_on_a_phone_the_header_is_low_and_the_menu_opens_and_closes_by_key(at_desk: AtDesk) -> None:
    page = opened(at_desk, 390)
    expect(page.locator("#live")).to_have_text("connected")
    assert page.evaluate(HEIGHT) <= MOST
    expect(page.locator(".duty")).to_contain_text("duty")
    menu, pages = page.get_by_role("button", name="Menu"), page.get_by_role("navigation", name="Pages")
    expect(pages).to_be_hidden()
    menu.focus()
    page.keyboard.press("Enter")
    expect(pages.get_by_role("link", name="Queue")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(pages).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    pages.get_by_role("link", name="Supervision").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Supervision")
    page.set_viewport_size({"width": 320, "height": 640})
    assert not page.evaluate(WIDE)
    assert violations(page) == []
    menu.click()
    box = page.locator("#pages").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] + box["height"] <= 640, "what does not fit scrolls inside the menu"


def test_the_menu_needs_no_script(at_desk: AtDesk) -> None:
    page = opened(at_desk, 390, java_script_enabled=False)
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    pages.get_by_role("link", name="Caseload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Caseload")


@pytest.mark.parametrize("width", [1280, 2560])
def test_on_a_laptop_and_on_a_wall_display_the_rail_stands_open(at_desk: AtDesk, width: int) -> None:
    page = opened(at_desk, width)
    expect(page.get_by_role("link", name="Supervision")).to_be_visible()
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()
    expect(page.locator(".duty")).to_contain_text(
        "is on duty" if page.get_by_text("is on duty").count() else "is off duty"
    )
    me, queue = page.locator(".me").bounding_box(), page.get_by_role("link", name="Queue").bounding_box()
    assert me is not None
    assert queue is not None
    assert me["y"] > queue["y"] + 200, "who is signed in stands at the foot of the rail"
