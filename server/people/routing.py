"""What the routes of every package share: the usual parameters, and a QR picture."""

from typing import Annotated
from uuid import UUID

import segno
from litestar.params import Parameter

from server.core.errors import Invalid, PreconditionNeeded

IfMatch = Annotated[str | None, Parameter(header="If-Match", max_length=40, description='Like "3".')]
Cursor = Annotated[UUID | None, Parameter(query="cursor", description="Where the page before ended.")]


def version_of(if_match: str | None) -> int:
    """The version number inside an If-Match header; 428 without one."""
    if if_match is None:
        raise PreconditionNeeded
    number = if_match.strip().removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 9:
        raise Invalid.field("If-Match", 'a version is needed, like "3"')
    return int(number)


def same(if_none_match: str | None, etag: str) -> bool:
    """Whether the header names this entity tag (weak comparison, RFC 9110 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag.removeprefix("W/") in tags or tags == ["*"]


def qr(text: str) -> str:
    """A QR code as an SVG picture."""
    return segno.make(text, error="m").svg_inline(scale=5, border=2)
