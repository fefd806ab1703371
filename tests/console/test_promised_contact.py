"""Mara closes Noor's case and promises to ring on Friday: where it stands, until when, and what keeps it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from notifications.escalations.models import ContactAttempt
from notifications.escalations.tiers import Tier
from tests.checkins.told import count
from tests.console.desk import desk
from tests.console.test_caseload import lines, listed
from tests.escalations.telling import act, flagged, hush
from tests.world import World


def ends(world: World, days: int | None) -> UUID:
    """Mara takes a case of Noor's, reaches her and closes it, with the next contact in so many days."""
    case = flagged(world, Tier.ROUTINE)
    act(world, world.mara, case, "acknowledge")
    act(world, world.mara, case, "contacts", channel="phone", reached=True)
    world.clock.advance(minutes=1)
    body: dict[str, Any] = {"disposition": "wrong_tap", "reason": "She laughed about it."}
    if days is not None:
        day = (world.clock.at + timedelta(days=days)).date().isoformat()
        body |= {"disposition": "safe_with_plan", "next_contact_on": day}
    act(world, world.mara, case, "close", **body)
    world.clock.advance(minutes=1)
    hush(world)
    return case


def owed(world: World) -> str:
    """What the caseload says of Noor in the column of promised contacts."""
    return lines(desk(world, "Mara").get("/caseload").main)["Noor"][1]


def test_it_stands_on_the_caseload_and_on_noors_page_until_she_is_reached(world: World) -> None:
    assert owed(world) == "none"
    case = ends(world, 3)
    assert owed(world) == "Jan 16"
    page = desk(world, "Ben").get(f"/clients/{world.noor.id}")
    section = page.main.one("section", id="promise")
    assert section.one("h2").text == "Contact promised for Fri Jan 16, by Mara"
    assert listed(world, "Mara", "?show=contact-due") == set()
    world.clock.advance(days=3)
    assert owed(world) == "Jan 16 due"
    assert listed(world, "Mara", "?show=contact-due") == {"Noor"}
    mara, contact = desk(world, "Mara"), f"/clients/{world.noor.id}/contact"
    assert mara.post(contact, {"what": "phone_no_answer", "next_contact_on": ""}).status == 303
    assert owed(world) == "Jan 16 due"
    kept = mara.post(contact, {"what": "phone_reached", "contact_note": "She is well."})
    assert kept.to.endswith("?done=contact")
    shown = mara.get(kept.to)
    assert "The contact is written down." in shown.text
    assert not shown.main.all("section", id="promise")
    assert owed(world) == "none"
    assert "She is well." in mara.get(f"/cases/{case}").text
    again = mara.post(contact, {"what": "phone_reached"})
    assert (again.status, "No contact is promised any more" in again.text) == (409, True)
    assert count(world, ContactAttempt) == 3


def test_a_button_that_is_pressed_twice_writes_one_try_down(world: World) -> None:
    case = ends(world, 1)
    mara, contact = desk(world, "Mara"), f"/clients/{world.noor.id}/contact"
    for what in ("phone_no_answer", "phone_reached"):
        form = mara.get(f"/clients/{world.noor.id}").main.one("section", id="promise").one("form")
        sent = {
            "what": what,
            "attempt": form.one("input", name="attempt").attributes["value"],
            "contact_note": "Friday",
        }
        before = count(world, ContactAttempt)
        assert [mara.post(contact, sent).status for _ in range(2)] == [303, 303]
        assert count(world, ContactAttempt) == before + 1
        assert desk(world, "Ben").post(contact, sent).status == 409
    assert mara.get(f"/cases/{case}").text.count("Friday") == 2
    assert owed(world) == "none"


def test_another_day_may_be_named_and_a_word_that_fits_nothing_is_refused(world: World) -> None:
    ends(world, 1)
    ben, contact = desk(world, "Ben"), f"/clients/{world.noor.id}/contact"
    for wrong, field in (
        ({}, "what"),
        ({"what": "shouted"}, "what"),
        ({"next_contact_on": "2020-01-01"}, "next_contact_on"),
        ({"what": "phone_reached", "next_contact_on": "2026-01-20"}, "next_contact_on"),
    ):
        refused = ben.post(contact, wrong)
        assert (refused.status, len(refused.main.all("small", id=f"{field}-error"))) == (422, 1), wrong
    moved = ben.post(contact, {"what": "phone_no_answer", "next_contact_on": "2026-01-20"})
    assert moved.status == 303
    assert "Contact promised for Tue Jan 20, by Ben" in ben.get(f"/clients/{world.noor.id}").text
    assert desk(world, "Otto").post(contact, {"what": "phone_reached"}).status == 404
    assert desk(world, "Adi").post(contact, {"what": "phone_reached"}).status == 403


@pytest.mark.parametrize(("days", "expected"), [(None, "Jan 14 due"), (5, "Jan 19")])
def test_a_newer_case_takes_its_place_only_with_a_day_of_its_own(
    world: World, days: int | None, expected: str
) -> None:
    ends(world, 1)
    world.clock.advance(hours=12)
    ends(world, days)
    world.clock.advance(hours=12)
    assert owed(world) == expected


def test_whoever_reaches_her_on_the_day_has_kept_it_and_not_before(world: World) -> None:
    ends(world, 2)
    case = flagged(world, Tier.ROUTINE)
    act(world, world.mara, case, "acknowledge")
    act(world, world.mara, case, "contacts", channel="phone", reached=True)
    assert owed(world).startswith("Jan 15")
    world.clock.advance(days=2)
    act(world, world.mara, case, "contacts", channel="phone", reached=True)
    assert owed(world) == "none"
    hush(world)


def test_nothing_is_promised_to_somebody_who_left(world: World) -> None:
    ends(world, 2)
    left = {"reason": "finished", "understood": "true"}
    assert desk(world, "Mara").post(f"/clients/{world.noor.id}/discharge", left).status == 303
    page = desk(world, "Mara").get(f"/clients/{world.noor.id}")
    assert not page.main.all("section", id="promise")
