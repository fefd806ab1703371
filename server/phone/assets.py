"""Everything the phone app is made of, read once: the shell, the modules, the words of both languages, the lines.

There is no build step. Two modules are written here, since Python reads the same data: `words.js` from
`static/words/*.json`, and `lines.js` from the checked table of crisis lines. Phones fetch all modules as one file,
`app.js`, and all style sheets as `app.css`; the single files can be fetched too, for looking into them.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from crisisplans.lines import CrisisLine, national_lines
from server.core.assets import TYPES, Asset, asset
from server.phone import fallback
from server.phone.joining import joined
from server.phone.manifest import manifest
from server.phone.slim import slimmed

FOLDER = Path(__file__).parent / "static"
LANGUAGES = ("en", "es")
KEPT = (
    *("app.css", "app.js", "away.html", "away.js"),
    *("icons/mark.svg", "icons/mark-192.png", "icons/plain.svg", "icons/plain-192.png"),
)
"""What the worker keeps on the phone; the larger pictures are fetched by the phone's own system."""
ENTRY = "main.js"
_ALONE = ("away.js", "sw.js")
_SHEETS = tuple(f"styles/{name}.css" for name in ("tokens", "app", "forms", "print"))
_AT_ROOT = ("index.html", "sw.js")
_SLOT = re.compile(r"\{\w+\}")


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """The whole app at one version. `files` are by path under /app/s/<version>/."""

    version: str
    shell: Asset
    worker: Asset
    manifest: Asset
    plain_manifest: Asset
    files: Mapping[str, Asset]


def read_phone(folder: Path, lines: Iterable[CrisisLine]) -> Phone:
    """The app in `folder`, with `lines` for its help bar. The version changes when any byte of it does."""
    raw = {
        path.relative_to(folder).as_posix(): _read(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in TYPES and path.is_file()
    }
    table = [fallback.line_entry(line) for line in lines]
    raw["words.js"] = _module(joined_words(sorted(folder.glob("words/*.json"))))
    raw["lines.js"] = _module(table)
    scripts = {
        name: body.decode() for name, body in raw.items() if name.endswith(".js") and name not in _ALONE
    }
    raw["app.js"] = joined(scripts, ENTRY).encode()
    raw["app.css"] = b"".join(raw.get(name, b"") for name in _SHEETS)
    version = _version(raw)
    root = {name: raw.pop(name).decode() for name in _AT_ROOT if name in raw}
    static = f"/app/s/{version}"
    kept = [f"{static}/{name}" for name in KEPT if name in raw]
    return Phone(
        version=version,
        shell=asset(_shell(root["index.html"], static, table), TYPES[".html"]),
        worker=asset(_worker(root.get("sw.js", ""), version, kept), TYPES[".js"]),
        manifest=asset(manifest(static, plain=False), "application/manifest+json"),
        plain_manifest=asset(manifest(static, plain=True), "application/manifest+json"),
        files={name: asset(body, TYPES[Path(name).suffix]) for name, body in raw.items()},
    )


@cache
def shipped_phone() -> Phone:
    """The app as it is shipped, read at the first use."""
    return read_phone(FOLDER, national_lines())


def joined_words(paths: Iterable[Path]) -> dict[str, dict[str, str]]:
    """All sentences by language and key. A key stands once, in both languages, with the same slots."""
    words: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for path in paths:
        for key, sentence in json.loads(path.read_text(encoding="utf-8")).items():
            if key in words["en"]:
                raise ValueError(f"{path.name}: {key} is there twice")
            if sorted(sentence) != sorted(LANGUAGES) or not all(sentence.values()):
                raise ValueError(f"{path.name}: {key} needs exactly {LANGUAGES}")
            if len({frozenset(_SLOT.findall(text)) for text in sentence.values()}) > 1:
                raise ValueError(f"{path.name}: {key} has other slots in one language")
            for language in LANGUAGES:
                words[language][key] = sentence[language]
    return words


def _read(path: Path) -> bytes:
    if path.suffix in (".js", ".css"):
        return slimmed(path.read_text(encoding="utf-8")).encode()
    return path.read_bytes()


def _module(data: object) -> bytes:
    return f"export default {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def _version(raw: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, body in sorted(raw.items()):
        digest.update(f"{name} {len(body)}\n".encode() + body)
    return digest.hexdigest()[:16]


def _shell(text: str, static: str, table: list[fallback.Line]) -> bytes:
    for slot, markup in (
        ("{numbers}", fallback.numbers(table)),
        ("{bar}", fallback.bar(table)),
        ("{static}", static),
    ):
        text = text.replace(slot, markup)
    return text.encode()


def _worker(text: str, version: str, kept: list[str]) -> bytes:
    listed = ",".join(json.dumps(address) for address in kept)
    return text.replace("/*VERSION*/", version).replace("/*FILES*/", listed).encode()
