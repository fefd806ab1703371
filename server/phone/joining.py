"""All modules in one classic script, in the order in which they need each other.

An old phone takes longer to fetch sixty small modules from its own cache than to run them. So the service joins
them when it starts: each becomes a function that runs once, at its first use, with the same names inside. What is
written stays as it is; a module that this cannot be done to stops the start.
"""

import json
import posixpath
import re
from collections.abc import Mapping

_IMPORT = re.compile(
    r"^import\s+(?:\*\s+as\s+(?P<space>\w+)|(?P<names>\{[^}]*\})|(?P<default>\w+))\s+from\s+'(?P<path>[^']+)';?$",
    re.MULTILINE,
)
_DECLARED = re.compile(
    r"^export\s+(?=(?:async\s+)?(?:function\*?|class|const)\s+(?P<name>\w+))", re.MULTILINE
)
_LISTED = re.compile(r"^export\s*\{(?P<names>[^}]*)\}(?:\s+from\s+'(?P<path>[^']+)')?;?$", re.MULTILINE)
_DEFAULT = re.compile(r"^export\s+default\s+", re.MULTILINE)
_LATER = re.compile(r"\bimport\(\s*'(?P<path>[^']+)'\s*\)")
_LEFT = re.compile(r"^(?:import|export)\b.*|\bimport\.meta\b|\bimport\(.*", re.MULTILINE)

_OPENING = """'use strict'
{
const $made = new Map()
const $use = (name) => {
if (!$made.has(name)) $made.set(name, $parts[name]())
return $made.get(name)
}
const $later = (name) => new Promise((done) => done($use(name)))
const $parts = {
"""


def joined(modules: Mapping[str, str], entry: str) -> str:
    """One strict script that does what loading `entry` would. `modules` are the texts by path.

    ValueError names the module that needs itself, is missing, or says something this does not know.
    """
    parts: dict[str, str] = {}
    _add(modules, entry, parts, ())
    body = "".join(f"{json.dumps(name)}() {{\n{text}\n}},\n" for name, text in parts.items())
    return f"{_OPENING}{body}}}\n$use({json.dumps(entry)})\n}}\n"


def _add(modules: Mapping[str, str], name: str, parts: dict[str, str], above: tuple[str, ...]) -> None:
    if name in above:
        raise ValueError(f"{name} needs itself: {' -> '.join([*above, name])}")
    if name in parts:
        return
    if name not in modules:
        raise ValueError(f"{above[-1] if above else 'the entry'} needs {name}, which is not there")
    text, now, then = _part(name, modules[name])
    for needed in now:
        _add(modules, needed, parts, (*above, name))
    parts[name] = text
    for needed in then:
        _add(modules, needed, parts, ())


def _part(name: str, text: str) -> tuple[str, list[str], list[str]]:
    """The module as the body of a function, what it needs first, and what it loads later."""
    now: list[str] = []
    then: list[str] = []
    given: list[str] = []

    def address(path: str, into: list[str]) -> str:
        into.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), path)))
        return json.dumps(into[-1])

    def taken(found: re.Match[str]) -> str:
        source = f"$use({address(found['path'], now)})"
        if found["space"]:
            return f"const {found['space']} = {source}"
        if found["default"]:
            return f"const {found['default']} = {source}.default"
        return f"const {_as_fields(found['names'])} = {source}"

    def listed(found: re.Match[str]) -> str:
        pairs = [one.split(" as ") for one in found["names"].split(",") if one.strip()]
        source = f"$use({address(found['path'], now)})." if found["path"] else ""
        given.extend(f"{pair[-1].strip()}: {source}{pair[0].strip()}" for pair in pairs)
        return ""

    text = _IMPORT.sub(taken, text)
    text = _LATER.sub(lambda found: f"$later({address(found['path'], then)})", text)
    given += [found["name"] for found in _DECLARED.finditer(text)]
    text = _LISTED.sub(listed, _DECLARED.sub("", text))
    if _DEFAULT.search(text):
        text = _DEFAULT.sub("const $default = ", text)
        given.append("default: $default")
    left = _LEFT.search(text)
    if left:
        raise ValueError(f"{name}: this cannot be joined: {left[0][:80]}")
    return f"{text.strip()}\nreturn {{ {', '.join(given)} }}", now, then


def _as_fields(names: str) -> str:
    return names.replace(" as ", ": ")
