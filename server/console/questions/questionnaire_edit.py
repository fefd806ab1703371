"""What the buttons of the questionnaire's form do, and where a refusal belongs in it."""

import re
from typing import Any

from checkins.definition import ItemKind
from server.console.page import Tried
from server.console.questions.questionnaire_sheet import FIELDS, Asked, Choice, Sheet, Watched, order
from server.core.errors import FieldProblem

_PLACE = re.compile(r"(?:definition\.)?(items|rotating|rules)(?:\[|\.)(\d+)\]?\.?(.*)")


def press(sheet: Sheet, button: str, new_rule: str) -> str:
    """Carry out one button of the form on the sheet; a word that no button sends does nothing.

    Returns the place in the page that it is about: "item-2".
    """
    what, _, rest = button.partition(".")
    verb, _, where = rest.partition(".")
    numbers = [int(part) for part in where.split(".") if part.isdecimal() and len(part) < 4]
    rows: list[Asked] | list[Watched] = sheet.rules if what == "rule" else sheet.items
    if what == "option":
        return _press_option(sheet, verb, numbers)
    if verb == "add":
        return _add(sheet, what, new_rule)
    if what in ("item", "rule") and numbers and numbers[0] < len(rows):
        return f"{what}-{_move(rows, verb, numbers[0])}"
    return ""


def _add(sheet: Sheet, what: str, new_rule: str) -> str:
    if what == "item":
        sheet.items.append(Asked(min="0", max="10"))
        return f"item-{len(sheet.items) - 1}"
    if what == "rule" and new_rule in FIELDS:
        sheet.rules.append(Watched(rule=new_rule, at_least_answers="5", times="3"))
        return f"rule-{len(sheet.rules) - 1}"
    return ""


def _move(rows: list[Any], verb: str, number: int) -> int:
    """Where the entry stands afterwards; one that was taken out stands nowhere."""
    if verb == "drop":
        del rows[number]
        return -1
    to = number + {"up": -1, "down": 1}.get(verb, 0)
    if not 0 <= to < len(rows):
        return number
    rows[to], rows[number] = rows[number], rows[to]
    return to


def _press_option(sheet: Sheet, verb: str, numbers: list[int]) -> str:
    if not numbers or numbers[0] >= len(sheet.items):
        return ""
    options = sheet.items[numbers[0]].options
    if verb == "add":
        options.append(Choice())
    elif verb == "drop" and len(numbers) == 2 and numbers[1] < len(options):
        del options[numbers[1]]
    return f"item-{numbers[0]}"


def wrong_in(tried: Tried, entry: str) -> bool:
    """Whether something is wrong in this entry of the form ("items.2"), so that it is shown open."""
    errors = tried.problem.errors if tried.problem else ()
    return any(each.path.startswith(f"{entry}.") for each in errors)


def tidy(sheet: Sheet) -> None:
    """Give what was left empty its usual value: an item's or a rule's key, two answers to choose from."""
    for item in sheet.items:
        if item.kind in (ItemKind.SINGLE, ItemKind.MULTIPLE):
            item.options += [Choice() for _ in range(2 - len(item.options))]
        item.key = item.key.strip() or _free(_slug(item.text_en), {each.key for each in sheet.items})
        values = {option.value for option in item.options}
        for option in item.options:
            option.value = option.value.strip() or (
                _free(_slug(option.en), values) if option.en.strip() else ""
            )
            values.add(option.value)
    for rule in sheet.rules:
        about = rule.item or rule.rule
        rule.key = rule.key.strip() or _free(
            _slug(f"{about}.{rule.tier}"), {each.key for each in sheet.rules}
        )


def _slug(text: str) -> str:
    words = re.sub(r"[^a-z0-9.]+", "_", text.lower()).strip("_.")
    return words[:40].rstrip("_.") or "question"


def _free(key: str, taken: set[str]) -> str:
    return next(
        name for number in range(1, 1000) if (name := key if number == 1 else f"{key}_{number}") not in taken
    )


def at_fields(sheet: Sheet, errors: tuple[FieldProblem, ...]) -> list[FieldProblem]:
    """The problems with the name of the field in the form that each belongs to."""
    fixed, rotating = order(sheet)
    placed: list[FieldProblem] = []
    for each in errors:
        found = _PLACE.match(each.path)
        if found is None:
            placed.append(each)
            continue
        part, number, rest = found[1], int(found[2]), found[3]
        if part != "rules":
            rows = fixed if part == "items" else rotating
            number = rows[number] if number < len(rows) else number
        group = "rules" if part == "rules" else "items"
        placed.append(FieldProblem(f"{group}.{number}.{_field(rest)}", each.message))
    return placed


def _field(rest: str) -> str:
    """The field of the form for the rest of a path: the words of a text stand under the English one."""
    name = re.split(r"[.\[]", rest)[0]
    return {"": "key", "text": "text_en", "low": "low_en", "high": "high_en"}.get(name, name)


_NAMES = {
    "key": "name",
    "text_en": "words",
    "min": "lowest",
    "max": "highest",
    "at_least": "limit",
    "item": "question",
    "items": "questions",
    "options": "answers",
}


def place_words(path: str) -> str:
    """A field of the form in words: "Question 3, words"."""
    part, _, rest = path.partition(".")
    number, _, name = rest.partition(".")
    if part not in ("items", "rules") or not number:
        return {"key": "Name of the questionnaire", "items": "Questions"}.get(path, path.replace("_", " "))
    kind = "Question" if part == "items" else "Rule"
    return f"{kind} {int(number) + 1}, {_NAMES.get(name, name.replace('_', ' '))}"
