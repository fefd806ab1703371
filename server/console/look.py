"""The console's templates and static files, read once at the start."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.template import TemplateConfig

from server.console import faults, words
from server.core.assets import TYPES, Asset, asset

FOLDER = Path(__file__).parent
TEMPLATES, STATIC = FOLDER / "templates", FOLDER / "static"


class Look(msgspec.Struct, frozen=True):
    """Static files by path; `static` is the address they stand under, which names their version."""

    static: str
    files: dict[str, Asset]


@cache
def shipped_look() -> Look:
    """The static files as shipped."""
    raw = {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in TYPES and path.is_file()
    }
    digest = hashlib.sha256()
    for name, body in raw.items():
        digest.update(f"{name} {len(body)}\n".encode() + body)
    files = {name: asset(body, TYPES[Path(name).suffix]) for name, body in raw.items()}
    return Look(f"/console/{digest.hexdigest()[:16]}", files)


@cache
def templates() -> TemplateConfig[JinjaTemplateEngine]:
    """Jinja: everything is escaped, and a name that nobody gave stops the page instead of leaving a hole."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names: dict[str, Any] = environment.globals
    names.update(
        when=words.when,
        dated=words.dated,
        there=words.there,
        ago=words.ago,
        left=words.left,
        local_day=words.local_day,
        zone_place=words.place_words,
        TIERS=words.TIERS,
    )
    filters: dict[str, Any] = environment.filters
    filters.update(lines=words.lines_of, span=words.span, role=words.role_words, phone=words.phone_link)
    filters.update(readable=words.readable, with_faults=faults.told)
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))
