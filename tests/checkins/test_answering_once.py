"""An answer is accepted once, judged whenever it comes, and never lost to a phone that asks twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from checkins import answering
from checkins.models import AnswerRow, FlagRow, Occurrence
from checkins.schemas import AnswerIn
from notifications.escalations.models import Case, CaseCause
from server.core.db import Tx
from server.people import access
from tests.checkins.told import (
    CALM,
    NOT_SAFE,
    answer,
    count,
    opened,
    publish,
    send,
    states,
)
from tests.world import Api, World


@pytest.mark.parametrize("answers", [CALM, NOT_SAFE], ids=["calm", "flagged"])
def test_the_phone_sends_the_same_answer_again_and_hears_the_same(
    world: World, answers: dict[str, Any]
) -> None:
    checkin = opened(world)
    body = {"answered_at": world.clock.at.isoformat(), "answers": answers}
    first = send(world.noor, checkin, body)
    world.clock.advance(minutes=3)
    again = send(world.noor, checkin, body)
    assert first.status_code == again.status_code == 200
    assert again.json() == first.json()
    assert count(world, AnswerRow) == 1
    assert count(world, CaseCause) == (answers is NOT_SAFE)
    world.tick()
    world.mara.phone.take_all()
    world.ben.phone.take_all()


def test_other_answers_under_the_same_id_are_refused_and_the_first_stay(world: World) -> None:
    checkin = opened(world)
    answer(world.noor, checkin, world, CALM)
    other = send(
        world.noor, checkin, {"answered_at": world.clock.at.isoformat(), "answers": {**CALM, "mood": 1}}
    )
    assert other.status_code == 409
    assert world.noor.api.get(f"/me/checkins/{checkin}").json()["answers"]["mood"] == 6


def test_the_same_answer_arriving_four_times_at_once_is_one_answer_and_one_case(world: World) -> None:
    checkin = UUID(opened(world))
    given = AnswerIn(world.clock.at, NOT_SAFE)

    def store(_: int) -> Any:
        return world.db.write_now(
            lambda tx: answering.answer(tx, access.known_client(tx, world.noor.id), checkin, given)
        )

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(store, range(4)))
    assert all(reply == replies[0] for reply in replies)
    assert (count(world, AnswerRow), count(world, Case), count(world, FlagRow)) == (1, 1, 1)
    world.tick()
    world.mara.phone.take("case_call")


def test_four_requests_with_the_same_answer_at_once_are_one_answer_and_one_case(world: World) -> None:
    checkin = opened(world)
    body = {"answered_at": world.clock.at.isoformat(), "answers": NOT_SAFE}
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: send(world.noor, checkin, body), range(4)))
    assert [reply.status_code for reply in replies] == [200] * 4
    assert all(reply.json() == replies[0].json() for reply in replies)
    assert (count(world, AnswerRow), count(world, Case), count(world, FlagRow)) == (1, 1, 1)
    world.tick()
    world.mara.phone.take("case_call")


def test_an_unscheduled_check_in_sent_four_times_at_once_is_one(world: World) -> None:
    given, checkin = AnswerIn(world.clock.at, CALM), uuid4()

    def store(_: int) -> Any:
        return world.db.write_now(
            lambda tx: answering.answer(tx, access.known_client(tx, world.noor.id), checkin, given)
        )

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(store, range(4)))
    assert all(reply == replies[0] for reply in replies)
    assert (count(world, AnswerRow), count(world, Occurrence)) == (1, 1)


def test_noor_checks_in_unasked_at_night_and_is_heard(world: World) -> None:
    anytime = world.noor.api.get("/me/checkins").json()["anytime"]
    assert "money" not in {item["key"] for item in anytime["items"]}
    checkin = str(uuid4())
    more = {"questionnaire_id": anytime["questionnaire_id"]}
    reply = answer(world.noor, checkin, world, {**CALM, "thoughts": True}, **more)
    assert (reply["tier"], reply["late"]) == ("urgent", False)
    assert states(world) == ["answered"]
    world.tick()
    world.mara.phone.take("case_call")


def test_questions_of_an_older_plan_answered_offline_are_still_understood(world: World) -> None:
    sign = str(uuid4())
    publish(world, (sign, "I stop eating", "crisis"))
    anytime = world.noor.api.get("/me/checkins").json()["anytime"]
    publish(world, (str(uuid4()), "I hide my phone", "early"))
    assert (
        world.noor.api.get("/me/checkins").json()["anytime"]["questionnaire_id"]
        != anytime["questionnaire_id"]
    )
    more = {"questionnaire_id": anytime["questionnaire_id"]}
    reply = answer(world.noor, uuid4(), world, {**CALM, f"sign.{sign}": 4}, **more)
    assert (reply["tier"], reply["plan_revision"]) == ("emergency", 2)
    world.tick()
    world.mara.phone.take("case_call")


def test_somebody_elses_check_in_does_not_exist(world: World) -> None:
    checkin = opened(world)
    lee = world.add_client("Lee")
    body = {"answered_at": world.clock.at.isoformat(), "answers": CALM}
    assert send(lee, checkin, body).status_code == 404
    assert lee.api.get(f"/me/checkins/{checkin}").status_code == 404
    assert world.mara.api.put(f"/clients/{lee.id}/checkins/{checkin}/answer", body).status_code == 404
    assert world.otto.api.put(f"/clients/{world.noor.id}/checkins/{checkin}/answer", body).status_code == 404
    assert world.mara.api.put(f"/me/checkins/{checkin}/answer", body).status_code == 403
    assert count(world, AnswerRow) == 0
    answer(world.noor, checkin, world, CALM)


def test_whoever_is_not_signed_in_holds_up_and_waits_for_nobody(world: World) -> None:
    checkin = opened(world)
    body = {"answered_at": world.clock.at.isoformat(), "answers": CALM}
    stranger = Api(world.client, lambda: "hc_" + "x" * 43)

    def while_it_is_held(tx: Tx) -> int:
        if not tx.sqlite:  # there all writing is one after another
            tx.session.execute(select(Occurrence).where(Occurrence.id == UUID(checkin)).with_for_update())
            return stranger.put(f"/me/checkins/{checkin}/answer", body).status_code
        return 401

    assert world.db.write_now(while_it_is_held) == 401
    assert stranger.put(f"/me/checkins/{checkin}/answer", body).status_code == 401
    answer(world.noor, checkin, world, CALM)


def test_a_questionnaire_of_somebody_else_cannot_be_named(world: World) -> None:
    lee = world.add_client("Lee")
    theirs = lee.api.get("/me/checkins").json()["anytime"]["questionnaire_id"]
    body = {"answered_at": world.clock.at.isoformat(), "answers": CALM, "questionnaire_id": theirs}
    refused = send(world.noor, uuid4(), body)
    assert [error["path"] for error in refused.json()["errors"]] == ["questionnaire_id"]
    assert count(world, Occurrence) == 0


def test_an_answer_from_an_offline_phone_comes_late_and_is_judged_as_usual(world: World) -> None:
    checkin = opened(world)
    given_at = world.clock.at
    world.pass_time(hours=30, step_seconds=3600)
    world.noor.phone.take_all()
    assert states(world)[0] == "missed"
    reply = send(world.noor, checkin, {"answered_at": given_at.isoformat(), "answers": NOT_SAFE}).json()
    assert (reply["late"], reply["tier"]) == (True, "emergency")
    assert states(world)[0] == "answered_late"
    (seen, *_) = [
        one
        for one in world.mara.api.get(f"/clients/{world.noor.id}/checkins").json()["checkins"]
        if one["answer"]
    ]
    assert seen["answer"]["answered_at"] == "2026-01-13T16:00:00Z"
    assert seen["answer"]["late"] is True
    world.tick()
    world.mara.phone.take("case_call")


def test_a_phone_whose_clock_runs_ahead_is_heard_and_counted_as_now(world: World) -> None:
    checkin = opened(world)
    ahead = world.clock.at + timedelta(hours=14)
    reply = send(world.noor, checkin, {"answered_at": ahead.isoformat(), "answers": CALM})
    assert reply.status_code == 200
    seen = world.noor.api.get(f"/me/checkins/{checkin}").json()
    assert seen["answered_at"] == seen["received_at"] == "2026-01-13T16:00:00Z"


def test_a_year_that_cannot_be_is_refused_before_it_is_reckoned_with(world: World) -> None:
    checkin = opened(world)
    for odd in (
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(2019, 12, 31, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ):
        refused = send(world.noor, checkin, {"answered_at": odd.isoformat(), "answers": CALM})
        assert [error["path"] for error in refused.json()["errors"]] == ["answered_at"]
    assert count(world, AnswerRow) == 0
