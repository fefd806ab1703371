"""A plan as a PDF, as the answer to a request: drawn outside the transaction, and kept on nobody's shared disk."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Annotated, Literal

from litestar.params import Parameter
from litestar.response import Response

from crisisplans.sheet import Sheet
from server.core.db import Tx
from server.core.errors import Busy
from server.people.caller import Caller

Paper = Annotated[Literal["letter", "a4"], Parameter(query="paper", description="The paper to print on.")]

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


PRINTER = ThreadPoolExecutor(1, thread_name_prefix="print")
"""Drawing keeps a processor busy: one at a time, and on a thread of its own, or nobody could sign in meanwhile."""

MOST_WAITING = 8
_waiting = BoundedSemaphore(MOST_WAITING)


@contextmanager
def place() -> Generator[None]:
    """A place in the row before the printer, for code on the event loop; Busy when it is long already."""
    if not _waiting.acquire(blocking=False):
        raise Busy(headers={"Retry-After": "10"})
    try:
        yield
    finally:
        _waiting.release()


def _drawn(sheet: Sheet, paper: str) -> bytes:
    # With the first plan that is printed: its letters are twenty megabytes, and most processes never print one.
    from crisisplans import printing

    return printing.pdf(sheet, paper)


async def answer(
    caller: Caller, work: Callable[[Tx], Sheet], paper: str, *, save: bool = False
) -> Response[bytes]:
    """What `work` says is on the sheet, drawn: to look at, or to `save`. The file's name says nothing of anybody.

    Busy, and nothing recorded, where the row before the printer is long already.
    """
    with place():
        sheet = await caller.write(work)
        drawn = await asyncio.get_running_loop().run_in_executor(PRINTER, _drawn, sheet, paper)
    disposition = f'{"attachment" if save else "inline"}; filename="plan.pdf"'
    headers = {**HEADERS, "Content-Disposition": disposition}
    return Response(drawn, media_type="application/pdf", headers=headers)
