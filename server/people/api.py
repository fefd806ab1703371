"""What the OpenAPI description says of every route: a summary and each refusal it can answer with."""

from typing import Any

import msgspec
from litestar.openapi.datastructures import ResponseSpec

from server.core import errors
from server.core.errors import FieldProblem, Refusal


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal (RFC 9457, application/problem+json). It never repeats what was sent."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: tuple[FieldProblem, ...] = ()


_TITLES = {
    kind.status: kind.title
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, Refusal)
}


def described(summary: str, *statuses: int) -> dict[str, Any]:
    """OpenAPI keywords for a route: its summary, and problem+json for these statuses and the ever-possible ones."""
    responses = {
        status: ResponseSpec(
            data_container=Problem,
            description=_TITLES.get(status, "Refused"),
            media_type="application/problem+json",
            generate_examples=False,
        )
        for status in sorted({400, *statuses, 503})
    }
    return {"summary": summary, "responses": responses}
