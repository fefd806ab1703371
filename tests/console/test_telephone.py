"""Mara calls Noor and types what she says: the questions as Noor reads them, judged as hers, stored once."""

from typing import Any

import pytest
from sqlalchemy import select, update

from checkins.models import AnswerRow
from crisisplans.lines import line_table
from notifications.escalations.models import Case, CaseCause
from server.people.models import Client
from server.people.terms import Language
from tests.checkins import told
from tests.console.desk import Desk, Shown, desk
from tests.escalations.telling import hush
from tests.world import World

SAYS = {"mood": "=6", "thoughts": "=no", "safe_now": "=safe"}


def form_of(shown: Shown) -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    form = next(each for each in shown.main.all("form") if each.attributes["action"].endswith("/telephone"))
    sent: dict[str, Any] = {}
    for each in form.all("input"):
        kind, name = each.attributes.get("type", "text"), each.attributes["name"]
        if kind not in ("radio", "checkbox") or "checked" in each.attributes:
            sent[name] = each.attributes.get("value", "")
    return {**sent, **{each.attributes["name"]: each.text for each in form.all("textarea")}}


def filled(shown: Shown, **says: str) -> dict[str, Any]:
    """The form with what Noor says on the telephone; every other question of one choice was not asked."""
    form = shown.main.one("form", class_="asked")
    choices = {each.attributes["name"]: "blank" for each in form.all("input", type="radio")}
    marks = {name: value for name, value in choices.items() if name.startswith("mark.")}
    answers = {name: value for name, value in choices.items() if name.startswith("answers.")}
    chosen = {f"answers.{key}": value for key, value in {**SAYS, **says}.items()}
    return {**answers, **marks, **form_of(shown), **chosen}


def path_of(world: World) -> str:
    return f"/clients/{world.noor.id}/telephone"


def test_mara_types_what_noor_says_and_it_stands_as_noors_answer(world: World) -> None:
    checkin = told.opened(world)
    mara, path = desk(world, "Mara"), path_of(world)
    for page in ("", "/checkins"):
        (link,) = [
            each
            for each in mara.get(f"/clients/{world.noor.id}{page}").main.all("a")
            if each.text == "Enter answers by telephone"
        ]
        assert link.attributes["href"] == path
    shown = mara.get(path)
    assert shown.status == 200
    assert form_of(shown)["checkin_id"] == checkin
    emergency = str(line_table()["emergency"].number)
    assert emergency in shown.main.one("section", class_="danger-first").text
    stored = mara.post(path, filled(shown, sleep="7,5", anything_else="  slept well ", mood="declined"))
    assert (stored.status, stored.to) == (303, f"{path}/{checkin}?done=entered")
    told_page = mara.get(stored.to)
    assert "No rule fired." in told_page.text
    assert "7.5" in told_page.text
    (row,) = world.mara.api.get(f"/clients/{world.noor.id}/checkins").json()["checkins"]
    assert (row["state"], row["answer"]["entered_by"]) == ("answered", str(world.mara.id))
    words = {item["key"]: item["answer"] for item in row["answer"]["items"]}
    assert words["mood"] == "prefers not to say"
    assert words["anything_else"] == "slept well"
    assert "left blank" in words.values()
    assert "entered by Mara" in mara.get(f"/clients/{world.noor.id}/checkins").text
    assert mara.get(path).main.one("input", name="checkin_id").attributes["value"] != checkin
    hush(world)


def test_a_risk_raises_one_case_even_when_the_form_is_sent_twice(world: World) -> None:
    mara, path = desk(world, "Mara"), path_of(world)
    sent = filled(mara.get(path), safe_now="=not_safe")
    first, second = mara.post(path, sent), mara.post(path, sent)
    assert first.to == second.to
    shown = mara.get(first.to)
    assert "A case was raised" in shown.text
    (case,) = world.db.read_now(lambda tx: list(tx.session.scalars(select(Case))))
    assert shown.main.all("a", href=f"/cases/{case.id}")
    assert "Emergency" in shown.main.one("section", aria_labelledby="came").text
    assert str(line_table()["lifeline_call"].number) in shown.main.one("section", aria_labelledby="told").text
    assert told.count(world, CaseCause) == told.count(world, AnswerRow) == 1
    again = mara.post(path, {**sent, "answers.safe_now": "=safe"})
    assert again.status == 409
    assert "answered already, with other answers" in again.text
    world.clock.advance(minutes=2)
    later = filled(mara.get(path), safe_now="declined")
    assert "It joined the case" in mara.get(mara.post(path, later).to).text
    hush(world)


def test_what_does_not_fit_comes_back_whole_with_the_reason_at_its_question(world: World) -> None:
    mara, path = desk(world, "Mara"), path_of(world)
    sent = filled(mara.get(path), sleep="a lot", anything_else="She was at the lake")
    del sent["answers.mood"]
    sent["mark.anything_else"] = "declined"
    refused = mara.post(path, sent)
    assert refused.status == 422
    assert "Nothing of this is saved." in refused.main.one("div", role="alert").text
    assert {each.attributes["id"]: each.text for each in refused.main.all("small", class_="error")} == {
        "answers.mood-error": "Choose an answer, or say that it was not asked.",
        "answers.sleep-error": "This must be a number.",
        "answers.anything_else-error": "There is an answer and “prefers not to say”. Keep one of them.",
    }
    kept = form_of(refused)
    assert {name: kept.get(name) for name in sent} == sent
    assert told.count(world, AnswerRow) == 0
    alarming = mara.post(path, {**sent, "answers.safe_now": "=not_safe"})
    assert alarming.to.endswith("?done=partly")
    assert "What did not fit its question is left blank" in mara.get(alarming.to).text
    assert told.count(world, Case) == 1
    hush(world)


def test_the_questions_are_in_noors_language_and_the_numbers_too(world: World) -> None:
    spanish = update(Client).where(Client.id == world.noor.id).values(language=Language.ES)
    world.db.write_now(lambda tx: tx.session.execute(spanish))
    mara, path = desk(world, "Mara"), path_of(world)
    shown = mara.get(path)
    legends = shown.main.all("legend")
    assert all(legend.all("span", lang="es") and legend.all("small", lang="en") for legend in legends)
    stored = mara.get(mara.post(path, filled(shown, safe_now="=not_safe")).to)
    assert "Gracias por contarnos" in stored.main.one("blockquote", lang="es").text
    hush(world)


@pytest.mark.parametrize(("name", "status"), [("Otto", 404), ("Adi", 403)])
def test_nobody_else_enters_anything(world: World, name: str, status: int) -> None:
    somebody: Desk = desk(world, name)
    sent = filled(desk(world, "Mara").get(path_of(world)), safe_now="=not_safe")
    for path in (path_of(world), f"/clients/{world.noor.id}/raise"):
        assert somebody.get(path).status == status
        assert somebody.post(path, sent).status == status
    assert somebody.get(f"{path_of(world)}/{sent['checkin_id']}").status == status
    assert told.count(world, AnswerRow) == told.count(world, Case) == 0
    assert desk(world, None).get(path_of(world)).to.startswith("/sign-in")


def test_somebody_elses_check_in_cannot_be_answered_through_noors_form(world: World) -> None:
    theo = world.add_client("Theo")
    mara = desk(world, "Mara")
    theirs = told.answer(theo, "0198b2c0-0000-7000-8000-00000000aaaa", world, told.CALM)
    assert theirs["tier"] is None
    sent = {**filled(mara.get(path_of(world))), "checkin_id": "0198b2c0-0000-7000-8000-00000000aaaa"}
    assert mara.post(path_of(world), sent).status == 404
    assert mara.get(f"{path_of(world)}/{sent['checkin_id']}").status == 404
    assert mara.post(path_of(world), {**sent, "begun_at": "yesterday"}).status == 422


def test_a_case_is_raised_by_hand_once(world: World) -> None:
    mara, path = desk(world, "Mara"), f"/clients/{world.noor.id}/raise"
    shown = mara.get(path)
    sent = {
        "id": shown.main.one("input", name="id").attributes["value"],
        "tier": "urgent",
        "note": "Her sister rang.",
    }
    first, second = mara.post(path, sent), mara.post(path, sent)
    assert first.to == second.to
    assert "Her sister rang." in mara.get(first.to).text
    assert told.count(world, CaseCause) == 1
    assert mara.post(path, {**sent, "tier": "at once"}).status == 422
    hush(world)
