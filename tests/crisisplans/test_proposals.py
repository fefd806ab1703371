"""What clients propose for their plan, and what becomes of it."""

import threading

import pytest

from tests.crisisplans.plans import SIGN, SISTER, WALK, attested, of, paths, plan, publish, save
from tests.world import World


def new(number: int) -> str:
    return f"/me/plan/proposals/0192c0df-0000-7000-8000-{number:012d}"


def id_of(number: int) -> str:
    return new(number).rpartition("/")[2]


SING = {"section": "coping", "entry": {"text": "Sing in the car", "likelihood": 5}}


def test_noor_proposes_ida_accepts_and_the_next_plan_has_it(world: World) -> None:
    publish(world)
    stored = world.noor.api.put(new(1), SING)
    assert (stored.status_code, stored.json()["state"]) == (200, "open"), stored.text
    waiting = world.mara.api.get(of(world.noor, "proposals")).json()["proposals"]
    assert [one["entry"]["text"] for one in waiting] == ["Sing in the car"]
    decided = world.ida.api.post(
        of(world.noor, f"proposals/{id_of(1)}"), {"accept": True, "answer": "Good one"}
    )
    assert (decided.status_code, decided.json()["state"]) == (200, "accepted"), decided.text
    draft = world.ida.api.get(of(world.noor, "draft")).json()
    assert [way["text"] for way in draft["document"]["coping"]][1:] == ["Sing in the car"]
    assert "Sing" not in world.noor.api.get("/me/plan").text  # not before a clinician publishes it
    assert world.noor.api.get("/me/plan/proposals").json()["proposals"][0]["answer"] == "Good one"
    assert world.ida.api.post(of(world.noor, "revisions"), attested(draft["version"])).status_code == 201
    world.tick()
    world.noor.phone.take("plan_updated")
    assert world.noor.api.get("/me/plan").json()["document"]["coping"][1]["text"] == "Sing in the car"


def test_an_entry_of_the_plan_reworded_by_noor_takes_its_place(world: World) -> None:
    publish(world)
    entry = {"id": SISTER, "name": "Leila", "phone": "(503) 555-0177", "staff_may_contact": True}
    world.noor.api.put(new(1), {"section": "helpers", "entry": entry})
    assert world.ida.api.post(of(world.noor, f"proposals/{id_of(1)}"), {"accept": True}).status_code == 200
    helpers = world.ida.api.get(of(world.noor, "draft")).json()["document"]["helpers"]
    assert [(one["id"], one["phone"]) for one in helpers] == [(SISTER, "(503) 555-0177")]


def test_the_phone_repeats_a_proposal_and_it_is_there_once(world: World) -> None:
    first = world.noor.api.put(new(1), SING)
    assert world.noor.api.put(new(1), SING).json() == first.json()
    other = {"section": "coping", "entry": {"text": "Something else"}}
    assert world.noor.api.put(new(1), other).status_code == 409
    assert len(world.noor.api.get("/me/plan/proposals").json()["proposals"]) == 1


def test_an_id_somebody_else_has_taken_is_refused_and_shows_nothing(world: World) -> None:
    theo = world.add_client("Theo")
    world.noor.api.put(new(1), SING)
    answer = theo.api.put(new(1), SING)
    assert answer.status_code == 409
    assert "Sing" not in answer.text
    assert theo.api.get("/me/plan/proposals").json()["proposals"] == []
    assert world.ida.api.post(of(theo, f"proposals/{id_of(1)}"), {"accept": True}).status_code == 404


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"section": "warning_signs", "entry": {"text": "x"}}, "section"),
        ({"section": "safer_surroundings", "entry": {"action": "x"}}, "section"),
        ({"section": "helpers", "entry": {"name": "Leila", "phone": "12"}}, "entry.phone"),
        ({"section": "coping", "entry": {"text": "x" * 501}}, "entry.text"),
        ({"section": "coping", "entry": {"text": " "}}, "entry.text"),
        ({"section": "coping", "entry": {"text": "Walk", "id": "mine"}}, "entry.id"),
        ({"section": "coping", "entry": {"text": "Walk", "mood": 3}}, "entry.mood"),
        ({"section": "coping", "entry": {"text": "Walk", "likelihood": 10**30}}, "entry.likelihood"),
        ({"section": "coping", "entry": {}}, "entry.text"),
        ({"section": "coping", "entry": [1]}, "entry"),
    ],
)
def test_a_wrong_proposal_names_its_field(world: World, body: dict[str, object], path: str) -> None:
    answer = world.noor.api.put(new(1), body)
    assert answer.status_code == 422, answer.text
    assert paths(answer) == [path]
    assert world.noor.api.get("/me/plan/proposals").json()["proposals"] == []


def test_twenty_wait_and_the_next_one_waits_on_the_phone(world: World) -> None:
    for number in range(20):
        assert world.noor.api.put(new(number), SING).status_code == 200
    assert world.noor.api.put(new(20), SING).status_code == 409
    assert world.noor.api.put(new(3), SING).status_code == 200  # a repeat is no new one
    assert world.ida.api.post(of(world.noor, f"proposals/{id_of(0)}"), {"accept": False}).status_code == 200
    assert world.noor.api.put(new(20), SING).status_code == 200


def test_declined_stays_declined_and_the_draft_is_untouched(world: World) -> None:
    world.noor.api.put(new(1), SING)
    path = of(world.noor, f"proposals/{id_of(1)}")
    no = {"accept": False, "answer": "Let us talk about it on Friday."}
    assert world.sol.api.post(path, no).json()["state"] == "declined"
    assert world.sol.api.post(path, no).status_code == 200
    assert world.ida.api.post(path, {"accept": True}).status_code == 409
    assert world.ida.api.get(of(world.noor, "draft")).headers["etag"] == '"0"'
    assert world.noor.api.put(new(1), SING).json()["answer"] == "Let us talk about it on Friday."


def test_an_entry_that_does_not_fit_the_draft_is_not_taken_in(world: World) -> None:
    save(world.ida, world.noor, plan(), 0)
    world.noor.api.put(new(1), {"section": "reasons", "entry": {"id": SIGN, "text": "Fig"}})
    path = of(world.noor, f"proposals/{id_of(1)}")
    assert world.ida.api.post(path, {"accept": True}).status_code == 409
    assert world.mara.api.get(of(world.noor, "proposals")).json()["proposals"][0]["state"] == "open"
    assert world.ida.api.get(of(world.noor, "draft")).headers["etag"] == '"1"'


def test_accepting_moves_the_draft_on_under_an_open_editor(world: World) -> None:
    save(world.ida, world.noor, plan(), 0)
    world.noor.api.put(new(1), SING)
    world.sol.api.post(of(world.noor, f"proposals/{id_of(1)}"), {"accept": True})
    answer = save(world.ida, world.noor, plan(alias="Ida's"), 1)
    assert answer.status_code == 412
    assert [way["id"] for way in answer.json()["theirs"]["document"]["coping"]] == [WALK, id_of(1)]


def test_mara_reads_proposals_and_leaves_the_decision_to_a_clinician(world: World) -> None:
    world.noor.api.put(new(1), SING)
    path = of(world.noor, f"proposals/{id_of(1)}")
    assert world.mara.api.post(path, {"accept": True}).status_code == 403
    assert world.otto.api.post(path, {"accept": True}).status_code == 404
    assert world.ida.api.post(of(world.noor, f"proposals/{id_of(2)}"), {"accept": True}).status_code == 404


def test_two_clinicians_accept_the_same_proposal_at_once_and_it_is_in_the_plan_once(world: World) -> None:
    world.noor.api.put(new(1), SING)
    path = of(world.noor, f"proposals/{id_of(1)}")
    start = threading.Barrier(2)
    answers: list[int] = []

    def accept(person: str) -> None:
        api = getattr(world, person).api
        start.wait()
        answers.append(api.post(path, {"accept": True}).status_code)

    threads = [threading.Thread(target=accept, args=(person,)) for person in ("ida", "sol")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200, 200]
    draft = world.ida.api.get(of(world.noor, "draft")).json()
    assert [way["id"] for way in draft["document"]["coping"]] == [id_of(1)]
    assert draft["version"] == 1
