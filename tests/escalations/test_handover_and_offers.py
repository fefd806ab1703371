"""Duty changes hands: a note for who comes on, and a turn that counts only once the colleague has accepted it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from notifications.escalations.oncall import acts, findings
from notifications.escalations.oncall.calendars import calendar_of
from notifications.escalations.oncall.models import DutyOffer, HandoverNote, OverrideRow
from notifications.escalations.rotas.duty import on_duty
from notifications.escalations.rotas.rota import Absence, Layer
from server.core.db import Tx
from server.people.terms import Role
from tests.escalations.oncall import as_person, chicago, enter, first_team, nights_and_days
from tests.escalations.telling import ok
from tests.world import Person, World

WEDNESDAY, THURSDAY, FRIDAY = date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 6)
SECRET = "Zq7 his brother stays with him until nine"


@pytest.fixture
def duty(world: World) -> World:
    """Mara is on by day, Ben by night, Ida behind them; it is Wednesday, nine in the morning."""
    world.clock.set(chicago(WEDNESDAY, 9))
    rested = msgspec.structs.replace(
        nights_and_days(world, world.mara, world.ben, world.ida), min_rest_hours=8
    )
    enter(world, rested)
    return world


def team(world: World) -> UUID:
    return first_team(world)


def handover(world: World, person: Person, status: int = 200) -> Any:
    return ok(person.api.get(f"/teams/{team(world)}/handover"), status)


def on_first_rung(world: World, at: datetime) -> UUID | None:
    def look(tx: Tx) -> UUID | None:
        return on_duty(calendar_of(tx, world.programme_id, None), Layer.PRIMARY, at).person

    return world.db.read_now(look)


def turn(day: date, start: int, end_day: date, end: int) -> dict[str, str]:
    return {
        "layer": "primary",
        "from_at": chicago(day, start).isoformat(),
        "to_at": chicago(end_day, end).isoformat(),
    }


KNOWING = {"despite_rest": True, "despite_both_rungs": True}
"""Ida stands behind everybody: whatever she takes puts her on both rungs."""

MARAS, BENS = turn(FRIDAY, 8, FRIDAY, 20), turn(THURSDAY, 20, FRIDAY, 8)


def offer(world: World, by: Person, to: Person, status: int = 201, **more: Any) -> Any:
    body = {"to": str(to.id), "duty": MARAS, **more}
    return ok(by.api.post(f"/teams/{team(world)}/offers", body), status)


def reply(world: World, who: Person, offer_id: str, status: int = 200, **answer: Any) -> Any:
    return ok(who.api.post(f"/teams/{team(world)}/offers/{offer_id}/answer", answer), status)


def test_mara_leaves_a_note_and_ben_says_that_he_has_read_it(duty: World) -> None:
    path = f"/teams/{team(duty)}/handover"
    duty.clock.set(chicago(WEDNESDAY, 19, 50))
    left = ok(duty.mara.api.post(f"{path}/notes", {"note": SECRET}), 201)
    assert [(each["author"]["name"], each["note"], each["seen"]) for each in left["notes"]] == [
        ("Mara", SECRET, [])
    ]
    assert handover(duty, duty.ben)["unread"], "ten minutes before his turn he reads it already"
    duty.clock.set(chicago(WEDNESDAY, 20, 5))
    found = handover(duty, duty.ben)
    assert found["last"]["person"]["name"] == "Mara"
    assert [each["person"]["name"] for each in found["on_now"]] == ["Ben", "Ida"]
    assert (found["may_see"], found["unread"], found["may_write"]) == (True, True, True)
    assert ok(duty.ben.api.post(f"{path}/seen"))["unread"] is False
    seen = handover(duty, duty.mara)["notes"][0]["seen"]
    assert [(each["by"]["name"], each["at"]) for each in seen] == [("Ben", "2026-03-05T02:05:00Z")]
    duty.clock.advance(minutes=5)
    ok(duty.mara.api.post(f"{path}/notes", {"note": "One thing more"}), 201)
    assert handover(duty, duty.ben)["unread"], "what was added afterwards is not read yet"
    duty.clock.set(chicago(THURSDAY, 8, 1))
    assert ok(duty.mara.api.post(f"{path}/notes", {"note": "She has come on again"}), 201)
    duty.nothing_unexpected()


def test_a_note_is_sealed_and_opens_to_nobody_who_takes_no_turns(duty: World) -> None:
    path = f"/teams/{team(duty)}/handover"
    ok(duty.mara.api.post(f"{path}/notes", {"note": SECRET}), 201)
    kept = duty.db.read_now(lambda tx: tx.session.scalars(select(HandoverNote.note)).one())
    assert b"brother" not in kept
    cleo = duty.staff("Cleo", Role.CASE_MANAGER, duty.programme_id)
    for person, status in ((cleo, 404), (duty.otto, 404), (duty.adi, 403), (duty.sol, 200)):
        assert person.api.get(path).status_code == status, person.name
        if status != 200:
            assert person.api.post(f"{path}/notes", {"note": "x"}).status_code == status
            assert person.api.post(f"{path}/seen").status_code == status
    assert duty.sol.api.post(f"{path}/notes", {"note": "x"}).status_code == 409, "Sol was not on duty"
    assert duty.sol.api.post(f"{path}/seen").status_code == 409
    assert duty.ben.api.post(f"{path}/seen").status_code == 409, "Ben comes on at eight in the evening"
    assert duty.mara.api.post(f"{path}/notes", {"note": "  "}).status_code == 422


def test_an_offer_counts_only_once_it_is_accepted(duty: World) -> None:
    offered = offer(duty, duty.mara, duty.ida, **KNOWING)["offers"][0]
    assert (offered["state"], offered["short_rests"]) == ("open", [])
    duty.tick()
    notice = duty.ida.phone.take("duty_offered").message["notification"]
    assert notice["body"] == "A colleague offers you a turn of duty. Open Riverside to take it or not."
    noon = chicago(FRIDAY, 12)
    assert on_first_rung(duty, noon) == duty.mara.id
    assert offer(duty, duty.mara, duty.ben, 409)["detail"].startswith("You have offered this duty already")
    reply(duty, duty.ben, offered["id"], 403, accept=True)
    settled = reply(duty, duty.ida, offered["id"], accept=True, **KNOWING)["offers"][0]
    assert settled["state"] == "accepted"
    assert on_first_rung(duty, noon) == duty.ida.id
    assert on_first_rung(duty, chicago(THURSDAY, 12)) == duty.mara.id
    duty.tick()
    duty.mara.phone.take("duty_answered")
    reply(duty, duty.ida, offered["id"], 409, accept=False)
    assert duty.mara.api.delete(f"/teams/{team(duty)}/offers/{offered['id']}").status_code == 409
    duty.nothing_unexpected()


def test_declined_or_taken_back_the_duty_stays_where_it_was(duty: World) -> None:
    first = offer(duty, duty.mara, duty.ida, **KNOWING)["offers"][0]
    assert reply(duty, duty.ida, first["id"], accept=False)["offers"][0]["state"] == "declined"
    second = offer(duty, duty.mara, duty.ida, **KNOWING)["offers"][0]
    path = f"/teams/{team(duty)}/offers/{second['id']}"
    assert duty.ida.api.delete(path).status_code == 403
    assert duty.mara.api.delete(path).status_code == 204
    reply(duty, duty.ida, second["id"], 409, accept=True)
    assert on_first_rung(duty, chicago(FRIDAY, 12)) == duty.mara.id
    assert duty.db.read_now(lambda tx: list(tx.session.scalars(select(OverrideRow)))) == []
    duty.tick()
    assert duty.ida.phone.take_all() == ["duty_offered", "duty_offered"]
    duty.mara.phone.take("duty_answered")


def test_in_return_each_takes_the_others_turn(duty: World) -> None:
    swapped = offer(duty, duty.mara, duty.ben, back=BENS, despite_rest=True)["offers"][0]
    reply(duty, duty.ben, swapped["id"], accept=True, despite_rest=True)
    assert on_first_rung(duty, chicago(FRIDAY, 12)) == duty.ben.id
    assert on_first_rung(duty, chicago(FRIDAY, 2)) == duty.mara.id
    duty.tick()
    duty.ben.phone.take("duty_offered")
    duty.mara.phone.take("duty_answered")


def test_too_little_rest_is_said_to_both_and_goes_on_when_they_know(duty: World) -> None:
    refused = offer(duty, duty.mara, duty.ben, 422)["errors"][0]
    assert refused["path"] == "despite_rest"
    assert "Ben has one duty right after another at 08:00 on Fri Mar 6" in refused["message"]
    made = offer(duty, duty.mara, duty.ben, despite_rest=True)["offers"][0]
    assert made["short_rests"][0].startswith("Ben has one duty right after another")
    again = reply(duty, duty.ben, made["id"], 422, accept=True)["errors"][0]
    assert again["path"] == "despite_rest"
    reply(duty, duty.ben, made["id"], accept=True, despite_rest=True)
    assert on_first_rung(duty, chicago(FRIDAY, 12)) == duty.ben.id
    duty.tick()
    duty.ben.phone.take("duty_offered")
    duty.mara.phone.take("duty_answered")


def test_one_person_on_both_rungs_is_said_to_both_and_goes_on_when_they_know(duty: World) -> None:
    words = "Fri Mar 6, 08:00–20:00: Ida on both rungs"
    (refused,) = offer(duty, duty.mara, duty.ida, 422, despite_rest=True)["errors"]
    assert refused["path"] == "despite_both_rungs"
    assert words in refused["message"]
    made = offer(duty, duty.mara, duty.ida, despite_both_rungs=True)["offers"][0]
    assert (made["short_rests"], made["both_rungs"]) == ([], [words])
    (again,) = reply(duty, duty.ida, made["id"], 422, accept=True, despite_rest=True)["errors"]
    assert again["path"] == "despite_both_rungs"
    reply(duty, duty.ida, made["id"], accept=True, despite_both_rungs=True)
    assert on_first_rung(duty, chicago(FRIDAY, 12)) == duty.ida.id
    assert ok(duty.sol.api.get(f"/teams/{team(duty)}/preview"))["both_rungs"] == [words]
    (found,) = as_person(duty, duty.sol, findings.holes_ahead)
    assert [(one.person, one.from_at) for one in found.both_rungs] == [(duty.ida.id, chicago(FRIDAY, 8))]
    duty.tick()
    duty.ida.phone.take("duty_offered")
    duty.mara.phone.take("duty_answered")


def test_sol_hears_what_a_stand_in_or_a_swap_makes_worse(duty: World) -> None:
    path = f"/teams/{team(duty)}"
    stand_in = {**MARAS, "person_in": str(duty.ida.id)}
    made = ok(duty.sol.api.post(f"{path}/overrides", stand_in), 201)
    assert made["made_worse"] == ["Fri Mar 6, 08:00–20:00: Ida on both rungs"]
    assert ok(duty.sol.api.get(f"{path}/overrides"))["made_worse"] == []
    again = ok(duty.sol.api.post(f"{path}/overrides", stand_in), 201)
    assert again["made_worse"] == [], "what is so already is not told again"
    behind = turn(THURSDAY, 8, THURSDAY, 20)
    swap = {
        "one": {**BENS, "person_in": str(duty.ida.id), "person_out": str(duty.ben.id)},
        "other": {
            **behind,
            "layer": "backup",
            "person_in": str(duty.ben.id),
            "person_out": str(duty.ida.id),
        },
    }
    swapped = ok(duty.sol.api.post(f"{path}/swaps", swap), 201)["made_worse"]
    assert "Thu Mar 5, 20:00 to Fri Mar 6, 08:00: Ida on both rungs" in swapped
    assert "Ben has one duty right after another at 08:00 on Thu Mar 5" in swapped
    assert not any("nobody on" in each for each in swapped)


def test_a_hole_that_came_meanwhile_refuses_the_acceptance(duty: World) -> None:
    made = offer(duty, duty.mara, duty.ida, **KNOWING)["offers"][0]
    away = Absence(person=duty.ida.id, from_at=chicago(FRIDAY, 0), to_at=chicago(FRIDAY, 12), backup=None)
    as_person(duty, duty.ida, lambda tx: acts.add_absence(tx, away))
    refused = reply(duty, duty.ida, made["id"], 422, accept=True, **KNOWING)["errors"][0]
    assert refused["path"] == "duty"
    assert "Fri Mar 6, 08:00–12:00: nobody on the first rung" in refused["message"]
    assert offer(duty, duty.ben, duty.ida, 422, duty=BENS)["errors"]
    assert on_first_rung(duty, chicago(FRIDAY, 10)) == duty.mara.id
    duty.tick()
    duty.ida.phone.take("duty_offered")


def test_what_is_not_ones_own_or_has_begun_cannot_be_offered(duty: World) -> None:
    good = {"to": str(duty.ida.id), "duty": MARAS, **KNOWING}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"duty": BENS}, "duty"),
        ({"duty": turn(FRIDAY, 8, FRIDAY, 21)}, "duty"),
        ({"duty": turn(WEDNESDAY, 8, WEDNESDAY, 20)}, "duty"),
        ({"back": turn(FRIDAY, 8, FRIDAY, 20)}, "back"),
        ({"to": str(duty.otto.id)}, "duty.person_in"),
        ({"to": str(duty.mara.id)}, "to"),
    ]
    for more, path in cases:
        refused = ok(duty.mara.api.post(f"/teams/{team(duty)}/offers", {**good, **more}), 422)
        assert [each["path"] for each in refused["errors"]] == [path], (more, refused)
    for person, status in ((duty.adi, 403), (duty.otto, 404)):
        assert person.api.post(f"/teams/{team(duty)}/offers", good).status_code == status
    duty.nothing_unexpected()


def test_an_offer_lapses_when_the_duty_begins(duty: World) -> None:
    made = offer(duty, duty.mara, duty.ida, **KNOWING)["offers"][0]
    duty.clock.set(chicago(FRIDAY, 8))
    assert ok(duty.mara.api.get(f"/teams/{team(duty)}/offers"))["offers"][0]["lapsed"]
    refused = reply(duty, duty.ida, made["id"], 409, accept=True, **KNOWING)
    assert refused["detail"].startswith("This duty has begun")
    assert on_first_rung(duty, chicago(FRIDAY, 12)) == duty.mara.id
    state = duty.db.read_now(lambda tx: tx.session.scalars(select(DutyOffer.state)).one())
    assert state == "open", "nobody answered, and it says so"


def test_a_team_is_renamed_by_version_and_names_stay_apart(duty: World) -> None:
    first = ok(duty.sol.api.get("/teams"))["teams"][0]
    ok(duty.sol.api.post("/teams", {"name": "North side"}), 201)
    path, tag = f"/teams/{first['id']}", {"If-Match": f'"{first["version"]}"'}
    assert duty.sol.api.put(path, {"name": "North side"}, headers=tag).status_code == 422
    assert duty.mara.api.put(path, {"name": "South side"}, headers=tag).status_code == 403
    named = duty.sol.api.put(path, {"name": "South side"}, headers=tag)
    assert (ok(named)["name"], named.headers["etag"]) == ("South side", '"2"')
    assert duty.adi.api.put(path, {"name": "Elsewhere"}, headers=tag).status_code == 412
    assert duty.otto.api.put(path, {"name": "Elsewhere"}, headers=tag).status_code == 404
