"""The addresses under /app: the shell, the service worker, the manifest, and static files by version.

Only names read at start are answered, so no path can lead out of the folder. Nothing here knows who is asking.
"""

from litestar import MediaType, Request, Response, route
from litestar.datastructures import State
from litestar.enums import HttpMethod

from server.people.routing import same
from server.phone.assets import Asset, Phone

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types handrail",
    )
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer under /app."""

ASK_AGAIN = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"

type_of_request = Request[None, None, State]
_METHODS = [HttpMethod.GET, HttpMethod.HEAD]


def _takes_gzip(request: type_of_request) -> bool:
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _answer(request: type_of_request, asset: Asset, cache: str, **more: str) -> Response[bytes]:
    zipped = asset.gzipped if _takes_gzip(request) else None
    headers = {**SECURITY, "Cache-Control": cache, **more}
    if asset.gzipped is not None:
        headers["Vary"] = "Accept-Encoding"
    if zipped is not None:
        headers["Content-Encoding"] = "gzip"
    body = asset.body if zipped is None else zipped
    return Response(body, headers=headers, media_type=asset.content_type)


def _revalidated(request: type_of_request, asset: Asset, version: str, **more: str) -> Response[bytes]:
    """An answer that is asked for each time, and is empty (304) while the version is the same."""
    tag = f'W/"{version}"'
    if same(request.headers.get("if-none-match"), tag):
        headers = {**SECURITY, "Cache-Control": ASK_AGAIN, "ETag": tag, "Vary": "Accept-Encoding"}
        return Response(b"", status_code=304, headers=headers)
    return _answer(request, asset, ASK_AGAIN, ETag=tag, **more)


def _nothing() -> Response[bytes]:
    headers = {**SECURITY, "Cache-Control": "no-store"}
    return Response(b"Not found\n", status_code=404, headers=headers, media_type=MediaType.TEXT)


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
    return _nothing() if asset is None else _answer(request, asset, FOR_EVER)


routes = [get_app, get_worker, get_manifest, get_static]
