"""The draft of a plan: who edits it, what the editor is told, and what is never stored."""

import pytest
from sqlalchemy import insert, select

from crisisplans.models import PlanDraft
from server.core.audit import AuditRow
from server.core.db import Tx
from server.people.terms import Role
from tests.crisisplans.plans import MARKERS, SIGN, WALK, attested, of, paths, plan, publish, save
from tests.world import World


def test_a_plan_begins_empty_at_version_0_and_says_what_it_needs(world: World) -> None:
    answer = world.ida.api.get(of(world.noor, "draft"))
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"0"'
    body = answer.json()
    assert [problem["path"] for problem in body["problems"]] == ["document.warning_signs"]
    assert [hint["code"] for hint in body["hints"] if hint["loud"]] == ["no_helpers_or_distractions"]
    assert (body["changed"], body["updated_by"]) == (False, None)


def test_ida_saves_and_finds_every_word_again(world: World) -> None:
    saved = save(world.ida, world.noor, plan(), 0)
    assert saved.status_code == 200, saved.text
    assert saved.headers["etag"] == '"1"'
    body = world.sol.api.get(of(world.noor, "draft")).json()
    assert body["document"]["warning_signs"] == [{"id": SIGN, "text": MARKERS["sign"], "stage": "crisis"}]
    assert body["clinician_only"]["notes"] == MARKERS["notes"]
    assert body["updated_by"]["name"] == "Ida"
    assert (body["changed"], body["problems"]) == (True, [])


def test_a_save_without_a_version_is_refused_and_stores_nothing(world: World) -> None:
    assert world.ida.api.put(of(world.noor, "draft"), plan()).status_code == 428
    assert world.ida.api.get(of(world.noor, "draft")).headers["etag"] == '"0"'


def test_the_answer_got_lost_and_the_editor_saves_the_same_again(world: World) -> None:
    assert save(world.ida, world.noor, plan(), 0).status_code == 200
    again = save(world.ida, world.noor, plan(), 0)
    assert (again.status_code, again.headers["etag"]) == (200, '"1"')


def test_an_editor_left_open_over_a_publish_cannot_bring_the_old_plan_back(world: World) -> None:
    left_open = world.sol.api.get(of(world.noor, "draft")).headers["etag"]
    publish(world)
    old = plan(alias="from before")
    answer = world.sol.api.put(of(world.noor, "draft"), old, headers={"If-Match": left_open})
    assert answer.status_code == 412
    assert answer.json()["theirs"]["document"]["alias"] == "Plan B"
    assert answer.json()["based_on"] == 1


@pytest.mark.parametrize("method", ["get", "put"])
def test_otto_of_another_programme_finds_nothing(world: World, method: str) -> None:
    if method == "get":
        assert world.otto.api.get(of(world.noor, "draft")).status_code == 404
    else:
        assert save(world.otto, world.noor, plan(), 0).status_code == 404


def test_a_case_manager_and_an_administrator_cannot_edit_a_plan(world: World) -> None:
    for person in (world.mara, world.adi):
        assert world.anybody().get(of(world.noor, "draft")).status_code == 401
        assert person.api.get(of(world.noor, "draft")).status_code == 403
        assert save(person, world.noor, plan(), 0).status_code == 403
        assert person.api.post(of(world.noor, "revisions"), attested(0)).status_code == 403
    assert world.noor.api.get(of(world.noor, "draft")).status_code == 403


def test_a_clinician_who_is_not_on_the_care_team_finds_nothing(world: World) -> None:
    lena = world.staff("Lena", Role.CLINICIAN, world.programme_id)
    assert lena.api.get(of(world.noor, "draft")).status_code == 404
    assert save(lena, world.noor, plan(), 0).status_code == 404


def test_each_wrong_field_is_named_and_nothing_is_stored(world: World) -> None:
    two = [{"id": WALK, "text": "Walk"}, {"id": WALK, "text": "Tea"}]
    for changes, path in (
        (
            {"helpers": [{"id": SIGN, "name": "Leila", "relation": "x" * 501}]},
            "document.helpers[0].relation",
        ),
        ({"coping": two}, "document.coping[1].id"),
        ({"coping": [{"id": "mine", "text": "Walk"}]}, "document.coping[0].id"),
        ({"coping": [{"id": WALK, "text": "Walk", "likelihood": 9}]}, "document.coping[0].likelihood"),
        ({"crisis_lines": ["no_such_line"]}, "document.crisis_lines[0]"),
        ({"coping": [{"id": WALK, "text": "x" * 501}]}, "document.coping[0].text"),
        ({"none_identified": {"reasons": " "}}, "document.none_identified.reasons"),
        ({"scores": 3}, "document.scores"),
    ):
        answer = save(world.ida, world.noor, plan(**changes), 0)
        assert answer.status_code == 422, (path, answer.text)
        assert path in paths(answer), answer.text
        assert "Leila" not in answer.text
    assert world.ida.api.get(of(world.noor, "draft")).headers["etag"] == '"0"'


def test_half_a_number_is_kept_in_the_draft_and_no_publish_takes_it(world: World) -> None:
    half = plan(helpers=[{"id": WALK, "name": "Leila", "phone": "12"}], coping=[])
    saved = save(world.ida, world.noor, half, 0)
    assert saved.status_code == 200, saved.text
    assert [problem["path"] for problem in saved.json()["problems"]] == ["document.helpers[0].phone"]
    refused = world.ida.api.post(of(world.noor, "revisions"), attested(1))
    assert refused.status_code == 422
    assert paths(refused) == ["document.helpers[0].phone"]


def test_looking_at_a_draft_and_saving_it_are_both_on_record(world: World) -> None:
    save(world.ida, world.noor, plan(), 0)
    query = select(AuditRow.what).where(
        AuditRow.client_id == world.noor.id, AuditRow.actor_id == world.ida.id
    )
    rows = world.db.read_now(lambda tx: list(tx.session.scalars(query.order_by(AuditRow.number))))
    assert rows == ["plan.draft", "plan.draft.view"]


def test_a_draft_moved_to_another_client_does_not_open(world: World) -> None:
    theo = world.add_client("Theo")
    save(world.ida, world.noor, plan(), 0)

    def move(tx: Tx) -> None:
        row = tx.session.get_one(PlanDraft, world.noor.id)
        values = {
            "body": row.body,
            "version": 1,
            "based_on": 0,
            "updated_at": tx.now,
            "updated_by": world.ida.id,
        }
        tx.session.execute(insert(PlanDraft).values(client_id=theo.id, **values))

    world.db.write_now(move)
    answer = world.ida.api.get(of(theo, "draft"))
    assert answer.status_code == 500
    assert "MARKER" not in answer.text
