"""Practice: Sol holds a drill. Who is on duty is called on every channel, it says so, and no client hears of it."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from notifications.delivery.models import Message
from notifications.escalations.ladder import CaseState
from notifications.escalations.models import EventKind
from notifications.escalations.tiers import Tier
from server.console.drills.drills import took_words
from server.core.db import Tx
from server.watch.findings import Rule
from server.watch.look import Place, look
from tests.console.desk import desk
from tests.delivery.numbers import ask
from tests.escalations.telling import act, called, flagged, hush, ok, row, told
from tests.flows.drills import House, by_name, held, last, opened
from tests.flows.test_acknowledge_by_link import press, words
from tests.world import World


@pytest.fixture
def house(world: World) -> Iterator[House]:
    with opened(world) as made:
        yield made


def test_whoever_is_on_duty_is_called_on_every_channel_as_practice_and_nobody_else_hears_a_thing(
    world: World, house: House
) -> None:
    drill = held(world)
    assert (drill["practice"], [one["person"]["name"] for one in drill["people"]]) == (True, ["Mara"])
    world.tick()
    assert house.reached(world.mara) == {"push", "mail", "sms", "voice"}
    assert house.mail.mails[0].message["importance"] == "high", "it travels as a real call would"
    for person in (world.ben, world.sol, world.ida, world.adi, world.otto, world.noor):
        assert not house.reached(person), person.name
    push = world.mara.phone.take("drill_call").message
    assert (push["android"]["priority"], push["apns"]["headers"]["apns-priority"]) == ("high", "10")
    assert push["data"]["case_id"] == drill["id"]
    (call,) = house.exchange.first.calls
    said = ask(world, house.exchange, call).text
    assert (
        said.count("This is Riverside. It is a practice call: nobody needs help. Press 1 to answer it.") == 2
    )
    page = world.client.get(house.link(world.mara))
    assert "Practice: nobody needs help" in words(page)
    # Nothing of it is to be found where clients are.
    assert ok(world.noor.api.get("/me/case")) == {"case": None}
    assert ok(world.mara.api.get("/cases"))["cases"] == []
    assert world.sol.api.get(f"/cases/{drill['id']}").status_code == 404
    pressed = ask(world, house.exchange, call, "/pressed", Digits="1").text
    assert "You answered the practice call." in pressed
    assert last(world)["outcome"] == "answered"
    world.pass_time(minutes=30, step_seconds=300)
    assert house.reached(world.mara) == {"mail", "sms", "voice"}
    assert not any(house.reached(person) for person in (world.ben, world.sol, world.noor))


def test_mara_is_silent_ben_answers_by_the_link_and_both_times_are_kept(world: World, house: House) -> None:
    drill = held(world)
    world.pass_time(minutes=3)
    world.mara.phone.take("drill_call")
    world.ben.phone.take("drill_call")
    world.clock.advance(seconds=40)
    answer = press(world, house.link(world.ben))
    assert (answer.status_code, "You answered the practice call." in words(answer)) == (200, True)
    case = row(world, UUID(drill["id"]))
    assert (case.state, case.owner_id, case.next_call_at) == (CaseState.CLOSED, world.ben.id, None)
    found = by_name(last(world))
    assert [found[name]["took_seconds"] for name in ("Mara", "Ben")] == [None, 40]
    assert found["Ben"]["called_at"] == "2026-01-13T15:03:00Z"
    world.tick()
    world.mara.phone.take("drill_over")
    for person in (world.mara, world.ben):
        late = press(world, house.link(person))
        assert (late.status_code, "practice call, and it is over" in words(late)) == (410, True)
    paces = {one["person"]["name"]: one for one in ok(world.sol.api.get("/drills"))["people"]}
    assert [paces["Ben"][name] for name in ("called", "answered", "median_seconds")] == [1, 1, 40]
    assert [paces["Mara"][name] for name in ("called", "answered", "median_seconds")] == [1, 0, None]
    world.pass_time(minutes=30, step_seconds=300)
    assert called(world, case.id) == [["Mara"], ["Ben"]]
    assert not house.reached(world.sol)


def test_nobody_answers_so_it_ends_by_itself_and_supervisors_hear_of_it(world: World, house: House) -> None:
    drill = held(world, world.adi)
    case_id = UUID(drill["id"])
    for _ in range(9):
        world.pass_time(minutes=1, step_seconds=30)
        broken = _look(world)
        assert not broken, broken
        assert world.anybody().get("/health/escalations").status_code == 200
    assert called(world, case_id) == [["Mara"], ["Ben"], ["Sol"], ["Sol"]], (
        "the contact outside is never among them"
    )
    world.pass_time(minutes=1)
    ended = last(world)
    assert (ended["outcome"], ended["ended_at"]) == ("unanswered", drill["ends_at"])
    assert row(world, case_id).next_call_at is None
    assert world.mara.phone.take_all() == ["drill_call", "drill_over"]
    assert world.ben.phone.take_all() == ["drill_call", "drill_over"]
    assert world.sol.phone.take_all() == ["drill_call", "drill_call", "drill_unanswered"]
    page = desk(world, "Sol").get("/rota/drills")
    assert "On call: nobody answered" in page.text
    assert "Mara, Ben, Sol" in page.text
    assert not [mail for mail in house.mail.mails if "outside" in mail.recipients[0]]
    world.pass_time(hours=2, step_seconds=1200)
    assert told(world, case_id)[-1] == EventKind.CLOSED
    assert not world.noor.phone.waiting()


def _look(world: World) -> set[Rule]:
    """What the auditor finds, the jobs' beats aside: a test's worker notes them by another clock."""
    with world.db.engine.connect() as connection:
        found = look(connection, Place(), world.clock.at, timedelta(seconds=60))
    return {finding.rule for finding in found} - {Rule.JOBS, Rule.UNSEALED}


def test_a_real_case_at_the_same_time_is_called_first_and_goes_on_as_if_there_were_no_drill(
    world: World, house: House
) -> None:
    drill = held(world)
    case_id = flagged(world, Tier.EMERGENCY)

    def priorities(tx: Tx) -> dict[str, set[int]]:
        found = tx.session.execute(select(Message.kind, Message.priority))
        kinds: dict[str, set[int]] = {}
        for kind, priority in found:
            kinds.setdefault(kind, set()).add(priority)
        return kinds

    assert world.db.read_now(priorities) == {"drill_call": {2}, "case_call": {0}}
    world.tick()
    queue = desk(world, "Mara").get("/queue").text
    assert queue.index("Noor") < queue.index("Practice Nobody needs help: a drill of On call")
    ok(world.mara.api.post(f"/drills/{drill['id']}/answer"))
    assert row(world, case_id).state is CaseState.OPEN, "answering the drill takes no case"
    world.pass_time(minutes=3)
    assert called(world, case_id) == [["Mara"], ["Ben"]]
    act(world, world.ben, case_id, "acknowledge")
    hush(world)
    page = desk(world, "Sol").get("/supervision")
    emergency = next(
        each for each in page.main.all("tr") if each.all("th") and each.all("th")[0].text == "Emergency"
    )
    assert emergency.all("td")[0].text == "1", "the drill is in no figure"
    assert "Practice" not in page.text
    assert "No drill" not in desk(world, "Sol").get("/rota/drills").text
    for path in ("/caseload", f"/clients/{world.noor.id}", "/queue"):
        assert "Practice" not in desk(world, "Sol").get(path).text, path
    hush(world)


def test_times_are_told_to_the_second() -> None:
    assert [took_words(seconds) for seconds in (None, 0, 59, 60, 185)] == [
        "none",
        "0 s",
        "59 s",
        "1 min 0 s",
        "3 min 5 s",
    ]
