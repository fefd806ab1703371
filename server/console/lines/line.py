"""The page of crisis lines: the table, what serves an area, and a file that is tried before it is applied."""

import base64
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from crisisplans import line_preview, line_table, queries
from crisisplans.client_plan import line_for_client
from crisisplans.line_file import written
from crisisplans.lines import COLUMNS, IN_EVERY_PLAN, MAX_IMPORT_ROWS, NATIONWIDE, LineKind, for_area
from crisisplans.schemas import ClientLine, LineOut
from server.console.big_form import LARGEST_FILE, within
from server.console.page import Tried
from server.core.db import Tx
from server.core.errors import Invalid
from server.people import access, programmes, proofs
from server.people.roles import Action, reach
from server.people.terms import Language

KINDS = {
    LineKind.CALL: "Call",
    LineKind.TEXT: "Text message",
    LineKind.CHAT: "Web chat",
    LineKind.VIDEO: "Video call",
    LineKind.EMERGENCY: "Emergency call",
    LineKind.SOCIAL: "Food, housing and other help",
}
LANGUAGES = {
    **{"en": "English", "es": "Spanish", "ase": "American Sign Language", "ar": "Arabic", "fa": "Persian"},
    **{"fr": "French", "hi": "Hindi", "hmn": "Hmong", "ht": "Haitian Creole", "ja": "Japanese"},
    **{"ko": "Korean", "my": "Burmese", "ne": "Nepali", "pt": "Portuguese", "ru": "Russian"},
    **{"so": "Somali", "tl": "Tagalog", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese"},
    **{"zh": "Chinese"},
}
WORDS = {"kinds": KINDS, "languages": LANGUAGES, "nationwide": NATIONWIDE}

_SHOWN_CHANGES = 200
"""Lines of each kind of change that the dry run spells out; all are counted."""


class Area(Struct, frozen=True, kw_only=True):
    """What serves one area, as a client reads it in each language."""

    name: str
    known: bool
    english: tuple[ClientLine, ...]
    spanish: tuple[ClientLine, ...]


def shown(tx: Tx, area: str | None) -> dict[str, Any]:
    """The table, the areas in it, and what a client in the chosen one would see."""
    lines = line_table.shown(tx).lines
    areas = sorted({line.area for line in lines if line.area != NATIONWIDE}, key=str.casefold)
    return {
        **WORDS,
        "lines": lines,
        "own": sum(not line.national for line in lines),
        "old": sum(line.stale for line in lines),
        "areas": areas,
        "area": _served(lines, area, areas) if area else None,
        "may_edit": reach(tx.actor.role, Action.EDIT_CRISIS_LINES) is not None,
        "in_every_plan": IN_EVERY_PLAN,
    }


def _served(lines: Sequence[LineOut], area: str, areas: list[str]) -> Area:
    found = for_area(lines, area)

    def read(language: Language) -> tuple[ClientLine, ...]:
        return tuple(line_for_client(line, language, old=stale) for line, stale in pairs)

    pairs = [(line, getattr(line, "stale", False)) for line in found]
    return Area(
        name=area,
        known=area == NATIONWIDE or area.casefold() in {each.casefold() for each in areas},
        english=read(Language.EN),
        spanish=read(Language.ES),
    )


def table_file(tx: Tx, *, everything: bool) -> bytes:
    """The table as a CSV file: the programme's own lines, which an import takes back, or the national ones too."""
    access.require(tx, Action.VIEW_CRISIS_LINES)
    programme = programmes.of_actor(tx)
    if everything:
        return written(queries.known_lines(tx, programme.id).values())
    return written(queries.programme_lines(tx, programme.id))


def import_form(tx: Tx) -> dict[str, Any]:
    """The page that takes a file, before any was sent."""
    access.require(tx, Action.EDIT_CRISIS_LINES)
    own = queries.programme_lines(tx, programmes.of_actor(tx).id)
    return {
        **WORDS,
        "own": len(own),
        "columns": COLUMNS,
        "most_lines": MAX_IMPORT_ROWS,
        "most_mib": LARGEST_FILE // 1024 // 1024,
        "preview": None,
        "fresh": proofs.is_fresh(tx),
        "most_shown": _SHOWN_CHANGES,
        "file": "",
        "text": "",
    }


def tried_file(tx: Tx, data: bytes) -> dict[str, Any]:
    """The same page with what this file would do."""
    preview = line_preview.preview(tx, data)
    return {
        **import_form(tx),
        "preview": preview,
        "file": base64.b64encode(data).decode() if preview.mark else "",
        "text": data.decode(errors="replace") if preview.errors else "",
    }


def file_of(tried: Tried, files: dict[str, bytes]) -> bytes:
    """What was sent to be tried: a file, or the text pasted in its place."""
    data = files.get("file") or tried.value("text").encode()
    if not data.strip():
        raise Invalid.field("file", "Choose a file, or paste its text below")
    return within(data)
