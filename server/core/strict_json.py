"""Reading JSON strictly: no duplicated keys, no NUL, no half characters, bounded size; errors name the place only."""

import json
import re
from typing import Any, TypeVar, cast

import msgspec

from server.core.errors import FieldProblem, Invalid, TooLarge, Unreadable

T = TypeVar("T")

LARGEST_BODY = 64 * 1024

_PLACE = re.compile(r" - at `(?:key in )?\$?\.?(.*)`$")
_VALUE = re.compile(r"^Invalid (?:enum )?value .*")
_FIELD = re.compile(r"unknown field `(.*)`")
_MISSING = re.compile(r"missing required field `(.*)`")
_PATTERN = re.compile(r"^Expected `str` matching regex .*")
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class _Twice(ValueError):
    """A key that appears twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _Twice


_looking_twice = json.JSONDecoder(object_pairs_hook=_once)


def _refuse_twice_and_nul(body: bytes) -> None:
    try:
        _looking_twice.decode(body.decode())
    except _Twice:
        raise Unreadable("A key appears twice in one object.") from None
    if b"\\u0000" in body and _has_nul(json.loads(body)):
        raise Unreadable("Text may not contain the NUL character.")


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        pairs = cast(dict[str, Any], value)
        return any(_has_nul(key) or _has_nul(part) for key, part in pairs.items())
    return isinstance(value, list) and any(_has_nul(part) for part in cast(list[Any], value))


def read(body: bytes, kind: type[T], most: int = LARGEST_BODY) -> T:
    """The typed value in `body`; Unreadable when it is not JSON, Invalid naming the field when it does not fit."""
    if len(body) > most:
        raise TooLarge(f"The limit is {most // 1024} KiB.")
    try:
        _refuse_twice_and_nul(body)
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid(errors=[explain(error)]) from None
    except (
        ValueError,
        RecursionError,
        OverflowError,
        MemoryError,
    ):  # DecodeError and UnicodeError are ValueErrors
        raise Unreadable("The body is not JSON in UTF-8, or is nested too deeply.") from None


def convert(value: Any, kind: type[T], path: str = "") -> T:
    """The same strictness for a value already read as plain JSON; `path` names where it came from."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problem = explain(error)
        place = ".".join(part for part in (path, problem.path) if part)
        raise Invalid(errors=[FieldProblem(place, problem.message)]) from None


def explain(error: msgspec.ValidationError) -> FieldProblem:
    """msgspec's message as a path and a sentence that repeats nothing of what was sent."""
    text = str(error)
    found = _PLACE.search(text)
    path = found.group(1).replace("[...]", "") if found else ""
    message = text[: found.start()] if found else text
    if _VALUE.match(message):
        message = "This is not one of the allowed values"
    if _PATTERN.match(message):
        message = "This does not have the form that is needed here"
    if missing := _MISSING.search(message):
        return FieldProblem(f"{path}.{missing.group(1)}".lstrip("."), "This is needed")
    if unknown := _FIELD.search(message):
        message = "There is no such field here"
        if _PLAIN_NAME.fullmatch(unknown.group(1)):
            path = f"{path}.{unknown.group(1)}".lstrip(".")
    return FieldProblem(path, message)
