"""What was wrong with a form, told in the words of its own labels: the summary on top of a page that came back.

The page is drawn first, with a mark where the summary goes. Then each message is put there after the label of its
field, which is a link to it. So no page keeps a second list of what its fields are called.
"""

import re
from collections import Counter
from html.parser import HTMLParser

from markupsafe import Markup
from msgspec import Struct

from server.core.errors import FieldProblem, Refusal

MARK = Markup("<ul data-faults></ul>")
"""Where the summary goes."""

_FIELDS = ("input", "select", "textarea")
_LINE = Markup('<li><a href="#{}">{}</a>: {}</li>')


class Field(Struct, frozen=True):
    """One field of a page: its name, its id, and the legend it stands under (empty where there is none)."""

    name: str
    id: str
    group: str


class _Reader(HTMLParser):
    """Reads which fields a page has, their labels and legends. Small print in a label is no part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[str, str] = {}
        self.found: list[tuple[str, str, list[str]]] = []
        self._groups: list[list[str]] = []
        self._into: list[str] | None = None
        self._label = ""
        self._small = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag == "fieldset":
            self._groups.append([own.get("aria-label", "")])
        elif tag == "legend" and self._groups:
            self._into = self._groups[-1]
        elif tag == "label":
            self._label, self._into = own.get("for", ""), []
        elif tag == "small":
            self._small += 1
        elif tag in _FIELDS and own.get("type") != "hidden" and own.get("name") and own.get("id"):
            self.found.append((own["name"], own["id"], self._groups[-1] if self._groups else []))

    def handle_endtag(self, tag: str) -> None:
        if tag == "fieldset" and self._groups:
            self._groups.pop()
        elif tag == "small":
            self._small -= 1
        elif tag in ("label", "legend") and self._into is not None:
            if tag == "label":
                self.labels.setdefault(self._label, _joined(self._into))
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None and not self._small:
            self._into.append(data)


_PLAIN = {
    "This is not one of the allowed values": "Choose one of those that are offered.",
    "This does not have the form that is needed here": "This does not have the form that is needed here.",
    "This is needed": "This is needed.",
    "Invalid UUID": "Choose one of those that are offered.",
    "Invalid RFC3339 encoded date": "Write a day, as 2026-12-25.",
    "Expected `bool`": "Choose yes or no.",
}
_NUMBER = re.compile(r"Expected `(?:int|float)(?: \| null)?`(?: (>=|<=) (-?[\d.]+))?")
_LENGTH = re.compile(r"Expected `(?:str|array)(?: \| null)?` of length (>=|<=) (\d+)")
_GOT = re.compile(r", got `\w+`$")
_BOUNDS = {">=": "or more", "<=": "or less"}


def plain(message: str) -> str:
    """A message of the machinery that reads forms as people say it; any other as it is."""
    message = _GOT.sub("", message)
    if number := _NUMBER.fullmatch(message):
        bound = f", {number[2]} {_BOUNDS[number[1]]}" if number[1] else ""
        return f"Write a number{bound}."
    if length := _LENGTH.fullmatch(message):
        return f"Write {length[2]} characters at most." if length[1] == "<=" else "Write something here."
    return _PLAIN.get(message, message)


def _joined(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


def told(page: Markup, problem: Refusal | None) -> Markup:
    """The page as it was drawn, with a line for each thing that was wrong where the summary goes."""
    if problem is None or MARK not in page:
        return page
    reader = _Reader()
    reader.feed(page)
    fields = [Field(name, id_, _joined(group)) for name, id_, group in reader.found]
    lines = Markup("").join(_line(each, fields, reader.labels) for each in problem.errors)
    return page.replace(MARK, Markup("<ul>{}</ul>").format(lines))


def _line(problem: FieldProblem, fields: list[Field], labels: dict[str, str]) -> Markup:
    here = _at(problem.path, fields)
    name = _called(here, fields, labels) if here else ""
    if not here or not name:
        return Markup("<li>{}</li>").format(plain(problem.message))
    return _LINE.format(here[0].id, name, plain(problem.message))


def _at(path: str, fields: list[Field]) -> list[Field]:
    """The fields a problem is about: those of its path, else of the whole that it is a part of, else of its end.

    "reminders[0]" is told at the field of that id, "rungs[0].wait" at "rungs", and "client.zone" at "zone".
    """
    steps = re.sub(r"\[(\d+)\]", r".\1", path).split(".")
    wholes = [".".join(steps[:end]) for end in range(len(steps), 0, -1)]
    ends = [".".join(steps[start:]) for start in range(1, len(steps))]
    for wanted in (path, *wholes, *ends):
        found = [each for each in fields if wanted in (each.id, each.name)]
        if found and wanted:
            return [each for each in found if each.id == wanted] or found
    return []


def _called(here: list[Field], fields: list[Field], labels: dict[str, str]) -> str:
    """What it is called: its label, with the legend where others have the same one; of several, the legend."""
    first = here[0]
    label = labels.get(first.id, "")
    if not label or (len(here) > 1 and first.group):
        return first.group or label
    alike = Counter(labels.get(each.id, "") for each in fields)[label]
    return f"{label} ({first.group})" if alike > 1 and first.group else label
