"""Crisis lines at Adi's desk: a file is tried, then applied exactly as it was tried, or nothing happens."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crisisplans.line_file import cells_of, compared, written
from crisisplans.lines import COLUMNS, national_lines, parse_csv
from server.console.big_form import LARGEST_FILE
from tests.console.desk import Desk, Shown, desk
from tests.crisisplans.plans import plan, publish
from tests.crisisplans.test_line_table import COUNTY, WARM, local, send
from tests.crisisplans.test_lines import GOOD, TODAY, file_of
from tests.world import World

HOSTILE = "<script>alert(1)</script>"


def in_parts(of: Desk, path: str, fields: dict[str, str], file: bytes | None = None) -> Shown:
    """A form as a browser sends it in parts."""
    parts: list[tuple[str, Any]] = [(name, (None, text.encode())) for name, text in fields.items()]
    if file is not None:
        parts.append(("file", ("lines.csv", file, "text/csv")))
    origin = {"Origin": "https://handrail.example"}
    return of._call("POST", path, headers=origin, files=parts)  # pyright: ignore[reportPrivateUsage]  as post() does


def words(shown: Shown) -> str:
    """What the page says, without the gaps between elements and commas."""
    return shown.text.replace(" ,", ",").replace(" .", ".")


def tries(of: Desk, file: bytes) -> Shown:
    return in_parts(of, "/crisis-lines/import", {"text": ""}, file)


def applies(of: Desk, tried: Shown, **typed: str) -> Shown:
    """Press "Apply exactly this" on the dry run's page."""
    form = tried.main.one("form", action="/crisis-lines/import/apply")
    hidden = {each.attributes["name"]: each.attributes["value"] for each in form.all("input", type="hidden")}
    return in_parts(of, form.attributes["action"], hidden | typed)


def test_bad_rows_are_named_by_line_and_nothing_changes(world: World) -> None:
    adi = desk(world, "Adi")
    send(world.adi, file_of(WARM))
    bad = file_of(COUNTY, {**WARM, "number": "ring us", "area": ""}, {**COUNTY, "key": "lifeline_call"})
    tried = tries(adi, bad)
    rows = [
        [cell.text for cell in (*row.all("th"), *row.all("td"))] for row in tried.main.one("tbody").all("tr")
    ]
    assert [row[:2] for row in rows] == [["3", "area"], ["3", "number"], ["4", "key"]], rows
    assert "3 things to mend in the file. Nothing was changed." in tried.text
    assert not tried.main.all("form", action="/crisis-lines/import/apply")
    assert "ring us" in tried.main.one("textarea").text  # to be mended in place
    assert local(world.mara) == ["warm_line"]
    pasted = in_parts(adi, "/crisis-lines/import", {"text": bad.decode(), "file": ""})
    assert "3 things to mend" in pasted.text


def test_adi_tries_a_good_file_and_applies_exactly_that(world: World) -> None:
    adi = desk(world, "Adi")
    send(world.adi, file_of(COUNTY))
    moved = {**COUNTY, "number": "(503) 555-0199"}
    tried = tries(adi, file_of(moved, WARM))
    assert "It would add 1, change 1, remove 0 and leave 0 as they are." in words(tried)
    assert "(503) 555-0142 becomes (503) 555-0199" in tried.text
    assert local(world.mara) == ["county_line"]
    done = applies(adi, tried)
    assert (done.status, done.to) == (303, "/crisis-lines?done=imported")
    assert local(world.mara) == ["county_line", "warm_line"]
    assert "now those of your file" in adi.get(done.to or "").text
    again = tries(adi, file_of(moved, WARM))
    assert "There is nothing to apply." in again.text
    emptied = tries(adi, file_of())
    assert "remove 2" in words(emptied)
    assert applies(adi, emptied).status == 303
    assert local(world.mara) == []


def test_a_table_that_changed_since_the_dry_run_is_not_replaced_unseen(world: World) -> None:
    adi = desk(world, "Adi")
    tried = tries(adi, file_of(COUNTY))
    assert send(world.sol, file_of(WARM)).status_code == 200
    refused = applies(adi, tried)
    assert refused.status == 412
    assert "Nothing was changed. Look at what the file does to the table as it is now." in refused.text
    assert "It would add 1, change 0, remove 1" in words(refused)
    assert local(world.mara) == ["warm_line"]
    assert applies(adi, refused).status == 303
    assert local(world.mara) == ["county_line"]


def test_another_file_than_the_one_looked_at_is_not_applied(world: World) -> None:
    adi = desk(world, "Adi")
    mark = tries(adi, file_of(COUNTY)).main.one("input", name="mark").attributes["value"]
    other = tries(adi, file_of(WARM)).main.one("input", name="carried").attributes["value"]
    swapped = in_parts(adi, "/crisis-lines/import/apply", {"carried": other, "mark": mark})
    assert swapped.status == 412
    nonsense = in_parts(adi, "/crisis-lines/import/apply", {"carried": "§", "mark": mark})
    assert nonsense.status == 400
    assert local(world.mara) == []


def test_a_line_that_a_published_plan_names_is_told_in_the_dry_run(world: World) -> None:
    send(world.adi, file_of(COUNTY))
    publish(world, plan(crisis_lines=["county_line"]))
    tried = tries(desk(world, "Adi"), file_of(WARM))
    row = tried.main.one("tbody").one("tr").text
    assert row.startswith("missing key county_line ")
    assert "Noor" not in tried.text


def test_a_file_over_the_limit_and_no_file_at_all_are_refused_in_words(world: World) -> None:
    adi = desk(world, "Adi")
    huge = tries(adi, b"x" * (LARGEST_FILE + 1))
    assert (huge.status, "A file may have 1 MiB." in huge.text) == (413, True)
    none = in_parts(adi, "/crisis-lines/import", {"text": " "})
    assert (none.status, "Choose a file, or paste its text below" in none.text) == (422, True)
    many = [{**COUNTY, "key": f"line_{number}"} for number in range(1500)]
    big = file_of(*many)
    assert len(big) > 64 * 1024
    tried = tries(adi, big)
    assert "It would add 1500" in words(tried)
    assert applies(adi, tried).status == 303
    assert len(local(world.mara)) == 1500


def test_what_a_client_in_each_area_would_see(world: World) -> None:
    send(world.adi, file_of(COUNTY, {**WARM, "area": "Benton County"}))
    mara = desk(world, "Mara")
    linn = mara.get("/crisis-lines?area=Linn%20County").main
    cards = linn.one("section", aria_labelledby="in-english").one("ul").all("li")
    assert len(cards) == len(national_lines()) + 1
    county = cards[-1].text
    assert COUNTY["name_en"] in county
    assert "(503) 555-0142" in county
    spanish = linn.one("section", aria_labelledby="in-spanish").text
    assert COUNTY["name_es"] in spanish
    assert "Después del saludo marca 2" in spanish
    assert "Warm line" not in linn.one("section", aria_labelledby="by-area").text
    nowhere = mara.get("/crisis-lines?area=Nowhere").text
    assert "No line is entered for “Nowhere”." in nowhere
    world.clock.advance(days=90)
    old = desk(world, "Mara").get("/crisis-lines")
    assert "Check overdue since Apr 10" in old.text
    assert "past the check date." in old.text


def test_who_may_see_the_table_and_who_may_change_it(world: World) -> None:
    send(world.adi, file_of(COUNTY))
    for name, status in (("Mara", 403), ("Ida", 403), ("Sol", 200), ("Adi", 200)):
        table = desk(world, name).get("/crisis-lines")
        assert table.status == 200
        assert COUNTY["name_en"] in table.text
        assert bool(table.page.all("a", href="/crisis-lines/import")) == (status == 200)
        assert desk(world, name).get("/crisis-lines/import").status == status
        assert tries(desk(world, name), file_of(WARM)).status == status
    otto = desk(world, "Otto")
    assert COUNTY["name_en"] not in otto.get("/crisis-lines").text
    assert COUNTY["key"] not in otto.get("/crisis-lines/table.csv").response.text
    taken = applies(otto, tries(otto, file_of(WARM)))
    assert taken.status == 303
    assert local(world.mara) == ["county_line"]
    stranger = desk(world, None).get("/crisis-lines")
    assert (stranger.status, stranger.to) == (303, "/sign-in?next=/crisis-lines")


def test_names_show_as_words_whatever_stands_in_them(world: World) -> None:
    adi = desk(world, "Adi")
    hostile = {
        **COUNTY,
        "name_en": HOSTILE,
        "checked_by": '"><img src=x onerror=alert(1)>',
        "area": "{{ 7 * 7 }}",
    }
    tried = tries(adi, file_of(hostile))
    assert HOSTILE in tried.text
    assert applies(adi, tried).status == 303
    shown = adi.get("/crisis-lines?area=%7B%7B%207%20*%207%20%7D%7D")
    assert HOSTILE in shown.text
    assert "{{ 7 * 7 }}" in shown.text
    assert not shown.main.all("script")
    assert not shown.main.all("img")
    raw = tries(adi, HOSTILE.encode())
    assert HOSTILE in raw.main.one("textarea").text
    assert not raw.main.all("script")


def test_the_table_as_a_file_can_be_imported_again(world: World) -> None:
    send(world.adi, file_of(COUNTY, WARM))
    adi = desk(world, "Adi")
    saved = adi.get("/crisis-lines/table.csv").response
    assert saved.headers["content-type"].startswith("text/csv")
    assert "attachment" in saved.headers["content-disposition"]
    assert "There is nothing to apply." in tries(adi, saved.content).text
    everything = adi.get("/crisis-lines/table.csv?of=all").response.text
    assert everything.splitlines()[0] == ",".join(COLUMNS)
    assert all(line.key in everything for line in national_lines())


CELLS = st.text("abc ,\"'é;<>ñ", min_size=1, max_size=12).map(lambda text: f"x{text.strip()}")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5))
def test_a_file_written_and_read_is_the_same_table(texts: list[tuple[str, str, str]]) -> None:
    rows = [
        {**GOOD, "key": f"line_{number}", "name_en": name, "hours_es": hours, "area": area}
        for number, (name, hours, area) in enumerate(texts)
    ]
    lines, errors = parse_csv(file_of(*rows), TODAY)
    assert not errors
    again, faults = parse_csv(written(lines), TODAY)
    assert not faults
    assert again == lines
    changes = compared(lines[1:], lines)
    assert [cells_of(line)["key"] for line in changes.added] == ["line_0"]
    assert (changes.changed, changes.removed, changes.same) == ((), (), len(lines) - 1)
