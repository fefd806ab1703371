"""Publishing: immutable numbered revisions with a reason, reviews apart from them, and nothing in the open."""

import threading
from datetime import date

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from crisisplans import publishing, queries, registry
from crisisplans.models import PlanRevision
from crisisplans.registry import Standing
from crisisplans.revisions import PlanStatus
from crisisplans.schemas import Publish
from server.core.db import Tx
from server.core.errors import Conflict, EditedMeanwhile
from server.core.tables import Base
from server.core.vault import SealBroken
from server.people import access
from server.people.models import Client
from server.people.terms import RiskLevel, Role
from tests.crisisplans.plans import MARKERS, SIGN, WALK, acting, attested, of, paths, plan, publish, save
from tests.world import World


def test_a_published_plan_has_a_number_a_reason_and_its_maker(world: World) -> None:
    body = publish(world)
    assert (body["number"], body["reason"], body["published_by"]["name"]) == (1, MARKERS["why"], "Ida")
    assert body["document"]["crisis_lines"] == ["lifeline_call", "lifeline_text"]
    assert (body["client_took_part"], body["caregiver_involved"]) == (True, False)
    assert world.noor.api.get("/me").json()["plan_revision"] == 1


def test_the_national_lines_come_back_whoever_took_them_out(world: World) -> None:
    body = publish(world, plan(crisis_lines=["crisis_text_line"]))
    assert body["document"]["crisis_lines"] == ["lifeline_call", "lifeline_text", "crisis_text_line"]


def test_an_unfinished_plan_is_not_published_and_says_why(world: World) -> None:
    version = save(world.ida, world.noor, plan(warning_signs=[]), 0).json()["version"]
    bare = attested(version, reason=" ", client_took_part=False)
    answer = world.ida.api.post(of(world.noor, "revisions"), bare)
    assert answer.status_code == 422
    assert sorted(paths(answer)) == ["document.warning_signs", "reason", "without_client_because"]
    assert world.ida.api.get(of(world.noor, "revisions")).json()["revisions"] == []
    assert world.noor.api.get("/me").json()["plan_revision"] == 0


def test_made_without_the_client_the_reason_is_kept(world: World) -> None:
    version = save(world.ida, world.noor, plan(), 0).json()["version"]
    because = attested(version, client_took_part=False, without_client_because="She was asleep on the ward.")
    assert world.ida.api.post(of(world.noor, "revisions"), because).status_code == 201
    world.tick()
    world.noor.phone.take("plan_updated")
    row = world.ida.api.get(of(world.noor, "revisions")).json()["revisions"][0]
    assert row["without_client_because"] == "She was asleep on the ward."


def test_publishing_what_somebody_changed_since_is_refused_with_their_text(world: World) -> None:
    seen = save(world.ida, world.noor, plan(), 0).json()["version"]
    save(world.sol, world.noor, plan(alias="Sol's"), seen)
    answer = world.ida.api.post(of(world.noor, "revisions"), attested(seen))
    assert answer.status_code == 412
    assert answer.json()["theirs"]["document"]["alias"] == "Sol's"
    assert answer.json()["saved_by"]["name"] == "Sol"


def test_a_revision_that_changes_nothing_is_a_review_instead(world: World) -> None:
    publish(world)
    version = world.ida.api.get(of(world.noor, "draft")).json()["version"]
    assert world.ida.api.post(of(world.noor, "revisions"), attested(version)).status_code == 409
    assert len(world.ida.api.get(of(world.noor, "revisions")).json()["revisions"]) == 1


def test_history_and_differences_name_what_changed(world: World) -> None:
    publish(world)
    publish(world, plan(coping=[{"id": WALK, "text": "Walk to the mill"}]))
    history = world.mara.api.get(of(world.noor, "revisions")).json()
    assert [row["number"] for row in history["revisions"]] == [2, 1]
    older = world.mara.api.get(of(world.noor, "revisions?cursor=2")).json()
    assert [row["number"] for row in older["revisions"]] == [1]
    changes = world.mara.api.get(of(world.noor, "revisions/2/diff")).json()["changes"]
    assert [(one["kind"], one["section"], one["entry_id"]) for one in changes] == [
        ("changed", "coping", WALK)
    ]
    assert changes[0]["fields"][0] == {
        "name": "text",
        "before": MARKERS["coping"],
        "after": "Walk to the mill",
    }
    back = world.mara.api.get(of(world.noor, "revisions/1/diff?against=2")).json()["changes"]
    assert back[0]["fields"][0]["after"] == MARKERS["coping"]
    first = world.mara.api.get(of(world.noor, "revisions/1/diff")).json()
    assert first["against"] == 0
    assert {one["kind"] for one in first["changes"] if one["section"]} == {"added"}


@pytest.mark.parametrize("number", ["0", "-1", "7", "99999999999999999999"])
def test_a_revision_that_does_not_exist_is_not_found(world: World, number: str) -> None:
    assert world.ida.api.get(of(world.noor, f"revisions/{number}")).status_code == 404
    assert world.ida.api.get(of(world.noor, f"revisions/{number}/diff")).status_code == 404


def test_otto_finds_no_plan_no_history_and_no_review(world: World) -> None:
    publish(world)
    for rest in ("revisions", "revisions/1", "revisions/1/diff", "reviews", "proposals"):
        assert world.otto.api.get(of(world.noor, rest)).status_code == 404
    assert world.otto.api.post(of(world.noor, "revisions"), attested(1)).status_code == 404
    assert world.otto.api.post(of(world.noor, "reviews"), {"number": 1}).status_code == 404


def test_mara_reads_the_plan_without_the_clinicians_own_fields(world: World) -> None:
    publish(world)
    seen = world.mara.api.get(of(world.noor, "revisions/1"))
    assert seen.json()["document"]["helpers"][0]["name"] == MARKERS["helper"]
    assert seen.json()["clinician_only"] is None
    assert MARKERS["notes"] not in seen.text
    for person in (world.ida, world.sol):
        assert (
            person.api.get(of(world.noor, "revisions/1")).json()["clinician_only"]["notes"]
            == MARKERS["notes"]
        )


def test_a_review_moves_the_date_and_makes_no_revision(world: World) -> None:
    publish(world)
    assert world.ida.api.get(of(world.noor, "revisions")).json()["review_due_on"] == "2026-05-13"
    world.clock.advance(days=10)
    answer = world.ida.api.post(of(world.noor, "reviews"), {"number": 1, "note": "Still right, she says."})
    assert answer.status_code == 201, answer.text
    assert answer.json()["next_due_on"] == "2026-05-23"
    history = world.mara.api.get(of(world.noor, "revisions")).json()
    assert (len(history["revisions"]), history["review_due_on"]) == (1, "2026-05-23")
    reviews = world.mara.api.get(of(world.noor, "reviews")).json()["reviews"]
    assert [(one["number"], one["note"], one["reviewed_by"]["name"]) for one in reviews] == [
        (1, "Still right, she says.", "Ida")
    ]


def test_only_the_current_revision_can_be_reviewed(world: World) -> None:
    assert world.ida.api.post(of(world.noor, "reviews"), {"number": 0}).status_code == 409
    publish(world)
    publish(world, plan(alias="Two"))
    assert world.ida.api.post(of(world.noor, "reviews"), {"number": 1}).status_code == 409
    assert world.mara.api.post(of(world.noor, "reviews"), {"number": 2}).status_code == 403


def in_order(tx: Tx) -> list[Standing]:
    """Whose plan stands where, the clients in the order they came."""
    return sorted(registry.standings(tx), key=lambda one: one.client.id)


def test_a_plan_at_high_risk_is_due_in_30_days_and_a_risk_that_rises_brings_it_forward(world: World) -> None:
    high = world.add_client("Theo", risk_level=RiskLevel.HIGH)
    publish(world, client=high)
    assert world.ida.api.get(of(high, "revisions")).json()["review_due_on"] == "2026-02-12"
    publish(world)
    world.clock.advance(days=31)

    def late(tx: Tx) -> list[tuple[str, date | None]]:
        found = [one for one in in_order(tx) if one.status is PlanStatus.OVERDUE]
        assert registry.waiting(tx)[0] == len(found)
        return [(access.name_of(tx, one.client), one.due_on) for one in found]

    as_sol = acting(world, world.sol, Role.SUPERVISOR, late)
    assert world.db.write_now(as_sol) == [("Theo", date(2026, 2, 12))]
    rise = update(Client).where(Client.id == world.noor.id).values(risk_level=RiskLevel.HIGH)
    world.db.write_now(lambda tx: tx.connection.execute(rise))
    assert [name for name, _ in world.db.write_now(as_sol)] == ["Noor", "Theo"]
    # Published on 13 January: 30 days, wherever it is asked.
    assert world.ida.api.get(of(world.noor, "revisions")).json()["review_due_on"] == "2026-02-12"
    assert world.ida.api.post(of(world.noor, "reviews"), {"number": 1}).status_code == 201
    assert [name for name, _ in world.db.write_now(as_sol)] == ["Theo"]
    as_otto = acting(world, world.otto, Role.SUPERVISOR, late, programme_id=world.other_programme_id)
    assert world.db.write_now(as_otto) == []


def test_the_registry_names_those_at_risk_without_a_plan(world: World) -> None:
    world.add_client("Theo", risk_level=RiskLevel.HIGH)
    ana = world.add_client("Ana", risk_level=RiskLevel.MODERATE)
    save(world.ida, ana, plan(), 0)

    def missing(tx: Tx) -> list[tuple[str, str]]:
        found = [one for one in in_order(tx) if registry.at_risk_without(one)]
        assert registry.waiting(tx)[1] == len(found)
        return [(access.name_of(tx, one.client), one.status.value) for one in found]

    found = world.db.write_now(acting(world, world.mara, Role.CASE_MANAGER, missing))
    assert found == [("Theo", "none"), ("Ana", "draft")]


def test_publishing_leaves_the_clients_record_to_whoever_is_editing_it(world: World) -> None:
    path = f"/clients/{world.noor.id}"
    open_record = world.mara.api.get(path).headers["etag"]
    publish(world)
    edit = {"name": "Noor", "zone": "America/Denver", "language": "en", "risk_level": "low"}
    assert world.mara.api.put(path, edit, headers={"If-Match": open_record}).status_code == 200
    assert world.noor.api.get("/me").json()["plan_revision"] == 1


def test_eight_publish_the_same_draft_at_once_and_one_revision_comes_of_it(world: World) -> None:
    version = save(world.ida, world.noor, plan(), 0).json()["version"]
    start, outcomes = threading.Barrier(8), []

    def run() -> None:
        start.wait()
        data = Publish(**attested(version))
        work = acting(
            world, world.ida, Role.CLINICIAN, lambda tx: publishing.publish(tx, world.noor.id, data).number
        )
        try:
            outcomes.append(world.db.write_now(work))
        except (EditedMeanwhile, Conflict) as refusal:
            outcomes.append(type(refusal).__name__)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["1", *["EditedMeanwhile"] * 7]
    world.tick()
    world.noor.phone.take("plan_updated")
    world.noor.phone.nothing()


def test_a_published_revision_cannot_be_changed_or_removed_even_in_the_database(world: World) -> None:
    publish(world)
    for statement in ("update plan_revisions set number = 2", "delete from plan_revisions"):
        with pytest.raises(DBAPIError, match="never changed"):
            world.db.write_now(lambda tx, sql=statement: tx.session.execute(text(sql)))
    assert world.ida.api.get(of(world.noor, "revisions/1")).status_code == 200


def test_revision_bodies_swapped_between_two_clients_refuse_to_open(world: World) -> None:
    theo = world.add_client("Theo")
    publish(world)
    publish(world, plan(alias="Theo's"), client=theo)

    def swap(tx: Tx) -> None:
        trigger = "plan_revisions_no_update" if tx.sqlite else "append_only on plan_revisions"
        tx.session.execute(text(f"drop trigger {trigger}"))
        rows = tx.session.execute(select(PlanRevision.id, PlanRevision.body)).all()
        for (row_id, _), (_, body) in zip(rows, reversed(rows), strict=True):
            tx.session.execute(update(PlanRevision).where(PlanRevision.id == row_id).values(body=body))

    world.db.write_now(swap)
    for client in (world.noor, theo):
        with pytest.raises(SealBroken):
            world.db.read_now(
                lambda tx, id_=client.id: queries.current_document(tx, access.known_client(tx, id_))
            )
        answer = client.api.get("/me/plan")
        assert answer.status_code == 500
        assert "MARKER" not in answer.text


def test_no_word_of_a_plan_stands_in_any_row(world: World) -> None:
    publish(world)
    proposal = {"section": "coping", "entry": {"text": "MARKER-proposal sing"}}
    world.noor.api.put(f"/me/plan/proposals/{SIGN}", proposal)
    decision = {"accept": True, "answer": "MARKER-answer yes"}
    assert (
        world.ida.api.post(of(world.noor, f"proposals/{SIGN}"), decision).status_code == 409
    )  # the sign's own id
    world.noor.api.put(f"/me/plan/proposals/{SIGN[:-1]}9", proposal)
    assert world.ida.api.post(of(world.noor, f"proposals/{SIGN[:-1]}9"), decision).status_code == 200
    world.ida.api.post(of(world.noor, "reviews"), {"number": 1, "note": "MARKER-review fine"})

    def everything(tx: Tx) -> bytes:
        rows = [row for table in Base.metadata.sorted_tables for row in tx.session.execute(select(table))]
        return b"|".join(v if isinstance(v, bytes) else str(v).encode() for row in rows for v in row)

    stored = world.db.read_now(everything)
    assert len(stored) > 2000
    assert b"MARKER" not in stored
    assert b"Leila" not in stored
