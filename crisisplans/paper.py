"""A plan as a PDF, as the answer to a request: drawn outside the transaction, and kept on nobody's shared disk."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal

from litestar.params import Parameter
from litestar.response import Response

from crisisplans import printing
from crisisplans.sheet import Sheet
from server.core.db import Tx
from server.people.caller import Caller

Paper = Annotated[Literal["letter", "a4"], Parameter(query="paper", description="The paper to print on.")]

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


async def answer(
    caller: Caller, work: Callable[[Tx], Sheet], paper: str, *, save: bool = False
) -> Response[bytes]:
    """What `work` says is on the sheet, drawn: to look at, or to `save`. The file's name says nothing of anybody.

    Busy, and nothing recorded, where the row before the printer is long already.
    """
    with printing.place():
        sheet = await caller.write(work)
        drawn = await asyncio.get_running_loop().run_in_executor(printing.PRINTER, printing.pdf, sheet, paper)
    disposition = f'{"attachment" if save else "inline"}; filename="plan.pdf"'
    headers = {**HEADERS, "Content-Disposition": disposition}
    return Response(drawn, media_type="application/pdf", headers=headers)
