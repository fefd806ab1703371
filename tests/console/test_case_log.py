"""What stands on the case page in words, and a try to reach Noor that Mara logs later."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.escalations.models import ContactAttempt
from notifications.escalations.tiers import Tier
from server.console.cases.case import readable
from server.console.cases.contact_form import instant
from server.core.errors import Invalid
from server.core.zones import zone
from tests.checkins.told import NOT_SAFE, answer, open_one
from tests.console.desk import Shown, desk
from tests.console.test_case import case_of, done, fields_wrong, timeline
from tests.escalations.telling import flagged, hush
from tests.world import World

ZONE = "America/New_York"


def local(at: datetime) -> str:
    """The instant as a browser's time field sends it, by the programme's clock."""
    return at.astimezone(zone("America/Chicago")).strftime("%Y-%m-%dT%H:%M")


def said_at(shown: Shown, field: str) -> str:
    """What is said at a field."""
    return shown.main.one("small", id=f"{field}-error").text


def shown_attempt(shown: Shown) -> str:
    """The id under which the page would log a try."""
    return shown.main.one("input", name="attempt").attributes["value"]


def test_mara_logs_in_the_evening_that_she_called_noor_in_the_morning(world: World) -> None:
    path, mara = case_of(world), desk(world, "Mara")
    opened = world.clock.at
    world.clock.advance(minutes=25)
    done(mara.post(f"{path}/take"), path, "taken")
    called = opened + timedelta(minutes=10)
    form = {"what": "phone_no_answer", "contact_note": "Her voice mail is full"}
    later = mara.post(f"{path}/contact", {**form, "tried_at": local(world.clock.at + timedelta(hours=2))})
    assert (later.status, fields_wrong(later)) == (422, ["tried_at"])
    assert said_at(later, "tried_at") == "This is later than now. Leave it empty for now."
    assert later.main.one("textarea", id="contact_note").text == "Her voice mail is full"
    early = mara.post(f"{path}/contact", {**form, "tried_at": local(opened - timedelta(hours=1))})
    assert said_at(early, "tried_at").startswith("This is before the case opened (")
    wrong = mara.post(f"{path}/contact", {**form, "tried_at": "this morning"})
    assert said_at(wrong, "tried_at") == "Choose a day and a time, or leave it empty for now."
    done(mara.post(f"{path}/contact", {**form, "tried_at": local(called)}), path, "tried")
    same_minute = {"what": "phone_no_answer", "tried_at": local(opened)}
    done(mara.post(f"{path}/contact", same_minute), path, "tried")
    done(mara.post(f"{path}/contact", {"what": "phone_reached"}), path, "reached")
    kept = world.db.read_now(
        lambda tx: [row.at for row in tx.session.query(ContactAttempt).order_by(ContactAttempt.at)]
    )
    assert kept == [opened, called.replace(second=0, microsecond=0), world.clock.at]
    lines = timeline(mara.get(path))
    assert "that was" not in lines[0]
    assert "Mara called Noor, no answer that was" in lines[2]
    assert desk(world, "Otto").post(f"{path}/contact", same_minute).status == 404
    hush(world)


def test_a_button_that_is_pressed_twice_logs_one_try(world: World) -> None:
    path, mara = case_of(world), desk(world, "Mara")
    form = {"what": "phone_no_answer", "contact_note": "Her voice mail is full"}
    attempt = shown_attempt(mara.get(path))
    for _ in range(2):
        done(mara.post(f"{path}/contact", {**form, "attempt": attempt}), path, "tried")
    following = shown_attempt(mara.get(path))
    assert following != attempt
    done(mara.post(f"{path}/contact", {**form, "attempt": following}), path, "tried")
    again = mara.post(f"{path}/contact", {**form, "attempt": attempt, "contact_note": "She rang back"})
    assert again.status == 409
    assert shown_attempt(again) not in (attempt, following), "so it can be pressed again"
    assert world.db.read_now(lambda tx: tx.session.query(ContactAttempt).count()) == 2
    hush(world)


def test_the_facts_say_what_the_rule_does_and_the_closed_cases_before(world: World) -> None:
    reply = answer(world.noor, open_one(world)["id"], world, NOT_SAFE)
    assert reply, "taken"
    first = f"/cases/{world.mara.api.get('/cases').json()['cases'][0]['id']}"
    mara = desk(world, "Mara")
    facts = mara.get(first).main.one("section", id="facts").text
    assert "Flags emergency when “Are you safe right now?” is answered" in facts
    assert "Earlier cases None." in facts
    done(mara.post(f"{first}/contact", {"what": "phone_reached"}), first, "reached")
    ending = {"disposition": "safe_with_plan", "next_contact_on": "2026-01-14"}
    done(mara.post(f"{first}/close", ending), first, "cosign")
    done(desk(world, "Sol").post(f"{first}/cosign", {"word": "agree"}), first, "cosigned")
    assert "Earlier cases None." in mara.get(first).main.one("section", id="facts").text, (
        "not this one itself"
    )
    second = f"/cases/{flagged(world, Tier.ROUTINE)}"
    earlier = mara.get(second).main.one("section", id="facts").one("ul", class_="plain")
    assert [link.attributes["href"] for link in earlier.all("a")] == [first]
    hush(world)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+15035550142", "(503) 555-0142"),
        ("(503) 555 0142 ext. 7", "(503) 555-0142 ext. 7"),
        ("+34 912 345 678", "+34 912 34 56 78"),
        ("+525512345678", "+52 55 1234 5678"),
        ("ask at the shop", "ask at the shop"),
        ("12345", "12345"),
        (None, None),
    ],
)
def test_a_number_reads_as_people_write_it(stored: str | None, shown: str | None) -> None:
    assert readable(stored) == shown


def test_an_hour_that_comes_twice_and_one_that_never_came() -> None:
    after = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    assert instant("2026-11-01T01:30", ZONE, after) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    between = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    assert instant("2026-11-01T01:30", ZONE, between) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    with pytest.raises(Invalid):
        instant("2026-03-08T02:30", ZONE, after)
    with pytest.raises(Invalid):
        instant("2026-03-08T02:30+02:00", ZONE, after)
