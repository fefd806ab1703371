"""The queue at Mara's desk: who sees it, what stands in it, and one tap to take a case."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from server.core.audit import AuditRow
from tests.console.desk import BROWSER, desk
from tests.escalations.telling import hush
from tests.world import World


def help_asked(world: World) -> None:
    """Noor presses "I need someone", and Mara's phone rings."""
    answer = world.noor.api.put(
        "/me/help/0192c0de-0000-7000-8000-00000000f001", {"note": "It is bad tonight"}
    )
    assert answer.status_code == 200, answer.text
    world.tick()
    world.mara.phone.take("case_call")


def test_mara_takes_a_case_from_the_queue_in_one_tap(world: World) -> None:
    mara = desk(world, "Mara")
    empty = mara.get("/queue").text
    for words in ("No open cases.", "No check-in is planned.", "The team is"):
        assert words in empty
    daily = {"recurrence": {"frequency": "daily", "times": ["18:00"]}, "window_minutes": 60}
    body = {**daily, "starts_on": world.clock.at.date().isoformat()}
    assert world.mara.api.post(f"/clients/{world.noor.id}/schedules", body).status_code == 201
    assert "The next check-in is due" in mara.get("/queue").text
    help_asked(world)
    row = mara.get("/queue").main.one("ol").one("li")
    for words in (
        "Noor",
        "Urgent",
        "It is bad tonight",
        "Asked for someone",
        "30 min left to take",
        "Nobody has it yet",
        "Client wrote: “It is bad tonight”",
    ):
        assert words in row.text
    form = row.one("form")
    taken = mara.post(form.attributes["action"])
    assert (taken.status, taken.to) == (
        303,
        f"{form.attributes['action'].replace('/queue/', '/cases/')[:-5]}?done=taken",
    )
    case = world.mara.api.get("/cases").json()["cases"][0]
    assert case["owner"]["name"] == "Mara"
    world.tick()
    world.noor.phone.take("case_seen")
    tried = {"what": "sms_no_answer"}
    assert mara.post(f"/cases/{case['id']}/contact", tried).status == 303
    again = desk(world, "Ben").get("/queue").main.one("ol").one("li")
    assert "last try: Mara by text, no answer · Mara has it" in again.text
    assert "· You have it" in mara.get("/queue").main.one("ol").one("li").text
    assert not again.all("form", method="post")


def test_the_case_with_the_least_time_left_stands_on_top(world: World) -> None:
    pat = world.add_client("Pat")
    help_asked(world)
    world.clock.set(world.clock.at + timedelta(minutes=5))
    body = {"tier": "emergency", "note": "Her sister called: she is on the bridge"}
    assert world.mara.api.post(f"/clients/{pat.id}/cases", body).status_code == 201
    rows = desk(world, "Sol").get("/queue").main.one("ol").all("li")
    assert [row.one("h2").text for row in rows] == ["Pat", "Noor"]
    world.tick()
    assert set(world.mara.phone.take_all()) == {"case_call"}


LISTED = ("case.words.list", "case.list")


def looks(world: World, what: tuple[str, ...] = LISTED) -> list[tuple[UUID | None, UUID | None]]:
    """Who looked at whom in this way, in order."""
    query = select(AuditRow.actor_id, AuditRow.client_id).where(AuditRow.what.in_(what))
    return world.db.read_now(
        lambda tx: [(row[0], row[1]) for row in tx.session.execute(query.order_by(AuditRow.number))]
    )


def test_a_queue_that_stands_open_is_one_look_for_a_quarter_of_an_hour(world: World) -> None:
    mara, ben, noor = world.mara.id, world.ben.id, world.noor.id
    pat = world.add_client("Pat")
    help_asked(world)
    at_mara, at_ben = desk(world, "Mara"), desk(world, "Ben")
    at_mara.get("/queue")
    for minutes in (1, 5, 8):
        world.clock.advance(minutes=minutes)
        at_mara.get("/queue/rows", **{"handrail-background": "1"})
    assert looks(world) == [(mara, noor)]
    at_ben.get("/queue")
    assert looks(world) == [(mara, noor), (ben, noor)], "another person's look is another look"
    body = {"tier": "urgent", "note": "Her sister called"}
    assert world.ben.api.post(f"/clients/{pat.id}/cases", body).status_code == 201
    at_mara.get("/queue/rows")
    assert looks(world)[2:] == [(mara, pat.id)], "a client who was not in it yet"
    world.clock.advance(minutes=2)
    at_mara.get("/queue")
    assert looks(world)[3:] == [(mara, noor)], (
        "Pat's look goes on, Noor's began again after a quarter of an hour"
    )
    told = [view["what"] for view in world.noor.api.get("/me/access-log").json()["views"]]
    assert told == ["Saw your name and what you told us, in a list"] * 2
    assert looks(world, ("case.list",)) == [(mara, pat.id)], "Pat told nothing: her name alone was seen"
    hush(world)


def test_who_may_open_the_queue(world: World) -> None:
    help_asked(world)
    assert "No open cases." in desk(world, "Otto").get("/queue").text
    refused = desk(world, "Adi").get("/queue")
    assert refused.status == 403
    assert "Your role does not include this" in refused.text
    stranger = desk(world, None).get("/queue")
    assert (stranger.status, stranger.to) == (303, "/sign-in?next=/queue")


def test_a_form_from_another_site_is_refused_and_a_link_is_followed(world: World) -> None:
    mara = desk(world, "Mara")
    assert mara.get("/queue", **{"Sec-Fetch-Site": "cross-site"}).status == 200
    assert mara.get("/queue/rows", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}).status == 403
    forged = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
    assert mara.post("/sign-out", **forged).status == 403
    assert BROWSER["Sec-Fetch-Site"] == "same-origin"
    assert mara.get("/queue").status == 200


def test_the_rail_says_where_one_is(world: World) -> None:
    mara = desk(world, "Mara")
    for path, place in (
        ("/queue", "Queue"),
        (f"/clients/{world.noor.id}", "Caseload"),
        ("/plans", "Plans due"),
    ):
        rail = mara.get(path).page.one("nav", aria_label="Pages")
        assert [link.text for link in rail.all("a", aria_current="page")] == [place]
