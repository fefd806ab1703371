"""One person on both rungs: said to whoever offers or accepts, and to all who look at the days ahead."""

from datetime import date

import msgspec
import pytest

from notifications.escalations.oncall.models import OverrideRow
from tests.console.desk import desk
from tests.console.test_rota import stored
from tests.escalations.oncall import chicago, enter, nights_and_days
from tests.world import World

WORDS = "Thu Mar 5, 08:00–20:00: Ida on both rungs"


@pytest.fixture
def duty(world: World) -> World:
    """Mara is on by day, Ben by night, Ida behind both; it is Wednesday, ten in the morning."""
    world.clock.set(chicago(date(2026, 3, 4), 10))
    rota = nights_and_days(world, world.mara, world.ben, world.ida)
    enter(world, msgspec.structs.replace(rota, min_rest_hours=8))
    return world


def test_mara_and_ida_are_asked_whether_they_know_and_sol_sees_it(duty: World) -> None:
    mara, ida, sol = desk(duty, "Mara"), desk(duty, "Ida"), desk(duty, "Sol")
    choices = mara.get("/rota/offers").main.one("select", id="duty").all("option")
    thursday = next(
        each.attributes["value"] for each in choices if "20260305T1400" in each.attributes["value"]
    )
    given = {"duty": thursday, "to": str(duty.ida.id)}
    asked = mara.post("/rota/offers", given)
    assert asked.status == 422
    assert WORDS in asked.text
    assert asked.main.one("input", name="despite_both_rungs")
    assert not asked.main.all("input", name="despite_rest")
    assert mara.post("/rota/offers", {**given, "despite_both_rungs": "true"}).status == 303
    waiting = ida.get("/rota/offers")
    assert f"Nobody would stand behind them: {WORDS}." in waiting.text
    (accept,) = [form for form in waiting.main.all("form") if form.attributes["action"].endswith("/accept")]
    path = accept.attributes["action"]
    assert ida.post(path, {}).status == 422
    assert not stored(duty, OverrideRow)
    assert ida.post(path, {"despite_both_rungs": "true"}).to == "/rota/offers?done=accepted"
    assert WORDS in sol.get("/rota").main.one("section", aria_labelledby="both").text
    assert WORDS in sol.get("/supervision/reach").text
    duty.tick()
    duty.ida.phone.take("duty_offered")
    duty.mara.phone.take("duty_answered")


def test_sol_who_enters_a_stand_in_sees_it_on_the_page_that_follows(duty: World) -> None:
    sol = desk(duty, "Sol")
    assert not sol.get("/rota").main.all("section", aria_labelledby="both")
    given = {"layer": "primary", "from_at": "2026-03-05T08:00", "to_at": "2026-03-05T20:00"}
    done = sol.post("/rota/override", {**given, "person_in": str(duty.ida.id)})
    assert WORDS in sol.get(done.to or "").main.one("section", aria_labelledby="both").text
