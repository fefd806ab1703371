"""Forms that hold more than others: one with a file in parts, one with many fields. Refused over a limit, in words.

Parts are text in UTF-8, whatever they call themselves: some of the encodings a stranger may name take minutes.
"""

import asyncio
import base64

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

from server.console.page import NO_FORM, Page, Tried, fields_of, tried_with
from server.core.errors import TooLarge, Unreadable

LARGEST_FILE = 1024 * 1024
"""Bytes in a file, or in the text that stands in its place."""

LARGEST_FIELDS = 256 * 1024
"""Bytes in a form of many fields."""

MOST_FIELDS = 10_000
"""Fields in a form of many."""

MOST_PARTS = 20
"""Parts of a form with a file."""

ROUTE_LIMIT = 3 * LARGEST_FILE
"""What such a route reads at most: a file comes back from its dry run as text, a third longer."""

_TOO_LARGE = f"A file may have {LARGEST_FILE // 1024 // 1024} MiB. Nothing of it was read."


async def with_file(page: Page) -> tuple[Tried, dict[str, bytes]]:
    """A form sent in parts: its fields, and its files by name."""
    await page.caller.insist()
    texts: list[tuple[str, str]] = []
    files: dict[str, bytes] = {}
    try:
        for segment, data in await _parts(page):
            if segment.filename:
                files[segment.name or ""] = data
            else:
                texts.append((segment.name or "", data.decode()))
    except (ParserLimitReached, TooLarge):
        raise TooLarge(_TOO_LARGE) from None
    except (MultipartError, UnicodeError):
        raise Unreadable(NO_FORM) from None
    return tried_with(texts), files


async def _parts(page: Page) -> list[tuple[MultipartSegment, bytes]]:
    kind, options = page.request.content_type
    found: list[tuple[MultipartSegment, bytearray]] = []
    if kind != "multipart/form-data":
        raise Unreadable(NO_FORM)
    with PushMultipartParser(
        options.get("boundary", ""), max_segment_count=MOST_PARTS, strict=True
    ) as parser:
        async for piece in page.parts(ROUTE_LIMIT):
            for event in parser.parse(piece) if piece else ():
                if isinstance(event, MultipartSegment):
                    found.append((event, bytearray()))
                elif event:
                    found[-1][1].extend(event)
    return [(segment, bytes(data)) for segment, data in found]


def carried(tried: Tried) -> bytes:
    """The file that a dry run showed, as its page carried it on."""
    try:
        return within(base64.b64decode(tried.value("carried"), validate=True))
    except ValueError:  # binascii.Error is one, and so is text that is no ASCII
        raise Unreadable(NO_FORM) from None


def within(data: bytes) -> bytes:
    """The same file; refused where it is larger than a file may be."""
    if len(data) > LARGEST_FILE:
        raise TooLarge(_TOO_LARGE)
    return data


async def of_many_fields(page: Page) -> Tried:
    """A form with more fields than the usual limit holds."""
    body = await page.body(LARGEST_FIELDS)
    return await asyncio.to_thread(fields_of, body, MOST_FIELDS)
