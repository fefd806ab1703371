"""A refusal as a page: what happened, in words, and where to go from here."""

from typing import Any
from urllib.parse import quote

from litestar import Request
from litestar.response import Response, Template

from server.console.page import HEADERS
from server.core.errors import Unauthenticated
from server.problems import as_refusal


def refused(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The page for any failure. Nobody signed in: a page to read leads to the sign-in, a form says how to go on."""
    refusal = as_refusal(request, error)
    if isinstance(refusal, Unauthenticated) and request.method == "GET":
        where = f"/sign-in?next={quote(request.url.path)}"
        return Response(b"", status_code=303, headers={**HEADERS, "Location": where})
    return Template(
        template_name="problem.html",
        context={
            "frame": None,
            "problem": refusal,
            "signed_out": isinstance(refusal, Unauthenticated),
            "static": request.app.state.console.static,
        },
        status_code=refusal.status,
        headers={**HEADERS, **refusal.headers},
        media_type="text/html",
    )
