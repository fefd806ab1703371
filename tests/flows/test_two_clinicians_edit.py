"""Ida and Sol have Noor's plan open at the same time. Nobody's words are lost, and one plan comes of it."""

import threading

from tests.crisisplans.plans import WALK, attested, of, plan, save
from tests.world import World

TEA = [{"id": WALK, "text": "Tea on the back step"}]


def test_the_second_to_save_gets_both_texts_and_merges_them(world: World) -> None:
    for person in (world.ida, world.sol):
        assert person.api.get(of(world.noor, "draft")).headers["etag"] == '"0"'
    assert save(world.ida, world.noor, plan(alias="Ida's name for it"), 0).status_code == 200

    late = save(world.sol, world.noor, plan(coping=TEA), 0)
    assert late.status_code == 412
    assert late.headers["content-type"].startswith("application/problem+json")
    body = late.json()
    assert body["yours"]["document"]["coping"] == [
        {"id": WALK, "text": "Tea on the back step", "likelihood": None, "obstacle": None}
    ]
    assert body["theirs"]["document"]["alias"] == "Ida's name for it"
    assert (body["version"], body["saved_by"]["name"]) == (1, "Ida")
    assert world.ida.api.get(of(world.noor, "draft")).json()["document"]["alias"] == "Ida's name for it"

    merged = {
        **body["theirs"],
        "document": {**body["theirs"]["document"], "coping": body["yours"]["document"]["coping"]},
    }
    assert save(world.sol, world.noor, merged, body["version"]).status_code == 200
    now = world.ida.api.get(of(world.noor, "draft")).json()
    assert (now["document"]["alias"], now["document"]["coping"][0]["text"]) == (
        "Ida's name for it",
        TEA[0]["text"],
    )


def test_both_press_save_in_the_same_second(world: World) -> None:
    start = threading.Barrier(2)
    answers: dict[str, int] = {}

    def press(name: str) -> None:
        start.wait()
        answers[name] = save(world.people[name], world.noor, plan(alias=name), 0).status_code

    threads = [threading.Thread(target=press, args=(name,)) for name in ("ida", "sol")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [200, 412]
    winner = next(name for name, status in answers.items() if status == 200)
    draft = world.ida.api.get(of(world.noor, "draft")).json()
    assert (draft["version"], draft["document"]["alias"]) == (1, winner)


def test_sol_publishes_while_ida_types_and_ida_is_told_at_her_next_save(world: World) -> None:
    version = save(world.ida, world.noor, plan(), 0).json()["version"]
    assert world.sol.api.post(of(world.noor, "revisions"), attested(version)).status_code == 201
    world.tick()
    world.noor.phone.take("plan_updated")
    late = save(world.ida, world.noor, plan(coping=TEA), version)
    assert late.status_code == 412
    assert late.json()["based_on"] == 1
    assert late.json()["yours"]["document"]["coping"][0]["text"] == TEA[0]["text"]
    assert world.ida.api.post(of(world.noor, "revisions"), attested(version)).status_code == 412
    assert world.noor.api.get("/me/plan").json()["number"] == 1
