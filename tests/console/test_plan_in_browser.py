"""The plan editor in Chromium, at the keyboard: a plan from nothing to being published, and two editors at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.console.conftest import AtDesk, violations
from tests.phone.house import Site

SAVED = re.compile(r"^Saved \d\d:\d\d$")


def plan_of(site: Site, name: str) -> str:
    return f"/clients/{site.new_client(name, plan=None, checkin=False)}/plan"


def test_ida_writes_a_plan_with_the_keyboard_and_publishes_it(at_desk: AtDesk, site: Site) -> None:
    path = plan_of(site, "Noor Khan")
    page = at_desk("Ida", expects=["422"]).new_page()
    page.goto(f"{path}/edit")
    sign = page.locator("#warning_signs\\.0\\.text")
    sign.focus()
    page.keyboard.type("I stop answering my sister")
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    page.keyboard.press("Tab")
    page.keyboard.type("In the")
    expect(page.locator("#save-state")).to_have_text(SAVED)
    seen = page.locator("#seen-warning_signs")
    expect(seen).to_contain_text("In a crisis")
    expect(seen).to_contain_text("I stop answering my sister")

    page.locator("[data-add=warning_signs]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#warning_signs\\.1\\.text")).to_be_focused()
    page.keyboard.type("I lie awake until three")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#warning_signs\\.0\\.text")).to_be_focused()
    expect(page.locator("#warning_signs\\.0\\.text")).to_have_value("I lie awake until three")
    expect(page.locator("#warning_signs\\.1\\.stage")).to_have_value("crisis")

    page.locator("#helpers\\.0\\.name").focus()
    page.keyboard.type("Leila")
    page.keyboard.press("Tab")
    page.keyboard.type("call her")
    expect(page.locator("#save-state")).to_contain_text(
        "Before you publish: People to ask for help, row 1, Phone"
    )
    expect(page.locator("#helpers\\.0\\.phone")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Control+A")
    page.keyboard.type("(503) 555-0142")
    page.locator("#clinician_only\\.notes").fill("SECRET the keys")
    expect(page.locator("#save-state")).to_have_text(SAVED)
    expect(page.locator("#helpers\\.0\\.phone")).not_to_have_attribute("aria-invalid", "true")
    assert "SECRET" not in " ".join(page.locator(".seen").all_inner_texts())
    assert violations(page) == []

    page.locator("button.primary[value=publish]").press("Enter")
    page.wait_for_url("**/plan/publish")
    assert "I lie awake until three" in page.locator("main").inner_text()
    assert violations(page) == []
    page.locator("#reason").fill("First plan, written together")
    page.locator("#client_took_part").select_option("true")
    page.locator("#caregiver_involved").select_option("false")
    page.locator("button.primary").press("Enter")
    page.wait_for_url("**/plan?done=published*")
    assert violations(page) == []
    shown = page.locator("main").inner_text()
    assert shown.index("I lie awake until three") < shown.index("I stop answering my sister")
    with site.staff("Sol") as api:
        draft = api.get(f"{path}/draft").json()
        assert [one["text"] for one in draft["document"]["warning_signs"]] == [
            "I lie awake until three",
            "I stop answering my sister",
        ]
        assert draft["clinician_only"]["notes"] == "SECRET the keys"
        assert (draft["based_on"], draft["changed"]) == (1, False)


def test_a_row_that_was_removed_can_be_put_back(at_desk: AtDesk, site: Site) -> None:
    page = at_desk("Ida").new_page()
    page.goto(f"{plan_of(site, 'Pat')}/edit")
    page.locator("#coping\\.0\\.text").fill("walk to the river")
    page.locator("#rows-coping [data-row-key=remove]").press("Enter")
    expect(page.locator("#rows-coping button", has_text="walk to the river")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#coping\\.0\\.text")).to_have_value("walk to the river")
    expect(page.locator("#save-state")).to_have_text(SAVED)
    expect(page.locator("#seen-coping")).to_contain_text("walk to the river")


def test_two_editors_see_both_texts_and_no_word_is_lost(at_desk: AtDesk, site: Site) -> None:
    path = f"{plan_of(site, 'Kim')}/edit"
    ida, sol = at_desk("Ida", expects=["412"]).new_page(), at_desk("Sol").new_page()
    ida.goto(path)
    sol.goto(path)
    sol.locator("#alias").fill("SOL name")
    sol.locator("#save").click()
    sol.wait_for_url("**/edit?done=saved*")
    ida.locator("#alias").fill("IDA name")
    ida.locator("#reasons\\.0\\.text").fill("IDA the garden")
    expect(ida.locator("#save-state")).to_contain_text("Sol saved this draft meanwhile")
    ida.locator("#save").click()
    expect(ida.locator("h1")).to_contain_text("Two texts of one plan")
    words = ida.locator("main").inner_text()
    for each in ("SOL name", "IDA name", "IDA the garden"):
        assert each in words
    assert violations(ida) == []
    ida.locator("input[value=theirs]").first.check()
    ida.locator("button.primary").click()
    ida.wait_for_url("**/edit?done=merged*")
    assert ida.locator("#alias").input_value() == "SOL name"
    assert ida.locator("#reasons\\.0\\.text").input_value() == "IDA the garden"


@pytest.mark.parametrize("width", [320, 1280])
def test_without_script_and_on_a_small_screen_the_editor_works(
    at_desk: AtDesk, site: Site, width: int
) -> None:
    size = {"width": width, "height": 700}
    page = at_desk("Ida", java_script_enabled=False, viewport=size).new_page()
    page.goto(f"{plan_of(site, 'Lou')}/edit")
    page.locator("#coping\\.0\\.text").fill("walk to the river")
    page.locator("[data-add=coping]").click()
    page.wait_for_url("**/edit?add=coping*")
    page.locator("#coping\\.1\\.text").fill("draw the river")
    page.locator("[value='up.coping.1']").click()
    page.wait_for_url("**/edit?done=moved*")
    assert page.locator("#coping\\.0\\.text").input_value() == "draw the river"
    assert "draw the river" in page.locator("#seen-coping").inner_text()
    page.locator("[value='remove.coping.1']").click()
    page.wait_for_url("**/edit?done=removed*")
    assert page.locator("#coping\\.1\\.text").count() == 0


def test_the_editor_needs_no_sideways_scrolling_at_320(at_desk: AtDesk, site: Site) -> None:
    path = plan_of(site, "Ray")
    page = at_desk("Ida", viewport={"width": 320, "height": 700}).new_page()
    for each in ("", "/edit", "/publish", "/history", "/signs"):
        page.goto(f"{path}{each}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, each
        assert violations(page) == []
