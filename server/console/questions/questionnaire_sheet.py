"""A questionnaire while somebody is writing it: every field as text, as it was typed, right or wrong.

The form works without script: each button sends the whole of it, and the page comes back with one thing changed.
"""

import re
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import asdict

from checkins.definition import Definition, Item, ItemKind, Rule, Text
from server.core.errors import FieldProblem, Invalid, Unreadable
from server.core.strict_json import explain

MOST = 60
"""Entries of one kind that a form is read for; the checks refuse far fewer."""

_FIELD = re.compile(r"(items|rules)\.(\d{1,3})\.(?:options\.(\d{1,3})\.)?([a-z_0-9]{1,24})")


class Choice(Struct):
    """One answer of a question."""

    value: str = ""
    en: str = ""
    es: str = ""


class Asked(Struct, kw_only=True):
    """One question."""

    key: str = ""
    kind: str = "scale"
    turn: str = "always"
    text_en: str = ""
    text_es: str = ""
    min: str = ""
    max: str = ""
    low_en: str = ""
    low_es: str = ""
    high_en: str = ""
    high_es: str = ""
    risk: str = ""
    part2: str = ""
    domain: str = ""
    options: list[Choice] = field(default_factory=list[Choice])


class Watched(Struct, kw_only=True):
    """One rule. `rule` is its kind; which of the other fields count depends on it."""

    rule: str = "threshold"
    key: str = ""
    tier: str = "same_day"
    why: str = ""
    item: str = ""
    items: list[str] = field(default_factory=list[str])
    options: list[str] = field(default_factory=list[str])
    at_least: str = ""
    at_most: str = ""
    times: str = ""
    by: str = ""
    worse: str = "lower"
    at_least_answers: str = ""
    incomplete: str = ""


class Sheet(Struct):
    """The whole form."""

    key: str = ""
    items: list[Asked] = field(default_factory=list[Asked])
    rules: list[Watched] = field(default_factory=list[Watched])


_MANY = ("items", "options")


def read(sent: dict[str, list[str]]) -> Sheet:
    """The form as it was sent. Unreadable for what no form of ours sends."""
    parts: dict[str, dict[int, dict[str, Any]]] = {"items": {}, "rules": {}}
    for name, values in sent.items():
        found = _FIELD.fullmatch(name)
        if found is None:
            continue
        part, number, option, name_of = found.groups()
        entry = parts[part].setdefault(int(number), {})
        if option is not None:
            entry.setdefault("options", {}).setdefault(int(option), {})[name_of] = values[0]
        else:
            entry[name_of] = values if part == "rules" and name_of in _MANY else values[0]
    sheet: dict[str, Any] = {"key": sent.get("key", [""])[0]}
    for part, entries in parts.items():
        rows = [entries[number] for number in sorted(entries)][:MOST]
        for row in rows:
            if part == "items":
                options: dict[int, dict[str, str]] = row.pop("options", {})
                row["options"] = [options[number] for number in sorted(options)][:MOST]
        sheet[part] = rows
    try:
        return msgspec.convert(sheet, Sheet)
    except msgspec.ValidationError:
        raise Unreadable("This is not a form of these pages.") from None


def of(definition: Definition, key: str) -> Sheet:
    """A stored version as a form."""
    items = [_asked(item, "always") for item in definition.items]
    items += [_asked(item, "rotating") for item in definition.rotating]
    return Sheet(key, items, [_watched(rule) for rule in definition.rules])


def _asked(item: Item, turn: str) -> Asked:
    low, high = item.low or Text("", ""), item.high or Text("", "")
    return Asked(
        key=item.key,
        kind=item.kind.value,
        turn=turn,
        text_en=item.text.en,
        text_es=item.text.es,
        min=_text(item.min),
        max=_text(item.max),
        low_en=low.en,
        low_es=low.es,
        high_en=high.en,
        high_es=high.es,
        risk="true" if item.risk else "",
        part2="true" if item.part2 else "",
        domain=item.domain or "",
        options=[Choice(option.value, option.label.en, option.label.es) for option in item.options],
    )


def _watched(rule: Rule) -> Watched:
    told = {name: value for name, value in msgspec.to_builtins(rule).items() if value is not None}
    typed = {name: list(value) if name in _MANY else _text(value) for name, value in told.items()}
    return msgspec.convert(typed, Watched)


def _text(value: object) -> str:
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


def definition_of(sheet: Sheet) -> Definition:
    """The questionnaire that the form describes. Invalid names every entry that makes no question or rule."""
    fixed, rotating = order(sheet)
    wrong: list[FieldProblem] = []

    def each(kind: Any, part: str, raw: list[dict[str, Any]]) -> tuple[Any, ...]:
        made: list[Any] = []
        for number, entry in enumerate(raw):
            try:
                made.append(msgspec.convert(entry, kind, strict=False))
            except msgspec.ValidationError as error:
                problem = explain(error)
                wrong.append(FieldProblem(f"{part}[{number}].{problem.path}".rstrip("."), problem.message))
        return tuple(made)

    definition = Definition(
        items=each(Item, "items", [_item(sheet.items[number]) for number in fixed]),
        rotating=each(Item, "rotating", [_item(sheet.items[number]) for number in rotating]),
        rules=each(Rule, "rules", [_rule(rule) for rule in sheet.rules]),
    )
    if wrong:
        raise Invalid(errors=wrong)
    return definition


def order(sheet: Sheet) -> tuple[list[int], list[int]]:
    """Which rows of the form are the questions asked every time, and which take turns."""
    turns = [number for number, item in enumerate(sheet.items) if item.turn == "rotating"]
    return [number for number in range(len(sheet.items)) if number not in turns], turns


def _item(item: Asked) -> dict[str, Any]:
    made: dict[str, Any] = {
        "key": item.key.strip(),
        "kind": item.kind,
        "text": {"en": item.text_en.strip(), "es": item.text_es.strip()},
        "risk": bool(item.risk),
        "part2": bool(item.part2),
    }
    if item.domain.strip():
        made["domain"] = item.domain.strip()
    if item.kind in (ItemKind.SCALE, ItemKind.NUMBER):
        made |= {name: value for name in ("min", "max") if (value := getattr(item, name).strip())}
    if item.kind == ItemKind.SCALE:
        ends = {end: (getattr(item, f"{end}_en"), getattr(item, f"{end}_es")) for end in ("low", "high")}
        made |= {end: {"en": en.strip(), "es": es.strip()} for end, (en, es) in ends.items() if en or es}
    if item.kind in (ItemKind.SINGLE, ItemKind.MULTIPLE):
        made["options"] = [
            {"value": each.value.strip(), "label": {"en": each.en.strip(), "es": each.es.strip()}}
            for each in item.options
        ]
    return made


_NEVER_LEFT_OUT = ("item", *_MANY)
"""Empty, they are told as a choice that is still to be made, together with everything else that is wrong."""

FIELDS = {
    "threshold": ("item", "at_least", "at_most"),
    "chosen": ("item", "options"),
    "sum_score": ("items", "at_least", "incomplete"),
    "change_from_usual": ("item", "worse", "by", "at_least_answers"),
    "in_a_row": ("item", "times", "at_least", "at_most"),
    "unanswered": ("items",),
}
"""The fields that count in each kind of rule."""


def _rule(rule: Watched) -> dict[str, Any]:
    typed = asdict(rule)
    made = {"rule": rule.rule, "key": rule.key.strip(), "tier": rule.tier, "why": rule.why.strip()}
    told = {name: typed[name] for name in FIELDS.get(rule.rule, ())}
    return made | {name: value for name, value in told.items() if value or name in _NEVER_LEFT_OUT}
