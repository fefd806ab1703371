"""Mara writes when Noor is asked: the preview tells the truth, also over a clock change, and nothing typed is lost."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from checkins.models import ScheduleRow, ScheduleState
from checkins.schedule import Frequency, Recurrence, SchedulePattern
from server.console.clients.schedule_words import elsewhere, in_words, preview, window_words
from tests.checkins.told import add_schedule, count, daily
from tests.console.desk import Shown, desk
from tests.world import World

TYPED = {
    "recurrence.frequency": "daily",
    "recurrence.times": ["09:00", "", ""],
    "recurrence.interval_weeks": "1",
    "recurrence.day_of_month": "1",
    "window_minutes": "120",
    "reminders": ["60", "", ""],
    "questionnaire_key": "default",
    "starts_on": "2026-10-30",
    "ends_on": "",
}


def pattern(at: str, on: date, **more: Any) -> SchedulePattern:
    """Every day at this time from this day on."""
    recurrence = Recurrence(frequency=Frequency.DAILY, times=(at,))
    return SchedulePattern(recurrence=recurrence, window_minutes=60, starts_on=on, **more)


def rows(shown: Shown) -> list[str]:
    """The preview, line by line."""
    return [row.text for row in shown.main.one("section", id="preview").all("tr")][1:]


def where(world: World, rest: str = "new") -> str:
    return f"/clients/{world.noor.id}/schedules/{rest}"


def test_a_preview_over_the_november_clock_change_stores_nothing(world: World) -> None:
    world.clock.set(datetime(2026, 10, 30, 15, tzinfo=UTC))
    mara = desk(world, "Mara")
    shown = mara.post(where(world, "new/preview"), {**TYPED, "recurrence.times": ["01:30"]})
    assert shown.status == 200
    assert rows(shown)[:4] == [
        "Sat Oct 31 01:30",
        "The clock shows 01:30 twice that night: it is asked the first time only.",
        "Sun Nov 1 01:30",
        "Clocks in America/Chicago go back 1 h on Nov 1.",
    ]
    assert len([row for row in rows(shown) if row.endswith("01:30")]) == 10
    assert count(world, ScheduleRow) == 0
    assert shown.main.one("input", id="recurrence.times[0]").attributes["value"] == "01:30"


def test_the_spring_night_and_a_reader_elsewhere() -> None:
    now = datetime(2026, 3, 7, 0, tzinfo=UTC)
    found = preview(pattern("02:30", date(2026, 3, 7)), "America/Chicago", "Europe/London", None, now)
    assert [f"{one.there:%d %H:%M}" for one in found[:3]] == ["07 02:30", "08 03:30", "09 02:30"]
    assert found[1].notes == (
        "Clocks in America/Chicago go forward 1 h on Mar 8.",
        "The clock skips 02:30 that night: it is asked at 03:30.",
    )
    assert f"{found[0].here:%H:%M}" == "08:30"
    later = preview(
        pattern("09:00", date(2026, 3, 27)),
        "America/Chicago",
        "Europe/London",
        None,
        datetime(2026, 3, 27, tzinfo=UTC),
    )
    assert [f"{one.here:%H:%M}" for one in later[:4]] == ["14:00", "14:00", "15:00", "15:00"]
    assert later[2].notes == ("Clocks in Europe/London go forward 1 h on Mar 29.",)


def test_a_schedule_is_read_out_in_words() -> None:
    weekly = Recurrence(
        frequency=Frequency.EVERY_N_WEEKS, times=("09:00", "18:00"), weekdays=(5, 1), interval_weeks=2
    )
    assert in_words(weekly) == "Monday and Friday, every 2 weeks, at 09:00 and 18:00"
    monthly = Recurrence(frequency=Frequency.MONTHLY, times=("09:00",), day_of_month=31)
    assert in_words(monthly) == "Every month on day 31 (the last day of a shorter month) at 09:00"
    assert window_words(120, (30, 60)) == "Open for 2 h, reminded after 30 min and 1 h"
    assert window_words(60, ()) == "Open for 1 h"


def test_times_are_told_on_both_clocks_where_these_differ(world: World) -> None:
    at = datetime(2026, 1, 13, 15, tzinfo=UTC)
    assert elsewhere(("08:30", "23:30"), "America/Denver", "America/Chicago", at) == (
        " in Denver (09:30 and 00:30 the day after here)"
    )
    assert elsewhere(("08:30",), "America/Mexico_City", "America/Chicago", at) == ""
    pat = world.add_client("Pat", zone="America/Denver")
    add_schedule(world, daily(world, "10:00"), pat)
    page = desk(world, "Mara").get(f"/clients/{pat.id}").text
    assert "Every day at 10:00 in Denver (11:00 here)" in page
    assert "next 10:00 in Denver (11:00 here)" in page


def test_a_refused_schedule_keeps_what_was_typed(world: World) -> None:
    mara = desk(world, "Mara")
    typed = {
        **TYPED,
        "recurrence.frequency": "every_n_weeks",
        "recurrence.weekdays": ["2", "4"],
        "recurrence.interval_weeks": "60",
        "recurrence.times": ["", "18:00", "", "09:15"],
        "reminders": ["240", ""],
    }
    refused = mara.post(where(world), typed)
    assert refused.status == 422
    page = refused.main
    assert page.one("input", id="kind-every_n_weeks").attributes.get("checked") == ""
    assert {day for day in range(1, 8) if "checked" in page.one("input", id=f"day-{day}").attributes} == {
        2,
        4,
    }
    times = [field.attributes["value"] for field in page.all("input", name="recurrence.times")]
    assert times[:2] == ["18:00", "09:15"]
    assert "1 to 52 weeks" in page.one("small", id="recurrence.interval_weeks-error").text
    assert "before its window closes" in page.one("small", id="reminders[0]-error").text
    assert "Put right what is marked" in page.one("section", id="preview").text
    assert mara.post(where(world), {**typed, "recurrence.interval_weeks": "many"}).status == 422
    assert mara.post(where(world), {}).status == 422
    assert count(world, ScheduleRow) == 0


def test_mara_makes_changes_pauses_resumes_and_removes(world: World) -> None:
    mara = desk(world, "Mara")
    typed = {**TYPED, "recurrence.times": ["10:00"], "starts_on": world.clock.at.date().isoformat()}
    made = mara.post(where(world), typed)
    assert made.to == f"/clients/{world.noor.id}?done=schedule"
    one = world.mara.api.get(f"/clients/{world.noor.id}/schedules").json()["schedules"][0]
    path = where(world, one["id"])
    shown = mara.get(path)
    version = shown.main.one("input", name="version").attributes["value"]
    changed = mara.post(path, {**typed, "recurrence.times": ["11:00"], "version": version})
    assert changed.status == 303
    clash = mara.post(path, {**typed, "recurrence.times": ["12:00"], "version": version})
    assert clash.status == 412
    assert "They saved: Every day at 11:00." in clash.text
    assert clash.main.one("input", id="recurrence.times[0]").attributes["value"] == "12:00"
    late = mara.post(f"{path}/pause", {"until": "2020-01-01T09:00", "reason": "in hospital"})
    assert late.status == 422
    assert late.main.one("input", id="reason").attributes["value"] == "in hospital"
    until = (world.clock.at.date().replace(day=28)).isoformat()
    assert mara.post(f"{path}/pause", {"until": f"{until}T09:00", "reason": "in hospital"}).status == 303
    assert "It rests now" in mara.get(path).text
    assert "in hospital" in mara.get(path).text
    assert mara.post(f"{path}/resume").to == f"/clients/{world.noor.id}?done=resumed"
    assert mara.post(f"{path}/remove").to == f"/clients/{world.noor.id}?done=removed"
    state = select(ScheduleRow.state)
    assert world.db.read_now(lambda tx: tx.session.scalars(state).one()) is ScheduleState.ENDED
    assert mara.get(path).status == 404


def test_who_may_open_the_editor(world: World) -> None:
    one = add_schedule(world, daily(world))
    for path in (where(world), where(world, one["id"])):
        assert desk(world, "Otto").get(path).status == 404
        assert desk(world, "Adi").get(path).status == 403
        assert desk(world, "Otto").post(path, TYPED).status == 404
    assert desk(world, "Otto").post(where(world, "new/preview"), TYPED).status == 404
    pat = world.add_client("Pat")
    assert desk(world, "Mara").get(f"/clients/{pat.id}/schedules/{one['id']}").status == 404
