"""Noor's answer is flagged at night. Mara takes the case from the text message, or by a key on the telephone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from notifications.delivery.channels.email import EmailChannel
from notifications.delivery.models import ChannelName
from notifications.delivery.staff_models import CallLink
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import Case
from notifications.escalations.tiers import Tier
from server.core.audit import AuditRow
from server.people import actions
from server.worker import Jobs
from tests.delivery.numbers import ADDRESS, Exchange, ask, exchange, give_number, told_to_the_web
from tests.escalations.telling import act, called, flagged, hush, row, told
from tests.escalations.test_jobs import NO_RUNGS, spoil
from tests.fakes.sms import Fault, Taken
from tests.fakes.smtp import SmtpServer
from tests.world import Person, World

BUTTON = "I have it"
PERSONAL = ("Noor", "Mara", "emergency", "urgent", "flag")


@pytest.fixture
def lines(world: World) -> Iterator[Exchange]:
    with exchange(world.db) as made:
        for person in (world.mara, world.ben, world.sol):
            for channel in (ChannelName.SMS, ChannelName.VOICE):
                give_number(world.db, person.id, channel, NUMBERS[person.name])
        told_to_the_web(world, made)
        before, world.jobs = world.jobs, Jobs(world.db, {ChannelName.FCM: world.channel, **made.channels})
        yield made
        world.jobs.close()
        world.jobs = before
        hush(world)


NUMBERS = {"Mara": "+12025550111", "Ben": "+12025550122", "Sol": "+12025550133"}


def link_to(lines: Exchange, person: Person) -> str:
    """The path in the latest text to this person."""
    text = [words for to, words in lines.first.texts if to == NUMBERS[person.name]][-1]
    found = re.fullmatch(
        r"Riverside: someone needs an answer.* Take it: https://handrail\.example(/a/[\w-]{22})", text
    )
    assert found, text
    return found[1]


def press(world: World, path: str) -> httpx.Response:
    """As a browser does under no-referrer: it names no origin."""
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    return world.client.post(path, headers=headers)


def words(answer: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def is_open(world: World, case_id: Any) -> bool:
    return row(world, case_id).state is CaseState.OPEN


def test_a_mail_scanner_opens_the_link_and_nothing_happens_then_mara_presses(
    world: World, lines: Exchange
) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    path = link_to(lines, world.mara)
    for _ in range(3):
        page = world.client.get(path)
        assert page.status_code == 200
        assert BUTTON in page.text
    assert is_open(world, case_id)
    taken = press(world, path)
    assert taken.status_code == 200
    assert "You have it. Sign in to see who it is." in words(taken)
    case = row(world, case_id)
    assert (case.state, case.owner_id) == (CaseState.ACKNOWLEDGED, world.mara.id)
    query = select(AuditRow.what, AuditRow.actor_id).where(AuditRow.row_id == case_id)
    lines_of = world.db.read_now(lambda tx: [tuple(each) for each in tx.session.execute(query)])
    assert ("case.acknowledge", world.mara.id) in lines_of
    assert ("case.acknowledge_by_link", world.mara.id) in lines_of
    world.tick()
    world.noor.phone.take("case_seen")


def test_the_page_shows_nothing_personal_and_lets_nothing_out(world: World, lines: Exchange) -> None:
    flagged(world, Tier.EMERGENCY)
    world.tick()
    path = link_to(lines, world.mara)
    for answer in (world.client.get(path), press(world, path), press(world, path)):
        assert not [word for word in PERSONAL if word.lower() in answer.text.lower()]
        assert "<script" not in answer.text
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "no-store" in answer.headers["cache-control"]
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert "set-cookie" not in answer.headers


def test_a_link_is_used_once(world: World, lines: Exchange) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    path = link_to(lines, world.mara)
    press(world, path)
    act(world, world.mara, case_id, "hand-over", to=str(world.sol.id))
    again = press(world, path)
    assert again.status_code == 410
    assert "was used before" in words(again)
    assert row(world, case_id).owner_id == world.sol.id


def test_a_colleague_was_quicker(world: World, lines: Exchange) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    path = link_to(lines, world.mara)
    act(world, world.sol, case_id, "acknowledge")
    for answer in (world.client.get(path), press(world, path)):
        assert answer.status_code == 409
        assert "A colleague has it already." in words(answer)
        assert "Sol" not in answer.text
    assert row(world, case_id).owner_id == world.sol.id


def test_a_link_that_is_over_or_none_at_all_changes_nothing(world: World, lines: Exchange) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    path = link_to(lines, world.mara)
    for wrong in (path[:-1], path + "A", "/a/" + "A" * 22, "/a/" + "A" * 4000, path.upper(), "/a/%00"):
        assert press(world, wrong).status_code in (404, 410)
    # The token of the call is of no use on the page, nor the page's in a call.
    (call,) = [each for each in lines.first.calls if each.to == NUMBERS["Mara"]]
    assert press(world, "/a/" + call.answer.rpartition("/")[2]).status_code == 410
    assert "over" in asked(
        world, lines, replace(call, answer=f"{ADDRESS}/api/voice/{path.rpartition('/')[2]}")
    )
    assert is_open(world, case_id)
    world.clock.advance(hours=24)
    assert press(world, path).status_code == 410
    assert is_open(world, case_id)


def test_a_link_of_calls_that_ended_does_not_take_the_next_ones(world: World, lines: Exchange) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    path = link_to(lines, world.mara)
    act(world, world.sol, case_id, "acknowledge")
    world.pass_time(hours=2, step_seconds=600)
    assert is_open(world, case_id), "no contact was recorded, and calling began anew"
    assert press(world, path).status_code == 410
    assert is_open(world, case_id)
    assert press(world, link_to(lines, world.sol)).status_code == 200
    assert row(world, case_id).owner_id == world.sol.id


def test_somebody_who_left_or_lost_sight_of_the_client_takes_nothing(world: World, lines: Exchange) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.pass_time(minutes=10)
    mara, ben = link_to(lines, world.mara), link_to(lines, world.ben)
    world.db.write_now(lambda tx: actions.staff_leaves(tx, world.mara.id))
    assert press(world, mara).status_code == 410
    team = {"role": "backup", "staff_id": str(world.sol.id)}
    world.clock.advance(seconds=1)
    assert world.sol.api.put(f"/clients/{world.noor.id}/care-team", team).status_code == 200
    refused = press(world, ben)
    assert refused.status_code == 403
    assert "cannot be taken by a link" in words(refused)
    assert row(world, case_id).owner_id is None


def test_guessing_is_slowed_down(world: World, lines: Exchange) -> None:
    statuses = [press(world, f"/a/{count:022d}").status_code for count in range(32)]
    assert statuses[:30] == [410] * 30
    assert statuses[30:] == [429, 429]


def test_forty_cases_are_taken_from_one_clinic_whatever_was_guessed_there(
    world: World, lines: Exchange
) -> None:
    for number in range(40):
        flagged(world, Tier.EMERGENCY, client=world.add_client(f"N{number}"))
    world.tick()
    texts = [words for to, words in lines.first.texts if to == NUMBERS["Mara"]]
    paths = [text.rpartition(ADDRESS)[2] for text in texts]
    assert len(set(paths)) == 40
    assert [press(world, path).status_code for path in paths[:32]] == [200] * 32
    guessed = [press(world, f"/a/{count:022d}").status_code for count in range(31)]
    assert guessed == [410] * 30 + [429]
    assert [press(world, path).status_code for path in paths[32:]] == [200] * 8
    owned = select(Case.owner_id).where(Case.state == CaseState.ACKNOWLEDGED)
    assert world.db.read_now(lambda tx: list(tx.session.scalars(owned))) == [world.mara.id] * 40
    assert [press(world, path).status_code for path in paths] == [410] * 40, "used, and known all the same"


def test_help_was_called_for_and_the_call_that_follows_has_its_link_as_long_as_any(
    world: World, lines: Exchange
) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.pass_time(minutes=4)
    agreed = row(world, case_id).policy
    spoil(world, case_id, dict.fromkeys(Tier, NO_RUNGS))
    world.pass_time(minutes=3)
    assert told(world, case_id) == ["opened", "called", "called", "rescued"]
    path = link_to(lines, world.sol)
    spoil(world, case_id, agreed)
    world.pass_time(minutes=6)
    assert called(world, case_id) == [["Mara"], ["Ben"], ["Sol"]]
    assert link_to(lines, world.sol) == path, "one number: the call that was due when help was called for"
    world.clock.advance(minutes=58)
    assert press(world, path).status_code == 200, "an hour after the first of the two"
    assert row(world, case_id).owner_id == world.sol.id


def test_only_hashes_of_links_are_kept(world: World, lines: Exchange) -> None:
    flagged(world, Tier.EMERGENCY)
    world.tick()
    token = link_to(lines, world.mara).rpartition("/")[2]
    kept = world.db.read_now(lambda tx: str(list(tx.connection.execute(select(CallLink.__table__)))))
    assert token not in kept


def test_the_mail_to_a_colleague_carries_the_same_link_and_the_one_to_the_client_none(
    world: World, lines: Exchange
) -> None:
    with SmtpServer("none", sign_in=False) as smtp:
        options = {"sender": "calls@riverside.example", "security": "none", "address": ADDRESS}
        channel = EmailChannel("127.0.0.1", smtp.port, **options)  # type: ignore[arg-type]  the constructor's own
        world.jobs.close()
        world.jobs = Jobs(
            world.db, {ChannelName.FCM: world.channel, ChannelName.EMAIL: channel, **lines.channels}
        )
        flagged(world, Tier.EMERGENCY)
        world.tick()
        bodies = [mail.message.get_content() for mail in smtp.mails]
        path = link_to(lines, world.mara)
        assert [body for body in bodies if f"Take it: {ADDRESS}{path}" in body] == bodies
        assert bodies
        assert press(world, path).status_code == 200


# by telephone


def ring(lines: Exchange, person: Person) -> Taken:
    return [call for call in lines.first.calls if call.to == NUMBERS[person.name]][-1]


def asked(world: World, lines: Exchange, call: Taken, path: str = "", **said: str) -> str:
    answer = ask(world, lines, call, path, **said)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/xml")
    assert not [word for word in PERSONAL if word.lower() in answer.text.lower()]
    return answer.text


def test_mara_hears_it_twice_and_presses_one(world: World, lines: Exchange) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    call = ring(lines, world.mara)
    said = asked(world, lines, call)
    assert said.count("This is Riverside. Someone needs an answer. Press 1 to say that you have it.") == 2
    assert f'action="{call.answer.removeprefix("https://handrail.example")}/pressed"' in said
    assert is_open(world, case_id)
    assert "You have it. Sign in to see who it is." in asked(world, lines, call, "/pressed", Digits="1")
    assert row(world, case_id).owner_id == world.mara.id
    assert "used before" in asked(world, lines, call, "/pressed", Digits="1")


def test_any_other_key_has_it_said_once_more_and_then_the_call_ends(world: World, lines: Exchange) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    call = ring(lines, world.mara)
    first = asked(world, lines, call)
    assert f"{call.answer.removeprefix('https://handrail.example')}/again</Redirect>" in first
    once_more = asked(world, lines, call, "/pressed", Digits="2")
    assert "/again/pressed" in once_more
    assert "Redirect" not in once_more
    last = asked(world, lines, call, "/again/pressed", Digits="*")
    assert "<Gather" not in last
    assert "<Hangup/>" in last
    assert is_open(world, case_id)
    assert "You have it" in asked(world, lines, call, "/again/pressed", Digits="1")


def test_a_machine_that_answers_takes_nothing(world: World, lines: Exchange) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    call = ring(lines, world.mara)
    assert "<Gather" not in asked(world, lines, call, AnsweredBy="machine_start")
    asked(world, lines, call, "/pressed", AnsweredBy="machine_end_beep", Digits="1")
    assert is_open(world, case_id)
    for who, offered in (("human", True), ("fax", False)):
        url = f"{call.answer}?AnsweredBy={who}"
        _, headers = lines.first.signs(url, [])
        answer = world.client.get(url.removeprefix(ADDRESS), headers=headers)
        assert ("<Gather" in answer.text) is offered


NOT_TAKEN = "You have not taken it: this call could not be verified. Sign in to take it."


def test_an_address_of_a_call_that_leaked_takes_no_case(
    world: World, lines: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    call = ring(lines, world.mara)
    path = call.answer.removeprefix(ADDRESS)
    one = {"Digits": "1"}
    for end in ("/pressed", "/again/pressed"):
        assert NOT_TAKEN in world.client.post(path + end, data=one).text
    for where in (call.answer, f"{call.answer}/pressed".replace("handrail.example", "elsewhere.example")):
        body, headers = lines.first.asks(call, where, one, world.clock.at)
        assert NOT_TAKEN in world.client.post(f"{path}/pressed", content=body, headers=headers).text
    body, headers = lines.first.asks(call, f"{call.answer}/pressed", {"Digits": "2"}, world.clock.at)
    changed = body.replace(b"Digits=2", b"Digits=1")
    for where, sent in (("", changed), ("?Digits=1", changed), ("", b"\xff" + changed)):
        answer = world.client.post(f"{path}/pressed{where}", content=sent, headers=headers).text
        assert NOT_TAKEN in answer or "<Gather" in answer
    assert is_open(world, case_id)
    told = [each.getMessage() for each in caplog.records if "signature" in each.getMessage()]
    assert len(told) >= 6
    assert "Press 1" in world.client.post(path).text, (
        "a call at night is not silenced by a key that was changed"
    )
    assert path.rpartition("/")[2] not in caplog.text
    assert "You have it" in asked(world, lines, call, "/pressed", Digits="1")


def test_the_provider_signs_the_address_with_its_port(world: World, lines: Exchange) -> None:
    flagged(world, Tier.EMERGENCY)
    world.tick()
    call = ring(lines, world.mara)
    spelled = call.answer.replace("handrail.example", "handrail.example:443")
    pressed = {"Digits": "1"}
    path = call.answer.removeprefix(ADDRESS) + "/pressed"
    told_to_the_web(world, lines, base_url=f"{ADDRESS}:8444")
    body, headers = lines.first.asks(call, f"{spelled}/pressed", pressed, world.clock.at)
    assert NOT_TAKEN in world.client.post(path, content=body, headers=headers).text
    told_to_the_web(world, lines)
    assert "You have it" in world.client.post(path, content=body, headers=headers).text
    told_to_the_web(world, lines, base_url=f"{ADDRESS}:8443")
    body, headers = lines.first.asks(call, f"{call.answer}/pressed", pressed, world.clock.at)
    assert "used before" in world.client.post(path, content=body, headers=headers).text


def test_the_second_provider_rings_and_its_questions_are_signed_by_the_minute(
    world: World, lines: Exchange
) -> None:
    lines.first.fail(Fault.BROKEN_500, times=100)
    case_id = flagged(world, Tier.EMERGENCY)
    world.tick()
    (call,) = [each for each in lines.second.calls if each.to == NUMBERS["Mara"]]
    assert "Press 1" in asked(world, lines, call)
    path = call.answer.removeprefix(ADDRESS) + "/pressed"
    body, headers = lines.second.asks(call, "", {"Digits": "1"}, world.clock.at)
    assert NOT_TAKEN in world.client.post(path, content=body + b"&Digits=1", headers=headers).text
    world.clock.advance(minutes=6)
    assert NOT_TAKEN in world.client.post(path, content=body, headers=headers).text
    assert is_open(world, case_id)
    told_to_the_web(world, lines, sms2_calls=False)
    assert NOT_TAKEN in ask(world, lines, call, "/pressed", Digits="1").text, "it makes no calls for us"
    told_to_the_web(world, lines)
    assert "You have it" in asked(world, lines, call, "/pressed", Digits="1")
    assert row(world, case_id).owner_id == world.mara.id
