"""Forms that hold more than others: one with a file in parts, one with many fields. Refused over a limit, in words."""

from typing import cast
from urllib.parse import parse_qsl

from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException

from server.console.page import Page, Tried
from server.core.errors import TooLarge, Unreadable

LARGEST_FILE = 1024 * 1024
"""Bytes in a file, or in the text that stands in its place."""

LARGEST_FIELDS = 256 * 1024
"""Bytes in a form of many fields."""

ROUTE_LIMIT = 8 * LARGEST_FILE
"""What such a route still reads, so that what is over the limit is refused in words and not by a cut line."""

_NO_FORM = "This is not a form of these pages."


async def with_file(page: Page) -> tuple[Tried, dict[str, bytes]]:
    """A form sent in parts: its fields, and its files by name."""
    try:
        form = await page.request.form()
        files = {
            name: await value.read() for name, value in form.multi_items() if isinstance(value, UploadFile)
        }
    except (HTTPException, ValueError, LookupError) as error:
        raise _unreadable(error) from None
    texts = [(name, value) for name, value in form.multi_items() if not isinstance(value, UploadFile)]
    return _tried(cast(list[tuple[str, str]], texts)), files


async def of_many_fields(page: Page) -> Tried:
    """A form with more fields than the usual limit holds."""
    try:
        body = await page.request.body()
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), errors="strict")
    except (HTTPException, ValueError) as error:
        raise _unreadable(error) from None
    if len(body) > LARGEST_FIELDS:
        raise TooLarge(f"The limit is {LARGEST_FIELDS // 1024} KiB.")
    return _tried(pairs)


def _unreadable(error: Exception) -> TooLarge | Unreadable:
    too_large = isinstance(error, HTTPException) and error.status_code == TooLarge.status
    return (
        TooLarge(f"The limit is {LARGEST_FILE // 1024 // 1024} MiB.") if too_large else Unreadable(_NO_FORM)
    )


def _tried(pairs: list[tuple[str, str]]) -> Tried:
    sent: dict[str, list[str]] = {}
    for name, text in pairs:
        if "\0" in text:
            raise Unreadable("Text may not contain the NUL character.")
        sent.setdefault(name, []).append(text.replace("\r\n", "\n"))
    return Tried(sent)
