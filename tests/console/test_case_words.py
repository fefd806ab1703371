"""What the queue and the case page say at 3 a.m.: the client's words first, and nothing that is not so."""

from typing import Any

import pytest
from sqlalchemy import update

from notifications.delivery.models import Message, MessageState, ServedChannel
from notifications.escalations.tiers import Tier
from server.console.cases.welfare_pack import listed
from server.core.db import Tx
from server.people.caller import AGAIN
from tests.checkins.told import NOT_SAFE, answer, open_one
from tests.console.desk import Desk, Element, desk
from tests.console.test_case import case_of, done, fields_wrong, send, timeline
from tests.crisisplans.test_line_table import COUNTY
from tests.crisisplans.test_line_table import send as send_lines
from tests.crisisplans.test_lines import file_of
from tests.escalations.telling import flagged, hush
from tests.world import World

HELP = "/me/help/0192c0de-0000-7000-8000-00000000f00"


def row(who: Desk) -> Element:
    """The only case of the queue."""
    return who.get("/queue").main.one("ol").one("li")


def test_noors_own_words_come_first_in_the_queue_and_on_the_page(world: World) -> None:
    told = {**NOT_SAFE, "anything_else": "The pills are\non the table"}
    assert answer(world.noor, open_one(world)["id"], world, told)
    mara = desk(world, "Mara")
    shown = row(mara)
    assert shown.one("p", class_="own").text == "Client wrote: “The pills are on the table”"
    assert shown.text.index("The pills are") < shown.text.index("Flagged answer: “Are you safe right now?”")
    path = f"/cases/{shown.attributes['data-case']}"
    facts = mara.get(path).main.one("section", id="facts")
    assert facts.one("p", class_="own").text.startswith("Client wrote: “The pills are")
    assert facts.text.index("Client wrote") < facts.text.index("“Are you safe right now?”")
    hush(world)


def test_every_trigger_since_it_opened_is_in_the_row_the_newest_first(world: World) -> None:
    path = case_of(world)
    mara = desk(world, "Mara")
    assert "new" not in row(mara).one("div", class_="why").text
    for number in range(4):
        world.clock.advance(minutes=5)
        if number < 3:
            flagged(world, Tier.ROUTINE)
        else:
            assert world.noor.api.put(f"{HELP}1", {"note": "Please somebody"}).status_code == 200
    world.clock.advance(minutes=2)
    why = row(mara).one("div", class_="why")
    lines = [each.text for each in why.all("p")]
    assert lines[:2] == ["Client wrote: “Please somebody”", "Asked for someone 2 min ago"]
    assert lines[2:5] == [
        "Flagged answer 7 min ago : I cannot do this",
        "Flagged answer 12 min ago : I cannot do this",
        "and 2 more",
    ]
    assert "Opened 22 min ago · new 2 min ago" in lines[5]
    assert path.endswith(row(mara).attributes["data-case"])
    hush(world)


def test_the_row_says_who_had_it_and_what_is_late(world: World) -> None:
    path = case_of(world)
    world.clock.advance(minutes=31)
    mara, ben = desk(world, "Mara"), desk(world, "Ben")
    assert "Late by 1 min: nobody has taken it" in row(mara).text
    done(send(mara, path, "take"), path, "taken")
    assert "You have it" in row(mara).text
    done(send(mara, path, "raise", tier="emergency", raise_note="He has the pills"), path, "raised")
    assert "Raised. A supervisor is being called, was yours" in row(mara).text
    assert "Raised. A supervisor is being called, was Mara's" in row(ben).text
    state = ben.get(path).main.one("section", id="state").text
    assert "was Mara's" in state
    assert "since" not in state
    assert [line.split(" ", 1)[1] for line in timeline(ben.get(path)) if "raised it" in line] == [
        "Mara raised it to emergency"
    ]
    done(send(mara, path, "contact", what="phone_reached"), path, "reached")
    assert "Reached. Not closed yet." in row(mara).text
    hush(world)


def test_a_case_that_lapsed_is_nobodys_and_says_whom_the_service_calls_next(world: World) -> None:
    path, mara = case_of(world), desk(world, "Mara")
    done(send(mara, path, "take"), path, "taken")
    world.pass_time(hours=3, step_seconds=600)
    state = desk(world, "Ben").get(path).main.one("section", id="state").text
    assert "Nobody has it now, was Mara's" in state
    assert "Next call " in state
    assert ": Sol." in state
    hush(world)


def test_what_is_only_printed_is_never_called_sent(world: World) -> None:
    path = case_of(world)

    def printed(tx: Tx) -> None:
        tx.session.add(ServedChannel(channel="console", served_at=tx.now))
        sent = {"state": MessageState.SENT, "sent_at": tx.now, "channel": "email"}
        tx.session.execute(update(Message).values(**sent))

    world.db.write_now(printed)
    line = timeline(desk(world, "Mara").get(path))
    assert any("Mara by e-mail, printed in the service's own log, sent to nobody" in each for each in line)
    hush(world)


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        (
            {"disposition": "safe_with_plan", "next_contact_on": "2026-01-14"},
            "disposition",
            "First log that you reached",
        ),
        ({"disposition": "wrong_tap"}, "reason", "Write why there was nothing to answer."),
        (
            {"disposition": "known_baseline", "reason": "As ever"},
            "next_contact_on",
            "Choose the day of the next contact.",
        ),
    ],
)
def test_what_keeps_a_case_from_closing_stands_at_its_field(
    world: World, sent: dict[str, Any], field: str, words: str
) -> None:
    path = case_of(world)
    refused = send(desk(world, "Mara"), path, "close", **sent)
    assert refused.status == 422
    assert field in fields_wrong(refused)
    assert words in refused.main.one("small", id=f"{field}-error").text
    hush(world)


def test_without_script_the_queue_reloads_itself_and_that_keeps_nobody_signed_in(world: World) -> None:
    mara = desk(world, "Mara")
    page = mara.get("/queue").page
    assert page.one("head").one("noscript").one("meta").attributes == {
        "http-equiv": "refresh",
        "content": f"60; url=/queue?{AGAIN}=1",
    }
    assert "This page reloads itself each minute." in page.text
    seen: list[int] = []
    for _ in range(4):
        world.clock.advance(minutes=10)
        seen.append(mara.get(f"/queue?{AGAIN}=1").status)
    assert (seen[0], seen[-1]) == (200, 303), "nobody used it for half an hour"


def test_the_pack_tells_noors_own_acts_apart_from_what_staff_wrote(world: World) -> None:
    assert answer(
        world.noor, open_one(world)["id"], world, {**NOT_SAFE, "anything_else": "I have them here."}
    )
    case = world.mara.api.get("/cases").json()["cases"][0]
    path = f"/cases/{case['id']}/welfare-pack"
    world.clock.advance(hours=2)
    body = {"tier": "emergency", "note": "Her brother called us"}
    assert world.ben.api.post(f"/clients/{world.noor.id}/cases", body).status_code == 201
    dispatch = {
        **COUNTY,
        "key": "dispatch",
        "kind": "emergency",
        "number": "(503) 555-0177",
        "area": "Elm County",
    }
    assert send_lines(
        world.adi, file_of({**dispatch, "press": "", "sms_keywords": ""}), dry_run="false"
    ).json()["applied"]
    mara = desk(world, "Mara")
    assert mara.post(path, {"reason": "No answer since ten"}).to == path
    sheet = mara.get(path)
    told = section(sheet.main, "What they last told us")
    assert "Client wrote: “I have them here.”" in told
    assert told.index("“Are you safe right now?”") < told.index(
        "What staff and the service wrote Her brother called us"
    )
    script = section(sheet.main, "What to say")
    assert "We last heard from them at 10:00 ." in script, "a staff raise is no sign of life"
    assert "Elm County: (503) 555-0177" in script
    assert "Call the dispatch of the client's area above, or ask at once to be transferred" in script
    assert "As of " in sheet.text
    assert "12:00 (America/Chicago)" in sheet.text
    hush(world)


def section(main: Element, title: str) -> str:
    """The section under this heading."""
    (found,) = (each for each in main.all("section") if [h.text for h in each.all("h2")] == [title])
    return found.text


def test_a_list_is_joined_without_a_full_stop_before_the_semicolon() -> None:
    assert (
        listed(["A letter with a notice.", "The bank's ", "Rain"])
        == "A letter with a notice; The bank's; Rain"
    )
