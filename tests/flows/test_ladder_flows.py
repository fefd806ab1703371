"""Cases told as incidents: who is called when nobody answers, and what it takes to make it stop."""

from datetime import timedelta
from uuid import uuid4

import pytest

from crisisplans.queries import main_line
from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.models import ChannelName
from notifications.escalations.tiers import Tier
from server.worker import Jobs
from tests.delivery.numbers import exchange
from tests.escalations.telling import act, called, flagged, hush, ok, row, told
from tests.fakes.smtp import SmtpServer
from tests.world import World


def test_nobody_answers_case_manager_then_backup_then_supervisor_then_all_for_ever(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    world.tick()
    world.mara.phone.take("case_call")
    world.pass_time(minutes=9, step_seconds=90)
    world.ben.phone.nothing()
    world.pass_time(minutes=1)
    world.ben.phone.take("case_call")
    world.pass_time(minutes=10)
    world.sol.phone.take("case_call")
    world.pass_time(minutes=5, step_seconds=100)
    world.sol.phone.take("case_call")
    world.pass_time(minutes=30, step_seconds=150)
    for _ in range(3):
        world.sol.phone.take("case_call")
    assert called(world, case_id)[:4] == [["Mara"], ["Ben"], ["Sol"], ["Sol"]]
    assert len(called(world, case_id)) == 7
    assert world.anybody().get("/health/escalations").status_code == 200


def test_supervisor_answers_reaches_the_client_closes_and_everybody_hears_the_all_clear(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    world.pass_time(minutes=20, step_seconds=120)
    for person in (world.mara, world.ben, world.sol):
        person.phone.take("case_call")
    act(world, world.sol, case_id, "acknowledge")
    world.tick()
    world.noor.phone.take("case_seen")
    seen = ok(world.noor.api.get("/me/case"))["case"]
    assert seen["state"] == "seen"
    assert seen["sentence"] == "Sol has seen this and will contact you by 11:00 am."
    world.pass_time(minutes=30, step_seconds=150)
    act(world, world.sol, case_id, "contacts", channel="phone", reached=True, note="Noor is at her sister's")
    act(
        world,
        world.sol,
        case_id,
        "close",
        disposition="safe_with_plan",
        next_contact_on=str((world.clock.at + timedelta(days=1)).date()),
    )
    world.tick()
    world.mara.phone.take("all_clear")
    world.ben.phone.take("all_clear")
    world.noor.phone.take("case_closed")
    world.pass_time(minutes=90, step_seconds=1800)
    assert ok(world.noor.api.get("/me/case"))["case"]["state"] == "closed"
    world.pass_time(hours=24, step_seconds=43200)
    assert ok(world.noor.api.get("/me/case"))["case"] is None
    assert told(world, case_id) == [
        "opened", "called", "called", "called", "acknowledged", "contact", "closed",
    ]  # fmt: skip


def test_taken_but_no_contact_in_time_calling_resumes_with_the_supervisor(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    world.pass_time(minutes=4)
    act(world, world.mara, case_id, "acknowledge")
    hush(world)
    world.pass_time(minutes=115, step_seconds=600)
    assert row(world, case_id).state == "acknowledged"
    world.pass_time(minutes=1)
    world.sol.phone.take("case_call")
    world.mara.phone.take("case_lapsed")
    assert row(world, case_id).state == "open"
    case = ok(world.noor.api.get("/me/case"))["case"]
    assert (case["state"], case["seen_by"], case["contact_by"]) == ("calling_again", "Mara", None)
    world.pass_time(minutes=5, step_seconds=100)
    world.sol.phone.take("case_call")
    act(world, world.sol, case_id, "acknowledge")
    world.tick()
    world.noor.phone.take("case_seen")
    assert row(world, case_id).owner_id == world.sol.id


def test_the_help_button_pressed_twice_is_one_case(world: World) -> None:
    help_id = uuid4()
    first = ok(world.noor.api.put(f"/me/help/{help_id}"))
    again = ok(world.noor.api.put(f"/me/help/{help_id}"))
    other = ok(world.noor.api.put(f"/me/help/{uuid4()}", {"note": "please call my mobile"}))
    assert first["case_id"] == again["case_id"] == other["case_id"]
    assert first["coverage"].endswith(
        f"Mara will look at this by 9:30 am. If you need someone now, call or text {main_line().number}."
    )
    world.tick()
    world.mara.phone.take("case_call")
    listed = ok(world.mara.api.get("/cases"))["cases"]
    assert [case["id"] for case in listed] == [first["case_id"]]
    assert len(listed[0]["causes"]) == 2
    case = ok(world.mara.api.get(f"/cases/{first['case_id']}"))
    assert case["causes_in_full"][1]["note"] == "please call my mobile"


def test_pressed_at_night_no_person_is_promised_and_the_line_is_named_but_calls_go_out(world: World) -> None:
    world.clock.advance(hours=12)
    received = ok(world.noor.api.put(f"/me/help/{uuid4()}"))
    assert "Mara" not in received["coverage"]
    assert "We are letting your team know now." in received["coverage"]
    assert "tomorrow" not in received["coverage"]
    assert "call or text" in received["coverage"]
    world.tick()
    world.mara.phone.take("case_call")
    waiting = ok(world.noor.api.get("/me/case"))["case"]
    assert waiting["state"] == "waiting"
    assert waiting["sentence"].startswith("No one on your team has answered yet.")


def test_three_silences_and_only_a_supervisor_stops_the_calling(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "acknowledge")
    hush(world)
    for _ in range(3):
        world.pass_time(minutes=5, step_seconds=100)
        act(world, world.mara, case_id, "contacts", channel="phone", reached=False)
    world.tick()
    world.sol.phone.take("case_unreachable")
    act(world, world.mara, case_id, "acknowledge", status=409)
    wrong = act(world, world.mara, case_id, "close", 422, disposition="unable_to_reach", reason="no answer")
    assert wrong["errors"][0]["path"] == "disposition"
    world.pass_time(minutes=5, step_seconds=100)
    world.sol.phone.take("case_unreachable")
    act(world, world.sol, case_id, "acknowledge")
    closing = {
        "disposition": "unable_to_reach",
        "reason": "welfare check asked for",
        "next_contact_on": "2026-01-14",
    }
    act(world, world.sol, case_id, "close", **closing)
    world.tick()
    world.mara.phone.take("all_clear")
    assert sorted(world.noor.phone.take_all()) == ["case_closed", "case_seen"]


def test_a_try_whose_reply_was_lost_is_sent_again_and_counts_once(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    act(world, world.mara, case_id, "acknowledge")
    hush(world)
    tried = {"id": str(uuid4()), "channel": "phone", "reached": False, "note": "Her voice mail is full"}
    for _ in range(3):
        world.pass_time(minutes=5, step_seconds=100)
        case = act(world, world.mara, case_id, "contacts", **tried)
        assert len(case["contacts"]) == 1
    assert row(world, case_id).unreached == 1
    for other in ({**tried, "reached": True}, {**tried, "note": None}, {**tried, "channel": "sms"}):
        act(world, world.mara, case_id, "contacts", 409, **other)
    act(world, world.sol, case_id, "contacts", 409, **tried)
    elsewhere = flagged(world, Tier.SAME_DAY, client=world.add_client("Lior"))
    act(world, world.mara, elsewhere, "contacts", 409, **tried)
    assert row(world, case_id).unreached == 1
    hush(world)
    act(world, world.sol, case_id, "contacts", channel="phone", reached=True)
    act(world, world.sol, case_id, "close", disposition="safe_with_plan", next_contact_on="2026-01-14")
    assert len(act(world, world.mara, case_id, "contacts", **tried)["contacts"]) == 2, (
        "known, though closed since"
    )
    hush(world)


def test_a_more_urgent_answer_while_somebody_is_on_the_way_calls_again_from_the_start(world: World) -> None:
    case_id = flagged(world, Tier.SAME_DAY)
    act(world, world.mara, case_id, "acknowledge")
    hush(world)
    assert flagged(world, Tier.SAME_DAY) == case_id
    world.tick()
    world.mara.phone.take("case_joined")
    assert flagged(world, Tier.EMERGENCY) == case_id
    world.tick()
    world.mara.phone.take("case_call")
    case = row(world, case_id)
    assert (case.tier, case.state, case.ladder) == (Tier.EMERGENCY, "open", 2)
    world.pass_time(minutes=3)
    world.ben.phone.take("case_call")


def test_two_hours_without_a_worker_and_then_each_person_is_called_once(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    world.clock.advance(hours=2)
    assert world.anybody().get("/health/escalations").status_code == 503
    world.tick()
    for person in (world.mara, world.ben, world.sol):
        person.phone.take("case_call")
    assert world.anybody().get("/health/escalations").status_code == 200
    assert row(world, case_id).next_call_at > world.clock.at


def test_otto_of_another_programme_sees_and_does_nothing(world: World) -> None:
    case_id = flagged(world, Tier.URGENT)
    assert ok(world.otto.api.get("/cases?state=all"))["cases"] == []
    assert world.otto.api.get(f"/cases/{case_id}").status_code == 404
    for verb, body in (
        ("acknowledge", {"take_over": True}),
        ("contacts", {"channel": "phone", "reached": True}),
        ("hand-over", {"to": str(world.otto.id)}),
        ("close", {"disposition": "false_positive", "reason": "x"}),
        ("cosign", {"agree": True}),
    ):
        act(world, world.otto, case_id, verb, 404, **body)
    assert world.otto.api.post(f"/clients/{world.noor.id}/cases", {"tier": "urgent"}).status_code == 404
    assert world.adi.api.get("/cases").status_code == 403
    assert world.noor.api.get("/cases").status_code == 403
    assert row(world, case_id).state == "open"
    hush(world)


ASKED = "Please telephone them until one of them takes it."
DESK = "+12025550123"


@pytest.mark.parametrize("carried", [True, False], ids=["texts and calls", "mail alone"])
def test_the_emergency_contact_is_told_in_every_way_when_nobody_else_answers(
    world: World, carried: bool
) -> None:
    """The night desk can open nothing: it is asked, without a name, to telephone the team; then the all-clear."""
    with SmtpServer("none", sign_in=False) as smtp, exchange(world.db) as lines:
        channel = EmailChannel("127.0.0.1", smtp.port, sender="calls@riverside.example", security="none")
        world.jobs.close()
        more = lines.channels if carried else {}
        world.jobs = Jobs(world.db, {ChannelName.FCM: world.channel, ChannelName.EMAIL: channel, **more})
        settings = world.adi.api.get("/programme")
        body = {key: value for key, value in settings.json().items() if key != "version"}
        body["emergency_contact"] = {
            "name": "Night desk",
            "email": "desk@city.example",
            "phone": "202-555-0123",
        }
        saved = world.adi.api.put("/programme", body, headers={"If-Match": settings.headers["etag"]})
        assert saved.status_code == 200, saved.text
        case = world.noor.api.put(f"/me/help/{uuid4()}", {}).json()["case_id"]
        world.pass_time(minutes=40)
        mails = [mail.message for mail in smtp.mails if "desk@city.example" in str(mail.message["To"])]
        assert mails, "the night desk was never told"
        assert all(ASKED in " ".join(mail.get_content().split()) for mail in mails)
        texts = [text for to, text in lines.first.texts if to == DESK]
        calls = [call for call in lines.first.calls if call.to == DESK]
        assert (bool(texts), bool(calls)) == (carried, carried)
        assert all("nobody on the team answers. Please telephone them" in text for text in texts)
        assert all(ASKED in call.answer and "Press" not in call.answer for call in calls)
        assert all("Noor" not in str(told) for told in (*mails, *texts, *calls))
        world.sol.api.post(f"/cases/{case}/acknowledge", {})
        world.sol.api.post(f"/cases/{case}/contacts", {"channel": "phone", "reached": True})
        closing = {"disposition": "safe_with_plan", "next_contact_on": "2026-01-14"}
        closed = world.sol.api.post(f"/cases/{case}/close", closing)
        assert closed.status_code < 300, closed.text
        world.tick()
        last = [mail.message for mail in smtp.mails if "desk@city.example" in str(mail.message["To"])][-1]
        assert "answered and closed" in str(last["Subject"])
    for person in world.people.values():
        person.phone.take_all()
