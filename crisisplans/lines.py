"""Crisis lines: the checked table of numbers a plan may refer to, and the import of a programme's own lines.

A plan holds no crisis number as free text: 6 of 69 published apps had dead or wrong ones (BMC Medicine 2019).
The national lines live in `national_lines.csv`, the one place in the repository with such numbers.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources

import msgspec
import phonenumbers

from server.people.terms import Language

IN_EVERY_PLAN = ("lifeline_call", "lifeline_text")
"""Keys of the lines that open every plan, in this order, and cannot be removed."""
NATIONWIDE = "US"
MAX_IMPORT_ROWS = 2000

COLUMNS = (
    *("key", "kind", "name_en", "name_es", "number", "url", "sms_keywords", "press", "languages"),
    *("hours_en", "hours_es", "area", "checked_on", "checked_by", "check_again_by"),
)
_REQUIRED = ("name_en", "name_es", "hours_en", "hours_es", "area", "checked_by")

_KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
_PHONE = re.compile(r"[0-9(+][0-9 ()./-]{6,29}(?:(?:ext\.?|x|#) ?[0-9]{1,7})?", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"https://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[!-~]*)?")
# ISO 639 codes of languages a US line is likely to be offered in; ase is American Sign Language.
_LANGUAGES = re.compile(r"(?:(?:en|es|ase|ar|fa|fr|hi|hmn|ht|ja|ko|my|ne|pt|ru|so|tl|uk|ur|vi|zh)(?: |$))+")
_CELL = re.compile(r"[^\x00-\x1f\x7f-\x9f\ufffd]{0,200}")
_PAIRS = re.compile(r"(?:[a-z]{2,20}=[A-Za-z0-9]{1,20}(?: |$))*")


class LineKind(StrEnum):
    """How a person reaches a line; `social` is for food, housing and the like and is no crisis line."""

    CALL = "call"
    TEXT = "text"
    CHAT = "chat"
    VIDEO = "video"
    EMERGENCY = "emergency"
    SOCIAL = "social"


_BY_ADDRESS = (LineKind.CHAT, LineKind.VIDEO)


class CrisisLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One checked line: where it answers, in which languages, when it was last checked, and by whom.

    `press` is the key to press after the greeting, by language code or audience; `sms_keywords` the word to
    send first, by language code. A chat or a video call is reached by `url`, everything else by `number`.
    """

    key: str
    kind: LineKind
    name: dict[Language, str]
    number: str | None
    url: str | None
    sms_keywords: dict[str, str]
    press: dict[str, str]
    languages: tuple[str, ...]
    hours: dict[Language, str]
    area: str
    checked_on: date
    checked_by: str
    check_again_by: date
    national: bool


class LineError(msgspec.Struct, frozen=True):
    """What is wrong with one line of an imported file; `column` is empty when it is the whole line."""

    line_number: int
    column: str
    message: str


@cache
def national_lines() -> tuple[CrisisLine, ...]:
    """The lines shipped with the product, in the order they are shown; read once."""
    data = resources.files("crisisplans").joinpath("national_lines.csv").read_bytes()
    return tuple(_line(row, national=True) for _, row in _read(data)[0])


def line_table(local: Iterable[CrisisLine] = ()) -> dict[str, CrisisLine]:
    """Every line a plan may refer to, by key, the national ones first; a local line never replaces one."""
    national = {line.key: line for line in national_lines()}
    return national | {line.key: line for line in local if line.key not in national}


def stale(line: CrisisLine, today: date) -> bool:
    """A line is stale once its day to be checked again has passed; it is reported and marked, not hidden."""
    return today > line.check_again_by


def for_area(lines: Iterable[CrisisLine], area: str) -> tuple[CrisisLine, ...]:
    """The lines that serve `area`: those for the whole country and those entered for exactly this area."""
    return tuple(line for line in lines if line.area.casefold() in (NATIONWIDE.casefold(), area.casefold()))


def is_phone(text: str) -> bool:
    """A full telephone number, US unless it opens with + and a country; a short code is not one."""
    return _e164(text) is not None


def tel_href(number: str) -> str | None:
    """The `tel:` address of a number, or None when it is no number; an extension is read, not dialled."""
    return f"tel:{dialled}" if (dialled := _dialled(number)) else None


def sms_href(number: str) -> str | None:
    """The plain `sms:` address of a number, or None; no body, since phones differ on it."""
    return f"sms:{dialled}" if (dialled := _dialled(number)) else None


def line_href(line: CrisisLine) -> str | None:
    """What opens this line on a phone: `sms:` for text, the web address for chat or video, else `tel:`."""
    if line.kind in _BY_ADDRESS:
        return line.url
    return sms_href(line.number or "") if line.kind is LineKind.TEXT else tel_href(line.number or "")


def _dialled(number: str) -> str | None:
    return _e164(number) or (number if _SHORT_CODE.fullmatch(number) else None)


def _e164(text: str) -> str | None:
    if not _PHONE.fullmatch(text.strip()):
        return None
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written if phonenumbers.is_valid_number(number) else None


def parse_csv(data: bytes, today: date) -> tuple[tuple[CrisisLine, ...], tuple[LineError, ...]]:
    """The lines of a programme's own file and everything wrong with it, by line; a faulty line is left out.

    `today` is the programme's local date. The caller imports only when there is no error at all.
    """
    rows, errors = _read(data)
    taken = {line.key: "is the key of a national line" for line in national_lines()}
    lines: list[CrisisLine] = []
    for line_number, row in rows:
        complaints = list(_complaints(row, today))
        if row["key"] in taken:
            complaints.append(("key", taken[row["key"]]))
        taken.setdefault(row["key"], "is used twice in this file")
        errors += [LineError(line_number, column, message) for column, message in complaints]
        if not complaints:
            lines.append(_line(row, national=False))
    return tuple(lines), tuple(sorted(errors, key=lambda error: error.line_number))


def _line(row: Mapping[str, str], *, national: bool) -> CrisisLine:
    return CrisisLine(
        key=row["key"],
        kind=LineKind(row["kind"]),
        name={Language.EN: row["name_en"], Language.ES: row["name_es"]},
        number=row["number"] or None,
        url=row["url"] or None,
        sms_keywords=_pairs(row["sms_keywords"]),
        press=_pairs(row["press"]),
        languages=tuple(row["languages"].split()),
        hours={Language.EN: row["hours_en"], Language.ES: row["hours_es"]},
        area=row["area"],
        checked_on=date.fromisoformat(row["checked_on"]),
        checked_by=row["checked_by"],
        check_again_by=date.fromisoformat(row["check_again_by"]),
        national=national,
    )


def _pairs(text: str) -> dict[str, str]:
    return {left: right for left, _, right in (pair.partition("=") for pair in text.split())}


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_CHECKS: tuple[tuple[str, Callable[[str], object], str], ...] = (
    ("key", _KEY.fullmatch, "needs 2 to 40 small letters, digits or _, a letter first"),
    ("kind", [kind.value for kind in LineKind].__contains__, "is not a kind: " + ", ".join(LineKind)),
    ("number", lambda text: not text or _dialled(text), "is not a telephone number or short code"),
    ("url", lambda text: not text or _WEB_ADDRESS.fullmatch(text), "is not an https address"),
    ("languages", _LANGUAGES.fullmatch, "is not a list of language codes we know, like en es"),
    ("sms_keywords", _PAIRS.fullmatch, "is not pairs like en=WORD es=WORD"),
    ("press", _PAIRS.fullmatch, "is not pairs like es=2 veterans=1"),
    ("checked_on", _is_day, "is not a date like 2026-01-31"),
    ("check_again_by", _is_day, "is not a date like 2026-01-31"),
)


def _complaints(row: Mapping[str, str], today: date) -> Iterator[tuple[str, str]]:
    """Every (column, reason) this row cannot be taken. A reason never repeats the value."""
    needed = "url" if row["kind"] in _BY_ADDRESS else "number"
    yield from ((column, "is empty") for column in (*_REQUIRED, needed) if not row[column])
    for column, value in row.items():
        # A spreadsheet runs a cell that opens like a formula (OWASP, CSV injection).
        if column != "number" and value.startswith(tuple("=+-@＝＋－＠")):
            yield column, "opens like a spreadsheet formula"
        if not _CELL.fullmatch(value):
            yield column, "is over 200 characters, or not UTF-8 text, or holds a control character"
    yield from ((column, message) for column, passes, message in _CHECKS if not passes(row[column]))
    if _is_day(row["checked_on"]) and _is_day(row["check_again_by"]):
        checked_on, again_by = (date.fromisoformat(row[c]) for c in ("checked_on", "check_again_by"))
        if checked_on > today:
            yield "checked_on", "lies in the future"
        if not timedelta(0) < again_by - checked_on <= timedelta(days=366) or again_by < today:
            yield "check_again_by", "must follow the check, within a year, and not have passed already"


def _read(data: bytes) -> tuple[list[tuple[int, dict[str, str]]], list[LineError]]:
    """The rows of a CSV file with the line each starts on, and what cannot be read as rows at all."""
    texts = list(io.StringIO(data.removeprefix(b"\xef\xbb\xbf").decode(errors="replace"), newline=""))
    reader = csv.reader(texts, strict=True)
    rows: list[tuple[int, list[str]]] = []
    errors: list[LineError] = []
    while reader.line_num < len(texts):
        line_number = reader.line_num + 1
        try:
            cells = next(reader)
        except csv.Error:
            errors.append(LineError(line_number, "", "is not a well-formed CSV line"))
        else:
            if any(cells):
                rows.append((line_number, [cell.strip(" ") for cell in cells]))
    if not rows or sorted(rows[0][1]) != sorted(COLUMNS):
        return [], [LineError(1, "", "must name exactly these columns: " + ", ".join(COLUMNS))]
    header, body = rows[0][1], rows[1:]
    if len(body) > MAX_IMPORT_ROWS:
        return [], [LineError(body[MAX_IMPORT_ROWS][0], "", f"is past the limit of {MAX_IMPORT_ROWS} lines")]
    ragged = [number for number, cells in body if len(cells) != len(header)]
    errors += [LineError(number, "", f"does not have {len(header)} cells") for number in ragged]
    return [(n, dict(zip(header, cells, strict=True))) for n, cells in body if n not in ragged], errors
