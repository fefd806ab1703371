"""The table of crisis lines: imported as a whole or not at all, stale lines reported, none pulled from under a plan."""

import threading
from collections.abc import Callable

import httpx
import pytest

from crisisplans import line_table, publishing, queries
from crisisplans.lines import COLUMNS, MAX_IMPORT_ROWS, national_lines
from crisisplans.schemas import Publish
from server.core.db import Tx
from server.core.errors import Invalid
from server.people.terms import Role
from tests.crisisplans.plans import acting, attested, plan, publish, save
from tests.crisisplans.test_lines import GOOD, file_of
from tests.flows.test_a_damaged_key import damage
from tests.world import Person, World

COUNTY = {**GOOD, "checked_on": "2026-01-10", "check_again_by": "2026-04-10"}
WARM = {**COUNTY, "key": "warm_line", "name_en": "Warm line", "number": "(503) 555-0143"}


def send(by: Person, data: bytes, **query: str) -> httpx.Response:
    return by.api.post(
        "/crisis-lines/import", content=data, params=query, headers={"Content-Type": "text/csv"}
    )


def local(by: Person) -> list[str]:
    return [line["key"] for line in by.api.get("/crisis-lines").json()["lines"] if not line["national"]]


def test_adi_tries_a_file_and_then_imports_it(world: World) -> None:
    tried = send(world.adi, file_of(COUNTY, WARM), dry_run="true")
    assert (tried.status_code, tried.json()) == (200, {"lines": 2, "errors": [], "applied": False}), (
        tried.text
    )
    assert local(world.mara) == []
    done = send(world.adi, file_of(COUNTY, WARM), dry_run="false")
    assert (done.status_code, done.json()) == (200, {"lines": 2, "errors": [], "applied": True})
    assert local(world.mara) == ["county_line", "warm_line"]
    shown = world.mara.api.get("/crisis-lines").json()
    assert [line["key"] for line in shown["lines"]][:8] == [line.key for line in national_lines()]
    county = next(line for line in shown["lines"] if line["key"] == "county_line")
    assert county["name"] == {"en": COUNTY["name_en"], "es": COUNTY["name_es"]}
    assert (county["checked_on"], county["href"], county["press"]) == (
        "2026-01-10",
        "tel:+15035550142",
        {"es": "2"},
    )


def test_a_file_with_one_wrong_row_changes_nothing_and_names_line_and_column(world: World) -> None:
    send(world.adi, file_of(WARM))
    bad = file_of(COUNTY, {**WARM, "number": "ring us", "area": ""}, {**COUNTY, "key": "lifeline_call"})
    refused = send(world.adi, bad)
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    body = refused.json()
    assert (body["applied"], body["lines"]) == (False, 1)
    places = {(error["line"], error["column"]) for error in body["errors"]}
    assert places == {(3, "number"), (3, "area"), (4, "key")}
    assert {error["path"] for error in body["errors"]} == {"3.number", "3.area", "4.key"}
    assert "ring us" not in refused.text
    tried = send(world.adi, bad, dry_run="true")
    assert (tried.status_code, tried.json()["applied"]) == (200, False)
    assert {(error["line"], error["column"]) for error in tried.json()["errors"]} == places
    assert local(world.mara) == ["warm_line"]


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00k\x00e",
        b"key,kind\nx,call\n",
        b'"never closed',
        b"\x00" * 100,
        (",".join(COLUMNS) + "\n" + "\n".join(["a" * 10] * (MAX_IMPORT_ROWS + 5))).encode(),
        b'{"lines": []}',
    ],
)
def test_what_is_no_table_of_lines_is_refused_and_nothing_breaks(world: World, data: bytes) -> None:
    refused = send(world.adi, data)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"]
    assert send(world.adi, data, dry_run="true").status_code == 200


def test_an_empty_body_or_one_that_is_no_csv_is_refused_before_it_is_read(world: World) -> None:
    assert send(world.adi, b"").status_code == 400
    assert world.adi.api.post("/crisis-lines/import", [1]).status_code == 415
    assert local(world.mara) == []


def test_a_file_over_the_limit_is_refused(world: World) -> None:
    assert send(world.adi, b"x" * (64 * 1024 + 1)).status_code == 413


def test_a_header_alone_takes_the_programmes_lines_away(world: World) -> None:
    send(world.adi, file_of(COUNTY))
    assert send(world.adi, file_of()).json() == {"lines": 0, "errors": [], "applied": True}
    assert local(world.mara) == []


def test_a_line_that_a_published_plan_names_cannot_vanish(world: World) -> None:
    send(world.adi, file_of(COUNTY, WARM))
    publish(world, plan(crisis_lines=["county_line"]))
    refused = send(world.adi, file_of(WARM))
    assert refused.status_code == 422
    error = refused.json()["errors"][0]
    assert (error["line"], error["column"]) == (0, "key")
    assert error["message"].startswith("county_line ")
    assert "Noor" not in refused.text
    moved = {**COUNTY, "number": "(503) 555-0199"}
    assert send(world.adi, file_of(moved)).status_code == 200  # the warm line was in no plan
    lines = world.noor.api.get("/me/plan").json()["crisis_lines"]
    assert [line["href"] for line in lines][2:] == ["tel:+15035550199"]
    publish(world, plan())
    assert send(world.adi, file_of(WARM)).status_code == 200


def test_an_import_and_a_publish_at_once_never_leave_a_plan_without_its_line(world: World) -> None:
    send(world.adi, file_of(COUNTY))
    body = plan(crisis_lines=["county_line"])
    version = save(world.ida, world.noor, body, 0).json()["version"]
    start = threading.Barrier(2)

    def publishes(tx: Tx) -> object:
        return publishing.publish(tx, world.noor.id, Publish(**attested(version)))

    def imports(tx: Tx) -> object:
        tx.seen.clear()
        return line_table.import_lines(tx, file_of(WARM), dry_run=False)

    def run(work: Callable[[Tx], object]) -> None:
        start.wait()
        try:
            done.append(world.db.write_now(work).__class__.__name__)
        except Invalid:
            done.append("Invalid")

    done: list[str] = []
    both = (
        acting(world, world.ida, Role.CLINICIAN, publishes),
        acting(world, world.adi, Role.ADMINISTRATOR, imports),
    )
    threads = [threading.Thread(target=run, args=(work,)) for work in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) in (["Invalid", "LineImport"], ["Invalid", "Published"]), done
    world.tick()
    assert world.noor.phone.take_all() == ["plan_updated"] * done.count("Published")
    held = world.noor.api.get("/me/plan").json()
    assert [line["key"] for line in held["crisis_lines"]] == held["document"]["crisis_lines"]


def test_lines_of_one_programme_are_unknown_to_another(world: World) -> None:
    send(world.adi, file_of(COUNTY))
    assert local(world.otto) == []
    assert send(world.otto, file_of(WARM)).status_code == 200
    assert local(world.mara) == ["county_line"]


def test_who_may_import(world: World) -> None:
    for person, status in ((world.mara, 403), (world.ida, 403), (world.noor, 403), (world.sol, 200)):
        assert send(person, file_of(COUNTY)).status_code == status
    assert world.noor.api.get("/crisis-lines").status_code == 403
    assert world.anybody().post("/crisis-lines/import", content=b"x").status_code == 401


def test_a_line_past_its_check_date_is_reported_and_still_shown(world: World) -> None:
    send(world.adi, file_of(COUNTY))
    publish(world, plan(crisis_lines=["county_line"]))
    assert world.adi.api.get("/crisis-lines").json()["stale"] == []
    world.clock.advance(days=90)
    shown = world.adi.api.get("/crisis-lines").json()
    assert shown["stale"] == ["county_line"]
    assert [line["key"] for line in shown["lines"] if line["stale"]] == ["county_line"]
    late = world.db.read_now(lambda tx: [line.key for line in queries.stale_lines(tx, world.programme_id)])
    assert late == ["county_line"]
    assert [line["stale"] for line in world.noor.api.get("/me/plan").json()["crisis_lines"]] == [
        False,
        False,
        True,
    ]


def test_while_noors_plan_does_not_open_no_line_may_vanish_and_new_ones_come_in(world: World) -> None:
    send(world.adi, file_of(COUNTY))
    publish(world, plan(crisis_lines=["county_line"]))
    damage(world)
    refused = send(world.adi, file_of(WARM))
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["message"].startswith("1 published plan(s) cannot be read")
    assert "county_line" in error["message"]
    assert str(world.noor.id) not in refused.text
    assert send(world.adi, file_of(COUNTY, WARM)).status_code == 200
