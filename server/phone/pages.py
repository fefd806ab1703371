"""The addresses under /app: the shell, the service worker, the manifest, and static files by version.

Only names read at start are answered, so no path can lead out of the folder. Nothing here knows who is asking.
"""

from litestar import Request, Response, route
from litestar.datastructures import State
from litestar.enums import HttpMethod

from server.core.assets import ASK_AGAIN, FOR_EVER, Asset, answer, nothing, security
from server.people.routing import same
from server.phone.assets import Phone

SECURITY = security(
    "manifest-src 'self'", "worker-src 'self'", "trusted-types handrail", form_action="'none'"
)
"""On every answer under /app."""

type_of_request = Request[None, None, State]
_METHODS = [HttpMethod.GET, HttpMethod.HEAD]


def _answer(request: type_of_request, asset: Asset, cache: str, **more: str) -> Response[bytes]:
    return answer(request, asset, {**SECURITY, "Cache-Control": cache, **more})


def _revalidated(request: type_of_request, asset: Asset, version: str, **more: str) -> Response[bytes]:
    """An answer that is asked for each time, and is empty (304) while the version is the same."""
    tag = f'W/"{version}"'
    if same(request.headers.get("if-none-match"), tag):
        headers = {**SECURITY, "Cache-Control": ASK_AGAIN, "ETag": tag, "Vary": "Accept-Encoding"}
        return Response(b"", status_code=304, headers=headers)
    return _answer(request, asset, ASK_AGAIN, ETag=tag, **more)


def _phone(request: type_of_request) -> Phone:
    return request.app.state.phone


@route("/app", http_method=_METHODS, opt={"action": None}, include_in_schema=False, sync_to_thread=False)
def get_app(request: type_of_request) -> Response[bytes]:
    """The shell of the phone app; the same for everybody."""
    phone = _phone(request)
    return _revalidated(request, phone.shell, phone.version)


@route(
    "/app/sw.js", http_method=_METHODS, opt={"action": None}, include_in_schema=False, sync_to_thread=False
)
def get_worker(request: type_of_request) -> Response[bytes]:
    """The service worker, which keeps the app on the phone."""
    phone = _phone(request)
    return _revalidated(request, phone.worker, phone.version, **{"Service-Worker-Allowed": "/app"})


@route(
    "/app/manifest.webmanifest",
    http_method=_METHODS,
    opt={"action": None},
    include_in_schema=False,
    sync_to_thread=False,
)
def get_manifest(request: type_of_request) -> Response[bytes]:
    """The manifest; `?name=plain` gives the neutral name and icon."""
    phone = _phone(request)
    plain = request.query_params.get("name") == "plain"
    return _revalidated(request, phone.plain_manifest if plain else phone.manifest, phone.version)


@route(
    "/app/{rest:path}",
    http_method=_METHODS,
    opt={"action": None},
    include_in_schema=False,
    sync_to_thread=False,
)
def get_static(request: type_of_request, rest: str) -> Response[bytes]:
    """A static file of this version; anything else does not exist."""
    phone = _phone(request)
    start = f"/s/{phone.version}/"
    asset = phone.files.get(rest.removeprefix(start)) if rest.startswith(start) else None
    return nothing(SECURITY) if asset is None else _answer(request, asset, FOR_EVER)


routes = [get_app, get_worker, get_manifest, get_static]
