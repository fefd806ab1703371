"""What fits into one text message. Rule: 160 letters of the GSM alphabet, or 70 letters when one is outside it.

Letters are those of 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension, where a letter counts twice); all
others go as UCS-2. A longer text is sent in parts that may arrive out of order, or not all of them.
"""

import unicodedata
from collections.abc import Sequence

GSM = 160
UCS2 = 70

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("^{}\\[~]|€\f")
_SAME = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "}


def folded(text: str) -> str:
    """The text with marks taken off that the GSM alphabet lacks (á becomes a); what has no such letter stays."""
    return "".join(_fold(letter) for letter in text)


def _fold(letter: str) -> str:
    if letter in _BASIC or letter in _TWICE:
        return letter
    bare = _SAME.get(letter) or unicodedata.normalize("NFD", letter)[0]
    return bare if all(mark in _BASIC for mark in bare) else letter


def fits(text: str) -> bool:
    """Whether this is one text message."""
    if all(letter in _BASIC or letter in _TWICE for letter in text):
        return sum(2 if letter in _TWICE else 1 for letter in text) <= GSM
    return len(text.encode("utf-16-be")) // 2 <= UCS2


def first_that_fits(texts: Sequence[str]) -> str:
    """The first of these that is one message, folded; the last one, cut, where none is."""
    for text in map(folded, texts):
        if fits(text):
            return text
    rest = folded(texts[-1])
    while not fits(rest):
        rest = rest[:-1]
    return rest
