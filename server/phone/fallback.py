"""The help bar as plain markup, for the moment before the script runs and for browsers where it never does.

Both languages stand in it, since nothing is known yet about who is reading.
"""

from html import escape
from typing import TypedDict

from crisisplans.lines import CrisisLine, LineKind, line_href


class Line(TypedDict):
    """One line as the phone's script knows it."""

    key: str
    kind: str
    name: dict[str, str]
    hours: dict[str, str]
    number: str | None
    href: str | None
    keyword: dict[str, str]
    press: dict[str, str]


def line_entry(line: CrisisLine) -> Line:
    """A line of the checked table for `lines.js`."""
    return Line(
        key=line.key,
        kind=line.kind.value,
        name={language.value: name for language, name in line.name.items()},
        hours={language.value: hours for language, hours in line.hours.items()},
        number=line.number,
        href=line_href(line),
        keyword=line.sms_keywords,
        press=line.press,
    )


def numbers(table: list[Line]) -> str:
    """Every national line that is called or texted, as links with the number to be read."""
    reached = [line for line in table if line["number"] and line["kind"] != LineKind.SOCIAL]
    return "\n".join(_row(line) for line in reached)


def bar(table: list[Line]) -> str:
    """The keys that work before pairing: call, text, emergency; the first line of each kind."""
    first = {kind: next((line for line in table if line["kind"] == kind), None) for kind in LineKind}
    keys = (
        (LineKind.CALL, "key key-call", "Call {number}", "Llama al {number}"),
        (LineKind.TEXT, "key", "Text {number}", "Escribe al {number}"),
        (LineKind.EMERGENCY, "key key-emergency", "{number}", ""),
    )
    return "\n".join(_key(line, *words) for kind, *words in keys if (line := first[kind]))


def _row(line: Line) -> str:
    name, number = escape(line["name"]["en"]), escape(line["number"] or "")
    in_spanish = escape(line["name"]["es"] + _spanish_way(line))
    return (
        f'<a class="call-row" href="{escape(line["href"] or "")}"><span class="call-row-words">'
        f'<span class="call-row-name">{name}</span>'
        f'<span class="call-row-detail" lang="es">{in_spanish}</span>'
        f'<span class="call-row-number">{number}</span></span></a>'
    )


def _key(line: Line, look: str, english: str, spanish: str) -> str:
    below = escape(spanish.format(number=line["number"]) + _spanish_way(line)) if spanish else ""
    return (
        f'<a class="{look}" href="{escape(line["href"] or "")}">'
        f"<span>{escape(english.format(number=line['number']))}</span>"
        + (f'<span class="key-below" lang="es">{below}</span>' if below else "")
        + "</a>"
    )


def _spanish_way(line: Line) -> str:
    """What a Spanish reader presses or sends first, where the line has such a word."""
    if "es" in line["press"]:
        return f", oprime {line['press']['es']}"
    if "es" in line["keyword"]:
        return f", palabra {line['keyword']['es']}"
    return ""
