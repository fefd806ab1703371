"""What an answer leads to, who reads it, and what it leaves in the database."""

from uuid import UUID, uuid4

from sqlalchemy import select

from checkins.models import AnswerRow, FlagRow, Occurrence
from server.core.audit import AuditRow
from server.core.db import Tx
from server.core.tables import new_id
from tests.checkins.told import CALM, NOT_SAFE, add_schedule, answer, count, daily, open_one, opened
from tests.world import World


def test_mara_enters_what_noor_told_her_on_the_telephone(world: World) -> None:
    checkin = opened(world)
    body = {"answered_at": world.clock.at.isoformat(), "answers": {**CALM, "thoughts": {"declined": True}}}
    reply = world.mara.api.put(f"/clients/{world.noor.id}/checkins/{checkin}/answer", body)
    assert reply.json()["tier"] == "same_day"
    (seen,) = world.mara.api.get(f"/clients/{world.noor.id}/checkins").json()["checkins"]
    assert seen["answer"]["entered_by"] == str(world.mara.id)
    words = {item["key"]: item["answer"] for item in seen["answer"]["items"]}
    assert (words["mood"], words["thoughts"], words["safe_now"]) == (
        "6 of 10",
        "prefers not to say",
        "Yes, I am safe",
    )
    assert [flag["rule"] for flag in seen["answer"]["flags"]] == ["left_open"]
    world.tick()
    world.mara.phone.take("case_call")


def test_what_is_left_blank_on_a_risk_question_needs_contact(world: World) -> None:
    checkin = opened(world)
    reply = answer(world.noor, checkin, world, {"mood": 5, "safe_now": None})
    assert reply["tier"] == "urgent"
    world.tick()
    world.mara.phone.take("case_call")


def test_an_answer_about_substances_is_labelled(world: World) -> None:
    add_schedule(world, daily(world))
    world.clock.advance(hours=1)
    for _ in range(11):  # the rotation comes to substance use in its fifth turn
        world.pass_time(hours=24, step_seconds=4 * 3600)
        world.noor.phone.take_all()
        for checkin in world.noor.api.get("/me/checkins").json()["open"]:
            keys = {item["key"] for item in checkin["items"]}
            more = {"substance_use": "managing"} if "substance_use" in keys else {}
            answer(world.noor, checkin["id"], world, {**CALM, **more})
    labelled = count(world, AnswerRow, AnswerRow.part2)
    assert (labelled, count(world, AnswerRow)) == (1, 11)


def test_help_with_money_is_a_routine_request_and_never_a_crisis(world: World) -> None:
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    (domain,) = [item["key"] for item in checkin["items"] if item["key"] not in {*CALM, "sleep"}]
    reply = answer(world.noor, checkin["id"], world, {**CALM, domain: "help"})
    assert reply["tier"] == "routine"
    assert reply["case_id"]
    world.tick()
    world.mara.phone.take("case_call")


def test_mood_is_compared_with_noors_own_usual(world: World) -> None:
    for _ in range(5):
        world.clock.advance(hours=12)
        assert answer(world.noor, uuid4(), world, {**CALM, "mood": 8})["tier"] is None
    world.clock.advance(hours=12)
    assert answer(world.noor, uuid4(), world, {**CALM, "mood": 5})["tier"] == "same_day"
    world.tick()
    world.mara.phone.take_all()


def test_so_is_the_mood_of_a_check_in_that_noor_was_asked_for(world: World) -> None:
    for _ in range(5):
        world.clock.advance(hours=12)
        answer(world.noor, uuid4(), world, {**CALM, "mood": 8})
    world.clock.advance(hours=12)
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    assert answer(world.noor, checkin["id"], world, {**CALM, "mood": 5})["tier"] == "same_day"
    world.tick()
    world.mara.phone.take_all()


def test_an_earlier_answer_that_does_not_open_loses_nothing_and_calls_a_human(world: World) -> None:
    answer(world.noor, uuid4(), world, CALM)

    def damage(tx: Tx) -> None:
        (row,) = tx.session.scalars(select(Occurrence))
        occurrence = Occurrence(
            id=new_id(),
            client_id=row.client_id,
            questionnaire_id=row.questionnaire_id,
            zone=row.zone,
            tzdata=row.tzdata,
            rotation=-1,
            due_at=tx.now,
            closes_at=tx.now,
            reminded=0,
            state=row.state,
        )
        tx.session.add(occurrence)
        tx.session.flush()
        broken = AnswerRow(
            occurrence_id=occurrence.id,
            client_id=row.client_id,
            body=b"\x01\x01" + bytes(60),
            fingerprint=b"",
            late=False,
            part2=False,
            answered_at=tx.now,
            received_at=tx.now,
        )
        tx.session.add(broken)

    world.db.write_now(damage)
    assert answer(world.noor, uuid4(), world, CALM)["tier"] == "same_day"
    shown = world.mara.api.get(f"/clients/{world.noor.id}/checkins").json()["checkins"]
    assert [one["answer"]["readable"] for one in shown].count(False) == 1
    (flagged,) = [one["answer"]["flags"] for one in shown if one["answer"]["flags"]]
    assert all("could not be evaluated" in flag["why"] for flag in flagged)
    world.tick()
    world.mara.phone.take("case_call")


def test_answers_are_unreadable_in_the_database(world: World) -> None:
    marker = "marker-of-what-noor-wrote"
    checkin = opened(world)
    answer(world.noor, checkin, world, {**NOT_SAFE, "anything_else": marker})
    rows = world.db.read_now(lambda tx: [(row.body, row.reply) for row in tx.session.query(AnswerRow)])
    whys = world.db.read_now(lambda tx: [row.raised for row in tx.session.query(FlagRow)])
    assert all(marker.encode() not in (body + (reply or b"")) for body, reply in rows)
    assert all(b"safe" not in why for why in whys)
    assert world.noor.api.get(f"/me/checkins/{checkin}").json()["answers"]["anything_else"] == marker
    world.tick()
    world.mara.phone.take("case_call")


def test_every_look_of_staff_is_on_record(world: World) -> None:
    checkin = opened(world)
    answer(world.noor, checkin, world, CALM)
    before = count(world, AuditRow, AuditRow.what == "checkins.view")
    world.mara.api.get(f"/clients/{world.noor.id}/checkins")
    world.noor.api.get(f"/me/checkins/{checkin}")
    assert count(world, AuditRow, AuditRow.what == "checkins.view") == before + 1
    entered = count(world, AuditRow, AuditRow.what == "checkin.answer", AuditRow.row_id == UUID(checkin))
    assert entered == 1
