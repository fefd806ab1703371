"""Schedules as staff make them: what is refused, what an edit touches, pauses, travel, and who may."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from checkins import jobs
from checkins.models import Occurrence
from tests.checkins.told import CALM, add_schedule, answer, count, daily, open_one, states
from tests.world import World


def paths(response: Any) -> list[str]:
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return [error["path"] for error in response.json()["errors"]]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"window_minutes": 1500}, "window_minutes"),
    ({"window_minutes": 10**18}, "window_minutes"),
    ({"recurrence": {"frequency": "daily", "times": ["25:00"]}}, "recurrence.times[0]"),
    (
        {"recurrence": {"frequency": "weekdays", "times": ["09:00"], "weekdays": [8]}},
        "recurrence.weekdays[0]",
    ),
    ({"reminders": [500]}, "reminders[0]"),
    ({"ends_on": "2020-02-01"}, "ends_on"),
    ({"questionnaire_key": "nobody-wrote-this"}, "questionnaire_key"),
    ({"rrule": "FREQ=SECONDLY"}, "rrule"),
]


def test_a_schedule_that_cannot_be_kept_is_refused_with_its_field(world: World) -> None:
    for change, path in REFUSED:
        body = {**daily(world), **change}
        assert path in paths(world.mara.api.post(f"/clients/{world.noor.id}/schedules", body))
    assert count(world, Occurrence) == 0


def test_the_next_check_in_waits_as_exactly_one_row(world: World) -> None:
    made = add_schedule(world, daily(world, "10:00", "20:00"))
    assert made["next_due_at"] == "2026-01-13T16:00:00Z"  # 10:00 in Chicago
    assert states(world) == ["scheduled"]
    assert world.noor.api.get("/me/checkins").json()["next"] == {"due_at": "2026-01-13T16:00:00Z"}


def test_two_people_edit_and_the_second_is_told(world: World) -> None:
    made = add_schedule(world, daily(world))
    path = f"/clients/{world.noor.id}/schedules/{made['id']}"
    assert world.mara.api.put(path, daily(world, "11:00")).status_code == 428
    first = world.mara.api.put(path, daily(world, "11:00"), headers={"If-Match": '"1"'})
    assert first.json()["next_due_at"] == "2026-01-13T17:00:00Z"
    second = world.ida.api.put(path, daily(world, "12:00"), headers={"If-Match": '"1"'})
    assert second.status_code == 412
    assert world.ida.api.get(path).json()["recurrence"]["times"] == ["11:00"]
    assert states(world) == ["scheduled"]


def test_an_edit_leaves_the_open_check_in_and_finished_work_alone(world: World) -> None:
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    (schedule,) = world.mara.api.get(f"/clients/{world.noor.id}/schedules").json()["schedules"]
    path = f"/clients/{world.noor.id}/schedules/{schedule['id']}"
    edited = world.mara.api.put(
        path, daily(world, "10:00", "10:30", window_minutes=30), headers={"If-Match": '"1"'}
    )
    assert edited.json()["next_due_at"] == "2026-01-13T16:30:00Z"
    mine = world.noor.api.get("/me/checkins").json()
    assert [(one["id"], one["closes_at"]) for one in mine["open"]] == [(checkin["id"], checkin["closes_at"])]


def test_noor_goes_to_hospital_and_nothing_is_asked_until_she_is_back(world: World) -> None:
    checkin = open_one(world)
    world.noor.phone.take("checkin_open")
    (schedule,) = world.mara.api.get(f"/clients/{world.noor.id}/schedules").json()["schedules"]
    path = f"/clients/{world.noor.id}/schedules/{schedule['id']}"
    until = (world.clock.at + timedelta(days=3)).isoformat()
    paused = world.mara.api.post(f"{path}/pause", {"until": until, "reason": "in hospital"}).json()
    assert (paused["state"], paused["pause_reason"], paused["next_due_at"]) == ("paused", "in hospital", None)
    assert states(world) == ["excused"]
    world.pass_time(days=2, step_seconds=6 * 3600)
    assert states(world) == ["excused"]

    world.pass_time(days=1, step_seconds=3600)

    assert world.mara.api.get(path).json()["state"] == "active"
    # The check-ins of the pause are written down; the one that fell due when it ended is asked.
    assert states(world) == ["excused", "excused", "excused", "open", "scheduled"]
    world.noor.phone.take("checkin_open")
    # The one that was open at the pause may still be answered, and then it was no silence.
    assert answer(world.noor, checkin["id"], world, CALM)["tier"] is None


def test_a_pause_ended_early_asks_from_now_on(world: World) -> None:
    made = add_schedule(world, daily(world, "10:00", "20:00"))
    path = f"/clients/{world.noor.id}/schedules/{made['id']}"
    until = (world.clock.at + timedelta(days=9)).isoformat()
    world.mara.api.post(f"{path}/pause", {"until": until, "reason": "travel"})
    world.clock.advance(hours=5)
    assert world.mara.api.post(f"{path}/resume").json()["next_due_at"] == "2026-01-14T02:00:00Z"
    assert states(world) == ["excused", "scheduled"]
    assert world.mara.api.post(f"{path}/resume").json()["next_due_at"] == "2026-01-14T02:00:00Z"


def test_a_pause_needs_an_end_that_can_be(world: World) -> None:
    made = add_schedule(world, daily(world))
    path = f"/clients/{world.noor.id}/schedules/{made['id']}/pause"
    for until in ["2026-01-13T09:00:00", "2019-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "soon", 5]:
        assert paths(world.mara.api.post(path, {"until": until, "reason": "travel"})) == ["until"]
    assert states(world) == ["scheduled"]


def test_noor_travels_and_is_asked_by_the_clock_there_never_twice(world: World) -> None:
    open_one(world)  # 10:00 in Chicago, asked
    world.noor.phone.take("checkin_open")
    client = world.mara.api.get(f"/clients/{world.noor.id}").json()
    edit = {key: client[key] for key in ("name", "language", "risk_level")} | {"zone": "America/Los_Angeles"}
    moved = world.mara.api.put(
        f"/clients/{world.noor.id}", edit, headers={"If-Match": f'"{client["version"]}"'}
    )
    assert moved.status_code == 200
    assert jobs.replan_moved(world.db) == 1
    assert jobs.replan_moved(world.db) == 0
    # 10:00 in Los Angeles is still to come today, but 10:00 today has been asked.
    assert world.noor.api.get("/me/checkins").json()["next"] == {"due_at": "2026-01-14T18:00:00Z"}
    world.pass_time(hours=3, step_seconds=1800)
    assert states(world) == ["missed", "scheduled"]


def test_the_phone_itself_finds_that_the_zone_has_changed(world: World) -> None:
    add_schedule(world, daily(world, "20:00"))
    client = world.mara.api.get(f"/clients/{world.noor.id}").json()
    edit = {key: client[key] for key in ("name", "language", "risk_level")} | {"zone": "Asia/Tokyo"}
    world.mara.api.put(f"/clients/{world.noor.id}", edit, headers={"If-Match": f'"{client["version"]}"'})
    assert world.noor.api.get("/me/checkins").json()["next"] == {"due_at": "2026-01-14T11:00:00Z"}
    assert states(world) == ["scheduled"]


def test_a_schedule_taken_away_asks_no_more_and_is_gone(world: World) -> None:
    made = add_schedule(world, daily(world))
    path = f"/clients/{world.noor.id}/schedules/{made['id']}"
    assert world.mara.api.delete(path).status_code == 204
    assert world.mara.api.get(path).status_code == 404
    assert world.mara.api.delete(path).status_code == 404
    assert world.mara.api.get(f"/clients/{world.noor.id}/schedules").json() == {"schedules": []}
    world.pass_time(days=2, step_seconds=6 * 3600)
    assert states(world) == []


def test_a_schedule_that_is_over_stays_readable_and_silent(world: World) -> None:
    made = add_schedule(world, daily(world, ends_on="2026-01-13"))
    world.pass_time(days=2, step_seconds=3600)
    world.noor.phone.take("checkin_open")
    assert states(world) == ["missed"]
    path = f"/clients/{world.noor.id}/schedules/{made['id']}"
    assert world.mara.api.get(path).json()["next_due_at"] is None


def test_otto_of_another_programme_sees_nothing_and_adi_may_not(world: World) -> None:
    made = add_schedule(world, daily(world))
    base = f"/clients/{world.noor.id}/schedules"
    body = {"until": (world.clock.at + timedelta(days=1)).isoformat(), "reason": "x"}
    assert world.otto.api.get(base).status_code == 404
    assert world.otto.api.get(f"{base}/{made['id']}").status_code == 404
    assert world.otto.api.post(base, daily(world)).status_code == 404
    assert (
        world.otto.api.put(f"{base}/{made['id']}", daily(world), headers={"If-Match": '"1"'}).status_code
        == 404
    )
    assert world.otto.api.post(f"{base}/{made['id']}/pause", body).status_code == 404
    assert world.otto.api.delete(f"{base}/{made['id']}").status_code == 404
    assert world.adi.api.get(base).status_code == 403
    assert world.noor.api.get(base).status_code == 403


def test_a_schedule_is_reached_through_its_own_client_only(world: World) -> None:
    made = add_schedule(world, daily(world))
    other = world.add_client("Lee")
    assert world.mara.api.get(f"/clients/{other.id}/schedules/{made['id']}").status_code == 404
    assert world.mara.api.delete(f"/clients/{other.id}/schedules/{made['id']}").status_code == 404
    assert world.db.read_now(lambda tx: tx.session.query(Occurrence).count()) == 1
    assert UUID(made["id"])


def test_there_is_an_end_to_how_many_schedules_one_client_has(world: World) -> None:
    for _ in range(10):
        add_schedule(world, daily(world))
    assert world.mara.api.post(f"/clients/{world.noor.id}/schedules", daily(world)).status_code == 409
