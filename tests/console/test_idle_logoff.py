"""Automatic logoff as the service keeps it: what counts as use, what does not, and what the page is told."""

from tests.console.account_desk import send_json
from tests.console.desk import desk
from tests.world import World

BACKGROUND = {"Handrail-Background": "1", "Sec-Fetch-Mode": "cors"}


def test_a_queue_that_nobody_looks_at_signs_mara_out(world: World) -> None:
    mara = desk(world, "Mara")
    for _ in range(5):
        world.clock.advance(minutes=5)
        assert mara.get("/queue/rows", **BACKGROUND).status == 200
        assert mara.get("/account/session", **BACKGROUND).status == 200
    left = mara.get("/account/session", **BACKGROUND).response.json()
    assert (left["seconds_left"], left["may_stay"], left["me"]) == (300, True, str(world.mara.id))
    world.clock.advance(minutes=5)
    over = mara.get("/account/session", **BACKGROUND)
    assert (over.status, over.response.json()["kind"]) == (401, "sign-in-needed")
    assert mara.get("/queue").to == "/sign-in?next=/queue"


def test_opening_a_page_counts_and_so_does_staying(world: World) -> None:
    mara = desk(world, "Mara")
    world.clock.advance(minutes=20)
    assert mara.get("/queue").status == 200
    assert mara.get("/account/session", **BACKGROUND).response.json()["seconds_left"] == 1800
    world.clock.advance(minutes=29)
    stayed = send_json(world, mara, "/account/session", {})
    assert (stayed.status_code, stayed.json()["seconds_left"]) == (200, 1800)
    world.clock.advance(minutes=29)
    assert mara.get("/queue").status == 200


def test_twelve_hours_are_the_end_however_busy_the_day(world: World) -> None:
    mara = desk(world, "Mara")
    for _ in range(47):
        world.clock.advance(minutes=15)
        assert mara.get("/account").status == 200
    world.clock.advance(minutes=10)
    left = send_json(world, mara, "/account/session", {}).json()
    assert (left["seconds_left"], left["may_stay"]) == (300, False)
    world.clock.advance(minutes=5)
    assert mara.get("/account").status == 303


def test_the_page_carries_what_the_logoff_needs_and_whose_it_is(world: World) -> None:
    body = desk(world, "Mara").get("/queue").page.one("body").attributes
    assert (body["data-idle-minutes"], body["data-me"]) == ("30", str(world.mara.id))
    assert "data-idle-minutes" not in desk(world, None).get("/sign-in").page.one("body").attributes
