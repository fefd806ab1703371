"""What was wrong with a form: told by the labels people see, with a way to the field, in plain words."""

import pytest
from markupsafe import Markup

from server.console.faults import MARK, plain, told
from server.core.errors import FieldProblem, Invalid
from tests.console.desk import desk, read_page
from tests.world import World

FORM = Markup(
    '<div class="wrong"><p>Look again.</p>{}</div><form>'
    '<fieldset><legend>Urgent cases</legend><label for="urgent.wait">Wait <small>(if any)</small></label>'
    '<input id="urgent.wait" name="urgent.wait"></fieldset>'
    '<fieldset><legend>Routine cases</legend><label for="routine.wait">Wait</label>'
    '<input id="routine.wait" name="routine.wait"></fieldset>'
    '<fieldset><legend>Weekdays</legend><input type="checkbox" id="day-1" name="days.on" value="1">'
    '<label for="day-1">Monday</label><input type="checkbox" id="day-2" name="days.on" value="2">'
    '<label for="day-2">Tuesday</label></fieldset>'
    '<label for="zone">Time zone</label><select id="zone" name="zone"></select>'
    '<input type="hidden" name="version" value="1"></form>'
).format(MARK)


def lines(*paths: str) -> list[tuple[str, str]]:
    """The summary for problems at these paths: the text of each line, and where it leads."""
    problem = Invalid(errors=[FieldProblem(path, "<b>Look</b> again") for path in paths])
    page = read_page(told(FORM, problem))
    links = [each.all("a") for each in page.all("li")]
    return [
        (each.text, link[0].attributes["href"] if link else "")
        for each, link in zip(page.all("li"), links, strict=True)
    ]


@pytest.mark.parametrize(
    ("path", "name", "leads_to"),
    [
        ("zone", "Time zone", "#zone"),
        ("client.zone", "Time zone", "#zone"),
        ("urgent.wait", "Wait (Urgent cases)", "#urgent.wait"),
        ("routine.wait[2].minutes", "Wait (Routine cases)", "#routine.wait"),
        ("days.on", "Weekdays", "#day-1"),
        ("days.on[1]", "Weekdays", "#day-1"),
    ],
)
def test_a_problem_is_named_as_its_field_is(path: str, name: str, leads_to: str) -> None:
    assert lines(path) == [(f"{name} : <b>Look</b> again", leads_to)]


def test_what_is_at_no_field_is_said_without_a_name() -> None:
    assert lines("version", "", "somewhere.else") == [("<b>Look</b> again", "")] * 3


def test_a_page_without_a_problem_stays_as_it_is() -> None:
    assert told(FORM, None) == FORM


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Expected `int`, got `str`", "Write a number."),
        ("Expected `int | null` >= 1", "Write a number, 1 or more."),
        ("Expected `str` of length <= 200", "Write 200 characters at most."),
        ("Expected `str` of length >= 1", "Write something here."),
        ("This is needed", "This is needed."),
        ("She is at her sister's", "She is at her sister's"),
    ],
)
def test_the_machines_words_are_put_plainly(message: str, said: str) -> None:
    assert plain(message) == said


def test_the_summary_of_a_schedule_leads_to_its_weekdays(world: World) -> None:
    typed = {"recurrence.frequency": "weekdays", "recurrence.times": "10:00", "window_minutes": "120"}
    more = {"questionnaire_key": "default", "starts_on": "2026-02-01"}
    refused = desk(world, "Mara").post(f"/clients/{world.noor.id}/schedules/new", {**typed, **more})
    assert refused.status == 422
    summary = refused.page.one("div", class_="wrong")
    assert summary.one("a", href="#day-1").text == "Weekdays"
    assert "recurrence" not in summary.text


def test_an_address_that_does_not_fit_is_refused_in_words(world: World) -> None:
    refused = desk(world, "Mara").get(f"/clients/{world.noor.id}/plan/changes?from=x")
    assert refused.status == 400
    assert "Something in the address of this page does not fit" in refused.text


def test_an_address_that_is_none_is_a_page_for_a_browser_and_a_problem_for_a_program(world: World) -> None:
    for path in ("/quue", "/cases/none/such"):
        seen = desk(world, "Mara").get(path, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
        assert (seen.status, seen.page.one("h1").text) == (404, "We did not find that"), path
        assert "The address may be wrong" in seen.text
        assert seen.text.endswith("Go to your first page")
        assert seen.response.headers["cache-control"] == "private, no-store"
    program = desk(world, "Mara").get("/quue", Accept="application/json")
    assert program.response.json()["title"] == "We did not find that"
    api = desk(world, "Mara").get("/api/none", Accept="text/html")
    assert api.response.headers["content-type"].startswith("application/problem+json")
