"""Every page of the console, on the demonstration programme: axe in light and dark, no page wider than a small phone.

With HANDRAIL_SCREENS set (`make screens`), pictures of each, laptop and phone, light and dark, are written there.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from server.people.terms import Role
from tests.console.walk import Demonstration, Walk
from tests.console.walk import demonstration as demonstration

PAGES: dict[Role | None, dict[str, str]] = {
    None: {"sign-in": "/sign-in", "activate": "/activate", "signed-out": "/cases/{case}"},
    Role.CASE_MANAGER: {
        "queue": "/queue",
        "case": "/cases/{case}",
        "cases": "/cases",
        "welfare-pack": "/cases/{case}/welfare-pack",
        "caseload": "/caseload",
        "client-new": "/caseload/new",
        "plans-due": "/plans",
        "rota": "/rota",
        "rota-offers": "/rota/offers",
        "today": "/today",
        "handover": "/handover",
        "account": "/account",
        "account-numbers": "/account/numbers",
        "nothing-there": "/cases/{client}",
    },
    Role.SUPERVISOR: {
        "client": "/clients/{client}",
        "client-edit": "/clients/{client}/edit",
        "client-record": "/clients/{client}/record",
        "client-telephone": "/clients/{client}/telephone",
        "client-telephone-told": "/clients/{client}/telephone/{answered}",
        "client-raise": "/clients/{client}/raise",
        "client-discharge": "/clients/{client}/discharge",
        "client-readmit": "/clients/{gone}/readmit",
        "client-gone": "/clients/{gone}",
        "client-checkins": "/clients/{client}/checkins",
        "schedule": "/clients/{client}/schedules/{schedule}",
        "schedule-new": "/clients/{client}/schedules/new",
        "plan": "/clients/{client}/plan",
        "plan-edit": "/clients/{client}/plan/edit",
        "plan-publish": "/clients/{client}/plan/publish",
        "plan-history": "/clients/{client}/plan/history",
        "plan-changes": "/clients/{client}/plan/changes?from=1&to=2",
        "plan-revision": "/clients/{client}/plan/revisions/1",
        "plan-signs": "/clients/{client}/plan/signs",
        "questionnaires": "/questionnaires",
        "questionnaire": "/questionnaires/built-in",
        "questionnaire-new": "/questionnaires/new",
        "questionnaire-clients": "/questionnaires/clients",
        "questionnaire-client": "/questionnaires/clients/{client}",
        "rota-edit": "/rota/edit",
        "rota-import": "/rota/import",
        "rota-teams": "/rota/teams",
        "rota-team-clients": "/rota/teams/{team}/clients",
        "reach": "/supervision/reach",
        "crisis-lines": "/crisis-lines",
        "crisis-lines-import": "/crisis-lines/import",
        "supervision": "/supervision",
        "audit": "/supervision/audit",
    },
    Role.ADMINISTRATOR: {
        "admin": "/admin",
        "admin-care-teams": "/admin/care-teams",
        "admin-colleague": "/admin/staff/{colleague}",
        "admin-programme": "/admin/programme",
        "admin-service": "/admin/service",
    },
}


@pytest.fixture
def walk(browser: Browser, demonstration: Demonstration) -> Iterator[Walk]:
    """One way through pages; it ends with all that is wrong on any of them."""
    made = Walk(browser, demonstration)
    yield made
    assert not made.wrong, "\n".join(made.wrong)


@pytest.mark.parametrize("role", list(PAGES))
def test_every_page_is_for_everybody_to_read(
    role: Role | None, walk: Walk, demonstration: Demonstration
) -> None:
    with walk.signed_in(None if role is None else demonstration.tokens[role]) as context:
        page = context.new_page()
        for name, path in PAGES[role].items():
            walk.open(page, name, path, 404 if name == "nothing-there" else 200)


def test_what_asks_again_who_one_is_is_for_everybody_to_read(
    walk: Walk, demonstration: Demonstration
) -> None:
    with walk.signed_in(demonstration.stale[Role.SUPERVISOR]) as context:
        page = context.new_page()
        walk.open(page, "client-proof", "/clients/{client}")
        expect(page.get_by_label("Code from your authenticator app")).to_be_visible()
        walk.open(page, "account-proof", "/account")
    with walk.signed_in(demonstration.stale[Role.ADMINISTRATOR]) as context:
        page = context.new_page()
        page.goto("/admin")
        page.locator("summary", has_text="Change").first.click()
        walk.look(page, "admin-proof")
        walk.open(page, "admin-programme-proof", "/admin/programme")
        page.get_by_label("Code from your authenticator app").fill("000000")
        page.get_by_role("button", name="Save the settings").click()
        expect(page.get_by_role("alert")).to_be_visible()
        walk.look(page, "admin-programme-wrong-code")


def test_a_drill_is_for_everybody_to_read(walk: Walk, demonstration: Demonstration) -> None:
    with walk.signed_in(demonstration.tokens[Role.SUPERVISOR]) as context:
        page = context.new_page()
        walk.open(page, "drills", "/rota/drills")
        # By key: on a busy machine the page may still be moving after the look at it as on a small phone.
        page.get_by_role("button", name="Start the drill now").press("Enter")
        expect(page.locator(".said")).to_be_visible()
        walk.look(page, "drill-running")


def test_two_texts_of_one_plan_are_for_everybody_to_read(walk: Walk, demonstration: Demonstration) -> None:
    path = f"/clients/{demonstration.ids['client']}/plan/edit"
    with (
        walk.signed_in(demonstration.tokens[Role.SUPERVISOR]) as first,
        walk.signed_in(demonstration.colleague) as second,
    ):
        mine, theirs = first.new_page(), second.new_page()
        mine.goto(path)
        _write(
            theirs,
            path,
            "River walk",
            "I stop cooking for the house.",
            "He asked about the cousin's place.",
        )
        mine.locator("#alias").fill("Sunday plan")
        mine.locator("#warning_signs\\.0\\.text").fill("I stop answering Gran.")
        mine.locator("#clinician_only\\.notes").fill("Asked again about firearms: none at home.")
        mine.locator("#save").click()
        expect(mine.locator("h1")).to_contain_text("Two texts of one plan")
        walk.look(mine, "plan-merge")
        mine.locator("main button.primary").click()
        mine.wait_for_url("**/edit?done=merged*")
        walk.open(mine, "plan-publish-changed", "/clients/{client}/plan/publish")


def _write(page: Page, path: str, alias: str, sign: str, note: str) -> None:
    """Open the editor, write these, and save."""
    page.goto(path)
    page.locator("#alias").fill(alias)
    page.locator("#warning_signs\\.0\\.text").fill(sign)
    page.locator("#clinician_only\\.notes").fill(note)
    page.locator("#save").click()
    page.wait_for_url("**/edit?done=saved*")


def test_a_questionnaire_in_two_windows_is_for_everybody_to_read(
    walk: Walk, demonstration: Demonstration
) -> None:
    with walk.signed_in(demonstration.tokens[Role.SUPERVISOR]) as context:
        page, other = context.new_page(), context.new_page()
        path = "/questionnaires/new?start=built-in"
        walk.open(page, "questionnaire-edit", path)
        other.goto(path)
        other.get_by_label("Name of the questionnaire").fill("morning")
        other.get_by_role("button", name="Check and preview").last.click()
        expect(other.get_by_role("heading", name="What it says so far")).to_be_visible()
        page.locator("#item-0 > summary").click()
        page.locator("#rule-0 > summary").click()
        page.get_by_label("Name of the questionnaire").fill("evening")
        walk.look(page, "questionnaire-edit-open")
        page.get_by_role("button", name="Check and preview").last.click()
        expect(page.get_by_role("alert")).to_contain_text("open in another window")
        walk.look(page, "questionnaire-clash")


def test_a_case_at_work_is_for_everybody_to_read(walk: Walk, demonstration: Demonstration) -> None:
    with walk.signed_in(demonstration.tokens[Role.CASE_MANAGER]) as context:
        page = context.new_page()
        page.goto(f"/cases/{demonstration.ids['case']}")
        page.get_by_role("button", name="Take this case").click()
        page.get_by_text("Log a contact attempt").click()
        walk.look(page, "case-log")
        page.get_by_text("Close the case", exact=True).first.click()
        walk.look(page, "case-close")
        page.goto(f"/cases/{demonstration.ids['case']}/welfare-pack")
        page.get_by_label("Why do you open it?").fill("Three calls without an answer.")
        page.get_by_role("button", name="Open the pack").click()
        expect(page.locator("h1")).to_contain_text("Welfare check")
        walk.look(page, "welfare-pack-open")
