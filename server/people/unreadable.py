"""Values that no longer open. Rule: what does not open is said to be so, and nothing beside it is hidden."""

from typing import TypeVar
from uuid import UUID

import msgspec

from server.core.vault import SealBroken, SubjectKey

T = TypeVar("T")

UNREADABLE = "(This can no longer be read.)"


def text_or(key: SubjectKey, column: str, row: UUID, sealed: bytes, otherwise: T) -> str | T:
    """The text, or `otherwise` where it does not open."""
    try:
        return key.open_text(column, row, sealed)
    except SealBroken:
        return otherwise


def json_or(key: SubjectKey, column: str, row: UUID, sealed: bytes, kind: type[T]) -> T | None:
    """The value, or None where it does not open or is not of this kind."""
    try:
        return key.open_json(column, row, sealed, kind)
    except (SealBroken, msgspec.MsgspecError):
        return None
