"""What the OpenAPI description says of every route: a summary and each refusal it can answer with."""

from typing import Any

import msgspec
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec

from server.core import errors
from server.core.errors import FieldProblem, Refusal

PROBLEM_JSON = "application/problem+json"

_ETAG = ResponseHeader(
    name="ETag", documentation_only=True, description='The version of what is answered, like "3".'
)


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal (RFC 9457, application/problem+json). It never repeats what was sent."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: tuple[FieldProblem, ...] = ()


TITLES: dict[int, str] = {
    kind.status: kind.title
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, Refusal)
}
"""What each refusal is called, by status."""


def described(summary: str, *statuses: int, tagged: bool = False) -> dict[str, Any]:
    """OpenAPI keywords for a route: its summary, and problem+json for these statuses and the ever-possible ones.

    `tagged`: the answer carries an ETag to ask or to edit by.
    """
    responses = {
        status: ResponseSpec(
            data_container=Problem,
            description=TITLES.get(status, "Refused"),
            media_type=PROBLEM_JSON,
            generate_examples=False,
        )
        for status in sorted({400, *statuses, 503})
    }
    return {"summary": summary, "responses": responses, "response_headers": [_ETAG] if tagged else []}
