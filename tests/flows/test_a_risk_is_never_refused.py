"""A cry for help gets through, whatever else is broken: clock, app version, plan, questions."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from checkins import versions
from checkins.models import QuestionnaireRow
from crisisplans.models import PlanRevision
from server.people.models import Staff
from tests.checkins.told import CALM, NOT_SAFE, opened, publish, send
from tests.world import World


def case_of(world: World) -> dict[str, Any]:
    (case,) = world.mara.api.get("/cases?state=open").json()["cases"]
    world.tick()
    for person in world.people.values():
        person.phone.take_all()
    return case


@pytest.mark.parametrize(
    "spoilt",
    [
        {"anything_else": "x" * 3000},
        {"mood": 11},
        {"sleep": 25.3},
        {"asked_by_a_newer_app": 3},
    ],
    ids=["a long text", "mood out of range", "sleep out of range", "an unknown question"],
)
def test_what_does_not_fit_beside_a_risk_is_left_out_and_somebody_is_called(
    world: World, spoilt: dict[str, Any]
) -> None:
    checkin = opened(world)
    calm = send(
        world.noor, checkin, {"answered_at": world.clock.at.isoformat(), "answers": {**CALM, **spoilt}}
    )
    assert calm.status_code == 422
    assert calm.json()["errors"][0]["path"] == f"answers.{next(iter(spoilt))}"
    body = {"answered_at": world.clock.at.isoformat(), "answers": {**NOT_SAFE, **spoilt}}
    first = send(world.noor, checkin, body)
    assert first.status_code == 200, first.text
    assert first.json()["tier"] == "emergency"
    assert send(world.noor, checkin, body).json()["case_id"] == first.json()["case_id"]
    stored = world.noor.api.get(f"/me/checkins/{checkin}").json()["answers"]
    assert stored["safe_now"] == "not_safe"
    assert next(iter(spoilt)) not in stored or stored[next(iter(spoilt))] != next(iter(spoilt.values()))
    assert case_of(world)["tier"] == "emergency"


@pytest.mark.parametrize("days", [-20_000, 3, 2_000])
def test_a_phone_whose_clock_was_reset_is_heard(world: World, days: int) -> None:
    checkin = opened(world)
    body = {"answered_at": (world.clock.at + timedelta(days=days)).isoformat(), "answers": NOT_SAFE}
    assert send(world.noor, checkin, body).status_code == 200
    assert case_of(world)["tier"] == "emergency"


def test_a_calm_answer_with_an_absurd_clock_is_told_so(world: World) -> None:
    body = {"answered_at": "1970-01-01T00:00:00Z", "answers": CALM}
    answer = send(world.noor, opened(world), body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "answered_at"


def test_a_plan_that_cannot_be_read_takes_no_cry_for_help_back(world: World) -> None:
    publish(world)
    checkin = opened(world)

    def damage(tx: Any) -> None:
        off = (
            "drop trigger plan_revisions_no_update"
            if tx.sqlite
            else "alter table plan_revisions disable trigger all"
        )
        tx.connection.exec_driver_sql(off)
        tx.session.execute(update(PlanRevision).values(body=b"damaged"))

    world.db.write_now(damage)
    reply = send(world.noor, checkin, {"answered_at": world.clock.at.isoformat(), "answers": NOT_SAFE})
    assert reply.status_code == 200, reply.text
    assert reply.json()["next_steps"], "the national lines remain"
    assert case_of(world)["tier"] == "emergency"


def test_a_colleagues_name_that_cannot_be_read_takes_no_cry_for_help_back(world: World) -> None:
    checkin = opened(world)
    damaged = update(Staff).where(Staff.id == world.mara.id).values(name=b"damaged")
    world.db.write_now(lambda tx: tx.session.execute(damaged))
    reply = send(world.noor, checkin, {"answered_at": world.clock.at.isoformat(), "answers": NOT_SAFE})
    assert reply.status_code == 200, reply.text
    assert reply.json()["coverage"]
    world.tick()
    world.mara.phone.take_all()
    world.ben.phone.take_all()


def test_questions_that_cannot_be_read_are_answered_all_the_same_and_a_person_reads_them(
    world: World,
) -> None:
    checkin = opened(world)
    damaged = update(QuestionnaireRow).values(definition=b"damaged")
    world.db.write_now(lambda tx: tx.session.execute(damaged))
    versions._remembered._known.clear()
    reply = send(world.noor, checkin, {"answered_at": world.clock.at.isoformat(), "answers": NOT_SAFE})
    assert reply.status_code == 200, reply.text
    assert reply.json()["tier"] == "urgent"
    assert case_of(world)["tier"] == "urgent"


def test_a_reply_asked_for_again_a_day_later_repeats_no_time_that_has_passed(world: World) -> None:
    checkin = opened(world)
    body = {"answered_at": world.clock.at.isoformat(), "answers": NOT_SAFE}
    first = send(world.noor, checkin, body).json()
    world.clock.advance(hours=26)
    again = send(world.noor, checkin, body).json()
    assert again["case_id"] == first["case_id"]
    assert again["coverage"] != first["coverage"]
    assert " by " not in again["coverage"], again["coverage"]
    world.tick()
    for person in world.people.values():
        person.phone.take_all()
