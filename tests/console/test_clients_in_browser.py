"""Caseload, client pages and schedule editor in a real Chromium: axe, narrow screens, the search, the live preview."""

from tests.console.conftest import AtDesk, violations
from tests.phone.house import Site


def test_nothing_is_wrong_with_the_pages_in_light_and_dark(at_desk: AtDesk, site: Site) -> None:
    page, found = at_desk("Mara").new_page(), dict[str, list[str]]()
    noor = f"/clients/{site.noor}"
    paths = ("", "/edit", "/record", "/checkins", "/schedules/new")
    for path in (
        "/caseload",
        "/caseload?show=silent",
        "/plans",
        "/caseload/new",
        *(noor + each for each in paths),
    ):
        page.goto(path)
        found[path] = violations(page)
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.set_viewport_size({"width": 1280, "height": 800})
    assert {path: each for path, each in found.items() if each} == {}


def test_the_preview_follows_what_is_typed_and_the_search_needs_no_address(
    at_desk: AtDesk, site: Site
) -> None:
    page = at_desk("Mara", expects=["422"]).new_page()
    page.goto(f"/clients/{site.noor}/schedules/new")
    assert not page.get_by_label("Monday").is_visible()
    page.get_by_label("On some weekdays").check()
    page.get_by_label("Monday").check()
    page.locator("#preview", has_text="Monday at 10:00").wait_for()
    page.locator("input[name='recurrence.times']").nth(0).fill("18:30")
    page.locator("#preview", has_text="Monday at 18:30").wait_for()
    page.goto("/caseload")
    page.get_by_label("Name").fill("zzz")
    page.get_by_text("Nobody of this name here.").wait_for()
    assert page.url.endswith("/caseload")
    page.get_by_label("Name").fill("noo")
    page.locator("#rows tbody tr").wait_for()
    assert page.locator("#rows tbody tr").count() == 1
