"""What Noor was told and agreed to: word by word, with version and time, taken back when she likes."""

import re
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from crisisplans.lines import national_lines
from server.core.audit import AuditRow
from server.core.db import Tx
from server.people.consent import ITEMS, PLAN_USE, ConsentItem, ConsentKind
from server.people.terms import Language
from tests.phone.reading import badly_said, hard_to_read
from tests.world import World

ITEM_AND_LANGUAGE = [(item, language) for item in ITEMS for language in Language]


def say(world: World, key: str, agreed: bool = True, **changes: Any) -> Any:
    body = {"version": 1, "agreed": agreed, "language": "en", **changes}
    return world.noor.api.put(f"/me/consents/{key}", body)


def item(world: World, key: str) -> dict[str, Any]:
    items = world.noor.api.get("/me/consents").json()["items"]
    return next(one for one in items if one["key"] == key)


@pytest.mark.parametrize(("one", "language"), ITEM_AND_LANGUAGE)
def test_every_item_can_be_read_in_distress(one: ConsentItem, language: Language) -> None:
    for words in (one.title[language], one.text[language].replace("{help}", "")):
        assert list(hard_to_read(words, language)) == []
        assert list(badly_said(words, language)) == []


def test_each_thing_the_field_asks_to_be_told_is_told_by_itself() -> None:
    told = {one.key for one in ITEMS if one.kind is ConsentKind.TOLD}
    assert told == {
        *("follow_up", "not_a_guard", "who_sees", "how_often", "in_a_crisis", "can_fail", "not_hospital")
    }


def test_no_item_names_a_number_or_promises_a_time() -> None:
    for one, language in ITEM_AND_LANGUAGE:
        words = f"{one.title[language]} {one.text[language]}"
        assert not re.search(r"\d|24|always|siempre|within|minut", words), one.key


def test_a_new_phone_is_told_everything_in_noors_language_with_the_line_from_the_table(world: World) -> None:
    said = world.noor.api.get("/me/consents").json()
    assert (said["language"], len(said["items"])) == ("en", len(ITEMS))
    assert all(one["agreed_at"] is None and one["withdrawn_at"] is None for one in said["items"])
    number = national_lines()[0].number
    assert number is not None
    assert number in item(world, "in_a_crisis")["text"]
    assert "{" not in world.noor.api.get("/me/consents").text.replace('{"', "").replace(":{", "")


def test_noor_agrees_item_by_item_and_finds_it_again(world: World) -> None:
    answer = say(world, "who_sees")
    assert answer.status_code == 200, answer.text
    assert answer.json()["agreed_at"] == "2026-01-13T15:00:00Z"
    world.clock.advance(minutes=5)
    assert say(world, "who_sees").json() == answer.json(), "said again, the first time counts"
    assert item(world, "who_sees") == answer.json()
    assert item(world, "follow_up")["agreed_at"] is None


def test_what_was_only_told_cannot_be_taken_back(world: World) -> None:
    say(world, "can_fail")
    answer = say(world, "can_fail", agreed=False)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "agreed"
    assert item(world, "can_fail")["withdrawn_at"] is None


def test_noor_shares_which_steps_helped_and_stops_sharing(world: World) -> None:
    say(world, PLAN_USE)
    world.clock.advance(minutes=5)
    stopped = say(world, PLAN_USE, agreed=False).json()
    assert (stopped["agreed_at"], stopped["withdrawn_at"]) == ("2026-01-13T15:00:00Z", "2026-01-13T15:05:00Z")
    world.clock.advance(minutes=5)
    again = say(world, PLAN_USE).json()
    assert (again["agreed_at"], again["withdrawn_at"]) == ("2026-01-13T15:10:00Z", None)
    seen = world.mara.api.get(f"/clients/{world.noor.id}/consents").json()
    assert [bool(one["withdrawn_at"]) for one in seen["said"]] == [False, True, False], "all of it stays"


def test_noor_says_no_from_the_start(world: World) -> None:
    refused = say(world, PLAN_USE, agreed=False).json()
    assert (refused["agreed_at"], refused["withdrawn_at"]) == (None, "2026-01-13T15:00:00Z")


def test_words_that_changed_meanwhile_have_to_be_read_again(world: World) -> None:
    answer = say(world, "who_sees", version=2)
    assert answer.status_code == 409
    assert answer.json()["version"] == 1
    assert item(world, "who_sees")["agreed_at"] is None


def test_bad_answers_name_their_field(world: World) -> None:
    for changes, path in (
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
        ({"language": "fr"}, "language"),
        ({"agreed": "yes"}, "agreed"),
        ({"why": "x"}, "why"),
    ):
        answer = say(world, "who_sees", **changes)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)
    assert say(world, "selling_my_data").status_code == 404


def test_who_looks_after_noor_sees_it_and_the_look_is_recorded(world: World) -> None:
    say(world, "who_sees", language="es")
    path = f"/clients/{world.noor.id}/consents"
    seen = world.mara.api.get(path).json()
    assert (
        next(one for one in seen["items"] if one["key"] == "who_sees")["title"] == "Who sees what you share"
    )
    assert seen["said"] == [
        {
            "key": "who_sees",
            "version": 1,
            "language": "es",
            "agreed_at": "2026-01-13T15:00:00Z",
            "withdrawn_at": None,
        }
    ]
    assert world.otto.api.get(path).status_code == 404
    assert world.adi.api.get(path).status_code == 403
    query = select(AuditRow.what, AuditRow.actor_id).where(AuditRow.what.startswith("consent"))
    rows = world.db.read_now(lambda tx: [tuple(row) for row in tx.session.execute(query)])
    assert rows == [("consent.agree", world.noor.id), ("consents.view", world.mara.id)]


@pytest.mark.parametrize("change", ["update consents set agreed_at = null", "delete from consents"])
def test_nobody_rewrites_what_noor_agreed_to(world: World, change: str) -> None:
    say(world, "who_sees")

    def rewrite(tx: Tx) -> None:
        tx.session.execute(text(change))

    with pytest.raises(DBAPIError, match="never changed"):
        world.db.write_now(rewrite)
