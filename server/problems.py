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

from server.core.errors import Busy, Conflict, Fault, FieldProblem, Refusal
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


def as_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Any failure as problem+json."""
    refusal = as_refusal(request, error)
    problem = Problem(
        type=f"about:{refusal.kind}",
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail,
        errors=refusal.errors,
    )
    spanish = prefers_spanish(request.headers.get("accept-language", ""))
    problem = in_spanish(problem) if spanish else problem
    headers = {**refusal.headers, "Content-Language": "es" if spanish else "en", "Vary": "Accept-Language"}
    body: dict[str, object] = {**msgspec.to_builtins(problem), **refusal.extra}
    return Response(
        msgspec.json.encode(body), status_code=problem.status, media_type=PROBLEM_JSON, headers=headers
    )


def as_refusal(request: Request[Any, Any, Any], error: Exception) -> Refusal:
    """Any failure as a refusal: ours as it is, the framework's and the database's in our words, a fault as one."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, HTTPException):
        return _of_the_framework(request, error)
    if isinstance(error, StaleDataError):
        return Conflict("Somebody changed this at the same moment; look again.")
    if isinstance(error, DBAPIError):
        if isinstance(error, IntegrityError) and _is_twice(error):
            return Conflict("Somebody stored the same thing at this moment; look again.")
        where = request.route_handler.name or "a route"
        log.error("database error %s on %s", type(error.orig).__name__, where)
        if isinstance(error, OperationalError) or error.connection_invalidated:
            return Busy(headers={"Retry-After": "2"})
    return _fault(error)


def _of_the_framework(request: Request[Any, Any, Any], error: HTTPException) -> Refusal:
    """Unknown address, wrong method, a parameter of the wrong kind."""
    problems: list[FieldProblem] = []
    detail: str | None = None
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        wrong = [(str(e.get("key", "")), str(e.get("message", ""))) for e in error.extra]
        problems = [FieldProblem(_sent_as(request, k), _plain(m)) for k, m in wrong if k != "data"]
        detail = None if problems else "A JSON body is needed here."
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    refusal = Refusal(detail, errors=problems, headers=headers)
    refusal.status = error.status_code
    refusal.kind, refusal.title = _PLAIN.get(error.status_code, ("refused", Refusal.title))
    return refusal


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


def _is_twice(error: IntegrityError) -> bool:
    """The same thing was stored by two requests at once; any other broken constraint is a fault of ours."""
    return getattr(error.orig, "sqlstate", None) == "23505" or "UNIQUE constraint" in str(error.orig)


def _fault(error: Exception) -> Refusal:
    """A fault of ours: logged by class and place, never with what was sent."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
    log.error("unexpected %s at %s", type(error).__name__, place)
    return Fault()


HANDLERS: dict[Any, Any] = {Exception: as_problem, HTTPException: as_problem}
