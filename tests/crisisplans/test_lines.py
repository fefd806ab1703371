"""The crisis lines: the shipped table, a programme's import, and no number anywhere else in the code."""

import ast
import csv
import io
import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisisplans.lines import (
    COLUMNS,
    IN_EVERY_PLAN,
    MAX_IMPORT_ROWS,
    CrisisLine,
    LineKind,
    for_area,
    is_phone,
    line_href,
    line_table,
    national_lines,
    parse_csv,
    sms_href,
    stale,
    tel_href,
)
from server.people.terms import Language

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 12, 1)
GOOD = {
    "key": "county_line",
    "kind": "call",
    "name_en": "County crisis team",
    "name_es": "Equipo de crisis del condado",
    "number": "(503) 555-0142",
    "url": "",
    "sms_keywords": "",
    "press": "es=2",
    "languages": "en es",
    "hours_en": "Weekdays 8 to 6",
    "hours_es": "Lunes a viernes de 8 a 18",
    "area": "Linn County",
    "checked_on": "2026-11-20",
    "checked_by": "Adi",
    "check_again_by": "2027-02-18",
}


def file_of(*rows: dict[str, str]) -> bytes:
    """A CSV file as a programme's administrator would send it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def by_kind(kind: LineKind) -> CrisisLine:
    return next(line for line in national_lines() if line.kind is kind)


def test_the_lines_that_open_every_plan_are_the_first_two_of_the_table_and_answer_in_both_languages() -> None:
    first = national_lines()[: len(IN_EVERY_PLAN)]
    assert tuple(line.key for line in first) == IN_EVERY_PLAN
    assert [line.kind for line in first] == [LineKind.CALL, LineKind.TEXT]
    assert {line.number for line in first} == {first[0].number}
    assert all(line.languages == ("en", "es") for line in first)
    assert first[0].press == {"es": "2", "veterans": "1"}
    assert first[1].sms_keywords == {"es": "AYUDA"}


def test_the_table_holds_a_way_for_every_kind_of_need() -> None:
    assert {line.kind for line in national_lines()} == set(LineKind)
    assert by_kind(LineKind.VIDEO).languages == ("ase",)
    assert all(
        line.national and line.name[Language.ES] and line.hours[Language.ES] for line in national_lines()
    )


def test_press_three_which_ended_in_july_2025_is_nowhere_in_the_table() -> None:
    assert all("3" not in line.press.values() for line in national_lines())


def test_the_shipped_table_passes_the_import_checks_but_for_its_reserved_keys() -> None:
    data = resources.files("crisisplans").joinpath("national_lines.csv").read_bytes()
    lines, errors = parse_csv(data, TODAY)
    assert lines == ()
    assert {(error.column, error.message) for error in errors} == {("key", "is the key of a national line")}
    assert len(errors) == len(national_lines())


def test_the_shipped_table_was_checked_and_is_to_be_checked_again_within_ninety_days() -> None:
    assert {line.check_again_by - line.checked_on for line in national_lines()} == {timedelta(days=90)}


def test_a_line_is_stale_from_the_day_after_its_check_date() -> None:
    line = national_lines()[0]
    assert not stale(line, line.check_again_by)
    assert stale(line, line.check_again_by + timedelta(days=1))


def test_a_line_opens_the_dialler_a_blank_message_or_the_chat_and_never_a_message_with_a_body() -> None:
    call, text = by_kind(LineKind.CALL), by_kind(LineKind.TEXT)
    assert line_href(call) == f"tel:{call.number}"
    assert line_href(text) == f"sms:{text.number}"
    assert line_href(by_kind(LineKind.CHAT)) == by_kind(LineKind.CHAT).url
    assert tel_href("(503) 555-0142 x12") == "tel:+15035550142"
    assert sms_href("503-555-0142") == "sms:+15035550142"


@pytest.mark.parametrize(
    "text", ["", "555-0142", "503-155-0142", "call me", "503-555-0142;body=hi", "javascript:1"]
)
def test_what_is_no_number_never_becomes_an_address(text: str) -> None:
    assert not is_phone(text)
    assert tel_href(text) is None
    assert sms_href(text) is None


def test_the_county_line_shows_in_its_county_only_and_national_lines_show_everywhere() -> None:
    (county,), _ = parse_csv(file_of(GOOD), TODAY)
    everything = line_table([county]).values()
    assert for_area(everything, "linn county") == (*national_lines(), county)
    assert for_area(everything, "Lane County") == national_lines()


def test_a_local_line_never_replaces_a_national_one() -> None:
    (county,), _ = parse_csv(file_of(GOOD), TODAY)
    impostor = msgspec.structs.replace(county, key=IN_EVERY_PLAN[0])
    assert line_table([impostor])[IN_EVERY_PLAN[0]] == national_lines()[0]


def test_adi_imports_a_file_saved_by_a_spreadsheet_with_a_mark_at_its_head_and_a_blank_line() -> None:
    data = b"\xef\xbb\xbf" + file_of(GOOD) + b",,,,,,,,,,,,,,\r\n"
    (line,), errors = parse_csv(data, TODAY)
    assert errors == ()
    assert (line.number, line.press, line.languages, line.national) == (
        "(503) 555-0142",
        {"es": "2"},
        ("en", "es"),
        False,
    )


WRONG_CELLS = {
    "key": ["County Line", "x"],
    "kind": ["fax", ""],
    "number": ["555-0142", "", "=1+1", "12"],
    "url": ["http://example.org/chat", "https://example.org@evil.test/"],
    "languages": ["en xx", ""],
    "sms_keywords": ["HOME"],
    "press": ["es=2=3"],
    "checked_on": ["2026-13-01", "20261120", "2026-12-02", "0000-00-00"],
    "check_again_by": ["2026-11-20", "2026-11-19", "2026-11-30", "9999-12-31", "soon"],
    "checked_by": [""],
    "area": [" "],
    "name_en": ["=HYPERLINK(1)", "＝HYPERLINK(1)", "Cri\0sis", "x" * 201],
    "name_es": ["@SUM(1)"],
    "hours_en": ["-1"],
    "hours_es": ["\tnoon"],
}


@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column, values in WRONG_CELLS.items() for value in values]
)
def test_a_wrong_cell_is_named_by_line_and_column_and_the_good_line_beside_it_is_still_read(
    column: str, value: str
) -> None:
    wrong = GOOD | {"key": "second_line", column: value}
    lines, errors = parse_csv(file_of(GOOD, wrong), TODAY)
    assert [line.key for line in lines] == ["county_line"]
    assert {(error.line_number, error.column) for error in errors} == {(3, column)}
    assert all(not value.strip() or len(value) < 3 or value not in error.message for error in errors)


def test_a_chat_line_needs_an_address_and_no_number() -> None:
    chat = GOOD | {"kind": "chat", "number": "", "url": "https://chat.example.org/start"}
    assert parse_csv(file_of(chat), TODAY)[1] == ()
    _, errors = parse_csv(file_of(chat | {"url": ""}), TODAY)
    assert [error.column for error in errors] == ["url"]


def test_two_lines_with_one_key_and_a_key_of_the_national_table_are_refused() -> None:
    stolen = GOOD | {"key": IN_EVERY_PLAN[0]}
    _, errors = parse_csv(file_of(GOOD, GOOD, stolen), TODAY)
    assert [(error.line_number, error.column) for error in errors] == [(3, "key"), (4, "key")]
    assert errors[0].message != errors[1].message


def test_a_file_in_an_old_encoding_is_refused_at_the_line_it_spoils() -> None:
    data = file_of(GOOD, GOOD | {"key": "second_line", "name_es": "Línea"}).replace("í".encode(), b"\xed")
    lines, errors = parse_csv(data, TODAY)
    assert [line.key for line in lines] == ["county_line"]
    assert [(error.line_number, error.column) for error in errors] == [(3, "name_es")]


def test_a_missing_column_is_told_once_and_nothing_is_read() -> None:
    data = file_of(GOOD).replace(b"checked_by", b"checker")
    lines, errors = parse_csv(data, TODAY)
    assert lines == ()
    assert [error.line_number for error in errors] == [1]
    assert "checked_by" in errors[0].message


def test_line_numbers_stay_right_after_a_cell_that_spans_two_lines() -> None:
    fax = GOOD | {"key": "second_line", "kind": "fax"}
    _, errors = parse_csv(file_of(GOOD | {"name_en": "two\nlines"}, fax), TODAY)
    assert [(error.line_number, error.column) for error in errors] == [(2, "name_en"), (4, "kind")]


def test_a_line_with_too_few_or_too_many_cells_and_an_open_quote_are_told() -> None:
    data = file_of(GOOD) + b"a,b\r\n" + b'"open'
    _, errors = parse_csv(data, TODAY)
    assert [error.line_number for error in errors] == [3, 4]


def test_a_file_past_the_limit_is_refused_whole() -> None:
    rows = [GOOD | {"key": f"line_{number}"} for number in range(MAX_IMPORT_ROWS + 1)]
    lines, errors = parse_csv(file_of(*rows), TODAY)
    assert lines == ()
    assert [error.line_number for error in errors] == [MAX_IMPORT_ROWS + 2]


def test_dates_at_the_end_of_time_are_refused_and_break_nothing() -> None:
    _, errors = parse_csv(file_of(GOOD | {"checked_on": "9999-12-31", "check_again_by": "9999-12-31"}), TODAY)
    assert {error.column for error in errors} == {"checked_on", "check_again_by"}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.binary(max_size=80).map(lambda tail: file_of(GOOD) + tail))
def test_no_file_whatever_it_holds_breaks_the_import(data: bytes) -> None:
    lines, errors = parse_csv(data, TODAY)
    assert errors or {line.key for line in lines} <= {"county_line"}


# No crisis number in the code: only the table may hold one.

_SKIPPED = {"build", "data", "demo", "node_modules", "__pycache__"}
_CODE = {".py", ".js", ".mjs", ".html", ".jinja", ".j2", ".json"}
_DRAWING = re.compile(r"\b(?:d|points|viewBox|transform)=(?:\"[^\"]*\"|'[^']*')")


def needles() -> re.Pattern[str]:
    """Every number of the table standing alone (not inside a longer number), and every host of a chat."""
    numbers = {re.escape(line.number) for line in national_lines() if line.number}
    hosts = {re.escape(urlsplit(line.url).netloc) for line in national_lines() if line.url}
    alone = rf"(?<!\w)(?<!\d[-. ])(?:{'|'.join(sorted(numbers))})(?!\w)(?![-. ]\d)"
    return re.compile(rf"{alone}|{'|'.join(sorted(hosts))}")


def code_literals(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of what a file could show or dial: Python literals, docstrings aside; else every line."""
    source = path.read_text("utf-8", errors="replace")
    if path.suffix != ".py":
        yield from enumerate(_DRAWING.sub("", source).splitlines(), start=1)
        return
    tree = ast.parse(source)
    loose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in loose and isinstance(node.value, str | int):
            yield node.lineno, str(node.value)


def numbers_in_code(root: Path) -> list[str]:
    """`file:line` of every crisis number in the code under `root`, hidden and generated folders aside."""
    found: list[str] = []
    pattern = needles()
    for folder, inner, files in os.walk(root):
        inner[:] = sorted(name for name in inner if name not in _SKIPPED and not name.startswith("."))
        for path in (Path(folder, name) for name in sorted(files)):
            if path.suffix in _CODE and pattern.search(path.read_text("utf-8", errors="replace")):
                hits = (line for line, text in code_literals(path) if pattern.search(text))
                found += [f"{path.relative_to(root)}:{line}" for line in hits]
    return found


def test_no_code_file_holds_a_crisis_number() -> None:
    assert numbers_in_code(ROOT) == []


def test_a_number_typed_into_code_is_found_and_one_in_a_docstring_is_not(tmp_path: Path) -> None:
    number = national_lines()[0].number
    (tmp_path / "messages.py").write_text(
        f'"""About {number}."""\n# {number}\nA = "Call {number} now."\nB = {number}\nC = f"{{A}} {number}"\n'
        f'D = "503-555-{number}1, 503-{number}-0142, x{number}"\n'
    )
    (tmp_path / "help.js").write_text(f'const a = "ok"\nopen("tel:{number}")\n')
    link = f'<a href="sms:{number}">{number}</a>'
    (tmp_path / "mark.html").write_text(f'<path d="M{number} {number}"/>\n{link}\n')
    (tmp_path / "notes.md").write_text(f"{number}\n")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "theirs.py").write_text(f'A = "{number}"\n')
    assert numbers_in_code(tmp_path) == ["help.js:2", "mark.html:2", *(f"messages.py:{n}" for n in (3, 4, 5))]
