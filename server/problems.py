"""Turning every failure into problem+json (RFC 9457) that names the place and repeats nothing of the input,
in the language the caller asks for (Accept-Language)."""

import logging
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Response
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from server.core.errors import Busy, Conflict, FieldProblem, Refusal
from server.people.api import PROBLEM_JSON, Problem
from server.problem_words import in_spanish, prefers_spanish

log = logging.getLogger("handrail.web")

_PLAIN = {
    400: ("bad-request", "This request cannot be carried out"),
    404: ("not-found", "We did not find that"),
    405: ("method-not-allowed", "This address does not take that method"),
    413: ("too-large", "The body is too large"),
    415: ("unsupported-media-type", "Send application/json"),
}


def _answer(
    request: Request[Any, Any, Any], problem: Problem, extra: dict[str, object], headers: dict[str, str]
) -> Response[bytes]:
    spanish = prefers_spanish(request.headers.get("accept-language", ""))
    problem = in_spanish(problem) if spanish else problem
    headers = {**headers, "Content-Language": "es" if spanish else "en", "Vary": "Accept-Language"}
    body: dict[str, object] = {**msgspec.to_builtins(problem), **extra}
    return Response(
        msgspec.json.encode(body), status_code=problem.status, media_type=PROBLEM_JSON, headers=headers
    )


def refusal(request: Request[Any, Any, Any], error: Refusal) -> Response[bytes]:
    """A refusal of our own."""
    problem = Problem(
        type=f"about:{error.kind}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        errors=error.errors,
    )
    return _answer(request, problem, error.extra, error.headers)


def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """A refusal of the framework's: unknown address, wrong method, a parameter of the wrong kind."""
    problems: list[FieldProblem] = []
    detail: str | None = None
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        wrong = [(str(e.get("key", "")), str(e.get("message", ""))) for e in error.extra]
        problems = [FieldProblem(_sent_as(request, k), _plain(m)) for k, m in wrong if k != "data"]
        detail = None if problems else "A JSON body is needed here."
    kind, title = _PLAIN.get(error.status_code, ("refused", "This request cannot be carried out"))
    problem = Problem(
        type=f"about:{kind}", title=title, status=error.status_code, detail=detail, errors=tuple(problems)
    )
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return _answer(request, problem, {}, headers)


def _sent_as(request: Request[Any, Any, Any], key: str) -> str:
    """The name a parameter is sent under, which need not be what our function calls it."""
    parameter = request.route_handler.parsed_fn_signature.parameters.get(key)
    sent = parameter.kwarg_definition if parameter is not None else None
    return getattr(sent, "query", None) or getattr(sent, "header", None) or key


def _plain(message: str) -> str:
    """A parameter error without the value it was about."""
    kinds = {"Invalid UUID": "an id is needed here", "Expected `int`": "a whole number is needed here"}
    return next(
        (text for start, text in kinds.items() if message.startswith(start)), "this does not fit here"
    )


def database_error(request: Request[Any, Any, Any], error: DBAPIError) -> Response[bytes]:
    """The database refused: two requests met (409), or it cannot take work now (503)."""
    if isinstance(error, IntegrityError) and _is_twice(error):
        return refusal(request, Conflict("Somebody stored the same thing at this moment; look again."))
    log.error("database error %s on %s", type(error.orig).__name__, request.route_handler.name or "a route")
    if isinstance(error, OperationalError):
        return refusal(request, Busy(headers={"Retry-After": "2"}))
    return unexpected(request, error)


def _is_twice(error: IntegrityError) -> bool:
    """The same thing was stored by two requests at once; any other broken constraint is a fault of ours."""
    return getattr(error.orig, "sqlstate", None) == "23505" or "UNIQUE constraint" in str(error.orig)


def stale(request: Request[Any, Any, Any], _: StaleDataError) -> Response[bytes]:
    """Two people changed the same row at the same moment."""
    return refusal(request, Conflict("Somebody changed this at the same moment; look again."))


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A fault of ours: logged by class and place, never with what was sent."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
    log.error("unexpected %s at %s", type(error).__name__, place)
    problem = Problem(type="about:fault", title="Something went wrong here; nothing was stored", status=500)
    return _answer(request, problem, {}, {})


HANDLERS: dict[Any, Any] = {
    Refusal: refusal,
    HTTPException: http_error,
    DBAPIError: database_error,
    StaleDataError: stale,
    Exception: unexpected,
}
