"""Entering a calendar of duty: who may, what is refused and where, and that nothing is half-taken."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, select

from notifications.escalations.oncall import acts, importing
from notifications.escalations.oncall.calendars import calendar_for, calendar_of
from notifications.escalations.oncall.importing import Sent
from notifications.escalations.oncall.models import OverrideRow, RotaRow
from notifications.escalations.rotas.duty import on_duty
from notifications.escalations.rotas.rota import Layer, Override
from server.core.audit import AuditRow
from server.core.db import Tx
from tests.console.desk import desk
from tests.escalations.oncall import CHICAGO, as_person, chicago, enter, first_team, nights_and_days
from tests.escalations.telling import hush, ok
from tests.world import Person, World

WEDNESDAY = date(2026, 3, 4)


def plain(rota: Any) -> dict[str, Any]:
    return msgspec.to_builtins(rota)


def rows(world: World, table: type[Any]) -> int:
    return world.db.read_now(
        lambda tx: tx.session.scalar(select(func.count()).where(table.withdrawn_at.is_(None))) or 0
    )


def on_call(world: World, layer: Layer, at: Any) -> UUID | None:
    team = first_team(world)

    def look(tx: Tx) -> UUID | None:
        return on_duty(calendar_of(tx, world.programme_id, team), layer, at).person

    return world.db.read_now(look)


def test_a_rota_is_stored_edited_by_version_and_taken_back(world: World) -> None:
    rota = nights_and_days(world, world.mara, world.ben, world.ida)
    team = ok(world.sol.api.get("/teams"))["teams"][0]["id"]
    made = ok(world.sol.api.post(f"/teams/{team}/rotas", plain(rota)), 201)
    path = f"/teams/{team}/rotas/{made['id']}"
    twice = world.sol.api.post(f"/teams/{team}/rotas", plain(rota))
    assert [each["path"] for each in twice.json()["errors"]] == ["starts_on"]
    assert world.sol.api.put(path, plain(rota)).status_code == 428
    changed = plain(msgspec.structs.replace(rota, min_rest_hours=8))
    put = world.sol.api.put(path, changed, headers={"If-Match": '"1"'})
    assert (put.status_code, put.headers["etag"]) == (200, '"2"')
    assert world.adi.api.put(path, plain(rota), headers={"If-Match": '"1"'}).status_code == 412
    assert ok(world.mara.api.get(f"/teams/{team}/rotas"))["rotas"][0]["rota"]["min_rest_hours"] == 8
    assert world.adi.api.post(f"{path}/withdraw", {"version": 1}).status_code == 412
    assert ok(world.adi.api.post(f"{path}/withdraw", {"version": 2})) == {"rotas": []}
    whats = select(AuditRow.what).where(AuditRow.what.like("rota.%")).order_by(AuditRow.number)
    found = world.db.read_now(lambda tx: list(tx.session.scalars(whats)))
    assert found == ["rota.store", "rota.store", "rota.withdraw"]


def test_each_problem_of_a_rota_is_named_and_nothing_is_stored(world: World) -> None:
    team = first_team(world)
    rota = plain(nights_and_days(world, world.mara, world.ben, world.ida))
    rota["zone"] = "Chicago"
    rota["starts_on"] = "2026-03-03"
    rota["primary"][0]["person"] = str(world.otto.id)
    rota["primary"][1]["weekday"] = 9
    rota["backup"][1]["start"] = "07:00:00"
    refused = world.sol.api.post(f"/teams/{team}/rotas", rota)
    paths = {each["path"] for each in refused.json()["errors"]}
    assert refused.status_code == 422
    assert {"zone", "starts_on", "primary.0.person", "primary.1.weekday", "backup.1"} <= paths
    assert rows(world, RotaRow) == 0


def test_who_may_do_what(world: World) -> None:
    team = first_team(world)
    rota = plain(nights_and_days(world, world.mara, world.ben, world.ida))
    for person in (world.mara, world.ida):
        assert world.anybody().get("/teams").status_code == 401
        assert person.api.post(f"/teams/{team}/rotas", rota).status_code == 403
        assert person.api.get(f"/teams/{team}/preview").status_code == 200
    assert world.noor.api.get("/teams").status_code == 403
    for path in ("rotas", "overrides", "preview", "calendar.ics"):
        assert world.otto.api.get(f"/teams/{team}/{path}").status_code == 404, path
    assert world.otto.api.post(f"/teams/{team}/rotas", rota).status_code == 404
    gone = away(world.mara, world.ben)
    assert world.ben.api.post("/absences", gone).status_code == 403, "only one's own"
    entered = ok(world.mara.api.post("/absences", gone), 201)["absences"][0]
    assert world.ben.api.delete(f"/absences/{entered['id']}").status_code == 403
    assert world.otto.api.delete(f"/absences/{entered['id']}").status_code == 404
    ok(world.sol.api.delete(f"/absences/{entered['id']}"), 204)
    assert world.mara.api.delete(f"/absences/{entered['id']}").status_code == 409
    assert world.sol.api.post("/absences", away(world.mara, world.otto)).status_code == 422


def away(person: Person, backup: Person | None) -> dict[str, Any]:
    return {
        "person": str(person.id),
        "from_at": "2026-03-09T06:00:00Z",
        "to_at": "2026-03-12T06:00:00Z",
        "backup": str(backup.id) if backup else None,
    }


def test_an_override_that_makes_no_sense_is_refused_at_its_field(world: World) -> None:
    enter(world, nights_and_days(world, world.mara, world.ben, world.ida))
    team = first_team(world)
    start, end = chicago(WEDNESDAY, 8).isoformat(), chicago(WEDNESDAY, 20).isoformat()
    good = {"layer": "primary", "from_at": start, "to_at": end, "person_in": str(world.sol.id)}
    wrong: dict[str, dict[str, Any]] = {
        "to_at": {"to_at": start},
        "from_at": {"from_at": "2026-03-04T08:00:00"},
        "person_in": {"person_in": str(world.otto.id)},
        "person_out": {"person_out": str(uuid4())},
        "layer": {"layer": "third"},
    }
    world.clock.set(chicago(WEDNESDAY, 7))
    for path, change in wrong.items():
        refused = world.sol.api.post(f"/teams/{team}/overrides", {**good, **change})
        assert refused.status_code == 422, refused.text
        assert path in [each["path"] for each in refused.json()["errors"]], path
    mirrored = {
        "one": {**good, "person_out": str(world.ben.id)},
        "other": {**good, "person_out": str(world.sol.id)},
    }
    mirrored["other"]["person_in"] = str(world.ben.id)
    refused = world.sol.api.post(f"/teams/{team}/swaps", mirrored)
    assert [each["path"] for each in refused.json()["errors"]] == ["one.person_out"], "Ben has the night"
    naive = {**mirrored, "one": {**mirrored["one"], "from_at": "2026-03-04T08:00:00"}}
    assert world.sol.api.post(f"/teams/{team}/swaps", naive).status_code == 422
    assert rows(world, OverrideRow) == 0
    entered = ok(world.sol.api.post(f"/teams/{team}/overrides", good), 201)["overrides"][0]
    assert on_call(world, Layer.PRIMARY, chicago(WEDNESDAY, 12)) == world.sol.id
    ok(world.sol.api.delete(f"/teams/{team}/overrides/{entered['id']}"), 204)
    assert on_call(world, Layer.PRIMARY, chicago(WEDNESDAY, 12)) == world.mara.id


def test_a_file_is_tried_then_taken_whole_and_the_calendar_is_what_it_was(world: World) -> None:
    rota = nights_and_days(world, world.mara, world.ben, world.ida)
    enter(world, rota)
    team = first_team(world)
    instead = Override(
        layer=Layer.PRIMARY,
        from_at=chicago(date(2026, 3, 6), 8),
        to_at=chicago(date(2026, 3, 6), 20),
        person_in=world.sol.id,
    )
    as_person(world, world.sol, lambda tx: acts.add_override(tx, team, instead))
    moments = [world.clock.at.replace(minute=5) + timedelta(hours=3 * count) for count in range(120)]
    before = [on_call(world, layer, at) for layer in Layer for at in moments]
    file = as_person(world, world.sol, lambda tx: importing.written(tx, team, pattern=True))
    sent = Sent(data=file)
    dry = as_person(world, world.sol, lambda tx: importing.dry_run(tx, team, sent))
    assert (rows(world, RotaRow), rows(world, OverrideRow)) == (1, 1), "a dry run changes nothing"
    as_person(world, world.sol, lambda tx: importing.apply(tx, team, sent, dry.mark))
    assert [on_call(world, layer, at) for layer in Layer for at in moments] == before
    stale = ok_or_problem(world, team, file, dry.mark)
    assert stale == 409, "the calendar is another one by now"


def ok_or_problem(world: World, team: UUID, file: bytes, mark: str) -> int:
    body = {"file": file.decode(), "mark": mark}
    return world.sol.api.post(f"/teams/{team}/import", body).status_code


def test_a_file_with_one_bad_line_is_refused_whole_naming_the_line(world: World) -> None:
    team = first_team(world)
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//elsewhere//EN"),
        *("BEGIN:VEVENT", "UID:1", "SUMMARY:Mara (primary)", "DTSTART:20260309T140000Z"),
        *("DTEND:20260309T220000Z", "END:VEVENT"),
        *("BEGIN:VEVENT", "UID:2", "SUMMARY:Mallory (primary)", "DTSTART:20260310T140000Z"),
        *("DTEND:20260310T220000Z", "END:VEVENT", "END:VCALENDAR", ""),
    ]
    refused = world.sol.api.post(f"/teams/{team}/import", {"file": "\r\n".join(lines)})
    assert refused.status_code == 422
    assert [each["path"] for each in refused.json()["errors"]] == ["line 12"], refused.text
    assert (rows(world, RotaRow), rows(world, OverrideRow)) == (0, 0)
    good = "\r\n".join(line.replace("Mallory", "Ben") for line in lines)
    tried = ok(world.sol.api.post(f"/teams/{team}/import", {"file": good}))
    assert (tried["applied"], tried["overrides"]) == (False, 2)
    folded = good.replace("END:VCALENDAR", "X-NOTE:" + "\r\n ".join(["x" * 70] * 3000) + "\r\nEND:VCALENDAR")
    assert len(folded) > 200_000
    assert ok(world.sol.api.post(f"/teams/{team}/import", {"file": folded}))["rotas"] == tried["rotas"]
    over = world.sol.api.post(f"/teams/{team}/import", {"file": "x" * (1024 * 1024 + 1)})
    assert over.status_code == 422, "a file of the console's size, and no larger"
    taken = ok(world.sol.api.post(f"/teams/{team}/import", {"file": good, "mark": tried["mark"]}))
    assert taken["applied"]
    assert rows(world, OverrideRow) == 2


def test_another_team_calls_its_own_people_for_its_clients(world: World) -> None:
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    teams = ok(world.adi.api.post("/teams", {"name": "North side"}), 201)["teams"]
    assert [(each["name"], each["first"]) for each in teams] == [("On call", True), ("North side", False)]
    assert world.adi.api.post("/teams", {"name": "North side"}).status_code == 422
    north = teams[1]["id"]
    ok(world.sol.api.put(f"/clients/{world.noor.id}/team", {"team_id": north}), 204)
    assert world.sol.api.put(f"/clients/{world.noor.id}/team", {"team_id": str(uuid4())}).status_code == 404
    rota = nights_and_days(world, world.ida, world.ida, None)
    as_person(world, world.sol, lambda tx: acts.store_rota(tx, UUID(north), rota))
    calendar = world.db.read_now(lambda tx: calendar_for(tx, world.programme_id, world.noor.id))
    assert {shift.person for shift in calendar.rotas[0].primary} == {world.ida.id}
    hush(world)


def test_the_calendar_as_a_file_names_colleagues_and_no_client(world: World) -> None:
    enter(world, nights_and_days(world, world.mara, world.ben, None))
    file = world.mara.api.get(f"/teams/{first_team(world)}/calendar.ics")
    assert file.headers["content-type"].startswith("text/calendar")
    assert "Mara (primary)" in file.text
    assert "Noor" not in file.text


def test_the_reply_to_a_rota_and_to_an_absence_names_what_they_leave_open(world: World) -> None:
    world.clock.set(chicago(date(2026, 3, 4), 9))
    team = first_team(world)
    whole = nights_and_days(world, world.mara, world.ben, None)
    sol, mara = world.sol.api, world.mara.api
    assert ok(sol.post(f"/teams/{team}/rotas", msgspec.to_builtins(whole)), 201)["holes"] == []
    no_sunday = msgspec.structs.replace(
        whole,
        starts_on=date(2026, 4, 6),
        primary=tuple(one for one in whole.primary if one.weekday != 7),
    )
    later = ok(sol.post(f"/teams/{team}/rotas", msgspec.to_builtins(no_sunday)), 201)
    sundays = [
        "Sun Apr 12, 08:00 to Mon Apr 13, 08:00: nobody on the first rung",
        "Sun Apr 19, 08:00 to Mon Apr 20, 08:00: nobody on the first rung",
    ]
    assert later["holes"] == [sundays[0], "Sun Apr 19, 08:00–24:00: nobody on the first rung"]
    preview = ok(sol.get(f"/teams/{team}/preview", params={"days": 60}))["holes"]
    assert preview[:2] == sundays, "in the same words"
    again = msgspec.structs.replace(whole, starts_on=date(2026, 4, 6))
    path, version = f"/teams/{team}/rotas/{later['id']}", {"If-Match": '"1"'}
    assert ok(sol.put(path, msgspec.to_builtins(again), headers=version))["holes"] == []
    crisis = as_person(world, world.sol, lambda tx: acts.add_team(tx, "Crisis").id)
    as_person(
        world,
        world.sol,
        lambda tx: acts.store_rota(tx, crisis, nights_and_days(world, world.ida, world.mara, None)),
    )
    away = {
        "person": str(world.mara.id),
        "from_at": chicago(date(2026, 3, 20), 12).isoformat(),
        "to_at": chicago(date(2026, 3, 21), 0).isoformat(),
        "backup": None,
    }
    entered = ok(mara.post("/absences", away), 201)
    assert entered["holes"] == [
        "On call: Fri Mar 20, 12:00–20:00: nobody on the first rung",
        "Crisis: Fri Mar 20, 20:00–24:00: nobody on the first rung",
    ]
    assert ok(mara.get("/absences"))["holes"] == []
    stood_in_for = {**away, "person": str(world.ben.id), "backup": str(world.ida.id)}
    assert ok(sol.post("/absences", stood_in_for), 201)["holes"] == []


def test_who_is_on_in_which_order_at_any_instant_and_who_is_next(world: World) -> None:
    world.clock.set(chicago(WEDNESDAY, 9))
    team = first_team(world)
    mara, path = world.mara.api, f"/teams/{team}/on-call"
    nobody = ok(mara.get(path))
    assert (nobody["order"], nobody["covered_until"], nobody["next"]) == ([], None, None)
    rota = nights_and_days(world, world.mara, world.ben, world.ida)
    office = tuple(one for one in rota.primary if one.person == world.mara.id and one.weekday < 6)
    behind = tuple(msgspec.structs.replace(one, end=time(22)) for one in rota.backup if one.weekday in (3, 5))
    enter(world, msgspec.structs.replace(rota, primary=office, backup=behind))

    def at(day: date, hour: int) -> tuple[list[str], str | None, str | None, str | None]:
        found = ok(mara.get(path, params={"at": chicago(day, hour).isoformat()}))
        following = found["next"]
        return (
            [f"{one['layer']} {one['person']['name']}" for one in found["order"]],
            found["covered_until"] and f"{local(found['covered_until']):%a %H:%M}",
            found["next_at"] and f"{local(found['next_at']):%a %H:%M}",
            following and f"{following['layer']} {following['person']['name']}",
        )

    both = ["primary Mara", "backup Ida"]
    assert at(WEDNESDAY, 9) == (both, "Wed 22:00", "Thu 08:00", "primary Mara")
    assert at(date(2026, 3, 6), 21) == (["backup Ida"], "Fri 22:00", "Mon 08:00", "primary Mara")
    assert at(date(2026, 3, 7), 12) == ([], None, "Mon 08:00", "primary Mara")
    swap = Override(
        layer=Layer.PRIMARY,
        from_at=chicago(date(2026, 3, 9), 8),
        to_at=chicago(date(2026, 3, 9), 20),
        person_in=world.ben.id,
    )
    as_person(world, world.sol, lambda tx: acts.add_override(tx, team, swap))
    assert at(date(2026, 3, 7), 12)[3] == "primary Ben"
    page = desk(world, "Sol").get("/rota").main.one("section", aria_labelledby="now").text
    assert "From 22:00 on, nobody is. Next: Mara from Thu 08:00 , first rung." in page
    for wrong in ("2026-03-01T09:00:00Z", "2027-04-01T09:00:00Z", "2026-03-04T09:00:00", "soon"):
        assert mara.get(path, params={"at": wrong}).status_code in (400, 422), wrong
    assert world.otto.api.get(path).status_code == 404
    assert world.noor.api.get(path).status_code == 403


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(CHICAGO))
