"""Sol in a real browser: lines imported with a bad row first, a rule tried, a questionnaire written."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from server.core.clock import SystemClock
from tests.console.conftest import AtDesk, violations
from tests.crisisplans.test_lines import GOOD, file_of

WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def file(*rows: dict[str, str]) -> list[Any]:
    """A CSV file in the hand."""
    return [{"name": "lines.csv", "mimeType": "text/csv", "buffer": file_of(*rows)}]


def good() -> dict[str, str]:
    """A line that was checked yesterday."""
    today = SystemClock().now().date()
    dates = {"checked_on": today - timedelta(days=2), "check_again_by": today + timedelta(days=60)}
    return {**GOOD, **{name: day.isoformat() for name, day in dates.items()}}


def looks_right(page: Page) -> None:
    """Axe finds nothing in either scheme, and 320 px are wide enough."""
    assert violations(page) == []
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    assert not page.evaluate(WIDE), f"{page.url} is too wide for 320 px"
    if size:
        page.set_viewport_size(size)


def test_sol_imports_lines_with_a_bad_row_then_the_mended_file(at_desk: AtDesk) -> None:
    page = at_desk("Sol", expects=["422"]).new_page()
    page.goto("/crisis-lines")
    looks_right(page)
    page.get_by_role("link", name="Import a file").click()
    page.wait_for_url("**/crisis-lines/import")
    looks_right(page)
    page.get_by_role("button", name="Try the file").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a file")
    page.set_input_files("#file", file(good(), {**good(), "key": "warm_line", "number": "ring us"}))
    page.get_by_role("button", name="Try the file").click()
    expect(page.get_by_role("row", name="3 number")).to_be_visible()
    looks_right(page)
    mended = page.locator("#text").input_value().replace("ring us", "(503) 555-0143")
    page.locator("#text").fill(mended)
    page.get_by_role("button", name="Try the file").click()
    expect(page.get_by_text("It would add 2")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Apply exactly this").click()
    expect(page.locator(".said")).to_contain_text("now those of your file")
    page.locator("#area").select_option("Linn County")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="In Spanish")).to_be_visible()
    looks_right(page)


def test_sol_writes_a_questionnaire_and_tries_it(at_desk: AtDesk) -> None:
    page = at_desk("Sol", expects=["422"]).new_page()
    page.goto("/questionnaires")
    looks_right(page)
    page.get_by_role("link", name="Built-in check-in").click()
    page.wait_for_url("**/questionnaires/*")
    looks_right(page)
    page.get_by_role("button", name="Try all rules").click()
    expect(page.locator(".tally")).to_be_visible()
    looks_right(page)
    page.goto("/questionnaires/new?start=built-in")
    looks_right(page)
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_role("alert")).to_contain_text("Name of the questionnaire")
    looks_right(page)
    page.get_by_label("Name of the questionnaire").fill("evening")
    page.get_by_role("button", name="Try on the last 90 days").click()
    expect(page.locator(".tally")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_role("heading", name="evening, version 1")).to_be_visible()
    page.goto("/questionnaires/clients")
    looks_right(page)
