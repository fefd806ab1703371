"""Noor says which steps helped: only with her consent, never twice, and her team sees counts."""

from typing import Any
from uuid import uuid4

import pytest

from server.people.consent import PLAN_USE
from tests.crisisplans.plans import CAT, MARKERS, SISTER, WALK, of, paths, plan, publish
from tests.world import World


def agree(world: World, agreed: bool = True) -> None:
    body = {"version": 1, "agreed": agreed, "language": "en"}
    assert world.noor.api.put(f"/me/consents/{PLAN_USE}", body).status_code == 200


def use(world: World, use_id: object = None, **changes: Any) -> Any:
    body = {
        "at": world.clock.at.isoformat(),
        "section": "coping",
        "entry_id": WALK,
        "helped": True,
        **changes,
    }
    return world.noor.api.put(f"/me/plan/uses/{use_id or uuid4()}", body)


def seen(world: World) -> Any:
    answer = world.mara.api.get(of(world.noor, "uses"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_without_consent_nothing_is_taken_and_nothing_is_shown(world: World) -> None:
    publish(world)
    answer = use(world)
    assert answer.status_code == 403
    assert "Agree" in answer.json()["detail"]
    assert seen(world) == {"consented": False, "entries": []}


def test_the_team_sees_what_helped_and_how_often(world: World) -> None:
    publish(world)
    agree(world)
    for helped in (True, False, True):
        assert use(world, helped=helped).status_code == 204
    world.clock.advance(minutes=5)
    assert use(world, section="crisis_lines", entry_id="lifeline_call").status_code == 204
    assert use(world, section="reasons", entry_id=None, helped=False).status_code == 204
    found = {(one["section"], one["entry_id"]): one for one in seen(world)["entries"]}
    walk = found["coping", WALK]
    assert (walk["text"], walk["helped"], walk["did_not_help"]) == (MARKERS["coping"], 2, 1)
    assert walk["last_used_at"] == "2026-01-13T15:00:00Z"
    assert found["crisis_lines", "lifeline_call"]["helped"] == 1
    assert found["reasons", None]["text"] is None


def test_the_phone_may_send_the_same_use_again_and_no_other_under_its_id(world: World) -> None:
    publish(world)
    agree(world)
    same = uuid4()
    at = world.clock.at.isoformat()
    assert use(world, same, at=at).status_code == 204
    world.clock.advance(minutes=5)
    assert use(world, same, at=at).status_code == 204
    assert use(world, same, helped=False).status_code == 409
    assert [one["helped"] for one in seen(world)["entries"]] == [1]
    lena = world.add_client("Lena")
    lena.api.put(f"/me/consents/{PLAN_USE}", {"version": 1, "agreed": True, "language": "en"})
    body = {"at": at, "section": "coping", "helped": True}
    assert lena.api.put(f"/me/plan/uses/{same}", body).status_code == 409


def test_a_step_of_an_earlier_plan_still_counts(world: World) -> None:
    publish(world)
    agree(world)
    publish(world, plan(coping=[]))
    assert use(world).status_code == 204, "the phone had not fetched the new plan"
    (entry,) = seen(world)["entries"]
    assert (entry["entry_id"], entry["text"]) == (WALK, None)


def test_when_noor_stops_sharing_her_team_no_longer_sees_it(world: World) -> None:
    publish(world)
    agree(world)
    use(world)
    agree(world, agreed=False)
    assert seen(world) == {"consented": False, "entries": []}
    assert use(world).status_code == 403


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"entry_id": SISTER}, "entry_id"),
        ({"section": "reasons", "entry_id": WALK}, "entry_id"),
        ({"section": "what_helps_staff", "entry_id": CAT}, "entry_id"),
        ({"entry_id": "a b"}, "entry_id"),
        ({"section": "hope"}, "section"),
        ({"helped": "yes"}, "helped"),
        ({"at": "2026-01-13T15:00:00"}, "at"),
        ({"at": "2036-01-13T15:00:00Z"}, "at"),
        ({"at": "1999-01-13T15:00:00Z"}, "at"),
        ({"note": "x"}, "note"),
    ],
)
def test_a_use_that_cannot_be_is_refused_at_its_field(
    world: World, changes: dict[str, Any], path: str
) -> None:
    publish(world)
    agree(world)
    answer = use(world, **changes)
    assert (answer.status_code, paths(answer)) == (422, [path])
    assert seen(world)["entries"] == []


def test_a_phone_whose_clock_is_ahead_used_it_now(world: World) -> None:
    publish(world)
    agree(world)
    assert use(world, at="2026-01-14T10:00:00Z").status_code == 204
    assert seen(world)["entries"][0]["last_used_at"] == "2026-01-13T15:00:00Z"


def test_copies_are_logged_once_each_and_the_team_knows_of_them(world: World) -> None:
    publish(world)
    copy_id = uuid4()
    body = {"at": world.clock.at.isoformat(), "channel": "print"}
    for _ in range(2):
        assert world.noor.api.put(f"/me/plan/copies/{copy_id}", body).status_code == 204
    other = {**body, "channel": "share"}
    assert world.noor.api.put(f"/me/plan/copies/{copy_id}", other).status_code == 409
    assert world.noor.api.put(f"/me/plan/copies/{uuid4()}", {**body, "channel": "pdf"}).status_code == 422
    copies = world.mara.api.get(of(world.noor, "copies")).json()["copies"]
    assert world.noor.api.get("/me/plan/copies").json()["copies"] == copies
    assert world.add_client("Lena").api.get("/me/plan/copies").json()["copies"] == []
    by_noor = {"given_by": None, "recipient": None, "purpose": None}
    made = {"id": str(copy_id), "number": 1, "channel": "print", "at": "2026-01-13T15:00:00Z"}
    assert copies == [{**made, **by_noor}]


def test_others_find_nothing(world: World) -> None:
    for rest in ("uses", "copies"):
        assert world.otto.api.get(of(world.noor, rest)).status_code == 404
        assert world.adi.api.get(of(world.noor, rest)).status_code == 403
