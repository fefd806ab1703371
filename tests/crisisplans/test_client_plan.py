"""The plan on the phone: complete, never a word of the clinician's own, fetched again only when it changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from crisisplans.lines import line_href, national_lines, stale
from crisisplans.queries import current_document, main_line, next_steps, warning_signs
from server.core.db import Tx
from server.people import access
from server.people.terms import Language
from tests.crisisplans.plans import DOCTOR, MARKERS, SIGN, SISTER, of, plan, publish
from tests.world import World

NATIONAL = {line.key: line for line in national_lines()}


def keys_and_texts(value: Any) -> Iterator[str]:
    """Every key and every text anywhere in a JSON value."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from keys_and_texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from keys_and_texts(part)
    elif isinstance(value, str):
        yield value


def test_before_the_first_plan_the_phone_shows_the_national_lines(world: World) -> None:
    answer = world.noor.api.get("/me/plan")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["number"], body["published_at"], body["document"]["warning_signs"]) == (0, None, [])
    assert [line["key"] for line in body["crisis_lines"][:2]] == ["lifeline_call", "lifeline_text"]
    assert "social_services" not in {line["key"] for line in body["crisis_lines"]}
    assert body["crisis_lines"][0]["href"] == line_href(national_lines()[0])


def test_noor_reads_her_whole_plan_and_can_dial_from_it(world: World) -> None:
    publish(world)
    body = world.noor.api.get("/me/plan").json()
    assert body["number"] == 1
    assert body["published_at"] == "2026-01-13T15:00:00Z"
    assert body["document"]["reasons"][0]["text"] == MARKERS["reason"]
    assert body["dial"] == {SISTER: "tel:+15035550142", DOCTOR: "tel:+15035550100"}
    assert [line["key"] for line in body["crisis_lines"]] == ["lifeline_call", "lifeline_text"]
    assert [line["number"] for line in body["crisis_lines"]] == [main_line().number] * 2


def test_whoever_speaks_for_noor_can_be_dialled_as_well(world: World) -> None:
    agent = {"exists": True, "agent_phone": "(503) 555-0177"}
    publish(world, plan(what_helps_staff={"advance_directive": agent}))
    assert world.noor.api.get("/me/plan").json()["dial"]["advance_directive"] == "tel:+15035550177"


def test_nothing_of_the_clinicians_own_ever_reaches_the_phone(world: World) -> None:
    publish(world)
    world.noor.api.put(f"/me/plan/proposals/{SIGN[:-1]}9", {"section": "reasons", "entry": {"text": "Fig"}})
    for path in ("/me", "/me/plan", "/me/plan/proposals"):
        found = set(keys_and_texts(world.noor.api.get(path).json()))
        assert not found & {"clinician_only", "firearm_access", "counselling", "notes", MARKERS["notes"]}, (
            path
        )
        assert MARKERS["why"] not in found
    for rest in ("draft", "revisions", "revisions/1", "revisions/1/diff", "reviews", "proposals"):
        assert world.noor.api.get(of(world.noor, rest)).status_code == 403


def test_lines_are_in_the_clients_language_with_word_and_key(world: World) -> None:
    luz = world.add_client("Luz", language=Language.ES)
    publish(world, plan(crisis_lines=["crisis_text_line"]), client=luz)
    call, text, other = luz.api.get("/me/plan").json()["crisis_lines"]
    assert call["name"] == NATIONAL["lifeline_call"].name[Language.ES]
    assert call["press"] == NATIONAL["lifeline_call"].press["es"]
    assert list(call["other_keys"]) == ["veterans"]
    assert text["keyword"] == NATIONAL["lifeline_text"].sms_keywords["es"]
    assert text["href"] == line_href(NATIONAL["lifeline_text"])
    assert other["keyword"] == NATIONAL["crisis_text_line"].sms_keywords["es"]


def test_an_unchanged_plan_is_not_sent_again(world: World) -> None:
    publish(world)
    first = world.noor.api.get("/me/plan")
    etag = first.headers["etag"]
    for header in (etag, f"W/{etag}", f'"something", {etag}', "*"):
        again = world.noor.api.get("/me/plan", headers={"If-None-Match": header})
        assert (again.status_code, again.content) == (304, b""), header
        assert again.headers["etag"] == etag
    assert world.noor.api.get("/me/plan", headers={"If-None-Match": '"old"'}).status_code == 200
    publish(world, plan(alias="Two"))
    after = world.noor.api.get("/me/plan", headers={"If-None-Match": etag})
    assert after.status_code == 200
    assert after.json()["number"] == 2


def test_a_line_that_went_stale_is_marked_stays_and_is_fetched_anew(world: World) -> None:
    publish(world)
    fresh = world.noor.api.get("/me/plan")
    assert [line["stale"] for line in fresh.json()["crisis_lines"]] == [False, False]
    world.clock.advance(days=(national_lines()[0].check_again_by - world.clock.at.date()).days + 1)
    assert stale(national_lines()[0], world.clock.at.date())
    old = world.noor.api.get("/me/plan", headers={"If-None-Match": fresh.headers["etag"]})
    assert old.status_code == 200
    assert [line["stale"] for line in old.json()["crisis_lines"]] == [True, True]
    assert old.json()["crisis_lines"][0]["number"] == main_line().number


def test_the_phone_says_it_holds_the_plan_and_the_editor_sees_since_when(world: World) -> None:
    publish(world)
    assert world.ida.api.get(of(world.noor, "revisions/1")).json()["on_phone_since"] is None
    world.clock.advance(minutes=3)
    assert world.noor.api.put("/me/plan/receipts/1").status_code == 204
    world.clock.advance(hours=2)
    assert world.noor.api.put("/me/plan/receipts/1").status_code == 204
    rows = world.ida.api.get(of(world.noor, "revisions")).json()["revisions"]
    assert [row["on_phone_since"] for row in rows] == ["2026-01-13T15:03:00Z"]


@pytest.mark.parametrize("number", ["0", "2", "-1", "99999999999999999999"])
def test_a_receipt_for_a_plan_that_was_never_published_is_refused(world: World, number: str) -> None:
    publish(world)
    assert world.noor.api.put(f"/me/plan/receipts/{number}").status_code == 404


def test_staff_have_no_plan_of_their_own_and_strangers_none_at_all(world: World) -> None:
    assert world.ida.api.get("/me/plan").status_code == 403
    assert world.ida.api.put("/me/plan/receipts/1").status_code == 403
    assert world.anybody().get("/me/plan").status_code == 401


def test_next_steps_put_own_ways_and_own_people_before_the_lines(world: World) -> None:
    def steps() -> list[tuple[str, str]]:
        def work(tx: Tx) -> Any:
            return [
                (one.section.value, one.text)
                for one in next_steps(tx, access.known_client(tx, world.noor.id))
            ]

        return world.db.read_now(work)

    lines = [("crisis_lines", NATIONAL[key].name[Language.EN]) for key in ("lifeline_call", "lifeline_text")]
    assert steps() == lines
    publish(world)
    assert steps() == [("coping", MARKERS["coping"]), ("helpers", MARKERS["helper"]), *lines]


def test_signs_and_steps_of_one_answer_cost_one_look_at_the_plan(world: World) -> None:
    publish(world)
    statements: list[str] = []

    @event.listens_for(world.db.engine, "before_cursor_execute")
    def count(*seen: Any) -> None:
        statements.append(seen[2])

    def work(tx: Tx) -> Any:
        client = access.known_client(tx, world.noor.id)
        del statements[:]
        assert warning_signs(tx, client)[1][0].text == MARKERS["sign"]
        assert next_steps(tx, client)
        assert current_document(tx, client)
        return list(statements)

    done = world.db.read_now(work)
    event.remove(world.db.engine, "before_cursor_execute", count)
    assert len(done) == 1, done
