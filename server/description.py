"""The OpenAPI description native apps build on.

Addresses, parameters and summaries come from the routes; shapes come from the very types that read and write the
bodies (msgspec writes their JSON Schema), so that the description cannot promise what the service would refuse.
"""

import types
from collections.abc import Iterator
from importlib import resources
from inspect import cleandoc
from typing import Any, Union, get_args, get_origin

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from litestar.routes import HTTPRoute

from server.people.api import PROBLEM_JSON, TITLES, Problem
from server.people.roles import Action

JSON = "application/json"
_REF = "#/components/schemas/{name}"

Operation = dict[str, Any]


def examples() -> dict[str, Any]:
    """One believable value of each shape, by the shape's name; nobody in it is real."""
    return msgspec.json.decode(resources.files("server").joinpath("examples.json").read_bytes())


def completed(app: Litestar) -> dict[str, Any]:
    """The description as plain data: Litestar's, with shapes, examples, refusals and security made exact."""
    document: dict[str, Any] = msgspec.to_builtins(app.openapi_schema.to_schema())
    operations = [
        (handler, path, method, document["paths"][path][method])
        for handler, path, method in handlers(app)
        if path in document["paths"]  # what providers of messages and calls ask is not for apps
    ]
    kinds = {kind for handler, *_ in operations for kind in (asked(handler), answered(handler)) if kind}
    ordered = sorted({*kinds, Problem}, key=str)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    shapes: dict[Any, Any] = dict(zip(ordered, schemas, strict=True))
    samples = examples()
    for handler, path, method, operation in operations:
        _complete(operation, handler, path, method)
        if (kind := asked(handler)) is not None:
            operation["requestBody"] = _asks(kind, shapes[kind], samples)
        if (kind := answered(handler)) is not None:
            operation["responses"][str(handler.status_code)]["content"] = {
                JSON: _content(kind, shapes[kind], samples)
            }
    for shape in components.values():
        if "description" in shape:
            shape["description"] = cleandoc(shape["description"])
    document["components"]["schemas"] = dict(sorted(components.items()))
    return document


def handlers(app: Litestar) -> Iterator[tuple[HTTPRouteHandler, str, str]]:
    """(handler, path, method) of everything that is described."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if isinstance(handler.opt.get("action"), Action):
                    yield handler, route.path_format, str(method).lower()


def asked(handler: HTTPRouteHandler) -> Any:
    """The type the handler reads its body into, or None."""
    data = handler.parsed_fn_signature.parameters.get("data")
    return data.annotation if data else None


def answered(handler: HTTPRouteHandler) -> Any:
    """The type the handler answers with; None for no body, the endless stream, and a file that is not JSON."""
    kind = handler.parsed_fn_signature.return_type.annotation
    if get_origin(kind) is Response:
        (kind,) = get_args(kind)
    return None if kind in (None, type(None), Stream, bytes) else kind


def named(kind: Any) -> str:
    """The name a type's example is kept under."""
    parts = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
    return next(str(part.__name__) for part in parts if part is not type(None))


def _content(kind: Any, schema: Any, samples: dict[str, Any]) -> dict[str, Any]:
    name = named(kind)
    return {"schema": schema, **({"example": samples[name]} if name in samples else {})}


def _asks(kind: Any, schema: Any, samples: dict[str, Any]) -> dict[str, Any]:
    return {
        "required": type(None) not in get_args(kind),
        "content": {JSON: _content(kind, schema, samples)},
    }


def _complete(operation: Operation, handler: HTTPRouteHandler, path: str, method: str) -> None:
    """Name it after its function, say who may call without a token, and list the refusals every such route has."""
    if handler.status_code == 204:
        operation["responses"]["204"].pop("content", None)
    if handler.opt["action"] is Action.PUBLIC:
        operation["security"] = []
    also = {404} if "{" in path else set[int]()
    if method != "get":
        also |= {403, 409}  # a browser's cookie from another site; two requests that meet
    if "requestBody" in operation:
        also |= {413, 415, 422}
    for status in sorted(also):
        operation["responses"].setdefault(str(status), _refusal(status))
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for parameter in operation.get("parameters", ()):
        parameter.pop("deprecated", None)
        _nullable_once(parameter)
    operation.pop("deprecated", None)


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": _REF.format(name="Problem")}
    return {"description": TITLES[status], "content": {PROBLEM_JSON: {"schema": schema}}}


def _nullable_once(parameter: dict[str, Any]) -> None:
    """A parameter that may be left out is not one that may be null: an address cannot say null."""
    schema = parameter["schema"]
    kept = [part for part in schema.pop("oneOf", []) if part != {"type": "null"}]
    schema.pop("description", None)
    for part in kept:
        schema.update(part)
    if schema.get("type") == "integer":
        schema.setdefault("minimum", 0)  # Litestar leaves a limit of zero out
