"""Letters for the printed plan. Noto Sans first, FiraGO and Noto's symbols for what it lacks (SIL Open Font License).

fpdf2's own fonts know only Western letters and fpdf2 reads fonts from files, so the ones in the wheel are put into a
folder that goes away with the process.
"""

import io
import logging
import tempfile
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pymupdf_fonts  # pyright: ignore[reportMissingTypeStubs]  the wheel has none
from fontTools.ttLib import TTFont
from fpdf import FPDF

MAIN, WIDER, SIGNS = "notos", "figo", "symbol2"
_FILES = {(MAIN, ""): "notos", (MAIN, "B"): "notosbo", (WIDER, ""): "figo", (SIGNS, ""): "symbol2"}

# Subsetting tells of every table it leaves out, as a warning.
logging.getLogger("fontTools.subset").setLevel(logging.ERROR)

UNKNOWN = "\u25a1"
"""An empty box, in place of a sign that no font here has."""

_JOINER = "\u200d"
_MODIFIERS = frozenset(chr(code) for code in (*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400)))
"""They only change how the sign before them looks."""


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="handrail-fonts-")
    for name in _FILES.values():
        (Path(folder.name) / f"{name}.ttf").write_bytes(_bytes(name))
    return folder


def _bytes(name: str) -> bytes:
    known: Any = pymupdf_fonts
    return bytes(known.myfont(name))


@cache
def _letters() -> frozenset[int]:
    """Every character that can be printed."""
    found: set[int] = set()
    for name in (MAIN, WIDER, SIGNS):
        table: Any = TTFont(io.BytesIO(_bytes(name)), lazy=True).getBestCmap()
        found.update(table)
    return frozenset(found)


def add_to(pdf: FPDF) -> None:
    """Make the fonts known to a document."""
    folder = Path(_folder().name)
    for (family, style), name in _FILES.items():
        pdf.add_font(family, style, folder / f"{name}.ttf")
    pdf.set_fallback_fonts([WIDER, SIGNS], exact_match=False)


def printable(text: str) -> str:
    """The text on one line, every letter kept; a sign that no font has becomes an empty box."""
    kept: list[str] = []
    joined = False
    for mark in unicodedata.normalize("NFC", text):
        category = unicodedata.category(mark)
        if joined and ord(mark) not in _letters():
            joined = False  # the rest of one sign that is made of several
            continue
        joined = mark == _JOINER
        if category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif category != "Cf" and mark not in _MODIFIERS:
            kept.append(mark if ord(mark) in _letters() else UNKNOWN)
    return " ".join("".join(kept).split())
